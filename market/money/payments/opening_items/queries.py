"""The SQL of open items and what pays them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns
from market.money.payments.opening_items.model import ItemGiven, OpeningItem


async def lock_items(conn: Connection, actor: Actor, item_ids: Sequence[UUID]) -> list[OpeningItem]:
    """Of books that have begun, by id; what the actor does not see is left out."""
    if not item_ids:
        return []
    records = await conn.fetch(
        f"""SELECT {columns(OpeningItem)} FROM opening_item
            WHERE id = ANY ($1) AND ($2::uuid[] IS NULL OR books_unit_id = ANY ($2))
              AND opening_balance_id IN (SELECT id FROM opening_balance WHERE state = 'approved')
            ORDER BY id FOR NO KEY UPDATE""",
        item_ids,
        actor.visible,
    )
    return [OpeningItem(*record) for record in records]


async def pay(
    conn: Connection,
    given: Sequence[ItemGiven],
    *,
    match_id: UUID,
    currency: str,
    received_on: date,
) -> None:
    """The items are locked, and as much is open on them."""
    await conn.execute(
        """WITH paid AS (
               INSERT INTO opening_allocation (opening_item_id, match_id, amount_minor,
                   charge_minor, currency, received_on)
               SELECT g.item_id, $4, g.amount_minor, g.charge_minor, $5, $6
               FROM unnest($1::uuid[], $2::bigint[], $3::bigint[])
                   AS g (item_id, amount_minor, charge_minor)
               RETURNING opening_item_id, amount_minor + charge_minor AS counted_minor)
           UPDATE opening_item i SET paid_minor = i.paid_minor + p.counted_minor
           FROM paid p WHERE i.id = p.opening_item_id""",
        [one.opening_item_id for one in given],
        [one.amount_minor for one in given],
        [one.charge_minor for one in given],
        match_id,
        currency,
        received_on,
    )


async def take_back(conn: Connection, match_id: UUID, on: date) -> None:
    """All that the match paid is open again; its items are locked."""
    await conn.execute(
        """WITH taken AS (
               UPDATE opening_allocation SET taken_back_on = $2
               WHERE match_id = $1 AND taken_back_on IS NULL
               RETURNING opening_item_id, amount_minor + charge_minor AS counted_minor)
           UPDATE opening_item i SET paid_minor = i.paid_minor - t.counted_minor
           FROM taken t WHERE i.id = t.opening_item_id""",
        match_id,
        on,
    )


async def charges_of(conn: Connection, item_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What banks kept of the payments of these items, as far as it still counts."""
    records = await conn.fetch(
        """SELECT opening_item_id, sum(charge_minor)::bigint FROM opening_allocation
           WHERE opening_item_id = ANY ($1) AND taken_back_on IS NULL GROUP BY opening_item_id""",
        item_ids,
    )
    return dict(tuple(record) for record in records)


async def last_taken_back(conn: Connection, item_ids: Sequence[UUID]) -> dict[UUID, date]:
    """When money was taken back from each last, if it ever was."""
    records = await conn.fetch(
        """SELECT opening_item_id, max(taken_back_on) FROM opening_allocation
           WHERE opening_item_id = ANY ($1) AND taken_back_on IS NOT NULL
           GROUP BY opening_item_id""",
        item_ids,
    )
    return dict(tuple(record) for record in records)
