"""Matches and suggestions: rows, moves, inputs and refusals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Actor, Role, require
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import AmountMinor, Input, PositiveMinor
from market.base.moves import Moves
from market.money.payments.opening_items.model import ItemGiven


class MatchState(StrEnum):
    """WAITING: for a second person, nothing is booked."""

    WAITING = "waiting"
    MATCHED = "matched"
    CONFIRMED = "confirmed"
    UNDONE = "undone"


MOVES: Final = Moves(
    "match",
    {
        ("confirm", MatchState.WAITING): MatchState.CONFIRMED,
        ("confirm", MatchState.MATCHED): MatchState.CONFIRMED,
        ("undo", MatchState.WAITING): MatchState.UNDONE,
        ("undo", MatchState.MATCHED): MatchState.UNDONE,
        ("undo", MatchState.CONFIRMED): MatchState.UNDONE,
    },
    births={"match": MatchState.MATCHED, "propose": MatchState.WAITING},
)


class RestTo(StrEnum):
    """Where goes what is not allocated; two of them meet another line of ours.

    STRIPE_IN_TRANSIT: it is a payout of Stripe's, or one that Stripe took back.
    """

    CUSTOMER_CREDIT = "customer_credit"
    BANK_CHARGES = "bank_charges"
    INTEREST_INCOME = "interest_income"
    OWN_TRANSFER = "own_transfer"
    RETURNED = "returned"
    STRIPE_IN_TRANSIT = "stripe_in_transit"


MEETS_LINE: Final = (RestTo.OWN_TRANSFER, RestTo.RETURNED)
UNCLAIMED: Final = (RestTo.BANK_CHARGES, RestTo.INTEREST_INCOME)


class AllocationGiven(Input, frozen=True, kw_only=True):
    """``charge_minor``: what a bank kept on the way, which we bear and the invoice counts."""

    invoice_id: UUID
    amount_minor: PositiveMinor
    charge_minor: AmountMinor = 0

    @property
    def counted_minor(self) -> int:
        return self.amount_minor + self.charge_minor


class RestGiven(Input, frozen=True, kw_only=True):
    """``organisation_id`` for customer credit; ``other_line_id`` for the line that it meets.

    ``refund_id``: credit of that organisation that went out as a refund, or came back from one.
    ``payout_id``: which payout of Stripe's it is, by our ``id`` of it, not by Stripe's; a second
    person has to confirm what names none, or came from somebody who is not known as Stripe.
    """

    to: RestTo
    amount_minor: PositiveMinor
    organisation_id: UUID | None = None
    other_line_id: UUID | None = None
    refund_id: UUID | None = None
    payout_id: UUID | None = None


class Matching(Input, frozen=True, kw_only=True):
    """What the whole line is; amounts count in the line's own direction."""

    allocations: Annotated[list[AllocationGiven], Meta(max_length=100)] = msgspec.field(
        default_factory=list
    )
    opening_items: Annotated[list[ItemGiven], Meta(max_length=100)] = msgspec.field(
        default_factory=list
    )
    rest: RestGiven | None = None

    @property
    def item_ids(self) -> list[UUID]:
        return [given.opening_item_id for given in self.opening_items]

    @property
    def invoice_ids(self) -> list[UUID]:
        return [given.invoice_id for given in self.allocations]

    @property
    def total_minor(self) -> int:
        to_invoices = sum(given.amount_minor for given in self.allocations)
        to_items = sum(given.amount_minor for given in self.opening_items)
        return to_invoices + to_items + (self.rest.amount_minor if self.rest else 0)

    @property
    def unclaimed_minor(self) -> int:
        """What nobody owed or is owed: it becomes a charge of ours, or interest."""
        charges = sum(given.charge_minor for given in self.allocations)
        charges += sum(given.charge_minor for given in self.opening_items)
        rest = self.rest
        return charges + (rest.amount_minor if rest and rest.to in UNCLAIMED else 0)

    @property
    def met_line_id(self) -> UUID | None:
        return self.rest.other_line_id if self.rest else None

    @property
    def refund_id(self) -> UUID | None:
        return self.rest.refund_id if self.rest else None

    @property
    def payout_id(self) -> UUID | None:
        return self.rest.payout_id if self.rest else None


class Match(msgspec.Struct, frozen=True):
    """What explains a line; what was allocated as it was asked for, ``reasons`` as codes.

    ``needs_second``: it is booked only once a second person has confirmed it.
    """

    id: UUID
    bank_line_id: UUID
    books_unit_id: UUID
    amount_minor: int
    currency: str
    way: str
    allocations: list[AllocationGiven]
    opening_items: list[ItemGiven]
    rest_to: RestTo | None
    rest_minor: int
    rest_organisation_id: UUID | None
    other_line_id: UUID | None
    refund_id: UUID | None
    payout_id: UUID | None
    needs_second: bool
    score: int
    reasons: list[dict[str, Any]]
    state: MatchState
    matched_by: UUID
    confirmed_by: UUID | None
    undone_by: UUID | None
    undone_on: date | None
    undo_reason: str | None
    version: int
    created_at: datetime

    @property
    def cause(self) -> str:
        return f"receipt_matched:{self.id}"

    @property
    def terms(self) -> Matching:
        """What was asked for, as it was asked."""
        rest = None
        if self.rest_to is not None:
            rest = RestGiven(
                to=RestTo(self.rest_to),
                amount_minor=self.rest_minor,
                organisation_id=self.rest_organisation_id,
                other_line_id=self.other_line_id,
                refund_id=self.refund_id,
                payout_id=self.payout_id,
            )
        return Matching(allocations=self.allocations, opening_items=self.opening_items, rest=rest)

    def after(self, move: str) -> MatchState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, MatchState(self.state))


class MatchNeedsFinance(Forbidden):
    """A cashier reconciles nothing."""

    code = "match_needs_finance"
    zh = "只有账套单位的财务可以匹配或撤销匹配；出纳不能对账。请由财务登录后办理。"
    en = "Only finance of the unit with the books matches lines; a cashier does not. Ask finance."


class ConfirmationNeedsSecond(Forbidden):
    """Four eyes: another finance of the unit, or a leader."""

    code = "match_needs_second_person"
    zh = "匹配须由本单位另一位财务或负责人确认。请由其登录后办理。"
    en = "Another finance of the unit, or a leader, confirms a match. Ask one of them."


class UndoNeedsSecond(Forbidden):
    """Four eyes: what two people agreed on is not undone by the one who matched it."""

    code = "match_undo_needs_second_person"
    zh = "已经确认的匹配，须由匹配人以外的本单位财务或负责人撤销。请由其登录后办理。"
    en = (
        "A confirmed match is undone by another finance of the unit than the one who matched it, "
        "or by a leader. Ask one of them."
    )


class LineTaken(Conflict):
    """One live match a line."""

    code = "line_already_matched"
    zh = "该流水已有匹配。如需更改，请先撤销原匹配。"
    en = "The line has a match already. Undo that one first if it is wrong."


class CreditInUse(Conflict):
    """Credit that was spent cannot be taken back under whoever spent it."""

    code = "credit_in_use"
    zh = "该匹配形成的客户预存款已被使用。请先撤销预存款的抵付，再撤销匹配。"
    en = "The credit that the match made is used. Undo its use first, then the match."


class RemainderLeft(Invalid):
    """A match explains the whole line."""

    code = "match_leaves_remainder"
    zh = "流水金额 {amount}，已说明 {given}，相差 {remainder}。请使分配与余额去向合计等于流水金额。"
    en = (
        "The line is {amount}, you explain {given}: {remainder} apart. Let the allocations and the "
        "rest make up the line."
    )


class NothingToMatch(Conflict):
    """A line of nothing moved no money."""

    code = "line_of_nothing"
    zh = "该流水金额为零，没有可匹配的款项。请保持原样，无须办理。"
    en = "The line moves no money, so there is nothing to match. Leave it as it is."


class OutgoingPaysNoInvoice(Invalid):
    """Money that left is no receipt."""

    code = "outgoing_pays_no_invoice"
    zh = "付出的流水不能分配给请款单或转为客户预存款。请另选去向。"
    en = "Money that went out pays no invoice and makes no credit. Choose where else it belongs."


class InvoiceTwice(Invalid):
    """One allocation an invoice."""

    code = "invoice_allocated_twice"
    zh = "同一请款单只能分配一次。请合并为一项。"
    en = "An invoice stands once among the allocations. Put its amounts together."


class InvoiceOfOtherBooks(Invalid):
    """Money is allocated within one unit's books and one currency."""

    code = "invoice_of_other_books"
    zh = "请款单 {number} 不属于该账户的账套或币种。请核对请款单。"
    en = "Invoice {number} is not of this account's books and currency. Check the invoice."


class RestIncomplete(Invalid):
    """Each place of the rest needs what identifies it, and nothing else."""

    code = "rest_incomplete"
    zh = (
        "余额去向填写有误：客户预存款须有 organisation_id；本单位转账和退汇须有 other_line_id "
        "且为整笔；对应退款的，to 填 customer_credit，另填 refund_id 且为整笔；Stripe 在途资金"
        "可填 payout_id，填则为整笔；其余去向都不填。请改正后重新提交。"
    )
    en = (
        "The rest is not complete: customer credit names organisation_id; own transfer and return "
        "name other_line_id and are the whole line; a refund is customer_credit that names "
        "refund_id as well and is the whole line; stripe_in_transit may name payout_id, and is the "
        "whole line then; the others name nothing. Mend it."
    )


class LinesDoNotMeet(Invalid):
    """Two lines meet when they are opposite and both still unexplained."""

    code = "lines_do_not_meet"
    zh = (
        "两笔流水不能相抵：须同一账套、同一币种、金额相反且均未匹配；本单位转账须在不同账户，"
        "退汇须在同一账户。请另选一笔流水。"
    )
    en = (
        "The lines do not meet: same books and currency, opposite amounts, neither matched; an own "
        "transfer is between two accounts, a return within one. Choose another line."
    )


class NotOfRefund(Invalid):
    """A line out pays a refund that was sent, one in brings a paid one back: all of it."""

    code = "line_not_of_refund"
    zh = (
        "该流水不是退款 {number}：须同一单位、同一账套、同一币种、金额相等；付出的流水对应已发出的"
        "退款，收到的流水对应已退款后退回的。请核对退款。"
    )
    en = (
        "The line is not refund {number}: same organisation, books, currency and amount; out for "
        "one that was sent, in for one that was paid and came back. Check the refund."
    )


class RefundTaken(Conflict):
    """A refund goes out by one line, and comes back by one."""

    code = "refund_already_matched"
    zh = "退款 {number} 已有另一笔流水与之匹配，或在等待第二人确认。如有误，请先撤销该匹配。"
    en = (
        "Another line is matched with refund {number}, or waits for a second person. Undo that "
        "match first if it is wrong."
    )


class CreditOwnerUnknown(Invalid):
    """Credit belongs to an organisation of the market."""

    code = "credit_owner_unknown"
    zh = "没有这个单位，不能为其记客户预存款。请核对 organisation_id。"
    en = "There is no such organisation to hold credit. Check organisation_id."


class CreditOfOwnUnit(Invalid):
    """Nobody holds credit with himself, nor with whoever keeps his books."""

    code = "credit_of_own_unit"
    zh = (
        "该单位就是本账套的单位，或由本账套记账，不能在本账套有客户预存款。"
        "请核对 organisation_id，填写付款的客户。"
    )
    en = (
        "That unit is of these books itself and cannot hold credit in them. Check organisation_id: "
        "name the customer who paid."
    )


def may_match(actor: Actor, books_unit_id: UUID) -> bool:
    return actor.acts_for(books_unit_id, Role.FINANCE)


def may_confirm(actor: Actor, match: Match) -> bool:
    """Who could have matched, or approves above; never the one who did."""
    of_the_unit = may_match(actor, match.books_unit_id)
    return match.matched_by != actor.person_id and (
        of_the_unit or actor.approves(match.books_unit_id, Role.LEADER)
    )


def require_may_undo(actor: Actor, match: Match) -> None:
    """What was confirmed is undone by whoever could have confirmed it. Raises as it says."""
    if match.confirmed_by is None:
        require(may_match(actor, match.books_unit_id), MatchNeedsFinance)
    else:
        require(may_confirm(actor, match), UndoNeedsSecond)
