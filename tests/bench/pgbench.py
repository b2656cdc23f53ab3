"""The limit: the same SQL sent by pgbench, a client in C that does nothing with the answer."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Final

import msgspec

from market.base import postmaster
from market.base.embedded import Cluster

TPS: Final = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
FAILED: Final = re.compile(r"number of failed transactions: ([1-9]\d*)")


class Script(msgspec.Struct, frozen=True):
    """What each client sends again and again, as a role, planned once for ever or as it comes.

    ``times``: how many of what is counted are in one of its transactions.
    """

    sql: str
    role: str = "market_app"
    database: str = "market"
    plans: str = "auto"
    settings: tuple[tuple[str, str], ...] = ()
    times: int = 1


class PgbenchFailed(Exception):
    """pgbench could not do what it was asked to."""


async def transactions_per_second(
    running: Cluster, script: Script, *, seconds: float, clients: int
) -> float:
    return await asyncio.to_thread(_run, running, script, round(seconds), clients)


def _run(running: Cluster, script: Script, seconds: int, clients: int) -> float:
    file = Path(running.data) / "script.sql"
    file.write_text(script.sql)
    file.chmod(0o644)
    settings = dict(script.settings)
    if script.plans != "auto":
        settings["plan_cache_mode"] = f"force_{script.plans}_plan"
    options = "%20".join(f"-c{name}%3D{value}" for name, value in settings.items())
    done = postmaster.run(
        running.owner,
        running.data,
        "pgbench",
        "--no-vacuum",
        "--protocol=prepared",
        f"--time={seconds}",
        f"--client={clients}",
        "--jobs=1",
        f"--file={file}",
        running.dsn(script.role, script.database) + f"&options={options}" * bool(options),
    )
    found = TPS.search(done.stdout)
    if done.returncode or found is None or FAILED.search(done.stdout):
        raise PgbenchFailed(f"{script.sql}\n{done.stderr[-2000:]}\n{done.stdout[-500:]}")
    return float(found[1]) * script.times
