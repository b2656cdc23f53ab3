"""Drafting: who may, and what no draft may say; the database refuses the same."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from market.base import db
from market.base.access import Role
from market.base.db import Connection
from market.base.errors import MarketError
from market.trade.catalogue import model, operations, queries, rules
from market.trade.catalogue.terms import terms_of
from tests.world import catalogue, identity

BROKEN: list[tuple[dict[str, Any], type[MarketError], str]] = [
    ({"price_model": "quote"}, rules.QuoteHasNoPrice, "quote_has_no_price"),
    ({"price_minor": None}, rules.PriceMissing, "quote_has_no_price"),
    ({"price_minor": 0}, rules.FreeHasNoPrice, "free_has_price_zero"),
    ({"free_or_paid": "free"}, rules.FreeHasNoPrice, "free_has_price_zero"),
    (
        {"free_or_paid": "free", "price_minor": 0, "price_model": "per_item"},
        rules.FreeHasNoPrice,
        "free_price_is_fixed",
    ),
    ({"royalty_ppm": 20_000}, rules.RoyaltyNeedsYearlyPrice, "royalty_is_per_year"),
    ({"capacity": "agent"}, rules.CommissionMissing, "agent_has_commission"),
    (
        {"capacity": "agent", "commission_ppm": 50_000, "kind": "service"},
        rules.AgentNeedsRight,
        "agent_sells_a_right",
    ),
    ({"commission_ppm": 50_000}, rules.CommissionWithoutAgency, "agent_has_commission"),
    ({"kind": "transfer", "right_id": None}, rules.TransferNeedsRight, "transfer_has_right"),
    ({"right_id": uuid4()}, rules.RightWithoutTransfer, "transfer_has_right"),
    (
        {"tax_class": "exemptible"},
        rules.ExemptionNeedsTransfer,
        "transfer_alone_is_exemptible",
    ),
]


@pytest.mark.parametrize("role", [Role.MEMBER, Role.CLERK])
async def test_members_and_clerks_draft_for_their_own_unit(conn: Connection, role: Role) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, role)
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    assert (offering.state, offering.version, offering.unit_id) == ("draft", 1, unit.id)
    assert offering.maker_ids == [drafter.person_id]
    assert offering.published_number is None


@pytest.mark.parametrize(("changes", "refusal", "constraint"), BROKEN)
async def test_terms_that_break_a_rule_are_refused_twice(
    conn: Connection, changes: dict[str, Any], refusal: type[MarketError], constraint: str
) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    with pytest.raises(refusal) as refused:
        await catalogue.drafted_offering(conn, unit, drafter, **changes)
    assert refused.value.pointer is not None
    new = catalogue.new_offering(**{"member_ids": [uuid4()], **changes})
    with pytest.raises(asyncpg.CheckViolationError) as violated:
        async with db.act(conn, drafter):
            await queries.insert_offering(conn, drafter, new.code, new.kind, terms_of(new))
    assert violated.value.constraint_name == constraint


async def test_a_member_is_named_once(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    with pytest.raises(rules.MemberTwice):
        await catalogue.drafted_offering(conn, unit, drafter, member_ids=[uuid4()] * 2 * 1)


async def test_those_who_do_the_work_are_on_the_register(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    foreign = await catalogue.enrolled_member(conn, await identity.unit(conn))
    with pytest.raises(model.MemberUnknown) as refusal:
        await catalogue.drafted_offering(conn, unit, drafter, member_ids=[foreign])
    assert refusal.value.detail("en").startswith("Members who are not enrolled")
    assert ": 1. " in refusal.value.detail("en")


async def test_members_of_a_unit_below_may_do_the_work(conn: Connection) -> None:
    unit = await identity.unit(conn)
    below = await identity.unit(conn, parent=unit)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    doer = await catalogue.enrolled_member(conn, below)
    offering = await catalogue.drafted_offering(conn, unit, drafter, member_ids=[doer])
    assert offering.member_ids == [doer]


async def test_the_right_is_one_of_the_units_own(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    below = await identity.unit(conn, parent=unit)
    for other in (below, await identity.unit(conn)):
        right = await catalogue.settled_right(conn, other)
        with pytest.raises(model.RightUnknown):
            await catalogue.drafted_offering(
                conn, unit, drafter, kind="transfer", right_id=right.id
            )


async def test_a_code_names_one_offering_of_a_unit(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    first = await catalogue.drafted_offering(conn, unit, drafter)
    with pytest.raises(model.CodeTaken):
        await catalogue.drafted_offering(conn, unit, drafter, code=first.code)
    other = await identity.unit(conn)
    stranger = await identity.person(conn, other, Role.MEMBER)
    await catalogue.drafted_offering(conn, other, stranger, code=first.code)


@pytest.mark.parametrize("role", [Role.LEADER, Role.TECH_REVIEWER, Role.FINANCE, Role.AUDITOR])
async def test_other_roles_do_not_draft(conn: Connection, role: Role) -> None:
    unit = await identity.unit(conn)
    actor = await identity.person(conn, unit, role)
    with pytest.raises(model.NotTheDrafter):
        await catalogue.drafted_offering(conn, unit, actor)


async def test_an_enterprise_does_not_draft(conn: Connection) -> None:
    buyer = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
    new = catalogue.new_offering(member_ids=[uuid4()])
    with pytest.raises(model.NotTheDrafter):
        await operations.draft_offering(conn, buyer, new)


@pytest.mark.parametrize(
    "changes",
    [
        {"price_minor": -1},
        {"price_minor": 2**63},
        {"title_zh": "\u0000"},
        {"title_zh": ""},
        {"deliverables": []},
        {"member_ids": []},
        {"industry": "机械"},
        {"region": "51010"},
        {"currency": "yuan"},
        {"technical_field": "magic"},
        {"colour": "red"},
    ],
)
def test_input_out_of_bounds_is_not_even_read(changes: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        catalogue.new_offering(**{"member_ids": [uuid4()], **changes})


AGENT: dict[str, Any] = {"kind": "transfer", "capacity": "agent", "commission_ppm": 10_000}


async def test_nobody_is_the_agent_of_his_own_right(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    owned = await catalogue.settled_right(conn, unit)
    with pytest.raises(model.AgentOwnsRight) as refused:
        await catalogue.drafted_offering(conn, unit, drafter, right_id=owned.id, **AGENT)
    assert refused.value.pointer == "/capacity"


async def test_nor_of_a_part_of_it_nor_of_a_right_within_its_own_books(conn: Connection) -> None:
    unit = await identity.unit(conn)
    below = await identity.unit(conn, parent=unit, legal_person=False)
    drafter = await identity.person(conn, below, Role.MEMBER)
    shared = await catalogue.registered_right(
        conn,
        below,
        owners=[
            {"person_id": drafter.person_id, "share_ppm": 900_000},
            {"organisation_id": unit.id, "share_ppm": 100_000},
        ],
    )
    with pytest.raises(model.AgentOwnsRight):
        await catalogue.drafted_offering(conn, below, drafter, right_id=shared.id, **AGENT)


async def test_an_agent_sells_the_right_of_an_inventor(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit, **AGENT)
    assert (offering.state, offering.capacity) == ("published", "agent")
