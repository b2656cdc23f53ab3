"""``python -m tests.bench``: measure, audit, print; see ``--help``."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from market import serving
from market.auditor import audit
from market.base.embedded import Cluster, Dsns
from tests.bench import (
    goals,
    growth,
    ledgers,
    measure,
    place,
    posting,
    reading,
    report,
    sizes,
    statements,
    webhooks,
    world,
)
from tests.bench.measure import Cell
from tests.bench.place import LIMIT, MARKET, PGLEDGER, RIVAL, Server
from tests.bench.webhooks import Events
from tests.bench.world import World

SECONDS: Final = 2.0
STATEMENT: Final = "statement imported and matched"
ROUNDS: Final = {"quick": 3, "full": 7}
MOST_MATCHED_PER_SECOND: Final = 1500


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_const", const="quick", dest="how", default="quick")
    how.add_argument("--full", action="store_const", const="full", dest="how")
    parser.add_argument("--cells", help="only those whose names hold one of these, comma-separated")
    parser.add_argument("--rounds", type=int, help="another number of rounds")
    parser.add_argument("--offerings", type=int, default=50_000)
    parser.add_argument("--lines", type=int, default=100_000, help="of the imported statement")
    parser.add_argument("--scale", help="two sizes of a catalogue, such as 100000,1000000")
    parser.add_argument("--pgledger", type=Path, help="pgledger.sql, after its two ulid functions")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    return parser.parse_args()


async def main(given: argparse.Namespace, folder: Path) -> int:
    _end_in_order_when_told()
    rounds = given.rounds or ROUNDS[given.how]
    with place.cluster(folder) as running:
        addresses = running.dsns(MARKET)
        await place.migrate(addresses)
        report.say("数据 making the data …")
        lines = round((2 * rounds + 1) * SECONDS * MOST_MATCHED_PER_SECOND)
        about = await world.build(
            addresses, offerings=given.offerings, lines=lines, imported=given.lines
        )
        await _peers(running, given.pgledger)
        events = Events(about)
        ours, rival = _servers(addresses, running.dsn("postgres", RIVAL), folder, events)
        measured = {}
        trips = await reading.round_trips(running.dsns(LIMIT), about, folder / "files")
        cells = await _cells(running, ours, rival, about, events, given)
        kept = {}
        async with place.serving(ours, rival):
            for cell in cells:
                began = time.perf_counter()
                before = await sizes.kept(running, cell)
                measured[cell.name] = await measure.measure(
                    running, cell, rounds=rounds, seconds=SECONDS
                )
                kept[cell.name] = sizes.a_transfer(before, await sizes.kept(running, cell))
                report.say(f"{cell.name}: {time.perf_counter() - began:.0f} s")
            if _is_chosen(STATEMENT, given.cells):
                measured[STATEMENT] = {
                    "ours": await statements.imported(running, ours, about, given.lines)
                }
            if "detail" in measured:
                half = measured["detail"]["ours"].rate / 2
                name = f"detail at half its peak, {half:,.0f} a second"
                measured[name] = await measure.at_rate(
                    ours, reading.details(about), rate=half, seconds=SECONDS * rounds
                )
            if webhooks.CELL in measured:
                peak = measured[webhooks.CELL]["ours"].rate
                measured[webhooks.BURST] = await webhooks.burst(ours, events, peak)
        if given.scale:
            measured |= await _growth(running, given.scale, folder, rounds)
        faults = await _faults(running, given.pgledger)
        faults += await webhooks.lost(running.dsn("postgres", MARKET), events)
    if faults:
        report.refuse(faults)
        return 1
    reached = {name: goals.of_cell(name, results) for name, results in measured.items()}
    reached["round trips"] = goals.counted(trips)
    reached["bytes"] = goals.kept(kept)
    (report.as_json if given.json else report.as_text)(measured, reached)
    return 0 if goals.all_hold(reached) else 3


def _end_in_order_when_told() -> None:
    """SIGTERM ends this as Ctrl-C does, so that neither PostgreSQL nor a server stays behind."""
    task = asyncio.current_task()
    assert task is not None, "it runs on a loop"
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


async def _peers(running: Cluster, pgledger: Path | None) -> None:
    """Each on a database of its own: copies of ours, and pgledger's."""
    superuser = running.dsn("postgres", "postgres")
    for name in (RIVAL, LIMIT):
        await place.execute(superuser, f"CREATE DATABASE {name} TEMPLATE {MARKET}")
    await place.execute(running.dsn("postgres", RIVAL), *reading.RIVAL_INDEXES, "VACUUM ANALYZE")
    await place.execute(
        running.dsn("postgres", LIMIT), *posting.LINES_SQL, ledgers.ACCOUNTS_SQL, "VACUUM ANALYZE"
    )
    if pgledger is not None:
        await place.execute(superuser, f"CREATE DATABASE {PGLEDGER}")
        await place.execute(
            running.dsn("postgres", PGLEDGER),
            pgledger.read_text(),  # noqa: ASYNC240
            ledgers.PGLEDGER_ACCOUNTS_SQL,
            "VACUUM ANALYZE",
        )


async def _faults(running: Cluster, pgledger: Path | None) -> list[str]:
    """What the auditor finds in each, but that bare postings lack a source, and some an owner."""
    found = []
    for database in (MARKET, RIVAL, LIMIT):
        audited = await audit.run(running.dsns(database).auditor)
        found += [
            f"{database}: {fault}"
            for fault in audited.faults
            if not fault.found.startswith(world.BARE_CAUSE) and ledgers.MADE_UP not in fault.found
        ]
    if pgledger is not None:
        dsn = running.dsn("postgres", PGLEDGER)
        if not await place.ask(dsn, ledgers.PGLEDGER_HOLDS_SQL):
            found.append("pgledger: its transfers do not sum to nothing")
    return found


def _servers(market: Dsns, rival: str, folder: Path, events: Events) -> tuple[Server, Server]:
    accounts = {"MARKET_STRIPE_ACCOUNTS": str(events.account(folder))}
    environ = {"RIVAL_DATABASE_URL": rival}
    return (
        _our_server(market, folder, "ours", accounts),
        Server("fastapi", ["-m", "tests.bench.rival"], environ, folder),
    )


def _our_server(
    market: Dsns, folder: Path, name: str, more: Mapping[str, str] = MappingProxyType({})
) -> Server:
    environ = {
        **more,
        "MARKET_DATA": str(folder / "files"),
        "DATABASE_URL": market.app,
        "WORKER_DATABASE_URL": market.worker,
    }
    return Server(name, ["-m", "tests.bench.ours"], environ, folder)


async def _cells(
    running: Cluster,
    ours: Server,
    rival: Server,
    about: World,
    events: Events,
    given: argparse.Namespace,
) -> list[Cell]:
    script = await posting.matching_script(
        running.dsns(LIMIT), about, running.data.parent / "files"
    )
    cells = [
        reading.detail(ours, rival, about),
        reading.detail(ours, rival, about, connections=64, name="detail, 64 connections"),
        reading.listing(ours, rival, about),
        reading.signed_in(ours, rival, about),
        *reading.searches(ours),
        posting.matching(ours, rival, about, script),
        posting.bare(ours, rival, about),
        webhooks.intake(ours, events, about),
        *ledgers.cells(about, with_pgledger=given.pgledger is not None),
    ]
    return _chosen(cells, given.cells)


async def _growth(
    running: Cluster, sizes: str, folder: Path, rounds: int
) -> dict[str, measure.Results]:
    """Each size on a database and a server of its own."""
    grown = [await growth.grow(running, int(size), folder) for size in sizes.split(",")]
    servers = [
        _our_server(running.dsns(growth.database(one.size)), folder, f"ours-{one.size}")
        for one in grown
    ]
    async with place.serving(*servers):
        return {
            cell.name: await measure.measure(running, cell, rounds=rounds, seconds=SECONDS)
            for cell in growth.cells(list(zip(servers, grown, strict=True)))
        }


def _chosen(cells: list[Cell], wanted: str | None) -> list[Cell]:
    return [cell for cell in cells if _is_chosen(cell.name, wanted)]


def _is_chosen(name: str, wanted: str | None) -> bool:
    return wanted is None or any(word in name for word in wanted.split(","))


if __name__ == "__main__":
    workplace = Path(tempfile.mkdtemp(prefix="market-bench-"))
    workplace.chmod(0o711)
    try:
        sys.exit(serving.run(main(arguments(), workplace)))
    except asyncio.CancelledError:
        sys.exit(128 + signal.SIGTERM)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
