"""Approving the opening balance of books whose money is on bank accounts."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from market.base import amounts, db
from market.base.access import Actor, require
from market.base.db import Connection
from market.ledger.opening import operations as opening
from market.ledger.opening import queries as opening_queries
from market.ledger.opening.model import FullOpeningBalance, OpeningState
from market.money.statements.opening import model, queries
from market.money.statements.opening.model import Beginning

# What nothing but lines of Stripe's balance moves, and bank lines at its end.
OF_STRIPE: Final = ("stripe_balance", "stripe_in_transit")


async def approve_opening_balance(
    conn: Connection, actor: Actor, opening_id: UUID, *, expected_version: int | None = None
) -> FullOpeningBalance:
    """A leader of the unit or its parent approves, and the books begin with what the bank says.

    A supplement is asked the same of its own accounts. Raises what the ledger's approval raises,
    and BankUnknown, OpeningDiffers, OpeningTooLate, AlreadyPosted, StripeDiffers, AlreadyInvoiced.
    """
    async with db.act(conn, actor):
        before = await opening_queries.lock_opening_balance(conn, actor, opening_id)
        await queries.share_accounts(conn, before.books)
        approved = await opening.approve_opening_balance(
            conn, actor, opening_id, expected_version=expected_version
        )
        if before.state == OpeningState.PREPARED:
            _agree(approved, await queries.beginnings(conn, before.books))
            await _nothing_twice(conn, approved)
    return approved


async def _nothing_twice(conn: Connection, opened: FullOpeningBalance) -> None:
    """What these books hold already is no part of what they begin with."""
    first_on = await queries.first_posted(conn, opened)
    require(
        first_on is None or first_on >= opened.as_of,
        model.AlreadyPosted(first_on=first_on, as_of=opened.as_of),
    )
    await _agree_with_stripe(conn, opened)
    numbers = await queries.own_invoices(conn, opened)
    require(not numbers, model.AlreadyInvoiced(numbers=", ".join(numbers)))


async def _agree_with_stripe(conn: Connection, opened: FullOpeningBalance) -> None:
    """Lines are read from the very first on until books begin: what they tell is not told again."""
    first_on = await queries.first_of_stripe(conn, opened)
    told = [line for line in opened.balances if line.kind in OF_STRIPE]
    if first_on is None or not told:
        return
    raise model.StripeDiffers(
        found=amounts.printed(told[0].balance_minor, told[0].currency),
        first_on=first_on,
    )


def _agree(opened: FullOpeningBalance, accounts: list[Beginning]) -> None:
    """The lines of the bank, and the accounts that have none, say what the statements say."""
    lines = {
        (line.subject, line.currency): line.balance_minor
        for line in opened.balances
        if line.kind == "bank"
    }
    own = {(account.account_id, account.currency) for account in accounts}
    unknown = len(lines.keys() - own)
    require(unknown == 0, model.BankUnknown(count=unknown))
    for account in accounts:
        key = account.account_id, account.currency
        if opened.supplements is None or key in lines:
            _agrees(opened, account, lines.get(key, 0))


def _agrees(opened: FullOpeningBalance, account: Beginning, found_minor: int) -> None:
    if account.first_on is None or account.opening_minor is None:
        return
    require(
        opened.as_of <= account.first_on,
        model.OpeningTooLate(number=account.number, first_on=account.first_on, as_of=opened.as_of),
    )
    require(
        found_minor == account.opening_minor,
        model.OpeningDiffers(
            number=account.number,
            found=amounts.printed(found_minor, account.currency),
            known=amounts.printed(account.opening_minor, account.currency),
            first_on=account.first_on,
        ),
    )
