"""What is done with fapiao: requested, withdrawn, issued, delivered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from market.base import clock, db, events, files
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.identity.organisations import model as organisations
from market.money.invoicing import queries as invoices
from market.money.invoicing.fapiao import model, queries
from market.money.invoicing.fapiao.model import (
    Delivery,
    Fapiao,
    FapiaoRequest,
    FapiaoState,
    FapiaoType,
    IssuedFapiao,
)
from market.money.invoicing.model import Invoice, InvoiceState
from market.money.invoicing.tax_points import operations as tax_points
from market.money.invoicing.tax_points.model import Reason


async def request_fapiao(
    conn: Connection, actor: Actor, invoice_id: UUID, wanted: FapiaoRequest
) -> Fapiao:
    """The buyer says what is to be printed.

    The same request again gets the same fapiao. Raises NotFound to a stranger,
    NotTheBuyersOffice, FapiaoExists, NoFapiaoForVoid, NoFapiaoForCredited, ExemptIsOrdinary,
    SpecialNeedsUscc, WrongUscc.
    """
    async with db.act(conn, actor):
        invoice = await invoices.lock_invoice(conn, actor, invoice_id)
        require(model.may_request(actor, invoice), model.NotTheBuyersOffice)
        live = await queries.live_fapiao_of(conn, invoice_id)
        if live is not None:
            require(_asks_the_same(live, actor, wanted), model.FapiaoExists)
            return live
        _check_request(invoice, wanted)
        fapiao = await queries.insert_request(conn, actor, invoice_id, wanted)
        await _record(conn, actor, "fapiao.requested", fapiao, ("request", None))
    return fapiao


def _asks_the_same(live: Fapiao, actor: Actor, wanted: FapiaoRequest) -> bool:
    waits = live.state == FapiaoState.REQUESTED and live.requested_by == actor.person_id
    asked = FapiaoRequest.__struct_fields__
    return waits and all(getattr(live, field) == getattr(wanted, field) for field in asked)


def _require_owed(invoice: Invoice) -> None:
    require(invoice.state != InvoiceState.VOID, model.NoFapiaoForVoid)
    require(invoice.uncredited_minor > 0, model.NoFapiaoForCredited)


def _check_request(invoice: Invoice, wanted: FapiaoRequest) -> None:
    _require_owed(invoice)
    special = wanted.type == FapiaoType.SPECIAL
    require(not (invoice.exempt and special), model.ExemptIsOrdinary(pointer="/type"))
    require(not special or wanted.uscc is not None, model.SpecialNeedsUscc(pointer="/uscc"))
    if wanted.uscc is not None:
        organisations.check_uscc(wanted.uscc)


async def withdraw_fapiao_request(
    conn: Connection, actor: Actor, fapiao_id: UUID, *, expected_version: int | None = None
) -> Fapiao:
    """The buyer takes a request back, or finance declines it, before anything is issued."""
    async with db.act(conn, actor):
        invoice, fapiao = await _lock(conn, actor, fapiao_id)
        require(
            model.may_request(actor, invoice) or model.may_issue(actor, invoice),
            model.NotTheBuyersOffice,
        )
        if fapiao.state == FapiaoState.WITHDRAWN:
            return fapiao
        require_version(fapiao.version, expected_version)
        fapiao.after("withdraw")
        withdrawn = await queries.set_withdrawn(conn, fapiao)
        await _record(conn, actor, "fapiao.withdrawn", withdrawn, ("withdraw", fapiao.state))
    return withdrawn


async def issue_fapiao(
    conn: Connection,
    actor: Actor,
    fapiao_id: UUID,
    issued: IssuedFapiao,
    *,
    expected_version: int | None = None,
) -> Fapiao:
    """Finance records the document that the tax platform issued: all of the VAT is due.

    Raises NotFound (fapiao or file) to a stranger, NotTheFapiaoFinance, NoFapiaoForVoid,
    NoFapiaoForCredited, FapiaoDateWrong, FapiaoNumberTaken.
    """
    async with db.act(conn, actor):
        invoice, fapiao = await _lock(conn, actor, fapiao_id)
        require(model.may_issue(actor, invoice), model.NotTheFapiaoFinance)
        if _is_issued_so(fapiao, actor, issued):
            return fapiao
        require_version(fapiao.version, expected_version)
        fapiao.after("issue")
        _require_owed(invoice)
        await check_date(conn, issued.issued_on, invoice.issued_on, "/issued_on")
        await files.find(conn, actor, issued.file_id)
        done = await _set_issued(conn, actor, fapiao, issued)
        await tax_points.reckon(conn, invoice, Reason.FAPIAO, cause=f"fapiao:{fapiao_id}")
        fixed = {"number": done.number, "issued_on": done.issued_on}
        await _record(conn, actor, "fapiao.issued", done, ("issue", fapiao.state), fixed)
    return done


def _is_issued_so(fapiao: Fapiao, actor: Actor, issued: IssuedFapiao) -> bool:
    return fapiao.issued_by == actor.person_id and all(
        getattr(fapiao, field) == getattr(issued, field) for field in IssuedFapiao.__struct_fields__
    )


async def _set_issued(
    conn: Connection, actor: Actor, fapiao: Fapiao, issued: IssuedFapiao
) -> Fapiao:
    """The index knows best whether a number is new, whoever comes at the same moment."""
    try:
        async with db.savepoint(conn):
            return await queries.set_issued(conn, actor, fapiao, issued)
    except asyncpg.UniqueViolationError as taken:
        raise model.FapiaoNumberTaken(number=issued.number) from taken


async def deliver_fapiao(
    conn: Connection,
    actor: Actor,
    fapiao_id: UUID,
    delivery: Delivery,
    *,
    expected_version: int | None = None,
) -> Fapiao:
    """Finance gives the document to the buyer, who may download it from now on."""
    async with db.act(conn, actor):
        invoice, fapiao = await _lock(conn, actor, fapiao_id)
        require(model.may_issue(actor, invoice), model.NotTheFapiaoFinance)
        if fapiao.delivered_by == actor.person_id:
            return fapiao
        require_version(fapiao.version, expected_version)
        fapiao.after("deliver")
        assert fapiao.issued_on is not None, "an issued fapiao has a date"
        assert fapiao.file_id is not None, "and a file"
        await check_date(conn, delivery.delivered_on, fapiao.issued_on, "/delivered_on")
        delivered = await queries.set_delivered(conn, actor, fapiao, delivery)
        await files.share(conn, fapiao.file_id, [invoice.buyer_id])
        await _record(conn, actor, "fapiao.delivered", delivered, ("deliver", fapiao.state))
    return delivered


async def _lock(conn: Connection, actor: Actor, fapiao_id: UUID) -> tuple[Invoice, Fapiao]:
    seen = await queries.find_fapiao(conn, actor, fapiao_id)
    invoice = await invoices.lock_invoice(conn, actor, seen.invoice_id)
    return invoice, await queries.lock_fapiao(conn, fapiao_id)


async def check_date(conn: Connection, day: date, earliest: date, pointer: str) -> None:
    """A document's day lies between what it follows and today. Raises FapiaoDateWrong."""
    latest = await clock.today(conn)
    require(
        earliest <= day <= latest,
        model.FapiaoDateWrong(found=day, earliest=earliest, latest=latest, pointer=pointer),
    )


async def _record(
    conn: Connection,
    actor: Actor,
    name: str,
    fapiao: Fapiao,
    move: tuple[str, FapiaoState | None],
    fixed: Mapping[str, Any] | None = None,
) -> None:
    changed = {"invoice_id": fapiao.invoice_id, **(fixed or {})}
    await events.record(conn, actor, name, about=fapiao, move=move, changed=changed)
