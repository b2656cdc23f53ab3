"""The canonical text: what it says, how it is hashed, and that nobody changes it."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

import asyncpg
import jinja2
import pytest

from market.base import db
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.embedded import Dsns
from market.base.errors import NotFound
from market.trade.signing import operations, wording
from market.trade.signing.model import Text
from tests.world import contracts, identity
from tests.world.contracts import Cast, Deal

CLASSES: list[tuple[str, dict[str, Any]]] = [
    ("技术服务合同", {}),
    ("技术咨询合同", {"kind": "consulting"}),
    (
        "技术服务合同（技术培训）",
        {"kind": "training", "price_model": "per_person", "order": {"attendees": ["学员甲"]}},
    ),
    ("技术转让合同", {"kind": "transfer"}),
    (
        "技术许可合同",
        {
            "kind": "transfer",
            "price_model": "per_year",
            "price_minor": 60_000_00,
            "royalty_ppm": 20_000,
            "order": {"lines": [{"description": "许可使用", "quantity": 3}]},
        },
    ),
]


async def text_of(conn: Connection, actor: Actor, deal: Deal) -> Text:
    async with db.look(conn, actor):
        return await operations.read_text(conn, actor, deal.contract.id)


async def test_the_text_is_kept_as_nfc_utf8_with_its_hash(conn: Connection, people: Cast) -> None:
    deal = await contracts.approved(conn, people, title_zh="ｅ\u0301 轴修复")
    text = await text_of(conn, deal.cast.buyer, deal)
    decoded = text.body.decode()
    assert unicodedata.is_normalized("NFC", decoded)
    assert hashlib.sha256(text.body).hexdigest() == text.sha256 == deal.contract.text_sha256
    assert "\r" not in decoded
    assert decoded.endswith("\n")


async def test_fw_01_says_its_amounts_in_figures_and_capitals(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.approved(conn, people)
    assert deal.contract.milestones[0].due_on is not None
    said = (await text_of(conn, deal.cast.clerk, deal)).body.decode()
    for words in (
        f"合同编号：{deal.contract.number}",
        f"甲方（委托人）：{deal.cast.enterprise.name_zh}",
        f"统一社会信用代码：{deal.cast.unit.uscc}",
        "86,000.00 元（人民币捌万陆仟元整）",
        "不含税价款 81,132.08 元（人民币捌万壹仟壹佰叁拾贰元零捌分）",
        "税额 4,867.92 元（人民币肆仟捌佰陆拾柒元玖角贰分）",
        "其中税额 1,460.38 元",
        "增值税税率 6%",
        "里程碑“喷涂与磨削”验收通过之日起 15 日内支付",
        f"测量与方案：应于 {wording.day(deal.contract.milestones[0].due_on)}前完成",
        "喷涂与磨削：应于双方均签署后 60 个日历日内完成",
        "检验与交付：应于双方均签署后 90 个工作日内（按国务院公布的放假安排计算）完成",
    ):
        assert words in said


async def test_what_was_worded_before_reads_as_it_did(conn: Connection, people: Cast) -> None:
    """Only the sentence that tells when a milestone is due differs between the two frames."""
    frames = await conn.fetch(
        "SELECT number, body FROM contract_template WHERE class = 'frame' ORDER BY number"
    )
    first, second = (frame["body"].splitlines() for frame in frames)
    changed = [(was, now) for was, now in zip(first, second, strict=True) if was != now]
    assert len(changed) == 1
    assert "{{ milestone | finish }}" in changed[0][1]


@pytest.mark.parametrize(("title", "offering"), CLASSES, ids=[title for title, _ in CLASSES])
async def test_every_class_has_its_own_complete_wording(
    conn: Connection, people: Cast, title: str, offering: dict[str, Any]
) -> None:
    deal = await contracts.approved(conn, people, **offering)
    said = (await text_of(conn, deal.cast.buyer, deal)).body.decode()
    assert said.splitlines()[0] == title
    assert wording.BLANK not in said
    assert all(f"第{article}条　" in said for article in "一二三四五六七八九")
    assert said.count("第十四条　签署与生效") == 1


@pytest.mark.parametrize(
    ("edit", "title"),
    [
        ({"statutory_class": "licence", "sub_class": None}, "技术许可合同"),
        ({"statutory_class": "service", "sub_class": "intermediary"}, "技术服务合同（技术中介）"),
    ],
)
async def test_an_agents_text_states_its_commission(
    conn: Connection, people: Cast, edit: dict[str, Any], title: str
) -> None:
    offering: dict[str, Any] = {"capacity": "agent", "commission_ppm": 125_000}
    deal = await contracts.approved(conn, people, **offering, edit=edit)
    said = (await text_of(conn, deal.cast.buyer, deal)).body.decode()
    assert said.splitlines()[0] == title
    assert "中介报酬为总额的 12.5%，计 10,750.00 元" in said
    assert "其余 75,250.00 元" in said


async def test_development_has_its_own_text(conn: Connection, people: Cast) -> None:
    deal = await contracts.approved(conn, people, edit={"statutory_class": "development"})
    said = (await text_of(conn, deal.cast.buyer, deal)).body.decode()
    assert said.splitlines()[0] == "技术开发合同"


async def test_an_exempt_contract_names_its_rule(conn: Connection, people: Cast) -> None:
    rule = "vat.exempt.technology_transfer"
    deal = await contracts.approved(
        conn, people, kind="transfer", price_minor=180_000_00, edit={"exemption_rule": rule}
    )
    said = (await text_of(conn, deal.cast.buyer, deal)).body.decode()
    assert f"免征增值税（规则 {rule}）" in said
    assert deal.contract.vat_minor == 0


async def test_a_free_contract_says_that_it_costs_nothing(conn: Connection, people: Cast) -> None:
    deal = await contracts.approved(conn, people, price_minor=0, free_or_paid="free")
    said = (await text_of(conn, deal.cast.buyer, deal)).body.decode()
    assert "本合同为无偿服务" in said
    assert "本合同无须付款。" in said


async def test_a_unit_without_books_is_named_as_the_performer(conn: Connection) -> None:
    above = await identity.unit(conn)
    unit = await identity.unit(conn, parent=above, legal_person=False, name_zh="锻压车间技协")
    deal = await contracts.approved(conn, await contracts.cast(conn, unit=unit))
    said = (await text_of(conn, deal.cast.buyer, deal)).body.decode()
    assert f"乙方（受托人）：{above.name_zh}" in said
    assert "履行单位：锻压车间技协" in said


async def test_a_draft_can_be_read_and_has_no_hash(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people)
    text = await text_of(conn, deal.cast.buyer, deal)
    assert text.sha256 is None
    assert wording.BLANK in text.body.decode()
    assert "负责人审核通过后编号" in text.body.decode()


async def test_what_people_type_is_never_read_as_a_template(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people, title_zh="{{ contract.id }}{% raise %}")
    said = (await text_of(conn, deal.cast.buyer, deal)).body.decode()
    assert "{{ contract.id }}{% raise %}" in said


async def test_a_template_that_asks_for_what_is_not_there_is_a_fault(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.ordered(conn, people)
    party = wording.PartyFacts("甲", None, None)
    facts = wording.Facts(deal.contract, party, party, "甲", None, None)
    with pytest.raises(jinja2.UndefinedError):
        wording.render("", "{{ nobody_knows }}", facts)
    with pytest.raises(jinja2.exceptions.SecurityError):
        wording.render("", "{{ ''.__class__.__mro__ }}", facts)


async def test_strangers_do_not_read_the_text(conn: Connection, people: Cast) -> None:
    deal = await contracts.approved(conn, people)
    stranger = await identity.person(conn, await identity.enterprise(conn), Role.BUYER)
    with pytest.raises(NotFound):
        await text_of(conn, stranger, deal)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE contract_text SET body = 'x'",
        "DELETE FROM contract_text",
        "TRUNCATE contract_text CASCADE",
        "UPDATE signature SET address = 'x'",
        "DELETE FROM signature",
        "DELETE FROM contract_review",
    ],
)
async def test_the_application_cannot_change_what_is_signed(
    conn: Connection, people: Cast, change: str
) -> None:
    deal = await contracts.signed(conn, people)
    async with db.act(conn, deal.cast.leader):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.savepoint(conn):
                await conn.execute(change)


async def test_not_even_the_owner_changes_a_signed_text_or_its_terms(
    clone: Any, owner_changes: list[str]
) -> None:
    async with clone() as addresses:
        await _sign_one(addresses)
        owner = await asyncpg.connect(addresses.owner)
        await owner.execute("SET ROLE market_owner")
        for change in owner_changes:
            with pytest.raises(asyncpg.RestrictViolationError):
                await owner.execute(change)
        assert await owner.fetchval("SELECT state FROM contract") == "active"
        await owner.close()


@pytest.fixture
def owner_changes() -> list[str]:
    return [
        "UPDATE contract_text SET body = 'x', sha256 = sha256('x')",
        "DELETE FROM contract_text",
        "UPDATE signature SET address = 'x'",
        "DELETE FROM signature",
        "UPDATE contract_review SET verdict = 'return'",
        "UPDATE contract_template SET body = 'x'",
        "UPDATE contract SET total_minor = total_minor - 1",
        "UPDATE contract SET number = 'XX-2026-FW-0001'",
        "UPDATE contract SET subject = 'x'",
        "UPDATE milestone SET price_minor = 1",
        "DELETE FROM milestone",
        "UPDATE instalment SET amount_minor = 1",
        "DELETE FROM instalment",
        "UPDATE quantity_line SET description = 'x'",
        "INSERT INTO attendee (contract_id, position, name) SELECT id, 1, 'x' FROM contract",
    ]


async def _sign_one(addresses: Dsns) -> None:
    conn = await db.connect(addresses.app)
    await contracts.signed(conn)
    await conn.close()
