"""One serving process: the server around the application, the worker beside it, a soft stop."""

from __future__ import annotations

import asyncio
import importlib.util
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from market import worker
from market.app import at_the_edge, create_app
from market.base.embedded import Dsns
from market.base.settings import Settings, StartFault

T = TypeVar("T")

DRAIN_SECONDS: Final = 8
POLL_SECONDS: Final = 0.02


async def serve(
    settings: Settings, dsns: Dsns, *, with_worker: bool, ready: Callable[[], None]
) -> None:
    """Serve until SIGTERM or SIGINT, then stop taking requests and finish those in hand.

    ``ready`` is called once the server answers.
    """

    async def run(stop: asyncio.Event) -> None:
        async with served(settings, dsns, with_worker=with_worker):
            ready()
            await stop.wait()

    await until_signal(run)


@asynccontextmanager
async def served(settings: Settings, dsns: Dsns, *, with_worker: bool) -> AsyncIterator[None]:
    """The server as long as the body runs; it answers once the body begins."""
    _require_free(settings)
    stop = asyncio.Event()
    app = create_app(settings, dsns)
    server = Server(
        at_the_edge(app),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=settings.request_timeout_seconds * 1000),
    )
    tasks = [asyncio.create_task(server.serve())]
    if with_worker:
        tasks.append(asyncio.create_task(worker.run(settings, dsns, stop)))
    try:
        await _until_answering(settings, tasks)
        yield
    finally:
        app.state.draining = True
        stop.set()
        server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
        for task in tasks:
            task.cancel()


def _require_free(settings: Settings) -> None:
    """Two servers on one port would share its requests, so the second one does not start."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as fault:
            raise StartFault(
                f"{settings.host}:{settings.port} 已被占用。请结束占用它的程序，或另设端口 "
                "MARKET_PORT。",
                f"{settings.host}:{settings.port} is taken. End what holds it, or set MARKET_PORT.",
            ) from fault


async def _until_answering(settings: Settings, tasks: list[asyncio.Task[None]]) -> None:
    while True:
        ended = next((task for task in tasks if task.done()), None)
        if ended is not None:
            ended.result()
            raise StartFault("服务未能启动，原因见上。", "The server did not start; see above.")
        try:
            _, writer = await asyncio.open_connection(settings.host, settings.port)
        except OSError:
            await asyncio.sleep(POLL_SECONDS)
        else:
            writer.close()
            return


def run(work: Coroutine[Any, Any, T]) -> T:
    """On libuv's loop, whose sockets cost half of the standard one's, where it is installed."""
    found = importlib.util.find_spec("uvloop")
    fast = importlib.import_module("uvloop").new_event_loop if found else None
    with asyncio.Runner(loop_factory=fast) as runner:
        return runner.run(work)


async def unless_stopped(work: Coroutine[Any, Any, object], stop: asyncio.Event) -> bool:
    """Do the work, or give it up when ``stop`` is set first; tells whether it was done."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        working.cancel()
        await asyncio.wait({working})
        return False
    working.result()
    return True


async def until_signal(run: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run with an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await run(stop)
