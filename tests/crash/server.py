"""The market as a process of its own on a data folder of its own, and ways to kill it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx
import psutil

from market.base import embedded
from market.base.embedded import Dsns

MARKET: Final = Path(sys.executable).with_name("market")
START_SECONDS: Final = 90
POLL_SECONDS: Final = 0.05


class Server:
    """``market serve`` with the embedded PostgreSQL; both can be killed and started again."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def addresses(self) -> Dsns:
        return embedded.found(self.data / "pg").dsns()

    @property
    def accounts(self) -> Path:
        """Where the account with Stripe stands, once there is one."""
        return self.data / "stripe.json"

    @property
    def log(self) -> Path:
        return self.data / "serve.log"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another command of the market on the same data."""
        return subprocess.run(
            [MARKET, *words], env=self._environ(), capture_output=True, text=True, check=False
        )

    def _environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
        return kept | {
            "MARKET_DATA": str(self.data),
            "MARKET_PORT": str(self.port),
            "MARKET_PASSWORD_COST": "cheap",
            **({"MARKET_STRIPE_ACCOUNTS": str(self.accounts)} if self.accounts.exists() else {}),
        }

    async def start(self) -> None:
        """Returns when it answers."""
        self._launch()
        await self.until_ready()

    def _launch(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [MARKET, "serve"],
                env=self._environ(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def until_ready(self) -> None:
        assert self._process is not None, "it was started"
        deadline = time.monotonic() + START_SECONDS
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            while not await _is_ready(client):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the market did not start; see {self.log}")
                await asyncio.sleep(POLL_SECONDS)

    def kill_server(self) -> None:
        assert self._process is not None, "it was started"
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill_postgres(self) -> None:
        """The postmaster first, so that it starts no child anew; then its children."""
        pid = embedded.found(self.data / "pg").postmaster_pid
        if pid is None:
            return
        with suppress(psutil.NoSuchProcess):
            postmaster = psutil.Process(pid)
            children = postmaster.children(recursive=True)
            _kill([postmaster, *children])

    def kill_one_backend(self) -> None:
        """PostgreSQL throws all its sessions out and recovers by itself."""
        pid = embedded.found(self.data / "pg").postmaster_pid
        if pid is None:
            return
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(pid).children()
            _kill([child for child in children if "market_app" in _title(child)][:1])

    def stop(self) -> None:
        """Softly, as an operator does."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill_server()
        embedded.found(self.data / "pg").stop()


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health/ready")).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _kill(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
