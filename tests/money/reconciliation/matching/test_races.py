"""Many at once: one takes effect, the others get the same answer or a refusal."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from market.base import clock, db
from market.base.access import Actor, Role
from market.base.db import Connection, Pool
from market.base.errors import MarketError
from market.money.invoicing.model import FullInvoice
from market.money.reconciliation.matching.model import Match
from market.money.reconciliation.matching.reading import Import
from tests.world import identity, invoicing, ledger, money
from tests.world.invoicing import Deal
from tests.world.money import Bank, Line

MANY = 50
Try = Callable[[Connection], Awaitable[object]]


async def scene(pool: Pool) -> tuple[Deal, Bank, FullInvoice]:
    async with db.lease(pool) as conn:
        deal = await invoicing.fw01(conn)
        invoice = await invoicing.issued(conn, deal)
        return deal, await money.bank(conn, deal), invoice


async def matched(pool: Pool, actor: Actor, line_id: UUID, invoice: FullInvoice) -> Match | str:
    """The answer, or the code of the refusal."""

    async def match(conn: Connection) -> Match:
        given = money.allocation(invoice.id, invoice.amount_minor)
        return await money.matched(conn, actor, line_id, given)

    try:
        return await db.retrying(pool, match)
    except MarketError as refusal:
        return refusal.code


async def test_fifty_matches_of_one_line_make_one_posting(pool: Pool) -> None:
    deal, bank, invoice = await scene(pool)
    async with db.lease(pool) as conn:
        rival = await identity.person(conn, deal.unit, Role.FINANCE)
        paid = Line(invoice.amount_minor, deal.enterprise.name_zh)
        line_id = (await money.imported(conn, bank, [paid])).outcomes[0].line_id

    answers = await asyncio.gather(
        *[
            matched(pool, actor, line_id, invoice)
            for _ in range(MANY // 2)
            for actor in (deal.finance, rival)
        ]
    )

    made = [answer for answer in answers if isinstance(answer, Match)]
    assert {match.id for match in made} == {made[0].id}
    assert len(made) == MANY // 2
    assert {answer for answer in answers if isinstance(answer, str)} <= {
        "line_already_matched",
        "more_than_open",
    }
    async with db.lease(pool) as conn:
        assert len(await money.payments_of(conn, deal.buyer, invoice.id)) == 1
        assert await money.balance(conn, deal.unit.id, "suspense") == 0


async def test_fifty_imports_of_one_file_take_each_line_once(pool: Pool) -> None:
    deal, bank, invoice = await scene(pool)
    lines = [Line(invoice.amount_minor, deal.enterprise.name_zh, invoice.payment_code), Line(5_00)]
    async with db.lease(pool) as conn:
        data = await money.csv_file(conn, bank, lines)

    async def take(conn: Connection) -> Import:
        return await money.import_bytes(conn, bank, data)

    answers = await asyncio.gather(*[db.retrying(pool, take) for _ in range(MANY)])

    assert sum(not answer.repeated for answer in answers) == 1
    assert all(answer.outcomes == answers[0].outcomes for answer in answers)
    async with db.lease(pool) as conn:
        assert len(await money.payments_of(conn, deal.buyer, invoice.id)) == 1
        held = await money.balance(conn, deal.unit.id, "bank", bank.account.id)
    assert held == invoice.amount_minor + 5_00


async def test_two_lines_race_for_one_invoice_and_one_pays_it(pool: Pool) -> None:
    deal, bank, invoice = await scene(pool)
    same = Line(invoice.amount_minor, deal.enterprise.name_zh)
    async with db.lease(pool) as conn:
        done = await money.imported(conn, bank, [same, same])

    answers = await asyncio.gather(
        *[matched(pool, deal.finance, one.line_id, invoice) for one in done.outcomes]
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["Match", "str"]
    assert "more_than_open" in answers


async def test_credit_is_used_or_its_match_undone_and_the_losers_are_told_why(pool: Pool) -> None:
    deal, bank, first = await scene(pool)
    async with db.lease(pool) as conn:
        second = await invoicing.issued(conn, deal, 1)
        done = await money.imported(conn, bank, [Line(1_000_00, deal.enterprise.name_zh)])
        rest = money.rest("customer_credit", 1_000_00, organisation_id=deal.enterprise.id)
        match = await money.matched(conn, deal.finance, done.outcomes[0].line_id, rest=rest)

    async def undo(conn: Connection) -> object:
        return await money.undone(conn, deal.finance, match)

    async def use(conn: Connection, invoice: FullInvoice) -> object:
        return await money.credit_used(conn, deal.finance, invoice.id, 1_000_00)

    tries: list[Try] = [undo, partial(use, invoice=first), partial(use, invoice=second)]
    answers = await asyncio.gather(*[_told(pool, one) for one in tries * 4])

    assert set(answers) <= {"done", "credit_in_use", "credit_too_small"}
    async with db.lease(pool) as conn:
        assert await money.balance(conn, deal.unit.id, "customer_credit", deal.enterprise.id) == 0


async def _told(pool: Pool, do: Try) -> str:
    try:
        await db.retrying(pool, do)
    except MarketError as refusal:
        return refusal.code
    return "done"


async def test_a_nameless_file_for_two_accounts_at_once_goes_into_one(pool: Pool) -> None:
    async with db.lease(pool) as conn:
        first = await money.unit_bank(conn)
        second = await money.second_account(conn, first)
        data = await money.nameless_file(conn, first, [Line(7_00), Line(5_00)])

    async def take(bank: Bank) -> int | str:
        try:
            done = await db.retrying(pool, lambda conn: money.import_bytes(conn, bank, data))
        except MarketError as refusal:
            return refusal.code
        return done.new_count

    answers = await asyncio.gather(*[take(bank) for _ in range(10) for bank in (first, second)])

    assert Counter(answers) == {2: 1, 0: 9, "statement_imported_elsewhere": 10}
    async with db.lease(pool) as conn:
        assert await money.balance(conn, first.account.books_unit_id, "suspense") == 12_00


async def test_two_hundred_matches_of_one_opening_item_pay_no_more_than_it_is(pool: Pool) -> None:
    """Each of 200 lines pays 1.00 of an item of 150.00."""
    async with db.lease(pool) as conn:
        bank, buyer = await money.unit_bank(conn), await identity.enterprise(conn)
        books, today = bank.account.books_unit_id, await clock.today(conn)
        owed = ledger.line("receivable", 150_00, buyer.id)
        await ledger.opened_books(conn, bank.finance, bank.leader, owed, as_of=today)
        [item_id] = await money.item_ids(conn, books)
        lines = [Line(1_00, buyer.name_zh, f"第{number}笔") for number in range(200)]
        outcomes = (await money.imported(conn, bank, lines, opening_minor=0)).outcomes

    async def pay(line_id: UUID) -> str:
        async def once(conn: Connection) -> Match:
            return await money.items_matched(conn, bank.finance, line_id, (item_id, 1_00))

        try:
            return (await db.retrying(pool, once)).state
        except MarketError as refusal:
            return refusal.code

    answers = await asyncio.gather(*[pay(one.line_id) for one in outcomes])

    assert Counter(answers) == {"matched": 150, "more_than_item_open": 50}
    async with db.lease(pool) as conn:
        assert await money.balance(conn, books, "receivable", buyer.id) == 0
        assert await money.balance(conn, books, "suspense") == 50_00
