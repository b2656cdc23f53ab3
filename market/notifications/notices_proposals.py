"""Notices of proposals; a letter to a unit never says whose the request is, and none says a price.

Before the deadline of a sealed request the unit alone gets letters, and of it nobody who holds a
role at the buyer as well.
"""

from typing import Final

from market.base.access import Role
from market.identity.letters import Letter
from market.notifications.model import Audience, Notice, Notices

BUYERS: Final = Audience("buyer_id", (Role.BUYER, Role.MANAGER))
BIDDERS: Final = Audience("bidders")

PROPOSAL_SUBMITTED: Final = Letter(
    subject_zh="报价已递交：企业需求“{title}”",
    body_zh="{reader}：\n\n本单位对企业需求“{title}”的报价已递交（第 {number} 版），"
    "有效期至 {valid_until}。截止之前可以修改后再次递交，也可以撤回。",
    subject_en="Proposal submitted: enterprise request '{title}'",
    body_en="{reader},\n\nyour unit's proposal for the enterprise request '{title}' was submitted "
    "as revision {number}; it is valid until {valid_until}. Until the deadline it can be revised "
    "or withdrawn.",
)
PROPOSAL_OPENED: Final = Letter(
    subject_zh="报价已开启：企业需求“{title}”",
    body_zh="{reader}：\n\n企业需求“{title}”已截止，本单位的报价已向需求方开启。"
    "如需调整，请登录平台还价。",
    subject_en="Proposal opened: enterprise request '{title}'",
    body_en="{reader},\n\nthe enterprise request '{title}' is closed and your unit's proposal is "
    "open to the buyer. Changes are made by counter-offer from now on.",
)
PROPOSAL_EXPIRED: Final = Letter(
    subject_zh="报价已过有效期：企业需求“{title}”",
    body_zh="{reader}：\n\n本单位对企业需求“{title}”的报价有效期至 {valid_until}，现已失效。",
    subject_en="Proposal expired: enterprise request '{title}'",
    body_en="{reader},\n\nyour unit's proposal for the enterprise request '{title}' was valid "
    "until {valid_until} and has expired.",
)
PROPOSAL_LOST: Final = Letter(
    subject_zh="一份报价不再有效：企业需求“{title}”",
    body_zh="{reader}：\n\n{unit}对企业需求“{title}”的报价已{ended}，不再有效。",
    subject_en="A proposal is gone: enterprise request '{title}'",
    body_en="{reader},\n\nthe proposal of {unit} for the enterprise request '{title}' {ended} and "
    "no longer binds.",
)
COUNTER_OFFER_MADE: Final = Letter(
    subject_zh="收到还价：企业需求“{title}”",
    body_zh="{reader}：\n\n对方就企业需求“{title}”的报价提出还价，请于 {answer_by}之前"
    "登录平台查看改动并答复；逾期未答复则失效，原条款不变。",
    subject_en="Counter-offer: enterprise request '{title}'",
    body_en="{reader},\n\nthe other side offers other terms for the proposal on the enterprise "
    "request '{title}'. Sign in, see what differs and answer by {answer_by}; unanswered it "
    "lapses and the terms stay.",
)
COUNTER_OFFER_ACCEPTED: Final = Letter(
    subject_zh="还价已接受：企业需求“{title}”",
    body_zh="{reader}：\n\n对方接受了贵方就企业需求“{title}”的还价，新的条款即日起有效。",
    subject_en="Counter-offer accepted: enterprise request '{title}'",
    body_en="{reader},\n\nthe other side accepted your counter-offer on the enterprise request "
    "'{title}'; the new terms bind.",
)
COUNTER_OFFER_REFUSED: Final = Letter(
    subject_zh="还价未被接受：企业需求“{title}”",
    body_zh="{reader}：\n\n对方没有接受贵方就企业需求“{title}”的还价，原条款不变。理由：\n\n"
    "{reason}",
    subject_en="Counter-offer refused: enterprise request '{title}'",
    body_en="{reader},\n\nthe other side refused your counter-offer on the enterprise request "
    "'{title}'; the terms stay. The reason:\n\n{reason}",
)


def _to_the_other(letter: Letter) -> tuple[Notice, ...]:
    return (
        Notice(letter, (BUYERS,), given="by_unit"),
        Notice(letter, (BIDDERS,), given="by_buyer"),
    )


def _to_the_maker(letter: Letter) -> tuple[Notice, ...]:
    return (
        Notice(letter, (BIDDERS,), given="by_unit"),
        Notice(letter, (BUYERS,), given="by_buyer"),
    )


PROPOSALS: Final[Notices] = {
    "proposal.submitted": (Notice(PROPOSAL_SUBMITTED, (BIDDERS,)),),
    "proposal.revised": (Notice(PROPOSAL_SUBMITTED, (BIDDERS,)),),
    "proposal.opened": (Notice(PROPOSAL_OPENED, (BIDDERS,)),),
    "proposal.expired": (
        Notice(PROPOSAL_EXPIRED, (BIDDERS,)),
        Notice(PROPOSAL_LOST, (BUYERS,), given="was_open"),
    ),
    "proposal.withdrawn": (Notice(PROPOSAL_LOST, (BUYERS,), given="was_open"),),
    "counter_offer.made": _to_the_other(COUNTER_OFFER_MADE),
    "counter_offer.accepted": _to_the_maker(COUNTER_OFFER_ACCEPTED),
    "counter_offer.refused": _to_the_maker(COUNTER_OFFER_REFUSED),
}
