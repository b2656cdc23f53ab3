"""A deal with a message of each side, and what the bidders' side has chosen to be told."""

from __future__ import annotations

from market.base.db import Connection
from tests.access.things import Ground, Things
from tests.world import catalogue, deals


async def make(conn: Connection, ground: Ground, things: Things) -> None:
    buyer, clerk = ground.cast.buyer, ground.cast.clerk
    deal = await deals.opened(conn, ground.unit, buyer)
    things.ids["deal"] = deal.id
    plan = await catalogue.stored_file(conn, clerk)
    things.ids["message"] = (await deals.said(conn, buyer, deal)).id
    things.ids["reply"] = (await deals.said(conn, clerk, deal, "下周三可以。", plan)).id
