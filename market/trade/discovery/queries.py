"""The SQL of saved searches and their hits."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.trade.discovery.model import (
    MOST_SEARCHES,
    SEARCHERS,
    NewSearch,
    SavedSearch,
    Subject,
    Told,
)

OWN: Final = "s.person_id = $1 AND s.organisation_id = $2"
# What every search asks of a card, whatever it is of.
ASKED: Final = """(s.asked IS NULL OR f.tsv @@ s.asked) AND (s.kind IS NULL OR s.kind = c.kind)
    AND (s.technical_field IS NULL OR s.technical_field = c.technical_field)
    AND (s.industry IS NULL OR s.industry = c.industry)
    AND (s.region IS NULL OR s.region = c.region)"""
# The new ones among those that fit, of owners who still may search there.
KEPT: Final = """hit AS (
        INSERT INTO search_hit (search_id, subject_id) SELECT id, $1 FROM fitting
        ON CONFLICT DO NOTHING RETURNING search_id)
    SELECT DISTINCT ON (s.person_id) s.person_id, s.name
    FROM hit h JOIN saved_search s ON s.id = h.search_id
    JOIN role_grant g ON g.person_id = s.person_id AND g.organisation_id = s.organisation_id
                         AND g.role = ANY ($2) AND g.state = 'approved'
                         AND holds_on(market_today(), g.from_on, g.to_on)
    ORDER BY s.person_id, s.slot"""


async def insert_search(
    conn: Connection, actor: Actor, wanted: Subject, data: NewSearch, asked: str | None
) -> SavedSearch | None:
    """In the first free slot; None when there is none."""
    record = await conn.fetchrow(
        f"""INSERT INTO saved_search AS s (person_id, organisation_id, slot, wanted, name, q, asked,
                kind, technical_field, industry, region, from_minor, to_minor)
            SELECT $1, $2, free, $3, $4, $5, $6::text::tsquery, $7, $8, $9, $10, $11, $12
            FROM generate_series(1, $13::integer) AS free
            WHERE NOT EXISTS (SELECT FROM saved_search s WHERE {OWN} AND s.slot = free)
            ORDER BY free LIMIT 1
            ON CONFLICT (person_id, organisation_id, slot) DO NOTHING
            RETURNING {columns(SavedSearch, "s")}""",
        actor.person_id,
        actor.organisation_id,
        wanted,
        data.name,
        data.q,
        asked,
        data.kind,
        data.technical_field,
        data.industry,
        data.region,
        data.from_minor,
        data.to_minor,
        MOST_SEARCHES,
    )
    return SavedSearch(*record) if record else None


async def searches_of(conn: Connection, actor: Actor) -> list[SavedSearch]:
    """At most twenty, the oldest first."""
    records = await conn.fetch(
        f"SELECT {columns(SavedSearch, 's')} FROM saved_search s WHERE {OWN} ORDER BY s.id",
        actor.person_id,
        actor.organisation_id,
    )
    return [SavedSearch(*record) for record in records]


async def find_search(conn: Connection, actor: Actor, search_id: UUID) -> SavedSearch:
    record = await conn.fetchrow(
        f"SELECT {columns(SavedSearch, 's')} FROM saved_search s WHERE {OWN} AND s.id = $3",
        actor.person_id,
        actor.organisation_id,
        search_id,
    )
    return one(SavedSearch, record)


async def delete_search(conn: Connection, actor: Actor, search_id: UUID) -> SavedSearch:
    """With its hits."""
    record = await conn.fetchrow(
        f"""DELETE FROM saved_search s WHERE {OWN} AND s.id = $3
            RETURNING {columns(SavedSearch, "s")}""",
        actor.person_id,
        actor.organisation_id,
        search_id,
    )
    return one(SavedSearch, record)


async def forget_person(conn: Connection, person_id: UUID) -> None:
    await conn.execute("DELETE FROM saved_search WHERE person_id = $1", person_id)


async def match_offering(conn: Connection, offering_id: UUID) -> list[Told]:
    """Hold a published offering against all searches; who is to be told, each once.

    Its own provider's people look for requests, so nobody is told of what is his.
    """
    records = await conn.fetch(
        f"""WITH fitting AS (
                SELECT s.id FROM offering_card c JOIN offering_search f USING (id)
                JOIN saved_search s ON s.wanted = 'offerings' AND {ASKED}
                WHERE c.id = $1 AND (s.from_minor IS NULL OR c.price_key >= s.from_minor)
                  AND (s.to_minor IS NULL OR c.price_key <= s.to_minor)
            ), {KEPT}""",
        offering_id,
        list(SEARCHERS["enterprise"]),
    )
    return [Told(*record) for record in records]


async def match_request(conn: Connection, request_id: UUID) -> list[Told]:
    """The same with an open request; one by invitation has no card and fits nobody."""
    records = await conn.fetch(
        f"""WITH fitting AS (
                SELECT s.id FROM request_card c JOIN request_search f USING (id)
                JOIN enterprise_request r ON r.id = c.id
                JOIN saved_search s ON s.wanted = 'enterprise_requests' AND {ASKED}
                WHERE c.id = $1 AND c.deadline > market_now()
                  AND (num_nonnulls(s.from_minor, s.to_minor) = 0 OR r.currency = 'CNY')
                  AND (s.from_minor IS NULL OR r.budget_to_minor >= s.from_minor)
                  AND (s.to_minor IS NULL OR r.budget_from_minor <= s.to_minor)
            ), {KEPT}""",
        request_id,
        list(SEARCHERS["unit"]),
    )
    return [Told(*record) for record in records]


async def hits_of(
    conn: Connection, actor: Actor, search: SavedSearch, *, before: UUID | None, limit: int
) -> list[tuple[UUID, bytes]]:
    """What it found and is still published, the newest first, as finished JSON."""
    records = await conn.fetch(
        """SELECT h.subject_id, coalesce(o.item, r.item)
           FROM search_hit h JOIN saved_search s ON s.id = h.search_id
           LEFT JOIN offering_card o ON o.id = h.subject_id AND s.wanted = 'offerings'
           LEFT JOIN request_card r ON r.id = h.subject_id AND s.wanted = 'enterprise_requests'
                                       AND r.deadline > (SELECT market_now())
           WHERE h.search_id = $1 AND s.person_id = $2 AND coalesce(o.id, r.id) IS NOT NULL
             AND ($3::uuid IS NULL OR h.subject_id < $3)
           ORDER BY h.subject_id DESC LIMIT $4""",
        search.id,
        actor.person_id,
        before,
        limit,
    )
    return [(record[0], record[1]) for record in records]
