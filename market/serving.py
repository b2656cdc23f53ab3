"""One serving process: the server around the application, the worker beside it, a soft stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from granian.constants import Interfaces
from granian.server.embed import Server

from market import worker
from market.app import create_app
from market.base.edge import Edge
from market.base.embedded import Dsns
from market.base.settings import Settings

DRAIN_SECONDS: Final = 8


async def serve(settings: Settings, dsns: Dsns, *, with_worker: bool) -> None:
    """Serve until SIGTERM or SIGINT, then stop taking requests and finish those in hand."""

    async def run(stop: asyncio.Event) -> None:
        async with served(settings, dsns, with_worker=with_worker):
            await stop.wait()

    await until_signal(run)


@asynccontextmanager
async def served(settings: Settings, dsns: Dsns, *, with_worker: bool) -> AsyncIterator[None]:
    """The server as long as the body runs."""
    stop = asyncio.Event()
    app = create_app(settings, dsns)
    server = Server(
        Edge(app),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        websockets=False,
    )
    tasks = [asyncio.create_task(server.serve())]
    if with_worker:
        tasks.append(asyncio.create_task(worker.run(settings, dsns, stop)))
    try:
        yield
    finally:
        app.state.draining = True
        stop.set()
        server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
        for task in tasks:
            task.cancel()


async def until_signal(run: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run with an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await run(stop)
