"""What a policy says must make sense where it is proposed, and still where it is approved."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from market.base import clock, db
from market.base.db import Connection
from market.base.errors import MarketError
from market.identity.policies import operations
from market.identity.policies.bodies import (
    BODIES,
    AnnouncedUntil,
    MoneyRoleLeftOut,
    OffAndWorked,
    PolicyOutOfOrder,
    SenselessPolicy,
    WeighsNothing,
    check_sense,
)
from market.identity.policies.model import Proposal
from tests.world import identity as world

ALARMS = {"first_working_days": 7, "second_working_days": 3, "last_working_days": 1}
REMINDERS = {"friendly_working_days": 3, "formal_working_days": 10, "final_working_days": 20}
MONEY = ["finance", "cashier", "leader"]
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
        ("stamp_duty", {"rate_ppm": 200_001}, SenselessPolicy, "rate_ppm"),
        ("vat", {**VAT, "rates_ppm": {"general": 600_000, "small_scale": 10_000}}, SenselessPolicy,
         "rates_ppm/general"),
        ("chargeback_exchange", {"most_difference_percent": 21}, SenselessPolicy, "most_diff"),
        ("identity.second_factor", {"roles": ["finance", "leader", "clerk"], "grace_days": 14},
         MoneyRoleLeftOut, "roles"),
        ("identity.second_factor", {"roles": MONEY, "grace_days": 31}, SenselessPolicy, "grace"),
        ("working_days", {"until": "2027-12-31", "off": ["2027-01-01", "2027-02-08"],
         "worked": ["2027-02-08"]}, OffAndWorked, "worked"),
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


@pytest.mark.parametrize(("until", "makes_sense"), [(0, True), (-1, False), (1, False)])
async def test_what_was_announced_stays_so_and_ends_with_the_year_to_come(
    conn: Connection, until: int, makes_sense: bool
) -> None:
    """Against the version in force on its day, where it is proposed and where it is approved."""
    await world.root(conn)
    first, second = await world.two_administrators(conn)
    tomorrow = await clock.today(conn) + timedelta(days=1)
    known = date(tomorrow.year + 1, 12, 31)
    async with db.act(conn, first):
        [body] = await conn.fetchrow(
            "SELECT body FROM policy WHERE name = 'working_days' ORDER BY number DESC LIMIT 1"
        ) or [{}]
    body |= {"until": str(known)}
    proposal = Proposal(
        name="working_days", effective_on=tomorrow, body=body, source="国务院办公厅通知"
    )
    announced = await operations.propose_policy(conn, first, proposal)
    await operations.approve_policy(conn, second, announced.id)
    day = str(known + timedelta(days=until))
    later = msgspec.structs.replace(proposal, body=body | {"until": day})
    if makes_sense:
        again = await operations.propose_policy(conn, first, later)
        await operations.approve_policy(conn, second, again.id)
        return
    with pytest.raises(AnnouncedUntil):
        await operations.propose_policy(conn, first, later)
    async with db.act(conn, first):
        earlier = await conn.fetchval(
            """INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by)
               VALUES ('working_days', 9, $1, $2, 'x', 'proposed', $3) RETURNING id""",
            tomorrow,
            later.body,
            first.person_id,
        )
    with pytest.raises(AnnouncedUntil):
        await operations.approve_policy(conn, second, earlier)
