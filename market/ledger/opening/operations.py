"""Opening the books of a unit: prepare, withdraw, approve."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import msgspec

from market.base import amounts, clock, db, events
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound, require_version
from market.ledger import operations as ledger
from market.ledger.model import NotAReader, Posting, may_read
from market.ledger.opening import queries
from market.ledger.opening.model import (
    EARLIEST,
    MOVES,
    RECEIVABLE,
    AccountTwice,
    AlreadyOpened,
    ChartedKind,
    FullOpeningBalance,
    ItemDayWrong,
    ItemsDiffer,
    ItemsMisplaced,
    ItemTwice,
    LineItem,
    NewOpeningBalance,
    NoBalance,
    NotInChart,
    OpeningBalance,
    OpeningDayWrong,
    OpeningLine,
    OpeningNeedsFinance,
    OpeningNeedsLeader,
    OpeningState,
    OwedToItself,
    OwnOpening,
    SubjectMisplaced,
    SubjectNeeded,
    SubjectUnknown,
    may_approve,
    may_prepare,
    require_books,
)


async def prepare_opening_balance(
    conn: Connection, actor: Actor, books: UUID, new: NewOpeningBalance
) -> FullOpeningBalance:
    """The unit's finance writes down what the books begin with; nothing is posted yet.

    Raises NotFound to a stranger, AlreadyOpened when the books have a live opening balance,
    OpeningDayWrong for a day to come, SubjectUnknown for an account of nobody, OwedToItself for
    one of the unit itself, or of another whose books these are.
    """
    async with db.act(conn, actor):
        require(actor.visible is None or books in actor.visible, NotFound)
        require(may_prepare(actor, books), OpeningNeedsFinance)
        require_books(books, await queries.keeper_of(conn, books))
        _check_day(new.as_of, await clock.today(conn))
        chart = await queries.charted(conn, [line.kind for line in new.balances])
        _check_lines(new.balances, chart)
        _check_items(new, chart)
        await _check_subjects(conn, books, new.balances, chart)
        prepared = await queries.insert_opening_balance(conn, actor, books, new)
        if prepared is None:
            raise AlreadyOpened
        await queries.insert_lines(conn, prepared.id, new.balances)
        await queries.insert_items(conn, prepared, new.balances)
        await events.record(
            conn, actor, "opening_balance.prepared", about=prepared, move=("prepare", None)
        )
        return await _full(conn, prepared)


async def withdraw_opening_balance(
    conn: Connection, actor: Actor, opening_id: UUID, *, expected_version: int | None = None
) -> FullOpeningBalance:
    """Finance takes back what is not approved yet; another one may then be prepared."""
    async with db.act(conn, actor):
        before = await queries.lock_opening_balance(conn, actor, opening_id)
        require(may_prepare(actor, before.books), OpeningNeedsFinance)
        state = OpeningState(before.state)
        if state == OpeningState.WITHDRAWN:
            return await _full(conn, before)
        require_version(before.version, expected_version)
        to = MOVES.after("withdraw", state)
        withdrawn = await queries.move_opening_balance(conn, before.id, to=to, approved_by=None)
        await events.record(
            conn,
            actor,
            "opening_balance.withdrawn",
            about=withdrawn,
            move=("withdraw", state),
        )
        return await _full(conn, withdrawn)


async def approve_opening_balance(
    conn: Connection, actor: Actor, opening_id: UUID, *, expected_version: int | None = None
) -> FullOpeningBalance:
    """A leader of the unit or its parent approves, and the books begin: it is posted.

    Called by `money.statements.opening`, which compares it with the bank. Raises OwnOpening to who
    prepared it, and NotEnough when a controlled account would begin below zero.
    """
    async with db.act(conn, actor):
        before = await queries.lock_opening_balance(conn, actor, opening_id)
        require(may_approve(actor, before.books), OpeningNeedsLeader)
        require(before.prepared_by != actor.person_id, OwnOpening)
        if before.approved_by == actor.person_id:
            return await _full(conn, before)
        require_version(before.version, expected_version)
        state = OpeningState(before.state)
        to = MOVES.after("approve", state)
        approved = await queries.move_opening_balance(
            conn, before.id, to=to, approved_by=actor.person_id
        )
        opened = await _full(conn, approved)
        await ledger.post(conn, await _posting(conn, opened))
        await events.record(
            conn, actor, "opening_balance.approved", about=approved, move=("approve", state)
        )
        return opened


async def read_opening_balance(
    conn: Connection, actor: Actor, opening_id: UUID
) -> FullOpeningBalance:
    found = await queries.find_opening_balance(conn, actor, opening_id)
    require(may_read(actor), NotAReader)
    return await _full(conn, found)


async def read_live_opening_balance(
    conn: Connection, actor: Actor, books: UUID
) -> FullOpeningBalance:
    """The one that the books begin with, or are about to."""
    found = await queries.live_opening_balance(conn, actor, books)
    require(may_read(actor), NotAReader)
    return await _full(conn, found)


def _check_day(as_of: date, today: date) -> None:
    require(
        EARLIEST <= as_of <= today,
        OpeningDayWrong(found=as_of, earliest=EARLIEST, latest=today, pointer="/as_of"),
    )


def _check_lines(lines: list[OpeningLine], chart: Mapping[str, ChartedKind]) -> None:
    seen = set()
    for number, line in enumerate(lines):
        place, kind = f"/balances/{number}", chart.get(line.kind)
        if kind is None or not kind.may_open:
            raise NotInChart(found=kind.name if kind else line.kind, pointer=f"{place}/kind")
        if kind.needs_subject != (line.subject is not None):
            refusal = SubjectNeeded if kind.needs_subject else SubjectMisplaced
            raise refusal(kind=kind.name, pointer=f"{place}/subject")
        if line.balance_minor == 0:
            raise NoBalance(kind=kind.name, pointer=f"{place}/balance_minor")
        account = (line.kind, line.subject, line.currency)
        if account in seen:
            raise AccountTwice(kind=kind.name, pointer=place)
        seen.add(account)


async def _check_subjects(
    conn: Connection, books: UUID, lines: list[OpeningLine], chart: Mapping[str, ChartedKind]
) -> None:
    for number in await queries.unknown_subjects(conn, books, lines):
        kind = chart[lines[number].kind]
        raise SubjectUnknown(kind=kind.name, pointer=f"/balances/{number}/subject")
    for number in await queries.own_subjects(conn, books, lines):
        kind = chart[lines[number].kind]
        raise OwedToItself(kind=kind.name, pointer=f"/balances/{number}/subject")


def _check_items(new: NewOpeningBalance, chart: Mapping[str, ChartedKind]) -> None:
    """A receivable is the sum of its items, and nothing else has any."""
    for number, line in enumerate(new.balances):
        place, kind = f"/balances/{number}/items", chart[line.kind]
        require(
            line.kind == RECEIVABLE or not line.items,
            ItemsMisplaced(kind=kind.name, pointer=place),
        )
        found = sum(item.amount_minor for item in line.items)
        require(
            not line.items or found == line.balance_minor,
            ItemsDiffer(
                found=amounts.printed(found, line.currency),
                balance=amounts.printed(line.balance_minor, line.currency),
                pointer=place,
            ),
        )
        seen = set()
        for position, item in enumerate(line.items):
            _check_item(item, new.as_of, kind, f"{place}/{position}")
            require(
                item.reference not in seen,
                ItemTwice(reference=item.reference, pointer=f"{place}/{position}/reference"),
            )
            seen.add(item.reference)


def _check_item(item: LineItem, as_of: date, kind: ChartedKind, place: str) -> None:
    require(item.amount_minor != 0, NoBalance(kind=kind.name, pointer=f"{place}/amount_minor"))
    is_in_time = EARLIEST <= item.dated_on <= as_of
    require(
        is_in_time and (item.due_on is None or item.due_on >= item.dated_on),
        ItemDayWrong(
            reference=item.reference, earliest=EARLIEST, as_of=as_of, pointer=f"{place}/dated_on"
        ),
    )


async def _posting(conn: Connection, opened: FullOpeningBalance) -> Posting:
    chart = await queries.charted(conn, [line.kind for line in opened.balances])
    legs = [chart[line.kind].leg(line) for line in opened.balances]
    return Posting(opened.cause, opened.books, opened.as_of, legs)


async def _full(conn: Connection, opening: OpeningBalance) -> FullOpeningBalance:
    lines = await queries.lines_of(conn, opening.id)
    return FullOpeningBalance(*(*msgspec.structs.astuple(opening), lines))
