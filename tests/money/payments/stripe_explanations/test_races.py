"""Of many who explain one line at once one is heard, and the line is explained once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from market.auditor import audit
from market.base import db
from market.base.access import Actor, Role
from market.base.db import Connection, Pool
from market.base.errors import MarketError
from market.money.payments.stripe_explanations import operations
from tests.conftest import Clone
from tests.world import card_refunds, explaining, identity, invoicing, money, stripe
from tests.world.explaining import as_

TIMES = 12
Try = Callable[[Connection], Awaitable[object]]


@pytest.fixture(scope="module")
async def ring(stocked: Clone) -> AsyncIterator[Pool]:
    """A pool on a clone; at the end the auditor finds nothing wrong in it."""
    async with stocked() as addresses:
        opened = await db.open_pool(addresses.app)
        yield opened
        opened.terminate()
        assert (await audit.run(addresses.auditor)).faults == []


async def told(pool: Pool, do: Try) -> str:
    try:
        done = await db.retrying(pool, do)
    except MarketError as refusal:
        return refusal.code
    return "done" if done is not False else "nothing"


async def test_of_many_leaders_one_approves_and_the_credit_goes_once(ring: Pool) -> None:
    async with db.lease(ring) as conn:
        deal = await invoicing.fw01(conn)
        payment = await card_refunds.paid_and_credited(conn, deal)
        line = await explaining.unknown(
            conn, deal, explaining.past_us(payment, -payment.amount_minor)
        )
        given = as_("customer_credit", online_payment_id=payment.id)
        waiting = await explaining.proposed(conn, deal, line, given)
        leaders = [await identity.person(conn, deal.unit, Role.LEADER) for _ in range(TIMES)]

    def approve(leader: Actor) -> Try:
        return lambda conn: operations.approve_explanation(conn, leader, waiting.id)

    answers = Counter(await asyncio.gather(*(told(ring, approve(one)) for one in leaders)))
    assert answers == {"done": 1, "wrong_move": TIMES - 1}
    async with db.lease(ring) as conn:
        assert await money.balance(conn, deal.unit.id, "customer_credit", deal.enterprise.id) == 0
        assert await money.balance(conn, deal.unit.id, "suspense") == 0


async def test_a_leader_who_approves_many_times_is_answered_as_the_first_time(ring: Pool) -> None:
    async with db.lease(ring) as conn:
        deal = await invoicing.fw01(conn)
        payment = await card_refunds.paid_and_credited(conn, deal)
        refund = await explaining.sent(conn, deal, payment, payment.amount_minor)
        told_of = explaining.abroad(card_refunds.line(payment, refund, "succeeded"))
        line = await explaining.unknown(conn, deal, told_of)
        given = as_("refund_pending", refund_id=refund.id)
        waiting = await explaining.proposed(conn, deal, line, given)

    def approve(conn: Connection) -> Awaitable[object]:
        return operations.approve_explanation(conn, deal.leader, waiting.id)

    assert Counter(await asyncio.gather(*(told(ring, approve) for _ in range(TIMES)))) == {
        "done": TIMES
    }


async def test_of_many_proposals_one_stands(ring: Pool) -> None:
    async with db.lease(ring) as conn:
        deal = await invoicing.fw01(conn)
        line = await explaining.unknown(conn, deal, stripe.line("other_adjustment", 7_00))
        people = [await identity.person(conn, deal.unit, Role.FINANCE) for _ in range(TIMES)]

    def propose(one: int) -> Try:
        given = as_("interest_income")
        return lambda conn: operations.propose_explanation(conn, people[one], line.id, given)

    answers = Counter(await asyncio.gather(*(told(ring, propose(one)) for one in range(TIMES))))
    assert answers == {"done": 1, "stripe_explanation_already_proposed": TIMES - 1}


async def test_of_many_turns_the_rule_books_a_line_once(ring: Pool) -> None:
    async with db.lease(ring) as conn:
        deal = await invoicing.fw01(conn)
        invoice = await invoicing.issued(conn, deal)
        payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
        charge = stripe.line("charge", invoice.amount_minor, intent_id=payment.intent_id)
        line = await explaining.aside(conn, deal, charge)
        waiting = await explaining.proposed(conn, deal, line, as_("rule"))

    def book(conn: Connection) -> Awaitable[object]:
        return operations.book_by_rule(conn, waiting.id, charge)

    answers = Counter(await asyncio.gather(*(told(ring, book) for _ in range(TIMES))))
    assert answers == {"done": 1, "nothing": TIMES - 1}
    async with db.lease(ring) as conn:
        assert await money.balance(conn, deal.unit.id, "suspense") == 0
        assert await money.balance(conn, deal.unit.id, "receivable", deal.enterprise.id) == 0
