"""Finding what an export is of, then reading it some hundred postings at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

from market.base import clock, db
from market.base.access import Actor, require
from market.base.db import Connection, Pool
from market.base.errors import NotFound
from market.ledger import operations as ledger
from market.ledger.opening import queries as opening
from market.ledger.opening.model import require_books
from market.reports import queries as reports
from market.reports.journals import queries, wording
from market.reports.journals.model import (
    FIRST_DAY,
    LAST_DAY,
    NOTHING,
    Books,
    DayOutsideBooks,
    Kept,
    Line,
    NotForExport,
    Scope,
    Turnover,
    Voucher,
    Wanted,
    may_export,
)
from market.reports.model import SpanReversed

T = TypeVar("T")

AT_ONCE: Final = 500
Keys = Callable[[Connection, Actor, Scope, date], Awaitable[list[int]]]
BY_DAY: Final[Keys] = queries.keys_by_day
BY_NUMBER: Final[Keys] = queries.keys_by_number


class Entry(NamedTuple):
    """A line of a voucher, as it stands under its account."""

    account_id: int
    voucher: Voucher
    line: Line


class Desk(NamedTuple):
    """From where it is read, and as whom."""

    pool: Pool
    actor: Actor

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        async with db.lease(self.pool) as conn, db.look(conn, self.actor):
            yield conn


async def gather(desk: Desk, unit_id: UUID, wanted: Wanted) -> Books:
    """What will be exported; numbers the vouchers that it needs.

    Raises NotFound to a stranger, NotForExport, KeepsNoBooks, DayOutsideBooks, SpanReversed.
    """
    actor = desk.actor
    async with desk.reading() as conn:
        await _admit(conn, actor, unit_id)
        unit = await queries.find_unit(conn, unit_id)
        until_on = _checked(wanted.until_on, "/until_on") or await clock.today(conn)
        months = await queries.months_of(conn, actor, unit_id, until_on)
        from_on = _checked(wanted.from_on, "/from_on") or _beginning(months, until_on)
        require(from_on <= until_on, SpanReversed(pointer="/from_on"))
        scope = Scope(unit_id, from_on, until_on, await queries.horizon(conn))
    # A later horizon than the one above: everything below that has its voucher afterwards.
    async with db.lease(desk.pool) as conn, db.act(conn, actor):
        await ledger.number_vouchers(conn)
    async with desk.reading() as conn:
        before, within = await _turnovers(conn, actor, scope, months)
        keys = list({*before, *within})
        accounts = [
            Kept(account, before.get(account.id, NOTHING), within.get(account.id, NOTHING))
            for account in await queries.accounts_named(conn, actor, keys)
        ]
        subjects = {kept.account.subject for kept in accounts} - {None}
        named = await reports.subjects(conn, [each for each in subjects if each is not None])
        postings, left_out = await queries.count_postings(conn, actor, scope)
    first = from_on.replace(day=1)
    return Books(
        unit=unit,
        scope=scope,
        accounts=accounts,
        names={subject.id: subject.name for subject in named},
        months=[month for month in months if month >= first],
        postings=postings,
        left_out=left_out,
    )


async def vouchers(desk: Desk, books: Books, keys_in: Keys) -> AsyncIterator[list[Voucher]]:
    """All postings of the span, some hundred at a time."""
    for month in books.months:
        async with desk.reading() as conn:
            keys = await keys_in(conn, desk.actor, books.scope, month)
        for some in _slices(keys):
            async with desk.reading() as conn:
                found = await _vouchers(conn, desk.actor, some)
            yield [found[key] for key in some]


async def entries(desk: Desk, books: Books) -> AsyncIterator[list[Entry]]:
    """The lines of the span account by account, in the order of ``books.accounts``."""
    async for pairs in _pairs(desk, books):
        for some in _slices(pairs):
            async with desk.reading() as conn:
                found = await _vouchers(conn, desk.actor, list({key for _, key in some}))
            yield [
                Entry(account_id, found[key], line)
                for account_id, key in some
                for line in found[key].lines
                if line.account_id == account_id
            ]


async def _pairs(desk: Desk, books: Books) -> AsyncIterator[list[tuple[int, int]]]:
    """Accounts and postings: many small accounts in one statement, a large one by months."""
    for batch in _batches(books.accounts):
        accounts = [kept.account.id for kept in batch]
        if batch[0].lines <= AT_ONCE:
            async with desk.reading() as conn:
                pairs = await queries.keys_by_account(conn, desk.actor, books.scope, accounts)
            yield pairs
            continue
        [account] = accounts
        for month in books.months:
            async with desk.reading() as conn:
                keys = await queries.keys_on_account(conn, desk.actor, books.scope, month, account)
            yield [(account, key) for key in keys]


async def _admit(conn: Connection, actor: Actor, unit_id: UUID) -> None:
    require(actor.visible is None or unit_id in actor.visible, NotFound)
    require(may_export(actor), NotForExport)
    require_books(unit_id, await opening.keeper_of(conn, unit_id))


def _checked(day: date | None, pointer: str) -> date | None:
    require(day is None or FIRST_DAY <= day <= LAST_DAY, DayOutsideBooks(pointer=pointer))
    return day


def _beginning(months: Sequence[date], until_on: date) -> date:
    return months[0] if months else until_on.replace(day=1)


async def _turnovers(
    conn: Connection, actor: Actor, scope: Scope, months: Sequence[date]
) -> tuple[dict[int, Turnover], dict[int, Turnover]]:
    """By account, before the span and in it; a month at a time, as no statement may be long."""
    found: tuple[dict[int, Turnover], dict[int, Turnover]] = (
        defaultdict(lambda: NOTHING),
        defaultdict(lambda: NOTHING),
    )
    for month in months:
        for counted in await queries.turnover_of(conn, actor, scope, month):
            of = found[counted.within]
            of[counted.account_id] = of[counted.account_id].and_then(counted.turnover)
    return found


async def _vouchers(conn: Connection, actor: Actor, keys: Sequence[int]) -> dict[int, Voucher]:
    heads = await queries.heads_of(conn, actor, keys)
    lines = await queries.lines_of(conn, keys)
    causes = {key: wording.subject_of(head.cause) for key, head in heads.items()}
    known = await queries.references(conn, {each for each in causes.values() if each is not None})
    makers = await reports.subjects(conn, list({head.actor for head in heads.values()}))
    names = {maker.id: maker.name for maker in makers}
    found = {}
    for key, head in heads.items():
        subject = causes[key]
        reference = known.get(subject) if subject is not None else None
        explanation = wording.explained(head.cause, reference)
        maker = wording.maker(head.actor, names)
        found[key] = Voucher(head, explanation, maker, lines[key])
    return found


def _slices(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    return (keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE))


def _batches(accounts: Sequence[Kept]) -> Iterator[list[Kept]]:
    """Many small accounts in one statement, a large one alone."""
    batch: list[Kept] = []
    lines = 0
    for kept in accounts:
        if batch and lines + kept.lines > AT_ONCE:
            yield batch
            batch, lines = [], 0
        batch.append(kept)
        lines += kept.lines
    if batch:
        yield batch
