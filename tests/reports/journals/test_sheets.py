"""Journal, general ledger and vouchers as tables: complete, in order, and to the last fen ours."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import pytest

from market.base import db
from market.base.access import SYSTEM, Actor, Role
from market.identity.organisations.model import Organisation
from market.ledger import operations as ledger
from market.ledger.model import Account
from market.reports import operations as reports
from market.reports.journals import writing
from market.reports.journals.model import (
    Account as Named,
)
from market.reports.journals.model import (
    Books,
    Format,
    Horizon,
    Kept,
    Record,
    Scope,
    TooLongForASheet,
    Turnover,
    Unit,
)
from market.reports.journals.operations import AT_ONCE
from tests.conftest import Clone
from tests.world import identity, site
from tests.world import ledger as world
from tests.world.ledger import NET_ASSETS, SUSPENSE, leg
from tests.world.site import Site

MANY: Final = AT_ONCE + 50
FIRST: Final = date(2026, 1, 31)
CHARGES: Final = Account("bank_charges")
Row = dict[str, str]


class Story(NamedTuple):
    """Books with more postings in a month, and on an account, than are fetched at once."""

    site: Site
    unit: Organisation
    finance: Actor

    async def asked(self, record: str, **query: str) -> httpx.Response:
        return await self.asked_by(self.finance, record, **query)

    async def asked_by(self, actor: Actor, record: str, **query: str) -> httpx.Response:
        given = "&".join(f"{name}={value}" for name, value in query.items())
        path = f"/v1/units/{self.unit.id}/{record}?{given}"
        return await self.site.send(actor, "GET", path)

    async def rows(self, record: str, **query: str) -> list[Row]:
        """Of the CSV; columns go by the English of their heads."""
        answer = await self.asked(record, **query)
        assert answer.status_code == 200, answer.text
        head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
        names = [name.split(" ", 1)[1] for name in head]
        return [dict(zip(names, row, strict=False)) for row in rows]


@pytest.fixture(scope="module")
async def story(stocked: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    folder: Path = tmp_path_factory.mktemp("sheets")
    async with stocked() as addresses, site.opened(addresses, folder) as market:
        conn = market.conn
        unit = await identity.unit(conn)
        finance = await identity.person(conn, unit, Role.FINANCE)
        await world.post(conn, unit.id, leg(SUSPENSE, NET_ASSETS, 1_000_00), on=FIRST)
        twice = [leg(CHARGES, SUSPENSE, 30), leg(CHARGES, NET_ASSETS, 12)]
        await world.post(conn, unit.id, *twice, on=world.DAY)
        yen = leg(CHARGES, SUSPENSE, 1_234, "JPY")
        await world.post(conn, unit.id, yen, leg(CHARGES, SUSPENSE, 1), on=world.DAY)
        # From the last day of the month to its first, so that numbers and days disagree.
        many = [
            world.posting(
                unit.id, leg(CHARGES, SUSPENSE, n), on=world.DAY + timedelta(days=-n % 20)
            )
            for n in range(1, MANY)
        ]
        async with db.act(conn, SYSTEM):
            await ledger.post_all(conn, many)
        sooner = world.DAY - timedelta(days=1)
        await world.post(conn, unit.id, leg(CHARGES, SUSPENSE, 6, "JPY"), on=sooner)
        yield Story(market, unit, finance)


async def test_the_journal_has_every_line_by_day_and_its_totals(story: Story) -> None:
    *rows, yuan, yen = await story.rows("journal")
    assert [(row["booked on"], row["voucher"]) for row in rows] == sorted(
        (row["booked on"], row["voucher"]) for row in rows
    )
    sums = {"CNY": [Decimal(), Decimal()], "JPY": [Decimal(), Decimal()]}
    for row in rows:
        sums[row["currency"]][0] += Decimal(row["debit"] or 0)
        sums[row["currency"]][1] += Decimal(row["credit"] or 0)
        assert bool(row["debit"]) != bool(row["credit"])
    total = Decimal(1_000_00 + 42 + 1 + sum(range(1, MANY))) / 100
    assert sums == {"CNY": [total, total], "JPY": [Decimal(1240), Decimal(1240)]}
    assert [(each["debit"], each["credit"]) for each in (yuan, yen)] == [
        (f"{total:.2f}", f"{total:.2f}"),
        ("1240", "1240"),
    ]
    assert len(rows) == 2 + 3 + 4 + 2 + 2 * (MANY - 1)


async def test_an_account_stands_once_on_a_side_of_a_voucher_debits_first(story: Story) -> None:
    rows = await story.rows("journal", from_on=f"{world.DAY}", until_on=f"{world.DAY}")
    vouchers: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in rows:
        vouchers[row["voucher"]].append((row["kind"], row["debit"], row["credit"]))
    [lines] = [lines for lines in vouchers.values() if len(lines) == 3]
    assert lines == [
        ("bank_charges", "0.42", ""),
        ("suspense", "", "0.30"),
        ("net_assets", "", "0.12"),
    ]


async def test_the_general_ledger_runs_from_each_opening_to_each_closing_balance(
    story: Story,
) -> None:
    rows = await story.rows("general-ledger", from_on="2026-02-01")
    signs = {"借 debit": 1, "贷 credit": -1, "平 even": 0}
    found = {}
    for key, of in groupby(rows, key=lambda row: (row["kind"], row["currency"])):
        opening, *lines, closing = of
        assert opening["explanation"] == "期初余额 opening balance"
        running = signs[opening["side"]] * Decimal(opening["balance"])
        for line in lines:
            running += Decimal(line["debit"] or 0) - Decimal(line["credit"] or 0)
            assert signs[line["side"]] * Decimal(line["balance"]) == running
        assert signs[closing["side"]] * Decimal(closing["balance"]) == running
        assert Decimal(closing["debit"]) == sum(Decimal(line["debit"] or 0) for line in lines)
        found[key] = running
        days = [(line["booked on"], line["voucher"]) for line in lines]
        assert days == sorted(days)
    async with db.look(story.site.conn, story.finance):
        report = await reports.trial_balance(
            story.site.conn, story.finance, story.unit.id, date(2026, 12, 31)
        )
    ours = {(a.kind, a.currency): a.debit_minor - a.credit_minor for a in report.accounts}
    assert found == {
        key: Decimal(minor).scaleb(0 if key[1] == "JPY" else -2) for key, minor in ours.items()
    }
    assert next(row["balance"] for row in rows if row["kind"] == "suspense") == "1000.00"


async def test_the_vouchers_are_numbered_without_a_gap(story: Story) -> None:
    numbers: dict[str, list[int]] = defaultdict(list)
    rows = await story.rows("vouchers")
    for voucher, of in groupby(rows, key=lambda row: row["voucher"]):
        month, number = voucher.rsplit("-", 1)
        numbers[month].append(int(number))
        currencies = [(row["currency"], row["lines"]) for row in of]
        assert currencies in (
            [("CNY", "2")],
            [("CNY", "3")],
            [("CNY", "2"), ("JPY", "2")],
            [("JPY", "2")],
        )
    assert numbers == {"2026-01": [1], "2026-03": list(range(1, MANY + 3))}
    assert {row["booked by"] for row in rows} == {"系统 system"}


@pytest.mark.parametrize("record", ["journal", "general-ledger", "vouchers"])
async def test_a_workbook_has_the_rows_of_the_csv(story: Story, record: str) -> None:
    answer = await story.asked(record, format="xlsx")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
    assert page.count("<row ") == len(await story.rows(record)) + 1
    assert re.search(r"<v>10(0)?00(\.00?)?</v>", page)
    assert "<f>" not in page
    again = await story.asked(record, format="xlsx")
    assert again.content == answer.content


async def test_books_leave_through_those_who_keep_lead_or_audit_them(story: Story) -> None:
    conn = story.site.conn
    cashier = await identity.person(conn, story.unit, Role.CASHIER)
    stranger = await identity.person(conn, await identity.unit(conn), Role.FINANCE)
    refused = await story.asked_by(cashier, "journal")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_for_export")
    assert (await story.asked_by(stranger, "journal")).status_code == 404


@pytest.mark.parametrize(
    ("span", "code"),
    [
        ({"from_on": "2026-03-02", "until_on": "2026-03-01"}, "span_reversed"),
        ({"from_on": "1999-12-31"}, "day_outside_books"),
        ({"until_on": "9999-12-31"}, "day_outside_books"),
    ],
)
async def test_a_span_is_of_days_that_books_know(
    story: Story, span: dict[str, str], code: str
) -> None:
    refused = await story.asked("vouchers", **span)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_a_span_before_the_books_began_is_empty(story: Story) -> None:
    assert await story.rows("general-ledger", until_on="2025-12-31") == []


def test_a_workbook_longer_than_it_may_be_is_refused_before_it_is_made() -> None:
    unit = Unit(world.NET_ASSETS.subject or SYSTEM.person_id, "甲")
    account = Named(1, "suspense", None, "CNY", "liability", "待查款", "Suspense")
    kept = Kept(account, Turnover(0, 0, 0), Turnover(7, 7, 100))
    scope = Scope(unit.id, FIRST, FIRST, Horizon(0, "3"))
    books = Books(unit, scope, [kept], {}, [FIRST], 50, 0)
    writing.require_room(books, Record.JOURNAL, Format.XLSX, 100)
    writing.require_room(books, Record.GENERAL_LEDGER, Format.CSV, 1)
    for record, most in ((Record.JOURNAL, 99), (Record.GENERAL_LEDGER, 101)):
        with pytest.raises(TooLongForASheet):
            writing.require_room(books, record, Format.XLSX, most)
