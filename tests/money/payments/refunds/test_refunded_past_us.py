"""Credit that was refunded past the market stays, and nobody is told to wait for a chargeback."""

from __future__ import annotations

import pytest

from market.base import db
from market.base.db import Connection, Pool
from market.money.payments import model as payments
from market.money.payments.refunds import lists, model, operations
from tests.money.payments.refunds.test_disputed import (
    Card,
    desk_of,
    paid_by_card,
    paid_twice,
    presented,
)
from tests.world import card_refunds, explaining, invoicing, money, refunding, stripe


async def refunded_elsewhere(conn: Connection, card: Card, amount_minor: int) -> None:
    await stripe.booked(conn, card.deal, explaining.past_us(card.payment, -amount_minor))


async def test_it_is_not_refunded_again(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    await refunded_elsewhere(conn, card, 800_00)
    desk = await desk_of(conn, deal)

    free = rf"^800\.00 of .* at most {(card.amount_minor - 800_00) // 100:,}\.00, and explain"
    with pytest.raises(model.CreditUnexplained, match=free):
        await refunding.proposed(conn, desk, card.amount_minor - 799_99)

    await refunding.proposed(conn, desk, card.amount_minor - 800_00)


async def test_it_pays_no_invoice(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    other = await invoicing.issued(conn, deal, 1)
    await refunded_elsewhere(conn, card, 800_00)

    free = rf"800\.00 was refunded .* at most {(card.amount_minor - 800_00) // 100:,}\.00, and ex"
    with pytest.raises(payments.CreditUnexplained, match=free):
        await money.credit_used(conn, deal.finance, other.id, card.amount_minor - 799_99)

    await money.credit_used(conn, deal.finance, other.id, card.amount_minor - 800_00)


async def test_beside_a_chargeback_each_is_told_by_its_own_amount(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    other = await invoicing.issued(conn, deal, 1)
    await refunded_elsewhere(conn, card, 800_00)
    await card.disputed(conn, 5_000_00)
    free_minor = card.amount_minor - 5_800_00
    free = rf"at most {free_minor // 100:,}\.00"
    desk = await desk_of(conn, deal)

    with pytest.raises(payments.CreditHeld, match=rf"which 5,000\.00 came .* {free}"):
        await money.credit_used(conn, deal.finance, other.id, card.amount_minor)
    with pytest.raises(payments.CreditUnexplained, match=rf"which 800\.00 was .* {free}"):
        await money.credit_used(conn, deal.finance, other.id, free_minor + 1)
    with pytest.raises(model.CreditDisputed, match=rf"^5,000\.00 of .* {free}"):
        await refunding.proposed(conn, desk, card.amount_minor)
    with pytest.raises(model.CreditUnexplained, match=rf"^800\.00 of .* {free}"):
        await refunding.proposed(conn, desk, free_minor + 1)


async def test_a_list_tells_that_a_refund_waits_for_an_explanation(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    card, desk = await paid_twice(conn, deal), await desk_of(conn, deal)
    goes = await refunding.approved(conn, desk, card.amount_minor - 5_000_00)
    stays = await refunding.approved(conn, desk, 5_000_00)
    await refunded_elsewhere(conn, card, 800_00)

    made = await refunding.sent(conn, desk)

    assert made.total_minor == goes.amount_minor
    told = [(one.refund_id, one.is_owed, one.is_unexplained) for one in made.held_back]
    assert told == [(stays.id, False, True)]
    with pytest.raises(lists.AllHeldBack, match="explained"):
        await refunding.sent(conn, desk)


async def test_before_the_call_it_ends_a_refund_to_another_card(pool: Pool) -> None:
    async with db.lease(pool) as conn:
        deal = await invoicing.fw01(conn)
        card, other = await paid_by_card(conn, deal), await paid_by_card(conn, deal, 1)
        await invoicing.credited(conn, deal, card.invoice)
        new = card_refunds.wanted(card.amount_minor)
        refund = await operations.propose_card_refund(conn, deal.finance, other.payment.id, new)
        await operations.approve_refund(conn, deal.leader, refund.id)
        await refunded_elsewhere(conn, card, 800_00)

    await presented(pool, deal, refund)

    async with db.lease(pool) as conn:
        ended = await operations.find_refund(conn, deal.finance, refund.id)
    assert (ended.state, ended.failure_reason) == ("failed", "credit_unexplained")
    assert ended.note == "credit_unexplained"


@pytest.mark.parametrize("lost_minor", [0, 5_000_00])
async def test_before_the_call_it_ends_a_refund_of_the_same_charge_and_blames_no_bank(
    pool: Pool, lost_minor: int
) -> None:
    """Neither where none asked that payment back, nor where one took another part of it before."""
    async with db.lease(pool) as conn:
        deal = await invoicing.fw01(conn)
        card = await paid_twice(conn, deal)
        if lost_minor:
            await card.lost(conn, lost_minor)
        rest_minor = card.amount_minor - lost_minor
        refund = await card_refunds.approved(conn, deal, card.payment, rest_minor)
        await refunded_elsewhere(conn, card, 60_00)

    await presented(pool, deal, refund)

    async with db.lease(pool) as conn:
        ended = await operations.find_refund(conn, deal.finance, refund.id)
    assert (ended.state, ended.failure_reason) == ("failed", "credit_unexplained")


async def test_what_came_back_and_nobody_has_explained_goes_to_its_card_once_more(
    pool: Pool,
) -> None:
    """As it was proposed and approved: its line counts since it is there."""
    async with db.lease(pool) as conn:
        deal = await invoicing.fw01(conn)
        card, other = await paid_twice(conn, deal), await paid_by_card(conn, deal, 1)
        place = explaining.as_("customer_credit", online_payment_id=card.payment.id)
        gone = explaining.past_us(card.payment, -card.amount_minor)
        line = await explaining.unknown(conn, deal, gone)
        await explaining.explained(conn, deal, line, place)
        await invoicing.credited(conn, deal, other.invoice)
        came_back = explaining.past_us(card.payment, card.amount_minor)
        await explaining.unknown(conn, deal, came_back)
        refund = await card_refunds.approved(conn, deal, card.payment, 5_000_00)

    await presented(pool, deal, refund)

    async with db.lease(pool) as conn:
        asked = await operations.find_refund(conn, deal.finance, refund.id)
    assert (asked.state, asked.failure_reason) == ("unknown", None)
