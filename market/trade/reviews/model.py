"""Reviews: what they say, who may write, answer and hide them, and what is refused."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base import amounts
from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden
from market.base.fields import MANY_LINES, Input, Reason
from market.base.moves import Moves
from market.trade.contracts.model import Contract, Kind, Party

Score: TypeAlias = Annotated[int, Meta(ge=1, le=5)]
Comment: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2_000, pattern=MANY_LINES)]


class State(StrEnum):
    WRITTEN = "written"
    HIDDEN = "hidden"


MOVES: Final = Moves(
    "review", {("hide", State.WRITTEN): State.HIDDEN}, births={"write": State.WRITTEN}
)


class ReviewInput(Input, frozen=True):
    """Scores from 1 to 5, and a text that the public will read."""

    quality: Score
    punctuality: Score
    communication: Score
    comment: Comment


class AnswerInput(Input, frozen=True):
    """What the reviewed side says to it, once; the public will read it."""

    answer: Comment


class HidingInput(Input, frozen=True):
    """Why the public no longer reads the review; both parties read the reason."""

    reason: Reason


class Review(msgspec.Struct, frozen=True):
    """One party's review of the other; ``closes_at``: the end of the window.

    ``shown``: whether the other party, and then the public, reads it.
    """

    id: UUID
    contract_id: UUID
    party: Party
    reviewer_id: UUID
    reviewed_id: UUID
    quality: int
    punctuality: int
    communication: int
    comment: str
    state: State
    written_by: UUID
    written_at: datetime
    closes_at: datetime
    answer: str | None
    answered_by: UUID | None
    answered_at: datetime | None
    hidden_reason: str | None
    hidden_by: UUID | None
    hidden_at: datetime | None
    version: int
    shown: bool

    def says(self, data: ReviewInput) -> bool:
        mine = (self.quality, self.punctuality, self.communication, self.comment)
        return mine == (data.quality, data.punctuality, data.communication, data.comment)


class ShownReview(msgspec.Struct, frozen=True):
    """A review as everybody reads it, by the kind of the work."""

    id: UUID
    kind: Kind
    quality: int
    punctuality: int
    communication: int
    comment: str
    answer: str | None
    written_on: date


class Averages(msgspec.Struct, frozen=True):
    """Averages in hundredths of a point, halves up (467 is 4.67); null without reviews."""

    count: int
    quality_hundredths: int | None
    punctuality_hundredths: int | None
    communication_hundredths: int | None


def averages(count: int, quality: int, punctuality: int, communication: int) -> Averages:
    """Of so many reviews whose scores sum to these."""
    if not count:
        return Averages(0, None, None, None)
    means = (amounts.half_up(100 * total, count) for total in (quality, punctuality, communication))
    return Averages(count, *means)


class NotYoursToReview(Forbidden):
    """Each party speaks through those who dealt with the other."""

    code = "not_yours_to_review"
    zh = "评价和回应由买方的采购人、企业管理人或服务单位的经办、负责人办理。请由他们登录后办理。"
    en = "A party reviews and answers by its buyer or manager, or its clerk or leader. Ask one."


class NotYoursToHide(Forbidden):
    """Nobody hides what is said of his own house."""

    code = "not_yours_to_hide"
    zh = "只有上级单位的管理员可以隐藏评价，合同双方自己不能。请联系上级单位的管理员。"
    en = "Only an administrator of a unit above hides a review, never a party. Ask one there."


class NotAcceptedYet(Conflict):
    """A review is of the whole work."""

    code = "review_before_acceptance"
    zh = "合同尚未全部验收，还不能评价。请在最后一个里程碑验收后评价。"
    en = "Not all work is accepted, so it cannot be reviewed. Come back after the last acceptance."


class WindowOver(Conflict):
    """The time for reviews is over."""

    code = "review_window_over"
    zh = "评价期已于 {closed_at}（北京时间）结束，不能再写或再改。可以查看已公开的评价。"
    en = "The time for reviews ended at {closed_at} (Beijing time). Read those that are shown."


class ReviewStands(Conflict):
    """What the other side has read is no longer changed."""

    code = "review_stands"
    zh = "双方均已评价并已公开，评价不能再改。如有补充，请由被评价方回应。"
    en = "Both have written and read, so the review stands. Whoever is reviewed may answer it."


class AlreadyReviewed(Conflict):
    """One review a party and contract."""

    code = "already_reviewed"
    zh = "本单位已就该合同评价过。请修改原评价，不要另写一份。"
    en = "Your side has reviewed this contract. Change that review instead of writing another."


class AnsweredAlready(Conflict):
    """One answer a review."""

    code = "review_answered"
    zh = "该评价已经回应过，每份评价只能回应一次。请查看已有的回应。"
    en = "The review has its answer, and there is only one. Read the one given."


def may_review(actor: Actor, contract: Contract, party: Party) -> bool:
    return speaks_for(actor, contract.buyer_id if party == "buyer" else contract.provider_unit_id)


def speaks_for(actor: Actor, organisation_id: UUID) -> bool:
    return actor.acts_for(organisation_id, Role.BUYER, Role.MANAGER, Role.CLERK, Role.LEADER)


def party_of(actor: Actor, contract: Contract) -> Party:
    return "buyer" if actor.organisation_id == contract.buyer_id else "provider"


def may_hide(actor: Actor) -> bool:
    """Also nobody with a role at one of the parties, which its operation asks."""
    return actor.is_any(Role.ADMINISTRATOR)
