"""Saved searches for tests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from market.base import db
from market.base.access import SYSTEM, Actor
from market.base.db import Connection
from market.trade.discovery import operations, queries
from market.trade.discovery.model import NewSearch, SavedSearch


async def saved(conn: Connection, actor: Actor, **asked: Any) -> SavedSearch:
    """Checked as the door checks it."""
    given = {"name": "找一找", **asked}
    return await operations.save_search(
        conn, actor, msgspec.convert(msgspec.to_builtins(given), NewSearch)
    )


async def that_found(conn: Connection, actor: Actor, offering_id: UUID) -> UUID:
    """A saved search that the published offering fitted."""
    search = await saved(conn, actor, kind="service")
    async with db.act(conn, SYSTEM):
        await queries.match_offering(conn, offering_id)
    return search.id
