"""What the express lane answers is what the application would have answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, NamedTuple
from uuid import uuid4

import httpx
import pytest

from market.base import db
from market.base.edge import Edge
from market.base.express import Express, Lane
from market.trade.catalogue import express
from tests.client import Market, serving
from tests.conftest import Clone
from tests.world import catalogue, identity

NOBODYS: Final = str(uuid4())


class Twins(NamedTuple):
    """The same market twice: as it is served, and without its lane."""

    served: httpx.AsyncClient
    plain: httpx.AsyncClient
    ids: list[str]
    market: Market


@pytest.fixture(scope="module")
async def twins(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Twins]:
    async with serving(clone, tmp_path_factory.mktemp("twins")) as market:
        conn = await db.connect(market.addresses.app)
        unit = await identity.unit(conn)
        prices = (10_000_00, 20_000_00, 30_000_00, 0)
        made = [
            await catalogue.published_offering(
                conn, unit, price_minor=price, free_or_paid="paid" if price else "free"
            )
            for price in prices
        ]
        await conn.close()
        transport = httpx.ASGITransport(app=Edge(market.app), client=("127.0.0.1", 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://market.test") as plain:
            yield Twins(market.client, plain, [str(one.id) for one in made], market)


def seen(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """All of an answer but the request's own id."""
    headers = dict(answer.headers)
    request_id = headers.pop("x-request-id")
    return answer.status_code, headers, answer.content.replace(request_id.encode(), b"")


QUERIES: Final = [
    "",
    "?limit=2",
    "?limit=2&kind=service&region=510100",
    "?kind=service&industry=C34&technical_field=advanced_manufacturing&sort=price&limit=3",
    "?sort=title&limit=1",
    "?free_or_paid=paid&limit=2",
    "?free_or_paid=free",
    "?free_or_paid=free&price_band=quote",
    "?price_band=under_50000",
    "?kind=nothing",
    "?kind=service&kind=service",
    "?unknown=1",
    "?limit=0",
    "?limit=101",
    "?limit=020",
    "?cursor=abc",
    "?sort=relevance",
    "?kind=%73ervice&limit=1",
    "?q=轴&limit=1",
    "?kind=",
    "?",
]


@pytest.mark.parametrize("query", QUERIES)
async def test_a_listing_is_the_applications_on_every_page(twins: Twins, query: str) -> None:
    path = f"/v1/offerings{query}"
    for _ in range(3):
        served, plain = [await twin.get(path) for twin in (twins.served, twins.plain)]
        assert seen(served) == seen(plain)
        path = plain.links.get("next", {}).get("url", path)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"if-none-match": '"4"'},
        {"if-none-match": "*"},
        {"authorization": "Bearer x"},
        {"authorization": "Basic x"},
        {"cookie": "market_session=nobodys"},
        {"accept-language": "en"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_a_detail_is_the_applications(
    twins: Twins, method: str, headers: dict[str, str]
) -> None:
    for path in (twins.ids[0], twins.ids[1].upper(), NOBODYS, f"{twins.ids[0]}?x=1", "x"):
        sent = (method, f"/v1/offerings/{path}")
        served, plain = [
            await twin.request(*sent, headers=headers) for twin in (twins.served, twins.plain)
        ]
        assert seen(served) == seen(plain)


async def test_the_lane_itself_answers_what_is_plain(twins: Twins) -> None:
    """Else the tests above would compare the application with itself."""
    transport = httpx.ASGITransport(app=Edge(Express(_refuse, _lane(twins))))
    async with httpx.AsyncClient(transport=transport, base_url="http://market.test") as alone:
        for path in ("", "?kind=service&region=510100&limit=2", f"/{twins.ids[0]}"):
            answer = await alone.get(f"/v1/offerings{path}")
            assert answer.status_code == 200


async def test_the_lanes_requests_are_counted_under_their_route(twins: Twins) -> None:
    sample = (
        'market_requests_total{method="GET",path="/v1/offerings/{offering_id}",status_code="200"}'
    )

    async def counted() -> float:
        lines = (await twins.served.get("/metrics")).text.splitlines()
        return next((float(line.split()[1]) for line in lines if line.startswith(sample)), 0.0)

    before = await counted()
    await twins.served.get(f"/v1/offerings/{twins.ids[0]}")
    assert await counted() == before + 1


def _lane(twins: Twins) -> Lane:
    return express.lane(lambda: twins.market.app.state.catalogue_pool)


async def _refuse(scope: object, receive: object, send: object) -> None:
    raise AssertionError("it should not come to the application")
