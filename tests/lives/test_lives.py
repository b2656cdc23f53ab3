"""An independent model of invoices and their money beside the market, through lives of chance.

After every step each row and each balance is what the model says, or the refusal has its code.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from market.auditor import audit
from market.stripe_simulator.app import serving
from tests.conftest import Clone
from tests.lives import coverage
from tests.lives import stage as stages
from tests.lives.life import Tally
from tests.lives.model import When
from tests.lives.stage import Play, Stage
from tests.lives.weights import WEIGHTS
from tests.lives.wrongs import Wrongs

# Of a batch: `make soak` plays many, and says how far it is.
LIVES = 36
STEPS_IN_A_LIFE = 140
DAYS: tuple[When, ...] = (
    *("late", "ahead", "late", "ahead", "late", "today"),
    *("ahead", "late", "ahead", "late", "ahead", "ahead"),
)
FIRST = 8
FAR = len(DAYS) - 1
ACTS = [act for act, weight in WEIGHTS for _ in range(weight)]


async def born(stage: Stage, chance: random.Random) -> Play:
    amounts = [chance.randint(5_00, 7_000_00) for _ in DAYS]
    amounts[1] += 86_000_00 - sum(amounts)
    wanted = [
        (amount, when, place == FAR)
        for place, (amount, when) in enumerate(zip(amounts, DAYS, strict=True))
    ]
    return await stages.begun(stage, wanted, chance.randint(1, 5_000_00))


async def lived(stage: Stage, tally: Tally, chance: random.Random) -> None:
    life = Wrongs(stage, await born(stage, chance), tally, chance)
    begun = tally.steps
    await life.control("payouts/take", allowed="true")
    for place in range(FIRST):
        await life.issue(place, "finance")
    await life.statement()
    while tally.steps - begun < STEPS_IN_A_LIFE:
        await chance.choice(ACTS)(life)
    for refund in life.model.refunds:
        if refund.state == "approved" and refund.charge is None:
            await life.on_refund("fail", refund, "finance")  # the next life makes lists of its own
    life.ends()


@pytest.fixture(scope="module")
async def simulator() -> AsyncIterator[str]:
    async with serving() as served:
        yield served.address


@pytest.fixture(scope="module")
async def stage(clone: Clone, simulator: str) -> AsyncIterator[Stage]:
    async with clone() as addresses, stages.opened(addresses, simulator) as made:
        yield made


@pytest.fixture(scope="module")
def tally() -> Tally:
    return Tally()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "batch" in metafunc.fixturenames:
        metafunc.parametrize("batch", range(-(-metafunc.config.getoption("--lives") // LIVES)))


@pytest.fixture(autouse=True)
def time_is_left(request: pytest.FixtureRequest, tally: Tally) -> None:
    minutes = request.config.getoption("--minutes")
    if "batch" in request.fixturenames and time.monotonic() - tally.begun_at > 60 * minutes:
        pytest.skip(f"{minutes} minutes are over")


@settings(
    max_examples=LIVES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(chance=some.randoms(use_true_random=False))
async def test_the_market_does_what_the_model_says(
    stage: Stage, tally: Tally, batch: int, chance: random.Random
) -> None:
    await lived(stage, tally, chance)
    tally.lives += 1
    if tally.lives % LIVES == 0:
        told = f"\n{tally.lives} lives, {tally.steps} steps"
        print(told, file=sys.__stderr__, flush=True)


def test_every_move_and_every_refusal_came_about(tally: Tally) -> None:
    assert tally.steps >= 5_000
    assert coverage.too_seldom(tally) == []


async def test_the_auditor_finds_nothing(stage: Stage) -> None:
    report = await audit.run(stage.addresses.auditor)
    assert [f"{f.invariant} {f.table} {f.id}: {f.found}" for f in report.faults] == []
