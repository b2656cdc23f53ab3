"""What a write-off is: its row, states, moves and refusals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base.errors import Conflict, Forbidden
from market.base.fields import Input, Reason
from market.base.moves import Moves
from market.ledger.model import Account, Leg, Posting
from market.money.invoicing.model import Invoice


class WriteOffState(StrEnum):
    """APPROVED: the loss is booked; RECOVERED: it was taken back."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    RECOVERED = "recovered"


MOVES: Final = Moves(
    "write_off",
    {
        ("approve", WriteOffState.PROPOSED): WriteOffState.APPROVED,
        ("reject", WriteOffState.PROPOSED): WriteOffState.REJECTED,
        ("recover", WriteOffState.APPROVED): WriteOffState.RECOVERED,
    },
    births={"propose": WriteOffState.PROPOSED},
)


class WriteOff(msgspec.Struct, frozen=True):
    """A loss of what was open of an invoice; ``note`` says why it was rejected.

    ``recovery_cause``: what booked the money that recovered it.
    """

    id: UUID
    invoice_id: UUID
    amount_minor: int
    currency: str
    reason: str
    state: WriteOffState
    proposed_by: UUID
    decided_by: UUID | None
    decided_at: datetime | None
    note: str | None
    written_off_on: date | None
    recovered_on: date | None
    recovery_cause: str | None
    version: int
    created_at: datetime

    def after(self, move: str) -> WriteOffState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, WriteOffState(self.state))


class ProposingWriteOff(Input, frozen=True):
    """Why the debt will not be paid."""

    reason: Reason


class NotTheWriteOffLeader(Forbidden):
    """A loss is approved above finance."""

    code = "write_off_needs_the_leader"
    zh = "坏账核销须由本单位或上级单位的负责人审批。请由负责人登录后办理。"
    en = "A leader of the unit or of its parent decides on write-offs. Sign in as that leader."


class OwnWriteOff(Forbidden):
    """The maker never approves."""

    code = "write_off_by_its_proposer"
    zh = "不能审批自己提出的坏账核销。请由另一位负责人办理。"
    en = "Nobody decides on a write-off that he proposed. Ask another leader."


class WriteOffProposed(Conflict):
    """One waiting proposal per invoice."""

    code = "write_off_already_proposed"
    zh = "该请款单已有待审批的坏账核销。请先由负责人处理。"
    en = "A write-off of this invoice is waiting already. Have a leader decide on it."


class NotOverdue(Conflict):
    """Who may still pay in time is no loss."""

    code = "write_off_not_overdue"
    zh = "请款单 {number} 于 {due_on} 到期，尚未逾期，不能核销。请待逾期并催收后再办。"
    en = "Invoice {number} is due on {due_on} and not late yet. Ask for the money first."


class WorkUnperformed(Conflict):
    """What was never earned is not lost."""

    code = "write_off_of_unperformed"
    zh = (
        "请款单 {number} 有 {currency} {unperformed}（不含税）所对应的工作尚未验收，不能核销。"
        "请先就未履行部分开具贷项通知，再核销其余欠款。"
    )
    en = (
        "Of invoice {number}, {currency} {unperformed} without VAT is for work not accepted yet, "
        "which is no loss. Issue a credit note for that part first, then write off the rest."
    )


class CreditUnused(Conflict):
    """The unit holds money of whoever owes it."""

    code = "write_off_with_credit"
    zh = "买方在本单位尚有预存款 {currency} {credit}。请先用预存款抵付，再核销其余欠款。"
    en = (
        "The buyer still has {currency} {credit} of credit with the unit. Use it for the invoice "
        "first, then write off the rest."
    )


class OpenChanged(Conflict):
    """A leader approves the figure that was proposed."""

    code = "write_off_amount_changed"
    zh = (
        "申请核销 {currency} {proposed}，而请款单 {number} 现未付 {currency} {open}。"
        "请驳回后由财务重新申请。"
    )
    en = (
        "{currency} {proposed} was proposed, but {currency} {open} is open on invoice {number} "
        "now. Reject it and have finance propose anew."
    )


def loss_posting(invoice: Invoice, write_off: WriteOff, on: date) -> Posting:
    """What the buyer owes becomes an expense; its VAT was due and stays so."""
    owed = Account("receivable", invoice.buyer_id)
    leg = Leg(Account("write_off"), owed, write_off.amount_minor, write_off.currency)
    return Posting(f"write_off:{write_off.id}", invoice.books_unit_id, on, [leg])
