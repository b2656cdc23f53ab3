"""The simulator as one ASGI application, and as a server on 127.0.0.1."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar, Request, route
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from market.stripe_simulator import (
    control,
    expansion,
    forms,
    idempotency,
    keeping,
    pages,
)
from market.stripe_simulator.account import Account, Object
from market.stripe_simulator.endpoints import ENDPOINTS, Endpoint
from market.stripe_simulator.errors import StripeError
from market.stripe_simulator.faults import Fault
from market.stripe_simulator.simulator import Simulator

JSON: Final = "application/json"
# A connection that never answers is let go after so long: clients give up long before.
SILENCE_SECONDS: Final = 120
GREATEST_FILE_BYTES: Final = 5_000_000


# Where, in an answer's scope, stands how much of its body is sent before the connection breaks.
BREAKS: Final = "breaks_after_share"


def simulator_app(simulator: Simulator) -> ASGIApp:
    """The whole API of a simulator; the connection itself can be made to break."""
    handlers: list[Any] = [_handler(simulator, endpoint) for endpoint in ENDPOINTS]
    handlers += [*pages.handlers(simulator), *control.handlers(simulator)]
    app = Litestar(
        handlers,
        openapi_config=None,
        # The framework's own would turn the whole process to a line a request.
        logging_config=None,
        exception_handlers={
            StripeError: _refused,
            HTTPException: _not_found,
        },
        on_shutdown=[simulator.postman.close],
        request_max_body_size=GREATEST_FILE_BYTES * 2,
    )
    return _breakable(app)


def _handler(simulator: Simulator, endpoint: Endpoint) -> HTTPRouteHandler:
    async def answer(request: Request[Any, Any, Any]) -> Response[bytes]:
        form = await request.form() if endpoint.method != "GET" else request.query_params
        tree = forms.nested(await _spelt(form.multi_items()))
        return await _answer(simulator, request, endpoint, tree)

    return route(endpoint.path, http_method=endpoint.method, status_code=200)(answer)  # type: ignore[arg-type]


async def _spelt(items: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    """A file among them is three texts: what it is called, its type, its bytes one by one."""
    pairs = []
    for name, value in items:
        if not isinstance(value, UploadFile):
            pairs.append((str(name), str(value)))
            continue
        content = (await value.read()).decode("latin-1")
        told = {"name": value.filename, "type": value.content_type, "content": content}
        pairs += [(f"{name}[{part}]", said) for part, said in told.items()]
    return pairs


async def _answer(
    simulator: Simulator, request: Request[Any, Any, Any], endpoint: Endpoint, tree: dict[str, Any]
) -> Response[bytes]:
    account = simulator.account_of(request.headers.get("authorization"))
    simulator.move_on()
    struck = simulator.faults.strike(f"{request.method} {request.url.path}", Fault)
    fault = struck[0] if struck is not None else None
    if fault in BEFORE:
        return await _failing(request, fault)
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    if key is None:
        answer = _done(account, request, endpoint, tree, None)
    else:
        with idempotency.running(account, key):
            if struck is not None and fault is Fault.SLOW:
                await asyncio.sleep(struck[1].seconds or 1)
            answer = _once(account, request, endpoint, tree, key)
    simulator.post_soon()
    return answer if fault is None else await _failing(request, fault, answer)


BEFORE: Final = frozenset(
    {Fault.RATE_LIMITED, Fault.ERROR_BEFORE, Fault.CUT_BEFORE, Fault.SILENT_BEFORE}
)


async def _failing(
    request: Request[Any, Any, Any], fault: Fault, answer: Response[bytes] | None = None
) -> Response[bytes]:
    """What the caller sees of an answer, or of none, when a fault strikes it."""
    if fault is Fault.RATE_LIMITED:
        raise StripeError(429, "Too many requests, too quickly.", code="rate_limit")
    if fault in {Fault.ERROR_BEFORE, Fault.ERROR_AFTER}:
        raise StripeError(500, "An unknown error occurred.", kind="api_error")
    if fault in {Fault.SILENT_BEFORE, Fault.SILENT_AFTER}:
        await asyncio.sleep(SILENCE_SECONDS)
    if fault in {Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.SILENT_BEFORE, Fault.SILENT_AFTER}:
        request.scope["state"][BREAKS] = 0.0
    if fault is Fault.TRUNCATED:
        request.scope["state"][BREAKS] = 0.5
    return answer or Response(b"{ }", media_type=JSON)


def _once(
    account: Account,
    request: Request[Any, Any, Any],
    endpoint: Endpoint,
    tree: dict[str, Any],
    key: str,
) -> Response[bytes]:
    """The answer, or the one that an earlier request got under the same key."""
    kept = idempotency.kept_answer(account, key, request.url.path, tree)
    if kept is not None:
        return _shown(
            kept.status, kept.body, {"Idempotency-Key": key, "Idempotent-Replayed": "true"}
        )
    answer = _done(account, request, endpoint, tree, key)
    if b'"code": "parameter_' not in answer.content:  # what was never begun is not kept
        account.answers[key] = idempotency.Kept(
            request.url.path, tree, answer.status_code or 200, answer.content
        )
    return answer


def _done(
    account: Account,
    request: Request[Any, Any, Any],
    endpoint: Endpoint,
    tree: dict[str, Any],
    key: str | None,
) -> Response[bytes]:
    account.request, account.request_key = f"req_{secrets.token_hex(7)}", key
    paths = [str(path) for path in (tree.get("expand") or {}).values()]
    try:
        made = endpoint.answer(account, tree, request.path_params)
        status, said = 200, expansion.expanded(account, made, paths)
    except StripeError as refusal:
        status, said = refusal.status, {"error": expansion.public(refusal.error)}
    named = {"Idempotency-Key": key} if key is not None else {}
    return _shown(status, _json(said), {"Request-Id": str(account.request), **named})


def _shown(status: int, body: bytes, headers: dict[str, str]) -> Response[bytes]:
    return Response(body, status_code=status, media_type=JSON, headers=headers)


def _json(answer: Object) -> bytes:
    return json.dumps(answer, indent=2).encode()


def _refused(_request: Request[Any, Any, Any], refusal: StripeError) -> Response[bytes]:
    return Response(_json({"error": refusal.error}), status_code=refusal.status, media_type=JSON)


def _not_found(request: Request[Any, Any, Any], fault: HTTPException) -> Response[bytes]:
    message = f"Unrecognized request URL ({request.method}: {request.url.path})."
    return _refused(request, StripeError(fault.status_code, message))


def _breakable(app: ASGIApp) -> ASGIApp:
    """Let a fault break the connection: without an answer, or in the midst of one."""

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})

        async def shortened(message: Message) -> None:
            if message["type"] == "http.response.body" and BREAKS in state:
                body = message["body"]
                sent = body[: max(1, int(len(body) * state[BREAKS]))]
                message = {"type": "http.response.body", "body": sent, "more_body": True}
            await send(message)

        await app(scope, receive, shortened)

    return broken


@asynccontextmanager
async def serving(port: int = 0, kept_in: Path | None = None) -> AsyncIterator[Simulator]:
    """A simulator on 127.0.0.1, on a free port unless one is named, as long as the body runs.

    `kept_in`: the file in which its state is kept; what is there already goes on, at its address.
    """
    simulator = _opened(port, kept_in)
    port = _port_of(simulator)
    server = Server(
        simulator_app(simulator),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        websockets=False,
    )
    task = asyncio.create_task(server.serve())
    try:
        await until_answering(port, task)
        yield simulator
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait([task], timeout=2)
        task.cancel()


def _opened(port: int, kept_in: Path | None) -> Simulator:
    if kept_in is None or not kept_in.exists():
        simulator = Simulator(f"http://127.0.0.1:{port or free_port()}")
    else:
        simulator = keeping.resume(kept_in)
        if not is_free(_port_of(simulator)):  # pages that were made before are lost then
            simulator.move_to(f"http://127.0.0.1:{free_port()}")
    if kept_in is not None:
        simulator.changed = partial(keeping.keep, simulator, kept_in)
    return simulator


def _port_of(simulator: Simulator) -> int:
    return int(simulator.address.rpartition(":")[2])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until_answering(port: int, task: asyncio.Task[None]) -> None:
    while not task.done():
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
    task.result()
