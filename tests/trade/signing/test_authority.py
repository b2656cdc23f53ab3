"""What an authority to sign covers: its kinds, its ceiling and its days, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import pytest

from market.base import clock, db
from market.base.access import Role
from market.base.db import Connection
from market.identity.authorities import operations as authorities
from market.trade.signing import model, queries
from market.trade.signing.model import Authority
from tests.world import contracts, identity
from tests.world.contracts import Cast

FROM: Final = date(2026, 3, 1)
UNTIL: Final = date(2026, 3, 31)
PAPER: Final = Authority(
    id=UUID(int=1),
    kinds=["service", "training"],
    ceiling_minor=86_000_00,
    currency="CNY",
    from_on=FROM,
    to_on=UNTIL,
)


@pytest.mark.parametrize(
    ("changes", "on", "missing"),
    [
        ({}, FROM, None),
        ({}, UNTIL, None),
        ({}, FROM - timedelta(days=1), "it is not valid today"),
        ({}, UNTIL + timedelta(days=1), "it is not valid today"),
        ({"kind": "transfer"}, FROM, "it excludes contracts of transfer"),
        ({"total_minor": 86_000_01}, FROM, "its ceiling of 86,000.00 is below the total"),
        ({"currency": "USD"}, FROM, "its ceiling is in CNY, the contract in USD"),
    ],
)
async def test_it_covers_its_kinds_its_ceiling_and_its_days_only(
    conn: Connection, people: Cast, changes: dict[str, Any], on: date, missing: str | None
) -> None:
    deal = await contracts.ordered(conn, people)
    lack = model.lack_of(PAPER, msgspec.structs.replace(deal.contract, **changes), on)
    assert (lack is None) if missing is None else (lack is not None and missing in lack.en)


async def test_a_legal_representative_signs_anything(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people)
    anything = Authority(UUID(int=1), None, None, None, FROM, None)
    assert model.lack_of(anything, deal.contract, await clock.today(conn)) is None


async def test_what_counts_is_confirmed_and_for_that_organisation_the_widest_first(
    conn: Connection, people: Cast
) -> None:
    unit, person = people.unit, await identity.person(conn, people.unit, Role.SIGNATORY)
    for ceiling_minor in (10_000_00, 90_000_00, 50_000_00):
        await contracts.authorise(conn, unit, person, ceiling_minor=ceiling_minor)
    await contracts.authorise(conn, unit, person)
    elsewhere = await identity.unit(conn)
    await identity.also(conn, person, elsewhere, Role.SIGNATORY)
    await contracts.authorise(conn, elsewhere, person, ceiling_minor=70_000_00)

    async def ceilings() -> list[int | None]:
        async with db.look(conn, person):
            held = await queries.authorities_of(conn, person.person_id, unit.id)
        return [authority.ceiling_minor for authority in held]

    assert await ceilings() == [None, 90_000_00, 50_000_00, 10_000_00]
    first, _ = await identity.two_administrators(conn)
    async with db.look(conn, person):
        widest = (await queries.authorities_of(conn, person.person_id, unit.id))[0]
    await authorities.revoke_authority(conn, first, widest.id, "授权收回")
    assert await ceilings() == [90_000_00, 50_000_00, 10_000_00]
