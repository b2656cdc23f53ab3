"""Payouts go to the bank, and from it where the balance with Stripe is below zero."""

from __future__ import annotations

from market.base import db
from market.base.access import SYSTEM
from market.ledger import queries as ledger
from market.money.payments.stripe_lines.model import Payout, PayoutState
from market.money.reconciliation.matching.model import MatchState
from market.money.reconciliation.matching.payout_queries import payouts_of
from tests.money.payments.stripe_lines.test_booking import lines_of, truth_of
from tests.world import money, stripe
from tests.world.stripe import Till

DISPUTE_FEE_MINOR = 85_00


async def newest(till: Till) -> Payout:
    async with db.lease(till.pool) as conn, db.look(conn, SYSTEM):
        return (await payouts_of(conn, SYSTEM, till.books))[0]


async def paid_out(till: Till) -> Payout:
    """A charge that is on its way to the bank."""
    payment = await till.paid(await till.issued())
    await till.control("clock", seconds=3 * 86_400)
    await till.control("payouts")
    await till.control("disputes", charge=payment.charge_id, amount=25_800_00)
    await till.later()
    return await newest(till)


async def taken(till: Till) -> Payout:
    await till.control("payouts/take", allowed="true")
    await till.control("payouts")
    await till.later()
    return await newest(till)


async def test_what_the_balance_lacks_is_taken_from_the_bank(till: Till) -> None:
    sent = await paid_out(till)
    assert await till.balance("stripe_balance") == -25_800_00 - DISPUTE_FEE_MINOR
    debit = await taken(till)
    assert debit.amount_minor == -25_800_00 - DISPUTE_FEE_MINOR
    assert await till.balance("stripe_balance") == 0 == await truth_of(till)
    assert await till.balance("stripe_in_transit") == sent.amount_minor + debit.amount_minor
    line = (await lines_of(till))[0]
    async with db.lease(till.pool) as conn, db.look(conn, SYSTEM):
        posted = await ledger.posting_of_cause(conn, line.cause)
    assert posted is not None
    [transfer] = posted.transfers
    legs = (transfer.debit_kind, transfer.credit_kind, transfer.amount_minor)
    assert legs == ("stripe_balance", "stripe_in_transit", 25_885_00)


async def test_a_bank_that_lets_nothing_be_taken_leaves_the_balance_below_zero(till: Till) -> None:
    sent = await paid_out(till)
    debit = await taken(till)
    await till.control("payouts/fail", payout=debit.payout_id)
    await till.later()
    failed = await newest(till)
    assert (failed.state, failed.amount_minor) == (PayoutState.FAILED, debit.amount_minor)
    assert await till.balance("stripe_in_transit") == sent.amount_minor
    assert await till.balance("stripe_balance") == debit.amount_minor == await truth_of(till)


async def test_both_are_seen_at_the_bank(till: Till) -> None:
    payouts = [await paid_out(till), await taken(till)]
    async with db.lease(till.pool) as conn:
        bank = await money.bank(conn, till.deal)
        banks = [bank, await money.second_account(conn, bank)]
        for payout, bank in zip(payouts, banks, strict=True):
            line_id = await stripe.seen(conn, bank, payout.amount_minor)
            rest = stripe.of_payout(payout)
            match = await money.matched(conn, till.deal.finance, line_id, rest=rest)
            # Stripe's days have passed here, the bank's have not: it is seen before it was sent.
            assert match.state == MatchState.WAITING
            await money.confirmed(conn, till.deal.leader, match)
    assert await till.balance("stripe_in_transit") == 0
    assert await till.balance("suspense") == 0
