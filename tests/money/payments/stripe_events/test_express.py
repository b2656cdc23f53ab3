"""What the express door answers to a delivery is what the application would have answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import msgspec
import pytest

from market.base import db, express
from market.base.edge import Edge
from market.base.embedded import Dsns
from market.base.express import Express
from market.money.payments.stripe_events import express as stripe_express
from market.money.payments.stripe_events.operations import Intake
from tests.money.payments.stripe_events.test_events import event, signed
from tests.world import site, stripe
from tests.world.stripe import Till


class Twins(NamedTuple):
    """The same market twice: as it is served, and without its door."""

    served: httpx.AsyncClient
    plain: httpx.AsyncClient
    till: Till
    templates: list[object]


@pytest.fixture
async def twins(fresh_database: object, simulator: str, tmp_path: Path) -> AsyncIterator[Twins]:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    pool = await db.open_pool(addresses.app)
    async with stripe.till(pool, simulator) as till:
        accounts = tmp_path / "stripe.json"
        accounts.write_bytes(msgspec.json.encode([till.account]))
        accounts.chmod(0o600)
        given = {"MARKET_STRIPE_ACCOUNTS": str(accounts)}
        async with site.opened(addresses, tmp_path, **given) as market:
            templates: list[object] = []

            def noting(app: Any) -> Any:
                async def inside(scope: Any, receive: Any, send: Any) -> None:
                    await app(scope, receive, send)
                    templates.append(scope["path_template"])

                return inside

            door = stripe_express.door(lambda: market.app.state.stripe_intake)
            served = noting(Express(market.app, lambda _path, _query: None, door))
            async with _client(served) as first, _client(noting(market.app)) as second:
                yield Twins(first, second, till, templates)
    await db.close_pool(pool)


def _client(app: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=Edge(app), client=("127.0.0.1", 40000))
    return httpx.AsyncClient(transport=transport, base_url="http://market.test")


def seen(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    headers = dict(answer.headers)
    request_id = headers.pop("x-request-id")
    return answer.status_code, headers, answer.content.replace(request_id.encode(), b"")


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body[:20]
    yield body[20:]


# What is sent otherwise than Stripe does, and what comes of it.
CASES: Final[list[tuple[dict[str, Any], int]]] = [
    ({}, 200),
    ({"again": True}, 200),
    ({"signature": None}, 400),
    ({"signature": "t=1,v1=00"}, 400),
    ({"unit": "NOBODY"}, 400),
    ({"unit": "nobody"}, 400),
    ({"body": b""}, 400),
    ({"body": b"[]"}, 400),
    ({"body": b"\xff", "signature": "t=1,v1=00"}, 400),
    ({"body": b" " * 1_000_001}, 413),
    ({"query": "?a=1"}, 200),
    ({"headers": {"Content-Type": "text/plain"}}, 200),
    ({"headers": {"Cookie": "market_session=of-nobody"}}, 200),
    ({"headers": {"Authorization": "Bearer mk_live_of_nobody"}}, 200),
    ({"pieces": True}, 200),
]


async def send(twin: httpx.AsyncClient, till: Till, number: str, given: Any) -> httpx.Response:
    body = given.get("body", event("charge.updated", "ch_1", number))
    signature = given.get("signature", "right")
    if signature == "right":
        signature = signed(body, till.account.webhook_secrets[0])
    headers = {"Content-Type": "application/json", **given.get("headers", {})}
    if signature is not None:
        headers["Stripe-Signature"] = signature
    return await twin.post(
        f"/stripe/{given.get('unit', till.account.unit)}/events{given.get('query', '')}",
        content=pieces(body) if given.get("pieces") else body,
        headers=headers,
    )


async def test_a_delivery_is_answered_as_the_application_does(twins: Twins) -> None:
    for place, (given, status) in enumerate(CASES):
        answers = []
        for name, twin in (("served", twins.served), ("plain", twins.plain)):
            for _ in range(2 if given.get("again") else 1):
                answer = await send(twin, twins.till, f"{name}{place}", given)
            answers.append(seen(answer))
        assert answers[0] == answers[1], given
        assert answers[0][0] == status, given
    assert len(set(twins.templates)) == 1


async def test_the_door_needs_no_framework_and_no_late_body_holds_it(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(express, "BODY_SECONDS", 0.05)
    went_on: list[Any] = []
    answered: list[Any] = []

    async def application(_scope: Any, receive: Any, _send: Any) -> None:
        went_on.append(await receive())
        if went_on[-1].get("body") == body[:9]:
            went_on.append(await receive())

    async def send(message: Any) -> None:
        answered.append(message)

    intake = Intake(till.pool, till.rails)
    served = Express(application, lambda _path, _query: None, stripe_express.door(lambda: intake))
    body = event("charge.updated", "ch_1")
    signature = signed(body, till.account.webhook_secrets[0])
    scope: Final = {
        "type": "http",
        "method": "POST",
        "path": f"/stripe/{till.account.unit}/events",
        "query_string": b"",
        "headers": [
            (b"content-length", b"%d" % len(body)),
            (b"stripe-signature", signature.encode()),
        ],
    }
    parts = [
        {"type": "http.request", "body": part, "more_body": True}
        for part in (body[:9], body[9:], b"")
    ]
    coming = iter(parts)

    async def at_once() -> Any:
        return next(coming)

    tries: list[str] = []

    async def late() -> Any:
        tries.append("asked")
        if len(tries) == 2:
            await asyncio.Event().wait()
        return parts[min(len(tries) - 1, 1)]

    async def gone() -> Any:
        return {"type": "http.disconnect"}

    await served(dict(scope), at_once, send)
    assert [message.get("body") for message in answered] == [None, b'{"new":true}']
    assert not went_on
    await served(dict(scope), late, send)
    await served(dict(scope), gone, send)
    assert went_on == [parts[0], parts[1], {"type": "http.disconnect"}]
    assert len(answered) == 2
