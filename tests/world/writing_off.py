"""Lost chargebacks that left a debt in suspense, and what becomes of it.

``short = await writing_off.short(conn, deal)``
"""

from __future__ import annotations

from typing import NamedTuple

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.money.payments.chargebacks import losing, recovering, recovery_queries
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.chargebacks.views import ListedChargeback
from market.money.payments.chargebacks.write_offs import operations
from market.money.payments.chargebacks.write_offs.model import ChargebackWriteOff
from market.money.payments.model import CreditUse
from market.money.payments.stripe_balance.model import Disputed
from market.money.reconciliation.matching.model import Match
from tests.world import invoicing, money, stripe
from tests.world.invoicing import Deal

USED_MINOR = 2_000_00


class Short(NamedTuple):
    """Of the 43,000.00 that a card paid so much had been used when its bank took them back."""

    chargeback: ListedChargeback
    told: Disputed
    amount_minor: int
    use: CreditUse


async def short(conn: Connection, deal: Deal) -> Short:
    over, other = [await invoicing.issued(conn, deal, place) for place in (1, 2)]
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, over)
    await money.paid(conn, deal, over.id, over.amount_minor)
    amount, told = over.amount_minor, stripe.dispute_of(payment, over.amount_minor, "lost")
    charge = stripe.line("charge", amount, intent_id=payment.intent_id)
    await stripe.booked(conn, deal, charge)
    use = await money.credit_used(conn, deal.finance, other.id, USED_MINOR)
    await stripe.booked(conn, deal, stripe.line("dispute", -amount, dispute=told))
    assert await losing.lose(conn, deal.unit.id, told)
    return Short(await listed(conn, deal, told), told, amount, use)


async def listed(conn: Connection, deal: Deal, told: Disputed) -> ListedChargeback:
    found = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)
    return next(one for one in found if one.dispute_id == told.id)


async def proposed(conn: Connection, deal: Deal, one: Short) -> ChargebackWriteOff:
    reason = "付款单位已注销"
    return await operations.propose_write_off(conn, deal.finance, one.chargeback.id, reason)


async def written_off(conn: Connection, deal: Deal, one: Short) -> ChargebackWriteOff:
    waiting = await proposed(conn, deal, one)
    return await operations.approve_write_off(conn, deal.leader, waiting.id)


async def credited(conn: Connection, deal: Deal, minor: int) -> Match:
    """The payer transfers so much for nothing in particular."""
    bank = await money.bank(conn, deal)
    paid = money.Line(minor, deal.enterprise.name_zh)
    [came] = (await money.imported(conn, bank, [paid])).outcomes
    rest = money.rest("customer_credit", minor, organisation_id=deal.enterprise.id)
    return await money.matched(conn, deal.finance, came.line_id, rest=rest)


async def taken(conn: Connection) -> bool:
    """Whether the worker's turn finds anything to recover."""
    async with db.look(conn, SYSTEM):
        able = await recovery_queries.recoverable(conn, after=None, limit=2)
    return any([await recovering.recover(conn, one) for one in able])


async def written_off_twice(conn: Connection, deal: Deal, one: Short) -> None:
    """A wrong match paid a part: what of it is owed again is a loss beside the first."""
    wrong = await credited(conn, deal, 500_00)
    assert await taken(conn)
    await written_off(conn, deal, one)
    await money.undone(conn, deal.finance, wrong)
    await written_off(conn, deal, one)


async def happens(conn: Connection, deal: Deal | None = None) -> None:
    """One rejected, then lost; one recovered by finance and waiting; one by what comes back.

    The first was lost twice, because a wrong match had paid a part of it.
    """
    deal = deal or await invoicing.fw01(conn)
    stands = await short(conn, deal)
    wrong = await proposed(conn, deal, stands)
    await operations.reject_write_off(conn, deal.leader, wrong.id, "仍可催收")
    await written_off_twice(conn, deal, stands)
    other = await invoicing.fw01(conn)
    paid = await short(conn, other)
    loss = await written_off(conn, other, paid)
    await operations.recover_write_off(conn, other.finance, loss.id)
    await proposed(conn, other, paid)
    third = await invoicing.fw01(conn)
    back = await short(conn, third)
    await written_off(conn, third, back)
    told = stripe.line("dispute_reversal", back.amount_minor, dispute=back.told)
    await stripe.booked(conn, third, told)
