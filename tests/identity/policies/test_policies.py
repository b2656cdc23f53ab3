"""Policies: proposed by one, approved by another, in force from a day to come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from market.base import clock, policies
from market.base.access import MakerCannotApprove, Role
from market.base.db import Connection
from market.base.moves import WrongMove
from market.identity.policies import operations
from market.identity.policies.model import (
    AnotherShape,
    NotYoursToDecide,
    NotYoursToPropose,
    PolicyInThePast,
    Proposal,
    UnknownPolicy,
)
from tests.identity.conftest import Market
from tests.world import identity as world

TEXTS = {"terms_zh": "条款", "terms_en": "Terms", "privacy_zh": "规则", "privacy_en": "Notice"}
NEXT = {"terms": "2027-01", "privacy": "2026-01", **TEXTS}


async def proposal(
    conn: Connection, *, days: int = 1, name: str = "consent_documents", **body: Any
) -> Proposal:
    day = await clock.today(conn) + timedelta(days=days)
    return Proposal(name=name, effective_on=day, body=body or NEXT, source="理事会决议")


async def test_a_version_counts_from_its_day_once_another_person_approved_it(
    conn: Connection,
) -> None:
    await world.root(conn)
    first, second = await world.two_administrators(conn)
    proposed = await operations.propose_policy(conn, first, await proposal(conn))
    day = proposed.effective_on
    assert (await policies.current(conn, "consent_documents", on=day)).number == 2

    with pytest.raises(MakerCannotApprove):
        await operations.approve_policy(conn, first, proposed.id)
    approved = await operations.approve_policy(conn, second, proposed.id)
    assert await operations.approve_policy(conn, second, proposed.id) == approved

    before = await policies.current(conn, "consent_documents", on=day - timedelta(days=1))
    after = await policies.current(conn, "consent_documents", on=day)
    assert (before.number, after.number, after.body) == (2, 3, NEXT)


async def test_a_rejected_version_never_counts_and_its_number_stays_used(
    conn: Connection,
) -> None:
    await world.root(conn)
    first, second = await world.two_administrators(conn)
    proposed = await operations.propose_policy(conn, first, await proposal(conn))
    await operations.reject_policy(conn, second, proposed.id)

    with pytest.raises(WrongMove):
        await operations.approve_policy(conn, second, proposed.id)
    current = await policies.current(conn, "consent_documents", on=proposed.effective_on)
    assert current.number == 2
    assert (await operations.propose_policy(conn, first, await proposal(conn))).number == 4


async def test_yesterdays_figures_stay_as_they_were_computed(market: Market) -> None:
    conn = market.conn
    await world.root(conn)
    first, second = await world.two_administrators(conn)
    with pytest.raises(PolicyInThePast):
        await operations.propose_policy(conn, first, await proposal(conn, days=0))

    proposed = await operations.propose_policy(conn, first, await proposal(conn))
    await market.pass_time(days=1)
    with pytest.raises(PolicyInThePast):
        await operations.approve_policy(conn, second, proposed.id)


@pytest.mark.parametrize(
    "body",
    [{"terms": "2027-01"}, {**NEXT, "more": 1}, {**NEXT, "terms": 2027}],
    ids=["a field less", "a field more", "another kind"],
)
async def test_a_version_has_the_shape_of_the_one_before(
    conn: Connection, body: dict[str, Any]
) -> None:
    await world.root(conn)
    first, _ = await world.two_administrators(conn)

    with pytest.raises(AnotherShape):
        await operations.propose_policy(conn, first, await proposal(conn, **body))


async def test_only_rules_that_the_market_knows_are_proposed(conn: Connection) -> None:
    await world.root(conn)
    first, _ = await world.two_administrators(conn)

    with pytest.raises(UnknownPolicy):
        await operations.propose_policy(conn, first, await proposal(conn, name="free_beer"))


async def test_rules_for_all_are_the_top_units(conn: Connection) -> None:
    unit = await world.unit(conn)
    first, _ = await world.two_administrators(conn)
    leader = await world.person(conn, unit, Role.LEADER)
    top_leader = await world.person(conn, await world.root(conn), Role.LEADER)

    with pytest.raises(NotYoursToPropose):
        await operations.propose_policy(conn, leader, await proposal(conn))
    proposed = await operations.propose_policy(conn, first, await proposal(conn))
    with pytest.raises(NotYoursToDecide):
        await operations.approve_policy(conn, leader, proposed.id)
    assert (await operations.approve_policy(conn, top_leader, proposed.id)).state == "approved"
