"""Who stands on another side as well: whoever acts may ask, whatever of its rows he sees."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from market.base.access import Actor, BothSides, require
from market.base.db import Connection


async def holds_role_in_any(
    conn: Connection, person_id: UUID, organisation_ids: Collection[UUID | None]
) -> bool:
    """Whether the person holds a role at one of these very organisations today."""
    holds: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM unnest($2::uuid[]) AS o (id)
                          WHERE holds_role_in($1, o.id))""",
        person_id,
        organisation_ids,
    )
    return holds


async def require_none_at(conn: Connection, actor: Actor, others: Collection[UUID]) -> None:
    """Who acts for one side holds no role at these today. Raises BothSides."""
    require(not await holds_role_in_any(conn, actor.person_id, others), BothSides)
