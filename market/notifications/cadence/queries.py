"""The SQL of cadences, and who has not read what."""

from __future__ import annotations

from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.base.errors import Language
from market.notifications.cadence.model import (
    Addressee,
    Cadence,
    Find,
    NoticeSetting,
    NoticeTopic,
    Seeker,
    UnreadDeal,
)


async def settings_of(conn: Connection, actor: Actor) -> list[NoticeSetting]:
    records = await conn.fetch(
        f"SELECT {columns(NoticeSetting)} FROM notice_setting WHERE person_id = $1 ORDER BY topic",
        actor.person_id,
    )
    return [NoticeSetting(*record) for record in records]


async def set_cadence(
    conn: Connection, actor: Actor, topic: NoticeTopic, cadence: Cadence
) -> NoticeSetting:
    record = await conn.fetchrow(
        f"""INSERT INTO notice_setting AS s (person_id, topic, cadence) VALUES ($1, $2, $3)
            ON CONFLICT (person_id, topic) DO UPDATE
            SET cadence = excluded.cadence, version = s.version + 1
            RETURNING {columns(NoticeSetting, "s")}""",
        actor.person_id,
        topic,
        cadence,
    )
    return one(NoticeSetting, record)


async def addressees_of(conn: Connection, message_id: UUID) -> list[Addressee]:
    """The other side's people who have not read the message yet."""
    records = await conn.fetch(
        f"""SELECT {columns(Addressee, "u")}
            FROM (SELECT p.id AS person_id, p.name, p.email, p.language, d.title,
                         coalesce(s.cadence, 'at_once') AS cadence,
                         NOT EXISTS (
                             SELECT FROM deal_message e
                             WHERE e.deal_id = d.id AND e.organisation_id <> a.organisation_id
                               AND e.number > k.read AND e.number < m.number) AS reads
                  FROM deal_message m
                  JOIN deal d ON d.id = m.deal_id
                  JOIN LATERAL audience_of_deal(d.id) AS a
                      ON a.organisation_id <> m.organisation_id
                  JOIN person p ON p.id = a.person_id AND p.id <> m.author_id
                                   AND p.state = 'active' AND p.email IS NOT NULL
                  CROSS JOIN LATERAL (
                      SELECT coalesce(max(k.number), 0) AS read FROM deal_read_mark k
                      WHERE k.deal_id = d.id AND k.person_id = p.id) AS k
                  LEFT JOIN notice_setting s ON s.person_id = p.id AND s.topic = 'deal_messages'
                  WHERE m.id = $1 AND k.read < m.number) AS u
            ORDER BY u.person_id""",
        message_id,
    )
    return [Addressee(*record) for record in records]


async def keep_waiting(
    conn: Connection, topic: NoticeTopic, people: list[UUID], subject_id: UUID
) -> None:
    """For their next daily letters; a second time changes nothing."""
    await conn.execute(
        """INSERT INTO waiting_notice (person_id, topic, subject_id)
           SELECT person_id, $1, $3 FROM unnest($2::uuid[]) AS person_id
           ON CONFLICT DO NOTHING""",
        topic,
        people,
        subject_id,
    )


async def take_unread(conn: Connection) -> list[UnreadDeal]:
    """Take all messages that wait; those that are still unread by whom they still concern."""
    records = await conn.fetch(
        f"""WITH taken AS (
                DELETE FROM waiting_notice WHERE topic = 'deal_messages'
                RETURNING id, person_id, subject_id)
            SELECT {columns(UnreadDeal, "u")}
            FROM (SELECT p.id AS person_id, p.name, p.email, p.language, d.title,
                         count(*) AS unread, max(t.id) AS last
                  FROM taken t
                  JOIN person p ON p.id = t.person_id AND p.state = 'active'
                                   AND p.email IS NOT NULL
                  JOIN deal_message m ON m.id = t.subject_id
                  JOIN deal d ON d.id = m.deal_id
                  WHERE m.number > coalesce((SELECT max(k.number) FROM deal_read_mark k
                                             WHERE k.deal_id = d.id AND k.person_id = p.id), 0)
                    AND EXISTS (SELECT FROM audience_of_deal(d.id) AS a
                                WHERE a.person_id = p.id
                                  AND a.organisation_id <> m.organisation_id)
                    AND NOT EXISTS (SELECT FROM notice_setting s
                                    WHERE s.person_id = p.id AND s.topic = 'deal_messages'
                                      AND s.cadence = 'never')
                  GROUP BY p.id, d.id) AS u
            ORDER BY u.person_id, u.title, u.last"""
    )
    return [UnreadDeal(*record) for record in records]


async def seekers(conn: Connection, people: list[UUID]) -> list[Seeker]:
    records = await conn.fetch(
        """SELECT p.id, p.name, p.email, p.language, coalesce(s.cadence, 'at_once')
           FROM person p
           LEFT JOIN notice_setting s ON s.person_id = p.id AND s.topic = 'saved_searches'
           WHERE p.id = ANY ($1) AND p.state = 'active' AND p.email IS NOT NULL
           ORDER BY p.id""",
        people,
    )
    return [Seeker(*record) for record in records]


async def title_of(conn: Connection, subject_id: UUID, language: Language) -> str:
    """Of something published; a request's is in one language."""
    title: str = await conn.fetchval(
        """SELECT coalesce(item->>'title', CASE $2 WHEN 'en' THEN item->>'title_en'
                                           ELSE item->>'title_zh' END)
           FROM (SELECT convert_from(item, 'UTF8')::jsonb AS item FROM offering_card WHERE id = $1
                 UNION ALL
                 SELECT convert_from(item, 'UTF8')::jsonb FROM request_card WHERE id = $1) AS card
        """,
        subject_id,
        language,
    )
    return title


async def take_finds(conn: Connection) -> list[Find]:
    """Take all finds that wait; those that are still published and wanted."""
    records = await conn.fetch(
        f"""WITH taken AS (
                DELETE FROM waiting_notice WHERE topic = 'saved_searches'
                RETURNING id, person_id, subject_id
            ), card AS (
                SELECT c.id, convert_from(c.item, 'UTF8')::jsonb AS item FROM offering_card c
                WHERE c.id IN (SELECT subject_id FROM taken)
                UNION ALL
                SELECT c.id, convert_from(c.item, 'UTF8')::jsonb FROM request_card c
                WHERE c.id IN (SELECT subject_id FROM taken) AND c.deadline > market_now())
            SELECT {columns(Find, "u")}
            FROM (SELECT p.id AS person_id, p.name, p.email, p.language,
                         coalesce(c.item->>'title', c.item->>'title_zh') AS title_zh,
                         c.item->>'title_en' AS title_en, t.id AS last
                  FROM taken t JOIN card c ON c.id = t.subject_id
                  JOIN person p ON p.id = t.person_id AND p.state = 'active'
                                   AND p.email IS NOT NULL
                  WHERE EXISTS (SELECT FROM saved_search s JOIN search_hit h ON h.search_id = s.id
                                JOIN role_grant g USING (person_id, organisation_id)
                                WHERE s.person_id = p.id AND h.subject_id = t.subject_id
                                  AND g.state = 'approved'
                                  AND holds_on(market_today(), g.from_on, g.to_on))
                    AND NOT EXISTS (SELECT FROM notice_setting s
                                    WHERE s.person_id = p.id AND s.topic = 'saved_searches'
                                      AND s.cadence = 'never')) AS u
            ORDER BY u.person_id, u.last"""
    )
    return [Find(*record) for record in records]
