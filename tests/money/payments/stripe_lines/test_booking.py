"""Each line of Stripe's balance is posted once, where it belongs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.ledger import operations as ledger
from market.ledger.model import Account
from market.money.invoicing import operations as invoices
from market.money.payments.chargebacks import following, losing
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.chargebacks.model import ChargebackState
from market.money.payments.chargebacks.views import chargebacks_of
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_lines import operations
from market.money.payments.stripe_lines.model import PayoutState
from market.money.reconciliation.matching.arriving import PayoutTaken
from market.money.reconciliation.matching.payout_queries import payouts_of
from tests.world import invoicing, money, stripe
from tests.world.stripe import DISPUTED, VISA, Till, line


async def lines_of(till: Till) -> list[StripeLine]:
    async with db.lease(till.pool) as conn:
        return await operations.list_lines(
            conn, till.deal.finance, till.books, after=None, limit=100
        )


async def truth_of(till: Till) -> int:
    """What Stripe itself says is in the account, in minor units."""
    async with db.lease(till.pool) as conn:
        rail = await till.rails.of(conn, till.books)
    assert rail is not None
    balance: Any = await rail.v1.balance.retrieve_async()
    return sum(part.amount for part in [*balance.available, *balance.pending])


async def follow_chargebacks(till: Till) -> None:
    async with db.lease(till.pool) as conn:
        rail = await till.rails.of(conn, till.books)
    assert rail is not None
    await following.follow_all(till.pool, rail)


async def test_lines_are_read_again_and_booked_once(till: Till) -> None:
    await till.paid(await till.issued(0))
    await till.paid(await till.issued(1))
    before = await till.balance("stripe_balance")
    for _ in range(3):
        await till.later()
    assert [one.category for one in await lines_of(till)] == ["charge", "charge"]
    assert await till.balance("stripe_balance") == before == await truth_of(till)


async def test_a_chargeback_that_is_lost_reopens_the_invoice_and_one_won_gives_it_back(
    till: Till,
) -> None:
    lost, won = await till.issued(0), await till.issued(1)
    await till.paid(lost, card=DISPUTED)
    await till.paid(won, card=DISPUTED)
    await till.later()
    assert await till.balance("stripe_disputed") == 68_800_00
    async with db.lease(till.pool) as conn, db.look(conn, SYSTEM):
        opened = await chargebacks_of(conn, SYSTEM, till.books)
    assert {one.state for one in opened} == {ChargebackState.OPENED}
    assert all(one.evidence_due_at is not None for one in opened)

    by_amount = {one.amount_minor: one for one in opened}
    for amount, is_won in ((25_800_00, "false"), (43_000_00, "true")):
        await till.control("disputes/judge", dispute=by_amount[amount].dispute_id, won=is_won)
    await till.later()
    await follow_chargebacks(till)
    await follow_chargebacks(till)

    assert (await till.invoice(lost.id)).state == "open"
    assert (await till.invoice(won.id)).state == "paid"
    assert await till.balance("stripe_disputed") == 0
    assert await till.balance("receivable", till.deal.enterprise.id) == 25_800_00
    assert await till.balance("stripe_balance") == await truth_of(till)
    async with db.lease(till.pool) as conn, db.look(conn, SYSTEM):
        decided = await chargebacks_of(conn, SYSTEM, till.books)
    assert {(one.amount_minor, one.state) for one in decided} == {
        (25_800_00, "lost"), (43_000_00, "won")
    }  # fmt: skip


async def test_a_part_that_is_lost_is_owed_again_and_no_more(till: Till) -> None:
    invoice = await till.issued()
    payment = await till.paid(invoice)
    await till.control("disputes", charge=payment.charge_id, amount=10_000_00)
    await till.later()
    async with db.lease(till.pool) as conn, db.look(conn, SYSTEM):
        [opened] = await chargebacks_of(conn, SYSTEM, till.books)
    await till.control("disputes/judge", dispute=opened.dispute_id, won="false")
    await follow_chargebacks(till)
    reopened = await till.invoice(invoice.id)
    assert (reopened.state, reopened.open_minor) == ("part_paid", 10_000_00)
    assert await till.balance("receivable", till.deal.enterprise.id) == 10_000_00
    again = await till.paid(reopened)
    assert again.amount_minor == 10_000_00
    assert (await till.invoice(invoice.id)).state == "paid"


async def test_a_payout_is_its_charges_less_fees_and_a_monthly_fee(till: Till) -> None:
    await till.paid(await till.issued(0))
    await till.paid(await till.issued(1))
    await till.control("fees", amount=50_00, description="Monthly fee")
    await till.control("clock", seconds=3 * 86_400)
    await till.control("payouts")
    await till.later()

    async with db.lease(till.pool) as conn, db.look(conn, SYSTEM):
        [payout] = await payouts_of(conn, SYSTEM, till.books)
    lines = await lines_of(till)
    assert payout.amount_minor == sum(one.net_minor for one in lines if one.category != "payout")
    assert await till.balance("stripe_in_transit") == payout.amount_minor
    assert await till.balance("stripe_balance") == 0 == await truth_of(till)
    fees = sum(one.fee_minor for one in lines) + 50_00
    assert await till.balance("stripe_fees") == fees
    await till.control("payouts/fail", payout=payout.payout_id)
    await till.later()
    async with db.lease(till.pool) as conn, db.look(conn, SYSTEM):
        [failed] = await payouts_of(conn, SYSTEM, till.books)
    assert failed.state == PayoutState.FAILED
    assert await till.balance("stripe_in_transit") == 0
    assert await till.balance("stripe_balance") == payout.amount_minor == await truth_of(till)


async def test_what_was_paid_past_us_stands_in_suspense(till: Till) -> None:
    async with db.lease(till.pool) as conn:
        rail = await till.rails.of(conn, till.books)
    assert rail is not None
    await rail.v1.payment_intents.create_async(
        {"amount": 99_00, "currency": "cny", "payment_method": "pm_card_visa", "confirm": True}
    )
    await till.later()
    [line] = await lines_of(till)
    assert (line.is_explained, line.online_payment_id) == (False, None)
    assert await till.balance("suspense") == 99_00
    assert await till.balance("stripe_balance") == await truth_of(till)


async def test_what_another_rail_paid_meanwhile_becomes_credit(till: Till) -> None:
    invoice = await till.issued()
    payment = await till.presented(invoice)
    await till.pays(payment)
    await till.pay_by_bank(invoice)
    await till.later()
    paid = await till.invoice(invoice.id)
    assert (paid.state, paid.paid_minor) == ("paid", 25_800_00)
    assert await till.balance("customer_credit", till.deal.enterprise.id) == 25_800_00


async def test_a_payout_is_seen_at_the_bank(till: Till) -> None:
    await till.paid(await till.issued(0))
    await till.control("clock", seconds=3 * 86_400)
    await till.control("payouts")
    await till.later()
    async with db.lease(till.pool) as conn:
        [payout] = await stripe.payouts_of(conn, till.deal)
        bank = await money.bank(conn, till.deal)
        came = money.Line(payout.amount_minor, "STRIPE PAYMENTS", "STRIPE PAYOUT")
        [first] = (await money.imported(conn, bank, [came])).outcomes
        assert first.reasons[0].code == "payout_expected"
        rest = stripe.of_payout(payout)
        match = await money.matched(conn, till.deal.finance, first.line_id, rest=rest)
        # Stripe's days have passed here, the bank's have not: it is seen before it was sent.
        assert [one["code"] for one in match.reasons[1:]] == ["payout_stranger", "payout_off_day"]
        await money.confirmed(conn, till.deal.leader, match)
    assert await till.balance("stripe_in_transit") == 0
    assert await till.balance("suspense") == 0
    async with db.lease(till.pool) as conn:
        other = await money.second_account(conn, bank)
        [again] = (await money.imported(conn, other, [came])).outcomes
        with pytest.raises(PayoutTaken):
            await money.matched(conn, till.deal.finance, again.line_id, rest=rest)


@pytest.mark.parametrize("lost", [True, False])
async def test_a_balance_in_another_currency_is_changed_through_a_position(
    till: Till, lost: bool
) -> None:
    await till.control("rates", currency="cny", into="usd", rate="0.14")
    invoice = await till.issued()
    await till.paid(invoice, card=DISPUTED if lost else VISA)
    [charge] = [one for one in await lines_of(till) if one.category == "charge"]
    assert (charge.currency, charge.amount_minor) == ("USD", 3_612_00)
    assert (charge.paid_currency, charge.paid_minor) == ("CNY", 25_800_00)
    assert await till.balance("fx_position") == 25_800_00
    if not lost:
        assert (await till.invoice(invoice.id)).state == "paid"
        return
    async with db.lease(till.pool) as conn:
        [opened] = await chargebacks.list_chargebacks(conn, till.deal.finance, till.books)
    assert (opened.amount_minor, opened.held_minor, opened.held_currency) == (
        25_800_00, 3_612_00, "USD"
    )  # fmt: skip
    await till.control("disputes/judge", dispute=opened.dispute_id, won="false")
    await follow_chargebacks(till)
    assert (await till.invoice(invoice.id)).state == "open"
    assert await till.balance("receivable", till.deal.enterprise.id) == 25_800_00
    assert await till.balance("fx_position") == 0


async def test_money_in_another_currency_than_asked_stands_in_suspense(conn: Connection) -> None:
    """Charged, taken back and given back: none of it counts as the invoice's."""
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    told = msgspec.structs.replace(
        stripe.dispute_of(payment, 3_612_00, "needs_response"), currency="USD"
    )

    async def suspense() -> int:
        return await ledger.balance(conn, deal.unit.id, Account("suspense"), "USD")

    async def booked(category: str, amount_minor: int, **more: object) -> None:
        await stripe.booked(conn, deal, line(category, amount_minor, currency="USD", **more))

    async with db.look(conn, SYSTEM):
        await booked("charge", 3_612_00, intent_id=payment.intent_id)
        assert await suspense() == 3_612_00
        await booked("dispute", -3_612_00, dispute=told)
        lost = msgspec.structs.replace(told, status="lost")
        assert await losing.lose(conn, deal.unit.id, lost)
        assert await suspense() == 0
        await booked("dispute_reversal", 3_612_00, dispute=told)
        assert await suspense() == 3_612_00
        found = await operations.list_lines(conn, SYSTEM, deal.unit.id, after=None, limit=9)
    assert {one.online_payment_id for one in found} == {None}
    # What came back makes the loss up; what is nobody's is the charge, as before.
    unexplained = [one.category for one in found if not one.is_explained]
    assert unexplained == ["charge"]
    unpaid = await invoices.find_invoice(conn, deal.buyer, invoice.id)
    assert (unpaid.state, unpaid.paid_minor) == ("open", 0)
