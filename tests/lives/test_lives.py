"""An independent model of invoices and their money beside the market, through lives of chance.

After every step each row and each balance is what the model says, or the refusal has its code.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import AsyncIterator

import pytest

from market.auditor import audit
from market.stripe_simulator.app import serving
from tests.conftest import Clone
from tests.lives import coverage
from tests.lives import stage as stages
from tests.lives.drawing import Drawing
from tests.lives.life import Tally
from tests.lives.model import When
from tests.lives.stage import Play, Stage
from tests.lives.wrongs import Wrongs

# Of a batch: `make soak` plays many, and says how far it is.
LIVES = 24
# At most, until everything came about.
MORE_LIVES = 36
STEPS_IN_A_LIFE = 210
DAYS: tuple[When, ...] = (
    *("late", "ahead", "late", "ahead", "late", "today"),
    *("ahead", "late", "ahead", "late", "ahead", "late"),
    *("ahead", "late", "ahead", "late", "ahead", "late", "ahead", "ahead"),
)
FIRST = 8
FAR = len(DAYS) - 1


async def born(stage: Stage, chance: random.Random) -> Play:
    amounts = [chance.randint(5_00, 4_000_00) for _ in DAYS]
    amounts[1] += 86_000_00 - sum(amounts)
    wanted = [
        (amount, when, place == FAR)
        for place, (amount, when) in enumerate(zip(amounts, DAYS, strict=True))
    ]
    return await stages.begun(
        stage, wanted, chance.choice([chance.randint(1_00, 2_000_00), 60_000_00])
    )


async def lived(stage: Stage, drawing: Drawing, chance: random.Random) -> None:
    tally = drawing.tally
    life = Wrongs(stage, await born(stage, chance), tally, chance)
    begun = tally.steps
    await life.control("payouts/take", allowed="true")
    for place in range(FIRST):
        await life.issue(place, "finance")
    await life.statement()
    await life.lose_unperformed()
    while tally.steps - begun < STEPS_IN_A_LIFE:
        await drawing.play(life, chance)
    for refund in life.model.refunds:
        if refund.state == "approved" and refund.charge is None:
            await life.on_refund("fail", refund, "finance")
    await life.mend()
    await life.ask_rules()
    await life.recover()  # lists, rules asked for and recoveries of the next life are its own


@pytest.fixture(scope="module")
async def simulator() -> AsyncIterator[str]:
    async with serving() as served:
        yield served.address


@pytest.fixture
async def stage(clone: Clone, simulator: str) -> AsyncIterator[Stage]:
    """Of one batch: a day has room for so many files of one person. The auditor looks last."""
    async with clone() as addresses, stages.opened(addresses, simulator) as made:
        yield made
        report = await audit.run(addresses.auditor)
        assert [f"{f.invariant} {f.table} {f.id}: {f.found}" for f in report.faults] == []


@pytest.fixture(scope="module")
def tally() -> Tally:
    return Tally()


@pytest.fixture(scope="module")
def drawing(tally: Tally) -> Drawing:
    return Drawing(tally)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "lives" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("--lives")
        batches = [range(begin, begin + LIVES) for begin in range(0, wanted, LIVES)]
        metafunc.parametrize("lives", batches, ids=lambda batch: f"from {batch.start} on")


@pytest.fixture(autouse=True)
def time_is_left(request: pytest.FixtureRequest, tally: Tally) -> None:
    minutes = request.config.getoption("--minutes")
    if "lives" in request.fixturenames and time.monotonic() - tally.begun_at > 60 * minutes:
        pytest.skip(f"{minutes} minutes are over")


async def test_the_market_does_what_the_model_says(
    stage: Stage, drawing: Drawing, lives: range
) -> None:
    for number in lives:
        await lived(stage, drawing, random.Random(number))
    if lives.start:
        told = f"{lives.stop} lives, {drawing.tally.steps} steps"
        print(f"\n{told}", file=sys.__stderr__, flush=True)


async def test_every_move_and_every_refusal_comes_about(stage: Stage, drawing: Drawing) -> None:
    tally = drawing.tally
    assert tally.steps >= 5_000
    for number in range(MORE_LIVES):
        if coverage.too_seldom(tally):
            await lived(stage, drawing, random.Random(f"another {number}"))
    seldom = coverage.too_seldom(tally)
    assert not seldom, "\n".join(f"{one}: {tally.hits[one]}" for one in seldom)
