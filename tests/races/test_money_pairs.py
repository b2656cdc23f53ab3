"""Two acts of money on one invoice, one held inside while the other comes, in both orders.

``--every-point`` races every ordered pair at every point (`make soak`); without it a sample is
taken from the same tables, in which each command is ahead once and behind once at least.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import product
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import asyncpg
import pytest

from market.auditor import audit
from market.auditor.sources import SOURCE
from market.base import db
from market.base.embedded import Dsns
from market.money.invoicing.tax_points import operations as tax_points
from tests.client import Market, serving
from tests.conftest import Clone
from tests.races import scenes, statements
from tests.races.commands import COMMANDS, REFUSED, Answer, Ring
from tests.races.held import LOCKED, POINTS, Side, is_met, locked_by, raced
from tests.races.scenes import Scene
from tests.world import stripe

Cluster: TypeAlias = Callable[[str], Dsns]
Onlooker: TypeAlias = "asyncpg.Connection[Any]"
Case: TypeAlias = tuple[str, str, str]
DONE: Final = (200, 201, 204)
# What posts elsewhere than on an invoice; and what asks for a money act that another has to pass.
ELSEWHERE: Final = {
    "opening_balance", "opening_supplement", "contract_signed", "chargeback_recovered",
    "chargeback_recovery_undone", "stripe_line_explained",
    "stripe_explanation_undone",
    "chargeback_write_off", "chargeback_write_off_recovered",
}  # fmt: skip
ASKED_FOR: Final = {
    "make_transfer_list", "prepare_opening_balance", "prepare_opening_supplement",
    "propose_bank_account", "propose_chargeback_write_off", "propose_credit_note",
    "propose_retraction",
    "propose_stripe_explanation", "propose_stripe_explanation_undo", "propose_void",
    "propose_write_off",
}  # fmt: skip


def sample() -> list[Case]:
    """Each ahead of its neighbour in the table, and whoever is not behind one behind another."""
    pairs = [(name, _neighbour(name, 1)) for name in COMMANDS]
    behind = {name for _, name in pairs}
    pairs += [(_neighbour(name, -1), name) for name in COMMANDS if name not in behind]
    cases = []
    for place, (ahead, second) in enumerate(pairs):
        points = COMMANDS[ahead].points[:-1]  # at the last of them one follows the other
        cases.append((ahead, second, points[place % len(points)]))
    return cases


def _neighbour(name: str, step: int) -> str:
    """The next whose scene is the same but for what one of them lacks, so that none is built."""
    names, needs = list(COMMANDS), set(COMMANDS[name].needs)
    around = names[names.index(name) + step :: step] + names[::step]
    return next(
        other
        for other in around
        if other != name
        and (needs <= set(COMMANDS[other].needs) or needs >= set(COMMANDS[other].needs))
    )


def every() -> list[Case]:
    pairs = product(COMMANDS, COMMANDS)
    return [(*pair, point) for pair in pairs for point in COMMANDS[pair[0]].points]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        cases = every() if metafunc.config.getoption("--every-point") else sample()
        metafunc.parametrize("case", cases, ids=" · ".join)


class Outcome(NamedTuple):
    """What both were told, and what stands in the books and on the invoice afterwards."""

    answers: tuple[Answer, Answer]
    books: dict[str, int]
    invoices: tuple[Any, ...]
    payments: tuple[Any, ...]
    refunds: tuple[Any, ...]
    waited: bool

    def is_as(self, other: Outcome, *, turned: bool) -> bool:
        answers = other.answers[::-1] if turned else other.answers
        return self == other._replace(answers=answers, waited=self.waited)


class Arena:
    """Scenes, each built once and copied for each race; and what came of acts in turn."""

    def __init__(self, market: Market, clone: Clone, cluster: Cluster) -> None:
        self.market = market
        self.clone = clone
        self.cluster = cluster
        self.kept = AsyncExitStack()
        self.beginning: scenes.Beginning | None = None
        self.scenes: dict[frozenset[str], Scene] = {}
        self.in_turn: dict[tuple[str, str], Outcome] = {}

    async def scene_of(self, names: Sequence[str]) -> Scene:
        needs = frozenset(need for name in names for need in COMMANDS[name].needs)
        if needs not in self.scenes:
            begun = await self.begun()
            addresses = await self.kept.enter_async_context(self.copy(begun.addresses))
            conn = await db.connect(addresses.app)
            self.scenes[needs] = await scenes.built(conn, addresses, begun, needs)
            await conn.close()
        return self.scenes[needs]

    async def begun(self) -> scenes.Beginning:
        if self.beginning is None:
            addresses = await self.kept.enter_async_context(self.clone())
            conn = await db.connect(addresses.app)
            self.beginning = await scenes.begun(conn, addresses)
            await conn.close()
        return self.beginning

    @asynccontextmanager
    async def copy(self, addresses: Dsns) -> AsyncIterator[Dsns]:
        """Nobody may be connected to what is copied."""
        name, source = f"market_{secrets.token_hex(6)}", urlsplit(addresses.app).path[1:]
        server = await asyncpg.connect(self.cluster("postgres").owner)
        await server.execute(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY")
        try:
            yield self.cluster(name)
        finally:
            await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
            await server.close()

    @asynccontextmanager
    async def opened(self, *names: str) -> AsyncIterator[tuple[Ring, Onlooker]]:
        """A copy of the scene in which these commands can be given."""
        scene = await self.scene_of(names)
        async with self.copy(scene.addresses) as addresses:
            onlooker = await asyncpg.connect(addresses.owner)
            async with self._led_to(addresses, scene) as ring:
                yield ring, onlooker
            await onlooker.close()

    @asynccontextmanager
    async def _led_to(self, addresses: Dsns, scene: Scene) -> AsyncIterator[Ring]:
        state = self.market.app.state
        usual = state.pool, state.rails
        known = stripe.opened(scene.account)
        try:
            async with statements.pool(addresses.app) as state.pool, known as state.rails:
                here = scene._replace(addresses=addresses)
                yield Ring(self.market.client, state.pool, here)
        finally:
            state.pool, state.rails = usual

    async def alone(self, name: str) -> Side:
        """The command by itself, watched."""
        side = Side()
        async with self.opened(name) as (ring, _):
            answer = await side.run(partial(COMMANDS[name].run, ring))
        assert answer.status in DONE, answer
        return side

    async def race(self, ahead: str, behind: str, point: str | None) -> Outcome:
        """None: one after the other."""
        first, second = Side(POINTS[point] if point else None), Side()
        async with self.opened(ahead, behind) as (ring, onlooker):
            acts = partial(COMMANDS[ahead].run, ring), partial(COMMANDS[behind].run, ring)
            answers = await raced(onlooker, first, second, acts)
            outcome = await seen(onlooker, answers, second.waited)
            assert first.clashes + second.clashes == []
            if point is not None:
                await tax_points.reach_due_dates(ring.pool)
                report = await audit.run(ring.scene.addresses.auditor)
                assert report.faults == []
        return outcome

    async def in_order(self, ahead: str, behind: str) -> Outcome:
        if (ahead, behind) not in self.in_turn:
            self.in_turn[ahead, behind] = await self.race(ahead, behind, None)
        return self.in_turn[ahead, behind]


async def seen(onlooker: Onlooker, answers: tuple[Answer, Answer], waited: bool) -> Outcome:
    books = await onlooker.fetch(
        """SELECT a.kind, sum(CASE WHEN t.debit_account = a.id THEN t.amount_minor
                                   ELSE -t.amount_minor END)::bigint
           FROM account a JOIN transfer t ON a.id IN (t.debit_account, t.credit_account)
           GROUP BY a.kind"""
    )
    invoices = await onlooker.fetch(
        """SELECT state, paid_minor, vat_due_minor, credited_minor, offset_minor
           FROM invoice ORDER BY serial"""
    )
    payments = await onlooker.fetch(
        "SELECT state, cancel_asked_by IS NULL FROM online_payment ORDER BY id"
    )
    refunds = await onlooker.fetch("SELECT state, amount_minor FROM refund ORDER BY amount_minor")
    held = {kind: minor for kind, minor in books if minor}
    return Outcome(answers, held, tuple(invoices), tuple(payments), tuple(refunds), waited)


@pytest.fixture(scope="module")
async def arena(
    clone: Clone, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Arena]:
    async with serving(clone, tmp_path_factory.mktemp("pairs")) as market:
        made = Arena(market, clone, cluster)
        async with made.kept:
            yield made


async def test_whatever_comes_between_two_acts_they_end_as_if_one_had_followed_the_other(
    arena: Arena, case: Case
) -> None:
    """And the auditor finds nothing, nobody is refused but by a rule, and nobody deadlocks."""
    ahead, behind, point = case
    outcome = await arena.race(ahead, behind, point)
    for answer in outcome.answers:
        assert answer.status in (*DONE, *REFUSED), answer
    there, back = (ahead, behind), (behind, ahead)
    # Who was let through came first, most likely.
    for order in (there, back) if outcome.waited else (back, there):
        if outcome.is_as(await arena.in_order(*order), turned=order is back):
            return
    pytest.fail(f"{outcome}, but {arena.in_turn}")


@pytest.mark.parametrize("name", COMMANDS)
async def test_each_command_is_held_wherever_it_locks_and_locks_in_the_order_of_the_house(
    arena: Arena, request: pytest.FixtureRequest, name: str
) -> None:
    side = await arena.alone(name)
    met = [point for point in POINTS if any(is_met(POINTS[point], *one) for one in side.passed)]
    assert [point for point in met if point in COMMANDS[name].points] == COMMANDS[name].points
    if request.config.getoption("--every-point"):
        assert met == COMMANDS[name].points
    locked = list(dict.fromkeys(filter(None, (locked_by(sql) for _, sql in side.passed))))
    assert locked == [table for table in LOCKED if table in locked]


async def test_no_money_command_goes_unraced(arena: Arena) -> None:
    """Every cause of a posting, and every route that wants a key, has its command."""
    known = set(re.findall(r"'(\w+):' \|\|", SOURCE))
    assert known - ELSEWHERE == {cause for one in COMMANDS.values() for cause in one.books}
    keyed = {
        handler.operation_id
        for route in arena.market.app.routes
        for handler in getattr(route, "route_handlers", [])
        if handler.opt.get("key") == "required"
    }
    assert keyed - ASKED_FOR <= {one.operation for one in COMMANDS.values()}
