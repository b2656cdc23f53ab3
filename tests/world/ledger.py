"""Books with something in them, posted by the operations that the rooms call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import count
from typing import Final
from uuid import UUID, uuid4

import asyncpg

from market.base import db
from market.base.access import SYSTEM, Actor
from market.base.db import Connection
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, PostedPosting, Posting
from market.ledger.opening import operations as opening
from market.ledger.opening import supplementing
from market.ledger.opening.model import (
    FullOpeningBalance,
    LineItem,
    NewOpeningBalance,
    NewSupplement,
    OpeningLine,
)
from tests.world.catalogue import stored_file

DAY: Final = date(2026, 3, 5)
SUSPENSE: Final = Account("suspense")
NET_ASSETS: Final = Account("net_assets")
numbers = count(1)


def cause(word: str = "test") -> str:
    return f"{word}:{next(numbers)}-{uuid4()}"


def receivable(organisation_id: UUID) -> Account:
    return Account("receivable", organisation_id)


def customer_credit(organisation_id: UUID) -> Account:
    return Account("customer_credit", organisation_id)


def leg(debit: Account, credit: Account, amount_minor: int, currency: str = "CNY") -> Leg:
    return Leg(debit, credit, amount_minor, currency)


def posting(books: UUID, *legs: Leg, named: str | None = None, on: date = DAY) -> Posting:
    return Posting(named or cause(), books, on, legs)


async def post(
    conn: Connection, books: UUID, *legs: Leg, named: str | None = None, on: date = DAY
) -> PostedPosting | None:
    """Post as the system, in the transaction at hand or in one of its own."""
    async with db.act(conn, SYSTEM):
        return await ledger.post(conn, posting(books, *legs, named=named, on=on))


async def set_period(owner_dsn: str, books: UUID, month: date, state: str) -> None:
    """Set a month's state as the owner: no act of the market closes months."""
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute(
            """INSERT INTO period (books, month, state) VALUES ($1, $2, $3)
               ON CONFLICT (books, month) DO UPDATE SET state = excluded.state""",
            books,
            month,
            state,
        )
    finally:
        await connection.close()


def line(
    kind: str,
    balance_minor: int,
    subject: UUID | None = None,
    currency: str = "CNY",
    items: Sequence[LineItem] = (),
) -> OpeningLine:
    return OpeningLine(
        kind=kind,
        subject=subject,
        currency=currency,
        balance_minor=balance_minor,
        items=list(items),
    )


def item(
    reference: str, amount_minor: int, *, dated_on: date = DAY, due_on: date | None = None
) -> LineItem:
    return LineItem(
        reference=reference, dated_on=dated_on, due_on=due_on, amount_minor=amount_minor
    )


async def opened_books(
    conn: Connection, finance: Actor, leader: Actor, *lines: OpeningLine, as_of: date = DAY
) -> FullOpeningBalance:
    """The finance's unit begins its books: prepared by one, approved by the other."""
    prepared = await prepared_books(conn, finance, *lines, as_of=as_of)
    return await opening.approve_opening_balance(conn, leader, prepared.id)


async def prepared_books(
    conn: Connection, finance: Actor, *lines: OpeningLine, as_of: date = DAY
) -> FullOpeningBalance:
    """Not approved yet, so that nothing is posted."""
    assert finance.organisation_id is not None
    new = NewOpeningBalance(as_of=as_of, balances=list(lines))
    return await opening.prepare_opening_balance(conn, finance, finance.organisation_id, new)


async def supplement(
    conn: Connection, finance: Actor, *lines: OpeningLine, file_id: UUID | None = None
) -> FullOpeningBalance:
    """What the finance's unit left out as its books began, with a scan; not approved yet."""
    assert finance.organisation_id is not None
    scan = file_id or await stored_file(conn, finance)
    new = NewSupplement(reason="建账时漏列", file_id=scan, balances=list(lines))
    return await supplementing.prepare_supplement(conn, finance, finance.organisation_id, new)
