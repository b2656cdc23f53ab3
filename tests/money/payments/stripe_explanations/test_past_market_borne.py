"""A charge past the market of which a loss is booked: nothing of it is credit beside that."""

from __future__ import annotations

import pytest

from market.base.access import BothSides, Role
from market.base.db import Connection
from market.money.payments.chargebacks.write_offs import operations as write_offs
from market.money.payments.chargebacks.write_offs.model import ChargeInSuspense
from market.money.payments.stripe_explanations import model, operations, past_market
from market.money.payments.stripe_explanations.undoing import model as undoing
from tests.world import explaining, identity, invoicing, money
from tests.world.explaining import as_
from tests.world.past_market import PAID, Desk


@pytest.fixture
async def desk(conn: Connection) -> Desk:
    return Desk(conn, await invoicing.fw01(conn))


async def test_a_loss_is_not_written_off_while_its_charge_stands_in_suspense(desk: Desk) -> None:
    """Of nobody's charge both are a loss, one below zero; where it comes late as well."""
    await desk.dispute(PAID)
    await desk.lost()
    line = await desk.line("charge", PAID)
    with pytest.raises(ChargeInSuspense):
        await desk.written_off()
    await explaining.explained(desk.conn, desk.deal, line, as_("write_off"))
    await desk.written_off()
    assert (await desk.balance("write_off"), await desk.balance("suspense")) == (0, 0)


async def test_what_is_written_off_of_its_chargeback_is_no_credit_beside_that_loss(
    desk: Desk,
) -> None:
    await desk.dispute(PAID)
    await desk.lost()
    loss = await desk.written_off()
    line = await desk.line("charge", PAID)
    with pytest.raises(past_market.ChargeWrittenOff):
        await desk.credited(line)
    await write_offs.recover_write_off(desk.conn, desk.deal.finance, loss.id)
    done = await desk.credited(line)
    assert await desk.recovered()
    assert await desk.balances() == (0, 0)
    with pytest.raises(undoing.WentBackSince):
        await explaining.undone(desk.conn, desk.deal, done)


async def test_nor_is_it_undone_beside_that_loss(desk: Desk) -> None:
    done, use = await desk.used_and_lost()
    await desk.written_off()
    await money.credit_use_undone(desk.conn, desk.deal.finance, use)
    with pytest.raises(past_market.ChargeWrittenOff):
        await explaining.undone(desk.conn, desk.deal, done)


async def test_nor_does_what_comes_back_of_it_become_credit(desk: Desk) -> None:
    await desk.charged()
    await desk.credited(await desk.line("refund", -300_00, source_id="re_back"))
    invoice = await invoicing.issued(desk.conn, desk.deal)
    await money.credit_used(desk.conn, desk.deal.finance, invoice.id, 400_00)
    await desk.dispute(400_00)
    await desk.lost(400_00)
    await desk.written_off()
    with pytest.raises(past_market.ChargeWrittenOff):
        await desk.credited(await desk.line("refund_failure", 300_00, source_id="re_back"))


async def test_nor_does_what_its_bank_gives_back_beside_a_refund_that_was_a_loss(
    desk: Desk,
) -> None:
    await desk.charged()
    await desk.dispute(PAID)
    await desk.lost()
    refund = await desk.line("refund", -20_00)
    loss = await explaining.explained(desk.conn, desk.deal, refund, as_("write_off"))
    back = await desk.back(PAID)
    with pytest.raises(past_market.ChargeWrittenOff):
        await desk.credited(back)
    await explaining.undone(desk.conn, desk.deal, loss)
    await desk.credited(back)
    await desk.credited(await desk.same(loss))
    assert await desk.balances() == (680_00, 0)


@pytest.mark.parametrize("is_written_off", [False, True])
async def test_what_is_owed_for_its_loss_goes_back_no_second_time(
    desk: Desk, is_written_off: bool
) -> None:
    await desk.used_and_lost()
    loss = await desk.written_off() if is_written_off else None
    await desk.charged(source_id="ch_other", charge_id="ch_other")
    refund = await desk.line("refund", -PAID)
    with pytest.raises(model.LineAboveCharge):
        await desk.credited(refund)
    if loss is not None:
        await write_offs.recover_write_off(desk.conn, desk.deal.finance, loss.id)
    assert await desk.recovered()
    await explaining.explained(desk.conn, desk.deal, refund, as_("write_off"))
    assert (await desk.balance("customer_credit"), await desk.balance("write_off")) == (0, PAID)


async def test_a_refund_of_what_is_lost_whole_is_a_loss_of_ours(desk: Desk) -> None:
    await desk.charged()
    refund = await desk.line("refund", -300_00)
    await desk.dispute(PAID)
    await desk.lost()
    with pytest.raises(model.LineAboveCharge):
        await desk.credited(refund)
    own = await identity.person(desk.conn, desk.deal.unit, Role.FINANCE)
    await identity.also(desk.conn, own, desk.deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.propose_explanation(desk.conn, own, refund.id, as_("write_off"))
    await explaining.explained(desk.conn, desk.deal, refund, as_("write_off"))
    assert (await desk.balance("suspense"), await desk.balance("write_off")) == (0, 300_00)
