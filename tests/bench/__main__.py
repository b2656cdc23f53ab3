"""``python -m tests.bench``: measure, audit, print; see ``--help``."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from market import serving
from market.auditor import audit
from market.base.embedded import Dsns
from tests.bench import goals, measure, place, reading, report, world
from tests.bench.measure import Cell
from tests.bench.place import MARKET, RIVAL, Server

SECONDS: Final = 2.0
ROUNDS: Final = {"quick": 3, "full": 7}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_const", const="quick", dest="how", default="quick")
    how.add_argument("--full", action="store_const", const="full", dest="how")
    parser.add_argument("--cells", help="only those whose names hold one of these, comma-separated")
    parser.add_argument("--rounds", type=int, help="another number of rounds")
    parser.add_argument("--offerings", type=int, default=50_000)
    parser.add_argument("--pgledger", type=Path, help="pgledger.sql, after its two ulid functions")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    return parser.parse_args()


async def main(given: argparse.Namespace, folder: Path) -> int:
    with place.cluster(folder) as running:
        addresses = running.dsns(MARKET)
        await place.migrate(addresses)
        report.say("数据 making the data …")
        about = await world.build(addresses, given.offerings)
        await place.execute(running.dsn("postgres", "postgres"), *place.clone(MARKET, RIVAL))
        await place.execute(running.dsn("postgres", RIVAL), reading.RIVAL_INDEX, "VACUUM ANALYZE")
        ours, rival = _servers(running.dsns(MARKET), running.dsn("postgres", RIVAL), folder)
        measured = {}
        async with place.serving(ours, rival):
            for cell in _chosen(_cells(ours, rival, about), given.cells):
                began = time.perf_counter()
                results = await measure.measure(
                    running, cell, rounds=given.rounds or ROUNDS[given.how], seconds=SECONDS
                )
                measured[cell.name] = results
                report.say(f"{cell.name}: {time.perf_counter() - began:.0f} s")
        found = await audit.run(addresses.auditor)
        if found.faults:
            report.refuse(found.faults)
            return 1
    reached = {name: goals.of_cell(name, results) for name, results in measured.items()}
    (report.as_json if given.json else report.as_text)(measured, reached)
    return 0 if goals.all_hold(reached) else 3


def _servers(market: Dsns, rival: str, folder: Path) -> tuple[Server, Server]:
    environ = {
        "MARKET_DATA": str(folder / "files"),
        "DATABASE_URL": market.app,
        "WORKER_DATABASE_URL": market.worker,
    }
    return (
        Server("ours", ["-m", "tests.bench.ours"], environ, folder),
        Server("fastapi", ["-m", "tests.bench.rival"], {"RIVAL_DATABASE_URL": rival}, folder),
    )


def _cells(ours: Server, rival: Server, about: world.World) -> list[Cell]:
    return [
        reading.detail(ours, rival, about),
        reading.detail(ours, rival, about, connections=64, name="detail, 64 connections"),
        reading.listing(ours, rival, about),
        reading.signed_in(ours, rival, about),
        *reading.searches(ours),
    ]


def _chosen(cells: list[Cell], wanted: str | None) -> list[Cell]:
    if wanted is None:
        return cells
    return [cell for cell in cells if any(word in cell.name for word in wanted.split(","))]


if __name__ == "__main__":
    workplace = Path(tempfile.mkdtemp(prefix="market-bench-"))
    workplace.chmod(0o711)
    try:
        sys.exit(serving.run(main(arguments(), workplace)))
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
