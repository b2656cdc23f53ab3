"""What is packed for COPY says what the database would say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.trade.catalogue.importing import packing


async def test_marks_are_those_of_the_database_at_any_instant(conn: Connection) -> None:
    unit_id, since = uuid4(), datetime(1970, 1, 1, tzinfo=UTC)
    shared = [packing._mark(name, f"a {name}") for name in packing.MARKED]
    shared += [packing._mark("unit", str(unit_id)), packing._mark("level", "technician")]
    moments = [at + off for at in (2**43, 2**49, 2**50, 2**51, 7**18) for off in (-1, 0, 8_191)]
    for moment in moments:
        packed = [*shared, *packing._stretches(moment >> packing.STRETCHES[0])]
        async with db.look(conn, SYSTEM):
            marks = await conn.fetchval(
                """SELECT tsvector_to_array(search_marks($1, 'a kind', 'a band', 'a field',
                       'a industry', 'a region', $2, '{technician}'))""",
                since + timedelta(microseconds=moment),
                unit_id,
            )
        assert {each.removesuffix(packing.NOWHERE).decode() for each in packed} == set(marks)
