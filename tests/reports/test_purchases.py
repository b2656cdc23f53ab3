"""An enterprise's documents in one ZIP: all of them, its own only, the same bytes each time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4
from zipfile import ZipFile

import pytest

from market.base import clock, db
from market.base.access import SYSTEM, Actor
from market.base.files import Shelf
from market.money.invoicing.fapiao import operations as fapiaos
from market.money.invoicing.fapiao.model import Delivery
from market.money.invoicing.voiding import operations as voiding
from market.money.reconciliation.matching import operations as matching
from market.reports.purchases import operations
from market.reports.purchases.model import Wanted
from tests.conftest import Clone
from tests.world import contracts, invoicing, money, performance, site
from tests.world.invoicing import Deal
from tests.world.site import Site


class Story(NamedTuple):
    """One enterprise's deal with every kind of document, another that is only signed."""

    site: Site
    deal: Deal
    other: Deal
    second: contracts.Deal
    fapiao: str

    @property
    def path(self) -> str:
        return f"/v1/organisations/{self.deal.enterprise.id}/purchase-documents"

    async def unzipped(self, actor: Actor, query: str = "") -> tuple[ZipFile, dict[str, Any]]:
        answer = await self.site.send(actor, "GET", self.path + query)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
        packed = ZipFile(io.BytesIO(answer.content))
        assert packed.testzip() is None
        return packed, json.loads(packed.read("manifest.json"))


@pytest.fixture(scope="module")
async def story(stocked: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    folder: Path = tmp_path_factory.mktemp("purchases")
    async with stocked() as addresses, site.opened(addresses, folder) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        await performance.accept(conn, deal)
        invoice = await invoicing.issued(conn, deal)
        bank = await money.bank(conn, deal)
        line = money.Line(invoice.amount_minor, deal.enterprise.name_zh, invoice.payment_code)
        await money.imported(conn, bank, [line])
        fapiao = await invoicing.fapiao_issued(conn, deal, invoice)
        handed = Delivery(delivered_on=await clock.today(conn))
        await fapiaos.deliver_fapiao(conn, deal.finance, fapiao.id, handed)
        sha256 = await _sha256_of(market, fapiao.file_id)
        shelf = Shelf.of(market.app.state.settings)
        shelf.path_of(sha256).parent.mkdir(parents=True)
        shelf.path_of(sha256).write_bytes(b"%PDF-1.7 fapiao")
        second = await contracts.signed(conn, deal.cast)
        other = await invoicing.fw01(conn)
        assert fapiao.number is not None
        yield Story(market, deal, other, second, fapiao.number)


async def _sha256_of(market: Site, file_id: Any) -> str:
    async with db.act(market.conn, SYSTEM):
        sha256: str = await market.conn.fetchval(
            "SELECT encode(sha256, 'hex') FROM file WHERE id = $1", file_id
        )
    return sha256


async def test_all_documents_are_there_with_their_hashes(story: Story) -> None:
    packed, manifest = await story.unzipped(story.deal.buyer)
    kinds = sorted(each["kind"] for each in manifest["documents"])
    assert kinds == [
        *["certificate", "contract", "contract", "fapiao", "invoice", "receipt"],
        *["signed_text", "signed_text"],
    ]
    for each in manifest["documents"]:
        content = packed.read(each["path"])
        assert each["sha256"] == hashlib.sha256(content).hexdigest()
        assert (each["size_bytes"], each["left_out"]) == (len(content), None)
        assert each["kind"] in ("signed_text", "fapiao") or content.startswith(b"%PDF")
    text = packed.read(f"合同文本/{story.deal.contract.number}.txt")
    assert hashlib.sha256(text).hexdigest() == story.deal.contract.text_sha256
    assert packed.read(f"发票/{story.fapiao}.pdf") == b"%PDF-1.7 fapiao"
    rows = list(csv.reader(io.StringIO(packed.read("清单.csv").decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == [each["path"] for each in manifest["documents"]]
    assert "25800.00" in {row[7] for row in rows}
    assert len(packed.namelist()) == len(rows) + 2


async def test_what_no_longer_stands_says_so_and_is_in_no_total(story: Story) -> None:
    conn, deal = story.site.conn, await invoicing.fw01(story.site.conn)
    bank = await money.bank(conn, deal)
    wrong = await invoicing.issued(conn, deal)
    proposal = await voiding.propose_void(conn, deal.finance, wrong.id, "期次有误")
    await voiding.approve_void(conn, deal.leader, proposal.id)
    owed = await invoicing.issued(conn, deal)
    line = money.Line(owed.amount_minor, deal.enterprise.name_zh, owed.payment_code)
    await money.imported(conn, bank, [line])
    [paid] = await money.payments_of(conn, deal.buyer, owed.id)
    assert paid.match_id is not None
    await matching.undo_match(conn, bank.finance, paid.match_id, "匹配有误")

    packed, manifest = await story._replace(deal=deal).unzipped(deal.buyer)

    told = [
        (each["kind"], each["state_words"]["zh"], each["counted_minor"])
        for each in manifest["documents"]
        if each["amount_minor"] is not None
    ]
    total, once = deal.contract.total_minor, owed.amount_minor
    assert sorted(told, key=lambda each: each[:2]) == [
        ("contract", "履行中", total),
        ("invoice", "已作废", None),
        ("invoice", "未付", once),
        ("receipt", "收款已撤销，收据不再有效", None),
    ]
    assert [(each["kind"], each["amount_minor"]) for each in manifest["totals"]] == [
        ("contract", total),
        ("invoice", once),
    ]
    summed = packed.read("合计.csv").decode("utf-8-sig").splitlines()
    assert summed[1:] == [f"合同,CNY,1,{total / 100:.2f}", f"请款单,CNY,1,{once / 100:.2f}"]


async def test_what_was_credited_counts_no_more_and_its_red_fapiao_is_there(
    story: Story,
) -> None:
    conn = story.site.conn
    deal = await invoicing.drafted(conn, [invoicing.at_signing(86_000_00)])
    deal = await invoicing.in_force(conn, deal)
    invoice = await invoicing.issued(conn, deal)
    await invoicing.credited(conn, deal, invoice, 6_000_00)
    fapiao = await invoicing.fapiao_issued(conn, deal, invoice)
    handed = Delivery(delivered_on=await clock.today(conn))
    await fapiaos.deliver_fapiao(conn, deal.finance, fapiao.id, handed)
    note = await invoicing.credited(conn, deal, invoice, 20_000_00)
    await invoicing.red_recorded(conn, deal, note)

    _, manifest = await story._replace(deal=deal).unzipped(deal.buyer)

    assert [(each["kind"], each["amount_minor"]) for each in manifest["totals"]] == [
        ("contract", 86_000_00),
        ("invoice", 60_000_00),
        ("fapiao", 80_000_00),
        ("red_fapiao", -20_000_00),
    ]


async def test_the_same_documents_are_the_same_bytes(story: Story) -> None:
    first, second = [await story.site.send(story.deal.buyer, "GET", story.path) for _ in range(2)]
    assert first.content == second.content


async def test_one_contract_or_a_span_is_chosen(story: Story) -> None:
    _, chosen = await story.unzipped(story.deal.buyer, f"?contract_id={story.second.contract.id}")
    assert {each["contract"] for each in chosen["documents"]} == {story.second.contract.number}
    _, none = await story.unzipped(story.deal.buyer, "?until_on=2020-01-01")
    assert none["documents"] == []
    for unknown in (story.other.contract.id, uuid4()):
        query = f"?contract_id={unknown}"
        answer = await story.site.send(story.deal.buyer, "GET", story.path + query)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    day = "?from_on=2026-02-01&until_on=2026-02-01"
    assert (await story.site.send(story.deal.buyer, "GET", story.path + day)).status_code == 200
    wrong = await story.site.send(
        story.deal.buyer, "GET", story.path + "?from_on=2026-02-01&until_on=2026-01-01"
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "span_reversed")


async def test_a_table_says_its_charset_once(story: Story) -> None:
    path = f"/v1/units/{story.deal.unit.id}/trial-balance?format=csv"
    answer = await story.site.send(story.deal.finance, "GET", path)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="' in answer.headers["content-disposition"]


async def test_nobody_else_gets_them(story: Story) -> None:
    for actor in (story.other.buyer, story.deal.finance):
        answer = await story.site.send(actor, "GET", story.path)
        assert answer.status_code == 404


async def test_what_cannot_be_packed_is_named(story: Story) -> None:
    pool, actor = story.site.app.state.pool, story.deal.buyer
    wanted = Wanted(story.deal.contract.id, None, None)
    async with db.lease(pool) as conn, db.look(conn, actor):
        bundle = await operations.gather(conn, actor, story.deal.enterprise.id, wanted)
    nowhere = Shelf(Path("/nowhere"), 1)
    pieces = [piece async for piece in operations.pack(pool, nowhere, actor, bundle)]
    manifest = json.loads(ZipFile(io.BytesIO(b"".join(pieces))).read("manifest.json"))
    left_out = {each["kind"]: each["left_out"] for each in manifest["documents"]}
    assert left_out["fapiao"] == "file_missing"
    assert left_out["invoice"] is None
    assert max(map(len, pieces)) < 400_000
