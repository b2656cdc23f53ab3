"""Whatever happens at Stripe, and whatever is heard of it, the books end at Stripe's own truth."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from typing import Any, Final, NamedTuple

import pytest

from market.auditor import audit
from market.base import db
from market.base.db import Connection, Pool
from market.stripe_simulator.app import serving, simulator_app
from market.stripe_simulator.simulator import Simulator
from tests.client import OneConnection
from tests.conftest import DEALS, Clone, rolled_back
from tests.money.payments.stripe_events.streams import Stream
from tests.money.payments.stripe_events.truth import is_stripes_truth
from tests.world import stripe

# Of as many the audit is made together; each has a unit, and an account, of its own.
TOGETHER: Final = DEALS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`make soak` draws more of them."""
    if "first" in metafunc.fixturenames:
        streams = metafunc.config.getoption("--streams")
        metafunc.parametrize("first", range(0, streams, TOGETHER))


class Stage(NamedTuple):
    """One connection, whose plans are made once, beside a simulator without a network between."""

    conn: Connection
    simulator: Simulator
    app: Any


@pytest.fixture(scope="module")
async def stage(stocked: Clone) -> AsyncIterator[Stage]:
    simulator = Simulator("http://127.0.0.1:1")
    async with stocked() as addresses:
        conn = await db.connect(addresses.owner)
        await conn.execute("SET SESSION AUTHORIZATION market_app")
        yield Stage(conn, simulator, simulator_app(simulator))
        conn.terminate()


async def lived(pool: Pool, simulator: Simulator, seed: int, app: Any = None) -> Stream:
    """A life to its end; it is drawn again by its seed."""
    async with stripe.till(pool, simulator.address, app=app) as till:
        account = simulator.account(till.account.key)
        stream = Stream(till, account, random.Random(seed))
        try:
            await stream.live()
            await is_stripes_truth(stream)
        except BaseException as fault:
            fault.add_note(f"stream {seed}")
            raise
        finally:
            await till.control("faults/clear")
            simulator.accounts.clear()
    return stream


async def test_the_books_end_at_stripes_own_truth(stage: Stage, first: int) -> None:
    """Each act is a savepoint of one transaction, which is audited and undone."""
    pool: Any = OneConnection(stage.conn)
    async with rolled_back(stage.conn):
        for seed in range(first, first + TOGETHER):
            await lived(pool, stage.simulator, seed, stage.app)
        await stage.conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
        await stage.conn.execute("SET SESSION AUTHORIZATION market_auditor")
        assert (await audit.examine(stage.conn)).faults == []


async def test_so_they_do_when_each_act_is_committed_and_calls_go_over_http(
    stocked: Clone,
) -> None:
    async with serving() as simulator, stocked() as addresses:
        pool = await db.open_pool(addresses.app)
        for seed in range(-2, 0):
            await lived(pool, simulator, seed)
        await db.close_pool(pool)
        assert (await audit.run(addresses.auditor)).faults == []
