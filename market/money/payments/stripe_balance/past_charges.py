"""The SQL of charges past the market: whose they are, and what has gone of them."""

from __future__ import annotations

from uuid import UUID

import msgspec

from market.base.db import Connection, columns


class PastCharge(msgspec.Struct, frozen=True):
    """Of its payer's credit so much has ``gone_minor``, and no more than ``left_minor`` can.

    What a loss left in suspense is owed, and not left either. ``paid_minor`` is what its payer paid
    in another currency, and ``gone_paid_minor`` what of that has gone back.
    """

    stripe_line_id: UUID
    books_unit_id: UUID
    organisation_id: UUID
    currency: str
    gone_minor: int
    left_minor: int
    paid_currency: str | None
    paid_minor: int | None
    gone_paid_minor: int

    @property
    def is_changed(self) -> bool:
        """Whether its payer paid in another currency than the balance's."""
        return self.paid_currency is not None


async def lock(conn: Connection, books_unit_id: UUID, charge_id: str | None) -> None:
    """By its own line, whosever it is: before it is asked whose, and before lines of it are locked.

    Who explains it now has done so then, or waits.
    """
    await conn.execute(
        """SELECT FROM stripe_line
           WHERE (books_unit_id, source_id) = ($1, $2)
             AND category = 'charge' AND online_payment_id IS NULL
           FOR NO KEY UPDATE""",
        books_unit_id,
        charge_id,
    )


async def lock_of_line(conn: Connection, line_id: UUID) -> None:
    """The charge that the line takes back, gives back or is."""
    record = await conn.fetchrow(
        """SELECT books_unit_id, CASE category WHEN 'charge' THEN source_id ELSE charge_id END
           FROM stripe_line WHERE id = $1""",
        line_id,
    )
    if record is not None:
        await lock(conn, *record)


async def lock_of_dispute(conn: Connection, books_unit_id: UUID, dispute_id: str) -> None:
    charge_id: str | None = await conn.fetchval(
        """SELECT charge_id FROM stripe_line
           WHERE (books_unit_id, source_id, category) = ($1, $2, 'dispute')
           ORDER BY charge_id LIMIT 1""",
        books_unit_id,
        dispute_id,
    )
    await lock(conn, books_unit_id, charge_id)


async def find(
    conn: Connection, books_unit_id: UUID, charge_id: str | None, currency: str
) -> PastCharge | None:
    """If it is credit by two people's word, in that currency."""
    record = await conn.fetchrow(
        f"""SELECT {columns(PastCharge)} FROM charge_past_market
            WHERE (books_unit_id, charge_id, currency) = ($1, $2, $3)""",
        books_unit_id,
        charge_id,
        currency,
    )
    return PastCharge(*record) if record else None


async def of_line(conn: Connection, line_id: UUID) -> PastCharge | None:
    """The charge that the line takes back, gives back or is, in its currency."""
    record = await conn.fetchrow(
        f"""SELECT {columns(PastCharge, "k")}
            FROM stripe_line l JOIN charge_past_market k
                ON (k.books_unit_id, k.charge_id, k.currency)
                   = (l.books_unit_id, CASE l.category WHEN 'charge' THEN l.source_id
                                                       ELSE l.charge_id END, l.currency)
            WHERE l.id = $1""",
        line_id,
    )
    return PastCharge(*record) if record else None
