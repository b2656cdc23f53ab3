"""The list of what is in suspense says of each line what is to be done, or what it waits for."""

from __future__ import annotations

from typing import Any

import pytest

from market.base.db import Connection
from market.money.payments.stripe_explanations import model
from market.money.payments.stripe_explanations.model import BelongsTo
from market.money.payments.stripe_explanations.places import ANY, LEFT, PLACES
from market.money.reconciliation.matching.reading import InSuspense
from tests.world import card_refunds, explaining, invoicing, money, stripe, writing_off
from tests.world.explaining import as_, past_us
from tests.world.invoicing import Deal
from tests.world.past_market import Desk

OTHER = "other_adjustment"
REASONS = {
    "charge_failure": "stripe_line_takes_charge_back",
    "partial_capture_reversal": "stripe_line_takes_charge_back",
    "refund": "stripe_line_of_refund",
    "refund_failure": "stripe_line_of_refund",
}
BY_RULE = {"charge", "dispute", "dispute_reversal", "payout", "payout_reversal"}


async def only(conn: Connection, deal: Deal) -> InSuspense:
    [row] = await money.suspense(conn, deal.finance)
    return row


def code_of(row: InSuspense) -> str:
    [reason] = row.reasons
    return reason.code


@pytest.mark.parametrize("category", [*sorted(PLACES), OTHER])
async def test_a_line_of_stripes_balance_is_told_what_is_to_be_done(
    conn: Connection, category: str
) -> None:
    """Nobody is told to explain what its rule alone books."""
    deal = await invoicing.fw01(conn)
    payment = await card_refunds.paid_and_credited(conn, deal)
    more: dict[str, Any] = {}
    if category.startswith("dispute"):
        more = {"dispute": stripe.dispute_of(payment, 25_800_00, "needs_response")}
    line = await explaining.aside(conn, deal, stripe.line(category, -7_00, **more))
    row = await only(conn, deal)
    assert (row.id, row.balance_transaction_id) == (line.id, line.balance_transaction_id)
    places = PLACES.get(category, ANY) if category not in BY_RULE else frozenset()
    assert set(row.may_belong_to) == {BelongsTo.RULE} | places
    if category in BY_RULE:
        assert code_of(row) == "stripe_line_of_its_rule"
        with pytest.raises(model.LineOfItsRule):
            await explaining.proposed(conn, deal, line, as_("write_off"))
    else:
        assert code_of(row) == REASONS.get(category, "stripe_line_unexplained")


async def test_of_a_charge_past_the_market_finance_is_told_to_say_whose_credit_it_is(
    conn: Connection,
) -> None:
    """Its rule books it never."""
    deal = await invoicing.fw01(conn)
    told = stripe.line("charge", 90_00, source_id="ch_dashboard", charge_id="ch_dashboard")
    line = await explaining.unknown(conn, deal, told)
    row = await only(conn, deal)
    assert code_of(row) == "stripe_line_of_charge_past_market"
    assert row.may_belong_to == [BelongsTo.CUSTOMER_CREDIT]
    given = as_(row.may_belong_to[0], organisation_id=deal.enterprise.id)
    await explaining.explained(conn, deal, line, given)
    assert await money.suspense(conn, deal.finance) == []


async def test_of_what_goes_back_of_a_customers_past_charge_finance_is_told_that_it_is(
    conn: Connection,
) -> None:
    """His credit, whose own line waits for nothing."""
    desk = Desk(conn, await invoicing.fw01(conn))
    await desk.charged()
    refund = await desk.line("refund", -7_00)
    row = await only(conn, desk.deal)
    assert (row.id, code_of(row)) == (refund.id, "stripe_line_of_past_charge")
    assert row.may_belong_to == [BelongsTo.CUSTOMER_CREDIT]
    await desk.credited(refund)
    assert await money.suspense(conn, desk.deal.finance) == []


async def test_a_refund_past_the_market_is_told_with_the_payment_that_it_is_of(
    conn: Connection,
) -> None:
    deal = await invoicing.fw01(conn)
    payment = await card_refunds.paid_and_credited(conn, deal)
    told = past_us(payment, -7_00)
    await explaining.unknown(conn, deal, told)
    row = await only(conn, deal)
    assert (row.online_payment_id, row.balance_transaction_id) == (payment.id, told.id)


async def test_what_the_rule_left_of_a_chargeback_is_told_as_that(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    told = stripe.dispute_of(payment, invoice.amount_minor, "won")
    charge = stripe.line("charge", invoice.amount_minor, intent_id=payment.intent_id)
    taken = stripe.line("dispute", -invoice.amount_minor, dispute=told)
    back = stripe.line("dispute_reversal", invoice.amount_minor - 5_00, dispute=told)
    await stripe.booked(conn, deal, charge, taken, back)
    row = await only(conn, deal)
    assert (row.amount_minor, code_of(row)) == (-5_00, "stripe_line_left_of_chargeback")
    assert set(row.may_belong_to) == LEFT


@pytest.mark.parametrize(("place", "waits_for"), [("rule", "rule"), ("stripe_fees", "leader")])
async def test_what_is_explained_says_for_whom_it_waits(
    conn: Connection, place: str, waits_for: str
) -> None:
    deal = await invoicing.fw01(conn)
    line = await explaining.aside(conn, deal, stripe.line("fee", -7_00))
    assert (await only(conn, deal)).waits_for is None
    waiting = await explaining.proposed(conn, deal, line, as_(place))
    row = await only(conn, deal)
    assert (row.explanation_id, row.waits_for) == (waiting.id, waits_for)
    assert (code_of(row), row.may_belong_to) == (f"waits_for_{waits_for}", [])


async def test_a_loss_that_is_proposed_waits_for_a_leader(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    short = await writing_off.short(conn, deal)
    assert code_of(await only(conn, deal)) == "chargeback_owed"
    waiting = await writing_off.proposed(conn, deal, short)
    row = await only(conn, deal)
    assert (row.write_off_id, row.waits_for, code_of(row)) == (
        waiting.id,
        "leader",
        "waits_for_leader",
    )
