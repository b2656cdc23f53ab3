"""Offerings, their versions and reviews: what they are, how they move, who may move them."""

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
from market.trade.catalogue.terms import OfferingKind, Terms

Verdict: TypeAlias = Literal["pass", "return"]


class OfferingState(StrEnum):
    """Where an offering stands; the public sees published ones only."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class RevisionState(StrEnum):
    """Where the draft beside a published version stands, or how the last one ended."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    DISCARDED = "discarded"


MOVES: Final = Moves(
    "offering",
    {
        ("submit", OfferingState.DRAFT): OfferingState.IN_REVIEW,
        ("return", OfferingState.IN_REVIEW): OfferingState.DRAFT,
        ("publish", OfferingState.IN_REVIEW): OfferingState.PUBLISHED,
        ("suspend", OfferingState.PUBLISHED): OfferingState.SUSPENDED,
        ("resume", OfferingState.SUSPENDED): OfferingState.PUBLISHED,
        ("retire", OfferingState.DRAFT): OfferingState.RETIRED,
        ("retire", OfferingState.PUBLISHED): OfferingState.RETIRED,
        ("retire", OfferingState.SUSPENDED): OfferingState.RETIRED,
    },
    births={"draft": OfferingState.DRAFT, "import": OfferingState.PUBLISHED},
)

REVISION_MOVES: Final = Moves(
    "offering_revision",
    {
        ("draft", RevisionState.PUBLISHED): RevisionState.DRAFT,
        ("draft", RevisionState.DISCARDED): RevisionState.DRAFT,
        ("submit", RevisionState.DRAFT): RevisionState.IN_REVIEW,
        ("return", RevisionState.IN_REVIEW): RevisionState.DRAFT,
        ("publish", RevisionState.IN_REVIEW): RevisionState.PUBLISHED,
        ("discard", RevisionState.DRAFT): RevisionState.DISCARDED,
    },
    births={"draft": RevisionState.DRAFT},
)


class Revision(msgspec.Struct, frozen=True):
    """The draft beside a published version, as its events tell of it; its id is the offering's."""

    id: UUID
    version: int
    state: RevisionState


class Offering(Terms, frozen=True):
    """The root with its draft terms, for its unit's eyes; ``version`` counts every change of it.

    ``maker_ids``: all who wrote the draft since the last publication; none of them reviews it.
    ``reason``: why it was suspended or retired, or why the last review returned it.
    """

    id: UUID
    unit_id: UUID
    code: str
    kind: OfferingKind
    state: OfferingState
    revision_state: RevisionState | None
    published_number: int | None
    maker_ids: list[UUID]
    submitted_by: UUID | None
    submitted_at: datetime | None
    review_due_on: date | None
    review_due_provisional: bool
    moved_by: UUID
    reason: str | None
    version: int
    created_at: datetime

    @property
    def is_under_review(self) -> bool:
        return "in_review" in (self.state, self.revision_state)

    @property
    def has_open_revision(self) -> bool:
        return self.revision_state in {RevisionState.DRAFT, RevisionState.IN_REVIEW}

    def after(self, move: str) -> OfferingState:
        return MOVES.after(move, OfferingState(self.state))

    def draft_after(self, move: str) -> tuple[OfferingState, RevisionState | None]:
        """Where a move of the draft leads: of the open revision, or of the offering itself."""
        if self.published_number is None:
            return self.after(move), None
        if not self.has_open_revision:
            raise NoRevision
        return OfferingState(self.state), REVISION_MOVES.after(move, self.revision.state)

    def revised(self) -> RevisionState:
        """The state of its revision once somebody edits the terms that are published."""
        if self.revision_state is None:
            return REVISION_MOVES.births["draft"]
        return REVISION_MOVES.after("draft", self.revision.state)

    @property
    def revision(self) -> Revision:
        """The open revision, or the last one; there must have been one."""
        assert self.revision_state is not None, "it was published, then edited"
        return Revision(self.id, self.version, RevisionState(self.revision_state))


class Version(Terms, frozen=True):
    """A published version, as it was; contracts pin ``offering_id`` and ``number``."""

    offering_id: UUID
    number: int
    unit_id: UUID
    code: str
    kind: OfferingKind
    right_kind: str | None
    right_number: str | None
    right_title: str | None
    published_at: datetime


class Review(msgspec.Struct, frozen=True):
    """A verdict; ``offering_version`` is the offering's version that it left behind."""

    id: UUID
    offering_id: UUID
    verdict: Verdict
    reasons: str | None
    published_number: int | None
    submitted_by: UUID
    submitted_at: datetime
    due_on: date
    reviewer_id: UUID
    reviewed_at: datetime
    offering_version: int


class ReviewInput(Input, frozen=True):
    """``reasons`` say what to mend; a return needs them."""

    verdict: Verdict
    reasons: Reason | None = None


class ReasonInput(Input, frozen=True):
    """Why an offering is suspended or retired."""

    reason: Reason


class NotTheDrafter(Forbidden):
    """Members write, for their own unit."""

    code = "not_the_drafter"
    zh = "只有本技协的会员或经办可以起草、修改和提交服务项目。请以该身份登录后办理。"
    en = "Only the unit's own members and clerks draft and submit its offerings. Ask one."


class NotTheReviewer(Forbidden):
    """Reviews are the technical reviewers'."""

    code = "not_the_reviewer"
    zh = "只有本单位或上级单位的技术审核人可以审核服务项目。请由技术审核人办理。"
    en = "Only a technical reviewer of the unit or of its parent reviews an offering. Ask one."


class MakerReviews(Forbidden):
    """The maker never approves."""

    code = "maker_reviews_offering"
    zh = "起草、修改或提交过本稿的人不能审核本稿。请由另一位技术审核人审核。"
    en = "Whoever wrote or submitted this draft does not review it. Ask another reviewer."


class DoerReviews(Forbidden):
    """Nobody approves what will pay himself."""

    code = "doer_reviews_offering"
    zh = "承担该项目的会员不能审核该项目。请由另一位技术审核人审核。"
    en = "A member who will do the work does not review the offering. Ask another reviewer."


class NotTheKeeper(Forbidden):
    """Suspending and retiring are for those who answer for the unit's catalogue."""

    code = "not_the_keeper_of_offerings"
    zh = (
        "只有本单位的经办、技术审核人、负责人，或上级单位的技术审核人、负责人可以办理。请联系他们。"
    )
    en = "The unit's clerk, reviewer or leader, or its parent's last two, does this. Ask one."


class CodeTaken(Conflict):
    """A code names one offering of a unit."""

    code = "offering_code_taken"
    zh = "本单位已有编号为 {taken} 的服务项目。请换一个编号。"
    en = "The unit has an offering with the code {taken} already. Choose another code."


class UnderReview(Conflict):
    """What is being reviewed stands still."""

    code = "offering_under_review"
    zh = "该项目正在审核，不能修改。请等待审核结果，或请审核人退回后再改。"
    en = "The offering is being reviewed and cannot be edited. Wait, or ask for its return."


class OfferingRetired(Conflict):
    """Retired is for ever."""

    code = "offering_retired"
    zh = "该项目已下架，不能再修改。如需重新提供，请新建项目。"
    en = "The offering is retired and cannot be edited. Draft a new one instead."


class NoRevision(Conflict):
    """Only an open revision can be discarded or submitted."""

    code = "no_revision"
    zh = "该项目没有修订稿。请先修改内容形成修订稿。"
    en = "The offering has no revision. Edit its terms first; that opens one."


class RevisionOpen(Conflict):
    """A retired offering leaves nothing open."""

    code = "revision_open"
    zh = "该项目还有未结束的修订稿。请先完成审核或放弃修订，再下架。"
    en = "The offering has an open revision. Finish or discard it before retiring the offering."


class ReasonsMissing(Invalid):
    """A return says what to mend."""

    code = "reasons_missing"
    zh = "退回须写明理由，以便起草人修改。请填写理由。"
    en = "A return says why, so that the drafter can mend it. State the reasons."


class RightUnknown(Invalid):
    """The right must be the unit's to manage."""

    code = "offering_right_unknown"
    zh = "所指知识产权不存在，或不由本单位管理。请在本单位的知识产权中选择。"
    en = "The right does not exist or is managed by another unit. Choose one of the unit's rights."


class AgentOwnsRight(Invalid):
    """Nobody is his own agent: he would owe the price to himself, and pay VAT on a part of it."""

    code = "agent_owns_right"
    zh = "该知识产权的权利人与本单位同属一个账套，不能代理销售。请改为以自身名义提供。"
    en = "The right belongs to the legal person that keeps this unit's books. Offer as principal."


class MemberUnknown(Invalid):
    """Those who do the work are on the register."""

    code = "offering_member_unknown"
    zh = "承担会员中有 {missing} 人不在本单位及下级单位的在册会员之列。请核对会员。"
    en = "Members who are not enrolled in the unit or one under it: {missing}. Check them."


def may_draft(actor: Actor) -> bool:
    return actor.side == "unit" and actor.is_any(Role.MEMBER, Role.CLERK)


def may_edit(actor: Actor, offering: Offering) -> bool:
    return actor.acts_for(offering.unit_id, Role.MEMBER, Role.CLERK)


def may_review(actor: Actor, offering: Offering) -> bool:
    return actor.approves(offering.unit_id, Role.TECH_REVIEWER)


def may_keep(actor: Actor, offering: Offering) -> bool:
    """Whether the actor may suspend, resume and retire; the system suspends for a lost right."""
    return (
        actor.is_system
        or actor.acts_for(offering.unit_id, Role.CLERK)
        or actor.approves(offering.unit_id, Role.TECH_REVIEWER, Role.LEADER)
    )
