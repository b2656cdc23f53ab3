"""The reports say what the ledger and the invoices hold, and leave as files that Excel opens."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest

from market.base import clock, db, tables
from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.tables import Money, Sheet
from market.ledger.model import Account, NotAReader
from market.ledger.opening.model import KeepsNoBooks
from market.reports import operations, sheets
from market.reports.model import MonthsReversed
from tests.money.payments.refunds.test_disputed import paid_twice
from tests.world import identity, ledger, money, performance
from tests.world import invoicing as world

SHEET = Sheet(
    "表", ("名称", "金额"), [("=1+1", Money(8_600_000, "CNY")), ("-甲", Money(-5, "CNY"))]
)


async def test_accepted_work_is_revenue_of_its_kind_unit_and_month(conn: Connection) -> None:
    deal = await world.fw01(conn)
    await performance.complete(conn, deal)
    today = await clock.today(conn)

    async with db.look(conn, deal.finance):
        report = await operations.revenue(
            conn, deal.finance, deal.unit.id, from_month=None, until_month=None
        )

    [row] = report.rows
    assert (row.kind, row.unit_id, row.amount_minor) == ("service", deal.unit.id, 81_132_08)
    assert (row.month, row.milestones) == (today.replace(day=1), 3)
    assert [(t.kind, t.amount_minor) for t in report.totals] == [("service", 81_132_08)]


async def test_revenue_of_another_cause_is_the_unit_s_own(conn: Connection) -> None:
    deal = await world.fw01(conn)
    earned = ledger.leg(ledger.SUSPENSE, Account("revenue:service"), 5_00)
    await ledger.post(conn, deal.unit.id, earned)

    async with db.look(conn, deal.finance):
        report = await operations.revenue(
            conn, deal.finance, deal.unit.id, from_month=ledger.DAY.replace(day=1), until_month=None
        )

    [row] = report.rows
    assert (row.unit_id, row.milestones, row.amount_minor) == (deal.unit.id, 0, 5_00)


async def test_months_outside_the_span_are_left_out(conn: Connection) -> None:
    deal = await world.fw01(conn)
    await performance.complete(conn, deal)
    before = (await clock.today(conn)).replace(day=1) - timedelta(days=1)

    async with db.look(conn, deal.finance):
        report = await operations.revenue(
            conn,
            deal.finance,
            deal.unit.id,
            from_month=before.replace(day=1),
            until_month=before.replace(day=1),
        )

    assert report.rows == []
    assert csv_rows(sheets.revenue(report)) == []
    async with db.look(conn, deal.finance):
        with pytest.raises(MonthsReversed):
            await operations.revenue(
                conn,
                deal.finance,
                deal.unit.id,
                from_month=before.replace(day=1) + timedelta(days=31),
                until_month=before.replace(day=1),
            )


async def test_the_trial_balance_closes(conn: Connection) -> None:
    deal = await world.fw01(conn)
    await world.issued(conn, deal)

    async with db.look(conn, deal.finance):
        report = await operations.trial_balance(conn, deal.finance, deal.unit.id, None)

    [total] = report.totals
    assert total.debit_minor == total.credit_minor == 25_800_00 + 24_34
    receivable = next(a for a in report.accounts if a.kind == "receivable")
    assert (receivable.subject, receivable.balance_minor) == (deal.enterprise.id, 25_800_00)
    *rows, last = csv_rows(sheets.trial_balance(report))
    owed = next(row for row in rows if row[0] == "receivable")
    assert owed[2:] == [
        str(deal.enterprise.id), deal.enterprise.name_zh, "CNY", "25800.00", "0.00", "25800.00",
        "0.00",
    ]  # fmt: skip
    assert last[:5] == ["合计 total", "", "", "", "CNY"]
    for column in range(5, 9):
        summed = sum(Decimal(row[column]) for row in rows)
        assert summed > 0
        assert Decimal(last[column]) == summed


async def test_receivables_agree_with_the_ledger_and_show_what_is_left(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)

    async with db.look(conn, deal.finance):
        report = await operations.receivables(conn, deal.finance, deal.unit.id)

    [row] = report.invoices
    assert (row.invoice_id, row.open_minor, row.age_band) == (invoice.id, 25_800_00, "not_due")
    [total] = report.totals
    assert (total.open_minor, total.ledger_minor, total.difference_minor) == (
        25_800_00,
        25_800_00,
        0,
    )


async def test_what_lost_chargebacks_left_short_is_shown_beside_what_is_receivable(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn)
    card = await paid_twice(conn, deal)
    other = await world.issued(conn, deal, 1)
    use = await money.credit_used(conn, deal.finance, other.id, 10_000_00)
    await card.lost(conn)
    await money.credit_use_undone(conn, deal.finance, use)

    async with db.look(conn, deal.finance):
        report = await operations.receivables(conn, deal.finance, deal.unit.id)

    [row] = report.chargebacks
    assert (row.buyer_id, row.numbers, row.open_minor) == (
        deal.enterprise.id,
        card.invoice.number,
        10_000_00,
    )
    [total] = report.totals
    assert (total.open_minor, total.difference_minor) == (other.amount_minor, 0)
    assert total.unrecovered_minor == 10_000_00
    shown = {row[0]: row[6] for row in csv_rows(sheets.receivables(report))}
    assert shown[sheets.SHORT] == shown[f"{sheets.SHORT} {card.invoice.number}"] == "10000.00"


async def test_what_was_credited_is_neither_owed_nor_earned(conn: Connection) -> None:
    deal = await world.fw01(conn)
    first, second = [await world.issued(conn, deal, place) for place in range(2)]
    await world.credited(conn, deal, first, 5_800_00)
    await performance.accept(conn, deal)
    await world.credited(conn, deal, first)
    await world.credited(conn, deal, second, 10_600_00)

    async with db.look(conn, deal.finance):
        owed = await operations.receivables(conn, deal.finance, deal.unit.id)
        earned = await operations.revenue(
            conn, deal.finance, deal.unit.id, from_month=None, until_month=None
        )

    [row] = owed.invoices
    assert (row.invoice_id, row.offset_minor, row.open_minor) == (second.id, 10_600_00, 32_400_00)
    assert [total.difference_minor for total in owed.totals] == [0]
    [kind] = earned.totals
    ledger_says = await money.balance(conn, deal.unit.id, f"revenue:{deal.contract.kind}")
    assert kind.amount_minor == ledger_says
    [sheet_row, *_] = csv_rows(sheets.receivables(owed))
    assert sheet_row[3:7] == ["43000.00", "0.00", "10600.00", "32400.00"]


async def test_what_is_owed_grows_old_on_the_day_that_is_named(conn: Connection) -> None:
    bank, buyer = await money.unit_bank(conn), await identity.enterprise(conn)
    today, books = await clock.today(conn), bank.account.books_unit_id
    ages = {0: "not_due", 1: "1-30", 30: "1-30", 31: "31-60", 60: "31-60", 61: "61-90"}
    ages |= {90: "61-90", 91: "over_90"}
    items = [ledger.item(f"{n}", 1_00, dated_on=today - timedelta(days=n)) for n in ages]
    advance = ledger.item("advance", -3_00, dated_on=today - timedelta(days=99))
    owed = ledger.line("receivable", 5_00, buyer.id, items=[*items, advance])
    await ledger.opened_books(conn, bank.finance, bank.leader, owed, as_of=today)

    async with db.look(conn, bank.finance):
        report = await operations.receivables(conn, bank.finance, books)

    found = {one.reference: (one.days_overdue, one.age_band) for one in report.opening_items}
    assert found == {f"{n}": (n, age) for n, age in ages.items()} | {"advance": (0, None)}
    sums = [(row[0].split()[0], row[6]) for row in csv_rows(sheets.receivables(report))[-4:]]
    assert sums[:3] == [("合计", "5.00"), ("应收账款科目余额", "5.00"), ("差异", "0.00")]
    assert sums[3] == ("拒付欠款", "0.00")


async def test_a_unit_whose_books_another_keeps_is_sent_there(conn: Connection) -> None:
    unit = await identity.unit(conn)
    group = await identity.unit(conn, parent=unit, legal_person=False)
    finance = await identity.person(conn, group, Role.FINANCE)
    for report in (operations.trial_balance(conn, finance, group.id, None),
                   operations.receivables(conn, finance, group.id)):  # fmt: skip
        with pytest.raises(KeepsNoBooks) as refused:
            await report
        assert f"账目由{unit.name_zh}管理" in refused.value.detail("zh-CN")


async def test_reports_are_for_those_who_read_the_books(conn: Connection) -> None:
    deal = await world.fw01(conn)
    clerk = await identity.person(conn, deal.unit, Role.CLERK)
    stranger = await identity.person(conn, await identity.unit(conn), Role.FINANCE)

    with pytest.raises(NotAReader):
        await operations.trial_balance(conn, clerk, deal.unit.id, None)
    with pytest.raises(NotFound):
        await operations.trial_balance(conn, stranger, deal.unit.id, None)


def csv_rows(sheet: Sheet) -> list[list[str]]:
    """Without the head."""
    return list(csv.reader(io.StringIO(tables.as_csv(sheet).decode("utf-8-sig"))))[1:]


def test_a_csv_opens_in_excel_and_runs_no_formula() -> None:
    content = tables.as_csv(SHEET)

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 3
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[1:] == [["'=1+1", "86000.00"], ["'-甲", "-0.05"]]


def test_an_xlsx_holds_amounts_as_numbers_and_text_as_text() -> None:
    with zipfile.ZipFile(io.BytesIO(tables.as_xlsx(SHEET))) as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()

    assert "<v>86000.00</v>" in page
    assert "<v>-0.05</v>" in page
    assert "<f>" not in page
    assert "=1+1" in texts
