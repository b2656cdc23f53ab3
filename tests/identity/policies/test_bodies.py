"""What a policy says must make sense where it is proposed, and still where it is approved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from market.base import clock, db
from market.base.db import Connection
from market.base.errors import MarketError
from market.identity.policies import operations
from market.identity.policies.bodies import (
    BODIES,
    PolicyOutOfOrder,
    SenselessPolicy,
    WeighsNothing,
    check_sense,
)
from market.identity.policies.model import Proposal
from tests.world import identity as world

ALARMS = {"first_working_days": 7, "second_working_days": 3, "last_working_days": 1}
REMINDERS = {"friendly_working_days": 3, "formal_working_days": 10, "final_working_days": 20}
VAT = {
    "rates_ppm": {"general": 60_000, "small_scale": 10_000},
    "exemptions": {"vat.exempt.technology_transfer": {"classes": ["transfer"], "source": "财税"}},
}
FIT = {
    "weights": dict.fromkeys(("field", "words", "region", "level", "load", "price"), 0),
    "field": {"field_and_kind": 100, "field": 60, "industry": 30},
    "region": {"same": 100, "city": 70, "province": 40},
    "contracts_a_member": 2,
    "unpriced": 50,
}


@pytest.mark.parametrize(
    ("name", "body", "refusal", "pointer"),
    [
        ("chargeback_alarms", {**ALARMS, "first_working_days": 1}, PolicyOutOfOrder, "second"),
        ("chargeback_alarms", {**ALARMS, "last_working_days": -1}, SenselessPolicy, "last"),
        ("reminders", {**REMINDERS, "formal_working_days": 3}, PolicyOutOfOrder, "friendly"),
        ("reminders", {**REMINDERS, "friendly_working_days": -5}, SenselessPolicy, "friendly"),
        ("stamp_duty", {"rate_ppm": 1_000_001}, SenselessPolicy, "rate_ppm"),
        ("vat", {**VAT, "rates_ppm": {"general": 1}}, SenselessPolicy, "rates_ppm/small_scale"),
        ("working_days", {"until": "2027", "off": [], "worked": []}, SenselessPolicy, "until"),
        ("fit", FIT, WeighsNothing, "weights"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_at_its_place(
    name: str, body: dict[str, Any], refusal: type[MarketError], pointer: str
) -> None:
    with pytest.raises(refusal) as refused:
        check_sense(name, body)
    assert str(refused.value.pointer).startswith(f"/body/{pointer}")
    assert "{" not in refused.value.detail("zh-CN") + refused.value.detail("en")


async def test_every_policy_has_its_bounds_and_keeps_them(conn: Connection) -> None:
    found = await conn.fetch("SELECT name, body FROM policy WHERE state = 'approved'")
    assert {name for name, _ in found} == BODIES.keys()
    for name, body in found:
        check_sense(name, body)


async def test_senseless_policies_are_neither_proposed_nor_approved(conn: Connection) -> None:
    await world.root(conn)
    first, second = await world.two_administrators(conn)
    tomorrow = await clock.today(conn) + timedelta(days=1)
    body = {**ALARMS, "last_working_days": 5}
    proposal = Proposal(
        name="chargeback_alarms", effective_on=tomorrow, body=body, source="理事会决议"
    )
    with pytest.raises(PolicyOutOfOrder):
        await operations.propose_policy(conn, first, proposal)
    async with db.act(conn, first):
        earlier = await conn.fetchval(
            """INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by)
               VALUES ('chargeback_alarms', 9, $1, $2, 'x', 'proposed', $3) RETURNING id""",
            tomorrow,
            body,
            first.person_id,
        )
    with pytest.raises(PolicyOutOfOrder):
        await operations.approve_policy(conn, second, earlier)
