"""A charge that nobody asked for here, and that its payer's bank asked back."""

from __future__ import annotations

import pytest

from market.auditor import audit
from market.base.access import BothSides, Role
from market.base.db import Connection
from market.money.payments import model as payments
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.chargebacks import recovering
from market.money.payments.chargebacks.write_offs import operations as write_offs
from market.money.payments.chargebacks.write_offs.model import CreditLeft
from market.money.payments.refunds import operations as refunds
from market.money.payments.refunds.model import CreditOwed
from market.money.payments.stripe_explanations import model, operations
from market.money.payments.stripe_explanations.model import LineExplanation
from market.money.payments.stripe_explanations.undoing import model as undoing
from tests.conftest import Clone
from tests.world import dunning, explaining, identity, invoicing, money, stripe
from tests.world.explaining import as_
from tests.world.past_market import CH, PAID, Desk, disputed, to_bank


@pytest.fixture
async def desk(conn: Connection) -> Desk:
    return Desk(conn, await invoicing.fw01(conn))


async def test_a_chargeback_of_it_holds_the_credit_and_takes_it_when_it_is_lost(
    desk: Desk,
) -> None:
    await desk.charged()
    await desk.dispute(PAID)
    assert await desk.held() == PAID
    invoice = await invoicing.issued(desk.conn, desk.deal)
    with pytest.raises(payments.CreditHeld):
        await money.credit_used(desk.conn, desk.deal.finance, invoice.id, 1_00)
    await desk.lost()
    assert (await desk.balance("customer_credit"), await desk.held()) == (0, 0)
    assert (await desk.balance("suspense"), await desk.balance("stripe_disputed")) == (0, 0)

    await desk.credited(await desk.back(PAID))
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (PAID, 0)


async def test_one_that_is_won_gives_the_credit_free(desk: Desk) -> None:
    await desk.charged()
    await desk.dispute(PAID)
    told = disputed(PAID, "won")
    await stripe.booked(desk.conn, desk.deal, stripe.line("dispute_reversal", PAID, dispute=told))
    assert (await desk.balance("customer_credit"), await desk.held()) == (PAID, 0)


async def test_what_a_loss_finds_no_credit_for_stands_in_suspense(desk: Desk) -> None:
    await desk.charged()
    invoice = await invoicing.issued(desk.conn, desk.deal)
    await money.credit_used(desk.conn, desk.deal.finance, invoice.id, 600_00)
    await desk.dispute(PAID)
    await desk.lost()
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (0, -600_00)

    [one] = await chargebacks.list_chargebacks(desk.conn, desk.deal.finance, desk.deal.unit.id)
    own = await identity.person(desk.conn, desk.deal.unit, Role.FINANCE)
    await identity.also(desk.conn, own, desk.deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await write_offs.propose_write_off(desk.conn, own, one.id, "无人承担")
    waiting = await write_offs.propose_write_off(desk.conn, desk.deal.finance, one.id, "无人承担")
    loss = await write_offs.approve_write_off(desk.conn, desk.deal.leader, waiting.id)
    assert (await desk.balance("suspense"), await desk.balance("write_off")) == (0, 600_00)
    with pytest.raises(BothSides):
        await write_offs.recover_write_off(desk.conn, own, loss.id)


async def _lost_before_it_was_anybodys(desk: Desk) -> LineExplanation:
    """It stood in suspense beside its loss, until it was said to be credit, which paid that."""
    line = await desk.line("charge", PAID)
    given = as_("customer_credit", organisation_id=desk.deal.enterprise.id)
    waiting = await explaining.proposed(desk.conn, desk.deal, line, given)
    await desk.dispute(500_00)
    await desk.lost(500_00)
    assert (await desk.balance("suspense"), await desk.owed()) == (200_00, 500_00)
    done = await operations.approve_explanation(desk.conn, desk.deal.leader, waiting.id)
    assert await desk.balances() == (PAID, -500_00)
    assert (await desk.held_for_debts(), await desk.recovered()) == (500_00, True)
    assert await desk.balances() == (200_00, 0)
    return done


async def test_one_that_was_lost_before_it_was_anybodys_is_credit_that_makes_the_loss_up(
    desk: Desk,
) -> None:
    done = await _lost_before_it_was_anybodys(desk)
    back = await desk.back(500_00)
    with pytest.raises(model.PlaceNotOfLine):
        await explaining.proposed(desk.conn, desk.deal, back, as_("write_off"))
    await desk.credited(back)
    assert await desk.balances() == (PAID, 0)
    with pytest.raises(undoing.CameBackSince, match=r"500\.00"):
        await explaining.undone(desk.conn, desk.deal, done)


async def test_what_comes_back_of_one_that_is_nobodys_makes_its_loss_up(desk: Desk) -> None:
    """Whose the charge is can be said after that as before."""
    line = await desk.line("charge", PAID)
    await desk.dispute(PAID)
    await desk.lost()
    await desk.booked_back(PAID)
    assert (await desk.balance("suspense"), await desk.owed()) == (PAID, 0)
    await desk.credited(line)
    assert await desk.balances() == (PAID, 0)


async def test_what_a_bank_gives_back_beyond_what_it_took_is_nobodys(desk: Desk) -> None:
    await desk.charged()
    await desk.dispute(500_00)
    await desk.lost(500_00)
    await desk.credited(await desk.back(500_01))
    assert (await desk.balance("customer_credit"), await desk.balance("write_off")) == (PAID, -1)


async def test_what_comes_back_of_a_loss_makes_up_what_is_owed_and_the_rest_is_the_payers(
    desk: Desk,
) -> None:
    await desk.charged()
    invoice = await invoicing.issued(desk.conn, desk.deal)
    await money.credit_used(desk.conn, desk.deal.finance, invoice.id, 600_00)
    await desk.dispute(PAID)
    await desk.lost()
    back = await desk.back(PAID)
    assert await desk.balance("suspense") == 100_00
    with pytest.raises(model.PlaceNotOfLine):
        await explaining.proposed(desk.conn, desk.deal, back, as_("write_off"))
    await desk.credited(back)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (100_00, 0)


async def _recovered(desk: Desk) -> None:
    """What its loss found used already comes off the credit that an undone use brings."""
    conn, deal = desk.conn, desk.deal
    await desk.charged()
    invoice = await invoicing.issued(conn, deal)
    use = await money.credit_used(conn, deal.finance, invoice.id, PAID)
    await desk.dispute(PAID)
    await desk.lost()
    await money.credit_use_undone(conn, deal.finance, use)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (PAID, -PAID)
    with pytest.raises(CreditOwed):
        await refunds.propose_refund(conn, deal.finance, deal.unit.id, to_bank(deal, 1_00))
    [one] = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)
    assert (one.buyer_id, one.owed_minor) == (deal.enterprise.id, PAID)
    with pytest.raises(CreditLeft):
        await write_offs.propose_write_off(conn, deal.finance, one.id, "无人承担")
    assert await recovering.recover(conn, one.id)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (0, 0)


async def test_credit_that_comes_again_after_a_loss_is_held_and_recovered(desk: Desk) -> None:
    await _recovered(desk)
    await desk.credited(await desk.back(PAID))
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (PAID, 0)


async def test_a_refund_is_not_undone_while_its_return_stands_though_the_rest_was_lost(
    desk: Desk,
) -> None:
    await desk.charged()
    of = {"source_id": "re_back"}
    went = await desk.credited(await desk.line("refund", -100_00, **of))
    await desk.credited(await desk.line("refund_failure", 100_00, **of))
    await desk.dispute(PAID)
    await desk.lost()
    with pytest.raises(undoing.CameBackSince):
        await explaining.undone(desk.conn, desk.deal, went)


@pytest.mark.parametrize("held_minor", [650_00, 760_00])
async def test_a_loss_of_all_that_was_paid_takes_what_it_brought_at_whatever_rate(
    desk: Desk, held_minor: int
) -> None:
    await desk.charged(paid_currency="USD", paid_minor=100_00)
    await desk.dispute(100_00, "USD", held_minor=held_minor)
    await desk.lost(100_00, "USD")
    assert (await desk.balance("customer_credit"), await desk.owed()) == (0, 0)
    assert await desk.balance("exchange_difference") == held_minor - PAID
    await desk.credited(await desk.back(640_00))
    assert await desk.balance("customer_credit") == PAID


async def test_one_taken_in_another_currency_holds_all_that_is_left_until_it_is_settled(
    desk: Desk,
) -> None:
    """Written off or not. Said to be nobody's, charge and loss are both written off."""
    done = await desk.charged()
    told = disputed(PAID, "lost")
    taken = stripe.line("dispute", -98_00, dispute=told, currency="USD", charge_id=CH)
    await stripe.booked(desk.conn, desk.deal, taken)
    assert await desk.held() == PAID
    await desk.lost()
    assert (await desk.held(), await desk.balance("customer_credit")) == (PAID, PAID)
    own = await identity.person(desk.conn, desk.deal.unit, Role.FINANCE)
    await identity.also(desk.conn, own, desk.deal.enterprise, Role.BUYER)
    [one] = await chargebacks.list_chargebacks(desk.conn, desk.deal.finance, desk.deal.unit.id)
    with pytest.raises(BothSides):
        await write_offs.propose_write_off(desk.conn, own, one.id, "无人承担")
    early = await desk.written_off()
    assert await desk.held() == PAID
    await write_offs.recover_write_off(desk.conn, desk.deal.finance, early.id)
    await explaining.undone(desk.conn, desk.deal, done)
    line = await desk.same(done)
    await explaining.explained(desk.conn, desk.deal, line, as_("write_off"))
    assert (await desk.written_off()).currency == "USD"
    assert (await desk.balance("customer_credit"), await desk.balance("write_off")) == (0, -PAID)


async def test_one_taken_in_another_currency_is_a_loss_where_its_credit_is_used(desk: Desk) -> None:
    await desk.charged()
    invoice = await invoicing.issued(desk.conn, desk.deal)
    await money.credit_used(desk.conn, desk.deal.finance, invoice.id, PAID)
    told = disputed(PAID, "lost")
    taken = stripe.line("dispute", -98_00, dispute=told, currency="USD", charge_id=CH)
    await stripe.booked(desk.conn, desk.deal, taken)
    await desk.lost()
    assert (await desk.written_off()).amount_minor == 98_00


async def test_what_a_bank_gives_back_is_of_what_it_took_and_not_of_refunds(desk: Desk) -> None:
    await desk.charged()
    await desk.credited(await desk.line("refund", -300_00))
    await desk.dispute(400_00)
    await desk.lost(400_00)
    await desk.credited(await desk.back(500_00))
    assert (await desk.balance("customer_credit"), await desk.balance("write_off")) == (
        400_00,
        -100_00,
    )


async def test_what_a_bank_gives_back_in_another_currency_is_nobodys(desk: Desk) -> None:
    await desk.charged()
    await desk.dispute(PAID)
    await desk.lost()
    told = disputed(PAID, "won")
    of = {"dispute": told, "source_id": told.id, "currency": "USD"}
    back = await desk.line("dispute_reversal", 98_00, **of)
    await explaining.explained(desk.conn, desk.deal, back, as_("exchange_difference"))
    assert await desk.balance("customer_credit") == 0


async def test_a_loss_counts_once_however_many_lines_it_has(desk: Desk) -> None:
    await desk.charged()
    await desk.dispute(300_00)
    await desk.lost(300_00)
    told = disputed(300_00, "lost")
    await desk.line("dispute", -300_00, dispute=told, source_id=told.id)
    refund = await desk.line("refund", -400_00)
    assert await desk.held() == 400_00
    await desk.credited(refund)
    assert await desk.balance("customer_credit") == 0
    await desk.credited(await desk.back(300_00))
    assert await desk.balances() == (300_00, -300_00)


@pytest.mark.parametrize("category", ["refund_failure", "dispute_reversal"])
async def test_what_comes_back_at_a_better_rate_is_credit_as_far_as_it_had_gone(
    desk: Desk, category: str
) -> None:
    await desk.charged(paid_currency="USD", paid_minor=100_00)
    if category == "dispute_reversal":
        await desk.dispute(PAID)
        await desk.lost()
        await desk.credited(await desk.back(705_00))
    else:
        of = {"paid_currency": "USD", "source_id": "re_whole"}
        await desk.credited(await desk.line("refund", -PAID, paid_minor=-100_00, **of))
        await desk.credited(await desk.line(category, 705_00, paid_minor=100_00, **of))
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (PAID, 0)
    assert await desk.balance("exchange_difference") == -5_00


async def test_credited_to_the_wrong_one_it_is_undone_while_its_bank_asks_it_back(
    desk: Desk,
) -> None:
    wrong = await desk.charged()
    await desk.dispute(PAID)
    await explaining.undone(desk.conn, desk.deal, wrong)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (0, PAID)
    await desk.lost()
    assert (await desk.balance("stripe_disputed"), await desk.balance("suspense")) == (0, 0)


async def test_the_auditor_finds_no_fault_with_any_of_it(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        desk = Desk(market.conn, await invoicing.fw01(market.conn))
        wrong = await desk.charged()
        await explaining.undone(desk.conn, desk.deal, wrong)
        await desk.credited(await desk.same(wrong))
        for category, amount_minor in (("refund", -300_00), ("refund_failure", 100_00)):
            await desk.credited(await desk.line(category, amount_minor))
        await desk.dispute(500_00)
        await desk.lost()
        await desk.credited(await desk.back(200_00))
        assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (
            200_00,
            0,
        )
        other = Desk(market.conn, await invoicing.fw01(market.conn))
        await _lost_before_it_was_anybodys(other)
        await other.credited(await other.back(500_00))
        assert await other.balance("customer_credit") == PAID
        third = Desk(market.conn, await invoicing.fw01(market.conn))
        await _recovered(third)
        assert (await audit.run(market.addresses.auditor)).faults == []
        await third.credited(await third.back(PAID))
        fourth = Desk(market.conn, await invoicing.fw01(market.conn))
        await fourth.used_and_lost()
        refund = await fourth.line("refund", -20_00)
        await explaining.explained(market.conn, fourth.deal, refund, as_("write_off"))
        await fourth.written_off()
        assert (await audit.run(market.addresses.auditor)).faults == []
