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
from market.money.invoicing import operations as invoices
from market.money.invoicing.credit_notes import operations as notes
from market.money.invoicing.credit_notes.model import LineCredited, NewCreditNote
from market.money.invoicing.model import FullInvoice
from market.money.payments.chargebacks import losing, recovering
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.chargebacks.write_offs import operations as write_offs
from market.money.payments.chargebacks.write_offs.model import CreditLeft
from market.money.payments.stripe_explanations import operations
from market.money.payments.stripe_explanations.model import LineExplanation
from market.money.payments.stripe_explanations.past_market import ChargeWrittenOff
from market.money.payments.stripe_explanations.undoing import operations as undoing
from tests.conftest import Clone
from tests.world import card_refunds, explaining, identity, invoicing, money, rivals, stripe
from tests.world.explaining import as_
from tests.world.invoicing import Deal
from tests.world.money import Line
from tests.world.past_market import PAID, Desk, disputed

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


async def test_of_many_leaders_one_undoes_and_the_credit_comes_back_once(ring: Pool) -> None:
    async with db.lease(ring) as conn:
        deal = await invoicing.fw01(conn)
        payment = await card_refunds.paid_and_credited(conn, deal)
        line = await explaining.unknown(conn, deal, explaining.past_us(payment, -300_00))
        before = await money.balance(conn, deal.unit.id, "customer_credit", deal.enterprise.id)
        given = as_("customer_credit", online_payment_id=payment.id)
        wrong = await explaining.explained(conn, deal, line, given)
        waiting = await undoing.propose_undo(conn, deal.finance, wrong.id, "说明有误")
        leaders = [await identity.person(conn, deal.unit, Role.LEADER) for _ in range(TIMES)]

    def approve(one: int) -> Try:
        return lambda conn: undoing.approve_undo(conn, leaders[one], waiting.id)

    answers = Counter(await asyncio.gather(*(told(ring, approve(one)) for one in range(TIMES))))
    assert answers == {"done": 1, "wrong_move": TIMES - 1}
    async with db.lease(ring) as conn:
        after = await money.balance(conn, deal.unit.id, "customer_credit", deal.enterprise.id)
        assert after == before
        assert await money.balance(conn, deal.unit.id, "suspense") == -300_00


async def test_of_many_who_ask_to_undo_one_is_heard(ring: Pool) -> None:
    async with db.lease(ring) as conn:
        deal = await invoicing.fw01(conn)
        line = await explaining.unknown(conn, deal, stripe.line("other_adjustment", 7_00))
        wrong = await explaining.explained(conn, deal, line, as_("interest_income"))
        people = [await identity.person(conn, deal.unit, Role.FINANCE) for _ in range(TIMES)]

    def propose(one: int) -> Try:
        return lambda conn: undoing.propose_undo(conn, people[one], wrong.id, "说明有误")

    answers = Counter(await asyncio.gather(*(told(ring, propose(one)) for one in range(TIMES))))
    assert answers == {"done": 1, "stripe_explanation_undo_already_proposed": TIMES - 1}


async def test_credit_that_an_undoing_takes_pays_no_invoice_as_well(ring: Pool) -> None:
    """Of those who use it and the one who takes it again, each finds what the others left."""
    async with db.lease(ring) as conn:
        deal = await invoicing.fw01(conn)
        payment = await card_refunds.paid_and_credited(conn, deal)
        given = as_("customer_credit", online_payment_id=payment.id)
        for amount in (-300_00, 300_00):
            line = await explaining.unknown(conn, deal, explaining.past_us(payment, amount))
            wrong = await explaining.explained(conn, deal, line, given)
        waiting = await undoing.propose_undo(conn, deal.finance, wrong.id, "说明有误")
        has = await money.balance(conn, deal.unit.id, "customer_credit", deal.enterprise.id)
        other = await invoicing.issued(conn, deal, 1)

    def use(conn: Connection) -> Awaitable[object]:
        return money.credit_used(conn, deal.finance, other.id, has - 300_00 + 1)

    def undo(conn: Connection) -> Awaitable[object]:
        return undoing.approve_undo(conn, deal.leader, waiting.id)

    answers = await asyncio.gather(told(ring, use), told(ring, undo))
    assert sorted(answers) in (
        ["credit_too_small", "done"],
        ["done", "stripe_explanation_credit_gone"],
    )
    async with db.lease(ring) as conn:
        left = await money.balance(conn, deal.unit.id, "customer_credit", deal.enterprise.id)
        assert left == (has - 300_00 if answers[1] == "done" else 300_00 - 1)


async def test_a_line_that_is_undone_and_asked_for_its_rule_at_once_is_booked_once(
    ring: Pool,
) -> None:
    fee = stripe.line("fee", -7_00)
    async with db.lease(ring) as conn:
        deal = await invoicing.fw01(conn)
        line = await explaining.aside(conn, deal, fee)
        wrong = await explaining.explained(conn, deal, line, as_("write_off"))
        waiting = await undoing.propose_undo(conn, deal.finance, wrong.id, "说明有误")

    def undo(conn: Connection) -> Awaitable[object]:
        return undoing.approve_undo(conn, deal.leader, waiting.id)

    async def by_rule(conn: Connection) -> object:
        async with db.act(conn, deal.finance):
            asked = await operations.propose_explanation(conn, deal.finance, line.id, as_("rule"))
        return await operations.book_by_rule(conn, asked.id, fee)

    tries = [told(ring, by_rule) for _ in range(TIMES // 2)]
    answers = await asyncio.gather(told(ring, undo), *tries)
    later = await asyncio.gather(*(told(ring, by_rule) for _ in range(TIMES)))
    assert answers[0] == "done"
    assert Counter([*answers[1:], *later])["done"] == 1
    others = {"nothing", "stripe_line_explained", "stripe_explanation_already_proposed"}
    assert {*answers[1:], *later} <= {"done", *others}
    async with db.lease(ring) as conn:
        for kind, amount in (("suspense", 0), ("write_off", 0), ("stripe_fees", 7_00)):
            assert await money.balance(conn, deal.unit.id, kind) == amount


async def test_of_two_who_refund_more_than_a_charge_past_the_market_brought_one_is_heard(
    ring: Pool,
) -> None:
    async with db.lease(ring) as conn:
        deal = await invoicing.fw01(conn)
        given = as_("customer_credit", organisation_id=deal.enterprise.id)
        of = {"charge_id": "ch_raced"}
        charge = stripe.line("charge", 700_00, source_id="ch_raced", **of)
        await explaining.explained(conn, deal, await explaining.unknown(conn, deal, charge), given)
        other = stripe.line("charge", 900_00, source_id="ch_other", charge_id="ch_other")
        await explaining.explained(conn, deal, await explaining.unknown(conn, deal, other), given)
        waiting = []
        for number in range(2):
            refund = stripe.line("refund", -400_00, source_id=f"re_raced_{number}", **of)
            line = await explaining.unknown(conn, deal, refund)
            waiting.append(await explaining.proposed(conn, deal, line, given))

    def approve(one: int) -> Try:
        return lambda conn: operations.approve_explanation(conn, deal.leader, waiting[one].id)

    answers = await asyncio.gather(*(told(ring, approve(one)) for one in range(2)))
    assert sorted(answers) == ["done", "stripe_line_above_charge"]


async def test_a_charge_that_is_credited_and_lost_at_once_is_both(ring: Pool) -> None:
    """The loss comes off the credit, or is owed by who has it."""
    async with db.lease(ring) as conn:
        desk = Desk(conn, await invoicing.fw01(conn))
        given = as_("customer_credit", organisation_id=desk.deal.enterprise.id)
        charge = await desk.line("charge", PAID)
        waiting = await explaining.proposed(conn, desk.deal, charge, given)
        await desk.dispute(500_00)

    def approve(conn: Connection) -> Awaitable[object]:
        return operations.approve_explanation(conn, desk.deal.leader, waiting.id)

    def lose(conn: Connection) -> Awaitable[object]:
        return losing.lose(conn, desk.deal.unit.id, disputed(500_00, "lost"))

    approved, lost = await asyncio.gather(told(ring, approve), told(ring, lose))
    assert (approved, lost) == ("done", "done")
    async with db.lease(ring) as conn:
        credit = await money.balance(
            conn, desk.deal.unit.id, "customer_credit", desk.deal.enterprise.id
        )
        suspense = await money.balance(conn, desk.deal.unit.id, "suspense")
        assert (credit, suspense) in ((200_00, 0), (PAID, -500_00))


async def test_a_loss_is_not_written_off_while_its_charge_becomes_credit(ring: Pool) -> None:
    async with db.lease(ring) as conn:
        desk = Desk(conn, await invoicing.fw01(conn))
        await desk.dispute(PAID)
        await desk.lost()
        [one] = await chargebacks.list_chargebacks(conn, desk.deal.finance, desk.deal.unit.id)
        loss = await write_offs.propose_write_off(conn, desk.deal.finance, one.id, "无人承担")
        given = as_("customer_credit", organisation_id=desk.deal.enterprise.id)
        charge = await desk.line("charge", PAID)
        waiting = await explaining.proposed(conn, desk.deal, charge, given)

    async def write_off(conn: Connection) -> None:
        await write_offs.approve_write_off(conn, desk.deal.leader, loss.id)

    async def explain(conn: Connection) -> None:
        await operations.approve_explanation(conn, desk.deal.leader, waiting.id)

    with pytest.raises(CreditLeft):
        await rivals.second_to(ring, desk.deal.leader, explain, write_off)


async def test_what_comes_back_is_no_credit_while_a_refund_becomes_a_loss(ring: Pool) -> None:
    async with db.lease(ring) as conn:
        desk = Desk(conn, await invoicing.fw01(conn))
        await desk.charged()
        await desk.dispute(PAID)
        await desk.lost()
        refund = await desk.line("refund", -20_00)
        loss = await explaining.proposed(conn, desk.deal, refund, as_("write_off"))
        given = as_("customer_credit", organisation_id=desk.deal.enterprise.id)
        waiting = await explaining.proposed(conn, desk.deal, await desk.back(PAID), given)

    async def bear(conn: Connection) -> None:
        await operations.approve_explanation(conn, desk.deal.leader, loss.id)

    async def give_back(conn: Connection) -> None:
        await operations.approve_explanation(conn, desk.deal.leader, waiting.id)

    with pytest.raises(ChargeWrittenOff):
        await rivals.second_to(ring, desk.deal.leader, bear, give_back)


async def test_nothing_is_recovered_of_whose_charge_it_is_no_more(ring: Pool) -> None:
    """He has other credit, of which his debt would be taken."""
    async with db.lease(ring) as conn:
        desk = Desk(conn, await invoicing.fw01(conn))
        await desk.dispute(PAID)
        await desk.lost()
        wrong = await desk.charged()
        await desk.charged(source_id="ch_other", charge_id="ch_other")
        waiting = await undoing.propose_undo(conn, desk.deal.finance, wrong.id, "付款人有误")
        [one] = await chargebacks.list_chargebacks(conn, desk.deal.finance, desk.deal.unit.id)

    async def undo(conn: Connection) -> None:
        await undoing.approve_undo(conn, desk.deal.leader, waiting.id)

    async def recover(conn: Connection) -> bool:
        return await recovering.recover(conn, one.id)

    assert await rivals.second_to(ring, desk.deal.leader, undo, recover) is False


async def test_an_invoice_that_is_credited_and_owed_again_at_once_is_both(ring: Pool) -> None:
    async with db.lease(ring) as conn:
        deal, invoice, waiting = await _paid_and_gone(conn)
        wanted = NewCreditNote(
            reason="双方协商减少工作量", lines=[LineCredited(position=1, amount_minor=800_00)]
        )
        note = await notes.propose_credit_note(conn, deal.finance, invoice.id, wanted)

    def approve(conn: Connection) -> Awaitable[object]:
        return operations.approve_explanation(conn, deal.leader, waiting.id)

    def credit(conn: Connection) -> Awaitable[object]:
        return notes.approve_credit_note(conn, deal.leader, note.id)

    owed, less = await asyncio.gather(told(ring, approve), told(ring, credit))
    assert (owed, less) == ("done", "done")
    async with db.lease(ring) as conn:
        now = await invoices.find_invoice(conn, deal.finance, invoice.id)
        credited = await money.balance(conn, deal.unit.id, "customer_credit", deal.enterprise.id)
        assert now.open_minor - credited == invoice.amount_minor - 800_00


async def test_a_debt_that_is_paid_while_what_made_it_is_undone_is_paid_once(ring: Pool) -> None:
    async with db.lease(ring) as conn:
        deal, invoice, waiting = await _paid_and_gone(conn)
        done = await operations.approve_explanation(conn, deal.leader, waiting.id)
        wrong = await undoing.propose_undo(conn, deal.finance, done.id, "说明有误")
        line = Line(invoice.amount_minor, deal.enterprise.name_zh)
        bank = await money.bank(conn, deal)
        [outcome] = (await money.imported(conn, bank, [line])).outcomes
    given = money.allocation(invoice.id, invoice.amount_minor)

    def undo(conn: Connection) -> Awaitable[object]:
        return undoing.approve_undo(conn, deal.leader, wrong.id)

    def match(conn: Connection) -> Awaitable[object]:
        return money.matched(conn, deal.finance, outcome.line_id, given)

    undone, matched = await asyncio.gather(told(ring, undo), told(ring, match))
    assert undone == "done"
    async with db.lease(ring) as conn:
        now = await invoices.find_invoice(conn, deal.finance, invoice.id)
        assert (now.state, now.open_minor) == ("paid", 0)
        place = (deal.unit.id, "customer_credit", deal.enterprise.id)
        # What came second finds the invoice paid: a match is refused, what is undone is credit.
        is_second = invoice.amount_minor if matched == "done" else 0
        assert await money.balance(conn, *place) == is_second


async def _paid_and_gone(
    conn: Connection,
) -> tuple[Deal, FullInvoice, LineExplanation]:
    """By card, and refunded past the market: it waits for a leader to be owed again."""
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    charge = stripe.line("charge", invoice.amount_minor, intent_id=payment.intent_id)
    await stripe.booked(conn, deal, charge)
    line = await explaining.unknown(conn, deal, explaining.past_us(payment, -invoice.amount_minor))
    given = as_("receivable", online_payment_id=payment.id)
    return deal, invoice, await explaining.proposed(conn, deal, line, given)
