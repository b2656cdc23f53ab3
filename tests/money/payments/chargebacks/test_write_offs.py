"""What a lost chargeback left and nobody will pay: a loss by two people, until it is recovered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import pytest

from market.auditor import audit
from market.base import db
from market.base.access import SYSTEM, BothSides, Role
from market.base.db import Connection
from market.base.embedded import Dsns
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.money.invoicing.held import held_of
from market.money.payments.chargebacks.write_offs import model, operations
from market.money.reconciliation.matching.model import Match
from tests.world import identity, invoicing, money, stripe, writing_off
from tests.world.invoicing import Deal
from tests.world.writing_off import USED_MINOR, Short


class Desk(NamedTuple):
    """A chargeback that is owed for, and nothing to take it of."""

    conn: Connection
    deal: Deal
    short: Short

    async def balance(self, kind: str) -> int:
        subject = self.deal.enterprise.id if kind == "customer_credit" else None
        return await money.balance(self.conn, self.deal.unit.id, kind, subject)

    async def owed(self) -> int:
        return (await writing_off.listed(self.conn, self.deal, self.short.told)).owed_minor

    async def held(self) -> int:
        async with db.look(self.conn, SYSTEM):
            place = (self.deal.unit.id, self.deal.enterprise.id, "CNY")
            return (await held_of(self.conn, *place)).unrecovered_minor

    async def credited(self, minor: int) -> Match:
        return await writing_off.credited(self.conn, self.deal, minor)

    async def taken(self) -> bool:
        return await writing_off.taken(self.conn)


@pytest.fixture
async def desk(conn: Connection) -> Desk:
    deal = await invoicing.fw01(conn)
    return Desk(conn, deal, await writing_off.short(conn, deal))


async def test_what_nobody_will_pay_becomes_a_loss_and_is_demanded_no_longer(desk: Desk) -> None:
    assert (await desk.owed(), await desk.balance("suspense")) == (USED_MINOR, -USED_MINOR)
    waiting = await writing_off.proposed(desk.conn, desk.deal, desk.short)
    assert waiting.amount_minor == USED_MINOR
    assert await desk.balance("write_off") == 0
    vat = await desk.balance("vat_payable"), await desk.balance("vat_deferred")

    approved = await operations.approve_write_off(desk.conn, desk.deal.leader, waiting.id)
    assert approved == await operations.approve_write_off(desk.conn, desk.deal.leader, waiting.id)
    assert (await desk.balance("write_off"), await desk.balance("suspense")) == (USED_MINOR, 0)
    assert (await desk.owed(), await desk.held()) == (0, 0)
    assert (await desk.balance("vat_payable"), await desk.balance("vat_deferred")) == vat
    assert await money.suspense(desk.conn, desk.deal.finance) == []
    await desk.credited(500_00)
    assert not await desk.taken()
    assert await desk.balance("customer_credit") == 500_00


async def test_whoever_pays_after_all_owes_it_again_and_his_credit_is_taken(desk: Desk) -> None:
    loss = await writing_off.written_off(desk.conn, desk.deal, desk.short)
    recovered = await operations.recover_write_off(desk.conn, desk.deal.finance, loss.id)
    assert (recovered.state, await desk.owed()) == ("recovered", USED_MINOR)
    assert (await desk.balance("write_off"), await desk.balance("suspense")) == (0, -USED_MINOR)
    await desk.credited(500_00)
    assert await desk.held() == USED_MINOR
    assert await desk.taken()
    assert (await desk.owed(), await desk.balance("customer_credit")) == (USED_MINOR - 500_00, 0)
    again = await writing_off.written_off(desk.conn, desk.deal, desk.short)
    assert again.amount_minor == USED_MINOR - 500_00


@pytest.mark.parametrize("back_minor", [300_00, 43_000_00])
async def test_what_comes_back_takes_the_loss_back_first(desk: Desk, back_minor: int) -> None:
    """As far as it goes it makes up what was lost; what is still open is owed again."""
    await writing_off.written_off(desk.conn, desk.deal, desk.short)
    before = await desk.balance("customer_credit")
    told = stripe.line("dispute_reversal", back_minor, dispute=desk.short.told)
    await stripe.booked(desk.conn, desk.deal, told)
    made_up = min(back_minor, USED_MINOR)
    assert await desk.balance("write_off") == 0
    assert await desk.owed() == USED_MINOR - made_up
    assert await desk.balance("suspense") == made_up - USED_MINOR
    assert await desk.balance("customer_credit") == before + back_minor - made_up


async def test_a_wrong_match_gives_back_nothing_of_what_was_written_off(desk: Desk) -> None:
    wrong = await desk.credited(500_00)
    assert await desk.taken()
    loss = await writing_off.written_off(desk.conn, desk.deal, desk.short)
    assert loss.amount_minor == USED_MINOR - 500_00
    await money.undone(desk.conn, desk.deal.finance, wrong)
    assert await desk.owed() == 500_00
    assert await desk.balance("write_off") == USED_MINOR - 500_00


async def test_what_is_owed_again_beside_a_loss_is_a_loss_of_its_own(desk: Desk) -> None:
    """Finance takes either back; what comes back of the chargeback takes back both."""
    wrong = await desk.credited(500_00)
    assert await desk.taken()
    losses = [await writing_off.written_off(desk.conn, desk.deal, desk.short)]
    await money.undone(desk.conn, desk.deal.finance, wrong)
    losses.append(await writing_off.written_off(desk.conn, desk.deal, desk.short))
    assert [loss.amount_minor for loss in losses] == [USED_MINOR - 500_00, 500_00]
    assert (await desk.owed(), await desk.balance("write_off")) == (0, USED_MINOR)

    await operations.recover_write_off(desk.conn, desk.deal.finance, losses[0].id)
    assert await desk.owed() == USED_MINOR - 500_00
    await writing_off.written_off(desk.conn, desk.deal, desk.short)
    told = stripe.line("dispute_reversal", desk.short.amount_minor, dispute=desk.short.told)
    await stripe.booked(desk.conn, desk.deal, told)
    assert (await desk.owed(), await desk.balance("write_off")) == (0, 0)
    # What the payer's bank sent and nobody has matched again.
    assert await desk.balance("suspense") == 500_00


async def test_four_eyes_decide_and_only_what_is_owed_is_lost(desk: Desk) -> None:
    conn, unit, one = desk.conn, desk.deal.unit, desk.short.chargeback.id
    both = await identity.person(conn, unit, Role.FINANCE, Role.LEADER)
    cashier = await identity.person(conn, unit, Role.CASHIER)
    with pytest.raises(model.WriteOffNeedsFinance):
        await operations.propose_write_off(conn, cashier, one, "付款单位已注销")
    with pytest.raises(NotFound):
        await operations.propose_write_off(conn, desk.deal.buyer, one, "付款单位已注销")
    own = await operations.propose_write_off(conn, both, one, "付款单位已注销")
    assert own == await operations.propose_write_off(conn, both, one, "付款单位已注销")
    for other, why in ((both, "另有原因"), (desk.deal.finance, "付款单位已注销")):
        with pytest.raises(model.WriteOffProposed):
            await operations.propose_write_off(conn, other, one, why)
    with pytest.raises(model.OwnWriteOff):
        await operations.approve_write_off(conn, both, own.id)
    with pytest.raises(model.WriteOffNeedsLeader):
        await operations.approve_write_off(conn, desk.deal.finance, own.id)
    await desk.credited(500_00)
    with pytest.raises(model.CreditLeft):
        await operations.approve_write_off(conn, desk.deal.leader, own.id)
    assert await desk.taken()
    with pytest.raises(model.OwedChanged):
        await operations.approve_write_off(conn, desk.deal.leader, own.id)
    await operations.reject_write_off(conn, desk.deal.leader, own.id, "金额有变")
    with pytest.raises(WrongMove):
        await operations.recover_write_off(conn, desk.deal.finance, own.id)
    loss = await writing_off.written_off(conn, desk.deal, desk.short)
    with pytest.raises(model.NothingOwed):
        await writing_off.proposed(conn, desk.deal, desk.short)
    with pytest.raises(model.WriteOffNeedsFinance):
        await operations.recover_write_off(conn, desk.deal.leader, loss.id)


async def test_of_what_a_bank_has_not_decided_nothing_is_lost_yet(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    told = stripe.dispute_of(payment, invoice.amount_minor, "needs_response")
    charge = stripe.line("charge", invoice.amount_minor, intent_id=payment.intent_id)
    taken = stripe.line("dispute", -invoice.amount_minor, dispute=told)
    await stripe.booked(conn, deal, charge, taken)
    one = await writing_off.listed(conn, deal, told)
    with pytest.raises(model.Undecided):
        await operations.propose_write_off(conn, deal.finance, one.id, "付款单位已注销")


async def test_a_proposal_to_write_off_what_was_paid_meanwhile_is_to_be_rejected(
    desk: Desk,
) -> None:
    waiting = await writing_off.proposed(desk.conn, desk.deal, desk.short)
    await desk.credited(USED_MINOR)
    assert await desk.taken()
    with pytest.raises(model.OwedNoMore):
        await operations.approve_write_off(desk.conn, desk.deal.leader, waiting.id)
    await operations.reject_write_off(desk.conn, desk.deal.leader, waiting.id, "已经付清")
    with pytest.raises(model.NothingOwed):
        await writing_off.proposed(desk.conn, desk.deal, desk.short)


async def test_nobody_says_what_becomes_of_what_his_own_enterprise_owes(desk: Desk) -> None:
    waiting = await writing_off.proposed(desk.conn, desk.deal, desk.short)
    await identity.also(desk.conn, desk.deal.leader, desk.deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.approve_write_off(desk.conn, desk.deal.leader, waiting.id)
    with pytest.raises(BothSides):
        await operations.reject_write_off(desk.conn, desk.deal.leader, waiting.id, "仍可催收")
    other = await identity.person(desk.conn, desk.deal.unit, Role.LEADER)
    await operations.approve_write_off(desk.conn, other, waiting.id)
    await identity.also(desk.conn, desk.deal.finance, desk.deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.recover_write_off(desk.conn, desk.deal.finance, waiting.id)


async def test_the_auditor_finds_no_fault_with_what_was_written_off(
    fresh_database: Callable[[], Awaitable[Dsns]],
) -> None:
    addresses = await fresh_database()
    conn = await db.connect(addresses.app)
    await writing_off.happens(conn)
    await _used_before_it_was_owed_again(conn)
    await conn.close()
    assert (await audit.run(addresses.auditor)).faults == []


async def _used_before_it_was_owed_again(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    short = await writing_off.short(conn, deal)
    loss = await writing_off.written_off(conn, deal, short)
    await writing_off.credited(conn, deal, 500_00)
    invoice = await invoicing.issued(conn, deal)
    await money.credit_used(conn, deal.finance, invoice.id, 500_00)
    await operations.recover_write_off(conn, deal.finance, loss.id)
