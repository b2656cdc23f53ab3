"""A counter-offer: its states and moves, its two sides, and what is refused."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType, structs

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import MANY_LINES, Input, Reason
from market.base.moves import Moves
from market.trade.catalogue.terms import FieldChange
from market.trade.enterprise_requests.model import EnterpriseRequest
from market.trade.enterprise_requests.terms import Instant
from market.trade.proposals.model import Proposal
from market.trade.proposals.terms import GIVEN_BY_THE_REQUEST, BindingTerms, Terms

Side: TypeAlias = Literal["buyer", "unit"]
Note: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2_000, pattern=MANY_LINES)]


class CounterOfferState(StrEnum):
    """Where a counter-offer stands; its own time ends an open one by itself."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LAPSED = "lapsed"


MOVES: Final = Moves(
    "counter_offer",
    {
        ("accept", CounterOfferState.OPEN): CounterOfferState.ACCEPTED,
        ("refuse", CounterOfferState.OPEN): CounterOfferState.REFUSED,
        ("lapse", CounterOfferState.OPEN): CounterOfferState.LAPSED,
    },
    births={"make": CounterOfferState.OPEN},
    of_themselves={"lapse"},
)


class CounterOffer(BindingTerms, frozen=True):
    """Other terms than those of the revision ``base_number``; ``note`` says why.

    ``mine``: the reader made it himself, ``answered_by_me``: he answered it.
    """

    id: UUID
    proposal_id: UUID
    base_number: int
    side: Side
    note: str | None
    answer_by: datetime
    state: CounterOfferState
    reason: str | None
    made_at: datetime
    answered_at: datetime | None
    version: int
    mine: bool
    answered_by_me: bool


class FullCounterOffer(CounterOffer, frozen=True):
    """With what it changes, field by field."""

    changes: list[FieldChange]


class RefusalInput(Input, frozen=True):
    """Why a counter-offer is refused."""

    reason: Reason


if TYPE_CHECKING:

    class CounterInput(Input, frozen=True):
        """What shall be otherwise; a field left out stays as it binds now."""

        answer_by: Instant
        note: Note | None

else:
    CounterInput = msgspec.defstruct(
        "CounterInput",
        [
            ("answer_by", Instant),
            ("note", Note | None, None),
            *(
                (field.name, field.type | UnsetType, UNSET)
                for field in structs.fields(Terms)
                if field.name not in GIVEN_BY_THE_REQUEST
            ),
        ],
        bases=(Input,),
        kw_only=True,
        frozen=True,
        module=__name__,
    )


class NotABargainer(Forbidden):
    """Two sides bargain: those who buy, and the unit's voice."""

    code = "not_a_bargainer"
    zh = "只有需求方的采购人、企业管理人或报价单位的经办、负责人可以还价和答复。请由他们办理。"
    en = "Only the buyer's buyer or manager, or the unit's clerk or leader, bargains. Ask one."


class OwnCounterOffer(Forbidden):
    """The other side answers."""

    code = "own_counter_offer"
    zh = "还价由另一方答复。请等待对方接受或拒绝。"
    en = "A counter-offer is answered by the other side. Wait for it to accept or refuse."


class NotBargainedOver(Conflict):
    """Between the opening and the award."""

    code = "not_bargained_over"
    zh = "报价开启之后、授标之前才能还价。请查看报价和需求的当前状态。"
    en = "Bargaining is for opened proposals before the award. Look at the present state of both."


class PricesAreKnown(Conflict):
    """Nobody undercuts a price that he was told."""

    code = "prices_are_known"
    zh = "定标已经公示，中选价格已为各方所知，撤销之后也不能再还价或接受还价。请查看定标结果。"
    en = (
        "An award was announced and its price is known, so nothing is bargained over any more, "
        "also where it was set aside. Read the outcome."
    )


class CounterOfferPending(Conflict):
    """One at a time."""

    code = "counter_offer_pending"
    zh = "该报价已有一项待答复的还价。请先答复，或等待其失效。"
    en = "A counter-offer for this proposal awaits its answer. Answer it, or wait for it to lapse."


class NothingCountered(Invalid):
    """It changes something."""

    code = "nothing_countered"
    zh = "还价与现行条款没有差别。请至少改动一项。"
    en = "The counter-offer changes nothing. Change at least one of the terms."


class NotTheBuyersToSay(Invalid):
    """Who does the work is the unit's own business."""

    code = "not_the_buyers_to_say"
    zh = "人员和附件由报价单位提出，需求方不能改动。请在说明中写明意见。"
    en = "People and files are the unit's to name. Say in the note what you would like instead."


class AnswerTimePast(Invalid):
    """There is time to answer."""

    code = "answer_time_unusable"
    zh = "答复期限须晚于当前时间且在 2099 年之前。请改正。"
    en = "The time to answer by has to lie ahead, and before 2099. Set another."


class AnswerAfterValidity(Invalid):
    """What is answered still binds on that day."""

    code = "answer_after_validity"
    zh = "答复期限不得晚于报价有效期的最后一天（{last}）。请提前答复期限，或先延长报价有效期。"
    en = "The proposal binds until {last}. Ask for an answer by then, or have it bind longer first."


def side_of(actor: Actor, proposal: Proposal, request: EnterpriseRequest) -> Side | None:
    """The side that the actor bargains for."""
    if actor.acts_for(proposal.unit_id, Role.CLERK, Role.LEADER):
        return "unit"
    buyer_id = request.buyer_id
    if buyer_id is not None and actor.acts_for(buyer_id, Role.BUYER, Role.MANAGER):
        return "buyer"
    return None
