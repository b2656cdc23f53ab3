"""Making a customer statement: who may read it, and what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from market.base import clock, db
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger.model import NotAReader, may_read
from market.ledger.opening import queries as opening
from market.ledger.opening.model import require_books
from market.reports.customer_statements import model, queries
from market.reports.customer_statements.model import (
    KINDS,
    MOST_DAYS,
    OTHER,
    CurrencyStatement,
    CustomerStatement,
    KindTotal,
    Part,
    StatementLine,
)
from market.reports.customer_statements.queries import Moved


async def customer_statement(
    conn: Connection,
    actor: Actor,
    unit_id: UUID,
    organisation_id: UUID,
    *,
    from_on: date | None = None,
    until: date | None = None,
) -> CustomerStatement:
    """Of the year so far, when no days are named.

    For the buyer, and for finance, cashier, leader and auditor of the unit or one above it. Raises
    NotFound to a stranger and where the two have nothing in the books, NotAReader, KeepsNoBooks,
    DaysReversed, BeginsAfterToday, SpanTooLong.
    """
    await _admit(conn, actor, unit_id, organisation_id)
    last = until or await clock.today(conn)
    first = from_on or last.replace(month=1, day=1)
    reversed_days = model.DaysReversed if until else model.BeginsAfterToday
    require(first <= last, reversed_days(first=first, last=last, pointer="/from_on"))
    is_short = last - first < timedelta(days=MOST_DAYS)
    require(is_short, model.SpanTooLong(most=MOST_DAYS, pointer="/from_on"))
    async with db.act(conn, SYSTEM):  # a buyer reads no ledger but what is stated of it here
        require(await queries.have_dealt(conn, unit_id, organisation_id), NotFound)
        moved = await queries.moved(conn, unit_id, organisation_id, from_on=first, until=last)
        subjects = [one for one in map(_subject_of, moved) if one is not None]
        parts = await queries.parts_of(conn, organisation_id, subjects)
    leads_on = model.reads_the_ledger(actor, unit_id)
    currencies = [
        _section(currency, list(some), parts, leads_on=leads_on)
        for currency, some in groupby(moved, key=lambda one: one.currency)
    ]
    last_at = max((one.last_at for one in moved), default=None)
    return CustomerStatement(unit_id, organisation_id, first, last, last_at, currencies)


async def _admit(conn: Connection, actor: Actor, unit_id: UUID, organisation_id: UUID) -> None:
    is_of_the_unit = model.is_of_the_unit(actor, unit_id)
    is_the_buyer = model.is_the_buyer(actor, organisation_id)
    require(is_of_the_unit or is_the_buyer, NotFound)
    require(await queries.lets_in(conn, unit_id, organisation_id), NotFound)
    require(is_the_buyer or may_read(actor), NotAReader)
    if is_of_the_unit:
        require_books(unit_id, await opening.keeper_of(conn, unit_id))


def _subject_of(moved: Moved) -> UUID | None:
    """What stands behind the word of a cause."""
    _, _, found = (moved.cause or "").partition(":")
    try:
        return UUID(found)
    except ValueError:
        return None


def _section(
    currency: str, moved: Sequence[Moved], parts: Mapping[UUID, list[Part]], *, leads_on: bool
) -> CurrencyStatement:
    before = [one for one in moved if one.cause is None]
    receivable = sum(one.receivable_minor for one in before)
    credit = sum(one.credit_minor for one in before)
    short = sum(one.short_minor for one in before)
    within = [one for one in moved if one.cause is not None]
    lines = list(_lines(within, (receivable, credit, short), parts, leads_on=leads_on))
    return CurrencyStatement(
        currency=currency,
        opening_receivable_minor=receivable,
        opening_credit_minor=credit,
        opening_short_minor=short,
        lines=lines,
        totals=_totals(lines),
        closing_receivable_minor=receivable + sum(line.receivable_minor for line in lines),
        closing_credit_minor=credit + sum(line.credit_minor for line in lines),
        closing_short_minor=short + sum(line.short_minor for line in lines),
    )


def _lines(
    moved: Sequence[Moved],
    opening: tuple[int, int, int],
    parts: Mapping[UUID, list[Part]],
    *,
    leads_on: bool,
) -> Iterator[StatementLine]:
    receivable, credit, short = opening
    for one in moved:
        assert one.cause is not None, "what was before is no line"
        assert one.effective_on is not None, "and has no day"
        assert one.counted_on is not None, "of either kind"
        receivable += one.receivable_minor
        credit += one.credit_minor
        short += one.short_minor
        kind, subject_id = one.cause.partition(":")[0], _subject_of(one)
        name = KINDS.get(kind, OTHER)
        yield StatementLine(
            counted_on=one.counted_on,
            effective_on=one.effective_on,
            kind=kind,
            name_zh=name.zh,
            name_en=name.en,
            subject_id=subject_id,
            parts=parts.get(subject_id, []) if subject_id else [],
            receivable_minor=one.receivable_minor,
            credit_minor=one.credit_minor,
            short_minor=one.short_minor,
            receivable_balance_minor=receivable,
            credit_balance_minor=credit,
            short_balance_minor=short,
            posting_id=one.posting_id if leads_on else None,
        )


def _totals(lines: Sequence[StatementLine]) -> list[KindTotal]:
    """In the order of the list of kinds; what is in none comes last."""
    order = {kind: place for place, kind in enumerate(KINDS)}
    kinds = sorted({line.kind for line in lines}, key=lambda kind: (order.get(kind, 99), kind))
    return [_total(kind, [line for line in lines if line.kind == kind]) for kind in kinds]


def _total(kind: str, lines: Sequence[StatementLine]) -> KindTotal:
    return KindTotal(
        kind=kind,
        name_zh=lines[0].name_zh,
        name_en=lines[0].name_en,
        receivable_minor=sum(line.receivable_minor for line in lines),
        credit_minor=sum(line.credit_minor for line in lines),
        short_minor=sum(line.short_minor for line in lines),
    )
