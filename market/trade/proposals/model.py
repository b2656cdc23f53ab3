"""Proposals: what they are, how they move, who may move them, and what is refused."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import Input, Reason
from market.base.moves import Moves
from market.trade.proposals.terms import BindingTerms, Terms


class ProposalState(StrEnum):
    """Where a proposal stands; its deadline opens it and its last day ends it by themselves."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    OPENED = "opened"
    SHORTLISTED = "shortlisted"
    SELECTED = "selected"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


S = ProposalState
MOVES: Final = Moves(
    "proposal",
    {
        ("submit", S.DRAFT): S.SUBMITTED,
        ("open", S.SUBMITTED): S.OPENED,
        ("shortlist", S.OPENED): S.SHORTLISTED,
        ("select", S.OPENED): S.SELECTED,
        ("select", S.SHORTLISTED): S.SELECTED,
        ("reinstate", S.SELECTED): S.SHORTLISTED,
        ("reject", S.OPENED): S.REJECTED,
        ("reject", S.SHORTLISTED): S.REJECTED,
        ("withdraw", S.SUBMITTED): S.WITHDRAWN,
        ("withdraw", S.OPENED): S.WITHDRAWN,
        ("withdraw", S.SHORTLISTED): S.WITHDRAWN,
        ("expire", S.SUBMITTED): S.EXPIRED,
        ("expire", S.OPENED): S.EXPIRED,
        ("expire", S.SHORTLISTED): S.EXPIRED,
    },
    births={"draft": S.DRAFT},
    of_themselves={"open", "expire"},
)
# Still in the running, once the deadline has opened it.
IN_THE_RUNNING: Final = frozenset({S.OPENED, S.SHORTLISTED})

Cause: TypeAlias = Literal["submitted", "agreed"]


class Proposal(msgspec.Struct, frozen=True):
    """The root as of now, with the price that binds; null while it is a draft.

    ``number``: the revision that binds, ``submitted_number`` the last one that was submitted.
    ``opened_at`` is the deadline that opened it. ``moved_by`` is the reader himself, or null.
    """

    id: UUID
    request_id: UUID
    unit_id: UUID
    books_unit_id: UUID
    state: ProposalState
    number: int | None
    submitted_number: int | None
    price_minor: int | None
    currency: str | None
    valid_until: date | None
    submitted_at: datetime | None
    opened_at: datetime | None
    reason: str | None
    moved_by: UUID | None
    version: int
    created_at: datetime

    def after(self, move: str) -> ProposalState:
        return MOVES.after(move, ProposalState(self.state))


class Revision(BindingTerms, frozen=True):
    """What was handed over or agreed on under a number, for ever as it was."""

    proposal_id: UUID
    number: int
    cause: Cause
    counter_offer_id: UUID | None
    made_at: datetime


class Draft(Terms, frozen=True):
    """What the unit has written and not handed over."""

    edited_at: datetime


class Attachment(msgspec.Struct, frozen=True):
    """A file of a proposal."""

    id: UUID
    name: str
    media_type: str
    size_bytes: int
    sha256: str


class Person(msgspec.Struct, frozen=True):
    """Who of the unit's register would do it, by his name of today."""

    member_id: UUID
    name: str


class FullProposal(Proposal, frozen=True):
    """With the unit's name, the revision that binds, and the draft for who may read it."""

    unit_name_zh: str
    unit_name_en: str | None
    binding: Revision | None
    draft: Draft | None
    people: list[Person]
    attachments: list[Attachment]


class WithdrawalInput(Input, frozen=True):
    """Why a proposal is withdrawn."""

    reason: Reason


class NotABiddersRole(Forbidden):
    """Members and clerks of a unit write its proposals."""

    code = "not_a_bidders_role"
    zh = "只有技协单位的会员或经办可以起草报价。请以该身份登录后办理。"
    en = "Only a unit's members and clerks draft its proposals. Sign in as one."


class NotTheUnitsVoice(Forbidden):
    """Towards others the unit speaks through its clerk or leader."""

    code = "not_the_units_voice"
    zh = "只有报价单位的经办或负责人可以递交、撤回报价和还价。请由他们办理。"
    en = "Only the unit's clerk or leader submits, withdraws and bargains. Ask one of them."


class NotInvited(Forbidden):
    """A request by invitation is answered by those who were invited."""

    code = "proposal_not_invited"
    zh = "该需求只接受受邀单位的报价。请由受邀单位自行报价。"
    en = "Only units that were invited propose here. The invited unit itself has to act."


class AlreadyProposed(Conflict):
    """One live proposal of a unit for a request."""

    code = "already_proposed"
    zh = "本单位对该需求已有一份有效报价。请修改该报价，或先撤回。"
    en = "The unit has a live proposal for this request. Revise that one, or withdraw it first."


class NothingToSubmit(Conflict):
    """What was submitted stands until a newer draft is handed over."""

    code = "nothing_to_submit"
    zh = "报价没有尚未递交的草稿。请先修改报价，再递交。"
    en = "There is no draft that was not submitted yet. Change the proposal first, then submit it."


class RequestRenewed(Conflict):
    """A proposal answers what the request says now."""

    code = "request_renewed"
    zh = "需求已更新为第 {found} 版，报价针对第 {answered} 版。请查看差异 {diff}，修改后再递交。"
    en = (
        "The request is now version {found}, the proposal answers version {answered}. Read the "
        "difference at {diff}, then mend the proposal and submit it."
    )


class WrongCurrency(Invalid):
    """Proposals are compared in the request's currency."""

    code = "proposal_currency_differs"
    zh = "报价币种须与需求一致，为 {expected}。请改正。"
    en = "A proposal is in the request's currency, which is {expected}. Correct it."


class QuantityDiffers(Invalid):
    """A proposal is for what was asked."""

    code = "proposal_quantity_differs"
    zh = "报价的数量与单位须与需求一致：{expected}。请改正。"
    en = "A proposal is for the quantity that the request asks: {expected}. Correct it."


class PartsDoNotSum(Invalid):
    """Milestones and instalments each sum to the price."""

    code = "proposal_parts_do_not_sum"
    zh = "{zh_what}合计 {found}，与报价总额 {expected} 不符。请改正后重新提交。"
    en = "The {en_what} sum to {found}, the price is {expected}. Mend them and send them again."


class MilestonesMissing(Invalid):
    """What binds says what is performed."""

    code = "proposal_milestones_missing"
    zh = "报价没有里程碑。请至少写明一项交付内容及其价款。"
    en = "The proposal has no milestone. State at least one thing to be delivered, and its price."


class InstalmentNotClear(Invalid):
    """An instalment says when it is paid: one way, and one only."""

    code = "proposal_instalment_unclear"
    zh = "第 {position} 期款项的付款条件不完整：按日期须写明日期，按里程碑须指明里程碑。请补齐。"
    en = "Instalment {position} is unclear. Give 'date' its day, 'milestone' one of those listed."


class MembersMissing(Invalid):
    """Somebody does it."""

    code = "proposal_members_missing"
    zh = "报价没有写明由谁承担。请从本单位名册中至少选择一人。"
    en = "The proposal names nobody who does the work. Choose at least one from the register."


class MemberUnknown(Invalid):
    """Who does it is on the unit's register."""

    code = "proposal_member_unknown"
    zh = "所列人员中有 {missing} 人不在本单位现行名册上，或有重复。请核对。"
    en = "{missing} of those named are not on the unit's register today, or stand twice. Check."


class FileNotOurs(Invalid):
    """Files are the unit's own, each once."""

    code = "proposal_file_unknown"
    zh = "附件中有 {missing} 个文件不是本单位的，或有重复。请先上传，每个文件只列一次。"
    en = "{missing} files are not the unit's own, or stand twice. Upload them, list each once."


class ValidityTooShort(Invalid):
    """A proposal binds at least until it is opened."""

    code = "validity_too_short"
    zh = "报价有效期至 {found}，早于 {earliest}。请延长有效期。"
    en = "The proposal is valid until {found}, which is before {earliest}. Let it bind longer."


class DayOutOfRange(Invalid):
    """Days lie in this century."""

    code = "proposal_day_out_of_range"
    zh = "日期须在 2000 年至 2099 年之间。请核对年份。"
    en = "Days lie between 2000 and 2099. Check the year."


def may_draft(actor: Actor) -> bool:
    return actor.side == "unit" and actor.is_any(Role.MEMBER, Role.CLERK)


def may_edit(actor: Actor, proposal: Proposal) -> bool:
    return actor.acts_for(proposal.unit_id, Role.MEMBER, Role.CLERK)


def may_speak(actor: Actor, proposal: Proposal) -> bool:
    """Whether the actor acts for the unit towards others."""
    return actor.acts_for(proposal.unit_id, Role.CLERK, Role.LEADER)
