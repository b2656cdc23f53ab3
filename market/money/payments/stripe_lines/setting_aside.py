"""A line that cannot be booked by its rule: its money is booked all the same, in suspense.

Otherwise the books would lack what Stripe's balance has, and nobody would be told.
"""

from __future__ import annotations

from re import fullmatch
from typing import Any
from uuid import UUID

import msgspec

from market.base import clock, db, events, fields
from market.base.access import SYSTEM
from market.base.db import Connection
from market.ledger import operations as ledger
from market.ledger.model import Leg, Posting
from market.money.payments.stripe_balance import attempts
from market.money.payments.stripe_balance.model import BALANCE, SUSPENSE, Balance
from market.money.payments.stripe_lines import booking, queries


async def set_aside(conn: Connection, books_unit_id: UUID, told: Balance) -> bool:
    """Book a line as nothing but money that nobody can explain, of which its finance is told.

    False where ``booking.book`` says it.
    """
    plain = _plain(told)
    async with db.act(conn, SYSTEM):
        if await booking.is_before_beginning(conn, books_unit_id, plain):
            return False
        if plain.category == "charge":
            await attempts.end(conn, books_unit_id, plain)
        refunded = await attempts.refunded_of(conn, books_unit_id, plain)
        line = await queries.insert_line(
            conn,
            books_unit_id,
            plain,
            payment=refunded,
            refund_id=None,
            is_explained=False,
            booked_on=clock.day_of(plain.moved_at),
        )
        if line is None:
            return False
        legs = [
            Leg(BALANCE, SUSPENSE, line.amount_minor, line.currency),
            Leg(booking.FEES, BALANCE, line.fee_minor, line.currency),
        ]
        upright = [leg.upright() for leg in legs]
        await ledger.post(conn, Posting(line.cause, books_unit_id, line.booked_on, upright))
        changed = {"category": line.category}
        await events.record(conn, SYSTEM, "stripe_line.unexplained", about=line, changed=changed)
        return True


def _plain(told: Balance) -> Balance:
    """What can be kept of it. Stripe's net amount is what its balance has moved by."""
    is_told = _is_paid_told(told)
    return msgspec.structs.replace(
        told,
        category=_kept(told.category, 100) or "unknown",
        amount_minor=told.net_minor + told.fee_minor,
        fees=[{name: _kept(said, 500) for name, said in part.items()} for part in told.fees],
        source_id=_kept(told.source_id, 255),
        description=_kept(told.description, 500),
        intent_id=_kept(told.intent_id, 255),
        charge_id=_kept(told.charge_id, 255),
        paid_currency=told.paid_currency if is_told else None,
        paid_minor=told.paid_minor if is_told else None,
    )


def _is_paid_told(told: Balance) -> bool:
    """What the payer paid or got back in his own currency, where that can be kept."""
    paid_minor: object = told.paid_minor
    is_amount = isinstance(paid_minor, int) and abs(paid_minor) <= fields.MOST
    is_currency = fullmatch("[A-Z]{3}", str(told.paid_currency)) is not None
    return told.category in (*attempts.GOING_BACK, "charge") and is_amount and is_currency


def _kept(said: Any, most: int) -> Any:
    """No text is longer than its column, and PostgreSQL holds no NUL."""
    return said.replace("\0", "")[:most] if isinstance(said, str) else said
