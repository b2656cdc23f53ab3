"""How often a request speaks to PostgreSQL (PERF, goal 11), counted on the open connections."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import asyncpg
import pytest

from market.base import db
from market.base.access import SYSTEM, Role
from market.base.db import Connection
from market.ledger import operations as ledger_operations
from market.trade.catalogue.model import Offering
from tests.client import Caller, Market, serving
from tests.conftest import Clone
from tests.world import catalogue, identity, ledger

KEY: Final = {"idempotency-key": "counted"}


class Shop(NamedTuple):
    """A market with one published offering, and a clerk of its unit."""

    market: Market
    offering: Offering
    clerk: Caller


@pytest.fixture(scope="module")
async def shop(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    async with serving(clone, tmp_path_factory.mktemp("counted")) as market:
        conn = await db.connect(market.addresses.app)
        unit = await identity.unit(conn)
        offering = await catalogue.published_offering(conn, unit)
        clerk = await market.as_person(conn, await identity.person(conn, unit, Role.CLERK))
        await conn.close()
        # Once before counting: the session's use is noted, statements are prepared.
        await clerk.get("/v1/people/me")
        yield Shop(market, offering, clerk)


@asynccontextmanager
async def counted(market: Market) -> AsyncIterator[list[str]]:
    """The statements that the application's connections are sent meanwhile, in order."""
    sent: list[str] = []

    def note(query: Any) -> None:
        sent.append(" ".join(query.query.split()))

    state = market.app.state
    pools = (state.pool, state.catalogue_pool, state.search_pool)
    # Pools hand out the connection that came back last, so that the next request gets these.
    for pool in pools:
        async with pool.acquire() as conn:
            conn.add_query_logger(note)
    yield sent
    for pool in pools:
        async with pool.acquire() as conn:
            conn.remove_query_logger(note)


@pytest.mark.parametrize("signed_in", [False, True], ids=["anonymous", "signed in"])
@pytest.mark.parametrize(
    "of", ["detail", "listing", "search", "facets", "suggestions", "request search"]
)
async def test_a_catalogue_read_is_one_round_trip(shop: Shop, of: str, signed_in: bool) -> None:
    path = {
        "detail": f"/v1/offerings/{shop.offering.id}",
        "listing": "/v1/offerings?kind=service",
        "search": "/v1/offerings?kind=service&q=修复",
        "facets": "/v1/offering-facets?q=修复",
        "suggestions": "/v1/offering-suggestions?q=修",
        "request search": "/v1/enterprise-requests?kind=service&q=修复",
    }[of]
    async with counted(shop.market) as sent:
        answer = await (shop.clerk if signed_in else shop.market.nobody).get(path)
    assert answer.status_code == 200
    assert len(sent) == 1, sent


async def test_a_read_asks_who_begins_reads_and_ends(shop: Shop) -> None:
    async with counted(shop.market) as sent:
        answer = await shop.clerk.get("/v1/people/me")
    assert answer.status_code == 200
    assert [_kind(each) for each in sent] == ["who", "begin", "own", "commit"], sent


async def test_what_fits_a_unit_is_found_in_two(shop: Shop) -> None:
    async with counted(shop.market) as sent:
        answer = await shop.clerk.get(f"/v1/units/{shop.offering.unit_id}/fitting-requests")
    assert answer.status_code == 200
    assert [_kind(each) for each in sent] == ["who", "begin", "own", "own", "commit"], sent


async def test_an_act_asks_who_begins_does_its_own_and_commits(shop: Shop) -> None:
    version = await _version(shop)
    async with counted(shop.market) as sent:
        await _edit_profile(shop, version)
    assert [_kind(each) for each in sent] == ["who", "begin", "own", "own", "own", "commit"], sent


async def test_a_key_costs_at_most_three_more(shop: Shop) -> None:
    version = await _version(shop)
    async with counted(shop.market) as without:
        await _edit_profile(shop, version)
    version = await _version(shop)
    async with counted(shop.market) as under_key:
        await _edit_profile(shop, version, **KEY)
    assert len(under_key) - len(without) in (2, 3), under_key


async def test_a_posting_is_one_round_trip(shop: Shop) -> None:
    async with counted(shop.market) as sent, shop.market.app.state.pool.acquire() as conn:
        await _post(conn, shop)
    assert [_kind(each) for each in sent] == ["begin", "own", "commit"], sent


async def test_nothing_is_reset_when_a_connection_comes_back(shop: Shop) -> None:
    async with counted(shop.market) as sent:
        await shop.clerk.get("/v1/people/me")
        await _edit_profile(shop, await _version(shop))
    assert not [each for each in sent if "RESET" in each or "pg_advisory_unlock_all" in each]
    connection: asyncpg.Connection[Any] = await db.connect(shop.market.addresses.app)
    assert connection.get_reset_query() == ""
    await connection.close()


def _kind(sent: str) -> str:
    if "who_is" in sent:
        return "who"
    if sent.startswith("BEGIN"):
        return "begin"
    return "commit" if sent == "COMMIT" else "own"


async def _version(shop: Shop) -> str:
    etag: str = (await shop.clerk.get("/v1/people/me")).headers["etag"]
    return etag


async def _edit_profile(shop: Shop, version: str, **headers: str) -> None:
    """Lock, change, event: an act with three statements of its own."""
    answer = await shop.clerk.request(
        "PUT",
        "/v1/people/me",
        json={"name": "王师傅", "language": "zh-CN"},
        headers={"if-match": version, **headers},
    )
    assert answer.status_code == 200, answer.text


async def _post(conn: Connection, shop: Shop) -> None:
    books = shop.offering.unit_id
    leg = ledger.leg(ledger.SUSPENSE, ledger.NET_ASSETS, 1_00)
    async with db.act(conn, SYSTEM):
        await ledger_operations.post(conn, ledger.posting(books, leg))


async def test_who_somebody_is_is_asked_with_a_plan_that_is_kept(conn: Connection) -> None:
    """Planning it takes four times as long as what it does."""
    settings = await conn.fetchval("SELECT proconfig FROM pg_proc WHERE proname = 'who_is'")
    assert "plan_cache_mode=force_generic_plan" in settings
