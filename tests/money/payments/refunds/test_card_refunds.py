"""Credit goes back to the card that paid: whatever Stripe does, once, and by its lines alone."""

from __future__ import annotations

import pytest

from market.base import db
from market.base.db import Connection
from market.money.payments.chargebacks import following
from market.money.payments.refunds import model, operations
from market.money.payments.refunds.model import NewRefund, RefundState
from market.money.payments.stripe_events import keeping_up
from market.money.payments.stripe_lines import pulling
from market.stripe_simulator.faults import Fault
from tests.money.payments.stripe_events.test_events import event, told
from tests.money.payments.stripe_lines.test_booking import lines_of, truth_of
from tests.world import card_refunds as world
from tests.world.card_refunds import FAILS_LATER, PENDS, TWO_DAYS
from tests.world.stripe import DISPUTED, Till

WHOLE = 25_800_00


async def test_a_refund_is_reserved_presented_and_paid_by_its_line(till: Till) -> None:
    desk = await world.credited(till)
    fee = await till.balance("stripe_fees")
    approved = await desk.approved()
    assert await desk.held() == (WHOLE - 5_000_00, 5_000_00, 0)
    await till.turn()
    await world.later(till)

    refund = await desk.read(approved.id)
    assert (refund.state, refund.stripe_status) == (RefundState.PAID, "succeeded")
    assert await desk.held() == (WHOLE - 5_000_00, 0, 0)
    [made] = await desk.at_stripe()
    assert (made.id, made.amount, made.charge) == (
        refund.stripe_refund_id, 5_000_00, desk.payment.charge_id
    )  # fmt: skip
    assert await till.balance("stripe_fees") == fee
    assert await till.balance("stripe_balance") == await truth_of(till)
    assert [one.refund_id for one in await lines_of(till)] == [refund.id, None]


async def test_parts_go_back_until_nothing_is_left(till: Till) -> None:
    desk = await world.credited(till)
    for minor in (20_000_00, 5_000_00, 800_00):
        assert (await desk.sent(minor)).state == RefundState.PAID
    assert await desk.held() == (0, 0, 0)
    assert sum(one.amount for one in await desk.at_stripe()) == WHOLE
    assert await till.balance("stripe_balance") == await truth_of(till)


async def test_one_that_pends_is_paid_once_stripe_says_so(till: Till) -> None:
    desk = await world.credited(till, card=PENDS)
    refund = await desk.sent()
    assert (refund.state, refund.stripe_status) == (RefundState.SENT, "pending")
    assert await desk.held() == (WHOLE - 5_000_00, 0, 0)
    assert await till.balance("stripe_balance") == await truth_of(till)

    await till.control("clock", seconds=TWO_DAYS)
    await world.later(till)

    assert (await desk.read(refund.id)).state == RefundState.PAID


async def test_one_that_fails_while_it_pends_comes_back(till: Till) -> None:
    desk = await world.credited(till, card=PENDS)
    refund = await desk.sent()
    await till.control("refunds/fail", refund=refund.stripe_refund_id)
    await world.later(till)

    refund = await desk.read(refund.id)
    assert (refund.state, refund.failure_reason) == (RefundState.RETURNED, "lost_or_stolen_card")
    assert await desk.held() == (WHOLE, 0, 0)


async def test_one_that_fails_days_after_it_was_paid_is_credit_again(till: Till) -> None:
    desk = await world.credited(till, card=FAILS_LATER)
    refund = await desk.sent()
    assert refund.state == RefundState.PAID
    await till.control("clock", seconds=TWO_DAYS)
    await world.later(till)

    refund = await desk.read(refund.id)
    assert (refund.state, refund.stripe_status) == (RefundState.RETURNED, "failed")
    assert await desk.held() == (WHOLE, 0, 0)
    assert await till.balance("stripe_balance") == await truth_of(till)
    again = await desk.sent(WHOLE)
    assert again.state == RefundState.PAID


@pytest.mark.parametrize("ends", ["answered", "canceled"])
async def test_one_that_asks_its_payer_moves_nothing_until_he_answers(
    till: Till, ends: str
) -> None:
    desk = await world.credited(till)
    await till.control("refunds/ask", wait="true")
    refund = await desk.sent()
    assert (refund.state, refund.stripe_status) == (RefundState.SENT, "requires_action")
    assert await desk.held() == (WHOLE - 5_000_00, 5_000_00, 0)
    assert refund.stripe_refund_id is not None
    if ends == "answered":
        await till.control("refunds/answer", refund=refund.stripe_refund_id)
    else:
        rail = await world.rail_of(till)
        await rail.v1.refunds.cancel_async(refund.stripe_refund_id)
    await world.later(till)

    state, credit = {
        "answered": (RefundState.PAID, WHOLE - 5_000_00),
        "canceled": (RefundState.FAILED, WHOLE),
    }[ends]
    assert (await desk.read(refund.id)).state == state
    assert await desk.held() == (credit, 0, 0)
    assert await till.balance("stripe_balance") == await truth_of(till)


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("lines_first", [False, True])
async def test_a_call_without_an_answer_is_asked_about_and_refunds_once(
    till: Till, fault: Fault, lines_first: bool
) -> None:
    desk = await world.credited(till)
    await till.control("faults", kind=fault, target="POST /v1/refunds", times=1)
    if not lines_first:
        no_lines = {"kind": Fault.ERROR_BEFORE, "target": "GET /v1/balance_transactions"}
        await till.control("faults", **no_lines, times=1)
    approved = await desk.approved()
    await keeping_up.keep_up(till.pool, till.rails)
    await world.later(till)

    refund = await desk.read(approved.id)
    assert (refund.state, refund.stripe_status) == (RefundState.PAID, "succeeded")
    [made] = await desk.at_stripe()
    assert made.id == refund.stripe_refund_id
    assert await desk.held() == (WHOLE - 5_000_00, 0, 0)
    assert len([one for one in await lines_of(till) if one.category == "refund"]) == 1


async def test_an_unknown_one_is_read_before_it_is_asked_for_again(till: Till) -> None:
    desk = await world.credited(till)
    await till.control("faults", kind=Fault.CUT_BEFORE, target="POST /v1/refunds", times=1)
    approved = await desk.approved()
    await keeping_up.keep_up(till.pool, till.rails)
    assert (await desk.read(approved.id)).state == RefundState.UNKNOWN
    await till.control("faults", kind=Fault.ERROR_BEFORE, target="GET /v1/refunds", times=1)
    await world.later(till)
    assert (await desk.read(approved.id)).state == RefundState.UNKNOWN
    assert await desk.at_stripe() == []
    assert await desk.held() == (WHOLE - 5_000_00, 5_000_00, 0)

    await world.later(till)

    assert (await desk.read(approved.id)).state == RefundState.PAID
    assert len(await desk.at_stripe()) == 1


async def test_an_event_of_a_refund_has_it_read_anew(till: Till) -> None:
    desk = await world.credited(till)
    await till.control("refunds/ask", wait="true")
    refund = await desk.sent()
    assert refund.stripe_refund_id is not None
    await till.control("refunds/answer", refund=refund.stripe_refund_id)
    await till.turn()
    assert (await desk.read(refund.id)).state == RefundState.SENT
    await told(till, event("refund.updated", refund.stripe_refund_id))
    await till.turn()
    assert (await desk.read(refund.id)).state == RefundState.PAID


async def test_what_stripe_refuses_is_credit_again(till: Till) -> None:
    desk = await world.credited(till)
    approved = await desk.approved()
    await till.control("disputes", charge=desk.payment.charge_id)
    await till.turn()

    refund = await desk.read(approved.id)
    assert (refund.state, refund.note) == (RefundState.FAILED, "Stripe: charge_disputed")
    assert await desk.at_stripe() == []
    assert (await desk.held())[:2] == (WHOLE, 0)


async def test_a_chargeback_known_before_the_call_spares_it(till: Till) -> None:
    desk = await world.credited(till)
    approved = await desk.approved()
    await till.control("disputes", charge=desk.payment.charge_id)
    await till.control("faults", kind=Fault.ERROR_BEFORE, target="POST /v1/refunds", times=9)
    assert await pulling.pull(till.pool, await world.rail_of(till)) == 1
    await till.turn()

    refund = await desk.read(approved.id)
    assert (refund.state, refund.called_at) == (RefundState.FAILED, None)
    assert refund.note == "charge_disputed"  # the market's word, for Stripe was not asked


async def test_a_refund_made_past_the_market_stands_in_suspense_and_counts(till: Till) -> None:
    desk = await world.credited(till)
    rail = await world.rail_of(till)
    await rail.v1.refunds.create_async({"charge": desk.payment.charge_id, "amount": 20_000_00})
    await till.later()

    assert await desk.held() == (WHOLE, 0, -20_000_00)
    [line, _] = await lines_of(till)
    assert (line.is_explained, line.refund_id, line.online_payment_id) == (
        False, None, desk.payment.id
    )  # fmt: skip
    assert await till.balance("stripe_balance") == await truth_of(till)
    assert (await desk.sent(5_800_00)).state == RefundState.PAID


@pytest.mark.parametrize("forged", ["amount", "another's payment", "not approved"])
async def test_a_line_that_only_says_it_is_a_refund_of_ours_is_none(
    till: Till, forged: str
) -> None:
    desk = await world.credited(till)
    proposed = await desk.proposed() if forged == "not approved" else await desk.approved()
    charge_id = desk.payment.charge_id
    amount = 4_999_99 if forged == "amount" else 5_000_00
    if forged == "another's payment":
        charge_id = (await till.paid(await till.issued(1))).charge_id
    if forged != "not approved":
        await keeping_up.keep_up(till.pool, till.rails)
    rail = await world.rail_of(till)
    await rail.v1.refunds.create_async(
        {"charge": charge_id, "amount": amount, "metadata": {"refund": str(proposed.id)}}
    )
    await world.later(till)

    assert (await desk.held())[2] == -amount
    state = RefundState.PROPOSED if forged == "not approved" else RefundState.PAID
    assert (await desk.read(proposed.id)).state == state


async def test_a_refund_in_another_currency_of_the_balance_is_changed_back(till: Till) -> None:
    await till.control("rates", currency="cny", into="usd", rate="0.14")
    desk = await world.credited(till, card=FAILS_LATER)
    assert (await desk.sent(WHOLE)).state == RefundState.PAID
    assert await till.balance("fx_position") == 0
    [line, _] = await lines_of(till)
    assert (line.currency, line.amount_minor) == ("USD", -3_612_00)
    assert (line.paid_currency, line.paid_minor) == ("CNY", -WHOLE)
    assert await desk.held() == (0, 0, 0)

    await till.control("clock", seconds=TWO_DAYS)
    await world.later(till)

    assert await till.balance("fx_position") == WHOLE
    assert await desk.held() == (WHOLE, 0, 0)


async def test_a_charge_that_is_disputed_after_it_was_refunded_keeps_its_refund(
    till: Till,
) -> None:
    desk = await world.credited(till)
    refund = await desk.sent(800_00)
    await till.control("disputes", charge=desk.payment.charge_id)
    await till.later()
    assert (await desk.read(refund.id)).state == RefundState.PAID
    assert await till.balance("stripe_disputed") == 25_000_00


async def test_by_bank_nothing_goes_back_that_a_chargeback_may_take(till: Till) -> None:
    desk = await world.credited(till)
    async with db.lease(till.pool) as conn:
        wanted = await _by_bank(conn, till, WHOLE)
        early = await operations.propose_refund(conn, till.deal.finance, till.books, wanted)
    await till.control("disputes", charge=desk.payment.charge_id)
    await world.later(till)

    async with db.lease(till.pool) as conn:
        with pytest.raises(model.CreditDisputed):
            await operations.approve_refund(conn, till.deal.leader, early.id)
        await operations.reject_refund(conn, till.deal.leader, early.id, "付款正被拒付")
        with pytest.raises(model.CreditDisputed):
            await operations.propose_refund(conn, till.deal.finance, till.books, wanted)


async def _lost(till: Till) -> None:
    """The payer's bank keeps what the card had paid."""
    rail = await world.rail_of(till)
    [dispute] = (await rail.v1.disputes.list_async()).data
    await till.control("disputes/judge", dispute=dispute.id, won="false")
    await world.later(till)
    await following.follow_all(till.pool, rail)


async def test_what_a_chargeback_takes_of_a_credited_invoice_keeps_its_credit(till: Till) -> None:
    desk = await world.credited(till, card=DISPUTED)
    await world.later(till)
    await _lost(till)

    assert await desk.held() == (WHOLE, 0, 0)
    assert await till.balance("receivable", till.deal.enterprise.id) == WHOLE
    async with db.lease(till.pool) as conn:
        wanted = await _by_bank(conn, till, 1_00)
        with pytest.raises(model.CreditOwed):
            await operations.propose_refund(conn, till.deal.finance, till.books, wanted)


async def test_what_a_chargeback_takes_of_money_paid_twice_comes_off_the_credit(
    till: Till,
) -> None:
    invoice = await till.issued()
    payment = await till.presented(invoice)
    await till.pay_by_bank(invoice)
    await till.pays(payment, DISPUTED)
    await till.later()
    buyer = till.deal.enterprise.id
    assert await till.balance("customer_credit", buyer) == WHOLE
    await _lost(till)

    assert await till.balance("customer_credit", buyer) == 0
    assert await till.balance("suspense") == 0
    assert (await till.invoice(invoice.id)).state == "paid"


async def _by_bank(conn: Connection, till: Till, amount_minor: int) -> NewRefund:
    return NewRefund(
        organisation_id=till.deal.enterprise.id,
        amount_minor=amount_minor,
        payee_bank="锦川银行东城支行",
        payee_account="6222000000000001",
        reason="退还多付款项",
    )
