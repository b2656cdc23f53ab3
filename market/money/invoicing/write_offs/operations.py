"""Proposing to write an invoice off, and deciding on it."""

from __future__ import annotations

from uuid import UUID

from market.base import amounts, clock, db, events, proposals
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.ledger import operations as ledger
from market.ledger.model import Account
from market.money.invoicing import model as invoicing
from market.money.invoicing import queries as invoices
from market.money.invoicing.model import Invoice, InvoiceState
from market.money.invoicing.write_offs import model, queries
from market.money.invoicing.write_offs.model import WriteOff, WriteOffState
from market.trade.contracts import operations as contracts


async def propose_write_off(
    conn: Connection, actor: Actor, invoice_id: UUID, reason: str
) -> WriteOff:
    """Finance asks for what is open of an invoice to be written off; nothing changes yet.

    The same person asking in the same words gets the same proposal. Raises NotFound to a stranger,
    NotTheFinance, WriteOffProposed, BothSides, WrongMove, NotOverdue, WorkUnperformed,
    CreditUnused.
    """
    async with db.act(conn, actor):
        invoice = await invoices.lock_invoice(conn, actor, invoice_id)
        require(
            invoicing.is_the_finance(actor, invoice.provider_unit_id, invoice.books_unit_id),
            invoicing.NotTheFinance,
        )
        waiting = await queries.waiting_of(conn, invoice_id)
        if waiting is not None:
            again = proposals.asks_again(actor, waiting, reason=reason)
            require(again, model.WriteOffProposed)
            return waiting
        await contracts.require_one_side(conn, actor, invoice)
        await _can_be_written_off(conn, invoice)
        proposal = await queries.insert_proposal(conn, actor, invoice, reason)
        await events.record(
            conn,
            actor,
            "write_off.proposed",
            about=proposal,
            move=("propose", None),
            changed={"invoice_id": invoice_id, "amount_minor": proposal.amount_minor},
        )
    return proposal


async def _can_be_written_off(conn: Connection, invoice: Invoice) -> InvoiceState:
    """The state that it leads to; refused unless the debt is late, earned and not covered."""
    to = invoice.after("write_off")
    require(
        invoice.due_on < await clock.today(conn),
        model.NotOverdue(number=invoice.number, due_on=invoice.due_on),
    )
    async with db.act(conn, SYSTEM):  # finance of a unit without books sees not all of them
        unperformed = await queries.unperformed_minor(conn, invoice)
        credit = await ledger.balance(
            conn,
            invoice.books_unit_id,
            Account("customer_credit", invoice.buyer_id),
            invoice.currency,
        )
    currency = invoice.currency
    require(
        unperformed == 0,
        model.WorkUnperformed(
            number=invoice.number,
            currency=currency,
            unperformed=amounts.printed(unperformed, currency),
        ),
    )
    require(
        credit == 0,
        model.CreditUnused(currency=currency, credit=amounts.printed(credit, currency)),
    )
    return to


async def approve_write_off(
    conn: Connection, actor: Actor, write_off_id: UUID, *, expected_version: int | None = None
) -> WriteOff:
    """A leader, another person, books the loss: the invoice is uncollectible.

    Raises NotFound to a stranger, NotTheWriteOffLeader, OwnWriteOff, BothSides, OpenChanged,
    WrongMove when decided, and what ``propose_write_off`` raises when things have changed since.
    """
    async with db.act(conn, actor):
        invoice, proposal = await _lock(conn, actor, write_off_id)
        if proposals.is_repeat(actor, proposal, WriteOffState.APPROVED):
            return proposal
        await contracts.require_one_side(conn, actor, invoice)
        to = proposals.decided(proposal, "approve", expected_version)
        state = await _can_be_written_off(conn, invoice)
        _require_same_amount(invoice, proposal)
        today = await clock.today(conn)
        approved = await queries.decide(conn, actor, proposal, to=to, on=today)
        await ledger.post(conn, model.loss_posting(invoice, approved, today))
        written_off = await invoices.set_state(conn, invoice, state)
        await events.record(
            conn,
            actor,
            "write_off.approved",
            about=approved,
            move=("approve", proposal.state),
            changed={"invoice_id": invoice.id, "written_off_on": today},
        )
        await events.record(
            conn,
            actor,
            "invoice.written_off",
            about=written_off,
            move=("write_off", invoice.state),
            changed={"contract_id": invoice.contract_id, "write_off_id": approved.id},
        )
    return approved


def _require_same_amount(invoice: Invoice, proposal: WriteOff) -> None:
    currency = invoice.currency
    require(
        proposal.amount_minor == invoice.open_minor,
        model.OpenChanged(
            number=invoice.number,
            currency=currency,
            proposed=amounts.printed(proposal.amount_minor, currency),
            open=amounts.printed(invoice.open_minor, currency),
        ),
    )


async def reject_write_off(
    conn: Connection,
    actor: Actor,
    write_off_id: UUID,
    note: str,
    *,
    expected_version: int | None = None,
) -> WriteOff:
    """A leader, another person, lets the debt stand and says why."""
    async with db.act(conn, actor):
        invoice, proposal = await _lock(conn, actor, write_off_id)
        if proposals.is_repeat(actor, proposal, WriteOffState.REJECTED):
            return proposal
        await contracts.require_one_side(conn, actor, invoice)
        to = proposals.decided(proposal, "reject", expected_version)
        rejected = await queries.decide(conn, actor, proposal, to=to, note=note)
        await events.record(
            conn,
            actor,
            "write_off.rejected",
            about=rejected,
            move=("reject", proposal.state),
            changed={"invoice_id": invoice.id},
        )
    return rejected


async def _lock(conn: Connection, actor: Actor, write_off_id: UUID) -> tuple[Invoice, WriteOff]:
    """Invoice and proposal, locked, for one who may decide."""
    seen = await queries.find_write_off(conn, actor, write_off_id)
    invoice = await invoices.lock_invoice(conn, actor, seen.invoice_id)
    require(invoicing.may_decide(actor, invoice), model.NotTheWriteOffLeader)
    proposals.require_other(actor, seen, model.OwnWriteOff)
    return invoice, await queries.lock_write_off(conn, write_off_id)
