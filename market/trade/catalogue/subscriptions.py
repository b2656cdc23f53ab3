"""What the catalogue does when a room below it changes.

A right that is no longer settled takes its offerings out of the public's sight; a unit that is
called differently is shown so on its cards.
"""

from __future__ import annotations

from typing import Final

from market.base import clock, db
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.base.events import Event, Job, Subscriptions
from market.trade.catalogue import indexing, operations, queries
from market.trade.rights import model as rights
from market.trade.rights import queries as rights_queries

REASON: Final = (
    "所指知识产权失效、有争议或权利人撤回同意，系统暂停展示。"
    "Suspended by the system: the right lapsed, is disputed, or lost an owner's consent."
)


async def suspend_offerings_of_right(conn: Connection, event: Event) -> None:
    """Suspend what is published of the right, unless it was settled again meanwhile.

    A second run finds nothing to do.
    """
    right = await rights_queries.share_right(conn, SYSTEM, event.subject_id)
    if rights.is_settled(right, await clock.today(conn)):
        return
    for offering_id in await queries.published_of_right(conn, event.subject_id):
        await operations.suspend_offering(conn, SYSTEM, offering_id, REASON)


async def redraw_cards_of_unit(conn: Connection, event: Event) -> None:
    for offering_id in await queries.published_of_unit(conn, event.subject_id):
        await operations.redraw_card(conn, SYSTEM, offering_id)


async def index_what_is_missing(pool: Pool) -> None:
    """Let search find what was published before it, each offering in an act of its own."""
    async with db.lease(pool) as conn:
        for offering_id in await indexing.not_indexed(conn, limit=INDEXED_AT_ONCE):
            await operations.redraw_card(conn, SYSTEM, offering_id)


async def refresh_levels(pool: Pool) -> None:
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        await indexing.refresh_levels(conn)


INDEXED_AT_ONCE: Final = 1000

# When (cron, UTC), and what.
PERIODIC: Final = {
    "catalogue.index_what_is_missing": ("*/10 * * * *", index_what_is_missing),
    "catalogue.refresh_levels": ("23 16 * * *", refresh_levels),
}
JOBS: Final[dict[str, Job]] = {
    "catalogue.suspend_offerings_of_right": suspend_offerings_of_right,
    "catalogue.redraw_cards_of_unit": redraw_cards_of_unit,
}
SUBSCRIPTIONS: Final[Subscriptions] = {
    "right.lapsed": ("catalogue.suspend_offerings_of_right",),
    "right.disputed": ("catalogue.suspend_offerings_of_right",),
    "right.consent_withdrawn": ("catalogue.suspend_offerings_of_right",),
    "organisation.edited": ("catalogue.redraw_cards_of_unit",),
}
