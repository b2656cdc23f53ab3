"""A person goes while somebody approves a role of his."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from uuid import UUID

from market.base import db
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Pool
from market.base.errors import MarketError
from market.identity.erasure import operations as erasure
from market.identity.roles import operations as roles
from market.identity.roles.model import NewGrant
from tests.world import identity as world

PAIRS = 6


async def test_approving_a_grant_and_erasing_its_holder_wait_for_each_other(pool: Pool) -> None:
    """Neither is retried: of two that lock in different orders, one would be a deadlock."""
    async with db.lease(pool) as conn:
        unit = await world.unit(conn)
        proposer, approver = await world.two_administrators(conn)
        people = [await world.person(conn, unit, Role.CLERK) for _ in range(PAIRS)]
        grants = []
        for person in people:
            wish = NewGrant(person_id=person.person_id, organisation_id=unit.id, role=Role.FINANCE)
            grants.append(await roles.grant_role(conn, proposer, wish))

    async def approve(grant_id: UUID) -> None:
        async with db.lease(pool) as conn:
            await roles.approve_grant(conn, approver, grant_id)

    async def erase(person: Actor) -> None:
        async with db.lease(pool) as conn:
            await erasure.erase_person(conn, person, person.person_id)

    together: list[Coroutine[None, None, None]] = []
    for turn, (person, grant) in enumerate(zip(people, grants, strict=True)):
        both = [approve(grant.id), erase(person)]
        together += both if turn % 2 else reversed(both)
    answers = await asyncio.gather(*together, return_exceptions=True)

    faults = [answer for answer in answers if answer is not None]
    assert all(isinstance(fault, MarketError) for fault in faults), faults
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        left = await conn.fetchval(
            """SELECT count(*) FROM role_grant g JOIN person p ON p.id = g.person_id
               WHERE p.id = ANY ($1) AND (p.state <> 'erased'
                   OR g.state IN ('proposed', 'approved') AND g.to_on IS NULL)""",
            [person.person_id for person in people],
        )
    assert left == 0
