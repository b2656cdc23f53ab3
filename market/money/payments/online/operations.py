"""What people do with online payments: starting one, calling it off, reading it.

What Stripe is told of it, and says of it, is the worker's: ``presenting``.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from market.base import db, events, words
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound, Phrase, listed, require_version
from market.money.invoicing import queries as invoices
from market.money.invoicing.model import Invoice
from market.money.payments.online import model, queries
from market.money.payments.online.model import (
    FullOnlinePayment,
    OnlinePayment,
    Starting,
)
from market.money.payments.rails import Rails


async def start_payment(
    conn: Connection, actor: Actor, rails: Rails, data: Starting
) -> FullOnlinePayment:
    """Begin to pay what is open on the invoices; the worker presents it to Stripe at once.

    Raises NotFound to a stranger, SameInvoiceTwice, NotOneSeller, OnlyBuyerPays, NoRail,
    NothingOpen, PaymentUnderWay.
    """
    asked = list(data.invoice_ids)
    require(len(set(asked)) == len(asked), model.SameInvoiceTwice(pointer="/invoice_ids"))
    async with db.act(conn, actor):
        owed = await _lock_in_order(conn, actor, asked)
        _require_payable(actor, owed)
        await _require_rail(conn, rails, owed[0])
        payment = await queries.insert_payment(conn, actor, owed, data.way)
        parts = await _insert_parts(conn, payment, owed)
        await events.record(
            conn,
            actor,
            "online_payment.started",
            about=payment,
            move=("start", None),
            changed={"amount_minor": payment.amount_minor},
        )
    return FullOnlinePayment(**msgspec.structs.asdict(payment), parts=parts)


async def _lock_in_order(conn: Connection, actor: Actor, asked: Sequence[UUID]) -> list[Invoice]:
    found = {one.id: one for one in await invoices.lock_invoices(conn, actor, asked)}
    for place, invoice_id in enumerate(asked):
        require(invoice_id in found, NotFound(pointer=f"/invoice_ids/{place}"))
    return [found[invoice_id] for invoice_id in asked]


def _require_payable(actor: Actor, owed: Sequence[Invoice]) -> None:
    alike = {(one.buyer_id, one.books_unit_id, one.currency) for one in owed}
    require(len(alike) == 1, model.NotOneSeller(pointer="/invoice_ids"))
    require(
        model.may_pay(actor, owed[0].buyer_id, owed[0].books_unit_id),
        model.OnlyBuyerPays,
    )
    for invoice in owed:
        require(invoice.open_minor > 0, model.NothingOpen(number=invoice.number))


async def _require_rail(conn: Connection, rails: Rails, invoice: Invoice) -> None:
    rail = await rails.of(conn, invoice.books_unit_id)
    require(rail is not None, model.NoRail(payment_code=invoice.payment_code))


async def _insert_parts(
    conn: Connection, payment: OnlinePayment, owed: Sequence[Invoice]
) -> list[model.Part]:
    parts = await queries.insert_parts(conn, payment.id, owed)
    if len(parts) < len(owed):
        rivals = await queries.live_payments(conn, owed, besides=payment.id)
        raise model.PaymentUnderWay(
            number=listed(Phrase(number, number) for number, _ in rivals),
            payment_id=listed(
                Phrase(known, known) for known in dict.fromkeys(i for _, i in rivals)
            ),
        )
    return parts


async def cancel_payment(
    conn: Connection, actor: Actor, payment_id: UUID, *, expected_version: int | None = None
) -> FullOnlinePayment:
    """Ask Stripe to call it off; until it grants that, the payer may still have paid.

    Raises NotFound to a stranger, OnlyBuyerPays, Stale, PaymentIsOver.
    """
    async with db.act(conn, actor):
        await queries.find_payment(conn, actor, payment_id)
        payment = await queries.lock_payment(conn, payment_id)
        require(model.may_pay(actor, payment.buyer_id, payment.books_unit_id), model.OnlyBuyerPays)
        if payment.cancel_asked_by is not None:
            return await in_full(conn, payment)
        require_version(payment.version, expected_version)
        over = model.PaymentIsOver(state=words.state("online_payment", payment.state))
        require(not payment.is_over, over)
        asked = await queries.ask_to_cancel(conn, actor, payment_id)
        await events.record(conn, actor, "online_payment.cancel_asked", about=asked)
        return await in_full(conn, asked)


async def in_full(conn: Connection, payment: OnlinePayment) -> FullOnlinePayment:
    parts = await queries.parts_of(conn, payment.id)
    return FullOnlinePayment(**msgspec.structs.asdict(payment), parts=parts)


async def find_payment(conn: Connection, actor: Actor, payment_id: UUID) -> FullOnlinePayment:
    """An attempt with its parts; NotFound to a stranger."""
    async with db.look(conn, actor):
        payment = await queries.find_payment(conn, actor, payment_id)
        return await in_full(conn, model.shown_to(actor, payment))


async def payments_of(conn: Connection, actor: Actor, invoice_id: UUID) -> list[OnlinePayment]:
    """All attempts on an invoice, the newest first. NotFound to a stranger."""
    async with db.look(conn, actor):
        await invoices.find_invoice(conn, actor, invoice_id)
        attempts = await queries.payments_of(conn, actor, invoice_id)
    return [model.shown_to(actor, one) for one in attempts]
