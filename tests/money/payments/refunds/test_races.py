"""Many at once: credit goes back once, and what is paid while it is credited is counted once."""

from __future__ import annotations

import asyncio
from collections import Counter

from market.base import db
from market.base.db import Pool
from market.base.errors import MarketError
from market.money.invoicing import operations as invoices
from market.money.invoicing.credit_notes import operations as notes
from market.money.invoicing.credit_notes.model import FullNote, NewCreditNote
from market.money.payments.refunds import lists, model, operations
from market.money.payments.refunds.lists import MadeList
from market.money.payments.refunds.model import Refund
from market.money.reconciliation.matching import operations as matching
from market.money.reconciliation.matching.model import Match, Matching
from tests.world import invoicing, money
from tests.world import refunding as world


async def test_of_twenty_refunds_as_many_are_reserved_as_there_is_credit(pool: Pool) -> None:
    async with db.lease(pool) as conn:
        desk = await world.opened(conn, 20_000_00)

    async def ask() -> Refund | MarketError:
        new = world.wanted(desk, 6_000_00)
        try:
            return await db.retrying(
                pool,
                lambda conn: operations.propose_refund(
                    conn, desk.deal.finance, desk.deal.unit.id, new
                ),
            )
        except MarketError as refusal:
            return refusal

    answers = await asyncio.gather(*(ask() for _ in range(20)))

    assert Counter(map(type, answers)) == {Refund: 3, model.MoreThanCredit: 17}
    async with db.lease(pool) as conn:
        assert await world.held(conn, desk) == (2_000_00, 18_000_00, 0)


async def test_two_lists_at_once_send_a_refund_once(pool: Pool) -> None:
    async with db.lease(pool) as conn:
        desk = await world.opened(conn)
        await world.approved(conn, desk)

    async def send() -> MadeList | MarketError:
        try:
            return await db.retrying(pool, lambda conn: world.sent(conn, desk))
        except MarketError as refusal:
            return refusal

    answers = await asyncio.gather(*(send() for _ in range(8)))

    assert Counter(map(type, answers)) == {MadeList: 1, lists.NothingToSend: 7}


async def test_a_payment_and_a_credit_note_at_once_leave_nothing_open_and_nothing_doubled(
    pool: Pool,
) -> None:
    async with db.lease(pool) as conn:
        deal = await invoicing.fw01(conn)
        invoice = await invoicing.issued(conn, deal)
        whole = NewCreditNote(reason="重复计费")
        note = await notes.propose_credit_note(conn, deal.finance, invoice.id, whole)
        line = money.Line(25_800_00, deal.enterprise.name_zh)
        [outcome] = (await money.imported(conn, await money.bank(conn, deal), [line])).outcomes
    terms = Matching(allocations=[money.allocation(invoice.id, 25_800_00)])

    async def pay() -> Match | MarketError:
        try:
            return await db.retrying(
                pool,
                lambda conn: matching.match_by_hand(conn, deal.finance, outcome.line_id, terms),
            )
        except MarketError as refusal:
            return refusal

    async def credit() -> FullNote:
        return await db.retrying(
            pool, lambda conn: notes.approve_credit_note(conn, deal.leader, note.id)
        )

    paid, credited = await asyncio.gather(pay(), credit())

    async with db.lease(pool) as conn:
        found = await invoices.find_invoice(conn, deal.finance, invoice.id)
        credit_minor = await money.balance(
            conn, deal.contract.books_unit_id, "customer_credit", deal.enterprise.id
        )
        assert await invoicing.balances(conn, deal) == {}
    paid_minor = 25_800_00 if isinstance(paid, Match) else 0
    assert (found.paid_minor, found.open_minor, credit_minor) == (paid_minor, 0, paid_minor)
    assert credited.offset_minor == 25_800_00 - paid_minor
