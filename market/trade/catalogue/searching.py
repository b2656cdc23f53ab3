"""Search by words: among the newest that match, in each order, one statement for a set of filters.

Newest, by price and by title follow an index and stop at the page's end, or sort what few there
are: PostgreSQL decides for these very words. Relevance never ranks all matches: it ranks the newest
200, then, for whoever pages on, the 200 before them, and so on; the cursor holds the newest row of
its 200, so that rows published meanwhile move nothing.
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
from market.trade.catalogue.terms import NOT_IN_YUAN

# Those of the listings, and what search alone knows. The words come as a value like all others.
FILTERS: Final[Mapping[str, str]] = {
    **listings.FILTERS,
    "level": "levels @> ARRAY[{}::text]",
    "q": "tsv @@ {}::text::tsquery",
}
RANKED_AT_ONCE: Final = 200
BEST: Final = 2**31 - 1


class RankKey(NamedTuple):
    """Where a page by relevance ends: the newest row of those ranked, then rank and id in them."""

    newest: Annotated[int, Meta(ge=-1, le=NOT_IN_YUAN)]
    newest_id: UUID
    rank: Annotated[int, Meta(ge=-1, le=BEST)]
    id: UUID


FIRST_RANK: Final = RankKey(NOT_IN_YUAN, UUID(int=2**128 - 1), BEST, UUID(int=2**128 - 1))


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


def search_sql(sort: Sort, filters: Iterable[str]) -> str:
    """$1, $2 the last row's key, $3 the limit, then the values.

    It asks for 200 even where 20 are shown: for 20 alone PostgreSQL hopes to meet a word soon and
    reads the whole market in order when nothing has it (530 ms at a million).
    """
    keyset = KEYS[sort].format(clauses(filters, after=3))
    order = keyset.partition("ORDER BY ")[2]
    return f"""WITH matching AS MATERIALIZED (
            SELECT id, published_at, price_key, title_key FROM offering_search
            WHERE {keyset} LIMIT greatest($3::bigint, {RANKED_AT_ONCE} + 1)
        ), found AS (
            SELECT id, published_at, price_key, title_key FROM matching ORDER BY {order} LIMIT $3)
        SELECT c.item, found.published_at, found.price_key, found.title_key, found.id
        FROM found JOIN offering_card c USING (id)
        ORDER BY {", ".join(f"found.{key}" for key in order.split(", "))}"""


def ranked_sql(filters: Iterable[str]) -> str:
    """$1, $2 the newest row, $3, $4 the last row's rank and id, $5 the limit, $6 what ranks."""
    return f"""WITH matching AS MATERIALIZED (
            SELECT id, published_at, tsv FROM offering_search
            WHERE (published_at, id) <= ($1, $2) {clauses(filters, after=6)}
            ORDER BY published_at DESC, id DESC LIMIT {RANKED_AT_ONCE} + 1
        ), placed AS MATERIALIZED (
            SELECT id, published_at,
                   row_number() OVER (ORDER BY published_at DESC, id DESC) AS place,
                   (ts_rank(tsv, $6::text::tsquery) * 1000000)::integer AS rank
            FROM matching
        ), found AS (
            SELECT id, rank FROM placed
            WHERE place <= {RANKED_AT_ONCE} AND (rank, id) < ($3, $4)
            ORDER BY rank DESC, id DESC LIMIT $5)
        SELECT c.item, found.rank, found.id, newest.published_at AS newest, newest.id AS newest_id,
               older.published_at AS older, older.id AS older_id
        FROM found JOIN offering_card c USING (id)
        CROSS JOIN (SELECT published_at, id FROM placed WHERE place = 1) newest
        LEFT JOIN (SELECT published_at, id FROM placed WHERE place > {RANKED_AT_ONCE}) older
            ON true
        ORDER BY found.rank DESC, found.id DESC"""


def all_statements() -> Iterator[str]:
    """Each order with no filter, with each one, and with all: conditions do not meet each other."""
    sets = [(), *((name,) for name in FILTERS), tuple(FILTERS)]
    for filters in sets:
        yield ranked_sql(filters)
        yield from (search_sql(sort, filters) for sort in KEYS)


async def search(
    conn: Connection, *, sort: Sort, filters: Mapping[str, Any], after: Key | None, limit: int
) -> Listing:
    """``filters``: from names in FILTERS to values; q as a `Query`'s ``match``."""
    key = listings.bound(sort, after or FIRST[sort])
    records = await conn.fetch(search_sql(sort, filters), *key, limit + 1, *values(filters))
    return listings.page_of(sort, records, limit)


async def search_ranked(
    conn: Connection, *, rank: str, filters: Mapping[str, Any], after: RankKey | None, limit: int
) -> Listing:
    """The same by relevance; a page may be short where the next 200 begin."""
    newest, newest_id, last_rank, last_id = after or FIRST_RANK
    records = await conn.fetch(
        ranked_sql(filters),
        listings.instant(newest),
        newest_id,
        last_rank,
        last_id,
        limit + 1,
        rank,
        *values(filters),
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
