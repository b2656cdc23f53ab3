"""Proposing a credit note, and deciding on it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from market.base import clock, db, events, proposals
from market.base.access import Actor, require
from market.base.db import Connection
from market.ledger import operations as ledger
from market.ledger.model import Account, NotEnough, Posting
from market.money.invoicing import model as invoicing
from market.money.invoicing import queries as invoices
from market.money.invoicing.credit_notes import model, queries, reckoning
from market.money.invoicing.credit_notes.model import (
    CreditNote,
    FullNote,
    NewCreditNote,
    NotePart,
    NoteState,
)
from market.money.invoicing.credit_notes.queries import NewNote
from market.money.invoicing.model import Invoice
from market.money.invoicing.red_fapiao import operations as red_fapiao
from market.money.invoicing.tax_points import operations as tax_points
from market.money.invoicing.tax_points.model import Reason
from market.trade.contracts import operations as contracts
from market.trade.contracts import queries as contract_rows
from market.trade.contracts.model import Contract
from market.trade.performance import operations as performance
from market.trade.performance import queries as milestone_rows
from market.trade.performance.model import MilestoneRow


async def propose_credit_note(
    conn: Connection, actor: Actor, invoice_id: UUID, wanted: NewCreditNote
) -> FullNote:
    """Finance says what of an invoice is not owed; nothing changes yet.

    The same person asking for the same again gets the same note. Raises NotFound to a stranger,
    NotTheFinance, NoteProposed, BothSides, NothingLeft, WrongMove on what was written off, and
    what is wrong with lines or milestones.
    """
    async with db.act(conn, actor):
        seen = await invoices.find_invoice(conn, actor, invoice_id)
        _, milestones, invoice = await _lock(conn, actor, seen)
        require(
            invoicing.is_the_finance(actor, invoice.provider_unit_id, invoice.books_unit_id),
            invoicing.NotTheFinance,
        )
        new = await _reckoned(conn, invoice, milestones, wanted)
        live = await queries.proposed_note_of(conn, invoice_id)
        if live is not None:
            said = {"lines": list(new.lines), "milestones": list(new.parts)}
            again = proposals.asks_again(actor, live, reason=new.reason, **said)
            require(again, model.NoteProposed(note_id=live.id))
            return live
        await contracts.require_one_side(conn, actor, invoice)
        note = await queries.insert_note(conn, actor, invoice, new)
        await events.record(
            conn,
            actor,
            "credit_note.proposed",
            about=note,
            move=("propose", None),
            changed={"invoice_id": invoice_id, "amount_minor": note.amount_minor},
        )
        return await queries.in_full(conn, note)


async def _lock(
    conn: Connection, actor: Actor, seen: Invoice
) -> tuple[Contract, list[MilestoneRow], Invoice]:
    """The contract, its milestones and the invoice, in this order."""
    contract = await contract_rows.lock_contract(conn, actor, seen.contract_id)
    milestones = await milestone_rows.lock_milestones(conn, contract.id)
    return contract, milestones, await invoices.lock_invoice(conn, actor, seen.id)


async def _reckoned(
    conn: Connection,
    invoice: Invoice,
    milestones: Sequence[MilestoneRow],
    wanted: NewCreditNote,
) -> NewNote:
    require(invoice.uncredited_minor > 0, model.NothingLeft(number=invoice.number))
    invoice.after("credit")
    lines = await invoices.lines_of(conn, invoice.id)
    before = await queries.credited_of_lines(conn, invoice.id)
    credited = reckoning.lines_credited(lines, before, wanted.lines, invoice.currency)
    amount_minor = sum(line.amount_minor for line in credited)
    vat_minor = sum(line.vat_minor for line in credited)
    owner_minor = reckoning.owners_part(lines, credited)
    parts = reckoning.milestones_credited(
        milestones,
        wanted.milestones,
        net_minor=amount_minor - vat_minor - owner_minor,
        owner_minor=owner_minor,
        first=await queries.milestone_of_instalment(conn, invoice.instalment_id),
        currency=invoice.currency,
    )
    return NewNote(reason=wanted.reason, lines=credited, parts=parts, owner_minor=owner_minor)


async def approve_credit_note(
    conn: Connection, actor: Actor, note_id: UUID, *, expected_version: int | None = None
) -> FullNote:
    """A leader, another person, issues the note: it is posted, and the invoice owes so much less.

    Raises NotFound to a stranger, NoteNeedsLeader, OwnNote, BothSides, MilestoneHasLess when other
    notes came between, OwnerWasPaid, WrongMove when decided or the invoice is void.
    """
    async with db.act(conn, actor):
        contract, milestones, invoice, note = await _lock_note(conn, actor, note_id)
        if proposals.is_repeat(actor, note, NoteState.ISSUED):
            return await queries.in_full(conn, note)
        await contracts.require_one_side(conn, actor, invoice)
        to = proposals.decided(note, "approve", expected_version)
        require(invoice.uncredited_minor > 0, model.NothingLeft(number=invoice.number))
        full = await queries.in_full(conn, note)
        reckoning.require_left(milestones, full.milestones, note.currency)
        issued = await _issue(conn, actor, note, invoice, to)
        parts = await _take_off(conn, note, full.milestones, milestones)
        posting = await _posting(conn, contract, milestones, invoice, issued, parts)
        credited = await _credit(conn, actor, invoice, issued)
        try:
            await ledger.post(conn, posting)
        except NotEnough as paid:
            raise model.OwnerWasPaid from paid
        await red_fapiao.request_red(
            conn,
            actor,
            credited,
            credit_note_id=note.id,
            amount_minor=note.amount_minor,
            vat_minor=note.vat_minor,
        )
        await events.record(
            conn,
            actor,
            "credit_note.issued",
            about=issued,
            move=("approve", note.state),
            changed={
                "invoice_id": invoice.id,
                "number": issued.number,
                "amount_minor": issued.amount_minor,
                "vat_minor": issued.vat_minor,
                "offset_minor": issued.offset_minor,
                "issued_on": issued.issued_on,
            },
        )
        return await queries.in_full(conn, issued)


async def _lock_note(
    conn: Connection, actor: Actor, note_id: UUID
) -> tuple[Contract, list[MilestoneRow], Invoice, CreditNote]:
    """All of it, locked, for one who may decide."""
    seen = await queries.find_note(conn, actor, note_id)
    found = await invoices.find_invoice(conn, actor, seen.invoice_id)
    contract, milestones, invoice = await _lock(conn, actor, found)
    require(invoicing.may_decide(actor, invoice), model.NoteNeedsLeader)
    proposals.require_other(actor, seen, model.OwnNote)
    return contract, milestones, invoice, await queries.lock_note(conn, note_id)


async def _issue(
    conn: Connection, actor: Actor, note: CreditNote, invoice: Invoice, to: NoteState
) -> CreditNote:
    today = await clock.today(conn)
    prefix, serial = await queries.next_number(conn, invoice.books_unit_id, today.year)
    return await queries.set_issued(
        conn,
        actor,
        note,
        to,
        number=f"{prefix}-{today.year}-DX-{serial:04d}",
        serial=serial,
        offset_minor=min(note.amount_minor, invoice.open_minor),
        on=today,
    )


async def _take_off(
    conn: Connection,
    note: CreditNote,
    parts: Sequence[NotePart],
    milestones: Sequence[MilestoneRow],
) -> list[NotePart]:
    """The milestones are worth so much less; returns the parts with what was found of them."""
    states = {milestone.id: milestone.state for milestone in milestones}
    found = [
        msgspec.structs.replace(part, accepted=states[part.milestone_id] == reckoning.ACCEPTED)
        for part in parts
    ]
    await queries.set_accepted(conn, note.id, found)
    for part in found:
        await milestone_rows.credit_milestone(
            conn, part.milestone_id, net_minor=part.net_minor, owner_minor=part.owner_minor
        )
    await contract_rows.touch_contract(conn, note.contract_id)
    return found


async def _posting(
    conn: Connection,
    contract: Contract,
    milestones: Sequence[MilestoneRow],
    invoice: Invoice,
    note: CreditNote,
    parts: Sequence[NotePart],
) -> Posting:
    """What revenue, position, owners and deferred VAT lose, the buyer owes less or has left."""
    assert note.offset_minor is not None, "an issued note knows what was open"
    assert note.issued_on is not None, "and its day"
    waiting = [part.net_minor + part.owner_minor for part in parts if not part.accepted]
    earned = sum(part.net_minor for part in parts if part.accepted)
    debits = [
        (Account("vat_deferred"), note.vat_minor),
        (Account("contract_position", contract.id), sum(waiting)),
        (performance.revenue_of(contract), earned),
    ]
    found = {milestone.id: milestone for milestone in milestones}
    for part in parts:
        if part.accepted and part.owner_minor:
            debits += await _off_owners(conn, found[part.milestone_id], part)
    gained = [
        (Account("receivable", invoice.buyer_id), note.offset_minor),
        (Account("customer_credit", invoice.buyer_id), note.amount_minor - note.offset_minor),
    ]
    legs = reckoning.legs_between(debits, gained, note.currency)
    return Posting(note.cause, note.books_unit_id, note.issued_on, legs)


async def _off_owners(
    conn: Connection, milestone: MilestoneRow, part: NotePart
) -> list[tuple[Account, int]]:
    """Split by what the acceptance made each owner's, and what earlier notes took off that."""
    *earlier, _ = await queries.owners_credited(conn, milestone.id)
    owed = await performance.owed_by(conn, milestone)
    since = [minor for minor, accepted in earlier if accepted]
    return reckoning.off_owners(owed, since, part.owner_minor)


async def _credit(conn: Connection, actor: Actor, invoice: Invoice, note: CreditNote) -> Invoice:
    """The invoice as it then is, its VAT reckoned anew: what was due of the credit falls back."""
    assert note.offset_minor is not None, "an issued note knows what was open"
    after = msgspec.structs.replace(
        invoice,
        credited_minor=invoice.credited_minor + note.amount_minor,
        credited_vat_minor=invoice.credited_vat_minor + note.vat_minor,
        offset_minor=invoice.offset_minor + note.offset_minor,
    )
    move = invoicing.crediting_move(after)
    after = msgspec.structs.replace(after, state=invoice.after(move))
    reckoner = await tax_points.reckoning_of(conn, [invoice.id])
    taxed = reckoner.reckon(after, Reason.CREDIT_NOTE, cause=note.cause)
    credited = msgspec.structs.replace(taxed, version=invoice.version + 1)
    await queries.set_credited(conn, credited)
    await invoices.keep(conn, [], [], reckoner.points)
    await ledger.post_all(conn, reckoner.postings)
    await events.record(
        conn,
        actor,
        "invoice.credited",
        about=credited,
        move=(move, invoice.state),
        changed={
            "contract_id": credited.contract_id,
            "credit_note_id": note.id,
            "credited_minor": credited.credited_minor,
            "credited_vat_minor": credited.credited_vat_minor,
            "offset_minor": credited.offset_minor,
            "open_minor": credited.open_minor,
        },
    )
    return credited


async def reject_credit_note(
    conn: Connection,
    actor: Actor,
    note_id: UUID,
    why: str,
    *,
    expected_version: int | None = None,
) -> FullNote:
    """A leader, another person, leaves the invoice as it is and says why."""
    async with db.act(conn, actor):
        _, _, invoice, note = await _lock_note(conn, actor, note_id)
        if proposals.is_repeat(actor, note, NoteState.REJECTED):
            return await queries.in_full(conn, note)
        await contracts.require_one_side(conn, actor, invoice)
        to = proposals.decided(note, "reject", expected_version)
        rejected = await queries.set_rejected(conn, actor, note, to, why)
        await events.record(
            conn,
            actor,
            "credit_note.rejected",
            about=rejected,
            move=("reject", note.state),
            changed={"invoice_id": invoice.id},
        )
        return await queries.in_full(conn, rejected)


async def find_note(conn: Connection, actor: Actor, note_id: UUID) -> FullNote:
    """A credit note with its lines and milestones; NotFound to a stranger."""
    async with db.look(conn, actor):
        return await queries.in_full(conn, await queries.find_note(conn, actor, note_id))
