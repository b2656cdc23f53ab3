"""Books begin with what the bank says, on accounts that are ours."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from market.base import clock, db
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger.opening import operations as ledger_opening
from market.ledger.opening.model import (
    FullOpeningBalance,
    NewOpeningBalance,
    OpeningLine,
    OpeningNeedsLeader,
    OpeningState,
)
from market.money.statements.accounts import operations as accounts
from market.money.statements.opening import model, operations
from tests.world import identity, invoicing, money
from tests.world.ledger import SUSPENSE, item, leg, line, post, receivable
from tests.world.money import Bank, Line


async def approved(
    conn: Connection, bank: Bank, *lines: OpeningLine, as_of: date | None = None
) -> FullOpeningBalance:
    """Prepared by finance, approved by the leader."""
    as_of = as_of or await clock.today(conn)
    new = NewOpeningBalance(as_of=as_of, balances=list(lines))
    prepared = await ledger_opening.prepare_opening_balance(
        conn, bank.finance, bank.account.books_unit_id, new
    )
    return await operations.approve_opening_balance(conn, bank.leader, prepared.id)


async def test_an_account_of_ours_opens_with_its_balance(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    opened = await approved(conn, bank, line("bank", 40_000_00, bank.account.id))
    assert opened.state == OpeningState.APPROVED
    again = await operations.approve_opening_balance(conn, bank.leader, opened.id)
    assert again == opened


async def test_money_is_on_approved_accounts_of_the_books_alone(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    proposed = await accounts.propose_account(
        conn, bank.finance, bank.account.books_unit_id, money.new_account()
    )
    for subject, currency in ((proposed.id, "CNY"), (bank.account.id, "USD")):
        wrong = line("bank", 99_00, subject, currency)
        with pytest.raises(model.BankUnknown, match=r"currency: 1\."):
            await approved(conn, bank, line("bank", 1, bank.account.id), wrong)
        await withdraw(conn, bank)


async def test_what_was_imported_before_says_what_the_account_opens_with(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    await money.imported(conn, bank, [Line(1_000_00, days_ago=3), Line(5_000_00, days_ago=1)])
    first_on = await clock.today(conn) - timedelta(days=3)

    with pytest.raises(model.OpeningDiffers, match=r"56,000\.00.*50,000\.00"):
        await approved(conn, bank, line("bank", 56_000_00, bank.account.id), as_of=first_on)
    await withdraw(conn, bank)
    with pytest.raises(model.OpeningDiffers, match=r"0\.00.*50,000\.00"):
        await approved(conn, bank, line("surtax_payable", 1), as_of=first_on)
    await withdraw(conn, bank)

    opened = await approved(
        conn, bank, line("bank", money.OPENING_MINOR, bank.account.id), as_of=first_on
    )
    assert opened.state == OpeningState.APPROVED
    await money.imported(conn, bank, [Line(7_00)], opening_minor=56_000_00)


async def test_the_books_begin_no_later_than_their_first_statement(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    await money.imported(conn, bank, [Line(1_000_00, days_ago=3)])
    with pytest.raises(model.OpeningTooLate):
        await approved(conn, bank, line("bank", money.OPENING_MINOR, bank.account.id))


async def test_what_the_books_hold_already_is_not_before_their_first_day(conn: Connection) -> None:
    bank, today = await money.unit_bank(conn), await clock.today(conn)
    buyer, yesterday = await identity.enterprise(conn), today - timedelta(days=1)
    held = leg(receivable(buyer.id), SUSPENSE, 500_00)
    await post(conn, bank.account.books_unit_id, held, on=yesterday)
    owed = line("receivable", 500_00, buyer.id)
    with pytest.raises(model.AlreadyPosted, match=f"from {yesterday} on, .* begin on {today}"):
        await approved(conn, bank, owed)
    await withdraw(conn, bank)
    opened = await approved(conn, bank, owed, as_of=yesterday)
    assert opened.state == OpeningState.APPROVED


async def test_no_open_item_is_an_invoice_of_ours(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    invoice, bank = await invoicing.issued(conn, deal), await money.bank(conn, deal)
    items = [item(invoice.number, 500_00), item("2025-117", 1_00)]
    owed = line("receivable", 501_00, deal.enterprise.id, items=items)
    with pytest.raises(model.AlreadyInvoiced, match=invoice.number):
        await approved(conn, bank, owed)


async def test_the_ledgers_own_rules_hold(conn: Connection) -> None:
    bank, other = await money.unit_bank(conn), await money.unit_bank(conn)
    new = NewOpeningBalance(as_of=await clock.today(conn), balances=[line("surtax_payable", 1)])
    prepared = await ledger_opening.prepare_opening_balance(
        conn, bank.finance, bank.account.books_unit_id, new
    )
    with pytest.raises(OpeningNeedsLeader):
        await operations.approve_opening_balance(conn, bank.finance, prepared.id)
    with pytest.raises(NotFound):
        await operations.approve_opening_balance(conn, other.leader, prepared.id)


async def withdraw(conn: Connection, bank: Bank) -> None:
    """Prepared wrongly: taken back, as finance is told to."""
    async with db.look(conn, bank.finance):
        live = await ledger_opening.read_live_opening_balance(
            conn, bank.finance, bank.account.books_unit_id
        )
    await ledger_opening.withdraw_opening_balance(conn, bank.finance, live.id)
