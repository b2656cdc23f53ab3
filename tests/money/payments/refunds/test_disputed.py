"""Credit that a chargeback asks back stays with the unit, by whichever way it might go out."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import pytest

from market.base.access import Actor, Role
from market.base.db import Connection
from market.money.invoicing.model import FullInvoice
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.refunds import lists, operations
from market.money.payments.refunds.model import Refund
from market.money.payments.stripe_lines import booking
from market.money.payments.stripe_lines.model import Disputed
from tests.world import identity, invoicing, money, refunding, stripe
from tests.world.invoicing import Deal
from tests.world.refunding import Desk
from tests.world.stripe import line


class Card(NamedTuple):
    """An invoice that was paid by card."""

    deal: Deal
    invoice: FullInvoice
    payment: FullOnlinePayment

    @property
    def amount_minor(self) -> int:
        return self.invoice.amount_minor

    async def disputed(self, conn: Connection, amount_minor: int | None = None) -> Disputed:
        amount_minor = amount_minor or self.amount_minor
        told = stripe.dispute_of(self.payment, amount_minor, "needs_response")
        await stripe.booked(conn, self.deal, line("dispute", -amount_minor, dispute=told))
        return told

    async def lost(self, conn: Connection, amount_minor: int | None = None) -> Disputed:
        told = await self.disputed(conn, amount_minor)
        assert await booking.lose_chargeback(conn, self.deal.unit.id, told)
        return told


async def paid_by_card(conn: Connection, deal: Deal, place: int = 0) -> Card:
    invoice = await invoicing.issued(conn, deal, place)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    charge = line("charge", invoice.amount_minor, intent_id=payment.intent_id)
    await stripe.booked(conn, deal, charge)
    return Card(deal, invoice, payment)


async def paid_twice(conn: Connection, deal: Deal) -> Card:
    """By bank and then by card, so that all of the card's money is credit."""
    invoice = await invoicing.issued(conn, deal, 0)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    await money.paid(conn, deal, invoice.id, invoice.amount_minor)
    charge = line("charge", invoice.amount_minor, intent_id=payment.intent_id)
    await stripe.booked(conn, deal, charge)
    return Card(deal, invoice, payment)


async def desk_of(conn: Connection, deal: Deal) -> Desk:
    bank = await money.bank(conn, deal)
    return Desk(deal, bank, await identity.person(conn, deal.unit, Role.CASHIER))


async def now(conn: Connection, actor: Actor, refund: Refund) -> str:
    return (await operations.find_refund(conn, actor, refund.id)).state


@pytest.mark.parametrize("is_lost", [False, True])
async def test_what_was_approved_before_the_dispute_is_not_sent(
    conn: Connection, is_lost: bool
) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_by_card(conn, deal)
    await invoicing.credited(conn, deal, card.invoice)
    desk = await desk_of(conn, deal)
    refund = await refunding.approved(conn, desk, card.amount_minor)
    await (card.lost if is_lost else card.disputed)(conn)

    with pytest.raises(lists.AllHeldBack, match=refund.number):
        await refunding.sent(conn, desk)

    assert await now(conn, deal.finance, refund) == "approved"


async def test_a_list_tells_what_it_leaves_out(conn: Connection) -> None:
    deal, other = await invoicing.fw01(conn), (await invoicing.fw01(conn)).enterprise
    card = await paid_twice(conn, deal)
    desk = await desk_of(conn, deal)
    bank = await money.bank(conn, deal)
    [came] = (await money.imported(conn, bank, [money.Line(300_00, other.name_zh)])).outcomes
    rest = money.rest("customer_credit", 300_00, organisation_id=other.id)
    await money.matched(conn, deal.finance, came.line_id, rest=rest)
    stays = await refunding.approved(conn, desk, card.amount_minor)
    wanted = msgspec.structs.replace(refunding.wanted(desk, 300_00), organisation_id=other.id)
    goes = await operations.propose_refund(conn, deal.finance, deal.unit.id, wanted)
    await operations.approve_refund(conn, deal.leader, goes.id)
    await card.disputed(conn)

    made = await refunding.sent(conn, desk)

    assert (made.refunds, made.total_minor) == (1, 300_00)
    assert [(one.refund_id, one.held_minor) for one in made.held_back] == [
        (stays.id, card.amount_minor)
    ]
    assert await now(conn, deal.finance, goes) == "sent"
    assert await now(conn, deal.finance, stays) == "approved"
