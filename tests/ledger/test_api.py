"""The ledger's routes, from the opening of the books to a posting that explains itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from market.base.access import Role
from tests.conftest import Clone
from tests.world import identity as world
from tests.world import ledger as books_of
from tests.world.catalogue import stored_file
from tests.world.ledger import NET_ASSETS, SUSPENSE, leg
from tests.world.site import Site, opened

KEY = {"Idempotency_Key": "opening-1"}


@pytest.fixture(scope="module")
async def site(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with clone() as addresses, opened(addresses, tmp_path_factory.mktemp("data")) as running:
        yield running


async def test_books_open_and_are_read(site: Site) -> None:
    unit = await world.unit(site.conn)
    finance = await world.person(site.conn, unit, Role.FINANCE)
    leader = await world.person(site.conn, unit, Role.LEADER)
    buyer, here = str((await world.enterprise(site.conn)).id), f"/v1/units/{unit.id}"
    lines = [{"kind": "receivable", "subject": buyer, "currency": "CNY", "balance_minor": 500_000}]
    body = {"as_of": "2026-01-01", "balances": lines}

    prepared = await site.send(finance, "POST", f"{here}/opening-balance", body, **KEY)
    assert prepared.status_code == 201
    opening = f"/v1/opening-balances/{prepared.json()['id']}"
    refused = await site.send(finance, "PUT", f"{opening}/approval")
    assert (refused.status_code, refused.json()["code"]) == (403, "opening_needs_leader")
    stale = await site.send(leader, "PUT", f"{opening}/approval", If_Match='"7"')
    assert stale.status_code == 412
    approved = await site.send(leader, "PUT", f"{opening}/approval", If_Match='"1"')
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert approved.headers["ETag"] == '"2"'
    for path in (opening, f"{here}/opening-balance"):
        assert (await site.send(finance, "GET", path)).json() == approved.json()

    page = (await site.send(finance, "GET", f"{here}/postings?month=2026-01")).json()
    assert [posting["cause"] for posting in page["items"]] == [f"opening_balance:{unit.id}"]
    posting = f"/v1/postings/{page['items'][0]['id']}"
    assert (await site.send(finance, "GET", posting)).json() == page["items"][0]
    explained = (await site.send(finance, "GET", f"{posting}/explain")).json()
    assert explained["result"]["totals_minor"] == {"CNY": 500_000}
    accounts = (await site.send(finance, "GET", f"{here}/accounts")).json()
    assert [(row["kind"], row["class"], row["balance_minor"]) for row in accounts["items"]] == [
        ("net_assets", "fund", 500_000),
        ("receivable", "asset", 500_000),
    ]


async def test_what_was_left_out_is_put_in_and_listed(site: Site) -> None:
    unit = await world.unit(site.conn)
    finance = await world.person(site.conn, unit, Role.FINANCE)
    leader = await world.person(site.conn, unit, Role.LEADER)
    await books_of.opened_books(site.conn, finance, leader, books_of.line("stripe_balance", 1))
    here = f"/v1/units/{unit.id}/opening-supplements"
    body = {
        "reason": "建账时漏列",
        "file_id": str(await stored_file(site.conn, finance)),
        "balances": [{"kind": "input_vat", "currency": "CNY", "balance_minor": 4_000}],
    }
    keyless = await site.send(finance, "POST", here, body)
    assert keyless.status_code == 400
    prepared = await site.send(finance, "POST", here, body, **KEY)
    assert (prepared.status_code, prepared.json()["as_of"]) == (201, str(books_of.DAY))
    again = await site.send(finance, "POST", here, body, Idempotency_Key="opening-2")
    assert (again.status_code, again.json()["code"]) == (409, "opening_account_known")
    waiting = f"/v1/opening-balances/{prepared.json()['id']}"
    for state, count in (("prepared", 1), ("approved", 0)):
        listed = (await site.send(leader, "GET", f"{here}?state={state}")).json()["items"]
        assert len(listed) == count
    approved = await site.send(leader, "PUT", f"{waiting}/approval", If_Match='"1"')
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    page = (await site.send(finance, "GET", f"/v1/units/{unit.id}/postings")).json()
    assert page["items"][0]["cause"] == f"opening_supplement:{prepared.json()['id']}"


async def test_a_long_ledger_comes_in_pages(site: Site) -> None:
    unit = await world.unit(site.conn)
    finance = await world.person(site.conn, unit, Role.FINANCE)
    for number in range(5):
        await books_of.post(
            site.conn, unit.id, leg(SUSPENSE, NET_ASSETS, 1), named=f"page:{number}"
        )
    here, read = f"/v1/units/{unit.id}", []
    for kind, key in (("postings", "cause"), ("accounts", "kind")):
        path: str | None = (
            f"{here}/{kind}?limit=2" if kind == "postings" else f"{here}/{kind}?limit=1"
        )
        while path:
            answer = await site.send(finance, "GET", path)
            assert answer.status_code == 200
            read += [row[key] for row in answer.json()["items"]]
            path = answer.links["next"]["url"] if "next" in answer.links else None
    assert read == [*(f"page:{n}" for n in (4, 3, 2, 1, 0)), "net_assets", "suspense"]


@pytest.mark.parametrize(
    "wrong",
    ["postings?month=2026-13", "postings?cursor=x", "accounts?until=never", "accounts?limit=0"],
)
async def test_a_wrong_question_is_answered_as_one(site: Site, wrong: str) -> None:
    unit = await world.unit(site.conn)
    finance = await world.person(site.conn, unit, Role.FINANCE)
    answer = await site.send(finance, "GET", f"/v1/units/{unit.id}/{wrong}")
    assert answer.status_code in (400, 422)
    assert answer.json()["errors"][0]["pointer"] in ("/month", "/cursor", "/until", "/limit")


async def test_a_wrong_opening_balance_is_pointed_at(site: Site) -> None:
    unit = await world.unit(site.conn)
    finance = await world.person(site.conn, unit, Role.FINANCE)
    lines = [{"kind": "cash", "currency": "CNY", "balance_minor": 1}]
    body = {"as_of": "2026-01-01", "balances": lines}
    answer = await site.send(finance, "POST", f"/v1/units/{unit.id}/opening-balance", body, **KEY)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/balances/0/kind"


async def test_a_strangers_answer_is_that_of_an_absent_row(site: Site) -> None:
    unit = await world.unit(site.conn)
    stranger = await world.person(site.conn, await world.unit(site.conn), Role.FINANCE)
    posted = await books_of.post(site.conn, unit.id, leg(SUSPENSE, NET_ASSETS, 1))
    assert posted is not None
    for path in (
        f"/v1/postings/{posted.public_id}",
        f"/v1/postings/{uuid4()}",
        f"/v1/units/{unit.id}/postings",
        f"/v1/units/{uuid4()}/accounts",
        f"/v1/units/{unit.id}/opening-balance",
    ):
        answer = await site.send(stranger, "GET", path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
