"""One database in which everything has happened, audited as it is; each change gets a copy."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import asyncpg
import pytest

from market.base import db, seals
from market.base.embedded import Dsns
from tests.conftest import Clone
from tests.world import (
    asked_back,
    awarding,
    bidding,
    card_refunds,
    dunning,
    everything,
    evidence,
    explaining,
    invoicing,
    refunding,
    retracting,
    stripe,
    writing_off,
)


@pytest.fixture(scope="package")
async def original(stocked: Clone) -> AsyncIterator[Dsns]:
    """Everything has happened and is sealed; nobody may change it."""
    async with stocked() as addresses:
        conn = await db.connect(addresses.app)
        await everything.happens(conn)
        await refunding.happens(conn)
        await retracting.happens(conn)
        await card_refunds.happens(conn)
        await evidence.happens(conn)
        await explaining.happens(conn)
        await asked_back.happens(conn)
        await writing_off.happens(conn)
        await stripe.recovered(conn, await invoicing.fw01(conn), has_wrong_match=True)
        await bidding.happens(conn, addresses.owner)
        await awarding.happens(conn, addresses.owner)
        await dunning.happens(conn, addresses)
        await conn.close()
        worker = await db.connect(addresses.worker)
        assert await seals.seal(worker) is not None
        await worker.close()
        yield addresses


@pytest.fixture
async def copy(cluster: Callable[[str], Dsns], original: Dsns) -> AsyncIterator[Dsns]:
    """The same once more, to be tampered with."""
    name, source = f"market_{secrets.token_hex(6)}", urlsplit(original.app).path.lstrip("/")
    server = await asyncpg.connect(cluster("postgres").owner)
    await server.execute(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY")
    yield cluster(name)
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()
