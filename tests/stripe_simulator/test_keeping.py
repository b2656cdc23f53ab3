"""A simulator whose state is kept goes on where it was, whatever ended its process."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from market.stripe_simulator.app import serving
from tests.stripe_simulator.conftest import Till, client

KEY = "sk_test_kept"


@asynccontextmanager
async def kept(place: Path) -> AsyncIterator[Till]:
    async with (
        serving(kept_in=place) as simulator,
        httpx.AsyncClient(trust_env=False) as http,
        client(KEY, simulator.address) as shop,
    ):
        yield Till(KEY, simulator.address, shop, http)


async def test_where_its_port_is_taken_it_answers_at_another(tmp_path: Path) -> None:
    async with kept(tmp_path / "kept") as till:
        await till.paid(50_000)
        async with kept(tmp_path / "kept") as other:
            assert other.address != till.address
            [charge] = (await other.v1.charges.list_async()).data
            assert charge.amount == 50_000


async def test_money_days_and_keys_outlive_the_process(tmp_path: Path) -> None:
    place = tmp_path / "kept"
    asked: Any = {"amount": 700, "currency": "cny"}
    once: Any = {"idempotency_key": "once"}
    async with kept(place) as till:
        address = till.address
        await till.paid(50_000)
        intent = await till.v1.payment_intents.create_async(asked, once)
        await till.wait(2)
        [sent] = (await till.v1.payouts.list_async()).data
        assert stat.S_IMODE(place.stat().st_mode) == 0o600

    async with kept(place) as till:
        assert till.address == address
        again = await till.v1.payment_intents.create_async(asked, once)
        assert again.id == intent.id
        await till.wait(2)
        [arrived] = (await till.v1.payouts.list_async()).data
        assert (arrived.id, arrived.amount, arrived.status) == (sent.id, sent.amount, "paid")
