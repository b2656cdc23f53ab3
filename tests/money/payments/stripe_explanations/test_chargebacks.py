"""What a line of a chargeback left in suspense, whoever explains it."""

from __future__ import annotations

import msgspec
import pytest

from market.auditor import audit
from market.money.payments.chargebacks import losing
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.chargebacks.write_offs import operations as write_offs
from market.money.payments.chargebacks.write_offs.model import ChargebackWriteOff
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.stripe_balance.faults import Unbookable
from market.money.payments.stripe_balance.model import Balance, Disputed
from market.money.payments.stripe_explanations import model, operations
from tests.conftest import Clone
from tests.world import dunning, explaining, invoicing, money, stripe
from tests.world.explaining import as_
from tests.world.invoicing import Deal
from tests.world.stripe import line


async def paid(market: dunning.Market) -> tuple[Deal, FullOnlinePayment, Disputed]:
    """By a charge that its payer's bank asks back."""
    deal = await invoicing.fw01(market.conn)
    invoice = await invoicing.issued(market.conn, deal)
    payment = await stripe.told_of(market.conn, deal.unit, deal.buyer, invoice)
    charge = line("charge", payment.amount_minor, intent_id=payment.intent_id)
    await stripe.booked(market.conn, deal, charge)
    return deal, payment, stripe.dispute_of(payment, payment.amount_minor, "needs_response")


async def test_both_lines_of_a_chargeback_set_aside_are_booked_by_their_rule_in_turn(
    stocked: Clone,
) -> None:
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal, payment, told = await paid(market)
        takes = line("dispute", -payment.amount_minor, dispute=told)
        gives = line("dispute_reversal", payment.amount_minor, dispute=told)
        taken = await explaining.aside(conn, deal, takes)
        given = await explaining.unknown(conn, deal, gives)
        assert not given.is_explained
        for aside in (taken, given):
            with pytest.raises(model.LineOfItsRule):
                await explaining.proposed(conn, deal, aside, as_("write_off"))

        await explaining.by_rule(conn, deal, taken, takes)
        await explaining.by_rule(conn, deal, given, gives)

        [one] = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)
        assert (one.state, one.held_minor) == ("won", payment.amount_minor)
        for kind in ("suspense", "stripe_disputed"):
            assert await money.balance(conn, deal.unit.id, kind) == 0
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_comes_back_in_another_currency_is_its_rules_until_it_is_decided(
    stocked: Clone,
) -> None:
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal, payment, told = await paid(market)
        whole = payment.amount_minor
        await stripe.booked(conn, deal, line("dispute", -whole, dispute=told))
        gives = line("dispute_reversal", 3_000_00, dispute=told, currency="USD")
        given = await explaining.aside(conn, deal, gives)
        with pytest.raises(model.LineOfItsRule):
            await explaining.proposed(conn, deal, given, as_("exchange_difference"))

        await explaining.by_rule(conn, deal, given, gives)

        [one] = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)
        assert one.state == "won"
        for kind, amount in (
            ("suspense", 0), ("stripe_disputed", 0), ("exchange_difference", whole),
        ):  # fmt: skip
            assert abs(await money.balance(conn, deal.unit.id, kind)) == amount
        assert (await audit.run(market.addresses.auditor)).faults == []


PAST_US = Disputed("dp_x", 500_00, "CNY", "fraudulent", "lost", None, None, "ch_x")


def of_nobody() -> Balance:
    return line("charge", 700_00, charge_id="ch_x", source_id="ch_x")


@pytest.mark.parametrize("lost_minor", [700_00, 500_00])
async def test_a_loss_of_a_charge_of_nobody_stands_beside_it_and_whole_both_are_written_off(
    stocked: Clone, lost_minor: int
) -> None:
    """On the same day. What is not lost is somebody's."""
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        charge = await explaining.unknown(conn, deal, of_nobody())
        lost = msgspec.structs.replace(PAST_US, amount_minor=lost_minor)
        await stripe.booked(conn, deal, line("dispute", -lost_minor, dispute=lost))
        assert await losing.lose(conn, deal.unit.id, lost)

        left = await money.suspense(conn, deal.finance)
        told = {(one.source, one.amount_minor) for one in left}
        assert told == {("stripe", 700_00), ("chargeback", -lost_minor)}
        if lost_minor < 700_00:
            with pytest.raises(model.PlaceNotOfLine):
                await explaining.proposed(conn, deal, charge, as_("write_off"))
        else:
            done = await explaining.explained(conn, deal, charge, as_("write_off"))
            loss = await written_off(market, deal)
            assert done.explained_on == loss.written_off_on
            assert await money.suspense(conn, deal.finance) == []
            for kind in ("suspense", "write_off"):
                assert await money.balance(conn, deal.unit.id, kind) == 0
        assert (await audit.run(market.addresses.auditor)).faults == []


@pytest.mark.parametrize("currency", ["CNY", "USD"])
async def test_of_one_that_was_refunded_in_part_and_lost_for_the_rest_all_are_written_off(
    stocked: Clone, currency: str
) -> None:
    """Whichever balance the loss was taken from."""
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        charge = await explaining.unknown(conn, deal, of_nobody())
        of = {"charge_id": "ch_x", "source_id": "re_x"}
        refund = await explaining.unknown(conn, deal, line("refund", -200_00, **of))
        taken = line("dispute", -500_00, dispute=PAST_US, currency=currency, charge_id="ch_x")
        await stripe.booked(conn, deal, taken)
        assert await losing.lose(conn, deal.unit.id, PAST_US)
        for one in (charge, refund):
            await explaining.explained(conn, deal, one, as_("write_off"))
        await written_off(market, deal)
        assert await money.suspense(conn, deal.finance) == []
        lost_here = 500_00 if currency == "CNY" else 0
        assert await money.balance(conn, deal.unit.id, "write_off") == lost_here - 500_00
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_comes_back_of_it_makes_the_loss_up_and_the_charge_stands_alone(
    stocked: Clone,
) -> None:
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        charge = await explaining.unknown(conn, deal, of_nobody())
        whole = msgspec.structs.replace(PAST_US, amount_minor=700_00)
        await stripe.booked(conn, deal, line("dispute", -700_00, dispute=whole))
        assert await losing.lose(conn, deal.unit.id, whole)
        for place in ("interest_income", "rule"):
            with pytest.raises(model.PlaceNotOfLine):
                await explaining.proposed(conn, deal, charge, as_(place))

        await stripe.booked(conn, deal, line("dispute_reversal", 700_00, dispute=whole))
        [left] = await money.suspense(conn, deal.finance)
        assert (left.id, left.amount_minor) == (charge.id, 700_00)
        assert await money.balance(conn, deal.unit.id, "suspense") == 700_00
        with pytest.raises(model.PlaceNotOfLine):
            await explaining.proposed(conn, deal, charge, as_("write_off"))
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_was_lost_of_no_charge_here_is_written_off_until_it_comes_back(
    stocked: Clone,
) -> None:
    """As where the charge was made before the books began; some comes back, then the rest."""
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        await stripe.booked(conn, deal, line("dispute", -500_00, dispute=PAST_US))
        assert await losing.lose(conn, deal.unit.id, PAST_US)
        assert await owed(market, deal) == ("lost", 500_00)

        await written_off(market, deal)
        assert await money.suspense(conn, deal.finance) == []
        for kind, amount in (("suspense", 0), ("write_off", 500_00)):
            assert await money.balance(conn, deal.unit.id, kind) == amount
        assert (await audit.run(market.addresses.auditor)).faults == []

        await stripe.booked(conn, deal, line("dispute_reversal", 200_00, dispute=PAST_US))
        assert await owed(market, deal) == ("reinstated", 300_00)
        assert await money.balance(conn, deal.unit.id, "write_off") == 0
        await stripe.booked(conn, deal, line("dispute_reversal", 340_00, dispute=PAST_US))
        assert await owed(market, deal) == ("reinstated", 0)
        [left] = await money.suspense(conn, deal.finance)
        assert (left.source, left.amount_minor) == ("stripe", 40_00)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_a_loss_in_its_payers_currency_is_owed_as_stripe_held_it(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        charge = msgspec.structs.replace(of_nobody(), paid_currency="USD", paid_minor=100_00)
        brought = await explaining.unknown(conn, deal, charge)
        told = msgspec.structs.replace(PAST_US, amount_minor=100_00, currency="USD")
        await stripe.booked(conn, deal, line("dispute", -710_00, dispute=told))
        assert await losing.lose(conn, deal.unit.id, told)

        await explaining.explained(conn, deal, brought, as_("write_off"))
        loss = await written_off(market, deal)
        assert (loss.currency, loss.amount_minor) == ("CNY", 710_00)
        assert await money.suspense(conn, deal.finance) == []
        assert await money.balance(conn, deal.unit.id, "suspense") == 0
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_comes_back_and_was_set_aside_makes_it_up_by_its_rule(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        await stripe.booked(conn, deal, line("dispute", -500_00, dispute=PAST_US))
        assert await losing.lose(conn, deal.unit.id, PAST_US)
        gives = line("dispute_reversal", 500_00, dispute=PAST_US)
        given = await explaining.aside(conn, deal, gives)

        await explaining.by_rule(conn, deal, given, gives)

        assert await owed(market, deal) == ("reinstated", 0)
        assert await money.suspense(conn, deal.finance) == []
        assert await money.balance(conn, deal.unit.id, "suspense") == 0
        assert (await audit.run(market.addresses.auditor)).faults == []


async def owed(market: dunning.Market, deal: Deal) -> tuple[str, int]:
    [one] = await chargebacks.list_chargebacks(market.conn, deal.finance, deal.unit.id)
    return one.state, one.owed_minor


async def written_off(market: dunning.Market, deal: Deal) -> ChargebackWriteOff:
    [one] = await chargebacks.list_chargebacks(market.conn, deal.finance, deal.unit.id)
    waiting = await write_offs.propose_write_off(market.conn, deal.finance, one.id, "无人承担")
    return await write_offs.approve_write_off(market.conn, deal.leader, waiting.id)


async def test_a_charge_that_was_lost_since_its_rule_was_asked_for_is_not_booked(
    stocked: Clone,
) -> None:
    """Set aside by a fault that has passed, and disputed before that was known."""
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        payment = await stripe.told_of(
            conn, deal.unit, deal.buyer, await invoicing.issued(conn, deal)
        )
        told = msgspec.structs.replace(of_nobody(), intent_id=payment.intent_id)
        charge = await explaining.aside(conn, deal, told)
        waiting = await explaining.proposed(conn, deal, charge, as_("rule"))
        await stripe.booked(conn, deal, line("dispute", -500_00, dispute=PAST_US))
        assert await losing.lose(conn, deal.unit.id, PAST_US)

        now = msgspec.structs.replace(told, id=charge.balance_transaction_id)
        with pytest.raises(Unbookable, match="chargeback"):
            await operations.book_by_rule(conn, waiting.id, now, is_disputed=True)

        assert await money.balance(conn, deal.unit.id, "suspense") == 200_00
        assert (await audit.run(market.addresses.auditor)).faults == []
