"""From the order to the contract in force, over HTTP."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from market.base import clock, db
from market.base.access import Role
from market.trade.contracts.model import FullContract
from market.trade.signing.model import SignatureInput
from tests.conftest import Clone
from tests.world import catalogue, contracts, identity, site
from tests.world.contracts import Cast
from tests.world.site import Site


@pytest.fixture(scope="module")
async def market(stocked: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with (
        stocked() as addresses,
        site.opened(addresses, tmp_path_factory.mktemp("data")) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
async def people(market: Site) -> Cast:
    return await contracts.cast(market.conn)


async def test_from_the_order_to_the_contract_in_force(market: Site, people: Cast) -> None:
    offered = await catalogue.published_offering(market.conn, people.unit)
    order = contracts.new_order(offered)
    made = await market.send(people.buyer, "POST", f"/v1/offerings/{offered.id}/orders", order)
    assert (made.status_code, made.json()["state"]) == (201, "drafting")
    path = f"/v1/contracts/{made.json()['id']}"

    edit = {"place": "甲方现场"}
    unnamed = await market.send(people.clerk, "PATCH", path, edit)
    assert (unnamed.status_code, unnamed.json()["code"]) == (428, "version_required")
    contract = msgspec.convert(made.json(), FullContract)
    terms = contracts.full_terms(contract, await clock.today(market.conn))
    drafted = await market.send(people.clerk, "PATCH", path, terms, if_match=made.headers["etag"])
    assert drafted.status_code == 200, drafted.text
    stale = await market.send(people.clerk, "PATCH", path, edit, if_match=made.headers["etag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")

    told = await market.send(people.buyer, "GET", f"{path}/explain")
    assert told.json()["result"]["vat_minor"] == 4_867_92
    draft = await market.send(people.buyer, "GET", f"{path}/text")
    assert (draft.headers["cache-control"], "repr-digest" in draft.headers) == ("no-store", False)

    submitted = await market.send(people.clerk, "PUT", f"{path}/submission")
    assert submitted.json()["state"] == "tech_review"
    for stage in contracts.STAGES:
        reviewed = await market.send(
            people.reviewer(stage), "PUT", f"{path}/reviews/{stage}", {"verdict": "pass"}
        )
        assert reviewed.status_code == 200, reviewed.text
    assert reviewed.json()["number"].endswith("-FW-0001")

    text = await market.send(people.buyer_signatory, "GET", f"{path}/text")
    sha256 = hashlib.sha256(text.content)
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.headers["etag"] == f'"{sha256.hexdigest()}"'
    assert text.headers["repr-digest"] == f"sha-256=:{b64encode(sha256.digest()).decode()}:"
    known = await market.send(
        people.buyer, "GET", f"{path}/text", if_none_match=text.headers["etag"]
    )
    assert known.status_code == 304

    wrong = SignatureInput(text_sha256="0" * 64)
    refused = await market.send(people.buyer_signatory, "PUT", f"{path}/signatures/buyer", wrong)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_text")
    right = SignatureInput(text_sha256=sha256.hexdigest())
    for party, signatory in (
        ("provider", people.unit_signatory),
        ("buyer", people.buyer_signatory),
    ):
        signed = await market.send(signatory, "PUT", f"{path}/signatures/{party}", right)
        assert signed.status_code == 200, signed.text
    assert signed.json()["state"] == "active"
    async with db.look(market.conn, people.buyer):
        addresses = await market.conn.fetch("SELECT DISTINCT address FROM signature")
    assert [each["address"] for each in addresses] == ["127.0.0.1"]

    read = await market.send(people.buyer, "GET", path)
    assert read.json() == signed.json()
    assert read.headers["etag"] == signed.headers["etag"]
    late = await market.send(people.buyer, "PUT", f"{path}/cancellation", {"reason": "不再需要"})
    assert (late.status_code, late.json()["code"]) == (409, "wrong_move")


async def test_an_order_is_called_off(market: Site, people: Cast) -> None:
    deal = await contracts.ordered(market.conn, people, price_minor=300_000_00)
    path = f"/v1/contracts/{deal.contract.id}"
    approved = await market.send(people.manager, "PUT", f"{path}/order-approval")
    assert approved.json()["order_approved_minor"] == 300_000_00
    voided = await market.send(people.clerk, "PUT", f"{path}/cancellation", {"reason": "排期已满"})
    assert (voided.status_code, voided.json()["state"]) == (200, "void")


async def test_contracts_are_listed_by_pages(market: Site, people: Cast) -> None:
    made = [(await contracts.ordered(market.conn, people)).contract for _ in range(2)]
    query = "/v1/contracts?state=drafting&kind=service&limit=1"
    first = (await market.send(people.buyer, "GET", query)).json()
    assert [each["id"] for each in first["items"]] == [str(made[1].id)]
    second = (await market.send(people.buyer, "GET", f"{query}&cursor={first['next']}")).json()
    assert [each["id"] for each in second["items"]] == [str(made[0].id)]


async def test_a_stranger_is_told_the_same_as_of_nothing(market: Site, people: Cast) -> None:
    deal = await contracts.approved(market.conn, people)
    stranger = await identity.person(
        market.conn, await identity.enterprise(market.conn), Role.BUYER
    )
    for tail in ("", "/text", "/explain"):
        foreign = await market.send(stranger, "GET", f"/v1/contracts/{deal.contract.id}{tail}")
        absent = await market.send(stranger, "GET", f"/v1/contracts/{uuid4()}{tail}")
        nobody = await market.send(None, "GET", f"/v1/contracts/{deal.contract.id}{tail}")
        assert (foreign.status_code, absent.status_code, nobody.status_code) == (404, 404, 401)
        assert foreign.json()["code"] == absent.json()["code"]


@pytest.mark.parametrize(
    ("method", "tail", "body", "status"),
    [
        ("PUT", "/reviews/nobody", {"verdict": "pass"}, {400, 404, 422}),
        ("PUT", "/signatures/witness", {"text_sha256": "0" * 64}, {400, 404, 422}),
        ("PUT", "/signatures/buyer", {"text_sha256": "xyz"}, {400, 422}),
        ("PUT", "/reviews/technical", {"verdict": "maybe"}, {400, 422}),
        ("PUT", "/reviews/technical", {"verdict": "pass", "more": 1}, {400, 422}),
        ("PUT", "/cancellation", {"reason": "\u0000 x"}, {400, 422}),
        ("PUT", "/cancellation", {}, {400, 422}),
        ("PATCH", "", {"total_minor": 2**63}, {400, 422}),
        ("PATCH", "", {"subject": "a\u0000b"}, {400, 422}),
        ("PATCH", "", {"total_minor": 1.5}, {400, 422}),
        ("PATCH", "", {"state": "active"}, {400, 422}),
        ("PATCH", "", {"milestones": [{}]}, {400, 422}),
    ],
)
async def test_wrong_input_gets_a_clear_answer(
    market: Site, people: Cast, method: str, tail: str, body: dict[str, Any], status: set[int]
) -> None:
    deal = await contracts.ordered(market.conn, people)
    path = f"/v1/contracts/{deal.contract.id}{tail}"
    answer = await market.send(people.clerk, method, path, body, if_match='"1"')
    assert answer.status_code in status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
