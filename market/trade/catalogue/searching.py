"""Search by words: among the newest that match, in each order, one statement for a set of filters.

The newest, and those to be ranked or counted, are found by ``newest_matching``, which asks the
full-text index for words, filters and a stretch of time at once. By price and by title a statement
sorts what few there are, or follows an index and stops at the page's end.
Relevance never ranks all matches: it ranks the newest 100, then, for whoever pages on, the 100
before them, and so on; the cursor holds the newest row of its 100, so that rows published meanwhile
move nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, NamedTuple
from uuid import UUID

from msgspec import Meta

from market.base import lexemes
from market.base.db import Connection
from market.base.errors import Invalid
from market.base.lexemes import Query
from market.trade.catalogue import listings
from market.trade.catalogue.listings import FIRST, KEYS, Key, Listing, Sort
from market.trade.catalogue.terms import NOT_IN_YUAN, PriceBand

# Those of the listings, and what search alone knows. The words come as a value like all others.
FILTERS: Final[Mapping[str, str]] = {
    **listings.FILTERS,
    "level": "levels @> ARRAY[{}::text]",
    "q": "tsv @@ {}::text::tsquery",
}
# The marks of `search_marks` that a filter's values have in the full-text index.
MARKS: Final[Mapping[str, str]] = {
    "kind": "kind",
    "technical_field": "field",
    "industry": "industry",
    "region": "region",
    "unit_id": "unit",
    "price_band": "band",
    "level": "level",
}
RANKED_AT_ONCE: Final = 100
FEW: Final = 3_000
BEST: Final = 2**31 - 1


class RankKey(NamedTuple):
    """Where a page by relevance ends: the newest row of those ranked, then rank and id in them."""

    newest: Annotated[int, Meta(ge=-1, le=NOT_IN_YUAN)]
    newest_id: UUID
    rank: Annotated[int, Meta(ge=-1, le=BEST)]
    id: UUID


LAST_ID: Final = UUID(int=2**128 - 1)
FIRST_RANK: Final = RankKey(NOT_IN_YUAN, LAST_ID, BEST, LAST_ID)


class NothingToSearch(Invalid):
    """A phrase of stop words or punctuation would find everything or nothing."""

    code = "nothing_to_search"
    zh = "搜索词里只有标点或“的”“和”之类的常用字。请写出要找的技术、产品或编号。"
    en = "The phrase has only punctuation or words such as 'the'. Name a technique or a code."


class RelevanceNeedsWords(Invalid):
    """Without words nothing is more relevant than another."""

    code = "relevance_needs_words"
    zh = "没有搜索词就不能按相关度排序。请填写 q，或改用其他排序。"
    en = "Without words nothing is more relevant. Give q, or choose another order."


def query_of(phrase: str, *, unfinished: bool = False) -> Query:
    """What a phrase asks for. Raises NothingToSearch."""
    found = lexemes.query(phrase, unfinished=unfinished)
    if found is None:
        raise NothingToSearch(pointer="/q")
    return found


def clauses(filters: Iterable[str], *, after: int) -> str:
    """The filters as conditions, their values numbered from the one after ``after``."""
    number, conditions = after, []
    for name, clause in FILTERS.items():
        if name in filters:
            number += "{}" in clause
            conditions.append(f"AND {clause.format(f'${number}')}")
    return " ".join(conditions)


def values(filters: Mapping[str, Any]) -> list[Any]:
    """What the conditions bind, in their order."""
    return [filters[name] for name, clause in FILTERS.items() if name in filters and "{}" in clause]


def asked(filters: Mapping[str, Any]) -> tuple[list[str] | None, list[str] | None]:
    """The filters' marks and the words, each a tsquery; there must be one of them."""
    marks = [_mark(MARKS[name], str(value)) for name, value in filters.items() if name in MARKS]
    if "paid" in filters:
        bands = (_mark("band", each) for each in PriceBand if each is not PriceBand.FREE)
        marks.append(f"({' | '.join(bands)})")
    return marks or None, lexemes.terms_of(filters["q"]) if "q" in filters else None


def _mark(name: str, value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace("'", "''")
    return f"'~{name}:{quoted}'"


def search_sql(sort: Sort, filters: Iterable[str]) -> str:
    """By price or title: $1, $2 the last row's key, $3 the limit, $4 what is asked, then values.

    Few matches are sorted; of many, the first are met soon in the order of an index. Left to its
    own guess PostgreSQL would read the whole market in order for two common words that never meet.
    """
    keyset = KEYS[sort]
    order = keyset.partition("ORDER BY ")[2]
    return f"""WITH few AS MATERIALIZED (
            SELECT id, price_key, title_key FROM few_matching($4::text[]::tsquery[], {FEW} + 1)
        ), found AS (
            (SELECT id, price_key, title_key FROM few
             WHERE (SELECT count(*) FROM few) <= {FEW} AND {keyset.format("")} LIMIT $3)
            UNION ALL
            (SELECT id, price_key, title_key FROM offering_search
             WHERE (SELECT count(*) FROM few) > {FEW} AND {keyset.format(clauses(filters, after=4))}
             LIMIT $3))
        SELECT c.item, found.price_key, found.title_key, found.id
        FROM found JOIN offering_card c USING (id)
        ORDER BY {", ".join(f"found.{key}" for key in order.split(", "))}"""


# $1, $2 the last row's key, $3 the limit, $4, $5 what is asked.
NEWEST_SQL: Final = """SELECT c.item, found.published_at, found.id
    FROM newest_matching($4::text[]::tsquery[], $5::text[]::tsquery[], $1, $2, $3) found
    JOIN offering_card c USING (id)
    ORDER BY found.published_at DESC, found.id DESC"""
# $1, $2 the place before which the newest are ranked, $3, $4 the last row's rank and id, $5 the
# limit, $6, $7 what is asked, $8 what ranks.
RANKED_SQL: Final = f"""WITH placed AS MATERIALIZED (
        SELECT id, published_at,
               row_number() OVER (ORDER BY published_at DESC, id DESC) AS place,
               (rank * 1000000)::integer AS rank
        FROM newest_matching($6::text[]::tsquery[], $7::text[]::tsquery[], $1, $2,
                             {RANKED_AT_ONCE} + 1, $8::text::tsquery)
    ), found AS (
        SELECT id, rank FROM placed
        WHERE place <= {RANKED_AT_ONCE} AND (rank, id) < ($3, $4)
        ORDER BY rank DESC, id DESC LIMIT $5)
    SELECT c.item, found.rank, found.id, newest.published_at AS newest, newest.id AS newest_id,
           older.published_at AS older, older.id AS older_id
    FROM found JOIN offering_card c USING (id)
    CROSS JOIN (SELECT published_at, id FROM placed WHERE place = 1) newest
    LEFT JOIN (SELECT published_at, id FROM placed WHERE place > {RANKED_AT_ONCE}) older ON true
    ORDER BY found.rank DESC, found.id DESC"""


def all_statements() -> Iterator[str]:
    """Each order with no filter, with each one, and with all: conditions do not meet each other."""
    yield from (NEWEST_SQL, RANKED_SQL)
    for filters in [(), *((name,) for name in FILTERS), tuple(FILTERS)]:
        yield from (search_sql(sort, filters) for sort in KEYS if sort is not Sort.NEWEST)


async def search(
    conn: Connection, *, sort: Sort, filters: Mapping[str, Any], after: Key | None, limit: int
) -> Listing:
    """``filters``: from names in FILTERS to values; q as a `Query`'s ``match``."""
    key = listings.bound(sort, after or FIRST[sort])
    if sort is Sort.NEWEST:
        records = await conn.fetch(NEWEST_SQL, *key, limit + 1, *asked(filters))
    else:
        marks, words = asked(filters)
        everything = [*(marks or ()), *(words or ())]
        records = await conn.fetch(
            search_sql(sort, filters), *key, limit + 1, everything, *values(filters)
        )
    return listings.page_of(sort, records, limit)


async def search_ranked(
    conn: Connection, *, rank: str, filters: Mapping[str, Any], after: RankKey | None, limit: int
) -> Listing:
    """The same by relevance; a page may be short where the next 100 begin."""
    newest, newest_id, last_rank, last_id = after or FIRST_RANK
    records = await conn.fetch(
        RANKED_SQL,
        listings.instant(newest),
        _just_after(newest_id),
        last_rank,
        last_id,
        limit + 1,
        *asked(filters),
        rank,
    )
    shown = records[:limit]
    following: RankKey | None = None
    if len(records) > limit:
        last = shown[-1]
        newest = listings.microseconds(last["newest"])
        following = RankKey(newest, last["newest_id"], last["rank"], last["id"])
    elif shown and shown[-1]["older"] is not None:
        older = listings.microseconds(shown[-1]["older"])
        following = RankKey(older, shown[-1]["older_id"], *FIRST_RANK[2:])
    return Listing([record["item"] for record in shown], following)


def _just_after(offering_id: UUID) -> UUID:
    """Before which that very row is the newest."""
    return UUID(int=min(offering_id.int + 1, LAST_ID.int))
