"""Allocating money to invoices, taking it back, and using customer credit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from market.base import amounts, clock, db, events
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, NotAReader, NotEnough, Posting, may_read
from market.money.invoicing import operations as invoicing
from market.money.invoicing import queries as invoices
from market.money.invoicing.held import held_of
from market.money.invoicing.model import Applied, Invoice, Receipt
from market.money.payments import model, queries
from market.money.payments.model import (
    Allocation,
    AllocationKind,
    Credit,
    CreditUse,
    NewAllocation,
)
from market.trade.contracts import operations as contracts


async def allocate(
    conn: Connection, owed: Sequence[Invoice], given: Sequence[NewAllocation]
) -> Applied:
    """Apply money to locked invoices, within the act that books it, and what comes of it."""
    applied = await invoicing.apply_receipts(
        conn,
        owed,
        [Receipt(one.invoice_id, one.amount_minor, one.received_on, one.cause) for one in given],
    )
    await queries.insert_allocations(conn, given)
    return applied


async def take_back(
    conn: Connection,
    owed: Sequence[Invoice],
    *,
    cause: str,
    on: date,
    match_id: UUID | None = None,
    credit_use_id: UUID | None = None,
) -> Applied:
    """Undo all that a match or a credit use allocated to locked invoices, as ``allocate`` does."""
    live = await queries.take_back(conn, match_id=match_id, credit_use_id=credit_use_id, on=on)
    if not live:
        return Applied([], [], [])
    return await invoicing.apply_receipts(
        conn,
        owed,
        [Receipt(one.invoice_id, -one.amount_minor, one.received_on, cause) for one in live],
    )


async def invoices_paid_by(conn: Connection, payment_id: UUID) -> list[UUID]:
    """The invoices that an online payment pays as of now, by whichever of its lines."""
    live = await queries.live_of_payment(conn, payment_id)
    return sorted({one.invoice_id for one in live})


async def take_back_part(
    conn: Connection,
    owed: Sequence[Invoice],
    payment_id: UUID,
    amount_minor: int,
    *,
    cause: str,
    on: date,
) -> tuple[Applied, int]:
    """Undo so much of what an online payment paid of locked invoices, the last allocation first.

    What it paid again, once it was given back after a loss, is undone as well.
    Tells what came of it, and how much there was to undo.
    """
    taken, kept, left = [], [], amount_minor
    for one in await queries.live_of_payment(conn, payment_id):
        if left == 0:
            break
        freed = min(one.amount_minor, left)
        left -= freed
        taken.append((one, freed))
        if freed < one.amount_minor:
            kept.append(_what_stays(one, freed, cause))
    if not taken:
        return Applied([], [], []), 0
    await queries.take_back_these(conn, [one.id for one, _ in taken], on)
    receipts = [Receipt(one.invoice_id, -freed, one.received_on, cause) for one, freed in taken]
    applied = await invoicing.apply_receipts(conn, owed, receipts)
    await queries.insert_allocations(conn, kept)
    return applied, amount_minor - left


async def put_back(
    conn: Connection,
    owed: Sequence[Invoice],
    payment_id: UUID,
    given: Sequence[NewAllocation],
    *,
    on: date,
) -> Applied:
    """What ``take_back_part`` undid of an online payment pays its locked invoices again.

    What had stayed of an allocation joins what was taken of it.
    """
    receipts = [
        Receipt(one.invoice_id, one.amount_minor, one.received_on, one.cause) for one in given
    ]
    applied = await invoicing.apply_receipts(conn, owed, receipts)
    joined: dict[tuple[UUID, UUID | None], NewAllocation] = {}
    for one in given:
        whole = joined.get((one.invoice_id, one.stripe_line_id))
        more = whole.amount_minor if whole else 0
        joined[one.invoice_id, one.stripe_line_id] = msgspec.structs.replace(
            one, amount_minor=one.amount_minor + more
        )
    ended = []
    for stayed in await queries.live_of_payment(conn, payment_id):
        place = stayed.invoice_id, stayed.stripe_line_id
        if place in joined:
            ended.append(stayed.id)
            joined[place] = msgspec.structs.replace(
                joined[place], amount_minor=joined[place].amount_minor + stayed.amount_minor
            )
    await queries.take_back_these(conn, ended, on)
    await queries.insert_allocations(conn, list(joined.values()))
    return applied


def _what_stays(one: Allocation, freed_minor: int, cause: str) -> NewAllocation:
    return NewAllocation(
        invoice_id=one.invoice_id,
        kind=one.kind,
        amount_minor=one.amount_minor - freed_minor,
        currency=one.currency,
        received_on=one.received_on,
        cause=cause,
        stripe_line_id=one.stripe_line_id,
    )


async def use_credit(
    conn: Connection, actor: Actor, invoice_id: UUID, amount_minor: int
) -> CreditUse:
    """Finance pays an invoice from what its buyer has left with the unit.

    Raises NotFound to a stranger, CreditNeedsFinance, BothSides, CreditTooSmall, CreditOwed,
    CreditHeld, CreditUnexplained, MoreThanOpen, WrongMove.
    """
    async with db.act(conn, actor):
        invoice = await invoices.lock_invoice(conn, actor, invoice_id)
        require(model.may_settle(actor, invoice.books_unit_id), model.CreditNeedsFinance)
        await contracts.require_one_side(conn, actor, invoice)
        await _require_credit(conn, invoice, amount_minor)
        today = await clock.today(conn)
        use = await queries.insert_use(conn, actor, invoice, amount_minor, today)
        paid = NewAllocation(
            invoice_id=invoice_id,
            kind=AllocationKind.CREDIT,
            amount_minor=amount_minor,
            currency=invoice.currency,
            received_on=today,
            cause=use.cause,
            credit_use_id=use.id,
        )
        applied = await allocate(conn, [invoice], [paid])
        try:
            await ledger.post_all(conn, [*applied.postings, use_posting(use)])
        except NotEnough:
            await _require_credit(conn, invoice, amount_minor)
            raise
        await _require_unheld(conn, invoice, amount_minor, is_taken=True)
        used = events.happening(
            "credit_use.used",
            about=use,
            move=("use", None),
            changed={"invoice_id": invoice_id, "organisation_id": use.organisation_id},
        )
        await events.record_many(conn, [*applied.happenings, used])
    return use


async def _require_credit(conn: Connection, invoice: Invoice, amount_minor: int) -> None:
    """What is there may be gone when it is posted: asked again then, the answer is the rival's."""
    books, buyer_id, currency = invoice.books_unit_id, invoice.buyer_id, invoice.currency
    balance = await ledger.balance(conn, books, Account("customer_credit", buyer_id), currency)
    said = amounts.printed(balance, currency), amounts.printed(amount_minor, currency)
    require(balance >= amount_minor, model.CreditTooSmall(balance=said[0], amount=said[1]))
    await _require_unheld(conn, invoice, amount_minor)


async def _require_unheld(
    conn: Connection, invoice: Invoice, amount_minor: int, *, is_taken: bool = False
) -> None:
    """``is_taken``: it is posted, which has locked the credit; what rivals took of it counts."""
    books, buyer_id, currency = invoice.books_unit_id, invoice.buyer_id, invoice.currency
    held = await held_of(conn, books, buyer_id, currency)
    if not held.from_invoices_minor:
        return
    balance = await ledger.balance(conn, books, Account("customer_credit", buyer_id), currency)
    before = balance + amount_minor if is_taken else balance
    owed_minor = min(held.unrecovered_minor, before)
    disputed_minor = min(held.disputed_minor, before - owed_minor)
    left_minor = before - amount_minor
    said = {
        "balance": amounts.printed(before, currency),
        "amount": amounts.printed(amount_minor, currency),
        "free": amounts.printed(before - owed_minor - disputed_minor, currency),
    }
    owed = model.CreditOwed(owed=amounts.printed(owed_minor, currency), **said)
    require(left_minor >= held.unrecovered_minor, owed)
    waits_minor = min(held.waits_minor, disputed_minor)
    disputed = model.CreditHeld(disputed=amounts.printed(waits_minor, currency), **said)
    require(left_minor >= held.unrecovered_minor + held.waits_minor, disputed)
    unexplained = amounts.printed(disputed_minor - waits_minor, currency)
    past_us = model.CreditUnexplained(unexplained=unexplained, **said)
    require(left_minor >= held.from_invoices_minor, past_us)


def use_posting(use: CreditUse) -> Posting:
    """What we owe the customer shrinks by what the customer owes us."""
    leg = Leg(
        Account("customer_credit", use.organisation_id),
        Account("receivable", use.organisation_id),
        use.amount_minor,
        use.currency,
    )
    return Posting(use.cause, use.books_unit_id, use.used_on, [leg])


async def undo_credit_use(conn: Connection, actor: Actor, use_id: UUID, reason: str) -> CreditUse:
    """The credit is there again, and the invoice open by as much.

    Raises NotFound to a stranger, CreditNeedsFinance, BothSides, WrongMove when another has undone
    it.
    """
    async with db.act(conn, actor):
        seen = await queries.find_use(conn, actor, use_id)
        invoice = await invoices.lock_invoice(conn, actor, seen.invoice_id)
        use = await queries.lock_use(conn, use_id)
        require(model.may_settle(actor, use.books_unit_id), model.CreditNeedsFinance)
        if use.undone_by == actor.person_id:
            return use
        await contracts.require_one_side(conn, actor, invoice)
        to = use.after("undo")
        today, cause = await clock.today(conn), f"credit_use_undone:{use.id}"
        freed = await take_back(conn, [invoice], cause=cause, on=today, credit_use_id=use.id)
        mirrored = ledger.mirror(use_posting(use), cause, effective_on=today)
        await ledger.post_all(conn, [*freed.postings, mirrored])
        undone = await queries.undo_use(conn, actor, use, to=to, on=today, reason=reason)
        told = events.happening(
            "credit_use.undone",
            about=undone,
            move=("undo", use.state),
            changed={"invoice_id": use.invoice_id},
        )
        await events.record_many(conn, [*freed.happenings, told])
    return undone


async def find_use(conn: Connection, actor: Actor, use_id: UUID) -> CreditUse:
    async with db.look(conn, actor):
        return await queries.find_use(conn, actor, use_id)


async def payments_of(conn: Connection, actor: Actor, invoice_id: UUID) -> list[Allocation]:
    """What was applied to an invoice, for who sees the invoice. NotFound to a stranger."""
    async with db.look(conn, actor):
        await invoices.find_invoice(conn, actor, invoice_id)
        return await queries.allocations_of(conn, actor, invoice_id)


async def list_credits(
    conn: Connection,
    actor: Actor,
    books_unit_id: UUID,
    *,
    after: tuple[UUID, str] | None,
    limit: int,
) -> list[Credit]:
    """NotFound to a stranger, NotAReader to a member without a reading role."""
    require(actor.visible is None or books_unit_id in actor.visible, NotFound)
    require(may_read(actor), NotAReader)
    return await queries.credits_of(conn, actor, books_unit_id, after=after, limit=limit)
