"""Public listings: what they find, and that each is a range of one index without a sort."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from itertools import combinations
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from market.base import db
from market.base.access import Role
from market.base.db import Connection
from market.trade.catalogue import listings, operations
from market.trade.catalogue.listings import FILTERS, KEYS, LISTINGS, Sort, filters_of, list_cards
from market.trade.catalogue.terms import FreeOrPaid, PriceBand
from tests.conftest import Clone
from tests.world import catalogue, identity

CARDS = 20_000
MAKE_CARDS = f"""
    INSERT INTO offering_card (id, number, version, published_at, price_key, kind,
        technical_field, industry, region, unit_id, price_band, title_key, item, detail)
    SELECT uuidv7(), 1, 1, market_now() - make_interval(secs => n), n * 7919 % 30000000,
           (ARRAY['consulting', 'service', 'training', 'transfer'])[1 + n % 4],
           (ARRAY['electronics', 'new_materials', 'environment', 'transport'])[1 + n / 7 % 4],
           'C' || (10 + n / 3 % 30), '5101' || lpad((n / 11 % 20)::text, 2, '0'),
           md5((n / 5 % 50)::text)::uuid,
           (ARRAY['under_10000', 'under_50000', 'under_100000', 'quote'])[1 + n / 13 % 4],
           'da4 xing2 ' || n * 7919 % 30000000,
           convert_to(repeat('x', 600), 'UTF8'), convert_to(repeat('y', 2000), 'UTF8')
    FROM generate_series(1, {CARDS}) AS n"""


@pytest.fixture(scope="module")
async def many_cards(clone: Clone) -> AsyncIterator[Connection]:
    """The application's connection to a database of many cards, planning once for ever."""
    async with clone() as addresses:
        owner = await db.connect(addresses.owner)
        await owner.execute("SET session_replication_role = replica")
        await owner.execute(MAKE_CARDS)
        await owner.execute("VACUUM ANALYZE offering_card")
        await owner.close()
        pool = await db.open_pool(addresses.app, size=1, plans="generic")
        async with db.lease(pool) as conn:
            yield conn
        pool.terminate()


async def plan_of(conn: Connection, sql: str) -> list[dict[str, Any]]:
    """The nodes of the plan that the pool makes once for all values, outermost first."""
    values = ", ".join(["NULL"] * len(set(re.findall(r"\$\d", sql))))
    await conn.execute(f"PREPARE listing AS {sql}")
    text = await conn.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE listing ({values})")
    await conn.execute("DEALLOCATE listing")
    return list(_nodes(msgspec.json.decode(text)[0]["Plan"]))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


INDEXED = [name for name in FILTERS if name != "paid"]
WITHIN_AN_INDEX = [
    (sort, filters)
    for sort in KEYS
    for size in range(3 if sort is Sort.NEWEST else 2)
    for filters in combinations(INDEXED, size)
]


@pytest.mark.parametrize(("sort", "filters"), WITHIN_AN_INDEX, ids=str)
async def test_up_to_two_filters_are_a_range_of_one_index_without_a_sort(
    many_cards: Connection, sort: Sort, filters: tuple[str, ...]
) -> None:
    plan = await plan_of(many_cards, LISTINGS[sort, frozenset(filters)])
    assert [node["Node Type"] for node in plan] == ["Limit", "Index Scan"]
    assert "Filter" not in plan[1]


async def test_no_listing_reads_the_whole_table(many_cards: Connection) -> None:
    for sql in listings.all_statements():
        plan = await plan_of(many_cards, sql)
        assert "Seq Scan" not in [node["Node Type"] for node in plan], sql


async def test_a_listing_reads_only_what_it_shows(many_cards: Connection) -> None:
    """20 rows and their index entries, of 20,000: not one page in a hundred."""
    sql = LISTINGS[Sort.NEWEST, frozenset({"kind", "industry"})]
    text = await many_cards.fetchval(
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}",
        datetime(2200, 1, 1, tzinfo=UTC),
        UUID(int=0),
        20,
        "service",
        "C10",
    )
    plan = msgspec.json.decode(text)[0]["Plan"]
    assert plan["Actual Rows"] == 20
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 40


@pytest.mark.parametrize("sort", list(KEYS))
async def test_pages_follow_each_other_without_gap_or_repeat(
    many_cards: Connection, sort: Sort
) -> None:
    filters = {"kind": "service", "region": "510104"}
    seen: list[bytes] = []
    after: Any = None
    keys = []
    while True:
        page = await list_cards(many_cards, sort=sort, filters=filters, after=after, limit=100)
        seen += page.items
        keys.append(page.next_key)
        if page.next_key is None:
            break
        after = page.next_key
    expected = await many_cards.fetchval(
        "SELECT count(*) FROM offering_card WHERE kind = 'service' AND region = '510104'"
    )
    assert len(seen) == expected > 100
    assert len(set(keys)) == len(keys)


async def test_a_listing_shows_what_is_published_newest_first(conn: Connection) -> None:
    unit = await identity.unit(conn)
    first, second = [await catalogue.published_offering(conn, unit) for _ in range(2)]
    clerk = await identity.person(conn, unit, Role.CLERK)
    await catalogue.drafted_offering(conn, unit, clerk)
    hidden = await catalogue.published_offering(conn, unit)
    await operations.suspend_offering(conn, clerk, hidden.id, "检修 Overhaul")
    assert await shown(conn, unit_id=unit.id) == [second.id, first.id]


async def test_every_filter_finds_its_own(conn: Connection) -> None:
    unit = await identity.unit(conn)
    free = await catalogue.published_offering(
        conn, unit, price_minor=0, free_or_paid="free", region="510104"
    )
    quote = await catalogue.published_offering(
        conn, unit, price_model="quote", price_minor=None, kind="consulting"
    )
    paid = await catalogue.published_offering(
        conn, unit, industry="C26", technical_field="environment"
    )
    of_unit: dict[str, Any] = {"unit_id": unit.id}
    assert await shown(conn, **of_unit, region="510104") == [free.id]
    assert await shown(conn, **of_unit, kind="consulting") == [quote.id]
    assert await shown(conn, **of_unit, industry="C26") == [paid.id]
    assert await shown(conn, **of_unit, technical_field="environment") == [paid.id]
    assert await shown(conn, **of_unit, free_or_paid=FreeOrPaid.FREE) == [free.id]
    assert await shown(conn, **of_unit, free_or_paid=FreeOrPaid.PAID) == [paid.id, quote.id]
    assert await shown(conn, **of_unit, price_band=PriceBand.UNDER_100000) == [paid.id]
    assert await shown(conn, **of_unit, price_band=PriceBand.QUOTE) == [quote.id]
    assert await shown(conn, unit_id=uuid4()) == []


async def test_cheapest_comes_first_and_what_has_no_price_last(conn: Connection) -> None:
    unit = await identity.unit(conn)
    quote = await catalogue.published_offering(conn, unit, price_model="quote", price_minor=None)
    dear = await catalogue.published_offering(conn, unit, price_minor=2_00)
    cheap = await catalogue.published_offering(conn, unit, price_minor=1_00)
    foreign = await catalogue.published_offering(conn, unit, price_minor=1, currency="USD")
    assert await shown(conn, sort=Sort.PRICE, unit_id=unit.id) == [
        cheap.id,
        dear.id,
        quote.id,
        foreign.id,
    ]


def test_what_contradicts_itself_has_no_filters() -> None:
    contradiction = filters_of(
        free_or_paid=FreeOrPaid.FREE, price_band=PriceBand.UNDER_10000, kind=None
    )
    assert contradiction is None


async def shown(
    conn: Connection,
    *,
    sort: Sort = Sort.NEWEST,
    price_band: PriceBand | None = None,
    free_or_paid: FreeOrPaid | None = None,
    **equal: Any,
) -> list[UUID]:
    filters = filters_of(price_band=price_band, free_or_paid=free_or_paid, **equal)
    assert filters is not None
    page = await list_cards(conn, sort=sort, filters=filters, after=None, limit=20)
    return [UUID(msgspec.json.decode(item)["offering_id"]) for item in page.items]
