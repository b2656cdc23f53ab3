"""Both parties see a contract and the units above the provider; nobody else does."""

from __future__ import annotations

from uuid import UUID

import pytest

from market.base import db
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.trade.contracts import operations, queries
from tests.world import contracts, identity
from tests.world.contracts import Cast

TABLES = (
    "contract",
    "quantity_line",
    "attendee",
    "milestone",
    "instalment",
    "contract_drafter",
    "contract_review",
    "contract_text",
    "signature",
)


async def listed(conn: Connection, actor: Actor, **filters: str) -> list[UUID]:
    async with db.look(conn, actor):
        found = await queries.contracts(
            conn,
            actor,
            state=filters.get("state"),
            kind=filters.get("kind"),
            before=None,
            limit=50,
        )
    return [contract.id for contract in found]


async def test_both_parties_and_the_unit_above_see_it(conn: Connection) -> None:
    above = await identity.unit(conn)
    people = await contracts.cast(conn, unit=await identity.unit(conn, parent=above))
    deal = await contracts.ordered(conn, people)
    for actor in (people.buyer, people.clerk, await identity.person(conn, above, Role.FINANCE)):
        assert await listed(conn, actor) == [deal.contract.id]
        async with db.look(conn, actor):
            assert await queries.find_full(conn, actor, deal.contract.id) == deal.contract


async def test_a_list_is_filtered_by_state_and_kind(conn: Connection, people: Cast) -> None:
    deal = await contracts.submitted(conn, people)
    assert await listed(conn, deal.cast.clerk, state="tech_review", kind="service")
    assert not await listed(conn, deal.cast.clerk, state="drafting")
    assert not await listed(conn, deal.cast.clerk, kind="training")


async def test_a_page_goes_on_where_the_last_one_ended(conn: Connection, people: Cast) -> None:
    first = (await contracts.ordered(conn, people)).contract
    second = (await contracts.ordered(conn, people)).contract
    async with db.look(conn, people.buyer):
        newest = await queries.contracts(
            conn, people.buyer, state=None, kind=None, before=None, limit=1
        )
        older = await queries.contracts(
            conn, people.buyer, state=None, kind=None, before=newest[0].id, limit=1
        )
    assert [newest[0].id, older[0].id] == [second.id, first.id]


async def test_strangers_are_hidden_from_by_the_query(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people)
    stranger = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
    neighbour = await identity.person(conn, await identity.unit(conn), Role.LEADER)
    for actor in (stranger, neighbour):
        assert await listed(conn, actor) == []
        async with db.look(conn, actor):
            with pytest.raises(NotFound):
                await queries.find_contract(conn, actor, deal.contract.id)
            with pytest.raises(NotFound):
                await operations.explain_figures(conn, actor, deal.contract.id)


async def test_strangers_are_hidden_from_by_row_level_security_alone(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.signed(
        conn, people, kind="training", price_model="per_person", order={"attendees": ["学员甲"]}
    )
    enterprise = await identity.enterprise(conn)
    buyer = await identity.person(conn, enterprise, Role.BUYER)
    stranger = identity.as_if_all_were_visible(buyer)
    assert await listed(conn, stranger) == []
    for table in TABLES:
        async with db.look(conn, deal.cast.buyer):
            assert await conn.fetchval(f"SELECT count(*) FROM {table}") > 0, table
        async with db.look(conn, stranger):
            assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 0, table
            with pytest.raises(NotFound):
                await queries.find_contract(conn, stranger, deal.contract.id)
