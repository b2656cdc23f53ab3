"""The SQL of deals. Both sides see a deal, and the units above the unit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, Record, columns, one
from market.trade.deals.model import (
    Attachment,
    Deal,
    DealRow,
    Message,
    NewDeal,
    Place,
)

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
LATEST: Final = 4_102_444_800_000_000
# Whoever bids himself on the same enterprise request hears nothing of his rival's, on neither side.
NO_RIVALS: Final = "NOT tells_of_a_rival(topic, topic_id)"


async def insert_deal(conn: Connection, actor: Actor, new: NewDeal) -> DealRow | None:
    """None when the deal is there already."""
    record = await conn.fetchrow(
        f"""INSERT INTO deal (topic, topic_id, enterprise_id, unit_id, title, opened_by)
            VALUES ($1, $2, $3, $4, left($5, 200), $6)
            ON CONFLICT DO NOTHING RETURNING {columns(DealRow)}""",
        new.topic,
        new.topic_id,
        new.enterprise_id,
        new.unit_id,
        new.title,
        actor.person_id,
    )
    return DealRow(*record) if record else None


async def deal_about(conn: Connection, actor: Actor, new: NewDeal) -> Deal:
    record = await conn.fetchrow(
        """SELECT id FROM deal
           WHERE topic = $1 AND topic_id = $2 AND enterprise_id = $3 AND unit_id = $4""",
        new.topic,
        new.topic_id,
        new.enterprise_id,
        new.unit_id,
    )
    assert record is not None, "it was there or has just been inserted"
    return await find_deal(conn, actor, record["id"])


async def find_deal(conn: Connection, actor: Actor, deal_id: UUID) -> Deal:
    """NotFound to whoever is on neither side."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Deal)} FROM deal_as_seen
            WHERE id = $1 AND ($2::uuid[] IS NULL
                OR (enterprise_id = ANY ($2) OR unit_id = ANY ($2)) AND {NO_RIVALS})""",
        deal_id,
        actor.visible,
    )
    return one(Deal, record)


async def deals_of(
    conn: Connection, actor: Actor, *, before: Place | None, limit: int
) -> list[Deal]:
    """Those of the actor's scope, the last active first; marks are read of the page alone."""
    start = before or Place(LATEST, UUID(int=2**128 - 1))
    records = await conn.fetch(
        f"""WITH page AS (
                SELECT id FROM deal
                WHERE ($1::uuid[] IS NULL
                       OR (enterprise_id = ANY ($1) OR unit_id = ANY ($1)) AND {NO_RIVALS})
                  AND (active_at, id) < ($2, $3)
                ORDER BY active_at DESC, id DESC LIMIT $4)
            SELECT {columns(Deal, "d")} FROM page p JOIN deal_as_seen d ON d.id = p.id
            ORDER BY d.active_at DESC, d.id DESC""",
        actor.visible,
        EPOCH + start.active * MICROSECOND,
        start.id,
        limit,
    )
    return [Deal(*record) for record in records]


def place_of(deal: Deal) -> Place:
    return Place((deal.active_at - EPOCH) // MICROSECOND, deal.id)


async def lock_deal(conn: Connection, actor: Actor, deal_id: UUID) -> DealRow:
    record = await conn.fetchrow(
        f"""SELECT {columns(DealRow)} FROM deal
            WHERE id = $1 AND ($2::uuid[] IS NULL
                OR (enterprise_id = ANY ($2) OR unit_id = ANY ($2)) AND {NO_RIVALS})
            FOR UPDATE""",
        deal_id,
        actor.visible,
    )
    return one(DealRow, record)


async def count_files(conn: Connection, actor: Actor, file_ids: list[UUID]) -> tuple[int, int]:
    """How many of the files the actor's own organisation reads; how many are sealed."""
    record = await conn.fetchrow(
        """SELECT count(*), count(*) FILTER (WHERE waits_for_opening(file_id)) FROM file_reader
           WHERE organisation_id = $1 AND file_id = ANY ($2)""",
        actor.organisation_id,
        file_ids,
    )
    assert record is not None, "an aggregate has a row"
    return record[0], record[1]


async def share_files(conn: Connection, deal: DealRow, file_ids: list[UUID]) -> None:
    """Both sides read them from now on."""
    await conn.execute(
        """INSERT INTO file_reader (file_id, organisation_id)
           SELECT file_id, organisation_id
           FROM unnest($1::uuid[]) AS file_id, unnest($2::uuid[]) AS organisation_id
           ON CONFLICT DO NOTHING""",
        file_ids,
        list(deal.sides),
    )


async def insert_message(
    conn: Connection, actor: Actor, deal: DealRow, body: str
) -> tuple[DealRow, UUID]:
    """Write the next message; the deal as it is after it."""
    message_id: UUID = await conn.fetchval(
        """INSERT INTO deal_message (deal_id, number, organisation_id, author_id, body)
           VALUES ($1, $2, $3, $4, $5) RETURNING id""",
        deal.id,
        deal.messages + 1,
        actor.organisation_id,
        actor.person_id,
        body,
    )
    record = await conn.fetchrow(
        f"""UPDATE deal SET messages = messages + 1, active_at = market_now(),
                   version = version + 1
            WHERE id = $1 RETURNING {columns(DealRow)}""",
        deal.id,
    )
    return one(DealRow, record), message_id


async def attach_files(conn: Connection, message_id: UUID, file_ids: list[UUID]) -> None:
    """In their order; a statement after the message's own, which does not see its row yet."""
    await conn.execute(
        """INSERT INTO deal_attachment (message_id, position, file_id)
           SELECT $1, position, file_id
           FROM unnest($2::uuid[]) WITH ORDINALITY AS given (file_id, position)""",
        message_id,
        file_ids,
    )


async def messages_of(
    conn: Connection, actor: Actor, deal_id: UUID, *, before: int | None, limit: int
) -> list[Message]:
    """The newest first; before a number when one is given."""
    records = await conn.fetch(
        f"""SELECT m.id, m.number, m.organisation_id, m.author_id, a.name, m.body, m.sent_at,
                  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name,
                              'media_type', f.media_type, 'size_bytes', f.size_bytes)
                              ORDER BY t.position), '[]')
                   FROM deal_attachment t JOIN file f ON f.id = t.file_id
                   WHERE t.message_id = m.id) AS attachments
           FROM deal_message m
           JOIN deal d ON d.id = m.deal_id
           JOIN authors_of_deal($1) AS a ON a.id = m.author_id
           WHERE m.deal_id = $1 AND ($2::uuid[] IS NULL
                OR (d.enterprise_id = ANY ($2) OR d.unit_id = ANY ($2)) AND {NO_RIVALS})
             AND ($3::integer IS NULL OR m.number < $3)
           ORDER BY m.number DESC LIMIT $4""",
        deal_id,
        actor.visible,
        before,
        limit,
    )
    return [_message(record) for record in records]


def _message(record: Record) -> Message:
    attachments = msgspec.convert(record["attachments"], list[Attachment])
    return Message(*(*record[:-1], attachments))


async def set_read_mark(conn: Connection, actor: Actor, deal_id: UUID, number: int) -> None:
    """Forward only."""
    await conn.execute(
        """INSERT INTO deal_read_mark AS k (deal_id, person_id, organisation_id, number)
           VALUES ($1, $2, $3, $4)
           ON CONFLICT (deal_id, person_id, organisation_id) DO UPDATE
           SET number = excluded.number, read_at = excluded.read_at
           WHERE k.number < excluded.number""",
        deal_id,
        actor.person_id,
        actor.organisation_id,
        number,
    )
