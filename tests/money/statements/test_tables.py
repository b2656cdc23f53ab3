"""CSV and XLSX, as Chinese banks export them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from market.base.errors import Invalid
from market.money.invoicing import payment_code
from market.money.statements import formats
from market.money.statements.formats import checks, mappings, refusals, tables
from market.money.statements.formats.model import Columns, Mapping, ReadStatement

FILES = Path(__file__).parent / "files"
SHIPPED = mappings.shipped()
HEADER = "交易日期,借方发生额,贷方发生额,余额,对方户名,对方账号,摘要,附言,流水号"


def read(data: bytes, encoding: str | None = None) -> ReadStatement:
    (statement,) = formats.read(data, "statement.csv", SHIPPED, encoding)
    return statement


def table(*rows: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *rows, ""]).encode()


@pytest.mark.parametrize("name", ["icbc-gb18030.csv", "ccb-utf8-bom.csv"])
def test_both_encodings_and_both_orders_give_the_same_lines(name: str) -> None:
    statement = read((FILES / name).read_bytes())
    assert (statement.opening_minor, statement.closing_minor) == (10_000_000, 31_083_643)
    assert statement.currency == "CNY"
    assert [line.position for line in statement.lines] == list(range(1, 15))
    assert [line.amount_minor for line in statement.lines] == [
        2_580_000, 4_297_500, 6_020_000, 800_000, 450_000, 2_800_000, 1_860_000,
        480_000, 480_000, 1_300_000, -320_000, 320_000, -2_500, 18_643,
    ]  # fmt: skip
    assert statement.lines[5].counterparty_name == "锦川市重机物资经营部"
    assert statement.lines[10].counterparty_name == "专家甲"
    assert statement.lines[0].raw["摘要"] == "转账"


def test_the_rows_around_the_table_tell_account_and_period() -> None:
    statement = read((FILES / "icbc-gb18030.csv").read_bytes())
    assert statement.account == "4402200009000012345"
    assert (statement.from_on, statement.until_on) == (date(2026, 8, 1), date(2026, 8, 31))


def test_codes_are_found_in_the_remarks_of_the_bank_cases() -> None:
    codes = [payment_code.make(number) for number in range(1, 8)]
    lines = read((FILES / "icbc-gb18030.csv").read_bytes()).lines
    found = [payment_code.find_all(line.remark) for line in lines]
    assert found[:7] == [
        [codes[0]], [codes[1]], [codes[1], codes[2]], [codes[3]], [codes[3]], [codes[4]], [],
    ]  # fmt: skip
    assert found[7:10] == [[codes[5]], [codes[5]], [codes[6]]]
    assert found[10:] == [[]] * 4


def test_gb18030_read_as_utf_8_is_refused_and_says_what_to_choose() -> None:
    with pytest.raises(refusals.WrongEncoding) as refused:
        read((FILES / "icbc-gb18030.csv").read_bytes(), encoding="utf-8")
    assert "GB18030" in refused.value.detail("zh-CN")
    assert "GB18030" in refused.value.detail("en")
    assert "auto" not in refused.value.detail("en")
    assert "自动" not in refused.value.detail("zh-CN")


@pytest.mark.parametrize("encoding", ["gb18030", "latin-1", "utf-16", "no-such-code", "base64"])
def test_no_other_forced_encoding_reads_utf_8_wrongly(encoding: str) -> None:
    with pytest.raises(refusals.StatementRefused):
        read((FILES / "ccb-utf8-bom.csv").read_bytes(), encoding=encoding)


def test_what_no_shelf_keeps_is_not_read_either() -> None:
    wide = (FILES / "ccb-utf8-bom.csv").read_text("utf-8-sig").encode("utf-16")

    with pytest.raises(refusals.WrongEncoding):
        read(wide)


def test_each_bank_s_layout_is_recognised() -> None:
    abc = (
        "账户:5100\t1\n币种:人民币\n"
        "交易时间\t收入金额\t支出金额\t账户余额\t交易行名\t对方账号\t对方户名\t交易说明\t交易摘要\t交易附言\n"
        "2026-08-03 09:00:01\t25,800.00\t\t25,900.00\t龙湾支行\t6222\t锦铁\t汇入\t转存\t首款\n"
    )
    boc = (
        "交易类型[ Transaction Type ],付款人开户行名[ Payer account bank ],"
        "付款人账号[ Debit Account No. ],付款人名称[ Payer's Name ],"
        "收款人账号[ Payee's Account Number ],收款人名称[ Payee's Name ],"
        "交易日期[ Transaction Date ],交易货币[ Trade Currency ],交易金额[ Trade Amount ],"
        "交易后余额[ After-transaction balance ],交易流水号,用途[ Purpose ]\n"
        "来账,东城支行,6222,锦铁,5100,技协,20260803,CNY,25800.00,25900.00,77,首款\n"
        "往账,龙湾支行,5100,技协,6333,专家乙,20260804,CNY,-900.00,25000.00,78,酬金\n"
    )
    cmb = (
        "# 招商银行企业银行\n账    号:[5100 0001 0002]  币  种:[人民币]\n"
        "交易日,交易时间,起息日,交易类型,借方金额,贷方金额,余额,摘要,流水号,收(付)方名称,收(付)方帐号\n"
        "20260803,090001,20260804,汇入,,25800.00,25900.00,首款,C1,锦铁,6222\n"
    )
    for content, name in ((abc, "锦铁"), (boc, "锦铁"), (cmb, "锦铁")):
        statement = read(content.encode("gb18030"))
        first = statement.lines[0]
        assert (first.amount_minor, first.counterparty_name) == (2_580_000, name)
        assert (first.counterparty_account, statement.opening_minor) == ("6222", 10_000)
        assert first.remark.endswith("首款")
    assert read(boc.encode()).lines[1].counterparty_name == "专家乙"
    assert read(cmb.encode()).account == "5100 0001 0002"
    assert read(cmb.encode()).lines[0].value_on == date(2026, 8, 4)


def test_a_new_bank_is_a_row_of_data() -> None:
    mapping = Mapping(
        name="锦川村镇银行",
        bank="锦川村镇银行",
        columns=Columns(
            booked_on=("发生日",), amount=("数额",), direction=("方向",), balance=("结余",)
        ),
        delimiter="~",
        date_formats=("%d.%m.%Y",),
        inward=("进",),
        outward=("出",),
    )
    content = "发生日~方向~数额~结余\n03.08.2026~进~5.00~15.00\n04.08.2026~出~1.00~14.00\n"
    (statement,) = formats.read(content.encode(), "x.csv", [mapping])
    assert [line.amount_minor for line in statement.lines] == [500, -100]
    with pytest.raises(refusals.RowUnreadable, match="方向"):
        formats.read(content.replace("出", "?").encode(), "x.csv", [mapping])


def test_a_header_that_fits_nothing_names_the_missing_columns() -> None:
    with pytest.raises(refusals.ColumnsMissing) as refused:
        read(table("2026-08-03,1.00", header="交易日期,借方发生额"))
    assert "“中国工商银行”的格式，缺少列：贷方发生额。" in refused.value.detail("zh-CN")
    with pytest.raises(refusals.ColumnsMissing) as refused:
        read(table("2026-08-03,1.00", header="交易日期,摘要"))
    assert "、" in refused.value.detail("zh-CN")
    assert "、" not in refused.value.detail("en")
    assert "icbc" not in refused.value.detail("en")
    with pytest.raises(refusals.ColumnsMissing):
        read(b"hello, world\n")


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("2026-13-03,,1.00,1.00", "交易日期"),
        ("2026-08-03,,1.005,1.00", "贷方发生额"),
        ("2026-08-03,,一百1,1.00", "贷方发生额"),
        ("2026-08-03,1.00,1.00,1.00", "贷方发生额"),
        ("2026-08-03,,1.00,1.00CR", "余额"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_by_row_and_column(row: str, column: str) -> None:
    with pytest.raises(refusals.RowUnreadable) as refused:
        read(table("2026-08-02,,1.00,1.00", row))
    assert (refused.value.details["row"], refused.value.details["column"]) == (3, column)


def test_a_red_entry_takes_back_and_guarded_cells_lose_their_guard() -> None:
    statement = read(table('2026-08-03,-5.00,,15.00,锦铁,"=""6222020000000000001""",冲正,,\'00123'))
    (line,) = statement.lines
    assert line.amount_minor == 500
    assert (line.counterparty_account, line.bank_reference) == ("6222020000000000001", "00123")


def test_notes_below_and_repeated_headers_are_no_lines() -> None:
    statement = read(
        table(
            "2026-08-01,期初余额,,10.00",
            "2026-08-03,,5.00,15.00",
            HEADER,
            "2026-08-04,,0.00,15.00",
            "2026-08-04,1.00,,14.00",
            "合计,1.00,5.00",
            "",
            "期末余额:,14.00",
            "本次共查询 2 笔",
        )
    )
    assert len(statement.lines) == 2
    assert (statement.opening_minor, statement.closing_minor) == (1_000, 1_400)


def test_a_row_of_money_without_a_date_is_not_passed_over() -> None:
    with pytest.raises(refusals.RowUnreadable):
        read(table("2026-08-03,,5.00,15.00", ",1.00,,14.00"))


def test_labelled_balances_suffice_and_none_at_all_do_not() -> None:
    header = "日期,支出,收入,摘要"
    rows = ["2026-08-03,,5.00,a", "2026-08-04,2.00,,b"]
    data = table(*rows, "期初余额,10.00", "期末余额,13.00", header=header)
    assert read(data).closing_minor == 1_300
    with pytest.raises(refusals.BalancesMissing):
        read(table(*rows, header=header))


def test_two_currencies_two_accounts_or_an_unknown_currency_are_refused() -> None:
    header = HEADER + ",币种,本方账号"
    good = "2026-08-03,,5.00,15.00,,,,,,人民币,51"
    with pytest.raises(refusals.CurrenciesMixed, match="CNY、USD"):
        read(table(good, "2026-08-04,,5.00,20.00,,,,,,USD,51", header=header))
    with pytest.raises(refusals.AccountsMixed):
        read(table(good, "2026-08-04,,5.00,20.00,,,,,,CNY,52", header=header))
    with pytest.raises(refusals.CurrencyUnknown):
        read(table("2026-08-04,,5.00,20.00,,,,,,贝壳,52", header=header))


def test_nul_and_lost_characters_are_refused_with_their_row() -> None:
    for sign in ("\0", "\ufffd"):
        with pytest.raises(refusals.TextDamaged) as refused:
            read(table(f"2026-08-03,,5.00,15.00,锦{sign}铁"))
        assert refused.value.details["row"] == 2


def test_more_lines_than_an_import_may_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "MOST_LINES", 100)
    monkeypatch.setattr(tables, "_MOST_ROWS", 200)
    rows = [f"2026-08-03,,1.00,{n}.00" for n in range(1, checks.MOST_LINES + 2)]
    with pytest.raises(refusals.TooManyLines):
        read(table(*rows))
    with pytest.raises(refusals.TooManyLines):
        read(b"\n" * 201 + table(rows[0]))


@given(
    st.lists(st.integers(-(10**12), 10**12).filter(bool), min_size=1, max_size=30), st.booleans()
)
def test_what_a_bank_writes_is_read_to_the_fen(movements: list[int], newest_first: bool) -> None:
    rows, balance = [], 10**14
    for number, amount in enumerate(movements):
        balance += amount
        out, into = (f"{-amount / 100:,.2f}", "") if amount < 0 else ("", f"{amount / 100:,.2f}")
        day = f"2026-08-{1 + number:02d}"
        rows.append([day, out, into, f"{balance / 100:,.2f}", "", "", f"第{number}笔", "", ""])
    written = io.StringIO(newline="")
    csv.writer(written).writerows([HEADER.split(","), *(rows[::-1] if newest_first else rows)])
    statement = read(written.getvalue().encode("gb18030"))
    assert [line.amount_minor for line in statement.lines] == movements
    assert statement.closing_minor == balance


def workbook(*rows: Sequence[object], name: str = "明细") -> bytes:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    book.add_worksheet("说明").write_row(0, 0, ["本表由网上银行导出"])
    sheet = book.add_worksheet(name)
    for number, row in enumerate(rows):
        sheet.write_row(number + 1, 0, row)
    book.close()
    return made.getvalue()


def test_a_workbook_keeps_dates_text_and_fen() -> None:
    data = workbook(
        ["账号", "51001870836059000001"],
        HEADER.split(","),
        [date(2026, 8, 3), None, 25_800, 125_800.0, "锦铁", "6222020000000000001", "首款"],
        ["2026-08-04", 0.1, "", 125_799.9, "", "", "手续费"],
        [20260805, "", "1,234.56", "127,034.46", "专家乙", "", "退汇"],
    )
    (statement,) = formats.read(data, "八月.xlsx", SHIPPED)
    assert statement.account == "51001870836059000001"
    assert [line.amount_minor for line in statement.lines] == [2_580_000, -10, 123_456]
    assert [line.booked_on.day for line in statement.lines] == [3, 4, 5]
    assert statement.lines[0].counterparty_account == "6222020000000000001"


def test_a_float_that_is_no_whole_fen_and_a_number_that_lost_digits_are_refused() -> None:
    with pytest.raises(refusals.RowUnreadable, match=r"0\.305"):
        formats.read(workbook(HEADER.split(","), ["2026-08-03", "", 0.305, 1]), "x.xlsx", SHIPPED)
    long_number = ["2026-08-03", "", 1, 1, "", 6222020000000000001]
    with pytest.raises(refusals.NumberLostDigits) as refused:
        formats.read(workbook(HEADER.split(","), long_number), "x.xlsx", SHIPPED)
    assert refused.value.details["row"] == 3


def rewritten(data: bytes, name: str, change: bytes) -> bytes:
    """The workbook with one member replaced."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", 8) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, change if entry.filename == name else old.read(entry))
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
CORNERS = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1"><v>1</v></c></row>'
    b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
)
WIDE = CORNERS.replace(b"1048576", b"2")


@pytest.mark.parametrize(
    "bomb",
    [
        rewritten(workbook(["a"]), SHEET, b" " * (65 * 1024 * 1024)),
        rewritten(workbook(["a"]), SHEET, b"<row/>" * 6_000_001),
        rewritten(workbook(["a"]), SHEET, CORNERS),
        rewritten(workbook(["a"]), SHEET, WIDE),
    ],
    ids=["unpacks-too-large", "too-many-tags", "far-row", "far-column"],
)
def test_a_workbook_that_would_take_all_memory_is_refused(bomb: bytes) -> None:
    assert len(bomb) < 200_000
    with pytest.raises(refusals.WorkbookTooLarge):
        formats.read(bomb, "x.xlsx", SHIPPED)


def test_one_long_string_in_many_cells_is_refused() -> None:
    string = b"<sst><si><t>" + b"a" * 1_000_000 + b"</t></si></sst>"
    cells = b"<worksheet><row>" + b"<c t='s'><v>0</v></c>" * 100 + b"</row></worksheet>"
    bomb = rewritten(rewritten(workbook(["a"]), SHEET, cells), STRINGS, string)
    with pytest.raises(refusals.WorkbookTooLarge):
        formats.read(bomb, "x.xlsx", SHIPPED)


@pytest.mark.parametrize(
    "member",
    [
        b"<!DOCTYPE d [<!ENTITY a 'a'>]><worksheet>&a;</worksheet>",
        b"<worksheet><row r='2'><c><v>1</v></c></row><row r='1'><c><v>1</v></c></row></worksheet>",
        b"<worksheet><row><c t='s'><v>99</v></c></row></worksheet>",
        b"<worksheet><row><c><v>NaN</v></c></row></worksheet>",
        b"<worksheet><row r='x'/></worksheet>",
        b"<worksheet>",
    ],
)
def test_a_sheet_that_is_not_one_is_refused(member: bytes) -> None:
    with pytest.raises((refusals.WorkbookUnreadable, refusals.XmlForbidden)):
        formats.read(rewritten(workbook(["a"]), SHEET, member), "x.xlsx", SHIPPED)


def test_seventeen_digits_of_a_float_are_the_amount_that_was_entered() -> None:
    rows: list[list[object]] = [[*HEADER.split(",")], ["2026-08-03", "", 125799.9, 125799.9]]
    sheet = "xl/worksheets/sheet2.xml"
    with zipfile.ZipFile(io.BytesIO(workbook(*rows))) as archive:
        member = archive.read(sheet)
    assert b"<v>125799.9</v>" in member
    as_excel = member.replace(b"<v>125799.9</v>", b"<v>125799.89999999999</v>")
    (statement,) = formats.read(rewritten(workbook(*rows), sheet, as_excel), "x.xlsx", SHIPPED)
    assert statement.closing_minor == 12_579_990


def test_damaged_foreign_and_empty_workbooks_are_refused() -> None:
    whole = workbook(HEADER.split(","), ["2026-08-03", "", 1, 1])
    for data in (
        whole[: len(whole) // 2],
        b"PK\x03\x04 nothing more",
        rewritten(whole, SHEET, b"<x"),
    ):
        with pytest.raises(refusals.StatementRefused):
            formats.read(data, "x.xlsx", [SHIPPED[0]])
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("content.xml", "<office/>")
    with pytest.raises(refusals.WorkbookUnreadable):
        formats.read(other.getvalue(), "x.xlsx", SHIPPED)
    with pytest.raises(refusals.ColumnsMissing):
        formats.read(workbook(["无关"]), "x.xlsx", SHIPPED)


@given(st.integers(0, 3_000), st.binary(max_size=6))
def test_no_damage_to_a_workbook_is_more_than_refused(place: int, junk: bytes) -> None:
    with suppress(Invalid):
        formats.read(WHOLE[:place] + junk + WHOLE[place + len(junk) :], "x.xlsx", SHIPPED)


WHOLE = workbook(HEADER.split(","), ["2026-08-03", "", 1, 1])
