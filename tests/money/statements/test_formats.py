"""Any statement file: what it is, whether it adds up, and which of its lines are known already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.base.errors import Invalid, MarketError, all_refusals
from market.money.statements import formats
from market.money.statements.formats import checks, mappings, refusals
from market.money.statements.formats.model import Mapping, ReadLine, ReadStatement

FILES = Path(__file__).parent / "files"
SHIPPED = mappings.shipped()
ACCOUNT = "51001870836059000001"


def line(position: int, amount: int, day: int = 3, **given_fields: object) -> ReadLine:
    blank = ReadLine(
        position=position,
        booked_on=date(2026, 8, day),
        value_on=None,
        amount_minor=amount,
        balance_after_minor=None,
        counterparty_name="",
        counterparty_account="",
        counterparty_bank="",
        remark="",
        bank_reference="",
    )
    return msgspec.structs.replace(blank, **given_fields)


def statement(*lines: ReadLine, **given_fields: object) -> ReadStatement:
    whole = ReadStatement(
        account=ACCOUNT,
        currency="CNY",
        opening_minor=1_000,
        closing_minor=1_000 + sum(one.amount_minor for one in lines),
        from_on=date(2026, 8, 1),
        until_on=date(2026, 8, 31),
        reference="",
        lines=list(lines),
    )
    return msgspec.structs.replace(whole, **given_fields)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("icbc-gb18030.csv", "csv"),
        ("ccb-utf8-bom.csv", "csv"),
        ("camt053-001-02.xml", "camt.053"),
        ("camt053-001-08.xml", "camt.053"),
    ],
)
def test_a_file_is_known_by_its_content_whatever_its_name(name: str, kind: str) -> None:
    assert formats.sniff((FILES / name).read_bytes(), "report.pdf") == kind


def test_marks_before_the_first_tag_do_not_hide_it() -> None:
    assert formats.sniff(b"\xef\xbb\xbf\r\n <Document/>", "x") == "camt.053"
    assert formats.sniff("<Document/>".encode("utf-16"), "x") == "camt.053"
    assert formats.sniff(b"PK\x03\x04", "x") == "xlsx"


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", refusals.FileEmpty),
        (b" \r\n", refusals.FileEmpty),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", refusals.OldWorkbook),
        (b"\r\n<HTML><table>", refusals.OldWorkbook),
        (b"%PDF-1.7", refusals.FileUnknown),
        (b"MZ\x90\x00", refusals.FileUnknown),
        (b"\x00" * 50, refusals.TextDamaged),
        (b"a" * (formats.MOST_MIB * 1024 * 1024 + 1), refusals.FileTooLarge),
    ],
)
def test_what_is_no_statement_is_refused_by_kind(data: bytes, refusal: type[Invalid]) -> None:
    with pytest.raises(refusal):
        formats.read(data, "statement.csv", SHIPPED)


def test_every_refusal_has_a_code_of_its_own_and_both_languages() -> None:
    classes: list[type[MarketError]] = [refusals.StatementRefused]
    classes += all_refusals(refusals.StatementRefused)
    assert len({one.code for one in classes}) == len(classes)
    for one in classes:
        assert one.zh.endswith("。")
        assert one.en.endswith(".")
        assert "code" in vars(one)


def test_a_sum_that_does_not_come_out_names_both_figures_and_the_difference() -> None:
    with pytest.raises(refusals.BalancesDiffer) as refused:
        checks.checked(statement(line(1, 500), closing_minor=1_499))
    for detail in (refused.value.detail("zh-CN"), refused.value.detail("en")):
        assert all(figure in detail for figure in ("10.00", "5.00", "15.00", "14.99", " 0.01"))


def test_a_broken_chain_of_balances_names_the_line() -> None:
    lines = [line(1, 500, balance_after_minor=1_500), line(2, -100, balance_after_minor=1_300)]
    with pytest.raises(refusals.BalanceBroken) as refused:
        checks.checked(statement(*lines, closing_minor=1_400))
    assert refused.value.details["position"] == 2
    assert refused.value.details["expected"] == "14.00"


def test_senseless_dates_are_refused() -> None:
    with pytest.raises(refusals.DatesSenseless):
        checks.checked(statement(until_on=date(2026, 7, 31)))
    with pytest.raises(refusals.DatesSenseless):
        checks.checked(statement(line(1, 1, booked_on=date(1926, 8, 3))))
    with pytest.raises(refusals.DatesSenseless):
        checks.checked(statement(line(1, 1, value_on=date(2926, 8, 3))))


@pytest.mark.parametrize("name", ["icbc-gb18030.csv", "camt053-001-02.xml"])
def test_a_file_with_one_line_cut_out_is_refused(name: str) -> None:
    content = (FILES / name).read_bytes()
    parting = b"\r\n" if name.endswith("csv") else b"      <Ntry>"
    parts = content.split(parting)
    kept = [part for part in parts if b"20260806000031" not in part]
    assert len(kept) == len(parts) - 1
    with pytest.raises((refusals.BalancesDiffer, refusals.BalanceBroken)):
        formats.read(parting.join(kept), name, SHIPPED)


@dataclass
class Books:
    """Which keys are in the books; importing tells how many lines were new."""

    known: set[str]

    def take(self, one: ReadStatement) -> int:
        keys = checks.line_keys(one, ACCOUNT)
        new = set(keys) - self.known
        assert len(set(keys)) == len(keys)
        self.known |= new
        return len(new)


@pytest.mark.parametrize("name", ["icbc-gb18030.csv", "ccb-utf8-bom.csv", "camt053-001-08.xml"])
def test_the_same_file_twice_brings_nothing_new(name: str) -> None:
    books = Books(set())
    whole = formats.read((FILES / name).read_bytes(), name, SHIPPED)[0]
    assert books.take(whole) == len(whole.lines)
    assert books.take(whole) == 0


def test_two_truly_equal_payments_on_one_day_stay_two() -> None:
    twice = statement(line(1, 480_000, remark="培训费"), line(2, 480_000, remark="培训费"))
    assert Books(set()).take(twice) == 2


def test_spacing_and_width_of_a_remark_do_not_make_a_line_new() -> None:
    books = Books(set())
    assert books.take(statement(line(1, 5, remark="首款 JX A4"))) == 1
    assert books.take(statement(line(1, 5, remark="首款\u3000\uff2a\uff38 a4"))) == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"amount_minor": 6},
        {"booked_on": date(2026, 8, 4)},
        {"counterparty_account": "6222"},
        {"remark": "b"},
        {"bank_reference": "2"},
    ],
)
def test_any_difference_that_counts_makes_another_line(changed: dict[str, object]) -> None:
    one = line(1, 5, remark="a", bank_reference="1")
    other = msgspec.structs.replace(one, **changed)
    assert Books(set()).take(statement(one, other)) == 2


def test_an_equal_line_of_another_account_or_currency_is_another() -> None:
    one = line(1, 5)
    keys = {
        checks.line_key(account, currency, one, 1)
        for account in (ACCOUNT, "2")
        for currency in ("CNY", "USD")
    }
    assert len(keys) == 4


@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from([100, -100, 250])), max_size=30),
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_overlapping_files_of_whole_days_bring_each_line_once(
    movements: list[tuple[int, int]], one_cut: int, other_cut: int
) -> None:
    days = sorted(movements, key=lambda movement: movement[0])
    lines = [line(place, amount, day) for place, (day, amount) in enumerate(days, 1)]
    early, late = max(one_cut, other_cut), min(one_cut, other_cut)
    books = Books(set())
    first = books.take(statement(*(one for one in lines if one.booked_on.day <= early)))
    second = books.take(statement(*(one for one in lines if one.booked_on.day >= late)))
    assert first + second == len(lines)
    assert books.take(statement(*lines)) == 0


def test_shipped_mappings_survive_json_and_name_themselves_once() -> None:
    assert len({mapping.name for mapping in SHIPPED}) == len(SHIPPED)
    stored = msgspec.json.encode(SHIPPED)
    assert msgspec.json.decode(stored, type=list[Mapping]) == SHIPPED


def test_a_mapping_with_an_unknown_column_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="ammount"):
        msgspec.convert(
            {"name": "x", "bank": "x", "date_formats": [], "columns": {"ammount": []}},
            Mapping,
        )


def test_each_of_many_lines_has_a_key_of_its_own() -> None:
    rows = ["交易日期,借方发生额,贷方发生额,余额,对方户名,对方账号,摘要,附言,流水号"]
    for number in range(1, 1_001):
        rows.append(f'2026-08-03,,1.00,"{number:,}.00",锦川,62220,转账,款,R{number % 10}')
    (whole,) = formats.read("\n".join(rows).encode("gb18030"), "x.csv", SHIPPED)
    keys = checks.line_keys(whole, ACCOUNT)
    assert len(set(keys)) == len(keys) == 1_000
    assert keys[:5] == checks.line_keys(
        msgspec.structs.replace(whole, lines=whole.lines[:5]), ACCOUNT
    )
