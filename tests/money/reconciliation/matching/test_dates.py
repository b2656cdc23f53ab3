"""On which day a match takes effect: what is booked for past months stays as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg
import pytest

from market.auditor import audit
from market.base import clock, db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.embedded import Dsns
from market.ledger import operations as ledger
from market.money.reconciliation.matching.reading import FullLine
from tests.world import identity, invoicing, money
from tests.world import ledger as books
from tests.world.money import Line

WATCHED: Final = ("receivable", "suspense", "vat_payable", "vat_deferred", "customer_credit")


class Calendar(NamedTuple):
    """A market of its own, whose days can pass."""

    conn: Connection
    owner: asyncpg.Connection
    auditor: str

    async def pass_days(self, days: int) -> None:
        await self.owner.execute("UPDATE clock_offset SET shift = make_interval(days => $1)", days)

    async def close(self, books: UUID, month: date) -> None:
        await self.owner.execute(
            "UPDATE period SET state = 'closed' WHERE books = $1 AND month = $2", books, month
        )

    async def posted(self, books: UUID) -> set[tuple[str, str, date, date, int]]:
        """What changed these accounts since the invoice, on their own side."""
        records = await self.owner.fetch(
            """SELECT a.kind, p.cause, p.effective_on, p.period, sum(CASE
                      WHEN (t.debit_account = a.id) = k.debit_side THEN t.amount_minor
                      ELSE -t.amount_minor END)::bigint
               FROM account a JOIN account_kind k ON k.kind = a.kind
               JOIN transfer t ON a.id IN (t.debit_account, t.credit_account)
               JOIN posting p ON p.id = t.posting_id
               WHERE a.books = $1 AND a.kind IN ('receivable', 'customer_credit', 'vat_payable')
                 AND p.cause NOT LIKE 'invoice_issued:%'
               GROUP BY a.id, k.debit_side, p.id""",
            books,
        )
        return {tuple(record) for record in records}


@pytest.fixture
async def calendar(
    fresh_database: Callable[[], Awaitable[Dsns]],
) -> AsyncIterator[Calendar]:
    addresses = await fresh_database()
    conn, owner = await db.connect(addresses.app), await asyncpg.connect(addresses.owner)
    yield Calendar(conn, owner, addresses.auditor)
    await conn.close()
    await owner.close()


async def stood(conn: Connection, books: UUID, until: date) -> dict[str, int]:
    async with db.act(conn, SYSTEM):
        found = await ledger.trial_balance(conn, SYSTEM, books, until)
    return {one.kind: one.balance_minor for one in found if one.kind in WATCHED}


def effective(line: FullLine, cause: str) -> list[date]:
    return [one.effective_on for one in line.postings if one.cause.startswith(cause)]


async def test_a_match_made_again_leaves_the_days_before_the_undo_alone(
    calendar: Calendar,
) -> None:
    conn = calendar.conn
    deal = await invoicing.fw01(conn)
    bank = await money.bank(conn, deal)
    invoice = await invoicing.issued(conn, deal)
    await invoicing.started(conn, deal)
    began = await clock.today(conn)
    paid = Line(10_000_00, deal.enterprise.name_zh, "货款")
    line_id = (await money.imported(conn, bank, [paid])).outcomes[0].line_id
    given = money.allocation(invoice.id, 10_000_00)
    match = await money.matched(conn, deal.finance, line_id, given)
    before = await stood(conn, deal.unit.id, began)
    await calendar.pass_days(10)

    await money.undone(conn, deal.finance, match)
    await money.matched(conn, deal.finance, line_id, given)

    assert await stood(conn, deal.unit.id, began) == before
    later = began + timedelta(days=10)
    assert await stood(conn, deal.unit.id, later) == before
    line = await money.line_of(conn, deal.finance, line_id)
    assert effective(line, "receipt_matched") == [began, later]
    assert (await audit.run(calendar.auditor)).faults == []


async def test_undone_and_made_again_after_the_close_each_is_posted_once_in_the_right_month(
    calendar: Calendar,
) -> None:
    """26,300.00 for an invoice of 25,800.00 with VAT of 1,460.38, and credit of 500.00."""
    conn = calendar.conn
    deal = await invoicing.fw01(conn)
    bank = await money.bank(conn, deal)
    invoice = await invoicing.issued(conn, deal)
    await invoicing.started(conn, deal)
    began = await clock.today(conn)
    paid = Line(26_300_00, deal.enterprise.name_zh)
    line_id = (await money.imported(conn, bank, [paid])).outcomes[0].line_id
    given = money.allocation(invoice.id, 25_800_00)
    rest = money.rest("customer_credit", 500_00, organisation_id=deal.enterprise.id)
    match = await money.matched(conn, deal.finance, line_id, given, rest=rest)
    before = await stood(conn, deal.unit.id, began)
    await calendar.close(deal.unit.id, began.replace(day=1))
    await calendar.pass_days(40)
    later = began + timedelta(days=40)

    await money.undone(conn, deal.finance, match)
    again = await money.matched(conn, deal.finance, line_id, given, rest=rest)

    open_month = (began.replace(day=1) + timedelta(days=32)).replace(day=1)
    assert await calendar.posted(deal.unit.id) == {
        ("receivable", f"receipt_matched:{match.id}", began, began.replace(day=1), -25_800_00),
        ("receivable", f"match_undone:{match.id}", later, later.replace(day=1), 25_800_00),
        ("receivable", f"receipt_matched:{again.id}", later, later.replace(day=1), -25_800_00),
        ("customer_credit", f"receipt_matched:{match.id}", began, began.replace(day=1), 500_00),
        ("customer_credit", f"match_undone:{match.id}", later, later.replace(day=1), -500_00),
        ("customer_credit", f"receipt_matched:{again.id}", later, later.replace(day=1), 500_00),
        ("vat_payable", f"tax_point:{invoice.id}:1", began, began.replace(day=1), 1_460_38),
        ("vat_payable", f"tax_point:{invoice.id}:2", began, open_month, -1_460_38),
        ("vat_payable", f"tax_point:{invoice.id}:3", invoice.due_on, open_month, 1_460_38),
        ("vat_payable", f"tax_point:{invoice.id}:4", invoice.due_on, open_month, -1_460_38),
        ("vat_payable", f"tax_point:{invoice.id}:5", began, open_month, 1_460_38),
    }
    assert await stood(conn, deal.unit.id, began) == before
    assert await stood(conn, deal.unit.id, later) == before


async def test_another_line_pays_when_the_first_was_taken_back(calendar: Calendar) -> None:
    conn = calendar.conn
    deal = await invoicing.fw01(conn)
    bank = await money.bank(conn, deal)
    invoice = await invoicing.issued(conn, deal)
    began = await clock.today(conn)
    twice = [Line(25_800_00, deal.enterprise.name_zh), Line(25_800_00, deal.enterprise.name_zh)]
    first, second = (await money.imported(conn, bank, twice)).outcomes
    given = money.allocation(invoice.id, 25_800_00)
    match = await money.matched(conn, deal.finance, first.line_id, given)
    before = await stood(conn, deal.unit.id, began)
    await calendar.pass_days(10)

    await money.undone(conn, deal.finance, match)
    await money.matched(conn, deal.finance, second.line_id, given)

    assert await stood(conn, deal.unit.id, began) == before
    assert (await audit.run(calendar.auditor)).faults == []


async def test_money_that_came_before_its_claim_pays_it_on_the_day_of_the_claim(
    conn: Connection,
) -> None:
    deal = await invoicing.fw01(conn)
    bank = await money.bank(conn, deal)
    early = Line(25_800_00, deal.enterprise.name_zh, "预付", days_ago=12)
    line_id = (await money.imported(conn, bank, [early])).outcomes[0].line_id
    invoice = await invoicing.issued(conn, deal)

    await money.matched(conn, deal.finance, line_id, money.allocation(invoice.id, 25_800_00))

    line = await money.line_of(conn, deal.finance, line_id)
    assert effective(line, "receipt_matched") == [invoice.issued_on]
    assert effective(line, "bank_line") == [invoice.issued_on - timedelta(days=12)]
    yesterday = invoice.issued_on - timedelta(days=1)
    assert (await stood(conn, deal.unit.id, yesterday)).get("receivable", 0) == 0


async def test_otherwise_it_pays_on_the_day_of_the_money(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    bank = await money.bank(conn, deal)
    early = Line(5_00, deal.enterprise.name_zh, days_ago=3)
    line_id = (await money.imported(conn, bank, [early])).outcomes[0].line_id
    rest = money.rest("customer_credit", 5_00, organisation_id=deal.enterprise.id)

    await money.matched(conn, deal.finance, line_id, rest=rest)

    line = await money.line_of(conn, deal.finance, line_id)
    today = await clock.today(conn)
    assert effective(line, "receipt_matched") == [today - timedelta(days=3)]


async def test_what_pays_nothing_is_explained_anew_from_the_day_of_the_undo(
    calendar: Calendar,
) -> None:
    conn, bank = calendar.conn, await money.unit_bank(calendar.conn)
    began, interest = await clock.today(conn), money.rest("interest_income", 5_00)
    line_id = (await money.imported(conn, bank, [Line(5_00)])).outcomes[0].line_id

    match = await money.matched(conn, bank.finance, line_id, rest=interest)
    await calendar.pass_days(10)
    await money.undone(conn, bank.finance, match)
    await money.matched(conn, bank.finance, line_id, rest=interest)

    line = await money.line_of(conn, bank.finance, line_id)
    assert effective(line, "receipt_matched") == [began, began + timedelta(days=10)]
    assert (await audit.run(calendar.auditor)).faults == []


async def test_an_item_pays_once_no_other_match_holds_it(
    calendar: Calendar,
) -> None:
    """Two payments of one debt: the second is it, as finance finds ten days later."""
    conn = calendar.conn
    bank, buyer = await money.unit_bank(conn), await identity.enterprise(conn)
    began, name = await clock.today(conn), buyer.name_zh
    owed = books.line("receivable", 5_00, buyer.id)
    await books.opened_books(conn, bank.finance, bank.leader, owed, as_of=began)
    [item_id] = await money.item_ids(conn, bank.account.books_unit_id)
    lines = [Line(5_00, name), Line(5_00, name, "再付")]
    done = await money.imported(conn, bank, lines, opening_minor=0)
    first, second = [one.line_id for one in done.outcomes]

    match = await money.items_matched(conn, bank.finance, first, (item_id, 5_00))
    await calendar.pass_days(10)
    await money.undone(conn, bank.finance, match)
    await money.items_matched(conn, bank.finance, second, (item_id, 5_00))

    later = began + timedelta(days=10)
    for line_id, on in ((first, began), (second, later)):
        line = await money.line_of(conn, bank.finance, line_id)
        assert effective(line, "receipt_matched") == [on]
    assert (await audit.run(calendar.auditor)).faults == []
