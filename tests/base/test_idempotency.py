"""Keys: whose answer is whose, and how long it may be seen again."""

from __future__ import annotations

from typing import Any, Final

import asyncpg
import msgspec
import pytest
from litestar import Request
from litestar.datastructures import State

from market.base import db, idempotency
from market.base.access import ANONYMOUS, SYSTEM, Actor, Role
from market.base.db import Connection, Pool
from market.base.embedded import Dsns
from market.base.idempotency import Answer, KeyReused, RightsLost
from market.base.web import Door
from tests.base.test_web import application
from tests.client import serving
from tests.conftest import Clone
from tests.world import identity as world

GIVEN: Final = Answer(201, {}, b'{"salary": 1}')
KEPT: Final = "SELECT count(*) FROM idempotency_key"


def hashed(actor: Actor) -> bytes:
    return idempotency.request_hash(actor, "POST", "/v1/things", b"{}")


def scope_of(actor: Actor) -> str:
    return f"organisation:{actor.organisation_id}"


async def kept_for(conn: Connection, actor: Actor) -> None:
    async with db.act(conn, actor):
        await idempotency.keep(conn, actor, scope_of(actor), "key", hashed(actor), GIVEN)


async def asked_again(conn: Connection, actor: Actor) -> Answer | None:
    async with db.act(conn, actor):
        return await idempotency.answer_given(conn, actor, scope_of(actor), "key", hashed(actor))


async def test_an_answer_is_seen_in_the_scope_of_its_key_alone(conn: Connection) -> None:
    buyer = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    stranger = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    alone = msgspec.structs.replace(buyer, organisation_id=None, roles=frozenset())
    await kept_for(conn, buyer)
    for actor, count in ((buyer, 1), (stranger, 0), (alone, 0), (ANONYMOUS, 0), (SYSTEM, 0)):
        async with db.act(conn, actor):
            assert await conn.fetchval(KEPT) == count
    assert await conn.fetchval(KEPT) == 0


async def test_nobody_keeps_an_answer_in_anothers_scope(conn: Connection) -> None:
    buyer = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    for actor in (await world.person(conn, await world.enterprise(conn)), SYSTEM, ANONYMOUS):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.act(conn, actor):
                await idempotency.keep(conn, actor, scope_of(buyer), "k", bytes(32), GIVEN)


async def test_a_lost_role_takes_the_answer_along(conn: Connection) -> None:
    buyer = await world.person(conn, await world.enterprise(conn), Role.BUYER, Role.PAYER)
    await kept_for(conn, buyer)
    more = msgspec.structs.replace(buyer, roles=buyer.roles | {Role.MANAGER})
    less = msgspec.structs.replace(buyer, roles=buyer.roles - {Role.PAYER})
    assert await asked_again(conn, more) == GIVEN
    with pytest.raises(RightsLost):
        await asked_again(conn, less)


async def test_a_colleagues_request_is_another_one(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    await kept_for(conn, await world.person(conn, enterprise, Role.BUYER))
    with pytest.raises(KeyReused):
        await asked_again(conn, await world.person(conn, enterprise, Role.BUYER))


async def test_a_colleague_is_told_nothing_under_the_same_key(
    clone: Clone, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with serving(clone, tmp_path_factory.mktemp("keys")) as market:
        conn = await db.connect(market.addresses.app)
        enterprise = await world.enterprise(conn)
        sent = {"organisation_id": str(enterprise.id), "name": "新人", "roles": ["buyer"]}
        answers = []
        for actor in (
            await world.person(conn, enterprise, Role.MANAGER),
            await world.person(conn, enterprise, Role.MANAGER),
        ):
            caller = await market.as_person(conn, actor)
            answers += [
                await caller.request(
                    "POST",
                    "/v1/invitations",
                    json={**sent, "email": "new@example.org"},
                    headers={"idempotency-key": "one"},
                )
                for _ in range(2)
            ]
        await conn.close()
    assert [answer.status_code for answer in answers] == [201, 201, 422, 422]
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert answers[2].json()["code"] == "idempotency_key_reused"


def knocking(
    pool: Pool, path: str = "/v1/things", query: str = "", host: str = "203.0.113.1"
) -> Door:
    """Somebody without a name, who asks under the key "one"."""
    app: Any = application("")
    scope: Any = {
        "type": "http",
        "litestar_app": app,
        "route_handler": app.routes[0].route_handlers[0],
        "method": "POST",
        "scheme": "http",
        "server": ("market.test", 80),
        "path": path,
        "query_string": query.encode(),
        "client": (host, 40000),
        "headers": [(b"idempotency-key", b"one")],
    }

    async def body() -> Any:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    door = Door(Request[Any, Any, State](scope, body))
    door.pool = pool
    return door


async def test_only_the_same_request_from_the_same_address_gets_the_answer_again(
    pool: Pool,
) -> None:
    done = []

    async def do(_conn: Connection) -> dict[str, int]:
        done.append(1)
        return {"number": len(done)}

    given = [(await knocking(pool).act(do)).content for _ in range(2)]
    assert given == [b'{"number":1}'] * 2
    for another in ({"path": "/v1/others"}, {"query": "encoding=utf-8"}):
        with pytest.raises(KeyReused):
            await knocking(pool, **another).act(do)
    elsewhere = await knocking(pool, host="203.0.113.2").act(do)
    assert elsewhere.content == b'{"number":2}'


async def test_the_worker_forgets_old_answers(shared_database: Dsns) -> None:
    conn = await db.connect(shared_database.worker)
    await conn.execute("BEGIN")
    buyer = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    await kept_for(conn, buyer)
    for days, left in ((30, 1), (-1, 0)):
        async with db.act(conn, SYSTEM):
            await idempotency.forget_old(conn, days=days)
            assert await conn.fetchval(KEPT) == left
    await conn.execute("ROLLBACK")
    await conn.close()
