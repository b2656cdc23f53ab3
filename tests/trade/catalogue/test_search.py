"""Search: right answers, all pages, honest counts, and plans that do not grow with the market."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import msgspec
import pytest

from market.base import db, lexemes
from market.base.access import SYSTEM, Role
from market.base.db import Connection
from market.trade.catalogue import (
    facets,
    indexing,
    listings,
    operations,
    searching,
    suggestions,
)
from market.trade.catalogue.listings import Listing, Sort
from market.trade.catalogue.searching import NothingToSearch, query_of
from tests.conftest import Clone
from tests.world import catalogue, identity

OFFERINGS: Final = 10_000
# Kinds, fields and so on in all mixtures; every offering is about 修复, some about rarer things.
MAKE: Final = """
    WITH made AS (
        SELECT n, uuidv7() AS id, market_now() - make_interval(secs => n % 5000) AS published_at,
               n * 7919 % 30000000 AS price_key, 'a' || n * 7919 % 1000 AS title_key,
               (ARRAY['consulting', 'service', 'training', 'transfer'])[1 + n % 4] AS kind,
               (ARRAY['electronics', 'new_materials', 'environment'])[1 + n / 7 % 3] AS field,
               'C' || (10 + n / 3 % 30) AS industry, '5101' || lpad((n / 11 % 20)::text, 2, '0')
                   AS region, md5((n / 5 % 50)::text)::uuid AS unit_id,
               (ARRAY['under_10000', 'under_50000', 'quote'])[1 + n / 13 % 3] AS band,
               (ARRAY['{}', '{senior}', '{senior,technician}']::text[])[1 + n % 3] AS levels,
               '''修复'':1' || (ARRAY['A', 'D'])[1 + n % 2]
                   || CASE WHEN n % 100 = 0 THEN ' ''电池'':1A' ELSE '' END AS tsv
        FROM generate_series($1::integer, $2::integer) AS n
    ), carded AS (
        INSERT INTO offering_card (id, number, version, published_at, price_key, title_key, kind,
            technical_field, industry, region, unit_id, price_band, item, detail)
        SELECT id, 1, 1, published_at, price_key, title_key, kind, field, industry, region, unit_id,
               band, convert_to('{"n":' || n || '}', 'UTF8'), ''
        FROM made)
    INSERT INTO offering_search (id, published_at, price_key, title_key, kind, technical_field,
        industry, region, unit_id, price_band, levels, tsv)
    SELECT id, published_at, price_key, title_key, kind, field, industry, region, unit_id, band,
           levels::text[], search_marked(tsv::tsvector, published_at, kind, band, field, industry,
               region, unit_id, levels::text[]) FROM made"""

# What a vacuum would do for its index.
INDEXED: Final = """SELECT gin_clean_pending_list(i.indexrelid) FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
    WHERE i.indrelid = 'offering_search'::regclass AND a.amname = 'gin'"""


class City(msgspec.Struct, frozen=True):
    """A database of many offerings: its owner, who makes more, and the search's connection."""

    owner: Connection
    conn: Connection

    async def make(self, first: int, last: int) -> None:
        """Never vacuumed, so that each row that is looked at is a block that is read."""
        await self.owner.execute(MAKE, first, last)
        await self.owner.execute("ANALYZE offering_card, offering_search")
        await self.owner.execute(INDEXED)


@pytest.fixture(scope="module")
async def city(clone: Clone) -> AsyncIterator[City]:
    async with clone() as addresses:
        owner = await db.connect(addresses.owner)
        await owner.execute("SET session_replication_role = replica")
        pool = await db.open_pool(addresses.app, size=1, plans="custom")
        async with db.lease(pool) as conn:
            made = City(owner, conn)
            await made.make(1, OFFERINGS)
            yield made
        pool.terminate()
        await owner.close()


async def found(conn: Connection, phrase: str, **filters: Any) -> list[str]:
    """The codes that a phrase finds, the most relevant first."""
    query = query_of(phrase)
    page = await searching.search_ranked(
        conn, rank=query.rank, filters={"q": query.match, **filters}, after=None, limit=100
    )
    return [msgspec.json.decode(item)["code"] for item in page.items]


async def test_what_is_published_is_found_and_nothing_else(conn: Connection) -> None:
    unit = await identity.unit(conn)
    clerk = await identity.person(conn, unit, Role.CLERK)
    battery = await catalogue.published_offering(conn, unit, title_zh="动力电池组性能检测")
    lathes = await catalogue.published_offering(conn, unit, title_en="Lathes mended")
    titled = await catalogue.published_offering(conn, unit, title_zh="轴颈磨损在线测量")
    await catalogue.drafted_offering(conn, unit, clerk, title_zh="电池检测")
    of_unit = {"unit_id": unit.id}
    assert await found(conn, "电池检测", **of_unit) == [battery.code]
    assert await found(conn, "lathe", **of_unit) == [lathes.code]
    assert await found(conn, battery.code, **of_unit) == [battery.code]
    assert await found(conn, "dldcz", **of_unit) == [battery.code]
    assert (await found(conn, "轴颈", **of_unit))[0] == titled.code
    assert set(await found(conn, unit.name_zh)) >= {battery.code, lathes.code, titled.code}
    await operations.suspend_offering(conn, clerk, battery.id, "检修 Overhaul")
    assert await found(conn, "电池检测", **of_unit) == []
    await operations.resume_offering(conn, clerk, battery.id)
    await catalogue.passed_revision(conn, unit, battery, title_zh="高压线缆检测")
    assert await found(conn, "电池检测", **of_unit) == []
    assert await found(conn, "高压线缆", **of_unit) == [battery.code]


async def test_levels_are_those_of_certificates_good_today(conn: Connection) -> None:
    unit = await identity.unit(conn)
    clerk = await identity.person(conn, unit, Role.CLERK)
    member_id = await catalogue.enrolled_member(conn, unit)
    offering = await catalogue.published_offering(conn, unit, member_ids=[member_id])
    certified = """INSERT INTO qualification (member_id, kind, level, number, issuer, issued_on,
                       expires_on)
                   VALUES ($1, '焊工', 'senior', '1', '人社局', '2020-01-01', market_today() - 1),
                          ($1, '焊工', 'technician', '2', '人社局', '2020-01-01', NULL)"""
    async with db.act(conn, clerk):
        await conn.execute(certified, member_id)
    assert await found(conn, "修复", level="technician", unit_id=unit.id) == []
    async with db.act(conn, SYSTEM):
        await indexing.refresh_levels(conn)
    assert await found(conn, "修复", level="technician", unit_id=unit.id) == [offering.code]
    assert await found(conn, "修复", level="senior", unit_id=unit.id) == []
    shown = await facets.count(conn, {"unit_id": unit.id})
    assert shown.level == [facets.Count("technician", 1)]
    assert shown.unit_id == [facets.Count(str(unit.id), 1, unit.name_zh, unit.name_en)]


async def test_a_card_older_than_search_is_noticed(city: City) -> None:
    await city.owner.execute("BEGIN")
    gone = await city.owner.fetchval(
        """DELETE FROM offering_search WHERE id = (SELECT id FROM offering_search LIMIT 1)
           RETURNING id"""
    )
    assert await indexing.not_indexed(city.owner, limit=10) == [gone]
    await city.owner.execute("ROLLBACK")
    assert await indexing.not_indexed(city.owner, limit=10) == []


@pytest.mark.parametrize("phrase", ["的", "the", "!&|'"])
def test_a_phrase_of_nothing_is_refused(phrase: str) -> None:
    with pytest.raises(NothingToSearch):
        query_of(phrase)


async def page_at(
    conn: Connection, sort: Sort, filters: dict[str, Any], after: Any, limit: int
) -> Listing:
    if sort is not Sort.RELEVANCE:
        return await searching.search(conn, sort=sort, filters=filters, after=after, limit=limit)
    rank = filters["q"]
    return await searching.search_ranked(conn, rank=rank, filters=filters, after=after, limit=limit)


@pytest.mark.parametrize("sort", list(Sort))
async def test_a_walk_meets_each_old_offering_once_while_others_are_published(
    city: City, sort: Sort
) -> None:
    filters = {"q": "'修复'", "kind": "service", "region": "510104"}
    before = await city.conn.fetch(
        "SELECT id FROM offering_search WHERE kind = 'service' AND region = '510104'"
    )
    old = {record["id"] for record in before}
    told = await city.owner.fetch("SELECT id, item FROM offering_card")
    ids = {bytes(record["item"]): record["id"] for record in told}
    seen: Counter[UUID] = Counter()
    after, pages = None, 0
    while True:
        page = await page_at(city.conn, sort, filters, after, limit=20)
        seen.update(ids[item] for item in page.items if item in ids)
        pages += 1
        await city.make(OFFERINGS + pages * 10, OFFERINGS + pages * 10 + 9)
        after = page.next_key
        if after is None:
            break
    assert pages < 50
    assert {offering_id: seen[offering_id] for offering_id in old} == dict.fromkeys(old, 1)
    new = "DELETE FROM offering_search WHERE id <> ALL ($1)"
    await city.owner.execute(new, list(ids.values()))
    await city.owner.execute(new.replace("_search", "_card"), list(ids.values()))


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"kind": "service"},
        {"q": "'电池'"},
        {"q": "'修复'", "region": "510103", "paid": None},
        {"level": "technician", "price_band": "quote"},
        {"unit_id": UUID(int=0)},
    ],
    ids=str,
)
async def test_facets_count_what_brute_force_counts(city: City, filters: dict[str, Any]) -> None:
    shown = await facets.count(city.conn, filters)
    records = await city.conn.fetch(
        """SELECT kind, technical_field, industry, region, unit_id::text, price_band, levels,
                  tsv::text FROM offering_search"""
    )
    matching = [
        record
        for record in records
        if all(
            filters["q"] in record["tsv"]
            if name == "q"
            else value in record["levels"]
            if name == "level"
            else name == "paid" or record[name] == value
            for name, value in filters.items()
        )
    ]
    assert (shown.counted, shown.total) == (len(matching), min(len(matching), 1001))
    for facet in facets.FACETS:
        expected = Counter(
            value
            for record in matching
            for value in (record["levels"] if facet == "level" else [record[facet]])
        )
        assert {each.value: each.count for each in getattr(shown, facet)} == expected


async def buffers(conn: Connection, sql: str, *values: Any) -> int:
    text = await conn.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", *values)
    plan = msgspec.json.decode(text)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def read_blocks(conn: Connection) -> dict[str, int]:
    """How many blocks are read for the newest and the most relevant, with and without filters."""
    newest = listings.bound(Sort.NEWEST, listings.FIRST[Sort.NEWEST])
    first = searching.FIRST_RANK
    ranked = (listings.instant(first.newest), first.newest_id, first.rank, first.id)
    read = {}
    for filters in ({"q": "'修复'"}, {"q": "'修复'", "kind": "service", "region": "510104"}):
        asked = searching.asked(filters)
        read[f"newest {filters}"] = await buffers(conn, searching.NEWEST_SQL, *newest, 21, *asked)
        read[f"ranked {filters}"] = await buffers(
            conn, searching.RANKED_SQL, *ranked, 21, *asked, "'修复'"
        )
    return read


async def test_twice_the_market_costs_no_more_to_search(city: City) -> None:
    before = await read_blocks(city.conn)
    ids = await city.owner.fetch("SELECT id FROM offering_card")
    await city.make(OFFERINGS + 1, 2 * OFFERINGS)
    after = await read_blocks(city.conn)
    for table in ("offering_search", "offering_card"):
        await city.owner.execute(
            f"DELETE FROM {table} WHERE id <> ALL ($1)", [each["id"] for each in ids]
        )
    grown = {what: (before[what], after[what]) for what in before}
    assert all(now < 1.3 * was + 100 for was, now in grown.values()), grown


async def test_words_that_never_meet_are_told_at_once_in_every_order(city: City) -> None:
    """Whatever PostgreSQL guesses: it would read the whole market in that order."""
    words = ["'修复'", "'nowhere'"]
    filters = {"q": " & ".join(words)}
    for sort in Sort:
        assert (await page_at(city.conn, sort, filters, None, limit=20)).items == []
    key = listings.bound(Sort.PRICE, listings.FIRST[Sort.PRICE])
    sql = searching.search_sql(Sort.PRICE, ["q"])
    assert await buffers(city.conn, sql, *key, 21, words, filters["q"]) < 1200


@pytest.mark.parametrize("count", [1, 2, 12])
@pytest.mark.parametrize("filters", [{}, {"region": "510109"}])
async def test_words_apart_find_what_one_query_of_all_would(
    city: City, count: int, filters: dict[str, str]
) -> None:
    """Those past the eighth condition stand together; brackets hold their own words."""
    words = ["'电池'", *(f"('电池' | ('修复' & 'word{n}'))" for n in range(1, count))]
    asked = {"q": " & ".join(words), **filters}
    assert lexemes.terms_of(asked["q"]) == words
    expected = await city.owner.fetch(
        """SELECT c.item FROM offering_search s JOIN offering_card c USING (id)
           WHERE s.tsv @@ $1::text::tsquery AND ($2::text IS NULL OR s.region = $2)
           ORDER BY s.published_at DESC, s.id DESC LIMIT 100""",
        asked["q"],
        filters.get("region"),
    )
    page = await page_at(city.conn, Sort.NEWEST, asked, None, limit=100)
    assert expected
    assert page.items == [record["item"] for record in expected]


async def test_suggestions_name_fields_units_and_titles(conn: Connection) -> None:
    unit = await identity.unit(conn)
    await catalogue.published_offering(conn, unit, title_zh="新材料疲劳试验")

    async def suggested(typed: str) -> list[tuple[str, str]]:
        read = await suggestions.newest_matching(conn, query_of(typed, unfinished=True))
        return [(each.kind, each.zh) for each in suggestions.suggestions(typed, read).items]

    assert await suggested("新材料") == [
        ("technical_field", "新材料及其应用"),
        ("title", "新材料疲劳试验"),
    ]
    assert ("title", "新材料疲劳试验") in await suggested("xclpl")
    assert ("unit", unit.name_zh) in await suggested(unit.name_zh)
    assert len(await suggested("修")) <= 3 * suggestions.MOST_OF_A_KIND
