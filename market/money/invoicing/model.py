"""What an invoice is: its rows, states, moves and refusals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base import amounts
from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden
from market.base.events import Happening
from market.base.moves import Moves
from market.ledger.model import Posting


class InvoiceState(StrEnum):
    """Where a claim stands; PAID once nothing is open, VOID is its end."""

    OPEN = "open"
    PART_PAID = "part_paid"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


MOVES: Final = Moves(
    "invoice",
    {
        ("pay_part", InvoiceState.OPEN): InvoiceState.PART_PAID,
        ("pay_part", InvoiceState.PART_PAID): InvoiceState.PART_PAID,
        ("pay", InvoiceState.OPEN): InvoiceState.PAID,
        ("pay", InvoiceState.PART_PAID): InvoiceState.PAID,
        ("take_back_part", InvoiceState.PAID): InvoiceState.PART_PAID,
        ("take_back_part", InvoiceState.PART_PAID): InvoiceState.PART_PAID,
        ("take_back", InvoiceState.PAID): InvoiceState.OPEN,
        ("take_back", InvoiceState.PART_PAID): InvoiceState.OPEN,
        ("void", InvoiceState.OPEN): InvoiceState.VOID,
        ("credit_part", InvoiceState.OPEN): InvoiceState.OPEN,
        ("credit_part", InvoiceState.PART_PAID): InvoiceState.PART_PAID,
        ("credit", InvoiceState.OPEN): InvoiceState.PAID,
        ("credit", InvoiceState.PART_PAID): InvoiceState.PAID,
        ("credit", InvoiceState.PAID): InvoiceState.PAID,
        ("write_off", InvoiceState.OPEN): InvoiceState.UNCOLLECTIBLE,
        ("write_off", InvoiceState.PART_PAID): InvoiceState.UNCOLLECTIBLE,
        ("recover_part", InvoiceState.UNCOLLECTIBLE): InvoiceState.PART_PAID,
        ("recover", InvoiceState.UNCOLLECTIBLE): InvoiceState.PAID,
        ("take_back_part", InvoiceState.UNCOLLECTIBLE): InvoiceState.PART_PAID,
        ("take_back", InvoiceState.UNCOLLECTIBLE): InvoiceState.OPEN,
    },
    births={"issue": InvoiceState.OPEN},
    of_themselves={
        *("pay", "pay_part", "take_back", "take_back_part"),  # with the money that is matched
        *("recover", "recover_part"),
    },
)


# The rule of a line that is the owner's; others name the contract's rate or exemption.
COLLECTED: Final = "vat.outside.collected_for_owner"


class Invoice(msgspec.Struct, frozen=True):
    """A request for payment of one instalment.

    ``owner_minor``: what an agent collects for the owner of a right, untaxed. ``paid_minor``:
    Σ allocations. ``vat_due_minor``: the VAT whose tax point is reached; the rest of ``vat_minor``
    is deferred. ``policy_id``: the version of the policy "invoicing" that it was issued under.
    ``credited_minor`` and ``credited_vat_minor``: Σ credit notes, of which ``offset_minor`` was
    still open and is owed no more; the rest had been paid and became customer credit.
    """

    id: UUID
    number: str
    payment_code: str
    contract_id: UUID
    instalment_id: UUID
    provider_unit_id: UUID
    books_unit_id: UUID
    buyer_id: UUID
    currency: str
    amount_minor: int
    net_minor: int
    vat_minor: int
    owner_minor: int
    exempt: bool
    paid_minor: int
    vat_due_minor: int
    credited_minor: int
    credited_vat_minor: int
    offset_minor: int
    state: InvoiceState
    issued_on: date
    due_on: date
    issued_by: UUID
    policy_id: UUID
    version: int
    created_at: datetime

    def after(self, move: str) -> InvoiceState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, InvoiceState(self.state))

    @property
    def open_minor(self) -> int:
        """What may still be allocated to it."""
        if self.state == InvoiceState.VOID:
            return 0
        return self.amount_minor - self.paid_minor - self.offset_minor

    @property
    def uncredited_minor(self) -> int:
        """What a credit note may still take off it."""
        return 0 if self.state == InvoiceState.VOID else self.amount_minor - self.credited_minor

    @property
    def vat_left_minor(self) -> int:
        """Its VAT without what was credited: due or still deferred."""
        return self.vat_minor - self.credited_vat_minor


class InvoiceLine(msgspec.Struct, frozen=True):
    """A line; ``rule_id`` names the rule that taxes it, exempts it or leaves it untaxed."""

    position: int
    description: str
    net_minor: int
    vat_ppm: int
    vat_minor: int
    rule_id: str


class Receipt(msgspec.Struct, frozen=True):
    """Money, or credit, applied to an invoice; below zero what is taken back.

    ``received_on`` is the day on which it came, also when it goes; ``cause`` what books it.
    """

    invoice_id: UUID
    amount_minor: int
    received_on: date
    cause: str


class Applied(msgspec.Struct, frozen=True):
    """What receipts came to: the invoices as they now are; what is still to be booked and told."""

    invoices: list[Invoice]
    postings: list[Posting]
    happenings: list[Happening]


class FullInvoice(Invoice, frozen=True):
    """An invoice with its lines, as a person reads it."""

    lines: list[InvoiceLine]


class NotTheFinance(Forbidden):
    """A claim becomes an invoice by the unit's finance alone; a cashier keeps no receivables."""

    code = "not_the_finance"
    zh = (
        "只有服务单位或其账套单位的财务可以开具请款单，并就请款单提出作废、冲减、核销或暂停催款。"
        "请由其财务登录后办理。"
    )
    en = (
        "Only finance of the providing unit or of the unit whose books it is in issues invoices, "
        "proposes to void, credit or write them off, and holds their reminders. Ask them."
    )


class AlreadyInvoiced(Conflict):
    """One live invoice per instalment."""

    code = "already_invoiced"
    zh = "该期款项已开具请款单 {number}。请使用该请款单；确需重开的，先将其作废。"
    en = "This instalment is claimed by invoice {number}. Use that one, or have it voided first."


class ContractNotInForce(Conflict):
    """Money is asked for under a signed contract only."""

    code = "contract_not_in_force"
    zh = "合同状态为“{state}”，不能请款。请待双方签订生效后再开具。"
    en = "The contract is '{state}' and claims no money. Invoice it once both parties have signed."


class NotYetDue(Conflict):
    """A dated instalment may be invoiced from some days ahead (policy "invoicing")."""

    code = "instalment_not_yet_due"
    zh = "该期款项约定于 {due_on} 支付，自 {from_on} 起方可请款。请届时再办。"
    en = "This instalment is due on {due_on} and may be invoiced from {from_on}. Come back then."


class MilestoneNotAccepted(Conflict):
    """An instalment on acceptance waits for it."""

    code = "milestone_not_accepted"
    zh = "该期款项以里程碑验收为付款条件，买方尚未验收。请待验收后再请款。"
    en = "This instalment waits for its milestone. Invoice it once the buyer has accepted the work."


class NotRecognised(Conflict):
    """An exemption claimed at signing is invoiced only with the authority's recognition."""

    code = "contract_not_recognised"
    zh = "免税合同须先登记技术合同认定编号。请财务在合同下登记认定编号、日期和证明文件后再请款。"
    en = (
        "An exempt contract needs its recognition first. Let finance record the number, date and "
        "file of the recognition on the contract (PUT /v1/contracts/{contract_id}/recognition)."
    )


class MoreThanOpen(Conflict):
    """An invoice takes no more than what is open on it."""

    code = "more_than_open"
    zh = (
        "请款单 {number} 未付 {currency} {open}，不能分配 {currency} {amount}。"
        "超出部分请转为客户预存款。"
    )
    en = (
        "Invoice {number} has {currency} {open} open, not {currency} {amount}. "
        "Keep the rest as customer credit."
    )


class MoreThanPaid(Conflict):
    """No more is taken back than was received."""

    code = "more_than_paid"
    zh = (
        "请款单 {number} 已收 {currency} {paid}，不能撤回 {currency} {amount}。请核对要撤销的匹配。"
    )
    en = (
        "Invoice {number} has received {currency} {paid}, so {currency} {amount} cannot be taken "
        "back. Check the match that is to be undone."
    )


def more_than_open(invoice: Invoice, amount_minor: int) -> MoreThanOpen:
    return MoreThanOpen(
        number=invoice.number,
        currency=invoice.currency,
        open=amounts.printed(invoice.open_minor, invoice.currency),
        amount=amounts.printed(amount_minor, invoice.currency),
    )


def more_than_paid(invoice: Invoice, amount_minor: int) -> MoreThanPaid:
    return MoreThanPaid(
        number=invoice.number,
        currency=invoice.currency,
        paid=amounts.printed(invoice.paid_minor, invoice.currency),
        amount=amounts.printed(amount_minor, invoice.currency),
    )


def is_the_finance(actor: Actor, *unit_ids: UUID) -> bool:
    """Whether the actor is finance of one of the units: the provider, or the one with the books."""
    return any(actor.acts_for(unit_id, Role.FINANCE) for unit_id in unit_ids)


def may_decide(actor: Actor, invoice: Invoice) -> bool:
    """Whether he decides on what its finance proposes: a leader there, or of the parent."""
    units = (invoice.provider_unit_id, invoice.books_unit_id)
    return any(actor.approves(unit_id, Role.LEADER) for unit_id in units)


def paying_move(after: Invoice) -> str:
    return "pay" if after.paid_minor + after.offset_minor == after.amount_minor else "pay_part"


def receiving_move(before: Invoice, after: Invoice) -> str:
    """What money does to an invoice: it pays it, or recovers what was given up for lost."""
    pays = paying_move(after)
    if before.state != InvoiceState.UNCOLLECTIBLE:
        return pays
    return "recover" if pays == "pay" else "recover_part"


def taking_back_move(after: Invoice) -> str:
    return "take_back_part" if after.paid_minor else "take_back"


def crediting_move(after: Invoice) -> str:
    return (
        "credit" if after.paid_minor + after.offset_minor == after.amount_minor else "credit_part"
    )
