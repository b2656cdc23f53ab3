"""Awards and complaints: how they move, who may move them, and what is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid, Phrase
from market.base.fields import MANY_LINES, Input, Reason
from market.base.moves import Moves
from market.trade.enterprise_requests.model import EnterpriseRequest, may_change
from market.trade.judging.model import UNFIT, Judge, Result

Grounds: TypeAlias = Annotated[str, Meta(min_length=2, max_length=5_000, pattern=MANY_LINES)]


# Why an award ends by a complaint, and is judged anew; kept with the row in both languages.
UPHELD: Final = Phrase("异议成立", "A complaint was upheld")


def reason_of(text: str | None) -> Phrase | None:
    """What is kept, in words: somebody's own are the same in each language."""
    if text is None:
        return None
    return next((each for each in (UPHELD, UNFIT) if text == each.kept), Phrase(text, text))


class AwardState(StrEnum):
    PROPOSED = "proposed"
    STANDSTILL = "standstill"
    FINAL = "final"
    SET_ASIDE = "set_aside"


A = AwardState
MOVES: Final = Moves(
    "award",
    {
        ("announce", A.PROPOSED): A.STANDSTILL,
        ("finalise", A.STANDSTILL): A.FINAL,
        ("set_aside", A.PROPOSED): A.SET_ASIDE,
        ("set_aside", A.STANDSTILL): A.SET_ASIDE,
    },
    births={"propose": A.PROPOSED, "announce": A.STANDSTILL},
    of_themselves={"finalise"},
)


class ComplaintState(StrEnum):
    FILED = "filed"
    UPHELD = "upheld"
    REFUSED = "refused"


COMPLAINT_MOVES: Final = Moves(
    "complaint",
    {
        ("uphold", ComplaintState.FILED): ComplaintState.UPHELD,
        ("refuse", ComplaintState.FILED): ComplaintState.REFUSED,
    },
    births={"file": ComplaintState.FILED},
)


class Award(msgspec.Struct, frozen=True):
    """An award at the revision that binds; people of the buyer are null to bidders.

    ``best_id``: the proposal that came out best among those still in the running, of a judged
    award. ``standstill_until`` is ``provisional`` while the year's holidays are not announced.
    """

    id: UUID
    request_id: UUID
    request_number: int
    kind: Literal["judged", "direct"]
    proposal_id: UUID
    proposal_number: int
    unit_id: UUID
    best_id: UUID | None
    round: int | None
    price_minor: int
    currency: str
    reason: str | None
    state: AwardState
    proposed_by: UUID | None
    approved_by: UUID | None
    announced_at: datetime | None
    standstill_until: datetime | None
    provisional: bool
    final_at: datetime | None
    end_reason: str | None
    policy_id: UUID
    version: int
    created_at: datetime

    def after(self, move: str) -> AwardState:
        return MOVES.after(move, AwardState(self.state))


class Complaint(msgspec.Struct, frozen=True):
    """A bidder's complaint; ``due_on``: the day by which the buyer answers.

    ``answered_by`` is null to the bidder. ``escalated_at``: since when the association may answer
    it, for the buyer did not or cannot.
    """

    id: UUID
    award_id: UUID
    proposal_id: UUID
    unit_id: UUID
    grounds: str
    state: ComplaintState
    filed_by: UUID
    filed_at: datetime
    due_on: date
    provisional: bool
    answer: str | None
    answered_by: UUID | None
    answered_at: datetime | None
    version: int
    overdue: bool
    escalated_at: datetime | None

    def after(self, move: str) -> ComplaintState:
        return COMPLAINT_MOVES.after(move, ComplaintState(self.state))


class Awaited(msgspec.Struct, frozen=True):
    """Who may approve an award: the names of the managers who can, and what to do, in words."""

    managers: list[str]
    next_zh: str
    next_en: str


class FullAward(Award, frozen=True):
    """With the winner's name, the complaints that the reader knows of, and his own results.

    ``results``: all to the buyer, to a bidder those of its own proposal. ``awaits``: whom a
    proposed award waits for; null once it is decided.
    """

    unit_name_zh: str
    unit_name_en: str | None
    complaints: list[Complaint]
    results: list[Result]
    awaits: Awaited | None


class AwardInput(Input, frozen=True):
    """Who gets it; a reason is needed for another than the best, and for a direct award."""

    proposal_id: UUID
    reason: Reason | None = None


class DirectAwardInput(Input, frozen=True):
    """Who gets it without being judged, and why."""

    proposal_id: UUID
    reason: Reason


class SettingAsideInput(Input, frozen=True):
    """Why an award that is not final yet is taken back; all bidders read it."""

    reason: Reason


class ComplaintInput(Input, frozen=True):
    """What was wrong with the award."""

    grounds: Grounds


class AnswerInput(Input, frozen=True):
    """The buyer's answer; upheld, the award is set aside and judging begins anew."""

    upheld: bool
    answer: Grounds


class JudgeFirst(Conflict):
    """An award follows results."""

    code = "award_before_results"
    zh = "评分尚未结束，不能定标。请等待评委完成评分或结束本轮评分；邀请制需求也可直接定标。"
    en = "There are no results yet. Let the judges finish or end the round, then award."


class JudgedOtherwise(Conflict):
    """What is awarded is what was judged."""

    code = "judged_otherwise"
    zh = "评审之后有报价变更了条款，结果已不适用。请先重新评分，再定标。"
    en = "Terms were agreed on since the round, so its results no longer fit. Have it scored anew."


class AgreedOtherwise(Conflict):
    """What is approved is what was proposed."""

    code = "award_agreed_otherwise"
    zh = "提出定标之后有报价变更了条款或重新评分，不能再批准。请撤销该定标，再按新条款重新定标。"
    en = "Terms or results changed since this was proposed. Set it aside, then award anew."


class NotInTheRunning(Conflict):
    """Only what is still offered is awarded."""

    code = "proposal_not_in_the_running"
    zh = "该报价已撤回、失效或不属于该需求，不能入围或定标。请从有效报价中选择。"
    en = "That proposal was withdrawn, has expired or is of another request. Choose another."


class AwardNeedsReason(Invalid):
    """Whoever passes over the best says why."""

    code = "award_needs_reason"
    zh = "所选报价不是评审第一名，须写明理由，全体报价单位都会看到。请填写理由。"
    en = "Another came out best, so say why this one: all bidders read it. Give the reason."


class AlreadyAwarded(Conflict):
    """One live award a request."""

    code = "already_awarded"
    zh = "该需求已有有效的定标（编号 {award_id}）。请查看该定标；如须另定，先将其撤销。"
    en = (
        "The request has a live award, {award_id}. Read that one; to award anew, set it aside "
        "first."
    )


class OnlyByInvitation(Conflict):
    """Whoever asked everybody lets everybody be judged."""

    code = "direct_award_by_invitation_only"
    zh = "只有邀请制的需求可以直接定标。请按评审结果定标。"
    en = "Only a request by invitation is awarded directly. Award this one by its results."


class NotAnotherManager(Forbidden):
    """Four eyes of the buyer."""

    code = "award_needs_another_manager"
    zh = (
        "定标由买方的另一位企业管理人批准或撤销，不得为提出人；待批准的，提出人可以撤回。"
        "没有另一位的，请邀请同事并授予企业管理人角色。"
    )
    en = (
        "Another manager than who proposed it approves or sets aside; who proposed it may take it "
        "back before it is approved. If there is no other, invite a colleague as manager."
    )


class NotImpartial(Forbidden):
    """Nobody answers a complaint about his own doing."""

    code = "complaint_needs_another_manager"
    zh = (
        "异议由未提出、未批准该定标、未参加评审且与各报价单位无关联的企业管理人答复。没有这样的人的，"
        "请邀请同事并授予企业管理人角色；逾期未答复或无人可答复的，由协会平台管理员答复。"
    )
    en = (
        "A manager of the buyer answers who neither proposed, approved nor judged, and has to do "
        "with no bidder. If there is none, invite a colleague as manager; once overdue, or with "
        "nobody left, the association's administrator answers."
    )


class NotAComplainingBidder(Forbidden):
    """Complaints are the losers'."""

    code = "not_a_complaining_bidder"
    zh = "只有未中选且报价已开启的单位，可由其经办或负责人提出异议。请由他们办理。"
    en = "Only a bidder that was opened and not chosen complains, by its clerk or leader. Ask one."


class ComplaintOpen(Conflict):
    """A complaint is answered, not got round."""

    code = "complaint_open"
    zh = "该定标有异议尚未答复，不能撤销。请先答复异议；异议成立的，定标即被撤销并重新评审。"
    en = (
        "A complaint about this award is open. Answer it first: upheld, it sets the award aside "
        "and the judging begins anew."
    )


class StandstillOver(Conflict):
    """There is a time for complaints."""

    code = "standstill_over"
    zh = "公示期已过或定标已撤销，不能再提出异议。请查看定标结果。"
    en = "The standstill is over or the award was set aside. Read the outcome."


class AlreadyComplained(Conflict):
    """One complaint a bidder and award."""

    code = "already_complained"
    zh = "本单位已就该定标提出过异议。请查看其办理情况。"
    en = "Your unit has complained about this award. See what became of it."


def may_approve(actor: Actor, request: EnterpriseRequest, award: Award) -> bool:
    """A manager of the buyer who did not propose the award."""
    return _manages(actor, request) and actor.person_id != award.proposed_by


def may_set_aside(actor: Actor, request: EnterpriseRequest, award: Award) -> bool:
    """The same; and who proposed it, as long as nobody was told."""
    own = actor.person_id == award.proposed_by and award.announced_at is None
    return may_approve(actor, request, award) or (own and may_change(actor, request))


def may_answer(
    actor: Actor, request: EnterpriseRequest, complaint: Complaint, partial: Collection[UUID | None]
) -> bool:
    """A manager of the buyer or, once it is escalated, an administrator of the association.

    ``partial``: who had a hand in the award, complains, or has to do with somebody who bid.
    """
    escalated = complaint.escalated_at is not None and actor.is_any(Role.ADMINISTRATOR)
    return actor.person_id not in partial and (escalated or _manages(actor, request))


def involved(award: Award, judges: Iterable[Judge]) -> set[UUID | None]:
    """Who proposed or approved the award, or was named to judge, whatever became of it."""
    return {award.proposed_by, award.approved_by, *(judge.person_id for judge in judges)}


def awaited(managers: list[str]) -> Awaited:
    """What an award waits for whose buyer has these other managers."""
    if managers:
        return Awaited(
            managers,
            "待买方的另一位企业管理人批准；提出人可以撤回。",
            "Another manager of the buyer approves it; who proposed it may take it back.",
        )
    return Awaited(
        [],
        "本企业没有另一位企业管理人可以批准。请邀请同事并授予企业管理人角色，由其批准；"
        "提出人可以撤回。",
        "The enterprise has no other manager to approve it. Invite a colleague as manager, who "
        "then approves; who proposed it may take it back.",
    )


def _manages(actor: Actor, request: EnterpriseRequest) -> bool:
    return request.buyer_id is not None and actor.acts_for(request.buyer_id, Role.MANAGER)


def may_complain(actor: Actor, unit_id: UUID) -> bool:
    return actor.acts_for(unit_id, Role.CLERK, Role.LEADER)
