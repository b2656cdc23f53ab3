"""Charges that nobody asked for here, whose credit is asked back."""

from __future__ import annotations

from typing import Final

from market.base.db import Connection
from market.money.payments.chargebacks import losing
from market.money.payments.stripe_balance.model import Disputed
from tests.world import explaining, invoicing, money, stripe
from tests.world.explaining import as_
from tests.world.invoicing import Deal

PAID: Final = 700_00


async def happens(conn: Connection) -> None:
    await _takes_a_mistake(conn, await invoicing.fw01(conn))
    deal = await invoicing.fw01(conn)
    await _is_partly_used(conn, deal)
    await _is_of_nobody(conn, deal)


async def _takes_a_mistake(conn: Connection, deal: Deal) -> None:
    """All is used and lost: the loss took credit of a wrong match, which it gives back."""
    await _used(conn, deal, "ch_lost", PAID)
    wrong = await stripe.mistaken(conn, deal, PAID)
    told, lost = [
        Disputed("dp_lost", PAID, "CNY", "fraudulent", status, None, None, "ch_lost")
        for status in ("needs_response", "lost")
    ]
    line = stripe.line("dispute", -PAID, dispute=told)
    await stripe.booked(conn, deal, line)
    assert await losing.lose(conn, deal.unit.id, lost)
    await money.undone(conn, deal.finance, wrong)


async def _is_partly_used(conn: Connection, deal: Deal) -> None:
    """What is refunded and not explained is still there."""
    of = {"charge_id": "ch_held", "source_id": "re_held"}
    await explaining.unknown(conn, deal, stripe.line("refund", -100_00, **of))
    await _used(conn, deal, "ch_held", 550_00)


async def _is_of_nobody(conn: Connection, deal: Deal) -> None:
    """What goes back of it is a loss, until it comes back."""
    of = {"charge_id": "ch_nobody", "source_id": "re_nobody"}
    for category, amount_minor in (("refund", -20_00), ("refund_failure", 20_00)):
        line = await explaining.unknown(conn, deal, stripe.line(category, amount_minor, **of))
        await explaining.explained(conn, deal, line, as_("write_off"))


async def _used(conn: Connection, deal: Deal, charge_id: str, used_minor: int) -> None:
    told = stripe.line("charge", PAID, charge_id=charge_id, source_id=charge_id)
    line = await explaining.unknown(conn, deal, told)
    credit = as_("customer_credit", organisation_id=deal.enterprise.id)
    await explaining.explained(conn, deal, line, credit)
    invoice = await invoicing.issued(conn, deal)
    await money.credit_used(conn, deal.finance, invoice.id, used_minor)
