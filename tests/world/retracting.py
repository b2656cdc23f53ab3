"""Imports that went into the wrong account: taken back, refused to be, or waiting for a leader."""

from __future__ import annotations

from datetime import timedelta

from market.base import clock
from market.base.db import Connection
from market.money.reconciliation.retractions import operations
from tests.world import invoicing, ledger, money
from tests.world.money import Line


async def happens(conn: Connection) -> None:
    """All there is: with a match undone, two in reverse order, into begun books, one refused."""
    await _went_into_the_wrong_account(conn)
    await _went_into_begun_books(conn)
    bank = await money.unit_bank(conn)
    stands = await money.imported(conn, bank, [Line(4_00)])
    refused = await money.retraction(conn, bank, stands)
    await operations.reject_retraction(conn, bank.leader, refused.id, "账户无误")
    await money.retraction(conn, bank, stands)


async def _went_into_the_wrong_account(conn: Connection) -> None:
    """A file that names no account, and the one after it; then each file goes where it belongs."""
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    wrong = await money.bank(conn, deal)
    right = await money.second_account(conn, wrong)
    exact = Line(invoice.amount_minor, deal.enterprise.name_zh, invoice.payment_code, days_ago=1)
    lines = [exact, Line(-9_00, "工商银行", "手续费", days_ago=1)]
    file = await money.nameless_file(conn, right, lines)
    first = await money.import_bytes(conn, wrong, file)
    balance = money.OPENING_MINOR + sum(line.amount_minor for line in lines)
    second = await money.imported(conn, wrong, [Line(3_00)], opening_minor=balance)
    matched = await money.line_of(conn, wrong.finance, first.outcomes[0].line_id)
    await money.undone(conn, wrong.finance, matched.matches[0])
    for taken in (second, first):
        await money.taken_back(conn, wrong, taken)
    await money.import_bytes(conn, right, file)
    await money.imported(conn, wrong, [Line(70_00, days_ago=1)], opening_minor=1_000_00)


async def _went_into_begun_books(conn: Connection) -> None:
    """A line of a day before the books begin, and one that their opening is compared with."""
    bank = await money.unit_bank(conn)
    today = await clock.today(conn)
    early = await money.imported(conn, bank, [Line(6_00, days_ago=9)])
    await money.taken_back(conn, bank, early)
    owned = ledger.line("bank", money.OPENING_MINOR, bank.account.id)
    as_of = today - timedelta(days=5)
    await ledger.opened_books(conn, bank.finance, bank.leader, owned, as_of=as_of)
    late = await money.imported(conn, bank, [Line(2_00)])
    await money.taken_back(conn, bank, late)
    await money.imported(conn, bank, [Line(1_00, days_ago=1)])
