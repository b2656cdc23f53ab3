"""The market in processes of their own: server, worker, PostgreSQL, and Stripe's simulator.

Server and worker reach the database and Stripe through proxies; each of them, and the database, can
be killed alone and started again, and the others have to live with it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import psutil

from market import worker
from market.base import embedded, migrations
from market.base.embedded import Cluster, Dsns
from market.base.stripe_accounts import StripeAccount
from market.stripe_simulator.app import free_port
from tests.crash import proxy
from tests.crash.proxy import Proxy
from tests.crash.server import MARKET, POLL_SECONDS, START_SECONDS
from tests.world.bidding import pass_time

KEY: Final = "sk_test_crash"
SERVER: Final = ("serve", "--no-worker")
WORKER: Final = ("work",)


class Rig:
    """``server`` and ``worker`` are the words of their commands."""

    def __init__(self, folder: Path, cluster: Cluster, database: Proxy, stripe: Proxy) -> None:
        self.folder = folder
        self.cluster = cluster
        self.database = database
        self.stripe = stripe
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.simulator = f"http://127.0.0.1:{stripe.target}"
        self.accounts = folder / "accounts.json"
        self.http = httpx.AsyncClient(trust_env=False, timeout=20)
        self.processes: dict[tuple[str, ...], subprocess.Popen[bytes]] = {}

    @property
    def addresses(self) -> Dsns:
        return self.cluster.dsns()

    async def connect_stripe(self, unit: str) -> None:
        """An endpoint for its events, and the file in which the market finds its account."""
        endpoint = await self.control(
            "/v1/webhook_endpoints",
            {"url": f"{self.url}/stripe/{unit}/events", "enabled_events[0]": "*"},
        )
        account = StripeAccount(
            unit=unit,
            key=KEY,
            webhook_secrets=(endpoint["secret"],),
            api_base=f"http://127.0.0.1:{self.stripe.port}",
        )
        self.accounts.touch(mode=0o600)
        self.accounts.write_bytes(msgspec.json.encode([account]))

    async def control(self, path: str, data: dict[str, Any]) -> Any:
        """Ask the simulator itself, past the proxy."""
        answer = await self.http.post(
            self.simulator + path, data=data, headers={"authorization": f"Bearer {KEY}"}
        )
        answer.raise_for_status()
        return answer.json()

    async def all_of(self, kind: str) -> list[dict[str, Any]]:
        """Every object of the kind that Stripe has."""
        found: list[dict[str, Any]] = []
        while True:
            asked = {"limit": 100} | ({"starting_after": found[-1]["id"]} if found else {})
            answer = await self.http.get(
                f"{self.simulator}/v1/{kind}",
                params=asked,
                headers={"authorization": f"Bearer {KEY}"},
            )
            answer.raise_for_status()
            found += answer.json()["data"]
            if not answer.json()["has_more"]:
                return found

    async def held(self) -> int:
        """What Stripe says is in the account."""
        answer = await self.http.get(
            f"{self.simulator}/v1/balance", headers={"authorization": f"Bearer {KEY}"}
        )
        told = answer.raise_for_status().json()
        return sum(part["amount"] for part in [*told["available"], *told["pending"]])

    async def pass_time(self, seconds: int) -> None:
        """On both clocks, so that whatever Stripe sends again comes."""
        await pass_time(self.addresses.owner, timedelta(seconds=seconds))
        await self.control("/_simulator/clock", {"seconds": seconds})
        await self.control("/_simulator/deliver", {})

    def _environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
        ours = f"127.0.0.1:{self.database.port}/market?sslmode=disable"
        return kept | {
            "DATABASE_URL": f"postgresql://market_app@{ours}",
            "WORKER_DATABASE_URL": f"postgresql://market_worker@{ours}",
            "MARKET_DATA": str(self.folder / "data"),
            "MARKET_PORT": str(self.port),
            "MARKET_PASSWORD_COST": "cheap",
            "MARKET_STRIPE_ACCOUNTS": str(self.accounts),
            "MARKET_LOG_LEVEL": "warning",
        }

    def launch(self, words: tuple[str, ...]) -> None:
        with (self.folder / f"{words[0]}.log").open("ab") as log:
            self.processes[words] = subprocess.Popen(
                [MARKET, *words],
                env=self._environ(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, words: tuple[str, ...]) -> None:
        process = self.processes[words]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_postgres(self) -> None:
        """The postmaster first, so that it starts no child anew; then its children."""
        pid = self.cluster.postmaster_pid
        assert pid is not None, "it runs"
        postmaster = psutil.Process(pid)
        for process in [postmaster, *postmaster.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    async def start_postgres(self) -> None:
        def start() -> None:
            with embedded.cluster(self.cluster.data):
                pass

        await asyncio.to_thread(start)

    async def until_ready(self) -> None:
        """A process that ended because another was not there yet is started anew."""
        deadline = time.monotonic() + START_SECONDS
        while not await self._is_ready() or self._ended():
            for words in self._ended():
                self.launch(words)
            if time.monotonic() > deadline:
                raise RuntimeError(f"the market is not ready; see {self.folder}")
            await asyncio.sleep(POLL_SECONDS)

    def _ended(self) -> list[tuple[str, ...]]:
        return [words for words, process in self.processes.items() if process.poll() is not None]

    async def _is_ready(self) -> bool:
        try:
            answer = await self.http.get(f"{self.url}/health/ready")
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK

    async def close(self) -> None:
        for words in list(self.processes):
            self.kill(words)
        await self.http.aclose()


def _simulating(port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "market.stripe_simulator", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Rig]:
    """Migrated, and nothing of the market running yet."""
    data = folder / "pg"
    port = free_port()
    simulator = _simulating(port)
    data.mkdir(parents=True)
    try:
        with embedded.cluster(data) as cluster:
            addresses = cluster.dsns()
            await migrations.migrate(
                addresses.owner, addresses.logins, subscriptions=worker.SUBSCRIPTIONS
            )
            wire = cluster.socket / ".s.PGSQL.5432"
            async with (
                proxy.opened(wire, b"COMMIT") as database,
                proxy.opened(port, b"POST ") as stripe,
            ):
                rig = Rig(folder, cluster, database, stripe)
                try:
                    yield rig
                finally:
                    await rig.close()
    finally:
        simulator.kill()
        simulator.wait()
