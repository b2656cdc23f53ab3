"""The catalogue over HTTP, through the whole application and its edge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import msgspec
import pytest
from asyncpg.connection import LoggedQuery
from litestar import Litestar

from market.app import at_the_edge
from market.base import authentication, db, pages, settings
from market.base.access import Actor, Role
from market.base.web import csrf_token
from market.identity.organisations.model import Organisation
from market.identity.sessions import operations as sessions
from tests.conftest import Clone
from tests.world import catalogue, identity
from tests.world.site import application


class Doors(NamedTuple):
    """A unit, and those who knock: its people, a buyer, nobody in particular."""

    app: Litestar
    conn: db.Connection
    unit: Organisation
    member: httpx.AsyncClient
    reviewer: httpx.AsyncClient
    clerk: httpx.AsyncClient
    buyer: httpx.AsyncClient
    nobody: httpx.AsyncClient


@pytest.fixture(scope="module")
async def doors(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Doors]:
    given = {"MARKET_DATA": str(tmp_path_factory.mktemp("data"))}
    async with AsyncExitStack() as stack:
        addresses = await stack.enter_async_context(clone())
        app = stack.enter_context(application(settings.load(given), addresses))
        await stack.enter_async_context(_running(app))
        conn = await db.connect(addresses.app)
        unit = await identity.unit(conn)
        enterprise = await identity.enterprise(conn)

        async def door_of(organisation: Organisation, role: Role) -> httpx.AsyncClient:
            person = await identity.person(conn, organisation, role)
            client = _client(app, await _session(conn, person))
            return await stack.enter_async_context(client)

        yield Doors(
            app,
            conn,
            unit,
            member=await door_of(unit, Role.MEMBER),
            reviewer=await door_of(unit, Role.TECH_REVIEWER),
            clerk=await door_of(unit, Role.CLERK),
            buyer=await door_of(enterprise, Role.BUYER),
            nobody=await stack.enter_async_context(_client(app)),
        )
        await conn.close()


@asynccontextmanager
async def _running(app: Litestar) -> AsyncIterator[None]:
    """The application's lifespan, held open by a task of its own."""
    began, over = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with app.lifespan():
            began.set()
            await over.wait()

    task = asyncio.create_task(hold())
    await began.wait()
    yield
    over.set()
    await task


def _client(app: Litestar, session: str | None = None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=at_the_edge(app))
    client = httpx.AsyncClient(transport=transport, base_url="http://market.test")
    if session is not None:
        client.cookies.set(authentication.SESSION_COOKIE, session)
        client.headers[authentication.CSRF_HEADER] = csrf_token(session)
    return client


async def _session(conn: db.Connection, actor: Actor) -> str:
    opened = await sessions.open_session(
        conn, actor.person_id, organisation_id=actor.organisation_id, address=None, device=None
    )
    return str(opened.token)


@contextmanager
def _counting(app: Litestar) -> Iterator[list[str]]:
    """Every statement that the application sends while this is open."""
    statements: list[str] = []

    def note(sent: LoggedQuery) -> None:
        statements.append(sent.query)

    pools = (app.state.pool, app.state.catalogue_pool)
    holders = [holder for pool in pools for holder in pool._holders]
    connections = [holder._con for holder in holders if holder._con is not None]
    for connection in connections:
        connection.add_query_logger(note)
    yield statements
    for connection in connections:
        connection.remove_query_logger(note)


async def new_offering(doors: Doors, **changes: Any) -> dict[str, Any]:
    member_id = await catalogue.enrolled_member(doors.conn, doors.unit)
    new = catalogue.new_offering(member_ids=[member_id], **changes)
    given: dict[str, Any] = msgspec.to_builtins(new)
    return given


async def published(doors: Doors, **changes: Any) -> dict[str, Any]:
    """An offering that went all the way over HTTP."""
    drafted = await doors.member.post("/v1/offerings", json=await new_offering(doors, **changes))
    assert drafted.status_code == 201, drafted.text
    path = f"/v1/offerings/{drafted.json()['id']}"
    assert (await doors.member.put(f"{path}/submission")).status_code == 200
    passed = await doors.reviewer.put(f"{path}/review", json={"verdict": "pass"})
    assert passed.status_code == 200, passed.text
    offering: dict[str, Any] = passed.json()
    return offering


async def test_an_offering_goes_from_a_draft_to_the_public(doors: Doors) -> None:
    offering = await published(doors)
    shown = await doors.nobody.get(f"/v1/offerings/{offering['id']}")
    assert shown.status_code == 200
    assert shown.json()["offering_id"] == offering["id"]
    assert shown.json()["price_minor"] == 86_000_00
    assert shown.json()["unit_name_zh"] == doors.unit.name_zh
    listed = await doors.nobody.get("/v1/offerings", params={"unit_id": str(doors.unit.id)})
    assert offering["id"] in [item["offering_id"] for item in listed.json()["items"]]


async def test_who_holds_the_version_gets_304(doors: Doors) -> None:
    path = f"/v1/offerings/{(await published(doors))['id']}"
    tag = (await doors.nobody.get(path)).headers["ETag"]
    again = await doors.nobody.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = await doors.nobody.get(path, headers={"If-None-Match": '"999"'})
    assert other.status_code == 200


async def test_the_public_detail_is_one_statement_signed_in_or_not(doors: Doors) -> None:
    path = f"/v1/offerings/{(await published(doors))['id']}"
    for client in (doors.nobody, doors.buyer):
        await client.get(path)
        with _counting(doors.app) as statements:
            assert (await client.get(path)).status_code == 200
        assert len(statements) == 1, statements
        with _counting(doors.app) as statements:
            assert (await client.get("/v1/offerings?kind=service")).status_code == 200
        assert len(statements) == 1, statements


async def test_drafts_are_no_strangers_business(doors: Doors) -> None:
    drafted = await doors.member.post("/v1/offerings", json=await new_offering(doors))
    path = f"/v1/offerings/{drafted.json()['id']}"
    for client in (doors.nobody, doors.buyer, doors.member):
        assert (await client.get(path)).status_code == 404
    assert (await doors.buyer.get(f"{path}/draft")).status_code == 404
    assert (await doors.nobody.get(f"{path}/draft")).status_code == 401
    assert (await doors.member.get(f"{path}/draft")).status_code == 200


async def test_an_edit_names_the_version_that_was_read(doors: Doors) -> None:
    drafted = await doors.member.post("/v1/offerings", json=await new_offering(doors))
    path = f"/v1/offerings/{drafted.json()['id']}/draft"
    change = {"price_minor": 90_000_00}
    assert (await doors.member.patch(path, json=change)).status_code == 428
    tag = {"If-Match": drafted.headers["ETag"]}
    edited = await doors.member.patch(path, json=change, headers=tag)
    assert (edited.status_code, edited.json()["price_minor"]) == (200, 90_000_00)
    assert (await doors.member.patch(path, json=change, headers=tag)).status_code == 412


async def test_a_revision_is_compared_and_becomes_version_two(doors: Doors) -> None:
    offering = await published(doors)
    path = f"/v1/offerings/{offering['id']}"
    tag = {"If-Match": f'"{offering["version"]}"'}
    change = {"price_minor": 90_000_00}
    assert (await doors.member.patch(f"{path}/draft", json=change, headers=tag)).status_code == 200
    expected = [{"field": "price_minor", "before": 86_000_00, "after": 90_000_00}]
    assert (await doors.reviewer.get(f"{path}/draft/diff")).json() == expected
    await doors.member.put(f"{path}/submission")
    await doors.reviewer.put(f"{path}/review", json={"verdict": "pass"})
    assert (await doors.buyer.get(f"{path}/versions/1/diff/2")).json() == expected
    versions = (await doors.buyer.get(f"{path}/versions", params={"limit": 1})).json()
    assert [version["number"] for version in versions["items"]] == [2]
    follow = {"cursor": versions["next"]}
    older = (await doors.buyer.get(f"{path}/versions", params=follow)).json()
    assert [version["number"] for version in older["items"]] == [1]
    reviews = (await doors.clerk.get(f"{path}/reviews")).json()
    assert [review["published_number"] for review in reviews["items"]] == [2, 1]
    assert (await doors.buyer.get(f"{path}/versions/1/diff/9")).status_code == 404


@pytest.mark.parametrize("number", ["0", "-1", "2147483648", "9223372036854775808", "x"])
async def test_a_version_number_that_cannot_be_is_refused(doors: Doors, number: str) -> None:
    path = f"/v1/offerings/{doors.unit.id}/versions/1/diff/{number}"
    assert (await doors.buyer.get(path)).status_code in {404, 422}


async def test_suspension_comes_and_goes_and_retirement_stays(doors: Doors) -> None:
    path = f"/v1/offerings/{(await published(doors))['id']}"
    reason = {"reason": "检修 Overhaul"}
    assert (await doors.clerk.put(f"{path}/suspension", json=reason)).json()["reason"]
    assert (await doors.nobody.get(path)).status_code == 404
    assert (await doors.clerk.delete(f"{path}/suspension")).json()["state"] == "published"
    assert (await doors.nobody.get(path)).status_code == 200
    retired = await doors.clerk.put(f"{path}/retirement", json=reason)
    assert retired.json()["state"] == "retired"
    refused = await doors.clerk.delete(f"{path}/suspension")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_move")


async def test_pages_of_the_listing_follow_each_other(doors: Doors) -> None:
    made = [(await published(doors, industry="G53"))["id"] for _ in range(3)]
    seen: list[str] = []
    path = "/v1/offerings?industry=G53&limit=1"
    while path:
        page = await doors.nobody.get(path)
        seen += [item["offering_id"] for item in page.json()["items"]]
        following = page.json()["next"]
        assert ("Link" in page.headers) == (following is not None)
        path = f"/v1/offerings?industry=G53&limit=1&cursor={following}" if following else ""
    assert seen == made[::-1]


@pytest.mark.parametrize(
    "query",
    [
        "kind=magic",
        "region=x",
        "industry=%00",
        "unit_id=1",
        "limit=0",
        "limit=101",
        "cursor=abc",
        f"cursor={pages.cursor_of((2**63, str(UUID(int=0))))}",
        f"sort=price&cursor={pages.cursor_of((-(2**63), str(UUID(int=0))))}",
        "sort=best",
    ],
)
async def test_a_listing_that_makes_no_sense_is_refused(doors: Doors, query: str) -> None:
    refused = await doors.nobody.get(f"/v1/offerings?{query}")
    assert 400 <= refused.status_code < 500
    assert refused.headers["Content-Type"].startswith("application/problem+json")


async def test_free_and_dear_together_find_nothing(doors: Doors) -> None:
    found = await doors.nobody.get("/v1/offerings?free_or_paid=free&price_band=quote")
    assert found.json() == {"items": [], "next": None}


async def test_wrong_terms_are_explained_in_both_languages(doors: Doors) -> None:
    given = await new_offering(doors) | {"price_model": "quote"}
    for language, words in (("zh-CN", "面议"), ("en", "quote")):
        refused = await doors.member.post(
            "/v1/offerings", json=given, headers={"Accept-Language": language}
        )
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (422, "quote_has_no_price")
        assert words in problem["detail"]
        assert problem["errors"][0]["pointer"] == "/price_minor"


async def test_a_right_is_registered_consented_and_transferred(doors: Doors) -> None:
    owner = {"organisation_id": str(doors.unit.id)}
    new = {"kind": "software_copyright", "number": "2026SR1", "title": "算法", "owners": [owner]}
    registered = await doors.member.post("/v1/rights", json=new)
    assert registered.status_code == 201, registered.text
    path = f"/v1/rights/{registered.json()['id']}"
    consent = f"{path}/owners/{registered.json()['owners'][0]['id']}/consent"
    refused = await doors.clerk.put(consent)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_the_owner")
    leader = await identity.person(doors.conn, doors.unit, Role.LEADER)
    async with _client(doors.app, await _session(doors.conn, leader)) as client:
        assert (await client.put(consent)).status_code == 200
        assert (await client.delete(consent)).json()["owners"][0]["consent_method"] is None
        assert (await client.put(consent)).status_code == 200
    offering = await published(doors, kind="transfer", right_id=registered.json()["id"])
    assert offering["right_id"] == registered.json()["id"]
    change = {"move": "lapse", "reason": "未缴年费 Fee unpaid"}
    lapsed = await doors.clerk.put(f"{path}/legal-state", json=change)
    assert lapsed.json()["state"] == "lapsed"
    assert (await doors.buyer.get(path)).status_code == 404
    listed = await doors.clerk.get(f"/v1/units/{doors.unit.id}/rights")
    assert [right["id"] for right in listed.json()["items"]] == [registered.json()["id"]]
