"""Whatever people are called, both tools read the journal, and no two accounts become one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from beancount.core import account as grammar
from beancount.core import data
from hypothesis import given
from hypothesis import strategies as some

from market.base.db import Connection
from market.reports.journals import naming
from market.reports.journals.beancount import Beancount
from market.reports.journals.hledger import Hledger
from market.reports.journals.model import (
    Account,
    Books,
    Head,
    Horizon,
    Kept,
    Line,
    Scope,
    Turnover,
    Unit,
    Voucher,
)
from market.reports.journals.texts import JournalText, one_line
from tests.reports.journals import plain
from tests.reports.journals.tools import HLEDGER, hledger, loaded

NASTY = '甲; date:2026-99-99, [2026-01-01] | "乙" \\ ) ＝\n丙\u3000\u200b(x=1)  y'
DAY = date(2026, 3, 5)


def account(key: int, kind: str, subject: UUID | None = None, currency: str = "CNY") -> Account:
    category = "income" if kind.startswith("revenue") else "asset"
    return Account(key, kind, subject, currency, category, f"{kind} 科目(负)", "Name")


@given(some.text(), some.uuids())
def test_any_name_makes_a_legal_account(name: str, subject: UUID) -> None:
    [found] = naming.named([account(1, "receivable", subject)], {subject: name}).values()
    assert grammar.is_valid(found)
    assert re.fullmatch(r"[^\s;|()\[\]]+", found)


def test_two_of_one_name_and_one_end_of_their_ids_stay_two() -> None:
    first, second = (UUID(int=n << 64 | 7) for n in (1, 2))
    of = [account(1, "receivable", first), account(2, "receivable", second)]
    found = naming.named(of, {first: "同名公司", second: "同名公司"})
    assert len(set(found.values())) == 2


def test_currencies_of_one_account_share_its_name() -> None:
    found = naming.named([account(1, "suspense"), account(2, "suspense", currency="USD")], {})
    assert len(set(found.values())) == 1


async def test_every_kind_of_the_chart_has_a_name_of_its_own(conn: Connection) -> None:
    records = await conn.fetch("SELECT kind, class, zh, en FROM account_kind")
    chart = [
        Account(key, kind, None, "CNY", category, zh, en)
        for key, (kind, category, zh, en) in enumerate(records)
    ]
    found = naming.named(chart, {})
    assert len(set(found.values())) == len(chart)
    assert all(map(grammar.is_valid, found.values()))
    assert "Assets:Contract-Position-合同资产-负债" in found.values()
    assert "Income:Revenue-Service-技术服务收入" in found.values()


def nasty_books() -> tuple[Books, list[Voucher]]:
    subject = uuid4()
    owed, earned = account(1, "receivable", subject), account(2, "revenue:service")
    scope = Scope(uuid4(), DAY, DAY, Horizon(0, "9"))
    kept = [Kept(owed, Turnover(5, 0, 1), Turnover(7, 0, 1)),
            Kept(earned, Turnover(0, 5, 1), Turnover(0, 7, 1))]  # fmt: skip
    books = Books(Unit(scope.books, NASTY), scope, kept, {subject: NASTY}, [DAY], 1, 0)
    head = Head(1, uuid4(), "test:1", DAY, DAY, DAY, datetime(2026, 3, 5, tzinfo=UTC), uuid4(), 1)
    return books, [Voucher(head, NASTY, "甲", [Line(1, 7, 0), Line(2, 0, 7)])]


def text_of(kind: type[JournalText]) -> str:
    books, vouchers = nasty_books()
    journal = kind(books)
    return journal.head() + journal.part(vouchers) + journal.end()


def test_beancount_reads_names_that_are_full_of_marks() -> None:
    entries, faults, options = loaded(text_of(Beancount))
    assert faults == []
    [booked] = [each for each in entries if "voucher" in each.meta]
    assert booked.narration == options["title"] == one_line(NASTY)
    assert [each.meta.get("subject_name") for each in entries if isinstance(each, data.Open)] == [
        one_line(NASTY),
        None,
    ]


def test_hledger_reads_names_that_are_full_of_marks() -> None:
    text = text_of(Hledger)
    assert plain.read(text).postings[1]["code"] == "2026-03-0001"
    if HLEDGER is not None:
        assert hledger(text, "check", "--strict", "ordereddates") == (0, "", "")


@pytest.mark.parametrize("kind", [Beancount, Hledger])
def test_books_without_any_posting_are_legal(kind: type[JournalText]) -> None:
    books = nasty_books()[0]._replace(accounts=[], names={}, postings=0)
    text = kind(books).head() + kind(books).end()
    if kind is Beancount:
        assert loaded(text)[1] == []
    elif HLEDGER is not None:
        assert hledger(text, "check", "--strict").code == 0
    assert text.endswith("; 完 end\n")
