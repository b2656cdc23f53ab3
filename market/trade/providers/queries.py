"""The SQL of public pages, one statement each, and of members' consents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.base.errors import NotFound
from market.trade.catalogue.cards import Listed
from market.trade.providers.model import (
    Delivered,
    ExpertLine,
    ExpertPage,
    Profile,
    ProviderPage,
    ShownQualification,
    Work,
)
from market.trade.reviews.model import ShownReview, averages


async def find_provider(conn: Connection, unit_id: UUID) -> ProviderPage:
    """NotFound unless it is a unit that is still there."""
    record = await conn.fetchrow(
        """WITH work AS MATERIALIZED (SELECT kind, title_zh, title_en, accepted_in
                                      FROM delivered_work($1, NULL)),
                review AS MATERIALIZED (SELECT id, kind, quality, punctuality, communication,
                                               comment, answer, written_on
                                        FROM shown_reviews($1))
           SELECT u.id, u.name_zh, u.name_en, u.region, u.level,
                  ARRAY(SELECT DISTINCT kind FROM offering_card WHERE unit_id = $1 ORDER BY kind),
                  (SELECT count(*) FROM offering_card WHERE unit_id = $1),
                  ARRAY(SELECT item FROM offering_card WHERE unit_id = $1
                        ORDER BY published_at DESC, id DESC LIMIT 20),
                  (SELECT coalesce(jsonb_agg(e ORDER BY e.id), '[]') FROM (
                       SELECT m.id, m.kind, m.name, m.trade,
                              ARRAY(SELECT DISTINCT q.level FROM shown_qualifications(m.id) q
                                    WHERE q.level IS NOT NULL ORDER BY q.level) AS levels
                       FROM shown_members() m WHERE m.unit_id = $1 ORDER BY m.id LIMIT 100) AS e),
                  (SELECT coalesce(jsonb_agg(d ORDER BY d.kind), '[]') FROM (
                       SELECT kind, count(*) AS contracts FROM work GROUP BY kind) AS d),
                  (SELECT coalesce(jsonb_agg(w), '[]') FROM (
                       SELECT kind, title_zh, title_en, accepted_in FROM work
                       ORDER BY accepted_in DESC, title_zh LIMIT 20) AS w),
                  (SELECT ARRAY[count(*), coalesce(sum(quality), 0),
                                coalesce(sum(punctuality), 0), coalesce(sum(communication), 0)]
                   FROM review),
                  (SELECT coalesce(jsonb_agg(r), '[]') FROM (
                       SELECT id, kind, quality, punctuality, communication, comment, answer,
                              written_on FROM review ORDER BY id DESC LIMIT 20) AS r)
           FROM organisation u
           WHERE u.id = $1 AND u.kind = 'unit'
             AND (u.closed_on IS NULL OR u.closed_on > market_today())""",
        unit_id,
    )
    if record is None:
        raise NotFound
    *unit, cards, experts, delivered, works, scores, reviews = record
    shown = [
        _listed(cards),
        msgspec.convert(experts, list[ExpertLine]),
        msgspec.convert(delivered, list[Delivered]),
        msgspec.convert(works, list[Work]),
        averages(*scores),
        msgspec.convert(reviews, list[ShownReview]),
    ]
    return ProviderPage(*[*unit, *shown])


async def find_expert(conn: Connection, member_id: UUID) -> ExpertPage:
    """NotFound unless the member may be shown."""
    record = await conn.fetchrow(
        """WITH work AS MATERIALIZED (
               SELECT w.kind, w.title_zh, w.title_en, w.accepted_in
               FROM shown_members() s CROSS JOIN LATERAL delivered_work(s.unit_id, s.id) w
               WHERE s.id = $1)
           SELECT m.id, m.kind, m.name, m.trade, u.id, u.name_zh, u.name_en,
                  (SELECT coalesce(jsonb_agg(q), '[]') FROM (
                       SELECT kind, level, issuer, issued_on, expires_on
                       FROM shown_qualifications($1) ORDER BY issued_on, kind) AS q),
                  ARRAY(SELECT item FROM offered_by_member($1)
                        ORDER BY published_at DESC LIMIT 20),
                  (SELECT coalesce(jsonb_agg(d ORDER BY d.kind), '[]') FROM (
                       SELECT kind, count(*) AS contracts FROM work GROUP BY kind) AS d),
                  (SELECT coalesce(jsonb_agg(w), '[]') FROM (
                       SELECT kind, title_zh, title_en, accepted_in FROM work
                       ORDER BY accepted_in DESC, title_zh LIMIT 20) AS w)
           FROM shown_members() m JOIN organisation u ON u.id = m.unit_id WHERE m.id = $1""",
        member_id,
    )
    if record is None:
        raise NotFound
    *member, qualifications, cards, delivered, works = record
    shown = [
        msgspec.convert(qualifications, list[ShownQualification]),
        _listed(cards),
        msgspec.convert(delivered, list[Delivered]),
        msgspec.convert(works, list[Work]),
    ]
    return ExpertPage(*[*member, *shown])


def _listed(cards: Sequence[Any]) -> list[Listed]:
    return [msgspec.json.decode(card, type=Listed) for card in cards]


async def count_own_qualifications(
    conn: Connection, member_id: UUID, qualification_ids: Sequence[UUID]
) -> int:
    """How many of the certificates are the member's and not withdrawn."""
    count: int = await conn.fetchval(
        """SELECT count(*) FROM qualification
           WHERE member_id = $1 AND id = ANY ($2) AND withdrawn_on IS NULL""",
        member_id,
        qualification_ids,
    )
    return count


async def find_profile(conn: Connection, actor: Actor, member_id: UUID) -> Profile:
    """To those who see the member on the register."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Profile, "f")} FROM member_profile f JOIN member m ON m.id = f.id
            WHERE f.id = $1 AND ($2::uuid[] IS NULL OR m.unit_id = ANY ($2) OR m.person_id = $3)""",
        member_id,
        actor.visible,
        actor.person_id,
    )
    return one(Profile, record)


async def keep_profile(
    conn: Connection, actor: Actor, member_id: UUID, qualification_ids: Sequence[UUID]
) -> Profile:
    record = await conn.fetchrow(
        f"""INSERT INTO member_profile (id, qualification_ids, agreed_by) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET qualification_ids = excluded.qualification_ids,
                agreed_at = market_now(), version = member_profile.version + 1
            RETURNING {columns(Profile)}""",
        member_id,
        qualification_ids,
        actor.person_id,
    )
    return one(Profile, record)


async def delete_profile(conn: Connection, member_id: UUID) -> Profile | None:
    record = await conn.fetchrow(
        f"DELETE FROM member_profile WHERE id = $1 RETURNING {columns(Profile)}", member_id
    )
    return None if record is None else Profile(*record)
