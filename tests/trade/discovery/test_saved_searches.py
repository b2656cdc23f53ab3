"""What is published later is found by whoever has been looking for it, once, and by nobody else."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

import pytest

from market.base import db
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.trade.catalogue.searching import NothingToSearch
from market.trade.discovery import model, operations, queries
from tests.trade.enterprise_requests.conftest import conn
from tests.world import catalogue, discovery, identity, requests

__all__ = ["conn"]


class Cast(NamedTuple):
    """Who buys, who bids, and a rival of each."""

    buyer: Actor
    other_buyer: Actor
    member: Actor
    auditor: Actor
    unit_id: UUID


@pytest.fixture(scope="module")
async def cast(own_connection: Connection) -> Cast:
    unit = await identity.unit(own_connection)
    return Cast(
        await identity.person(
            own_connection, await identity.enterprise(own_connection), Role.BUYER
        ),
        await identity.person(
            own_connection, await identity.enterprise(own_connection), Role.BUYER
        ),
        await identity.person(own_connection, unit, Role.MEMBER),
        await identity.person(own_connection, unit, Role.AUDITOR),
        unit.id,
    )


async def told_of_request(conn: Connection, request_id: UUID) -> list[UUID]:
    async with db.act(conn, SYSTEM):
        return [each.person_id for each in await queries.match_request(conn, request_id)]


async def told_of_offering(conn: Connection, offering_id: UUID) -> list[UUID]:
    async with db.act(conn, SYSTEM):
        return [each.person_id for each in await queries.match_offering(conn, offering_id)]


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ({"q": "轧辊"}, True),
        ({"q": "zgbm"}, True),
        ({"q": "锅炉"}, False),
        ({"kind": "service", "technical_field": "advanced_manufacturing"}, True),
        ({"kind": "training", "q": "轧辊"}, False),
        ({"industry": "C34", "region": "510100"}, True),
        ({"region": "510104"}, False),
        ({"from_minor": 55_000_00}, True),
        ({"from_minor": 61_000_00}, False),
        ({"to_minor": 39_000_00}, False),
        ({"from_minor": 1, "to_minor": 40_000_00}, True),
    ],
    ids=str,
)
async def test_a_request_fits_a_search_in_all_that_it_asks(
    conn: Connection, cast: Cast, asked: dict[str, Any], fits: bool
) -> None:
    await discovery.saved(conn, cast.member, **asked)
    request = await requests.opened(conn, cast.buyer)
    assert await told_of_request(conn, request.id) == [cast.member.person_id] * fits


async def test_nobody_is_told_twice_however_many_searches_fit(conn: Connection, cast: Cast) -> None:
    for asked in ({"q": "轧辊"}, {"kind": "service"}):
        await discovery.saved(conn, cast.member, **asked)
    request = await requests.opened(conn, cast.buyer)
    assert await told_of_request(conn, request.id) == [cast.member.person_id]
    assert await told_of_request(conn, request.id) == []


async def test_what_is_by_invitation_or_anonymous_stays_so(conn: Connection, cast: Cast) -> None:
    enterprise = await identity.enterprise(conn)
    buyer = await identity.person(conn, enterprise, Role.BUYER)
    for asked in ({"q": "轧辊"}, {"q": enterprise.name_zh, "kind": "service"}):
        await discovery.saved(conn, cast.member, **asked)
    invited = await requests.opened(conn, buyer, secrecy="invited", invited=[cast.unit_id])
    assert await told_of_request(conn, invited.id) == []
    anonymous = await requests.opened(conn, buyer, title="粉尘防爆", secrecy="anonymous",
                                      problem="车间除尘整改")  # fmt: skip
    assert await told_of_request(conn, anonymous.id) == []
    named = await requests.opened(conn, buyer, title="粉尘防爆", problem="车间除尘整改")
    assert await told_of_request(conn, named.id) == [cast.member.person_id]


async def test_an_offering_fits_by_words_and_price(conn: Connection, cast: Cast) -> None:
    search = await discovery.saved(conn, cast.buyer, q="修复", to_minor=86_000_00)
    await discovery.saved(conn, cast.other_buyer, q="修复", to_minor=85_999_99)
    await discovery.saved(conn, cast.member, q="修复")
    offering = await catalogue.published_offering(
        conn, await identity.unit(conn), price_minor=86_000_00
    )
    assert await told_of_offering(conn, offering.id) == [cast.buyer.person_id]
    async with db.act(conn, cast.buyer):
        (hit,) = await operations.list_hits(conn, cast.buyer, search.id, before=None, limit=9)
    assert (hit[0], str(offering.id) in hit[1].decode()) == (offering.id, True)


async def test_who_has_lost_his_role_is_told_nothing(conn: Connection, cast: Cast) -> None:
    await discovery.saved(conn, cast.member, q="轧辊")
    await identity.left(conn, cast.member)
    request = await requests.opened(conn, cast.buyer)
    assert await told_of_request(conn, request.id) == []


async def test_a_search_is_its_owners_alone(conn: Connection, cast: Cast) -> None:
    search = await discovery.saved(conn, cast.buyer, q="轧辊")
    colleague = identity.as_if_all_were_visible(cast.other_buyer)
    for actor in (cast.other_buyer, colleague):
        with pytest.raises(NotFound):
            await operations.delete_search(conn, actor, search.id)
        async with db.act(conn, actor):
            assert await conn.fetch("SELECT id FROM saved_search") == []
    await operations.delete_search(conn, cast.buyer, search.id)
    async with db.act(conn, cast.buyer):
        assert await queries.searches_of(conn, cast.buyer) == []


async def test_what_cannot_be_searched_is_refused(conn: Connection, cast: Cast) -> None:
    with pytest.raises(model.NothingAsked):
        await discovery.saved(conn, cast.buyer)
    with pytest.raises(NothingToSearch):
        await discovery.saved(conn, cast.buyer, q="的")
    with pytest.raises(model.AmountsReversed):
        await discovery.saved(conn, cast.buyer, from_minor=2, to_minor=1)
    with pytest.raises(model.NotASearcher):
        await discovery.saved(conn, cast.auditor, q="轧辊")
    for n in range(model.MOST_SEARCHES):
        await discovery.saved(conn, cast.buyer, q=f"轧辊{n}")
    with pytest.raises(model.TooManySearches):
        await discovery.saved(conn, cast.buyer, q="轧辊")
    async with db.act(conn, SYSTEM):
        await queries.forget_person(conn, cast.buyer.person_id)
    await discovery.saved(conn, cast.buyer, q="轧辊")
