"""Search among open requests by words: what finds them is written with their cards.

The rules are the offerings' (``base/lexemes.py``). A city has hundreds of open requests, not a
million: all that match are ranked, so a cursor is a rank and an id, and new ones move nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.db import Connection
from market.base.lexemes import Query
from market.trade.catalogue.suggestions import (
    Suggestion,
    Suggestions,
    fields_named,
    first_few,
    says,
)
from market.trade.enterprise_requests import cards
from market.trade.enterprise_requests.cards import Key, Wanted

BEST: Final = 2**31 - 1
MOST_READ: Final = 50


class Sort(StrEnum):
    """In what order; only a search has a relevance."""

    RELEVANCE = "relevance"
    NEWEST = "newest"


class RankKey(NamedTuple):
    """Where a page by relevance ends."""

    rank: Annotated[int, Meta(ge=-1, le=BEST)]
    id: UUID


async def search(
    conn: Connection, query: Query, wanted: Wanted, *, after: Key | None, limit: int
) -> tuple[list[bytes], Key | None]:
    """Those that match, newest first, and the key of the page after this one."""
    before = after or cards.FIRST
    records = await conn.fetch(
        """SELECT c.item, c.published_at, c.id
           FROM request_search s JOIN request_card c USING (id)
           WHERE (c.published_at, c.id) < ($1, $2) AND s.tsv @@ $4::text::tsquery
             AND c.deadline > (SELECT market_now())
             AND ($5::text IS NULL OR c.kind = $5)
             AND ($6::text IS NULL OR c.technical_field = $6)
             AND ($7::text IS NULL OR c.industry = $7)
             AND ($8::text IS NULL OR c.region = $8)
             AND ($9::text IS NULL OR c.budget_band = $9)
             AND ($10::timestamptz IS NULL OR c.deadline < $10)
           ORDER BY c.published_at DESC, c.id DESC LIMIT $3""",
        cards.EPOCH + before.published * cards.MICROSECOND,
        before.id,
        limit + 1,
        query.match,
        *msgspec.structs.astuple(wanted),
    )
    return cards.page_of(records, limit)


async def search_ranked(
    conn: Connection, query: Query, wanted: Wanted, *, after: RankKey | None, limit: int
) -> tuple[list[bytes], RankKey | None]:
    """The most relevant first."""
    last = after or RankKey(BEST, UUID(int=2**128 - 1))
    records = await conn.fetch(
        """SELECT item, rank, id FROM (
               SELECT c.item, c.id,
                      (ts_rank(s.tsv, $5::text::tsquery) * 1000000)::integer AS rank
               FROM request_search s JOIN request_card c USING (id)
               WHERE s.tsv @@ $4::text::tsquery AND c.deadline > (SELECT market_now())
                 AND ($6::text IS NULL OR c.kind = $6)
                 AND ($7::text IS NULL OR c.technical_field = $7)
                 AND ($8::text IS NULL OR c.industry = $8)
                 AND ($9::text IS NULL OR c.region = $9)
                 AND ($10::text IS NULL OR c.budget_band = $10)
                 AND ($11::timestamptz IS NULL OR c.deadline < $11)) AS found
           WHERE (rank, id) < ($1, $2) ORDER BY rank DESC, id DESC LIMIT $3""",
        last.rank,
        last.id,
        limit + 1,
        query.match,
        query.rank,
        *msgspec.structs.astuple(wanted),
    )
    shown = records[:limit]
    key = None
    if len(records) > limit:
        key = RankKey(shown[-1]["rank"], shown[-1]["id"])
    return [record["item"] for record in shown], key


async def suggest(conn: Connection, typed: str, query: Query) -> Suggestions:
    """Technical fields and titles that somebody who is typing may mean."""
    records = await conn.fetch(
        """SELECT c.item FROM request_search s JOIN request_card c USING (id)
           WHERE s.tsv @@ $1::text::tsquery AND c.deadline > (SELECT market_now())
           ORDER BY c.published_at DESC, c.id DESC LIMIT $2""",
        query.match,
        MOST_READ,
    )
    found = [msgspec.json.decode(record["item"], type=Titled).title for record in records]
    titles = sorted(found, key=lambda title: not says(typed, title, None))
    return Suggestions(
        [
            *fields_named(typed),
            *first_few(Suggestion("title", title, title, None) for title in titles),
        ]
    )


class Titled(msgspec.Struct, frozen=True):
    """What a suggestion reads of a card."""

    title: str
