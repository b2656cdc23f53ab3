"""What is done with invoices: issuing one, and receipts applied to it or taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from market.base import clock, db, events, policies, words
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, Posting
from market.money.invoicing import model, payment_code, queries
from market.money.invoicing.model import Applied, FullInvoice, Invoice, InvoiceLine, Receipt
from market.money.invoicing.queries import Claim, NewInvoice
from market.money.invoicing.tax_points import operations as tax_points
from market.money.invoicing.tax_points.model import Reason
from market.money.invoicing.write_offs import recovering


async def issue_invoice(conn: Connection, actor: Actor, instalment_id: UUID) -> FullInvoice:
    """Ask for an instalment's money: its claim becomes a receivable, its VAT is deferred.

    The same person asking again gets the same invoice; another is refused with AlreadyInvoiced.
    Raises NotFound to a stranger, NotTheFinance, ContractNotInForce, NotYetDue,
    MilestoneNotAccepted, NotRecognised.
    """
    async with db.act(conn, actor):
        claim = await _lock_claim(conn, actor, instalment_id)
        require(
            model.is_the_finance(actor, claim.provider_unit_id, claim.books_unit_id),
            model.NotTheFinance,
        )
        live = await queries.live_invoice_of(conn, instalment_id)
        if live is not None:
            require(live.issued_by == actor.person_id, model.AlreadyInvoiced(number=live.number))
            return await in_full(conn, live)
        return await in_full(conn, await _issue(conn, actor, claim))


async def _lock_claim(conn: Connection, actor: Actor, instalment_id: UUID) -> Claim:
    if await queries.lock_contract_of_instalment(conn, actor, instalment_id) is None:
        raise NotFound
    return await queries.find_claim(conn, instalment_id)


async def _issue(conn: Connection, actor: Actor, claim: Claim) -> Invoice:
    today = await clock.today(conn)
    policy = await policies.current(conn, "invoicing", on=today, unit_id=claim.books_unit_id)
    due_on = _day_agreed(claim, policy.body, today)
    serial, code = await queries.next_numbers(conn, claim.books_unit_id, today.year)
    new = NewInvoice(
        number=f"{claim.number_prefix}-{today.year}-QK-{serial:04d}",
        year=today.year,
        serial=serial,
        payment_code=payment_code.make(code),
        issued_on=today,
        due_on=due_on,
        policy_id=policy.id,
    )
    invoice = await queries.insert_invoice(conn, actor, claim, new)
    for line in _lines(claim):
        await queries.insert_line(conn, invoice.id, line)
    await ledger.post(conn, claim_posting(invoice))
    if invoice.due_on <= today:
        invoice = await tax_points.reckon(
            conn, invoice, Reason.DUE, cause=f"invoice_issued:{invoice.id}"
        )
    await events.record(
        conn,
        actor,
        "invoice.issued",
        about=invoice,
        move=("issue", None),
        changed={
            "contract_id": invoice.contract_id,
            "instalment_id": invoice.instalment_id,
            "number": invoice.number,
            "payment_code": invoice.payment_code,
            "amount_minor": invoice.amount_minor,
            "issued_on": invoice.issued_on,
            "due_on": invoice.due_on,
        },
    )
    return invoice


def _day_agreed(claim: Claim, terms: dict[str, Any], today: date) -> date:
    """The contract's day of payment; refused, saying why, while nothing may be asked for."""
    require(
        claim.contract_state in ("active", "completed"),
        model.ContractNotInForce(state=words.state("contract", claim.contract_state)),
    )
    if claim.due_on is None:
        raise model.MilestoneNotAccepted
    if claim.trigger == "date":
        from_on = claim.due_on - timedelta(days=terms["ahead_days"])
        require(today >= from_on, model.NotYetDue(due_on=claim.due_on, from_on=from_on))
    require(
        not claim.exempt or claim.recognition is not None,
        model.NotRecognised(contract_id=claim.contract_id),
    )
    return claim.due_on


def _lines(claim: Claim) -> list[InvoiceLine]:
    """The price; and apart from it, untaxed, what an agent collects for the owner of a right."""
    what = f"{claim.contract_number} 第 {claim.position} 期"
    if claim.milestone_title:
        what = f"{what}：{claim.milestone_title}"
    taxed = (claim.net_minor, claim.vat_ppm, claim.vat_minor, claim.vat_rule_id)
    lines = [InvoiceLine(1, what, *taxed)]
    if claim.owner_minor:
        collected = f"{what}（代收权利人款）"
        lines.append(InvoiceLine(2, collected, claim.owner_minor, 0, 0, model.COLLECTED))
    return lines


def claim_posting(invoice: Invoice) -> Posting:
    """The buyer owes the amount; against it stand the contract's position and deferred VAT."""
    receivable = Account("receivable", invoice.buyer_id)
    position = Account("contract_position", invoice.contract_id)
    return Posting(
        cause=f"invoice_issued:{invoice.id}",
        books=invoice.books_unit_id,
        effective_on=invoice.issued_on,
        legs=[
            Leg(receivable, position, invoice.net_minor + invoice.owner_minor, invoice.currency),
            Leg(receivable, Account("vat_deferred"), invoice.vat_minor, invoice.currency),
        ],
    )


async def in_full(conn: Connection, invoice: Invoice) -> FullInvoice:
    lines = await queries.lines_of(conn, invoice.id)
    return FullInvoice(**msgspec.structs.asdict(invoice), lines=lines)


async def find_invoice(conn: Connection, actor: Actor, invoice_id: UUID) -> FullInvoice:
    """An invoice with its lines; NotFound to a stranger."""
    async with db.look(conn, actor):
        return await in_full(conn, await queries.find_invoice(conn, actor, invoice_id))


async def apply_receipts(
    conn: Connection, owed: Sequence[Invoice], receipts: Sequence[Receipt]
) -> Applied:
    """Money is allocated to invoices, or taken back from them, in the order given.

    VAT falls due in proportion; what is taken back returns to deferred on the day on which it had
    come, and is due by fapiao or due date if that has come. What was written off is recovered.

    Only payments calls this, after deciding that the actor may and locking the invoices, and
    books and tells what comes of it within the same act. Raises MoreThanOpen, MoreThanPaid,
    and WrongMove on a void invoice or one without receipts.
    """
    found = {invoice.id: invoice for invoice in owed}
    together: dict[tuple[UUID, str], list[Receipt]] = defaultdict(list)
    for receipt in receipts:
        together[receipt.invoice_id, receipt.cause].append(receipt)
    touched = list(dict.fromkeys(invoice_id for invoice_id, _ in together))
    reckoning = await tax_points.reckoning_of(conn, touched)
    postings, happenings = await recovering.recover(conn, found, receipts)
    for (invoice_id, cause), some in together.items():
        before = after = found[invoice_id]
        for receipt in some:
            received = _received(after, receipt.amount_minor)
            reckoning.receive(invoice_id, receipt.amount_minor, receipt.received_on)
            occasion = Reason.RECEIPT if receipt.amount_minor > 0 else Reason.TAKE_BACK
            after = reckoning.reckon(received, occasion, cause=cause)
        found[invoice_id] = msgspec.structs.replace(after, version=before.version + 1)
        happenings.append(_happening(before, found[invoice_id], cause))
    changed = [found[invoice_id] for invoice_id in touched]
    await queries.keep(conn, changed, receipts, reckoning.points)
    return Applied(changed, [*postings, *reckoning.postings], happenings)


def _happening(before: Invoice, after: Invoice, cause: str) -> events.Happening:
    """One happening for all of a cause, a payment and the charge on it: it tells the end."""
    inward = after.paid_minor > before.paid_minor
    move = model.receiving_move(before, after) if inward else model.taking_back_move(after)
    return events.happening(
        f"invoice.{after.state if inward else 'reopened'}",
        about=after,
        move=(move, before.state),
        changed={
            "contract_id": after.contract_id,
            "cause": cause,
            "paid_minor": after.paid_minor,
            "open_minor": after.open_minor,
        },
    )


def _received(invoice: Invoice, amount_minor: int) -> Invoice:
    """The invoice after a receipt, of which the move is made."""
    assert amount_minor != 0, "a receipt is of something"
    after = msgspec.structs.replace(invoice, paid_minor=invoice.paid_minor + amount_minor)
    if amount_minor > 0:
        to = invoice.after(model.receiving_move(invoice, after))
        require(amount_minor <= invoice.open_minor, model.more_than_open(invoice, amount_minor))
    else:
        require(after.paid_minor >= 0, model.more_than_paid(invoice, -amount_minor))
        to = invoice.after(model.taking_back_move(after))
    return msgspec.structs.replace(after, state=to)
