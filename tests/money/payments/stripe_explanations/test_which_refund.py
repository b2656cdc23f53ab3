"""A line that may be a refund of ours takes its payer's credit once: as that refund, or as none."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.refunds import presenting
from market.money.payments.refunds.model import Refund
from market.money.payments.stripe_balance.model import Balance, StripeLine
from market.money.payments.stripe_explanations import model
from tests.world import card_refunds, explaining, invoicing, money, stripe
from tests.world.explaining import abroad, as_, past_us
from tests.world.invoicing import Deal

WHOLE: Final = 25_800_00


class Desk(NamedTuple):
    """A payment by card whose money is its buyer's credit."""

    conn: Connection
    deal: Deal
    payment: FullOnlinePayment

    async def unknown(self, told: Balance) -> StripeLine:
        return await explaining.unknown(self.conn, self.deal, told)

    async def bare(self, amount_minor: int = -50_00, **more: str) -> StripeLine:
        """Stripe's source of it could not be read: nothing is told but the money."""
        return await self.unknown(stripe.line("refund", amount_minor, **more))

    async def sent(self) -> Refund:
        return await explaining.sent(self.conn, self.deal, self.payment, 50_00)

    async def as_refund(self, line: StripeLine, refund: Refund) -> None:
        given = as_("refund_pending", refund_id=refund.id)
        await explaining.explained(self.conn, self.deal, line, given)

    async def past_us(self, line: StripeLine) -> None:
        given = as_("customer_credit", online_payment_id=self.payment.id)
        await explaining.explained(self.conn, self.deal, line, given)

    async def read(self, refund: Refund) -> Refund:
        return await card_refunds.read(self.conn, self.deal, refund)

    async def stands(self) -> tuple[int, int, int]:
        """Credit, what is pending of it, and suspense."""
        books, payer_id = self.deal.unit.id, self.deal.enterprise.id
        return (
            await money.balance(self.conn, books, "customer_credit", payer_id),
            await money.balance(self.conn, books, "refund_pending", payer_id),
            await money.balance(self.conn, books, "suspense"),
        )


@pytest.fixture
async def desk(conn: Connection) -> Desk:
    deal = await invoicing.fw01(conn)
    return Desk(conn, deal, await card_refunds.paid_and_credited(conn, deal))


async def test_a_refund_whose_own_line_is_there_waits_for_no_other(desk: Desk) -> None:
    refund = await desk.sent()
    told = card_refunds.line(desk.payment, refund, "succeeded")
    await explaining.aside(desk.conn, desk.deal, told)
    await desk.past_us(await desk.bare())
    assert (await desk.read(refund)).state == "sent"
    assert await desk.stands() == (WHOLE - 100_00, 50_00, -50_00)


async def test_what_came_back_of_a_charge_that_is_gone_is_its_payers(desk: Desk) -> None:
    await desk.past_us(await desk.unknown(past_us(desk.payment, -WHOLE)))
    back = await desk.unknown(past_us(desk.payment, 10_00))
    with pytest.raises(model.PlaceNotOfLine):
        await explaining.proposed(desk.conn, desk.deal, back, as_("write_off"))


async def test_a_line_of_nothing_but_its_money_is_the_refund_that_waits_for_one(
    desk: Desk,
) -> None:
    refund = await desk.sent()
    line = await desk.bare()
    with pytest.raises(model.LineMayBeRefund):
        await desk.past_us(line)
    await desk.as_refund(line, refund)
    assert (await desk.read(refund)).state == "paid"
    assert await desk.stands() == (WHOLE - 50_00, 0, 0)


async def test_nor_is_it_a_refund_of_another_amount_or_charge(desk: Desk) -> None:
    refund = await desk.sent()
    for line in (
        await desk.bare(-49_00),
        await desk.bare(intent_id="pi_another", charge_id="ch_another"),
    ):
        with pytest.raises(model.LineNotOfStripeRefund):
            await desk.as_refund(line, refund)
    foreign = await desk.unknown(abroad(stripe.line("refund", -50_00)))
    with pytest.raises(model.LineNotOfStripeRefund):
        await desk.as_refund(foreign, refund)


async def test_once_every_refund_has_its_line_what_is_told_of_none_was_made_past_the_market(
    desk: Desk,
) -> None:
    refund = await desk.sent()
    line = await desk.bare()
    await desk.unknown(card_refunds.line(desk.payment, refund, "succeeded"))
    await desk.past_us(line)
    assert await desk.stands() == (WHOLE - 100_00, 0, 0)


async def test_a_refund_that_stripe_was_not_asked_for_stands_in_no_lines_way(desk: Desk) -> None:
    await card_refunds.approved(desk.conn, desk.deal, desk.payment, 50_00)
    await desk.past_us(await desk.bare())
    assert await desk.stands() == (WHOLE - 100_00, 50_00, 0)


async def test_what_may_be_a_refund_without_an_answer_waits_for_that(desk: Desk) -> None:
    refund = await card_refunds.approved(desk.conn, desk.deal, desk.payment, 50_00)
    await card_refunds.called(desk.conn, refund)
    async with db.act(desk.conn, SYSTEM):
        await presenting.note_unanswered(desk.conn, refund.id)
    told = abroad(card_refunds.line(desk.payment, refund, "succeeded"))
    told = msgspec.structs.replace(told, paid_currency="CNY", paid_minor=-50_00)
    line = await desk.unknown(told)
    with pytest.raises(model.LineMayBeRefund):
        await desk.past_us(line)
    await card_refunds.heard(desk.conn, refund, "succeeded")
    with pytest.raises(model.LineOfRefund):
        await desk.past_us(line)
    await desk.as_refund(line, refund)
    assert (await desk.read(refund)).state == "paid"
    assert (await desk.stands())[:2] == (WHOLE - 50_00, 0)


async def test_what_has_a_number_of_its_own_is_none_of_the_refunds_that_have_theirs(
    desk: Desk,
) -> None:
    await desk.sent()
    await desk.past_us(await desk.unknown(past_us(desk.payment, -60_00)))
    assert await desk.stands() == (WHOLE - 110_00, 50_00, 0)
