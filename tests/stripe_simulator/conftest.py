"""A simulator for each test that wants one, reached by the real SDK over HTTP."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import stripe

from market.stripe_simulator.app import serving


class Till:
    """One account at a simulator: the SDK's client, and the simulator's own controls."""

    def __init__(
        self, key: str, address: str, shop: stripe.StripeClient, http: httpx.AsyncClient
    ) -> None:
        self.key = key
        self.address = address
        self.v1 = shop.v1
        self.http = http

    async def control(self, act: str, **fields: object) -> Any:
        """Use a control of the simulator, on this account."""
        own = {"key": self.key} if act in ACCOUNT_ACTS else {}
        data = {name: str(value) for name, value in {**own, **fields}.items()}
        answer = await self.http.post(f"{self.address}/_simulator/{act}", data=data)
        assert answer.is_success, answer.text
        return answer.json()

    async def wait(self, days: int) -> None:
        await self.control("clock", seconds=days * 86_400)

    async def paid(self, amount: int = 10_000, method: str = "pm_card_visa", **more: Any) -> Any:
        """A PaymentIntent, confirmed at once with a test card."""
        said = {"amount": amount, "currency": "cny", "payment_method": method, "confirm": True}
        return await self.v1.payment_intents.create_async({**said, **more})  # type: ignore[typeddict-item]


ACCOUNT_ACTS = frozenset(
    {
        "disputes",
        "disputes/give_back",
        "disputes/judge",
        "fees",
        "lines",
        "payouts",
        "payouts/fail",
        "payouts/take",
        "refunds/differ",
        "refunds/fail",
        "rates",
        "webhook_endpoints/roll",
    }
)


def fresh_key() -> str:
    return f"sk_test_{secrets.token_hex(6)}"


@asynccontextmanager
async def client(key: str, address: str | None) -> AsyncIterator[stripe.StripeClient]:
    """The SDK's client of an account at a simulator; without an address, of Stripe itself."""
    http = stripe.HTTPXClient(timeout=5 if address else 30)
    places: Any = {"api": address, "files": address} if address else {}
    yield stripe.StripeClient(key, base_addresses=places, http_client=http, max_network_retries=0)
    await http.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
async def simulator() -> AsyncIterator[str]:
    async with serving() as served:
        yield served.address


@pytest.fixture
async def till(simulator: str) -> AsyncIterator[Till]:
    key = fresh_key()
    async with httpx.AsyncClient(trust_env=False) as http, client(key, simulator) as shop:
        made = Till(key, simulator, shop, http)
        yield made
        await made.control("faults/clear")


REAL_KEY = os.environ.get("STRIPE_TEST_KEY")


@pytest.fixture(params=["simulator", *(["stripe"] if REAL_KEY else [])])
async def shop(
    request: pytest.FixtureRequest, simulator: str
) -> AsyncIterator[stripe.StripeClient]:
    """The contract suite's client: the simulator's, and Stripe's own where its test key is set."""
    asked = (
        client(REAL_KEY, None)
        if request.param == "stripe" and REAL_KEY is not None
        else client(fresh_key(), simulator)
    )
    async with asked as made:
        yield made
