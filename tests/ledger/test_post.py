"""Posting: once a cause, balanced, in one round trip."""

from datetime import date
from uuid import UUID, uuid4

import asyncpg
import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger import operations as ledger
from market.ledger import queries
from market.ledger.model import Account, CauseReused, Leg, NotEnough
from tests.world import identity as world
from tests.world import ledger as books_of
from tests.world.ledger import DAY, NET_ASSETS, SUSPENSE, customer_credit, leg, receivable


@pytest.fixture
async def books(conn: Connection) -> UUID:
    return (await world.unit(conn)).id


async def balance(conn: Connection, books: UUID, account: Account, currency: str = "CNY") -> int:
    async with db.act(conn, SYSTEM):
        return await ledger.balance(conn, books, account, currency)


async def legs_of(conn: Connection, cause: str) -> list[Leg]:
    async with db.act(conn, SYSTEM):
        return list((await ledger.posted(conn, cause)).legs)


async def test_a_posting_moves_both_accounts_of_each_leg(conn: Connection, books: UUID) -> None:
    buyer, contract = uuid4(), uuid4()
    position, deferred = Account("contract_position", contract), Account("vat_deferred")
    posted = await books_of.post(
        conn,
        books,
        leg(receivable(buyer), position, 8_113_208),
        leg(receivable(buyer), deferred, 486_792),
    )
    assert posted is not None
    assert posted.period == date(2026, 3, 1)
    assert await balance(conn, books, receivable(buyer)) == 8_600_000
    assert await balance(conn, books, position) == -8_113_208
    assert await balance(conn, books, deferred) == 486_792


async def test_the_same_cause_posts_once(conn: Connection, books: UUID) -> None:
    buyer = uuid4()
    legs = (leg(SUSPENSE, receivable(buyer), 5), leg(SUSPENSE, customer_credit(buyer), 7))
    first = await books_of.post(conn, books, *legs, named="receipt:1")
    again = await books_of.post(conn, books, *reversed(legs), named="receipt:1")
    assert first == again
    assert await balance(conn, books, customer_credit(buyer)) == 7


@pytest.mark.parametrize("change", ["amount", "account", "one more", "fewer", "nothing", "date"])
async def test_a_cause_with_other_content_is_refused(
    conn: Connection, books: UUID, change: str
) -> None:
    buyer = uuid4()
    legs = [leg(SUSPENSE, receivable(buyer), 5), leg(SUSPENSE, customer_credit(buyer), 7)]
    await books_of.post(conn, books, *legs, named="receipt:1")
    other = {
        "amount": [legs[0], leg(SUSPENSE, customer_credit(buyer), 8)],
        "account": [legs[0], leg(SUSPENSE, customer_credit(uuid4()), 7)],
        "one more": [*legs, legs[0]],
        "fewer": legs[:1],
        "nothing": [leg(SUSPENSE, receivable(buyer), 0)],
        "date": legs,
    }[change]
    on = date(2026, 3, 6) if change == "date" else DAY
    with pytest.raises(CauseReused) as refused:
        await books_of.post(conn, books, *other, named="receipt:1", on=on)
    assert refused.value.details == {"cause": "receipt:1"}


async def test_a_cause_in_other_books_is_refused(conn: Connection, books: UUID) -> None:
    other_books = (await world.unit(conn)).id
    await books_of.post(conn, books, leg(SUSPENSE, NET_ASSETS, 5), named="receipt:1")
    with pytest.raises(CauseReused):
        await books_of.post(conn, other_books, leg(SUSPENSE, NET_ASSETS, 5), named="receipt:1")


async def test_lists_of_unequal_length_are_refused_at_once(conn: Connection, books: UUID) -> None:
    statement = """SELECT ledger_post('receipt:1', $1, $2, ARRAY['suspense'], ARRAY[NULL]::uuid[],
        ARRAY['net_assets'], ARRAY[NULL]::uuid[], ARRAY[5, 7]::bigint[], ARRAY['CNY'])"""
    with pytest.raises(asyncpg.ArraySubscriptError):
        async with db.act(conn, SYSTEM):
            await conn.fetchrow(statement, books, DAY)


async def test_legs_of_nothing_are_dropped(conn: Connection, books: UUID) -> None:
    buyer = uuid4()
    kept = leg(SUSPENSE, receivable(buyer), 5)
    await books_of.post(
        conn, books, leg(SUSPENSE, customer_credit(buyer), 0), kept, named="receipt:1"
    )
    assert await legs_of(conn, "receipt:1") == [kept]


async def test_nothing_left_is_no_posting(conn: Connection, books: UUID) -> None:
    assert await books_of.post(conn, books, leg(SUSPENSE, NET_ASSETS, 0), named="free:1") is None
    with pytest.raises(NotFound):
        await legs_of(conn, "free:1")


async def test_a_controlled_account_never_falls_below_zero(conn: Connection, books: UUID) -> None:
    buyer = uuid4()
    credit = customer_credit(buyer)
    await books_of.post(conn, books, leg(SUSPENSE, credit, 100))
    await books_of.post(conn, books, leg(credit, receivable(buyer), 60))
    with pytest.raises(NotEnough) as refused:
        async with db.savepoint(conn):
            await books_of.post(conn, books, leg(credit, receivable(buyer), 41))
    assert refused.value.detail("zh-CN").startswith("“客户预存款”余额不足")
    assert "Customer credit" in refused.value.detail("en")
    assert await balance(conn, books, credit) == 40


async def test_a_controlled_account_may_dip_within_one_posting(
    conn: Connection, books: UUID
) -> None:
    buyer = uuid4()
    credit = customer_credit(buyer)
    await books_of.post(conn, books, leg(credit, receivable(buyer), 60), leg(SUSPENSE, credit, 100))
    assert await balance(conn, books, credit) == 40


async def test_every_version_of_a_controlled_account_is_kept(conn: Connection, books: UUID) -> None:
    buyer = uuid4()
    credit = customer_credit(buyer)
    for amount in (100, 20):
        await books_of.post(conn, books, leg(SUSPENSE, credit, amount))
    await books_of.post(conn, books, leg(credit, receivable(buyer), 50))
    async with db.act(conn, SYSTEM):
        versions = await conn.fetch(
            """SELECT e.version, e.balance_minor FROM controlled_entry e
               JOIN account a ON a.id = e.account_id WHERE a.subject = $1 ORDER BY e.version""",
            buyer,
        )
    assert [tuple(version) for version in versions] == [(1, 100), (2, 120), (3, 70)]


async def test_accounts_of_one_kind_differ_by_subject_currency_and_books(
    conn: Connection, books: UUID
) -> None:
    other_books, buyer, other_buyer = (await world.unit(conn)).id, uuid4(), uuid4()
    await books_of.post(conn, books, leg(receivable(buyer), NET_ASSETS, 1))
    await books_of.post(conn, books, leg(receivable(other_buyer), NET_ASSETS, 2))
    await books_of.post(conn, books, leg(receivable(buyer), NET_ASSETS, 4, "USD"))
    await books_of.post(conn, other_books, leg(receivable(buyer), NET_ASSETS, 8))
    assert await balance(conn, books, receivable(buyer)) == 1
    assert await balance(conn, books, receivable(other_buyer)) == 2
    assert await balance(conn, books, receivable(buyer), "USD") == 4
    assert await balance(conn, other_books, receivable(buyer)) == 8


async def test_no_transfer_crosses_books_or_currencies(conn: Connection, books: UUID) -> None:
    other_books = (await world.unit(conn)).id
    for at in (books, other_books):
        for currency in ("CNY", "USD"):
            await books_of.post(conn, at, leg(SUSPENSE, NET_ASSETS, 3, currency))
    async with db.act(conn, SYSTEM):
        crossing = await conn.fetchval(
            """SELECT count(*) FROM transfer t JOIN posting p ON p.id = t.posting_id
               JOIN account d ON d.id = t.debit_account JOIN account c ON c.id = t.credit_account
               WHERE (d.books, d.currency) <> (c.books, c.currency) OR d.books <> p.books"""
        )
    assert crossing == 0


@pytest.mark.parametrize(
    "wrong", [Account("suspence"), Account("receivable"), Account("suspense", uuid4())]
)
async def test_an_account_outside_the_chart_is_a_fault(
    conn: Connection, books: UUID, wrong: Account
) -> None:
    with pytest.raises(asyncpg.PostgresError) as fault:
        await books_of.post(conn, books, leg(wrong, NET_ASSETS, 1))
    assert fault.value.as_dict()["sqlstate"] == "ML003"


@pytest.mark.parametrize("cause", ["no word", "Word:1", "word:", "word:a b", "word:甲"])
async def test_a_cause_reads_word_and_id(conn: Connection, books: UUID, cause: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await books_of.post(conn, books, leg(SUSPENSE, NET_ASSETS, 1), named=cause)


@pytest.mark.parametrize("amount", [-1, 2**63 - 1])
async def test_an_amount_below_zero_or_beyond_counting_is_a_fault(
    conn: Connection, books: UUID, amount: int
) -> None:
    credit = customer_credit(uuid4())
    with pytest.raises((asyncpg.CheckViolationError, asyncpg.NumericValueOutOfRangeError)):
        await books_of.post(conn, books, *[leg(SUSPENSE, credit, amount)] * 2)


async def test_a_mirror_takes_a_posting_back(conn: Connection, books: UUID) -> None:
    buyer = uuid4()
    await books_of.post(
        conn,
        books,
        leg(SUSPENSE, receivable(buyer), 5),
        leg(SUSPENSE, customer_credit(buyer), 7),
        named="matched:1",
    )
    async with db.act(conn, SYSTEM):
        original = await ledger.posted(conn, "matched:1")
        undone = ledger.mirror(original, "match_undone:1", effective_on=date(2026, 3, 9))
        await ledger.post(conn, undone)
    for account in (SUSPENSE, receivable(buyer), customer_credit(buyer)):
        assert await balance(conn, books, account) == 0


async def test_posting_takes_one_round_trip(conn: Connection, books: UUID) -> None:
    credit = customer_credit(uuid4())
    await books_of.post(conn, books, leg(SUSPENSE, credit, 5))  # asyncpg learns the array types
    statements: list[str] = []
    async with db.act(conn, SYSTEM):
        with conn.query_logger(lambda query: statements.append(query.query)):
            await ledger.post(conn, books_of.posting(books, leg(SUSPENSE, credit, 5)))
    assert len(statements) == 1


async def test_a_posted_row_has_the_type_of_its_fields(conn: Connection, books: UUID) -> None:
    posted = await books_of.post(conn, books, leg(SUSPENSE, NET_ASSETS, 5), named="typed:1")
    assert posted is not None
    async with db.act(conn, SYSTEM):
        found = await queries.posting_of_cause(conn, "typed:1")
        lone = await queries.find_posting(conn, SYSTEM, posted.public_id)
    assert found == lone
    assert found is not None
    assert [found.public_id, found.period, found.voucher_number] == [
        posted.public_id,
        date(2026, 3, 1),
        None,
    ]


async def test_a_cause_is_no_longer_than_two_hundred_characters(
    conn: Connection, books: UUID
) -> None:
    await books_of.post(conn, books, leg(SUSPENSE, NET_ASSETS, 5), named=f"long:{'a' * 200}")
    with pytest.raises(asyncpg.CheckViolationError):
        await books_of.post(conn, books, leg(SUSPENSE, NET_ASSETS, 5), named=f"long:{'a' * 201}")
