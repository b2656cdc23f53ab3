"""MT940: a Chinese bank's pages, what other banks write, and what is not whole."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.base.errors import Invalid
from market.money.statements import formats
from market.money.statements.formats import refusals
from market.money.statements.formats.model import ReadLine, ReadStatement

SAMPLE = (Path(__file__).parent / "files" / "mt940-gb18030.txt").read_bytes()


def read(data: bytes) -> list[ReadStatement]:
    return formats.read(data, "对账单.sta", [])


def message(
    entries: str,
    closing: str = "C260831CNY15,00",
    opening: str = "C260731CNY10,00",
    kinds: str = "FF",
) -> bytes:
    """A bare message of one page around entries."""
    return (
        f":20:S1\n:25:5100 1870\n:28C:1/1\n:60{kinds[0]}:{opening}\n{entries}\n"
        f":62{kinds[1]}:{closing}\n-\n"
    ).encode()


def entry(words: str, information: str = "转账") -> str:
    return f":61:{words}\n:86:{information}"


def only_line(data: bytes) -> ReadLine:
    (statement,) = read(data)
    (line,) = statement.lines
    return line


def test_the_pages_of_a_statement_become_one() -> None:
    assert formats.sniff(SAMPLE, "a.txt") == "mt940"
    (statement,) = read(SAMPLE)
    assert (statement.account, statement.currency) == ("51001870836059000001", "CNY")
    assert (statement.opening_minor, statement.closing_minor) == (10_000_000, 16_877_500)
    assert (statement.from_on, statement.until_on) == (date(2026, 7, 31), date(2026, 8, 31))
    assert [line.position for line in statement.lines] == [1, 2, 3, 4, 5]
    amounts = [line.amount_minor for line in statement.lines]
    assert amounts == [2_580_000, -320_000, 320_000, 4_300_000, -2_500]


def test_chinese_texts_and_references_are_kept() -> None:
    paid, sent, returned, structured, charge = read(SAMPLE)[0].lines
    assert paid.remark == "付款人锦川重型机械有限公司 附言 JXA4PT82C75 /OCMT/CNY25800,00"
    assert (paid.bank_reference, charge.bank_reference) == ("20260803000123", "")
    assert (sent.is_reversal, returned.is_reversal) == (False, True)
    assert (structured.counterparty_name, structured.counterparty_bank) == (
        "锦川轧钢有限公司",
        "CCBKCNBJ",
    )
    assert structured.counterparty_account == "51001870836051500001"
    assert charge.raw["86"] == "手续费"


def test_utf_8_gives_the_same_as_gb18030() -> None:
    assert read(SAMPLE.decode("gb18030").encode()) == read(SAMPLE)


def test_a_code_broken_over_two_full_lines_is_whole_again() -> None:
    filled = "附" * 60 + "JXA4P"
    assert only_line(message(entry("260803C5,NTRFNONREF", f"{filled}\nT82C75"))).remark.endswith(
        "JXA4PT82C75"
    )


@pytest.mark.parametrize(
    ("words", "amount", "booked_on"),
    [
        ("260803C5,NTRFNONREF", 500, date(2026, 8, 3)),
        ("2608030805CY5,00NTRFNONREF", 500, date(2026, 8, 5)),
        ("2608030805C0005,0NMSCREF//BANK", 500, date(2026, 8, 5)),
        ("260803    C5,NTRFNONREF", 500, date(2026, 8, 3)),
        ("2608030803RD5,NTRFNONREF", 500, date(2026, 8, 3)),
    ],
)
def test_banks_write_entries_in_their_ways(words: str, amount: int, booked_on: date) -> None:
    line = only_line(message(entry(words)))
    assert (line.amount_minor, line.booked_on) == (amount, booked_on)


@pytest.mark.parametrize(
    ("value", "month_and_day", "booked_on"),
    [("261231", "0102", date(2027, 1, 2)), ("270102", "1231", date(2026, 12, 31))],
)
def test_a_day_of_entry_lies_beside_its_value_date(
    value: str, month_and_day: str, booked_on: date
) -> None:
    data = message(
        entry(f"{value}{month_and_day}C5,NTRFNONREF"),
        opening="C261230CNY10,00",
        closing="C270131CNY15,00",
    )
    assert only_line(data).booked_on == booked_on


def test_a_reversed_credit_takes_money_away() -> None:
    line = only_line(message(entry("260803RC5,NTRFNONREF"), closing="C260831CNY5,00"))
    assert (line.amount_minor, line.is_reversal) == (-500, True)


def test_an_entry_without_a_type_does_not_replace_another() -> None:
    twice = f"{entry('260803C2,')}\n{entry('260803C3,')}"
    assert [line.amount_minor for line in read(message(twice))[0].lines] == [200, 300]


@pytest.mark.parametrize("separator", ["\u2028", "\x85", "\x0b", "\x1e"])
def test_no_remark_brings_an_entry_of_its_own(separator: str) -> None:
    forged = f"{separator}:61:260803C9,NTRF{separator}:61:260803D9,NTRF"
    assert only_line(message(entry("260803C5,NTRFNONREF", f"货款{forged}"))).amount_minor == 500


def test_several_statements_stay_apart() -> None:
    first, second = read(message(entry("260803C5,NTRFNONREF")) * 2)
    assert first == second


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (message(entry("260803C4,NTRFNONREF")), refusals.BalancesDiffer),
        (message(entry("260230C5,NTRFNONREF")), refusals.FieldUnreadable),
        (message(entry("2608031332C5,NTRFNONREF")), refusals.FieldUnreadable),
        (message(entry("260803C5.00NTRFNONREF")), refusals.FieldUnreadable),
        (message(entry("260803C1,2,3NTRFNONREF")), refusals.FieldUnreadable),
        (message(entry("260803C\uff15,NTRFNONREF")), refusals.FieldUnreadable),
        (message(entry("260803X5,NTRFNONREF")), refusals.FieldUnreadable),
        (message(entry("260803C5,NTRF"), opening="C260731CNY"), refusals.FieldUnreadable),
        (message(entry("260803C5,NTRF"), opening="C260731USD10,"), refusals.CurrenciesMixed),
        (message(entry("260803C5,NTRF"), opening="C260930CNY10,"), refusals.DatesSenseless),
        (message(entry("260803C5,NTRF"), kinds="FM"), refusals.PageMissing),
        (message(entry("260803C5,NTRF"), kinds="MF"), refusals.PageMissing),
        (message("").replace(b":25:5100 1870\n", b""), refusals.FieldMissing),
        (b":20:S1\n:25:5100\n", refusals.BalancesMissing),
        (b":20:S1\n:25:5100\n\x00", refusals.TextDamaged),
        (b"{1:F01}{4:\n-}", refusals.FieldMissing),
        (SAMPLE[:300], refusals.BalancesMissing),
        (SAMPLE.replace(b":60M:C260806CNY125800", b":60M:C260806CNY125801"), refusals.PageMissing),
        (SAMPLE + b"\xff\xff", refusals.WrongEncoding),
    ],
)
def test_what_is_not_whole_is_refused(data: bytes, refusal: type[Invalid]) -> None:
    with pytest.raises(refusal) as refused:
        read(data)
    assert refused.value.detail("zh-CN")
    assert refused.value.detail("en")


def test_what_cannot_be_read_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(refusals.FieldUnreadable):
        read(message(entry("甲的钱")))
    assert not caplog.records


def test_a_file_that_holds_a_path_is_not_that_file() -> None:
    with pytest.raises(Invalid):
        read(b":20:" + str(Path(__file__)).encode())


@settings(max_examples=150, deadline=None)
@given(
    place=st.integers(0, len(SAMPLE) - 1),
    length=st.integers(0, 40),
    instead=st.one_of(st.binary(max_size=12), st.sampled_from([b"\n", b":61:", b":86:", b":62F:"])),
)
def test_a_damaged_file_is_refused_or_proved(place: int, length: int, instead: bytes) -> None:
    damaged = SAMPLE[:place] + instead + SAMPLE[place + length :]
    try:
        statements = read(damaged)
    except Invalid:
        return
    for statement in statements:
        moved = sum(line.amount_minor for line in statement.lines)
        assert statement.opening_minor + moved == statement.closing_minor
