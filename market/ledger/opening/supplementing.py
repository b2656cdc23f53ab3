"""Supplementing the opening of a unit's books: what had a balance then and was left out.

Withdrawing, approving and reading one are the acts of any opening balance.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from market.base import db, events, files
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger.model import NotAReader, may_read
from market.ledger.opening import checking, queries
from market.ledger.opening.model import (
    ChartedKind,
    FullOpeningBalance,
    NewSupplement,
    NotOpenedYet,
    OpeningBalance,
    OpeningLine,
    OpeningNeedsFinance,
    OpeningState,
    may_prepare,
    require_books,
)
from market.ledger.opening.operations import in_full, require_one_side
from market.ledger.opening.refusals import AccountHasBegun, DebtHasBegun, ReceivableHasBegun


async def prepare_supplement(
    conn: Connection, actor: Actor, books: UUID, new: NewSupplement
) -> FullOpeningBalance:
    """The unit's finance writes down what the books should have begun with, too, on the same day.

    Nothing is posted yet. Raises NotFound to a stranger, and for a file that is not for the actor,
    NotOpenedYet, AccountHasBegun, DebtHasBegun, ReceivableHasBegun, MovedSinceTheBooksBegan, and
    what preparing an opening balance raises of its lines.
    """
    async with db.act(conn, actor):
        require(actor.visible is None or books in actor.visible, NotFound)
        require(may_prepare(actor, books), OpeningNeedsFinance)
        require_books(books, await queries.keeper_of(conn, books))
        opened = await queries.approved_opening(conn, books)
        if opened is None:
            raise NotOpenedYet
        chart = await checking.require_lines(conn, books, opened.as_of, new.balances, since=True)
        await require_one_side(conn, actor, new.balances)
        await _require_evidence(conn, actor, new.file_id)
        prepared = await queries.insert_supplement(conn, actor, opened, new)
        await _enter(conn, prepared, new.balances, chart)
        await events.record(
            conn,
            actor,
            "opening_balance.prepared",
            about=prepared,
            move=("prepare", None),
            changed={"supplements": opened.id, "file_id": new.file_id},
        )
        return await in_full(conn, prepared)


async def _require_evidence(conn: Connection, actor: Actor, file_id: UUID) -> None:
    try:
        await files.find(conn, actor, file_id)
    except NotFound as unknown:
        raise NotFound(pointer="/file_id") from unknown


async def _enter(
    conn: Connection,
    prepared: OpeningBalance,
    lines: list[OpeningLine],
    chart: Mapping[str, ChartedKind],
) -> None:
    """Unique indexes know best what has begun, whoever comes at the same moment."""
    for place in await queries.insert_lines(conn, prepared, lines):
        kind = chart[lines[place].kind]
        raise AccountHasBegun(kind=kind.name, pointer=f"/balances/{place}")
    for place, position in await queries.insert_items(conn, prepared, lines):
        line, where = lines[place], f"/balances/{place}"
        if not line.items:
            kind = chart[line.kind]
            raise ReceivableHasBegun(kind=kind.name, pointer=where)
        raise DebtHasBegun(
            reference=line.items[position].reference,
            pointer=f"{where}/items/{position}/reference",
        )


async def list_supplements(
    conn: Connection,
    actor: Actor,
    books: UUID,
    *,
    state: OpeningState | None,
    after: UUID | None,
    limit: int,
) -> list[OpeningBalance]:
    """Raises NotFound to a stranger, NotAReader to a member of the unit without a reading role."""
    require(actor.visible is None or books in actor.visible, NotFound)
    require(may_read(actor), NotAReader)
    return await queries.supplements_of(conn, actor, books, state=state, after=after, limit=limit)
