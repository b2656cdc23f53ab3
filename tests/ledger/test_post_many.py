"""Many postings in one round trip: the same as one by one, and none lost for another's fault."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.ledger import operations as ledger
from market.ledger.model import CauseReused, NotEnough, Posting
from tests.world import identity as world
from tests.world import ledger as books_of
from tests.world.ledger import NET_ASSETS, SUSPENSE, customer_credit, leg, receivable


@pytest.fixture
async def books(conn: Connection) -> UUID:
    return (await world.unit(conn)).id


async def folded(conn: Connection, books: UUID) -> list[tuple[object, ...]]:
    """All that stands in some books, whatever numbers it was given."""
    async with db.act(conn, SYSTEM):
        records = await conn.fetch(
            """SELECT p.cause, p.effective_on, p.period, p.actor, d.kind, c.kind, t.amount_minor,
                      d.currency, e.balance_minor, e.version
               FROM posting p JOIN transfer t ON t.posting_id = p.id
               JOIN account d ON d.id = t.debit_account JOIN account c ON c.id = t.credit_account
               LEFT JOIN controlled_entry e
                 ON e.posting_id = p.id AND e.account_id IN (d.id, c.id)
               WHERE p.books = $1 ORDER BY p.id, t.id""",
            books,
        )
    return [tuple(record) for record in records]


def some_of_each(books: UUID, buyer: UUID) -> list[Posting]:
    credit = customer_credit(buyer)
    return [
        books_of.posting(books, leg(SUSPENSE, credit, 100), named="many:1"),
        books_of.posting(
            books,
            leg(SUSPENSE, receivable(buyer), 7),
            leg(SUSPENSE, NET_ASSETS, 0),
            leg(SUSPENSE, credit, 3, "USD"),
            named="many:2",
            on=date(2026, 2, 28),
        ),
        books_of.posting(books, leg(SUSPENSE, NET_ASSETS, 0), named="many:3"),
        books_of.posting(
            books, leg(credit, receivable(buyer), 60), leg(SUSPENSE, credit, 5), named="many:4"
        ),
    ]


async def test_many_are_booked_as_they_are_one_by_one(conn: Connection, books: UUID) -> None:
    other, buyer = (await world.unit(conn)).id, uuid4()
    alone = [
        Posting(f"alone:{one.cause[-1]}", other, one.effective_on, one.legs)
        for one in some_of_each(books, buyer)
    ]
    async with db.act(conn, SYSTEM):
        for one in alone:
            await ledger.post(conn, one)
        assert await ledger.post_each(conn, some_of_each(books, buyer)) == {}
        assert await ledger.post_each(conn, some_of_each(books, buyer)) == {}
    together = [row[1:] for row in await folded(conn, books)]
    assert together == [row[1:] for row in await folded(conn, other)]
    assert len(together) == 5


async def test_one_that_is_refused_loses_no_other(conn: Connection, books: UUID) -> None:
    buyer = uuid4()
    credit = customer_credit(buyer)
    await books_of.post(conn, books, leg(SUSPENSE, NET_ASSETS, 1), named="many:2")
    wanted = [
        books_of.posting(books, leg(SUSPENSE, credit, 10), named="many:1"),
        books_of.posting(books, leg(SUSPENSE, NET_ASSETS, 2), named="many:2"),
        books_of.posting(books, leg(credit, receivable(buyer), 11), named="many:3"),
        books_of.posting(books, leg(credit, receivable(buyer), 4), named="many:4"),
        books_of.posting(books, leg(SUSPENSE, NET_ASSETS, 9), named="many:5"),
        books_of.posting(books, leg(SUSPENSE, NET_ASSETS, 8), named="many:5"),
    ]
    async with db.act(conn, SYSTEM):
        refused = await ledger.post_each(conn, wanted)
        assert {cause: type(refusal) for cause, refusal in refused.items()} == {
            "many:2": CauseReused,
            "many:3": NotEnough,
            "many:5": CauseReused,
        }
        assert await ledger.balance(conn, books, credit, "CNY") == 6
        with pytest.raises(NotEnough, match="Customer credit"):
            await ledger.post_all(
                conn, [books_of.posting(books, leg(credit, receivable(buyer), 7), named="many:6")]
            )
    assert [row[0] for row in await folded(conn, books)] == ["many:2", "many:1", "many:4", "many:5"]


async def test_the_versions_of_a_balance_follow_the_order_of_the_set(
    conn: Connection, books: UUID
) -> None:
    credit = customer_credit(uuid4())
    wanted = [
        books_of.posting(books, leg(SUSPENSE, credit, amount), named=f"many:{amount}")
        for amount in (100, 50, 7)
    ]
    async with db.act(conn, SYSTEM):
        await ledger.post_all(conn, wanted)
    assert [(row[0], *row[-2:]) for row in await folded(conn, books)] == [
        ("many:100", 100, 1),
        ("many:50", 150, 2),
        ("many:7", 157, 3),
    ]
