"""Writing by COPY: for large files, on the owner's connection.

A batch comes packed (see `packing`) and goes into four tables as it is. Row-level security would
refuse COPY, and a foreign key looked up for each row costs as much as the row; so what both hold is
asked once for the batch: that the importer sees the unit, that unit and people are there and stay
until the batch is committed. All other keys lead from one row of the batch to another of the same
id.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final
from uuid import UUID

from market.base import db
from market.base.access import require
from market.base.db import Connection
from market.base.errors import NotFound
from market.trade.catalogue import model as catalogue
from market.trade.catalogue.importing import packing
from market.trade.catalogue.importing.model import Desk, Outcome, Packed

PIECES_AT_ONCE: Final = 600  # a hundred rows or so, up to 200 kB
PAGE_BYTES: Final = 8192
WRITTEN: Final = (*packing.TABLES, "event")
# The last page of a table: it may have room for more.
_ENDS: Final = ", ".join(
    f"format('(%s,0)', greatest(pg_relation_size('{table}') / {PAGE_BYTES} - 1, 0))"
    for table in WRITTEN
)
ENDS_SQL: Final = f"SELECT {_ENDS}"
# Whoever first reads a row after its commit marks it as committed. Once there was a checkpoint the
# whole page goes to the log for that: whoever makes the indexes would write all tables again, and
# the log as much once more. So they are read at once, while their pages are in memory and dirty.
SEEN_SQL: Final = tuple(
    f"SELECT count(*) FROM {table} WHERE ctid >= $1::text::tid" for table in WRITTEN
)


def all_statements() -> Iterator[str]:
    yield from (ENDS_SQL, *SEEN_SQL)


async def prepare(conn: Connection) -> bool:
    """Make an owner's connection one that loads, if it has the power to."""
    may = await conn.fetchval(
        """SELECT has_parameter_privilege('session_replication_role', 'SET')
                  AND pg_has_role('market_owner', 'SET')"""
    )
    if may:
        # New segments of the log are filled with what is written, and not with zeros before that.
        await conn.execute(
            """SELECT set_config(name, 'off', false) FROM (VALUES ('wal_init_zero')) AS v (name)
               WHERE has_parameter_privilege(name, 'SET')"""
        )
        # When the import is killed, an index that is being made keeps nobody waiting.
        await conn.execute(
            """SET client_connection_check_interval = '1s';
               SET session_replication_role = replica; SET ROLE market_owner"""
        )
    return bool(may)


async def codes_of(conn: Connection, unit_id: UUID) -> set[str]:
    records = await conn.fetch("SELECT code FROM offering WHERE unit_id = $1", unit_id)
    return {record[0] for record in records}


async def fewer_than(conn: Connection, count: int) -> bool:
    """Whether there are fewer offerings than so many."""
    found = await conn.fetchval(
        "SELECT count(*) FROM (SELECT FROM offering_card LIMIT $1) AS several", count
    )
    return bool(found < count)


async def load_batch(conn: Connection, desk: Desk, packed: Packed) -> Outcome:
    """Write what was packed, all in one act.

    asyncpg.UniqueViolationError when somebody took one of the codes: write it the ordinary way.
    """
    if packed.codes:
        ends = await conn.fetchrow(ENDS_SQL)
        assert ends is not None, "each table has an end"
        async with db.act(conn, desk.importer):
            await _hold(conn, desk)
            for (table, columns), pieces in zip(packing.TABLES.items(), packed.tables, strict=True):
                await conn.copy_to_table(
                    table, source=_messages(pieces), columns=columns, format="binary"
                )
            await _record(conn, desk, packed.ids)
        for statement, end in zip(SEEN_SQL, ends, strict=True):
            await conn.execute(statement, end)
    return Outcome(len(packed.codes), 0, packed.faults)


async def _messages(pieces: list[bytes]) -> AsyncIterator[bytes]:
    """A file would be read by a thread, and PostgreSQL would take all bytes as one message."""
    for begin in range(0, len(pieces), PIECES_AT_ONCE):
        yield b"".join(pieces[begin : begin + PIECES_AT_ONCE])


async def _hold(conn: Connection, desk: Desk) -> None:
    """Raises NotFound."""
    unit = await conn.fetchval(
        """SELECT id FROM organisation
           WHERE id = $1 AND id = ANY ((SELECT visible_organisations())::uuid[]) FOR KEY SHARE""",
        desk.unit_id,
    )
    people = await conn.fetch(
        "SELECT id FROM person WHERE id = ANY ($1::uuid[]) FOR KEY SHARE",
        [desk.importer.person_id, desk.reviewer_id],
    )
    require(unit is not None and len(people) == 2, NotFound())


async def _record(conn: Connection, desk: Desk, ids: bytes) -> None:
    """An event for each, as `events.record_many` would; ``ids``: 16 bytes each."""
    move, state = "import", catalogue.OfferingState.PUBLISHED
    assert catalogue.MOVES.births[move] is state, "what is imported begins as the moves say"
    await conn.execute(
        """SELECT record_births('offering.imported', ARRAY(
               SELECT encode(substr($1::bytea, 16 * n + 1, 16), 'hex')::uuid
               FROM generate_series(0, length($1::bytea) / 16 - 1) AS n ORDER BY n),
               $2, $3, $4)""",
        ids,
        move,
        state,
        {"reviewer_id": str(desk.reviewer_id)},
    )
