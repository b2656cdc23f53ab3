"""The demonstration's statements are real files: the importer reads each fen that was written."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import pytest

from market.demo.bank_files import Line, camt053, icbc_csv
from market.money.statements import formats
from market.money.statements.formats.mappings import shipped
from market.money.statements.formats.model import ReadStatement

ACCOUNT: Final = "4402208009100012345"
DAY: Final = date(2026, 3, 2)
LINES: Final = [
    Line(DAY, 25_800_00, "锦川轧钢有限公司", "6222001", "修复款 8QF3-K7", "R01"),
    Line(DAY + timedelta(days=1), -12_475_05, "川南水泥,集团", "6222003", 'A "B", C', "R02"),
    Line(DAY + timedelta(days=1), 1, "喆铭㙍有限公司", "6222004", "", "R03"),
]


def read(data: bytes, name: str) -> ReadStatement:
    [statement] = formats.read(data, name, shipped())
    return statement


@pytest.fixture(params=["csv", "camt.053"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def written(kind: str, opening_minor: int) -> bytes:
    if kind == "csv":
        return icbc_csv(ACCOUNT, "锦川市职工技术协会", opening_minor, LINES)
    return camt053(ACCOUNT, "JX-2026-0001", opening_minor, LINES)


@pytest.mark.parametrize("opening_minor", [50_000_00, 0, -20_000_05, 10_000_00])
def test_what_was_written_is_read(kind: str, opening_minor: int) -> None:
    statement = read(written(kind, opening_minor), f"file.{kind}")
    assert (statement.account, statement.currency) == (ACCOUNT, "CNY")
    assert statement.opening_minor == opening_minor
    assert statement.closing_minor == opening_minor + sum(line.amount_minor for line in LINES)
    assert [
        Line(
            line.booked_on,
            line.amount_minor,
            line.counterparty_name,
            line.counterparty_account,
            line.remark.removeprefix("转账").strip(),
            line.bank_reference,
        )
        for line in statement.lines
    ] == LINES


def test_the_files_are_what_they_are_called() -> None:
    table, document = written("csv", 0), written("camt.053", 0)
    assert formats.sniff(table, "x") == "csv"
    assert formats.sniff(document, "x") == "camt.053"
    assert "锦川市职工技术协会" in table.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        table.decode("utf-8")
