"""The SQL of charges past the market: whose they are, and what has gone of them."""

from __future__ import annotations

from uuid import UUID

import msgspec

from market.base.db import Connection, columns
from market.money.payments.stripe_balance.model import StripeLine


class PastCharge(msgspec.Struct, frozen=True):
    """Of its ``amount_minor`` so much has ``gone_minor`` since.

    ``lost_minor`` of that a loss took while it stood in suspense; the rest became credit.
    ``paid_minor`` is what its payer paid in another currency, and ``gone_paid_minor`` what lines
    that are explained as of it took back of that.
    """

    stripe_line_id: UUID
    books_unit_id: UUID
    organisation_id: UUID
    currency: str
    amount_minor: int
    gone_minor: int
    lost_minor: int
    paid_currency: str | None
    paid_minor: int | None
    gone_paid_minor: int

    @property
    def left_minor(self) -> int:
        return max(0, self.amount_minor - self.gone_minor)


async def lock_charge_of(conn: Connection, line_id: UUID) -> PastCharge | None:
    """The charge that the line is of, locked by its own line; before this line is."""
    charge_line_id: UUID | None = await conn.fetchval(
        """SELECT l.id FROM stripe_line s JOIN stripe_line l
               ON (l.books_unit_id, l.source_id) = (s.books_unit_id, s.charge_id)
               AND l.category = 'charge' AND l.online_payment_id IS NULL
           WHERE s.id = $1 FOR NO KEY UPDATE OF l""",
        line_id,
    )
    return await charge_at(conn, charge_line_id) if charge_line_id is not None else None


async def charge_of(conn: Connection, line_id: UUID) -> PastCharge | None:
    """The charge that the line is of, if that is credit by two people's word."""
    record = await conn.fetchrow(
        f"""SELECT {columns(PastCharge, "k")}
            FROM stripe_line s JOIN charge_past_market k USING (books_unit_id, charge_id)
            WHERE s.id = $1""",
        line_id,
    )
    return PastCharge(*record) if record else None


async def charge_at(conn: Connection, line_id: UUID) -> PastCharge | None:
    """What the charge of this line is, if it is credit by two people's word."""
    record = await conn.fetchrow(
        f"SELECT {columns(PastCharge)} FROM charge_past_market WHERE stripe_line_id = $1", line_id
    )
    return PastCharge(*record) if record else None


async def came_back_of(conn: Connection, line_id: UUID) -> int:
    """What of the charge of this line is explained as come back: its payer's credit again."""
    came_back_minor: int = await conn.fetchval(
        """SELECT coalesce(sum(s.amount_minor), 0)::bigint
           FROM stripe_line l
           JOIN stripe_line s ON (s.books_unit_id, s.charge_id) = (l.books_unit_id, l.source_id)
           JOIN stripe_explanation y ON y.id = s.explanation_id
           WHERE l.id = $1 AND s.category <> 'charge' AND s.amount_minor > 0
             AND y.organisation_id IS NOT NULL""",
        line_id,
    )
    return came_back_minor


async def is_written_off(conn: Connection, line_id: UUID) -> bool:
    """Whether what a lost chargeback of the charge of this line left is a loss that stands."""
    is_so: bool = await conn.fetchval(
        """SELECT EXISTS (
               SELECT FROM stripe_line l
               JOIN stripe_line d ON (d.books_unit_id, d.charge_id, d.category)
                   = (l.books_unit_id, l.source_id, 'dispute')
               JOIN chargeback c
                   ON (c.books_unit_id, c.dispute_id) = (d.books_unit_id, d.source_id)
               JOIN chargeback_write_off w ON w.chargeback_id = c.id AND w.state = 'approved'
               WHERE l.id = $1)""",
        line_id,
    )
    return is_so


async def can_be_booked(conn: Connection, line: StripeLine) -> bool:
    """Whether a payment of ours is named that the charge's rule can book, or nothing is told."""
    can: bool = await conn.fetchval(
        """SELECT l.source_id IS NULL OR EXISTS (
               SELECT FROM online_payment p
               WHERE p.books_unit_id = l.books_unit_id
                 AND (p.intent_id = l.intent_id OR p.charge_id = l.source_id)
                 AND p.currency = coalesce(l.paid_currency, l.currency))
           FROM stripe_line l WHERE l.id = $1""",
        line.id,
    )
    return can


async def is_of_nobody(conn: Connection, line: StripeLine) -> bool:
    """Whether a charge is named that is no payment's, nobody's credit and in no suspense itself.

    Or what the line brings back had left as a loss.
    """
    is_so: bool = await conn.fetchval(
        """SELECT l.charge_id IS NOT NULL AND NOT EXISTS (
                      SELECT FROM online_payment p
                      WHERE p.books_unit_id = l.books_unit_id
                        AND (p.id = l.online_payment_id OR p.intent_id = l.intent_id
                             OR p.charge_id = l.charge_id))
                  AND NOT EXISTS (
                      SELECT FROM stripe_line c
                      LEFT JOIN stripe_explanation x ON x.id = c.explanation_id
                      WHERE (c.books_unit_id, c.source_id) = (l.books_unit_id, l.charge_id)
                        AND c.category = 'charge'
                        AND (NOT c.is_explained OR x.organisation_id IS NOT NULL))
                  OR l.amount_minor > 0 AND EXISTS (
                      SELECT FROM stripe_line o JOIN stripe_explanation x ON x.id = o.explanation_id
                      WHERE (o.books_unit_id, o.source_id) = (l.books_unit_id, l.source_id)
                        AND o.amount_minor < 0 AND x.belongs_to = 'write_off')
           FROM stripe_line l WHERE l.id = $1""",
        line.id,
    )
    return is_so


async def buyer_named_by(conn: Connection, line: StripeLine) -> UUID | None:
    """Whose payment a charge was to be that came in another currency than asked."""
    buyer_id: UUID | None = await conn.fetchval(
        """SELECT p.buyer_id FROM stripe_line l JOIN online_payment p
               ON p.books_unit_id = l.books_unit_id
               AND (p.intent_id = l.intent_id OR p.charge_id = l.source_id)
           WHERE l.id = $1 LIMIT 1""",
        line.id,
    )
    return buyer_id


async def is_customer(conn: Connection, books_unit_id: UUID, organisation_id: UUID) -> bool:
    """One that has a contract or an invoice in these books, as the actor sees them."""
    known: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM contract WHERE (books_unit_id, buyer_id) = ($1, $2))
               OR EXISTS (SELECT FROM invoice WHERE (books_unit_id, buyer_id) = ($1, $2))""",
        books_unit_id,
        organisation_id,
    )
    return known
