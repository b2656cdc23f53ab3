"""A debt in another currency than the balance's closes on both sides; the rate's part is told."""

from __future__ import annotations

import msgspec
import pytest

from market.auditor import audit
from market.base import clock, db
from market.ledger import operations as ledger
from market.money.payments.chargebacks import losing
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.refunds import operations as refunds
from market.money.payments.stripe_balance.model import Disputed
from market.money.payments.stripe_lines import operations as stripe_lines
from tests.conftest import Clone
from tests.world import card_refunds, dunning, invoicing, money, stripe
from tests.world.dunning import Market
from tests.world.invoicing import Deal
from tests.world.stripe import line

PAID, BROUGHT = 25_800_00, 3_612_00  # CNY by the payer, USD in the balance
KINDS = ("fx_position", "exchange_difference", "stripe_disputed", "receivable", "suspense")


class Abroad:
    """A payment of the whole first invoice, changed into dollars."""

    def __init__(self, market: Market, deal: Deal, told: Disputed) -> None:
        self.market = market
        self.deal = deal
        self.told = told

    async def moves(self, category: str, amount_minor: int, told: Disputed | None = None) -> None:
        moved = line(category, amount_minor, currency="USD", dispute=told or self.told)
        await stripe.booked(self.market.conn, self.deal, moved)

    async def is_lost(self, told: Disputed | None = None) -> None:
        assert await losing.lose(self.market.conn, self.deal.unit.id, told or self.told)

    async def balances(self) -> dict[tuple[str, str], int]:
        """Those that are not zero, of what this is about: debit less credit."""
        conn, finance = self.market.conn, self.deal.finance
        async with db.look(conn, finance):
            today = await clock.today(conn)
            told = await ledger.trial_balance(conn, finance, self.deal.unit.id, today)
        left = {
            (one.kind, one.currency): one.debit_minor - one.credit_minor
            for one in told
            if one.kind in KINDS
        }
        return {place: amount for place, amount in left.items() if amount}

    async def unexplained(self) -> list[int]:
        found = await stripe_lines.list_lines(
            self.market.conn, self.deal.finance, self.deal.unit.id, after=None, limit=9
        )
        return [one.amount_minor for one in found if not one.is_explained]


async def abroad(market: Market) -> Abroad:
    conn, deal = market.conn, await invoicing.fw01(market.conn)
    invoice = await invoicing.issued(conn, deal)
    assert invoice.amount_minor == PAID
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    charge = line(
        "charge",
        BROUGHT,
        currency="USD",
        paid_currency="CNY",
        paid_minor=PAID,
        intent_id=payment.intent_id,
    )
    await stripe.booked(conn, deal, charge)
    return Abroad(market, deal, stripe.dispute_of(payment, PAID, "lost"))


async def no_faults(market: Market) -> bool:
    return (await audit.run(market.addresses.auditor)).faults == []


async def test_a_loss_at_another_rate_leaves_a_difference_and_no_position(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        case = await abroad(market)
        assert await no_faults(market)
        await case.moves("dispute", -3_700_00)
        await case.is_lost()
        owed = {("receivable", "CNY"): PAID}
        assert await case.balances() == owed | {("exchange_difference", "USD"): 88_00}
        assert await no_faults(market)

        await case.moves("dispute_reversal", 3_690_00)
        assert await case.balances() == {
            ("fx_position", "CNY"): PAID,
            ("fx_position", "USD"): -BROUGHT,
            ("exchange_difference", "USD"): 10_00,
        }
        assert await no_faults(market)


async def test_what_no_rate_explains_is_no_difference(stocked: Clone) -> None:
    """A small part comes back, then the rest at another rate, then more than was taken."""
    async with dunning.opened(stocked) as market:
        case = await abroad(market)
        await case.moves("dispute", -3_700_00)
        await case.is_lost()
        await case.moves("dispute_reversal", 100_00)
        part = 697_29  # of 25,800.00, as 100.00 is of 3,700.00
        assert await case.balances() == {
            ("receivable", "CNY"): PAID - part,
            ("fx_position", "CNY"): part,
            ("fx_position", "USD"): -97_63,
            ("exchange_difference", "USD"): 88_00 - 100_00 + 97_63,
        }
        assert await no_faults(market)

        await case.moves("dispute_reversal", 3_600_00 + 500_00)
        assert await case.balances() == {
            ("fx_position", "CNY"): PAID,
            ("fx_position", "USD"): -BROUGHT,
            ("suspense", "USD"): -500_00,
        }
        assert await no_faults(market)


async def test_a_part_that_was_taken_for_all_is_made_up_by_the_next(stocked: Clone) -> None:
    """And what comes after that is more than was taken."""
    async with dunning.opened(stocked) as market:
        case = await abroad(market)
        paid = await case.balances()
        await case.moves("dispute", -BROUGHT)
        await case.is_lost()
        await case.moves("dispute_reversal", 3_300_00)
        assert await case.balances() == paid | {("exchange_difference", "USD"): 312_00}

        await case.moves("dispute_reversal", 300_00)
        assert await case.balances() == paid | {("exchange_difference", "USD"): 12_00}
        assert await no_faults(market)

        await case.moves("dispute_reversal", 12_00)
        assert await case.balances() == paid
        assert await case.unexplained() == []
        assert await no_faults(market)

        await case.moves("dispute_reversal", 5_00)
        assert await case.balances() == paid | {("suspense", "USD"): -5_00}
        assert await case.unexplained() == [5_00]
        assert await no_faults(market)


async def test_so_is_a_part_of_one_that_was_won(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        case = await abroad(market)
        before = await case.balances()
        await case.moves("dispute", -3_700_00)
        await case.moves("dispute_reversal", 3_650_00)
        await case.moves("dispute_reversal", 60_00)
        assert await case.balances() == before | {("suspense", "USD"): -10_00}
        assert await case.unexplained() == [60_00]
        assert await no_faults(market)


async def test_what_stripe_keeps_of_one_that_was_won_is_no_difference_either(
    stocked: Clone,
) -> None:
    async with dunning.opened(stocked) as market:
        case = await abroad(market)
        before = await case.balances()
        await case.moves("dispute", -3_700_00)
        await case.moves("dispute_reversal", 100_00)
        assert await case.balances() == before | {("suspense", "USD"): 3_600_00}
        assert await no_faults(market)


async def test_parts_that_are_lost_add_up_to_what_the_charge_brought(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        case = await abroad(market)
        for number, (amount, held) in enumerate(((8_600_01, 1_200_00), (17_199_99, 2_400_00))):
            told = Disputed(
                f"{case.told.id}_{number}", amount, "CNY", "fraudulent", "lost", None,
                case.told.intent_id, None,
            )  # fmt: skip
            await case.moves("dispute", -held, told)
            await case.is_lost(told)
            assert await no_faults(market)
        assert await case.balances() == {
            ("receivable", "CNY"): PAID,
            ("exchange_difference", "USD"): -12_00,
        }


async def test_one_that_is_won_at_another_rate_leaves_nothing_in_dispute(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        case = await abroad(market)
        before = await case.balances()
        await case.moves("dispute", -3_700_00)
        await case.moves("dispute_reversal", 3_650_00)
        assert await case.balances() == before | {("exchange_difference", "USD"): 50_00}
        assert await no_faults(market)


@pytest.mark.parametrize("comes_first", ["taken", "back"])
async def test_one_that_comes_back_in_another_currency_is_won_and_each_side_is_a_difference(
    stocked: Clone, comes_first: str
) -> None:
    """What comes back beyond that is nobody's difference."""
    async with dunning.opened(stocked) as market:
        case = await abroad(market)
        before = await case.balances()
        taken = line("dispute", -25_900_00, dispute=case.told)
        back = line("dispute_reversal", 3_650_00, currency="USD", dispute=case.told)
        await stripe.booked(
            market.conn, case.deal, *((taken, back) if comes_first == "taken" else (back, taken))
        )
        won = before | {
            ("exchange_difference", "CNY"): 25_900_00,
            ("exchange_difference", "USD"): -3_650_00,
        }
        assert await case.balances() == won
        assert await case.unexplained() == []
        [one] = await chargebacks.list_chargebacks(
            market.conn, case.deal.finance, case.deal.unit.id
        )
        assert one.state == "won"
        assert await no_faults(market)

        for currency in ("USD", "CNY"):
            more = line("dispute_reversal", 40_00, currency=currency, dispute=case.told)
            await stripe.booked(market.conn, case.deal, more)
        assert await case.balances() == won | {
            ("suspense", "USD"): -40_00,
            ("suspense", "CNY"): -40_00,
        }
        assert await no_faults(market)


async def test_what_nobody_asked_for_leaves_suspense_as_it_came(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        deal = await invoicing.fw01(market.conn)
        told = Disputed("dp_past_us", PAID, "CNY", "fraudulent", "lost", None, None, "ch_past_us")
        case = Abroad(market, deal, told)
        charge = line("charge", BROUGHT, currency="USD", paid_currency="CNY", paid_minor=PAID)
        await stripe.booked(market.conn, deal, charge)
        await case.moves("dispute", -BROUGHT)
        await case.is_lost()
        assert await case.balances() == {}
        await case.moves("dispute_reversal", BROUGHT)
        assert await case.balances() == {("suspense", "USD"): -BROUGHT}
        assert await no_faults(market)


async def test_a_refund_from_a_third_balance_stands_in_suspense_and_stays_on_its_way(
    stocked: Clone,
) -> None:
    """Neither what its payer paid nor what that was changed into tells what it closes."""
    async with dunning.opened(stocked) as market:
        conn, deal = market.conn, await invoicing.fw01(market.conn)
        payment = await card_refunds.paid_and_credited(conn, deal)
        wanted = card_refunds.wanted(900_00)
        asked = await refunds.propose_card_refund(conn, deal.finance, payment.id, wanted)
        refund = await refunds.approve_refund(conn, deal.leader, asked.id)
        await card_refunds.called(conn, refund)
        await card_refunds.heard(conn, refund, "succeeded")
        in_cny = card_refunds.line(payment, refund, "succeeded")
        await stripe.booked(conn, deal, msgspec.structs.replace(
            in_cny, currency="HKD", amount_minor=-980_00, net_minor=-980_00,
            paid_currency="CNY", paid_minor=-900_00,
        ))  # fmt: skip
        case = Abroad(market, deal, stripe.dispute_of(payment, PAID, "lost"))
        assert await case.balances() == {("suspense", "HKD"): 980_00}
        assert await money.balance(conn, deal.unit.id, "refund_pending", deal.enterprise.id) == (
            900_00
        )
        read = await refunds.find_refund(conn, deal.finance, refund.id)
        assert (read.state, read.stripe_status) == ("sent", "succeeded")
        rest = card_refunds.wanted(PAID - 900_00)
        await refunds.propose_card_refund(conn, deal.finance, payment.id, rest)
        assert await no_faults(market)
