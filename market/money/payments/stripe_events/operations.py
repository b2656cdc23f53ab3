"""Receiving an event: its signature, its row, nothing else."""

from __future__ import annotations

import msgspec
import stripe

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.money.payments.rails import Rail
from market.money.payments.stripe_events import queries
from market.money.payments.stripe_events.model import EventTold, Received, SignatureWrong

# How old a signature may be: as Stripe recommends.
TOLERANCE_SECONDS = 300


def verified(rail: Rail, payload: bytes, signature: str | None) -> EventTold:
    """The head of an event that one of the unit's secrets has signed. Raises SignatureWrong."""
    for secret in rail.secrets:
        try:
            text = payload.decode()
            stripe.WebhookSignature.verify_header(
                text, signature or "", secret, tolerance=TOLERANCE_SECONDS
            )
            return msgspec.json.decode(payload, type=EventTold)
        except (stripe.SignatureVerificationError, UnicodeDecodeError, msgspec.MsgspecError):
            continue
    raise SignatureWrong


async def receive(conn: Connection, rail: Rail, told: EventTold, payload: str) -> Received:
    """Keep a verified event; a second time it is known."""
    async with db.act(conn, SYSTEM):
        return Received(await queries.insert_event(conn, rail.unit_id, told, payload))
