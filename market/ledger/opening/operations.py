"""Opening the books of a unit: prepare, withdraw, approve; a supplement by the same two acts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from market.base import clock, db, events, sides
from market.base.access import Actor, BeneficiaryCannotApprove, require
from market.base.db import Connection
from market.base.errors import NotFound, require_version
from market.ledger import operations as ledger
from market.ledger.model import NotAReader, Posting, may_read
from market.ledger.opening import checking, queries
from market.ledger.opening.model import (
    MOVES,
    WITHIN,
    AlreadyOpened,
    ChartedKind,
    FullOpeningBalance,
    NewOpeningBalance,
    OpeningBalance,
    OpeningLine,
    OpeningNeedsFinance,
    OpeningNeedsLeader,
    OpeningState,
    OwnOpening,
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
    one of the unit itself, or of another whose books these are, BothSides to who has a role at
    an organisation that a line is of, and what `checking.require_opens` raises.
    """
    async with db.act(conn, actor):
        require(actor.visible is None or books in actor.visible, NotFound)
        require(may_prepare(actor, books), OpeningNeedsFinance)
        require_books(books, await queries.keeper_of(conn, books))
        checking.require_day(new.as_of, await clock.today(conn))
        await checking.require_lines(conn, books, new.as_of, new.balances, since=False)
        await require_one_side(conn, actor, new.balances)
        prepared = await queries.insert_opening_balance(conn, actor, books, new)
        if prepared is None:
            raise AlreadyOpened
        await queries.insert_lines(conn, prepared, new.balances)
        await queries.insert_items(conn, prepared, new.balances)
        await events.record(
            conn, actor, "opening_balance.prepared", about=prepared, move=("prepare", None)
        )
        return await in_full(conn, prepared)


async def withdraw_opening_balance(
    conn: Connection, actor: Actor, opening_id: UUID, *, expected_version: int | None = None
) -> FullOpeningBalance:
    """Finance takes back what is not approved yet; another one may then be prepared."""
    async with db.act(conn, actor):
        before = await queries.lock_opening_balance(conn, actor, opening_id)
        require(may_prepare(actor, before.books), OpeningNeedsFinance)
        state = OpeningState(before.state)
        if state == OpeningState.WITHDRAWN:
            return await in_full(conn, before)
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
        return await in_full(conn, withdrawn)


async def approve_opening_balance(
    conn: Connection, actor: Actor, opening_id: UUID, *, expected_version: int | None = None
) -> FullOpeningBalance:
    """A leader of the unit or its parent approves, and the books begin, or are supplemented.

    Called by `money.statements.opening`, which compares it with the bank. Raises OwnOpening to who
    prepared it, BeneficiaryCannotApprove to whom a line is of, BothSides, and NotEnough when a
    controlled account would begin below zero.
    """
    async with db.act(conn, actor):
        before = await queries.lock_opening_balance(conn, actor, opening_id)
        require(may_approve(actor, before.books), OpeningNeedsLeader)
        require(before.prepared_by != actor.person_id, OwnOpening)
        if before.approved_by == actor.person_id:
            return await in_full(conn, before)
        chart = await _require_disinterested(conn, actor, before)
        require_version(before.version, expected_version)
        state = OpeningState(before.state)
        to = MOVES.after("approve", state)
        approved = await queries.move_opening_balance(
            conn, before.id, to=to, approved_by=actor.person_id
        )
        opened = await in_full(conn, approved)
        await ledger.post(conn, _posting(opened, chart))
        await events.record(
            conn, actor, "opening_balance.approved", about=approved, move=("approve", state)
        )
        return opened


async def read_opening_balance(
    conn: Connection, actor: Actor, opening_id: UUID
) -> FullOpeningBalance:
    found = await queries.find_opening_balance(conn, actor, opening_id)
    require(may_read(actor), NotAReader)
    return await in_full(conn, found)


async def read_live_opening_balance(
    conn: Connection, actor: Actor, books: UUID
) -> FullOpeningBalance:
    """The one that the books begin with, or are about to."""
    found = await queries.live_opening_balance(conn, actor, books)
    require(may_read(actor), NotAReader)
    return await in_full(conn, found)


async def _require_disinterested(
    conn: Connection, actor: Actor, prepared: OpeningBalance
) -> Mapping[str, ChartedKind]:
    """Nobody approves what he is owed or owes; what was prepared before this rule is asked, too."""
    lines = await queries.lines_of(conn, prepared.id)
    require(all(line.subject != actor.person_id for line in lines), BeneficiaryCannotApprove)
    await require_one_side(conn, actor, lines)
    chart = await queries.charted(conn, [line.kind for line in lines])
    for kind in chart.values():
        checking.require_opens(kind, since=prepared.supplements is not None)
    return chart


async def require_one_side(conn: Connection, actor: Actor, lines: Sequence[OpeningLine]) -> None:
    """Who acts for the books holds no role at another party of theirs today. Raises BothSides."""
    across = [line.subject for line in lines if line.subject and line.kind not in WITHIN]
    await sides.require_none_at(conn, actor, across)


def _posting(opened: FullOpeningBalance, chart: Mapping[str, ChartedKind]) -> Posting:
    legs = [chart[line.kind].leg(line) for line in opened.balances]
    return Posting(opened.cause, opened.books, opened.as_of, legs)


async def in_full(conn: Connection, opening: OpeningBalance) -> FullOpeningBalance:
    """With its lines, and the supplements by which its books begin as well."""
    lines = await queries.lines_of(conn, opening.id)
    is_first = opening.supplements is None and opening.state == OpeningState.APPROVED
    added = await queries.approved_supplements(conn, opening.id) if is_first else []
    return FullOpeningBalance(*(*msgspec.structs.astuple(opening), lines, added))
