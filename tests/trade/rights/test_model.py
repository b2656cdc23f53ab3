"""The Structs fit their rows, and the moves are those that the database knows."""

from __future__ import annotations

import msgspec
from msgspec import structs

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection, columns
from market.base.embedded import Dsns
from market.trade.rights import queries
from market.trade.rights.model import EVENT_OF, MOVES, LegalMove, Owner, Right
from tests.world import catalogue, identity


async def test_the_structs_fit_their_rows_strictly(conn: Connection) -> None:
    right = await catalogue.settled_right(conn, await identity.unit(conn))
    async with db.look(conn, SYSTEM):
        found = await queries.find_right(conn, SYSTEM, right.id)
        record = await conn.fetchrow(f"SELECT {columns(Owner)} FROM right_owner")
    assert record is not None
    assert msgspec.convert(structs.asdict(found), Right, from_attributes=True) == found
    assert msgspec.convert(dict(record), Owner) == found.owners[0]


async def test_the_database_knows_the_same_moves(shared_database: Dsns) -> None:
    auditor = await db.connect(shared_database.auditor)
    records = await auditor.fetch(
        "SELECT subject, move, state_from, state_to FROM legal_move WHERE subject = 'right'"
    )
    await auditor.close()
    assert {tuple(record) for record in records} == set(MOVES.rows())


def test_every_legal_move_has_its_event() -> None:
    assert set(EVENT_OF) == set(LegalMove) == {move for move, _ in MOVES.table}
