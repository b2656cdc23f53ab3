"""What is here for what of an organisation's credit is held: whoever sends money back asks it."""

from __future__ import annotations

from uuid import UUID

import msgspec

from market.base.db import Connection
from market.money.invoicing import covered
from market.money.invoicing.held import Held, held_of


class Cover(msgspec.Struct, frozen=True):
    """What of a payer's money must stay, and what is here for it.

    That is his credit, and what is reserved for refunds that have not gone out.
    """

    held: Held
    here_minor: int

    def without(self, amount_minor: int) -> Cover:
        return Cover(self.held, self.here_minor - amount_minor)

    @property
    def is_enough(self) -> bool:
        return self.here_minor >= self.held.total_minor


async def cover_of(
    conn: Connection,
    books_unit_id: UUID,
    organisation_id: UUID,
    currency: str,
    *,
    but: UUID | None = None,
) -> Cover | None:
    """None where nothing is held; within an act, and but for the same, as ``held_of``.

    Refunds of one payer are weighed one at a time: until it has gone each covers for the others.
    """
    place = books_unit_id, organisation_id, currency
    held = await held_of(conn, *place, but=but)
    if not held.total_minor:
        return None
    await conn.execute(
        "SELECT pg_advisory_xact_lock(hashtext('held.' || $1::uuid || $2::uuid || $3::text))",
        *place,
    )
    return Cover(held, await covered.credit_here(conn, *place))
