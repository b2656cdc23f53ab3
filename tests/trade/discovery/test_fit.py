"""What fits comes first, says why in whole numbers, and comes in the same order each time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import pytest
from msgspec import structs

from market.base import db
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.policies import Policy
from market.identity.organisations.model import Organisation
from market.trade.discovery.fit import operations
from market.trade.discovery.fit.model import Candidate, FittingRequest, Rules, scored
from tests.trade.enterprise_requests.conftest import conn
from tests.world import catalogue, identity, requests

__all__ = ["conn"]


class Cast(NamedTuple):
    unit: Organisation
    clerk: Actor
    buyer: Actor
    stranger: Actor


@pytest.fixture(scope="module")
async def cast(own_connection: Connection) -> Cast:
    unit = await identity.unit(own_connection)
    return Cast(
        unit,
        await identity.person(own_connection, unit, Role.CLERK),
        await identity.person(
            own_connection, await identity.enterprise(own_connection), Role.BUYER
        ),
        await identity.person(own_connection, await identity.unit(own_connection), Role.CLERK),
    )


async def fitting(conn: Connection, cast: Cast, limit: int = 20) -> list[FittingRequest]:
    async with db.act(conn, cast.clerk):
        return await operations.fitting_requests(conn, cast.clerk, cast.unit.id, limit=limit)


async def test_requests_that_fit_a_unit_come_best_first_and_explained(
    conn: Connection, cast: Cast
) -> None:
    await catalogue.published_offering(conn, cast.unit, title_zh="轧辊表面修复")
    far = await requests.opened(
        conn, cast.buyer, title="锅炉热效率评估", technical_field="energy_saving", industry="D44"
    )
    near = await requests.opened(conn, cast.buyer, title="轧辊修复")
    also = await requests.opened(conn, cast.buyer, title="夹具改造")
    await requests.opened(
        conn, cast.buyer, title="轧辊修复", secrecy="invited", invited=[cast.unit.id]
    )
    found = await fitting(conn, cast)
    assert [each.request.id for each in found] == [near.id, also.id]
    assert far.id not in [each.request.id for each in found]
    best = found[0]
    steps = {step.rule_id: step.values for step in best.explanation.steps}
    assert list(steps) == [f"fit.{each}" for each in PARTS]
    assert (
        steps["fit.words"]["part"]
        > {step.rule_id: step.values for step in found[1].explanation.steps}["fit.words"]["part"]
    )
    assert best.score == sum(each["weight"] * each["part"] for each in steps.values()) // 100
    assert [each.policy for each in best.explanation.sources] == ["fit", "skill_levels"]
    assert [each.request.id for each in await fitting(conn, cast, limit=1)] == [near.id]


async def test_equal_scores_go_by_the_newer_publication(conn: Connection, cast: Cast) -> None:
    await catalogue.published_offering(conn, cast.unit)
    made = [(await requests.opened(conn, cast.buyer, title="轧辊修复")).id for _ in range(3)]
    for _ in range(2):
        assert [each.request.id for each in await fitting(conn, cast)] == made[::-1]


async def test_offerings_that_fit_a_request_are_for_who_asks(conn: Connection, cast: Cast) -> None:
    unit = cast.unit
    dear = await catalogue.published_offering(
        conn, unit, title_zh="轧辊表面修复", price_minor=90_000_00
    )
    fair = await catalogue.published_offering(
        conn, unit, title_zh="轧辊表面修复", price_minor=60_000_00
    )
    draft = await requests.drafted(
        conn, cast.buyer, title="轧辊表面修复", budget_to_minor=60_000_00
    )
    async with db.act(conn, cast.buyer):
        found = await operations.fitting_offerings(conn, cast.buyer, draft.id, limit=9)
    order: list[UUID] = [each.offering.offering_id for each in found]
    assert order.index(fair.id) < order.index(dear.id)
    by_id = {each.offering.offering_id: each for each in found}
    assert by_id[fair.id].score - by_id[dear.id].score == 5
    async with db.act(conn, cast.stranger):
        with pytest.raises(NotFound):
            await operations.fitting_offerings(conn, cast.stranger, draft.id, limit=9)
        with pytest.raises(NotFound):
            await operations.fitting_requests(conn, cast.stranger, unit.id, limit=9)
    opened = await requests.opened(conn, cast.buyer)
    async with db.act(conn, cast.clerk):
        with pytest.raises(operations.NotTheAsker):
            await operations.fitting_offerings(conn, cast.clerk, opened.id, limit=9)


PARTS: Final = ("field", "words", "region", "level", "load", "price")
RULES: Final = Rules(
    Policy(
        UUID(int=1),
        "fit",
        None,
        1,
        date(2026, 1, 1),
        {
            "weights": dict.fromkeys(PARTS, 1),
            "field": {"field_and_kind": 100, "field": 60, "industry": 30},
            "region": {"same": 100, "city": 70, "province": 40},
            "contracts_a_member": 2,
            "unpriced": 50,
        },
        "规则",
    ),
    Policy(
        UUID(int=2),
        "skill_levels",
        None,
        1,
        date(2026, 1, 1),
        {"levels": [{"code": "junior"}, {"code": "senior"}]},
        "规则",
    ),
)
PERFECT: Final = Candidate(
    id=UUID(int=3),
    item=b"",
    published_at=datetime(2026, 1, 1, tzinfo=UTC),
    same_kind=True,
    same_field=True,
    same_industry=True,
    asked=3,
    shared=["修复", "轧辊", "表面"],
    request_region="510104",
    regions=["510104"],
    levels=["senior"],
    running=0,
    members=1,
    price_key=100,
    budget_to_minor=100,
    in_yuan=True,
)


@pytest.mark.parametrize(
    ("part", "parts"),
    [
        ({}, 100),
        ({"same_kind": False}, 60),
        ({"same_field": False}, 30),
        ({"same_field": False, "same_industry": False}, 0),
        ({"shared": ["修复"]}, 33),
        ({"shared": [], "asked": 0}, 0),
        ({"regions": ["110101", "510112"]}, 70),
        ({"regions": ["511200"]}, 40),
        ({"regions": []}, 0),
        ({"levels": ["junior", "unknown"]}, 50),
        ({"levels": []}, 0),
        ({"running": 1}, 50),
        ({"running": 3, "members": 0}, 0),
        ({"price_key": 150}, 50),
        ({"price_key": 10**12}, 0),
        ({"price_key": None}, 50),
        ({"price_key": 5, "budget_to_minor": 0}, 0),
        ({"in_yuan": False}, 50),
    ],
    ids=str,
)
def test_each_part_is_a_whole_percent(part: dict[str, Any], parts: int) -> None:
    found = scored(structs.replace(PERFECT, **part), RULES)
    assert sum(step.values["part"] for step in found.steps) == 500 + parts
    assert found.score == (500 + parts) // 6
