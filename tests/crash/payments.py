"""``python -m tests.crash.payments``: kill and cut the market while money moves through Stripe.

In each round people pay, are refunded and dispute, all at once. At random moments the server, the
worker or PostgreSQL is killed with SIGKILL, twice in a round, the second time perhaps while it
starts again; or one of the two ways (to the database, to Stripe) falls ill. Then everything that
was begun must come to its end, no call may stay unknown for a minute, the audit must hold, and what
is booked must be what Stripe has, each once.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Final, NamedTuple

import asyncpg

from tests.crash import evidence, lives, rig
from tests.crash.evidence import Broken
from tests.crash.lives import LIVES, Cast
from tests.crash.proxy import Ill, Proxy
from tests.crash.rig import SERVER, WORKER, Rig

AT_ONCE: Final = 3
KILLS_A_ROUND: Final = 2
UNKNOWN_SECONDS: Final = 60
# What nobody told is read after a minute; what Stripe could not deliver comes again after five.
LATER_SECONDS: Final = (61, 301)
PAUSE_SECONDS: Final = 3
MOST_PAUSES: Final = 40


class Blow(NamedTuple):
    """What is struck in a round: a process, or a way by an ill."""

    name: str
    ill: Ill | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.ill}" if self.ill else self.name


def rounds(chance: random.Random, given: argparse.Namespace) -> list[list[Blow]]:
    """In any order."""
    kills = [Blow(chance.choice(["server", "worker"])) for _ in range(given.kills)]
    kills += [Blow("postgres") for _ in range(given.postgres)]
    chance.shuffle(kills)
    drawn = [kills[at : at + KILLS_A_ROUND] for at in range(0, len(kills), KILLS_A_ROUND)]
    drawn += [
        [Blow(way, ill)] for _ in range(given.ills) for way in ("database", "stripe") for ill in Ill
    ]
    chance.shuffle(drawn)
    return drawn


async def strike(market: Rig, blow: Blow, begun: Sequence[asyncio.Task[None]]) -> None:
    """And start again what died by it."""
    if blow.ill is not None:
        await _suffer(getattr(market, blow.name), blow.ill, begun)
    elif blow.name == "postgres":
        await asyncio.to_thread(market.kill_postgres)
        await market.start_postgres()
    else:
        words = SERVER if blow.name == "server" else WORKER
        market.kill(words)
        market.launch(words)


async def _suffer(way: Proxy, ill: Ill, begun: Sequence[asyncio.Task[None]]) -> None:
    """Until it has struck, or nothing is left that it could strike."""
    before = way.struck
    way.order(ill)
    waiting = list(begun)
    while way.struck == before and waiting:
        _, left = await asyncio.wait(waiting, timeout=lives.LOOK_SECONDS)
        waiting = list(left)
    way.heal()
    if way.struck == before:
        raise Unstruck


class Unstruck(Exception):
    """Everything was over before it could strike."""


async def round_of(
    cast: Cast, chance: random.Random, struck: Sequence[Blow], within_seconds: float
) -> None:
    """Raises Broken."""
    market = cast.rig
    if len(cast.left) < AT_ONCE:
        await cast.sign()
    begun = [asyncio.create_task(live(cast)) for live in chance.sample(LIVES, AT_ONCE)]
    try:
        for blow in struck:
            await asyncio.sleep(chance.uniform(0, within_seconds / len(struck)))
            await strike(market, blow, begun)
        await market.until_ready()
        await _known(market)
    finally:
        try:
            await _ended(market, begun)
        finally:
            for task in begun:
                task.cancel()
            await asyncio.wait(begun)


async def proved(cast: Cast, head: str | None) -> str | None:
    """Returns the head of the seals. Raises Broken."""
    head = await evidence.audited(cast.rig.addresses, head)
    await evidence.kept(cast.rig.addresses, cast.acknowledged)
    await lives.whole(cast)
    return head


async def _known(market: Rig) -> None:
    """Whatever was called without an answer is known within a minute; both clocks stand still."""
    conn = await asyncpg.connect(market.addresses.owner)
    try:
        waiting: dict[str, float] = {}
        while rows := {str(one["id"]) for one in await conn.fetch(lives.OPEN)}:
            now = time.monotonic()
            waiting = {name: waiting.get(name, now) for name in rows}
            if late := [name for name, since in waiting.items() if now - since > UNKNOWN_SECONDS]:
                raise Broken(f"unknown for more than {UNKNOWN_SECONDS} s: {late}")
            await asyncio.sleep(lives.LOOK_SECONDS)
    finally:
        await conn.close()


async def _ended(market: Rig, begun: Sequence[asyncio.Task[None]]) -> None:
    """Everything comes to its end, however often Stripe has to send its events again."""
    for seconds, _ in zip(cycle(LATER_SECONDS), range(MOST_PAUSES), strict=False):
        done, left = await asyncio.wait(begun, timeout=PAUSE_SECONDS)
        for task in done:
            task.result()
        if not left:
            return
        await market.pass_time(seconds)
    raise Broken(f"{len(left)} of {len(begun)} did not come to their end")


async def played(folder: Path, given: argparse.Namespace) -> bool:
    """Whether every round holds; the first that breaks ends it, for the next would repeat it."""
    chance, struck = random.Random(given.seed), 0
    drawn = rounds(chance, given)
    deadline = time.monotonic() + given.minutes * 60
    async with rig.opened(folder) as market:
        cast = await _open(market)
        began = time.monotonic()
        await round_of(cast, chance, [], 0)
        calm_seconds, head = time.monotonic() - began, await proved(cast, None)
        print(f"undisturbed: {AT_ONCE} lives in {calm_seconds:.1f} s", flush=True)
        for number, blows in enumerate(drawn, 1):
            if time.monotonic() > deadline:
                break
            began, words = time.monotonic(), f"round {number}/{len(drawn)} [{_told(blows)}]"
            try:
                await round_of(cast, chance, blows, calm_seconds)
                head, verdict = await proved(cast, head), "holds"
                struck += len(blows)
            except Unstruck:
                verdict = "over before it struck"
            except Exception as broken:
                print(f"{words}: BROKEN: {type(broken).__name__}: {broken}", flush=True)
                return False
            print(f"{words} {time.monotonic() - began:.1f} s: {verdict}", flush=True)
    print(f"{struck} blows, nothing lost, nothing doubled", flush=True)
    return True


async def _open(market: Rig) -> Cast:
    cast = Cast(market)
    await cast.sign()
    unit = cast.people.unit.number_prefix
    assert unit is not None, "it issues invoices"
    await market.connect_stripe(unit)
    market.launch(SERVER)
    market.launch(WORKER)
    await market.until_ready()
    return cast


def _told(blows: Sequence[Blow]) -> str:
    return ", ".join(map(str, blows))


def main() -> int:
    given = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no process is left behind
    folder = Path(tempfile.mkdtemp(prefix="market-crash-"))
    folder.chmod(0o711)
    holds = asyncio.run(played(folder, given))
    if not holds:
        print(f"kept in {folder}", flush=True)
        return 1
    shutil.rmtree(folder)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.payments", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="makes the same blows again")
    parser.add_argument("--kills", type=int, default=20, help="of the server or the worker")
    parser.add_argument("--postgres", type=int, default=5, help="kills of PostgreSQL")
    parser.add_argument("--ills", type=int, default=1, help="of each kind, on each way")
    parser.add_argument("--minutes", type=int, default=120, help="begin no round after so many")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
