"""Many at once do the same to the same object: it happens once, and no number is lost.

Fifty each time, two hundred with ``--every-point``.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple
from uuid import uuid4

import httpx
import pytest

from market.auditor import audit
from market.base import db
from market.base.access import Actor
from market.base.db import Connection
from tests.client import Caller, Market, serving
from tests.conftest import Clone
from tests.races.contests import CONTESTS, Contest, Prepare
from tests.world import contracts

FEW: Final = 50
MANY: Final = 200
LOST: Final = {409, 412}
BUSY: Final = 503


class Arena(NamedTuple):
    """The running market, a connection to prepare by, and one that reads the log."""

    market: Market
    conn: Connection
    log: Connection

    async def effects(self, contest: Contest) -> int:
        found: int = await self.log.fetchval(
            """SELECT count(*) FROM event
               WHERE name = $1 AND ($2::uuid IS NULL OR subject_id = $2)""",
            contest.event,
            contest.about,
        )
        return found

    async def callers(self, *actors: Actor) -> list[Caller]:
        return [await self.market.as_person(self.conn, actor) for actor in actors]


@pytest.fixture(scope="module")
async def arena(stocked: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Arena]:
    """At the end nothing that many at once have left behind is wrong."""
    async with serving(stocked, tmp_path_factory.mktemp("races")) as market:
        conn = await db.connect(market.addresses.app)
        log = await db.connect(market.addresses.auditor)
        yield Arena(market, conn, log)
        await conn.close()
        await log.close()
        report = await audit.run(market.addresses.auditor)
        assert report.faults == []


@pytest.fixture
def at_once(request: pytest.FixtureRequest) -> int:
    return MANY if request.config.getoption("--every-point") else FEW


async def send(caller: Caller, contest: Contest, key: str) -> httpx.Response:
    """As a client does: after 503 it comes back with the same key."""
    while True:
        answer = await caller.request(
            contest.method, contest.path, headers={"Idempotency-Key": key}, **contest.sent
        )
        if answer.status_code != BUSY:
            return answer
        await asyncio.sleep(float(answer.headers["Retry-After"]))


async def all_at_once(
    callers: Sequence[Caller], contest: Contest, keys: Sequence[str]
) -> list[httpx.Response]:
    return await asyncio.gather(
        *(send(callers[n % len(callers)], contest, key) for n, key in enumerate(keys))
    )


def told(answers: Sequence[httpx.Response]) -> list[tuple[int, str]]:
    """The distinct answers, for the message of a failed test."""
    return sorted({(answer.status_code, answer.text[:300]) for answer in answers})


def is_done(answer: httpx.Response) -> bool:
    return answer.status_code in (200, 201)


def made_by(answer: httpx.Response) -> str:
    """What the answer is about; an import's is the statement that the first of them made."""
    body = answer.json()
    return str((body["statements"][0] if "statements" in body else body)["id"])


@pytest.mark.parametrize("prepare", CONTESTS.values(), ids=CONTESTS)
async def test_of_many_at_once_one_takes_effect(
    arena: Arena, prepare: Prepare, at_once: int
) -> None:
    """The winner's own repetitions get his answer, his rivals are refused."""
    contest = await prepare(arena.conn)
    callers = await arena.callers(contest.owner, *contest.rivals)
    before = await arena.effects(contest)
    answers = await all_at_once(callers, contest, [str(uuid4()) for _ in range(at_once)])

    done = [answer for answer in answers if is_done(answer)]
    assert done
    assert {answer.status_code for answer in answers if not is_done(answer)} <= LOST, told(answers)
    assert await arena.effects(contest) == before + 1
    assert len({made_by(answer) for answer in done}) == 1, told(done)


@pytest.mark.parametrize("prepare", CONTESTS.values(), ids=CONTESTS)
async def test_under_one_key_everybody_gets_one_answer(
    arena: Arena, prepare: Prepare, at_once: int
) -> None:
    contest = await prepare(arena.conn)
    (caller,) = await arena.callers(contest.owner)
    before, key = await arena.effects(contest), str(uuid4())
    answers = await all_at_once([caller], contest, [key] * at_once)

    done = [answer for answer in answers if is_done(answer)]
    others = [answer for answer in answers if not is_done(answer)]
    assert len({answer.content for answer in done}) == 1, told(done)
    assert {(answer.status_code, answer.json()["code"]) for answer in others} <= {
        (409, "in_progress")
    }, told(others)
    assert await arena.effects(contest) == before + 1
    again = await send(caller, contest, key)
    assert again.content == done[0].content
    if contest.method == "POST":
        assert again.headers["Idempotent-Replayed"] == "true"


async def test_many_contracts_approved_at_once_are_numbered_without_gap(arena: Arena) -> None:
    conn, many = arena.conn, 12
    people = await contracts.cast(conn)
    deals = [await contracts.submitted(conn, people) for _ in range(many)]
    for deal in deals:
        await contracts.reviewed(conn, deal, "technical", "finance")
    (leader,) = await arena.callers(people.leader)
    paths = [f"/v1/contracts/{deal.contract.id}/reviews/leader" for deal in deals]
    answers = await asyncio.gather(
        *(leader.request("PUT", path, json={"verdict": "pass"}) for path in paths * 8)
    )
    assert Counter(answer.status_code for answer in answers) == {200: many * 8}
    numbers = sorted({answer.json()["number"] for answer in answers})
    assert [int(number.rpartition("-")[2]) for number in numbers] == list(range(1, many + 1))
