"""``python -m tests.crash``: play the demonstration and kill the market at random moments.

Each run begins with a fresh copy of a market that knows its two administrators. A client in this
process plays the story; at random acts the server, PostgreSQL, one of its backends, or both are
killed with SIGKILL, sometimes the client is broken off too. After each restart the audit must
hold and every acknowledged act must be there; at the end the figures are those of a run that
nothing interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

from market.demo import city
from tests.crash import evidence
from tests.crash.evidence import Broken, Figures
from tests.crash.server import Server
from tests.crash.story import FIRST_DAY, Story, set_days, stripe_beside

KINDS: Final = ("server", "postgres", "backend", "both")
AFTERMATH_SECONDS: Final = 0.6  # how long the server lives on without its database
BREAK_OFF: Final = 0.25
PATIENT_EVERY: Final = 5  # the runs that wait for the jobs of killed workers


class Kill(NamedTuple):
    """After so many acts and a little later; ``client``: the story is broken off as well."""

    after_acts: int
    delay_seconds: float
    kind: str
    aftermath_seconds: float
    client: bool

    def __str__(self) -> str:
        return f"{self.kind}{'+client' if self.client else ''}@{self.after_acts}"


class Measure(NamedTuple):
    """The story without interruption: its figures, how many acts it has, how long one takes."""

    figures: Figures
    acts: int
    act_seconds: float


def plan(chance: random.Random, kills: int, measure: Measure) -> list[Kill]:
    """Kills spread evenly by chance over the whole story, each at any point of an act."""
    acts = sorted(chance.randrange(measure.acts) for _ in range(kills))
    return [
        Kill(
            after_acts,
            chance.uniform(0, 2 * measure.act_seconds),
            chance.choice(KINDS),
            chance.uniform(0, AFTERMATH_SECONDS),
            chance.random() < BREAK_OFF,
        )
        for after_acts in acts
    ]


def prepare(folder: Path) -> Server:
    """A market with its two administrators, stopped."""
    folder.mkdir()
    server = Server(folder)
    root = city.UNITS[0]
    server.run("migrate")
    asyncio.run(begin_calendar(server))
    for person in city.ADMINISTRATORS:
        words = ("--name", person.name, "--email", person.email, "--password", city.PASSWORD)
        ended = server.run("create-administrator", *words, "--root", root.name_zh)
        if ended.returncode:
            raise RuntimeError(ended.stderr)
    return server


async def begin_calendar(server: Server) -> None:
    await server.start()
    try:
        await set_days(server.addresses.owner, FIRST_DAY)
    finally:
        server.stop()


def copied(source: Path, target: Path) -> Server:
    """With owners and permissions, which PostgreSQL insists on."""
    subprocess.run(["/bin/cp", "-a", source, target], check=True)
    return Server(target)


async def uninterrupted(server: Server) -> Measure:
    async with stripe_beside(server) as stripe_url:
        return await measured(server, Story(server, stripe_url))


async def measured(server: Server, story: Story) -> Measure:
    await server.start()
    try:
        began = time.monotonic()
        story.begin()
        await story.end()
        seconds = time.monotonic() - began
        figures = await account(server, story, None, patient=True)
    finally:
        server.stop()
    acts = len(story.journal.done)
    return Measure(figures, acts, seconds / acts)


async def interrupted(server: Server, kills: list[Kill], *, patient: bool) -> Figures:
    """Play to the end through all the kills. Raises Broken."""
    async with stripe_beside(server) as stripe_url:
        return await killed(server, Story(server, stripe_url), kills, patient=patient)


async def killed(server: Server, story: Story, kills: list[Kill], *, patient: bool) -> Figures:
    head: str | None = None
    await server.start()
    try:
        story.begin()
        for kill in kills:
            if not await story.until(kill.after_acts):
                break
            await asyncio.sleep(kill.delay_seconds)
            await strike(server, story, kill)
            acknowledged = dict(story.journal.done)
            await (server.until_ready() if kill.kind == "backend" else server.start())
            if kill.client:
                story.begin()
            head = await evidence.audited(server.addresses, head)
            await evidence.kept(server.addresses, acknowledged)
        await story.end()
        return await account(server, story, head, patient=patient)
    finally:
        server.stop()
        await story.break_off()


async def strike(server: Server, story: Story, kill: Kill) -> None:
    """Without one backend PostgreSQL recovers by itself, and the server stays.

    Otherwise the server ends too, sooner or later: only a new one starts PostgreSQL again.
    """
    if kill.client:
        await story.break_off()
    if kill.kind == "backend":
        server.kill_one_backend()
        return
    if kill.kind != "server":
        server.kill_postgres()
    if kill.kind == "postgres":
        await asyncio.sleep(kill.aftermath_seconds)
    server.kill_server()


async def account(server: Server, story: Story, head: str | None, *, patient: bool) -> Figures:
    """The figures at the end; `market check` holds."""
    await evidence.kept(server.addresses, story.journal.done)
    await evidence.jobs_done(server.addresses, patient=patient)
    await evidence.audited(server.addresses, head)
    checked = await asyncio.to_thread(server.run, "check")
    if checked.returncode:
        raise Broken(f"market check: {checked.stdout}{checked.stderr}")
    return await evidence.figures(server.addresses, story.result)


def compare(found: Figures, expected: Figures) -> None:
    for name, one, other in zip(Figures._fields, found, expected, strict=True):
        if one != other:
            raise Broken(f"{name} differ: {_difference(one, other)}")


def _difference(one: object, other: object) -> str:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return f"{sorted(set(one) - set(other))} instead of {sorted(set(other) - set(one))}"
    return f"{one} instead of {other}"


def run_once(
    folder: Path, base: Path, kills: list[Kill], expected: Figures, *, patient: bool
) -> str | None:
    """None, or what broke."""
    try:
        found = asyncio.run(interrupted(copied(base, folder), kills, patient=patient))
        compare(found, expected)
    except Exception as broken:
        return f"{type(broken).__name__}: {broken}"
    return None


def main() -> int:
    given = arguments()
    logging.getLogger("httpx").setLevel(logging.WARNING)  # each request of the story, otherwise
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no server is left behind
    folder = Path(tempfile.mkdtemp(prefix="market-crash-"))
    folder.chmod(0o711)
    base = prepare(folder / "base").data
    measure = asyncio.run(uninterrupted(copied(base, folder / "whole")))
    print(
        f"uninterrupted: {measure.acts} acts, {measure.act_seconds * measure.acts:.1f} s",
        flush=True,
    )
    failed = 0
    for number in range(1, given.runs + 1):
        chance = random.Random(f"{given.seed}-{number}")
        kills = plan(chance, given.kills, measure)
        here, began = folder / f"run-{number}", time.monotonic()
        patient = number % PATIENT_EVERY == 0
        broken = run_once(here, base, kills, measure.figures, patient=patient)
        failed += broken is not None
        words = " ".join(map(str, kills))
        verdict = f"BROKEN: {broken} (kept in {here})" if broken else "holds"
        seconds = time.monotonic() - began
        print(f"run {number}/{given.runs} [{words}] {seconds:.1f} s: {verdict}", flush=True)
        if broken is None:
            shutil.rmtree(here)
    print(f"{given.runs - failed} of {given.runs} runs hold", flush=True)
    if not failed:
        shutil.rmtree(folder)
    return 1 if failed else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="makes the same kills again")
    parser.add_argument("--runs", type=int, default=20, help="how many stories are told")
    parser.add_argument("--kills", type=int, default=3, help="how many kills in each")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
