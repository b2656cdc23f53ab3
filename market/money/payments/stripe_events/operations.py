"""Receiving events: the signature of each, their rows together, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import asyncpg
import msgspec
import stripe

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.base.together import Together
from market.money.payments.rails import Rails
from market.money.payments.stripe_events import queries
from market.money.payments.stripe_events.model import (
    Delivery,
    EventTold,
    Received,
    SignatureWrong,
)

# How old a signature may be: as Stripe recommends.
TOLERANCE_SECONDS: Final = 300
# Of one statement. An event has some kilobytes, and a megabyte at most.
DELIVERIES_AT_ONCE: Final = 100
# What the database has against a row, and not against those beside it.
FAULTS_OF_ITS_OWN: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)


def verified(secrets: Sequence[str], payload: bytes, signature: str | None) -> EventTold:
    """The head of an event that one of the secrets has signed. Raises SignatureWrong."""
    if not (signature or "").isascii():
        raise SignatureWrong  # the SDK breaks on what no signature holds
    for secret in secrets:
        try:
            text = payload.decode()
            stripe.WebhookSignature.verify_header(
                text, signature or "", secret, tolerance=TOLERANCE_SECONDS
            )
            return msgspec.json.decode(payload, type=EventTold)
        except (stripe.SignatureVerificationError, UnicodeDecodeError, msgspec.MsgspecError):
            continue
    raise SignatureWrong


class Intake:
    """The door of one process: deliveries that come at once are kept by one commit.

    Each is answered once its own row is committed, whatever became of those beside it.
    """

    def __init__(self, pool: Pool, rails: Rails) -> None:
        self._pool = pool
        self._rails = rails
        self._keeping = Together(self._keep, at_most=DELIVERIES_AT_ONCE, apart=FAULTS_OF_ITS_OWN)

    async def receive(self, unit: str, payload: bytes, signature: str | None) -> Received:
        """Verify and keep what came to the unit; a second time it is known.

        Raises SignatureWrong, also where there is no such unit.
        """
        told = verified(self._rails.secrets_of(unit), payload, signature)
        return await self._keeping.ask(Delivery(unit, told, payload.decode()))

    async def _keep(self, came: Sequence[Delivery]) -> Sequence[Received | SignatureWrong]:
        return await db.retrying(self._pool, lambda conn: keep(conn, came))


async def keep(conn: Connection, came: Sequence[Delivery]) -> Sequence[Received | SignatureWrong]:
    """Keep verified events, whichever are new; one for a unit that is not founded is refused."""
    async with db.act(conn, SYSTEM):
        is_new = await queries.insert_events(conn, came)
    return [
        Received(is_new[place]) if place in is_new else SignatureWrong()
        for place in range(len(came))
    ]
