"""What Stripe refunded by a line that no rule could book stays of the payer's credit meanwhile."""

from __future__ import annotations

import msgspec
import pytest

from market.auditor import audit
from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.money.invoicing.held import held_of
from market.money.payments.refunds import card_queries, presenting
from market.money.payments.refunds.model import CreditUnexplained, Refund
from market.money.payments.stripe_balance.model import Balance, StripeLine
from tests.conftest import Clone
from tests.money.payments.refunds.test_disputed import Card, desk_of, paid_twice
from tests.world import card_refunds, dunning, explaining, invoicing, refunding, stripe
from tests.world.explaining import as_
from tests.world.invoicing import Deal


async def held(conn: Connection, deal: Deal) -> int:
    async with db.look(conn, SYSTEM):
        return (await held_of(conn, deal.unit.id, deal.enterprise.id, "CNY")).disputed_minor


async def left(conn: Connection, card: Card) -> int:
    async with db.look(conn, SYSTEM):
        return (await card_queries.charge_of(conn, card.payment.id)).left_minor


def abroad(told: Balance, minor: int = -2_800_00) -> Balance:
    """The same from a balance in dollars."""
    return msgspec.structs.replace(
        explaining.abroad(told, "USD", minor), paid_currency="CNY", paid_minor=told.amount_minor
    )


async def taken_in(
    conn: Connection, deal: Deal, told: Balance, *, is_aside: bool, is_foreign: bool
) -> StripeLine:
    told = abroad(told) if is_foreign else told
    return await (explaining.aside if is_aside else explaining.unknown)(conn, deal, told)


@pytest.mark.parametrize(
    ("is_aside", "is_foreign"), [(True, False), (True, True), (False, True), (False, False)]
)
async def test_it_does_not_go_back_by_bank_as_well(
    clone: Clone, is_aside: bool, is_foreign: bool
) -> None:
    async with dunning.opened(clone) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card, desk = await paid_twice(conn, deal), await desk_of(conn, deal)
        told = explaining.past_us(card.payment, -20_000_00)
        line = await taken_in(conn, deal, told, is_aside=is_aside, is_foreign=is_foreign)
        assert line.online_payment_id == card.payment.id
        assert await left(conn, card) == 5_800_00

        with pytest.raises(CreditUnexplained, match=r"at most 5,800\.00"):
            await refunding.proposed(conn, desk, 5_800_01)
        await refunding.approved(conn, desk, 5_800_00)
        await refunding.sent(conn, desk)
        assert (await audit.run(market.addresses.auditor)).faults == []

        credit = as_("customer_credit", online_payment_id=card.payment.id)
        await explaining.explained(conn, deal, line, credit)
        assert (await held(conn, deal), await left(conn, card)) == (0, 5_800_00)
        assert (await audit.run(market.addresses.auditor)).faults == []


@pytest.mark.parametrize("is_foreign", [False, True])
async def test_what_comes_back_of_it_is_held_no_longer(conn: Connection, is_foreign: bool) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    for minor in (-20_000_00, 20_000_00):
        told = explaining.past_us(card.payment, minor)
        await explaining.aside(conn, deal, abroad(told, minor // 7) if is_foreign else told)

    assert (await held(conn, deal), await left(conn, card)) == (0, card.amount_minor)


@pytest.mark.parametrize("moved", [-5_000_00, -5_200_00])
async def test_of_a_refund_of_ours_only_what_moved_beyond_it_is_held(
    clone: Clone, moved: int
) -> None:
    async with dunning.opened(clone) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card, desk = await paid_twice(conn, deal), await desk_of(conn, deal)
        refund = await explaining.sent(conn, deal, card.payment, 5_000_00)
        await explaining.aside(conn, deal, moving(card, refund, moved))
        beyond = -moved - refund.amount_minor
        assert await held(conn, deal) == beyond
        assert await left(conn, card) == card.amount_minor + moved

        rest = await card_refunds.approved(conn, deal, card.payment, card.amount_minor + moved)
        await card_refunds.called(conn, rest)
        assert (await audit.run(market.addresses.auditor)).faults == []
        await failed(conn, refund)
        assert await held(conn, deal) == -moved
        with pytest.raises(CreditUnexplained):
            await refunding.proposed(conn, desk, beyond + 1)


def moving(card: Card, refund: Refund, minor: int) -> Balance:
    told = card_refunds.line(card.payment, refund, "succeeded")
    return msgspec.structs.replace(told, amount_minor=minor, net_minor=minor)


async def failed(conn: Connection, refund: Refund) -> None:
    async with db.act(conn, SYSTEM):
        await presenting.fail(conn, await card_queries.lock(conn, refund.id), "amount_differs")


async def test_what_comes_back_of_a_refund_of_ours_frees_nothing_of_a_dispute(
    conn: Connection,
) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    refund = await explaining.sent(conn, deal, card.payment, 5_000_00)
    await stripe.booked(conn, deal, card_refunds.line(card.payment, refund, "succeeded"))
    await card.disputed(conn, 10_000_00)
    await explaining.aside(conn, deal, card_refunds.line(card.payment, refund, "failed", sign=1))

    assert await held(conn, deal) == 10_000_00


@pytest.mark.parametrize("paid", [("cny", -1), ("CNY", 2**80), ("CNY", "20"), (None, -1)])
async def test_what_cannot_be_kept_of_it_keeps_no_line_out_of_the_books(
    conn: Connection, paid: tuple[str | None, int]
) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    told = explaining.abroad(explaining.past_us(card.payment, -20_000_00))
    odd = msgspec.structs.replace(told, paid_currency=paid[0], paid_minor=paid[1])
    line = await explaining.aside(conn, deal, odd)
    assert (line.online_payment_id, line.paid_minor) == (None, None)
