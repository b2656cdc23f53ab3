"""camt.053: the standard's two generations, its batches, and what is not it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from market.base import amounts
from market.base.errors import Invalid
from market.money.invoicing import payment_code
from market.money.statements import formats
from market.money.statements.formats import camt, refusals
from market.money.statements.formats.model import ReadStatement

FILES = Path(__file__).parent / "files"
NAMES = ("camt053-001-02.xml", "camt053-001-08.xml")


def read(data: bytes) -> list[ReadStatement]:
    return formats.read(data, "statement.xml", [])


def statement_of(entries: str, closing: str = "10.00", opening: str = "10.00") -> bytes:
    """A small statement around entries; its first day's balance is PRCD."""
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy='CNY'>{amount}</Amt>"
        "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-08-01</Dt></Dt></Bal>"
        for kind, amount in (("PRCD", opening), ("CLBD", closing))
    )
    return (
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.06'><BkToCstmrStmt><Stmt>"
        f"<Id>S1</Id><Acct><Id><IBAN>CN51</IBAN></Id></Acct>{balances}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def entry(amount: str, direction: str = "CRDT", details: str = "", more: str = "") -> str:
    return (
        f"<Ntry><Amt Ccy='CNY'>{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>{more}"
        "<BookgDt><Dt>2026-08-03</Dt></BookgDt>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


@pytest.mark.parametrize("name", NAMES)
def test_both_generations_give_the_same_lines(name: str) -> None:
    cny, usd = read((FILES / name).read_bytes())
    assert (cny.account, cny.currency, cny.reference) == (
        "51001870836059000001",
        "CNY",
        "5100-2026-08",
    )
    assert (cny.opening_minor, cny.closing_minor) == (10_000_000, 31_863_643)
    assert (cny.from_on, cny.until_on) == (date(2026, 8, 1), date(2026, 8, 31))
    assert [line.amount_minor for line in cny.lines[:3]] == [2_580_000, 4_297_500, 6_020_000]
    assert cny.lines[0].counterparty_name == "锦川重型机械有限公司"
    assert cny.lines[0].counterparty_account == "51001870836051500001"
    assert cny.lines[0].counterparty_bank == "中国建设银行锦川东城支行"
    assert payment_code.find_all(cny.lines[1].remark) == [payment_code.make(2)]
    assert (usd.currency, usd.lines, usd.closing_minor) == ("USD", [], 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_becomes_its_transactions_and_what_is_pending_is_left_out(name: str) -> None:
    lines = read((FILES / name).read_bytes())[0].lines
    batch = [line for line in lines if line.booked_on == date(2026, 8, 25)]
    assert [line.amount_minor for line in batch] == [260_000] * 3
    assert len({line.counterparty_name for line in batch}) == 3
    assert payment_code.find_all(batch[0].remark) == [payment_code.make(20)]
    assert payment_code.find_all(batch[1].remark) == [payment_code.make(21)]
    assert {line.bank_reference for line in batch} == {"20260825000500"}
    assert lines[-1].position == 17


@pytest.mark.parametrize("name", NAMES)
def test_a_returned_transfer_is_a_reversal_with_the_payee_as_counterparty(name: str) -> None:
    lines = read((FILES / name).read_bytes())[0].lines
    sent, returned = lines[10], lines[11]
    assert (sent.amount_minor, sent.is_reversal) == (-320_000, False)
    assert (returned.amount_minor, returned.is_reversal) == (320_000, True)
    assert sent.counterparty_name == returned.counterparty_name == "专家甲"
    assert returned.raw["AddtlNtryInf"] == "退汇"


def test_a_batch_whose_parts_do_not_sum_stays_one_line() -> None:
    part = "<TxDtls><Amt Ccy='CNY'>2.00</Amt><RmtInf><Ustrd>甲</Ustrd></RmtInf></TxDtls>"
    data = statement_of(entry("5.00", details=part + part), closing="15.00")
    (line,) = read(data)[0].lines
    assert (line.amount_minor, line.remark) == (500, "甲")


def test_parts_in_a_foreign_currency_do_not_split_the_entry() -> None:
    part = "<TxDtls><Amt Ccy='USD'>2.50</Amt></TxDtls>"
    data = statement_of(entry("5.00", details=part + part), closing="15.00")
    assert len(read(data)[0].lines) == 1


def test_a_batch_may_mix_directions() -> None:
    parts = (
        "<TxDtls><Amt Ccy='CNY'>7.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls>"
        "<TxDtls><Amt Ccy='CNY'>2.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls>"
    )
    data = statement_of(entry("5.00", details=parts), closing="15.00")
    assert [line.amount_minor for line in read(data)[0].lines] == [700, -200]


def test_zeros_past_the_fen_are_read_and_more_is_refused() -> None:
    assert read(statement_of(entry("5.00000"), closing="15"))[0].lines[0].amount_minor == 500
    with pytest.raises(amounts.FractionOfMinorUnit):
        read(statement_of(entry("5.005"), closing="15.00"))


def test_an_overdrawn_balance_is_negative() -> None:
    data = statement_of(entry("12.00", "DBIT"), closing="2.00")
    at = data.rindex(b"<CdtDbtInd>CRDT</CdtDbtInd><Dt>")
    overdrawn = data[:at] + data[at:].replace(b"CRDT", b"DBIT", 1)
    assert read(overdrawn)[0].closing_minor == -200


def test_a_chinese_encoding_in_the_declaration_is_honoured() -> None:
    body = statement_of(entry("5.00", more="<AddtlNtryInf>结息</AddtlNtryInf>"), closing="15.00")
    data = b'<?xml version="1.0" encoding="GBK"?>' + body.decode().encode("gbk")
    assert read(data)[0].lines[0].remark == "结息"
    with pytest.raises(refusals.WrongEncoding):
        read(b'<?xml version="1.0" encoding="GBK"?>' + body[:-20] + b"\xff\xff")


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (entry("x"), "Amt"),
        (entry("-5.00"), "Amt"),
        (entry("\uff15.00"), "Amt"),
        (entry("5.00", "KREDIT"), "KREDIT"),
        (entry("5.00").replace("2026-08-03", "yesterday"), "yesterday"),
        (entry("5.00").replace("BookgDt", "Booked"), "BookgDt"),
        ("<Ntry><CdtDbtInd>CRDT</CdtDbtInd></Ntry>", "Ntry/Amt"),
    ],
)
def test_an_element_without_sense_is_named(entries: str, said: str) -> None:
    with pytest.raises(refusals.ElementMissing, match=said):
        read(statement_of(entries, closing="15.00"))


def test_missing_balances_and_mixed_currencies_are_refused() -> None:
    whole = statement_of(entry("5.00"), closing="15.00")
    with pytest.raises(refusals.BalancesMissing):
        read(whole.replace(b"PRCD", b"ITBD"))
    with pytest.raises(refusals.CurrenciesMixed):
        read(whole.replace(b"CNY", b"USD", 1))
    with pytest.raises(refusals.CurrencyUnknown):
        read(whole.replace(b"CNY", b"yuan"))


@pytest.mark.parametrize("keep", [40, 400, 4_000])
def test_truncated_xml_is_refused_with_its_line(keep: int) -> None:
    with pytest.raises(refusals.XmlBroken) as refused:
        read((FILES / NAMES[0]).read_bytes()[:keep])
    assert refused.value.details["row"]


LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 10)
)


@pytest.mark.parametrize(
    "prolog",
    [
        b'<!DOCTYPE d [<!ENTITY l0 "lol">' + LAUGHS + b"]>",
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE d SYSTEM "http://127.0.0.1/x.dtd">',
    ],
    ids=["bomb", "file", "foreign-dtd"],
)
def test_declarations_of_entities_are_refused_unread(prolog: bytes) -> None:
    with pytest.raises(refusals.XmlForbidden):
        read(b"<?xml version='1.0'?>" + prolog + statement_of("<Ntry>&l9;&x;</Ntry>"))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"<Invoice/>", "Invoice"),
        (b"<Document><BkToCstmrDbtCdtNtfctn/></Document>", "BkToCstmrDbtCdtNtfctn"),
        (b"<Document/>", "Document"),
    ],
)
def test_other_xml_is_refused_by_its_name(data: bytes, found: str) -> None:
    with pytest.raises(refusals.NotAStatement, match=found):
        read(data)


def test_nul_and_depth_are_refused_or_harmless() -> None:
    with pytest.raises(refusals.XmlBroken):
        read(statement_of(entry("5\0.00")))
    with pytest.raises(Invalid):
        read(b"<a>" * 100_000 + b"</a>" * 100_000)
    with pytest.raises(refusals.TooManyLines):
        read(b"<a/>" * (camt._MOST_TAGS + 1))
