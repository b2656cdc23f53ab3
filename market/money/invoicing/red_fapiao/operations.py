"""A red fapiao is asked for by a credit note, and recorded by finance."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import asyncpg

from market.base import db, events, files
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.money.invoicing import queries as invoices
from market.money.invoicing.fapiao import model as fapiao_model
from market.money.invoicing.fapiao import operations as fapiao_acts
from market.money.invoicing.fapiao import queries as fapiao_rows
from market.money.invoicing.fapiao.model import Fapiao, FapiaoState, IssuedFapiao
from market.money.invoicing.model import Invoice
from market.money.invoicing.red_fapiao import queries
from market.money.invoicing.red_fapiao.model import RedFapiao

# What each move of the fapiao is told as.
TOLD: Final = {
    "request_red": "fapiao.red_requested",
    "record_red": "fapiao.red_recorded",
    "stand_issued": "fapiao.stood",
    "stand_delivered": "fapiao.stood",
    "reverse": "fapiao.reversed",
}


async def request_red(
    conn: Connection,
    actor: Actor,
    invoice: Invoice,
    *,
    credit_note_id: UUID,
    amount_minor: int,
    vat_minor: int,
) -> None:
    """Within the act that issues a credit note; what is only asked for needs no red fapiao."""
    fapiao = await fapiao_rows.live_fapiao_of(conn, invoice.id)
    if fapiao is None or fapiao.state == FapiaoState.REQUESTED:
        return
    red = await queries.insert_request(
        conn,
        fapiao,
        credit_note_id=credit_note_id,
        amount_minor=amount_minor,
        vat_minor=vat_minor,
        currency=invoice.currency,
    )
    await _move(conn, actor, fapiao, "request_red")
    await events.record(
        conn,
        actor,
        "red_fapiao.requested",
        about=red,
        move=("request", None),
        changed={
            "fapiao_id": fapiao.id,
            "credit_note_id": credit_note_id,
            "amount_minor": amount_minor,
            "vat_minor": vat_minor,
        },
    )


async def issue_red_fapiao(
    conn: Connection,
    actor: Actor,
    red_id: UUID,
    issued: IssuedFapiao,
    *,
    expected_version: int | None = None,
) -> RedFapiao:
    """Finance records the red document that the tax platform issued; the buyer may read it.

    Raises NotFound (red fapiao or file) to a stranger, NotTheFapiaoFinance, FapiaoDateWrong,
    FapiaoNumberTaken, WrongMove when it was recorded otherwise.
    """
    async with db.act(conn, actor):
        invoice, fapiao, red = await _lock(conn, actor, red_id)
        require(fapiao_model.may_issue(actor, invoice), fapiao_model.NotTheFapiaoFinance)
        if _is_issued_so(red, actor, issued):
            return red
        require_version(red.version, expected_version)
        red.after("issue")
        earliest = await queries.credited_on(conn, red)
        await fapiao_acts.check_date(conn, issued.issued_on, earliest, "/issued_on")
        await files.find(conn, actor, issued.file_id)
        done = await _set_issued(conn, actor, red, issued)
        await files.share(conn, issued.file_id, [invoice.buyer_id])
        waiting = await queries.count_waiting(conn, fapiao.id)
        await _move(conn, actor, fapiao, _move_of(invoice, fapiao, waiting))
        await events.record(
            conn,
            actor,
            "red_fapiao.issued",
            about=done,
            move=("issue", red.state),
            changed={
                "fapiao_id": fapiao.id,
                "number": done.number,
                "issued_on": done.issued_on,
            },
        )
    return done


async def _lock(conn: Connection, actor: Actor, red_id: UUID) -> tuple[Invoice, Fapiao, RedFapiao]:
    seen = await queries.find_red(conn, actor, red_id)
    found = await fapiao_rows.find_fapiao(conn, actor, seen.fapiao_id)
    invoice = await invoices.lock_invoice(conn, actor, found.invoice_id)
    fapiao = await fapiao_rows.lock_fapiao(conn, found.id)
    return invoice, fapiao, await queries.lock_red(conn, red_id)


def _is_issued_so(red: RedFapiao, actor: Actor, issued: IssuedFapiao) -> bool:
    return red.issued_by == actor.person_id and all(
        getattr(red, field) == getattr(issued, field) for field in IssuedFapiao.__struct_fields__
    )


async def _set_issued(
    conn: Connection, actor: Actor, red: RedFapiao, issued: IssuedFapiao
) -> RedFapiao:
    try:
        async with db.savepoint(conn):
            return await queries.set_issued(conn, actor, red, red.after("issue"), issued)
    except asyncpg.UniqueViolationError as taken:
        raise fapiao_model.FapiaoNumberTaken(number=issued.number) from taken


def _move_of(invoice: Invoice, fapiao: Fapiao, waiting: int) -> str:
    """What the fapiao becomes, once a red one is recorded and so many are still waited for."""
    if waiting:
        return "record_red"
    if invoice.uncredited_minor == 0:
        return "reverse"
    return "stand_delivered" if fapiao.delivered_on else "stand_issued"


async def _move(conn: Connection, actor: Actor, fapiao: Fapiao, move: str) -> None:
    moved = await fapiao_rows.set_state(conn, fapiao, fapiao.after(move))
    await events.record(
        conn,
        actor,
        TOLD[move],
        about=moved,
        move=(move, fapiao.state),
        changed={"invoice_id": fapiao.invoice_id},
    )


async def find_red(conn: Connection, actor: Actor, red_id: UUID) -> RedFapiao:
    async with db.look(conn, actor):
        return await queries.find_red(conn, actor, red_id)
