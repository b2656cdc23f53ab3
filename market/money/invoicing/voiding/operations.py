"""Proposing to void an invoice, and deciding on it."""

from __future__ import annotations

from uuid import UUID

from market.base import clock, db, events, proposals
from market.base.access import Actor, require
from market.base.db import Connection
from market.ledger import operations as ledger
from market.money.invoicing import model as invoicing
from market.money.invoicing import operations
from market.money.invoicing import queries as invoices
from market.money.invoicing.fapiao import queries as fapiao
from market.money.invoicing.model import Invoice, InvoiceState
from market.money.invoicing.voiding import model, queries
from market.money.invoicing.voiding.model import ProposalState, VoidProposal
from market.trade.contracts import operations as contracts


async def propose_void(
    conn: Connection, actor: Actor, invoice_id: UUID, reason: str
) -> VoidProposal:
    """Finance asks for an invoice to be voided; nothing changes yet.

    The same person asking in the same words gets the same proposal. Raises NotFound to a stranger,
    NotTheFinance, VoidProposed, BothSides, InvoicePaid, InvoiceCredited, InvoiceHasFapiao,
    PastTaxPoint, WrongMove.
    """
    async with db.act(conn, actor):
        invoice = await invoices.lock_invoice(conn, actor, invoice_id)
        require(
            invoicing.is_the_finance(actor, invoice.provider_unit_id, invoice.books_unit_id),
            invoicing.NotTheFinance,
        )
        live = await queries.live_proposal_of(conn, invoice_id)
        if live is not None:
            again = proposals.asks_again(actor, live, reason=reason)
            require(again, model.VoidProposed)
            return live
        await contracts.require_one_side(conn, actor, invoice)
        await _can_be_void(conn, invoice)
        proposal = await queries.insert_proposal(conn, actor, invoice_id, reason)
        await events.record(
            conn,
            actor,
            "void_proposal.proposed",
            about=proposal,
            move=("propose", None),
            changed={"invoice_id": invoice_id},
        )
    return proposal


async def _can_be_void(conn: Connection, invoice: Invoice) -> InvoiceState:
    """The state that voiding leads to; refused once the invoice has had any effect."""
    require(invoice.paid_minor == 0, model.InvoicePaid(number=invoice.number))
    require(invoice.credited_minor == 0, model.InvoiceCredited(number=invoice.number))
    to = invoice.after("void")
    require(
        await fapiao.live_fapiao_of(conn, invoice.id) is None,
        model.InvoiceHasFapiao(number=invoice.number),
    )
    before_tax_point = invoice.vat_due_minor == 0 and await clock.today(conn) < invoice.due_on
    require(before_tax_point, model.PastTaxPoint(number=invoice.number))
    return to


async def approve_void(
    conn: Connection, actor: Actor, proposal_id: UUID, *, expected_version: int | None = None
) -> VoidProposal:
    """A leader, another person, voids the invoice: its posting is mirrored.

    Raises NotFound to a stranger, NotTheVoidLeader, OwnVoidProposal, BothSides, WrongMove when
    decided, and what ``propose_void`` raises when the invoice has had effect since.
    """
    async with db.act(conn, actor):
        invoice, proposal = await _lock(conn, actor, proposal_id)
        if proposals.is_repeat(actor, proposal, ProposalState.APPROVED):
            return proposal
        await contracts.require_one_side(conn, actor, invoice)
        to = proposals.decided(proposal, "approve", expected_version)
        void_state = await _can_be_void(conn, invoice)
        approved = await queries.decide(conn, actor, proposal, to=to)
        void = await _void(conn, invoice, void_state, approved)
        await events.record(
            conn,
            actor,
            "void_proposal.approved",
            about=approved,
            move=("approve", proposal.state),
            changed={"invoice_id": invoice.id},
        )
        await events.record(
            conn,
            actor,
            "invoice.voided",
            about=void,
            move=("void", invoice.state),
            changed={"contract_id": invoice.contract_id, "instalment_id": invoice.instalment_id},
        )
    return approved


async def _void(
    conn: Connection, invoice: Invoice, to: InvoiceState, approved: VoidProposal
) -> Invoice:
    """On the day of the decision its claim is taken back."""
    assert approved.decided_at is not None
    await ledger.post(
        conn,
        ledger.mirror(
            operations.claim_posting(invoice),
            f"invoice_void:{invoice.id}",
            effective_on=clock.day_of(approved.decided_at),
        ),
    )
    return await invoices.set_state(conn, invoice, to)


async def reject_void(
    conn: Connection,
    actor: Actor,
    proposal_id: UUID,
    note: str,
    *,
    expected_version: int | None = None,
) -> VoidProposal:
    """A leader, another person, lets the invoice stand and says why."""
    async with db.act(conn, actor):
        invoice, proposal = await _lock(conn, actor, proposal_id)
        if proposals.is_repeat(actor, proposal, ProposalState.REJECTED):
            return proposal
        await contracts.require_one_side(conn, actor, invoice)
        to = proposals.decided(proposal, "reject", expected_version)
        rejected = await queries.decide(conn, actor, proposal, to=to, note=note)
        await events.record(
            conn,
            actor,
            "void_proposal.rejected",
            about=rejected,
            move=("reject", proposal.state),
            changed={"invoice_id": invoice.id},
        )
    return rejected


async def _lock(conn: Connection, actor: Actor, proposal_id: UUID) -> tuple[Invoice, VoidProposal]:
    """Invoice and proposal, locked, for one who may decide."""
    seen = await queries.find_proposal(conn, actor, proposal_id)
    invoice = await invoices.lock_invoice(conn, actor, seen.invoice_id)
    require(invoicing.may_decide(actor, invoice), model.NotTheVoidLeader)
    proposals.require_other(actor, seen, model.OwnVoidProposal)
    return invoice, await queries.lock_proposal(conn, proposal_id)
