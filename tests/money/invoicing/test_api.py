"""The routes, from the instalment to the delivered fapiao, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import msgspec
import pytest

from market.base import clock
from market.base.access import Role
from tests.conftest import Clone
from tests.world import identity
from tests.world import invoicing as world
from tests.world import site as sites
from tests.world.site import Site


@pytest.fixture(scope="module")
async def site(stocked: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("data")
    async with stocked() as addresses, sites.opened(addresses, folder) as opened:
        yield opened


async def test_from_the_instalment_to_the_delivered_fapiao(site: Site) -> None:
    deal = await world.fw01(site.conn)
    issue = f"/v1/instalments/{deal.instalments[0].id}/invoices"
    key = str(uuid4())

    keyless = await site.send(deal.finance, "POST", issue)
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_required")
    made = await site.send(deal.finance, "POST", issue, idempotency_key=key)
    assert made.status_code == 201
    again = await site.send(deal.finance, "POST", issue, idempotency_key=key)
    assert (again.content, again.headers["idempotent-replayed"]) == (made.content, "true")
    invoice = made.json()
    path = f"/v1/invoices/{invoice['id']}"

    read = await site.send(deal.buyer, "GET", path)
    assert (read.status_code, read.json()) == (200, invoice)
    assert read.headers["etag"] == '"1"'
    listed = await site.send(deal.buyer, "GET", "/v1/invoices?state=open&overdue=false&limit=1")
    assert [item["id"] for item in listed.json()["items"]] == [invoice["id"]]
    told = await site.send(deal.buyer, "GET", f"{path}/explain")
    assert told.json()["result"]["vat_deferred_minor"] == 1_460_38

    wanted = msgspec.to_builtins(world.special(deal))
    asked = await site.send(deal.buyer, "POST", f"{path}/fapiao-requests", wanted)
    assert asked.status_code == 201
    fapiao = f"/v1/fapiao/{asked.json()['id']}"
    document = msgspec.to_builtins(await world.document(site.conn, deal))
    issued = await site.send(deal.finance, "PUT", f"{fapiao}/issue", document, if_match='"1"')
    assert (issued.status_code, issued.json()["state"]) == (200, "issued")
    today = str(await clock.today(site.conn))
    delivered = await site.send(deal.finance, "PUT", f"{fapiao}/delivery", {"delivered_on": today})
    assert delivered.json()["state"] == "delivered"
    found = await site.send(deal.buyer, "GET", fapiao)
    assert found.json() == delivered.json()
    waiting = await site.send(deal.finance, "GET", "/v1/fapiao?state=requested")
    assert waiting.json() == {"items": [], "next": None}


async def test_voiding_over_http(site: Site) -> None:
    deal = await world.fw01(site.conn)
    invoice = await world.issued(site.conn, deal)
    propose = f"/v1/invoices/{invoice.id}/void-proposals"

    proposed = await site.send(
        deal.finance, "POST", propose, {"reason": "期次有误"}, idempotency_key=str(uuid4())
    )
    assert proposed.status_code == 201
    path = f"/v1/void-proposals/{proposed.json()['id']}"
    waiting = await site.send(deal.leader, "GET", "/v1/void-proposals?state=proposed")
    assert waiting.json()["items"] == [proposed.json()]
    own = await site.send(deal.finance, "PUT", f"{path}/approval")
    assert (own.status_code, own.json()["code"]) == (403, "void_needs_the_leader")
    stale = await site.send(deal.leader, "PUT", f"{path}/approval", if_match='"9"')
    assert stale.status_code == 412
    approved = await site.send(deal.leader, "PUT", f"{path}/approval")
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    late = await site.send(deal.leader, "PUT", f"{path}/rejection", {"note": "再议"})
    assert (late.status_code, late.json()["code"]) == (409, "wrong_move")


async def test_recognition_over_http(site: Site) -> None:
    deal = await world.zr01(site.conn)
    path = f"/v1/contracts/{deal.contract.id}/recognition"
    given = msgspec.to_builtins(await world.recognition_given(site.conn, deal))

    none = await site.send(deal.finance, "GET", path)
    assert none.status_code == 404
    kept = await site.send(deal.finance, "PUT", path, given)
    assert (kept.status_code, kept.headers["etag"]) == (200, '"1"')
    unversioned = await site.send(deal.finance, "PUT", path, given | {"number": "另一编号"})
    assert unversioned.status_code == 428
    read = await site.send(deal.buyer, "GET", path)
    assert read.json() == kept.json()


async def test_wrong_input_gets_a_clear_answer(site: Site) -> None:
    deal = await world.fw01(site.conn)
    invoice = await world.issued(site.conn, deal)
    path = f"/v1/invoices/{invoice.id}/fapiao-requests"
    ordinary = msgspec.to_builtins(world.ordinary(deal))

    for body, status in (
        ({}, 422),
        (ordinary | {"colour": "red"}, 422),
        (ordinary | {"title": "\x00"}, 422),
        (ordinary | {"type": "golden"}, 422),
        (ordinary | {"uscc": "9" * 18}, 422),
        (ordinary | {"title": "长" * 201}, 422),
    ):
        answer = await site.send(deal.buyer, "POST", path, body)
        assert answer.status_code in (400, status), answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
    for query in ("state=gone", "cursor=%21", "overdue=perhaps", "contract_id=7"):
        answer = await site.send(deal.buyer, "GET", f"/v1/invoices?{query}")
        assert answer.status_code in (400, 422), (query, answer.text)
    stranger = await identity.person(site.conn, await identity.enterprise(site.conn), Role.BUYER)
    absent = await site.send(stranger, "GET", f"/v1/invoices/{uuid4()}")
    hidden = await site.send(stranger, "GET", f"/v1/invoices/{invoice.id}")
    assert absent.status_code == hidden.status_code == 404
    assert absent.json() | {"request_id": ""} == hidden.json() | {"request_id": ""}
