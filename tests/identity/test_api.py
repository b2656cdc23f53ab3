"""Identity over HTTP, through the whole application: cookies, tokens, links, keys."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import pytest

from market.base import db, presence
from market.base.access import Role
from market.base.db import Connection
from tests.client import Market, serving
from tests.conftest import Clone
from tests.routes import every_route
from tests.world import identity as world

UNTIL = date(2027, 6, 30).isoformat()


@pytest.fixture(scope="module")
async def market(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Market]:
    async with serving(clone, tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="module")
async def conn(market: Market) -> AsyncIterator[Connection]:
    connection = await db.connect(market.addresses.app)
    yield connection
    await connection.close()


async def token_mailed_to(market: Market, address: str) -> str:
    """The token of the newest link in somebody's mailbox."""
    owner = await asyncpg.connect(market.addresses.owner)
    body: str = await owner.fetchval(
        """SELECT body FROM mail WHERE to_address = $1 AND body LIKE '%#%'
           ORDER BY id DESC LIMIT 1""",
        address,
    )
    await owner.close()
    return body.partition("#")[2].split()[0]


async def test_the_cookie_is_kept_from_scripts_and_other_sites(
    market: Market, conn: Connection
) -> None:
    buyer = await world.person(conn, await world.enterprise(conn))
    sent = {"email": await world.email_of(conn, buyer), "password": world.PASSWORD}

    answer = await market.nobody.request("POST", "/v1/session", json=sent)

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("market_session=")
    for mark in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert mark in cookie
    assert answer.json()["organisation_id"] == str(buyer.organisation_id)


async def test_the_wrong_password_and_the_unknown_address_read_the_same(
    market: Market, conn: Connection
) -> None:
    buyer = await world.person(conn, await world.enterprise(conn))
    bodies = []
    for email in (await world.email_of(conn, buyer), "nobody@market.test"):
        sent = {"email": email, "password": "wrong password"}
        answer = await market.nobody.request("POST", "/v1/session", json=sent)
        assert answer.status_code == 401
        bodies.append({k: v for k, v in answer.json().items() if k != "request_id"})
    assert bodies[0] == bodies[1]
    assert bodies[0]["code"] == "wrong_password"


async def test_a_cookie_without_its_csrf_token_changes_nothing(
    market: Market, conn: Connection
) -> None:
    buyer = await market.as_person(conn, await world.person(conn, await world.enterprise(conn)))
    del buyer.headers["x-csrf-token"]

    answer = await buyer.request("DELETE", "/v1/session")

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_token_missing")
    assert (await buyer.get("/v1/session")).status_code == 200


async def test_signing_out_ends_the_session_and_takes_the_cookie_back(
    market: Market, conn: Connection
) -> None:
    buyer = await market.as_person(conn, await world.person(conn, await world.enterprise(conn)))

    answer = await buyer.request("DELETE", "/v1/session")

    assert (answer.status_code, answer.content) == (204, b"")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await buyer.get("/v1/session")).status_code == 401


async def test_an_enterprise_comes_in_from_registration_to_verification(
    market: Market, conn: Connection
) -> None:
    sent = {
        "name_zh": "锦川重型机械厂",
        "uscc": "91510100TEXT0101XB",
        "region": "510100",
        "contact": {"phone": "028 8888 1234"},
        "manager": {"name": "经理甲", "email": "Boss@heavy.test"},
    }
    registered = await market.nobody.request("POST", "/v1/enterprises", json=sent)
    assert (registered.status_code, registered.json()["state"]) == (201, "registered")

    token = await token_mailed_to(market, "boss@heavy.test")
    assert token not in registered.text
    offer = await market.nobody.request("POST", "/v1/invitation-offers", json={"token": token})
    assert offer.json()["password_needed"] is True
    documents = (await market.nobody.get("/v1/consent-documents")).json()
    acceptance = {"token": token, "consents": documents, "password": world.PASSWORD}
    accepted = await market.nobody.request("POST", "/v1/invitation-acceptances", json=acceptance)
    assert accepted.status_code == 201, accepted.text

    clerk = await market.as_person(
        conn, await world.person(conn, await world.root(conn), Role.CLERK)
    )
    path = f"/v1/enterprises/{registered.json()['id']}"
    stale = await clerk.request("PUT", f"{path}/verification", headers={"if-match": '"9"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    verified = await clerk.request("PUT", f"{path}/verification")
    assert (verified.json()["state"], verified.headers["etag"]) == ("verified", '"2"')
    decisions = (await clerk.get(f"{path}/verifications")).json()
    assert [each["decision"] for each in decisions] == ["verified"]


async def test_a_wrong_code_is_told_in_both_languages(market: Market) -> None:
    sent = {
        "name_zh": "某厂",
        "uscc": "91510100TEXT0101XA",
        "region": "510100",
        "manager": {"name": "甲", "email": "a@wrong.test"},
    }
    for language, word in [("zh-CN", "校验码"), ("en", "check character")]:
        answer = await market.nobody.request(
            "POST", "/v1/enterprises", json=sent, headers={"accept-language": language}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "wrong_uscc")
        assert word in answer.json()["detail"]
        assert answer.json()["errors"][0]["pointer"] == "/uscc"


async def test_a_forgotten_password_is_reset_by_the_mailed_link(
    market: Market, conn: Connection
) -> None:
    buyer = await world.person(conn, await world.enterprise(conn))
    email = await world.email_of(conn, buyer)
    answers = [
        await market.nobody.request("POST", "/v1/password-resets", json={"email": each})
        for each in (email, "nobody@market.test")
    ]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2

    token = await token_mailed_to(market, email)
    new = {"token": token, "password": "a quite different phrase"}
    path = "/v1/password-reset-completions"
    assert (await market.nobody.request("POST", path, json=new)).status_code == 204
    again = await market.nobody.request("POST", path, json=new)
    assert (again.status_code, again.json()["code"]) == (409, "link_unusable")


async def test_a_key_reads_but_makes_no_keys_and_chooses_no_organisation(
    market: Market, conn: Connection
) -> None:
    buyer = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    program = await market.as_person(conn, buyer, "key")

    present = await program.get("/v1/session")
    assert (present.status_code, present.json()["csrf_token"]) == (200, None)
    new = {"name": "又一个", "roles": ["buyer"], "expires_on": UNTIL}
    refused = await program.request("POST", "/v1/api-keys", json=new)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_through_a_key")
    chosen = {"organisation_id": str(buyer.organisation_id)}
    turned = await program.request("PUT", "/v1/session/organisation", json=chosen)
    assert (turned.status_code, turned.json()["code"]) == (422, "not_a_session")


async def test_no_key_gets_as_far_as_an_approval_or_a_signature(
    market: Market, conn: Connection
) -> None:
    unit = await world.unit(conn)
    leader = await world.person(conn, unit, Role.LEADER, Role.SIGNATORY, Role.FINANCE)
    program = await market.as_person(conn, leader, "key")

    routes = [route for route in every_route() if presence.is_for_people(route.name)]
    assert len(routes) > 20
    for route in routes:
        path = re.sub(r"\{[^}]*\}", str(unit.id), route.path)
        refused = await program.request(route.method, path, json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_through_a_key"), path
        assert refused.json()["detail"] == "此事不能用接口密钥办理。请本人登录后办理。"


async def test_a_profile_is_edited_with_the_version_that_was_read(
    market: Market, conn: Connection
) -> None:
    person = await market.as_person(conn, await world.person(conn, await world.enterprise(conn)))
    tag = (await person.get("/v1/people/me")).headers["etag"]
    new = {"name": "新名字", "language": "en"}

    without = await person.request("PUT", "/v1/people/me", json=new)
    assert without.status_code == 428
    edited = await person.request("PUT", "/v1/people/me", json=new, headers={"if-match": tag})
    assert (edited.status_code, edited.json()["language"]) == (200, "en")
    stale = await person.request("PUT", "/v1/people/me", json=new, headers={"if-match": tag})
    assert stale.status_code == 412


async def test_the_tree_is_public_and_people_are_not(market: Market, conn: Connection) -> None:
    unit = await world.unit(conn, name_zh="东城区职工技协")
    tree = await market.nobody.get("/v1/units/tree")
    assert "东城区职工技协" in {each["name_zh"] for each in tree.json()["units"]}
    for path in ("/v1/people/me", "/v1/members", "/v1/role-grants", f"/v1/organisations/{unit.id}"):
        assert (await market.nobody.get(path)).status_code == 401


async def test_lists_go_on_page_by_page(market: Market, conn: Connection) -> None:
    for _ in range(3):
        await world.enterprise(conn)
    reader = await market.as_person(conn, await world.person(conn, await world.enterprise(conn)))

    seen: list[str] = []
    path: str | None = "/v1/organisations?kind=enterprise&limit=2"
    while path is not None:
        page = (await reader.get(path)).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
        path = f"/v1/organisations?kind=enterprise&limit=2&cursor={cursor}" if cursor else None
    assert len(seen) == len(set(seen)) >= 4


async def test_a_session_chooses_among_the_persons_organisations(
    market: Market, conn: Connection
) -> None:
    buyer = await market.as_person(conn, await world.person(conn, await world.enterprise(conn)))
    foreign = {"organisation_id": str((await world.enterprise(conn)).id)}

    answer = await buyer.request("PUT", "/v1/session/organisation", json=foreign)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_organisation")


@pytest.mark.parametrize("document", ["terms", "privacy"])
async def test_what_is_agreed_to_is_read_first(market: Market, document: str) -> None:
    versions = (await market.nobody.get("/v1/consent-documents")).json()
    text = (await market.nobody.get(f"/v1/consent-documents/{document}")).json()
    assert text["document_version"] == versions[document]
    assert len(text["zh"].split("\n\n")) == len(text["en"].split("\n\n")) == 11
    assert (await market.nobody.get("/v1/consent-documents/recipes")).status_code == 422
