"""The figures of operation are for whoever runs the market."""

from __future__ import annotations

from functools import cache

import httpx
import pytest
from litestar import Litestar

from market.app import create_app
from market.base import settings
from market.base.edge import Edge
from market.base.embedded import Dsns
from tests.routes import NOWHERE

TOKEN = "a-token-of-prometheus"  # a made-up one
OURS = "127.0.0.1"


@cache
def application(token: str) -> Litestar:
    loaded = settings.load({"MARKET_METRICS_TOKEN": token})
    return create_app(loaded, Dsns(NOWHERE, NOWHERE, NOWHERE, NOWHERE))


async def metrics(
    address: str, *, token: str = "", headers: dict[str, str] | None = None
) -> httpx.Response:
    transport = httpx.ASGITransport(app=Edge(application(token)), client=(address, 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://market.test") as client:
        return await client.get("/metrics", headers=headers)


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        (OURS, {}, 200),
        ("::1", {}, 200),
        (OURS, {"x-forwarded-for": OURS}, 403),
        (OURS, {"X-Forwarded-Host": "market.test"}, 403),
        (OURS, {"Forwarded": "for=127.0.0.1"}, 403),
        (OURS, {"X-Real-IP": OURS}, 403),
        (OURS, {"Via": "1.1 proxy"}, 403),
        ("10.0.0.7", {}, 403),
        ("unknown", {}, 403),
    ],
)
async def test_without_a_token_this_machine_alone_reads_them(
    address: str, headers: dict[str, str], status: int
) -> None:
    assert (await metrics(address, headers=headers)).status_code == status


@pytest.mark.parametrize("address", [OURS, "10.0.0.7"])
async def test_a_token_is_asked_of_everybody(address: str) -> None:
    shown = {"authorization": f"Bearer {TOKEN}"}
    assert (await metrics(address, token=TOKEN, headers=shown)).status_code == 200
    for headers in ({}, {"authorization": f"Bearer {TOKEN}x"}, {"authorization": "Basic x"}):
        assert (await metrics(address, token=TOKEN, headers=headers)).status_code == 401
