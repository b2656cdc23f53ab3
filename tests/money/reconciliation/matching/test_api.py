"""Statements and matches over HTTP, and what row-level security hides by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from market.base import db
from market.base.access import Actor
from tests.client import Caller, Market, serving
from tests.conftest import Clone
from tests.world import invoicing, money
from tests.world.invoicing import Deal
from tests.world.money import Bank, Line


class Office:
    """The unit's finance and its buyer at their desks."""

    def __init__(self, market: Market, conn: db.Connection, deal: Deal, bank: Bank) -> None:
        self.market, self.conn, self.deal, self.bank = market, conn, deal, bank

    async def desk(self, actor: Actor) -> Caller:
        return await self.market.as_person(self.conn, actor)

    async def sends(
        self, data: bytes, name: str = "明细.csv", key: str | None = "first", **query: str
    ) -> httpx.Response:
        finance = await self.desk(self.deal.finance)
        headers = {"Idempotency-Key": key} if key else {}
        return await finance.request(
            "POST",
            f"/v1/bank-accounts/{self.bank.account.id}/statements",
            headers=headers,
            files={"file": (name, data)},
            params=query,
        )


@pytest.fixture(scope="module")
async def market(stocked: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Market]:
    async with serving(stocked, tmp_path_factory.mktemp("data")) as market:
        yield market


@pytest.fixture
async def office(market: Market) -> AsyncIterator[Office]:
    conn = await db.connect(market.addresses.app)
    deal = await invoicing.fw01(conn)
    yield Office(market, conn, deal, await money.bank(conn, deal))
    await conn.close()


async def test_a_statement_is_imported_matched_and_read(office: Office) -> None:
    deal, conn = office.deal, office.conn
    invoices = [await invoicing.issued(conn, deal, place) for place in range(2)]
    name = deal.enterprise.name_zh
    lines = [Line(25_800_00, name, invoices[0].payment_code), Line(43_500_00, name)]
    data = await money.csv_file(conn, office.bank, lines)

    answer = await office.sends(data)
    assert answer.status_code == 201, answer.text
    done = answer.json()
    assert (done["matched_count"], done["suspense_count"]) == (1, 1)
    replayed = await office.sends(data)
    assert replayed.headers["idempotent-replayed"] == "true"
    assert replayed.json() == done
    again = (await office.sends(data, key="second")).json()
    assert again["repeated"]
    assert again["outcomes"] == done["outcomes"]

    finance = await office.desk(deal.finance)
    suspense = await finance.get(f"/v1/units/{deal.unit.id}/suspense")
    [waiting] = suspense.json()["items"]
    body = {
        "allocations": [{"invoice_id": str(invoices[1].id), "amount_minor": 43_000_00}],
        "rest": {
            "to": "customer_credit",
            "amount_minor": 500_00,
            "organisation_id": str(deal.enterprise.id),
        },
    }
    path = f"/v1/bank-lines/{waiting['id']}/match"
    assert (await finance.request("POST", path, json=body)).status_code == 400
    made = await finance.request("POST", path, json=body, headers={"Idempotency-Key": "m"})
    assert made.status_code == 201, made.text
    match: dict[str, Any] = made.json()
    line = (await finance.get(f"/v1/bank-lines/{waiting['id']}")).json()
    assert (line["state"], line["matches"][0]["id"]) == ("matched", match["id"])
    assert len(line["postings"]) == 2
    credits_held = (await finance.get(f"/v1/units/{deal.unit.id}/credits")).json()["items"]
    assert [one["balance_minor"] for one in credits_held] == [500_00]
    buyer = await office.desk(deal.buyer)
    paid = await buyer.get(f"/v1/invoices/{invoices[1].id}/payments")
    assert [one["amount_minor"] for one in paid.json()] == [43_000_00]
    undone = await finance.request(
        "PUT", f"/v1/matches/{match['id']}/undo", json={"reason": "匹配有误"}
    )
    assert undone.json()["state"] == "undone"


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"<?xml version='1.0'?><Document><BkToCstmrStmt>", "a.xml", "statement_xml_broken"),
        (
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a/>",
            "a.xml",
            "statement_xml_forbidden",
        ),
        (b"<?xml version='1.0'?><Document/>", "a.csv", "file_name_misleads"),
        (b"MZ\x90\x00 program", "a.pdf", "statement_file_unknown"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a.png", "statement_file_unknown"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "a.xls", "statement_old_workbook"),
        (b"<html><table><tr><td>1</table>", "a.xls", "statement_old_workbook"),
        ("日期,金额\r\n".encode("utf-16"), "a.csv", "encoding_unknown"),
        ("金额,备注\r\n1,2\r\n".encode(), "a.csv", "statement_columns_missing"),
        (b":20:S1\r\n:25:5100\r\n", "a.sta", "statement_balances_missing"),
        (b":20:S1\r\n:25:5100\r\n:60F:C2608", "a.mt940", "statement_field_unreadable"),
        (b":20:S1\r\n:25:5100\r\n\x00", "a.940", "encoding_unknown"),
        (b"{\\rtf1 text}", "a.csv", "file_type_refused"),
    ],
)
async def test_what_is_no_statement_is_refused_clearly(
    office: Office, data: bytes, name: str, code: str
) -> None:
    answer = await office.sends(data, name)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_refusals_of_a_statement_change_nothing(office: Office) -> None:
    lines = [Line(1_00, "客户")]
    off = await money.csv_file(office.conn, office.bank, lines, closing_off_by=1)
    good = await money.csv_file(office.conn, office.bank, lines)

    assert (await office.sends(good, key=None)).status_code == 400
    refused = await office.sends(off)
    assert refused.json()["code"] == "statement_balances_differ"
    wrong = await office.sends(good, encoding="utf-8")
    assert wrong.json()["code"] == "statement_wrong_encoding"
    finance = await office.desk(office.deal.finance)
    assert (await finance.get("/v1/bank-lines")).json()["items"] == []


async def test_row_level_security_alone_hides_the_rows(office: Office) -> None:
    """Asked without any clause of ours, as somebody of another unit, and as the buyer."""
    deal, conn = office.deal, office.conn
    invoice = await invoicing.issued(conn, deal)
    lines = [Line(25_800_00, deal.enterprise.name_zh, invoice.payment_code), Line(5_00)]
    await money.imported(conn, office.bank, lines)
    counted = {}
    for actor in (deal.finance, deal.buyer, deal.outsider):
        async with db.look(conn, actor):
            record = await conn.fetchrow(
                """SELECT (SELECT count(*) FROM bank_account), (SELECT count(*) FROM statement),
                          (SELECT count(*) FROM bank_line), (SELECT count(*) FROM match),
                          (SELECT count(*) FROM allocation)"""
            )
        assert record is not None
        counted[actor.person_id] = tuple(record)
    assert counted == {
        deal.finance.person_id: (1, 1, 2, 1, 1),
        deal.buyer.person_id: (0, 0, 0, 0, 1),
        deal.outsider.person_id: (0, 0, 0, 0, 0),
    }
