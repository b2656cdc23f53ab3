"""Ids counted on from one of PostgreSQL's."""

from __future__ import annotations

from uuid import RFC_4122, UUID

from market.base.db import Connection
from market.trade.catalogue.importing import ids


def several(packed: bytes) -> list[UUID]:
    return [UUID(bytes=packed[at : at + 16]) for at in range(0, len(packed), 16)]


async def test_ids_follow_postgresqls_in_their_order_and_in_its_time(conn: Connection) -> None:
    first = await conn.fetchval("SELECT uuidv7()")
    made = several(ids.following(first, 10_000))
    assert made == sorted(set(made))
    assert made[0].bytes[:8] == first.bytes[:8]
    assert {(each.version, each.variant) for each in made} == {(7, RFC_4122)}
    ahead = await conn.fetchval(
        "SELECT uuid_extract_timestamp($1) - uuid_extract_timestamp($2)", made[-1], first
    )
    assert 2_000 <= ahead.microseconds <= 3_000  # 10,000 quarters of a microsecond


def test_a_millisecond_that_is_full_is_followed_by_the_next() -> None:
    made = several(ids.following(UUID("01938a5b-ffff-7ffe-8000-000000000000"), 4))
    assert [str(each)[:18] for each in made] == [
        "01938a5b-ffff-7ffe",
        "01938a5b-ffff-7fff",
        "01938a5c-0000-7000",
        "01938a5c-0000-7001",
    ]


def test_siblings_share_their_instant_and_nothing_else() -> None:
    made = ids.following(UUID("01938a5b-ffff-7ffe-8000-000000000000"), 100)
    siblings = ids.siblings(made)
    assert [each.bytes[:8] for each in several(siblings)] == [
        each.bytes[:8] for each in several(made)
    ]
    assert len({each.bytes[8:] for each in several(made + siblings)}) == 200
