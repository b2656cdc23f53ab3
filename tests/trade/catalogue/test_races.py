"""Many at once on one offering: one takes effect, the rest get its answer or a conflict."""

from __future__ import annotations

import asyncio

from market.base import db
from market.base.access import Actor, Role
from market.base.db import Connection, Pool
from market.base.errors import Conflict
from market.trade.catalogue import operations, queries, reviewing
from market.trade.catalogue.model import Offering
from tests.world import catalogue, identity


async def test_of_many_reviews_at_once_one_publishes(pool: Pool) -> None:
    async with db.lease(pool) as conn:
        unit = await identity.unit(conn)
        drafter = await identity.person(conn, unit, Role.MEMBER)
        reviewers = [await identity.person(conn, unit, Role.TECH_REVIEWER) for _ in range(2)]
        offering = await catalogue.drafted_offering(conn, unit, drafter)
        await operations.submit_offering(conn, drafter, offering.id)

    async def review(reviewer: Actor) -> Offering | Conflict:
        async def attempt(conn: Connection) -> Offering:
            return await reviewing.review_offering(conn, reviewer, offering.id, catalogue.PASS)

        try:
            return await db.retrying(pool, attempt)
        except Conflict as lost:
            return lost

    answers = await asyncio.gather(*(review(reviewer) for reviewer in reviewers * 20))
    won = [answer for answer in answers if isinstance(answer, Offering)]
    assert len(won) == 20
    assert all(answer == won[0] for answer in won)
    async with db.lease(pool) as conn, db.look(conn, drafter):
        versions = await queries.versions_of(conn, drafter, offering.id, before=None, limit=10)
        reviews = await queries.reviews_of(conn, drafter, offering.id, before=None, limit=10)
    assert [version.number for version in versions] == [1]
    assert len(reviews) == 1
