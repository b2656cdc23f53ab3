"""An account that was left out as the books began comes in with what the bank says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from market.base import clock, db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.ledger.opening import operations as ledger_opening
from market.ledger.opening.model import FullOpeningBalance, OpeningLine
from market.money.payments.stripe_lines import booking
from market.money.statements import model as statements
from market.money.statements.opening import model, operations
from market.reports import operations as reports
from tests.world import identity, invoicing, money, stripe
from tests.world.ledger import item, line, opened_books, supplement
from tests.world.money import Bank, Line


@pytest.fixture
async def bank(conn: Connection) -> Bank:
    """Of books that began nine days ago without it."""
    bank = await money.unit_bank(conn)
    await begin(conn, bank)
    return bank


async def begin(conn: Connection, bank: Bank) -> date:
    as_of = await clock.today(conn) - timedelta(days=9)
    await opened_books(conn, bank.finance, bank.leader, line("vat_payable", 5), as_of=as_of)
    return as_of


async def approved(conn: Connection, bank: Bank, *lines: OpeningLine) -> FullOpeningBalance:
    waiting = await supplement(conn, bank.finance, *lines)
    return await operations.approve_opening_balance(conn, bank.leader, waiting.id)


async def test_a_bank_account_that_was_left_out_is_put_in_and_its_statements_follow(
    conn: Connection, bank: Bank
) -> None:
    with pytest.raises(statements.BeforeBooks, match="left out of it, let finance prepare"):
        await money.imported(conn, bank, [Line(1_00, days_ago=20)])
    with pytest.raises(statements.NotInOpening, match="a supplement of the opening balance"):
        await money.imported(conn, bank, [Line(1_00)])
    await approved(conn, bank, line("bank", money.OPENING_MINOR, bank.account.id))
    with pytest.raises(statements.OpeningBroken, match="the opening balance of the books"):
        await money.imported(conn, bank, [Line(1_00)], opening_minor=money.OPENING_MINOR + 1)
    await money.imported(conn, bank, [Line(1_00)])
    held = await money.balance(conn, bank.account.books_unit_id, "bank", bank.account.id)
    assert held == money.OPENING_MINOR + 1_00


async def test_what_waits_or_was_withdrawn_opens_no_account(conn: Connection, bank: Bank) -> None:
    waiting = await supplement(
        conn, bank.finance, line("bank", money.OPENING_MINOR, bank.account.id)
    )
    with pytest.raises(statements.NotInOpening):
        await money.imported(conn, bank, [Line(1_00)])
    await ledger_opening.withdraw_opening_balance(conn, bank.finance, waiting.id)
    with pytest.raises(statements.NotInOpening):
        await money.imported(conn, bank, [Line(1_00)])


async def test_an_account_that_began_with_nothing_held_nothing(
    conn: Connection, bank: Bank
) -> None:
    await money.imported(conn, bank, [Line(1_00)], opening_minor=0)
    with pytest.raises(model.OpeningDiffers, match=r"5\.00.* 0\.00"):
        await approved(conn, bank, line("bank", 5_00, bank.account.id))


async def test_other_accounts_are_not_asked_again(conn: Connection, bank: Bank) -> None:
    await approved(conn, bank, line("bank", money.OPENING_MINOR, bank.account.id))
    await money.imported(conn, bank, [Line(1_00)])
    await approved(conn, bank, line("input_vat", 4_000))


async def test_the_bank_account_is_an_approved_one_in_its_currency(
    conn: Connection, bank: Bank
) -> None:
    with pytest.raises(model.BankUnknown):
        await approved(conn, bank, line("bank", 5_00, bank.account.id, "USD"))


async def test_money_at_stripe_is_put_in_where_its_history_was_left_out(
    conn: Connection, bank: Bank
) -> None:
    unit = bank.account.books_unit_id
    long_ago = stripe.line("charge", 80_00, moved_at=datetime.now(UTC) - timedelta(days=40))
    assert await booking.book(conn, unit, stripe.line("charge", 30_00))
    waiting = await supplement(conn, bank.finance, line("stripe_balance", 80_00))
    await _put_behind_what_waits(conn, waiting)
    assert not await booking.book(conn, unit, long_ago)
    await operations.approve_opening_balance(conn, bank.leader, waiting.id)
    assert not await booking.book(conn, unit, long_ago)
    assert await booking.book(conn, unit, stripe.line("charge", 7_00))
    assert await money.balance(conn, unit, "stripe_balance") == 117_00


async def _put_behind_what_waits(conn: Connection, waiting: FullOpeningBalance) -> None:
    """Written again, what the books began with is read after the supplement."""
    async with db.act(conn, SYSTEM):
        written = await conn.execute(
            "UPDATE opening_balance SET version = version WHERE id = $1", waiting.supplements
        )
    assert written == "UPDATE 1"
    await conn.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")


async def test_money_at_stripe_is_not_put_in_where_its_lines_were_read_from_the_first_on(
    conn: Connection,
) -> None:
    bank = await money.unit_bank(conn)
    assert await booking.book(conn, bank.account.books_unit_id, stripe.line("charge", 30_00))
    await begin(conn, bank)
    with pytest.raises(model.StripeDiffers):
        await approved(conn, bank, line("stripe_balance", 80_00))


async def test_a_debt_that_was_left_out_is_paid_by_a_line(conn: Connection, bank: Bank) -> None:
    buyer, day = await identity.enterprise(conn), await clock.today(conn) - timedelta(days=30)
    items = [item("2025-131", 300_00, dated_on=day)]
    unit = bank.account.books_unit_id
    await approved(conn, bank, line("receivable", 300_00, buyer.id, items=items))
    done = await money.imported(conn, bank, [Line(120_00, buyer.name_zh)], opening_minor=0)
    [item_id] = await money.item_ids(conn, unit)
    await money.items_matched(conn, bank.finance, done.outcomes[0].line_id, (item_id, 120_00))
    async with db.look(conn, bank.finance):
        report = await reports.receivables(conn, bank.finance, unit)
    [total] = report.totals
    assert (total.open_minor, total.difference_minor) == (180_00, 0)


async def test_a_debt_that_waits_is_not_paid(conn: Connection, bank: Bank) -> None:
    buyer, day = await identity.enterprise(conn), await clock.today(conn) - timedelta(days=30)
    items = [item("2025-131", 300_00, dated_on=day)]
    await supplement(conn, bank.finance, line("receivable", 300_00, buyer.id, items=items))
    async with db.look(conn, bank.finance):
        report = await reports.receivables(conn, bank.finance, bank.account.books_unit_id)
    assert report.opening_items == []


async def test_no_debt_is_an_invoice_of_these_books(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    bank, today = await money.bank(conn, deal), await clock.today(conn)
    await opened_books(conn, bank.finance, bank.leader, line("surtax_payable", 5), as_of=today)
    invoice = await invoicing.issued(conn, deal)
    items = [item(invoice.number, 500_00)]
    with pytest.raises(model.AlreadyInvoiced, match=invoice.number):
        await approved(conn, bank, line("receivable", 500_00, deal.enterprise.id, items=items))
