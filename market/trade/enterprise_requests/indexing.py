"""What search finds a request by, written with its card and removed with it."""

from __future__ import annotations

from uuid import UUID

from market.base import lexemes
from market.base.db import Connection
from market.trade.enterprise_requests.model import EnterpriseRequest


async def write_search(
    conn: Connection, request: EnterpriseRequest, names: tuple[str | None, str | None]
) -> None:
    """``names``: who asks, in Chinese and English; none while it is anonymous."""
    await conn.execute(
        """INSERT INTO request_search (id, tsv) VALUES ($1, $2::text::tsvector)
           ON CONFLICT (id) DO UPDATE SET tsv = excluded.tsv""",
        request.id,
        vector(request, names),
    )


def vector(request: EnterpriseRequest, names: tuple[str | None, str | None]) -> str:
    """The title weighs most, then who asks, then all the rest."""
    known = [name for name in names if name]
    return lexemes.vector(
        [
            ("A", request.title),
            *(("B", name) for name in known),
            ("C", request.place or ""),
            ("D", request.problem),
        ],
        initials_of=(request.title, *known[:1]),
    )


async def not_indexed(conn: Connection, *, limit: int) -> list[UUID]:
    """Open requests that search does not know yet: their cards are older than search."""
    records = await conn.fetch(
        """SELECT c.id FROM request_card c LEFT JOIN request_search s ON s.id = c.id
           WHERE s.id IS NULL ORDER BY c.id LIMIT $1""",
        limit,
    )
    return [record["id"] for record in records]
