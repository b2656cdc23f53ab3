"""Allocations, customer credit and its use: rows, moves and refusals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden
from market.base.fields import Input, PositiveMinor, Reason
from market.base.moves import Moves


class AllocationKind(StrEnum):
    """CHARGE: what a bank kept on the way, borne by us."""

    RECEIPT = "receipt"
    CHARGE = "charge"
    CREDIT = "credit"


class Allocation(msgspec.Struct, frozen=True):
    """Money applied to an invoice; ``taken_back_on`` once it no longer counts."""

    id: UUID
    invoice_id: UUID
    kind: AllocationKind
    match_id: UUID | None
    credit_use_id: UUID | None
    stripe_line_id: UUID | None
    amount_minor: int
    currency: str
    received_on: date
    taken_back_on: date | None
    created_at: datetime


class NewAllocation(msgspec.Struct, frozen=True, kw_only=True):
    """Money that a match, a credit use or a Stripe line applies; ``cause`` is what books it."""

    invoice_id: UUID
    kind: AllocationKind
    amount_minor: int
    currency: str
    received_on: date
    cause: str
    match_id: UUID | None = None
    credit_use_id: UUID | None = None
    stripe_line_id: UUID | None = None


class UseState(StrEnum):
    """A use may be undone once."""

    USED = "used"
    UNDONE = "undone"


MOVES: Final = Moves(
    "credit_use", {("undo", UseState.USED): UseState.UNDONE}, births={"use": UseState.USED}
)


class CreditUse(msgspec.Struct, frozen=True):
    """A buyer's credit that paid an invoice, or a part of it."""

    id: UUID
    books_unit_id: UUID
    organisation_id: UUID
    invoice_id: UUID
    amount_minor: int
    currency: str
    used_on: date
    state: UseState
    used_by: UUID
    undone_by: UUID | None
    undone_on: date | None
    undo_reason: str | None
    version: int
    created_at: datetime

    @property
    def cause(self) -> str:
        return f"credit_used:{self.id}"

    def after(self, move: str) -> UseState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, UseState(self.state))


class Credit(msgspec.Struct, frozen=True):
    """What an organisation has left with a unit."""

    organisation_id: UUID
    name_zh: str
    name_en: str | None
    currency: str
    balance_minor: int


class UsingCredit(Input, frozen=True):
    """How much of the buyer's credit pays the invoice."""

    amount_minor: PositiveMinor


class Undoing(Input, frozen=True):
    """Why it was wrong."""

    reason: Reason


class CreditNeedsFinance(Forbidden):
    """A cashier moves money and therefore settles no receivables."""

    code = "credit_needs_finance"
    zh = "只有账套单位的财务可以使用或撤销客户预存款。请由财务登录后办理。"
    en = "Only finance of the unit with the books uses customer credit. Sign in as its finance."


class ChargeHasNoReceipt(Conflict):
    """A receipt says what the payer gave; a charge is what his bank kept."""

    code = "charge_has_no_receipt"
    zh = "银行扣收的手续费由收款单位承担，不开收据。请下载同一请款单下收款的收据。"
    en = "A bank's charge is borne by the unit and has no receipt. Take that of the payment itself."


class CreditTooSmall(Conflict):
    """Credit is never overdrawn."""

    code = "credit_too_small"
    zh = "买方预存款余额为 {balance}，不足 {amount}。请减少金额。"
    en = "The buyer's credit holds {balance}, which is less than {amount}. Use a smaller amount."


class CreditHeld(Conflict):
    """What a chargeback may take pays nothing before that is decided."""

    code = "credit_held_for_chargebacks"
    zh = (
        "买方预存款余额为 {balance}，其中 {disputed} 来自正被拒付的在线付款，"
        "不足以再抵付 {amount}。请至多抵付 {free}，或待拒付有结果后再办理。"
    )
    en = (
        "The buyer's credit holds {balance}, of which {disputed} came by payments online that his "
        "bank disputes. It does not pay {amount}. Use at most {free}, or wait until the chargeback "
        "is decided."
    )


class CreditUnexplained(Conflict):
    """What was refunded past the market is the payer's no more, once that is explained."""

    code = "credit_refunded_past_the_market"
    zh = (
        "买方预存款余额为 {balance}，其中 {unexplained} 已由未在平台发起的退款退还，尚在待查款中，"
        "不足以再抵付 {amount}。请至多抵付 {free}；"
        "并在待查款清单中将该结算明细说明为该在线付款的退款。"
    )
    en = (
        "The buyer's credit holds {balance}, of which {unexplained} was refunded past the market "
        "and stands in suspense. It does not pay {amount}. Use at most {free}, and explain the "
        "line in suspense as a refund of its payment."
    )


class CreditOwed(Conflict):
    """What a lost chargeback took comes off the credit first, and nothing is waited for."""

    code = "credit_owed_for_chargebacks"
    zh = (
        "买方预存款余额为 {balance}，其中 {owed} 须抵补已败诉的拒付，将由系统自动扣回，"
        "不足以再抵付 {amount}。请至多抵付 {free}，其余请买方另行付款。"
    )
    en = (
        "The buyer's credit holds {balance}, of which {owed} is owed for chargebacks that were "
        "lost, and is taken by itself. It does not pay {amount}. Use at most {free}, and ask the "
        "buyer to pay the rest otherwise."
    )


def may_settle(actor: Actor, books_unit_id: UUID) -> bool:
    return actor.acts_for(books_unit_id, Role.FINANCE)
