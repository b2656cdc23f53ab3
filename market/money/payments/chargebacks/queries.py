"""The SQL of chargebacks."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.payments.chargebacks.model import Chargeback, ChargebackState
from market.money.payments.online.model import OnlinePayment
from market.money.payments.stripe_balance.model import Disputed, StripeLine


async def find_chargeback(conn: Connection, actor: Actor, chargeback_id: UUID) -> Chargeback:
    record = await conn.fetchrow(
        f"""SELECT {columns(Chargeback)} FROM chargeback
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))""",
        chargeback_id,
        actor.visible,
    )
    return one(Chargeback, record)


async def lock_chargeback(conn: Connection, actor: Actor, chargeback_id: UUID) -> Chargeback:
    """Before its evidence and its write-offs."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Chargeback)} FROM chargeback
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))
            FOR NO KEY UPDATE""",
        chargeback_id,
        actor.visible,
    )
    return one(Chargeback, record)


async def touch_chargeback(
    conn: Connection, chargeback_id: UUID, *, submissions: int = 0
) -> Chargeback:
    """A new version of it, for what hangs on it changed; Stripe's count only rises."""
    record = await conn.fetchrow(
        f"""UPDATE chargeback SET submissions = greatest(submissions, $2), version = version + 1
            WHERE id = $1 RETURNING {columns(Chargeback)}""",
        chargeback_id,
        submissions,
    )
    return one(Chargeback, record)


async def payer_of(conn: Connection, chargeback: Chargeback) -> UUID | None:
    """Whose payment is disputed; or, of a charge past the market, whose credit two people said."""
    payer_id: UUID | None = await conn.fetchval(
        "SELECT payer_id FROM chargeback_debt WHERE chargeback_id = $1", chargeback.id
    )
    return payer_id


async def payers_of(conn: Connection, chargeback: Chargeback) -> list[UUID]:
    """Who owes for it, and whose its charge is, or was to be, though he owes nothing."""
    records = await conn.fetch(
        """SELECT payer_id FROM chargeback_debt WHERE chargeback_id = $1 AND payer_id IS NOT NULL
           UNION
           SELECT k.organisation_id FROM stripe_line l JOIN charge_past_market k
               ON (k.books_unit_id, k.charge_id) = (l.books_unit_id, l.charge_id)
           WHERE (l.books_unit_id, l.source_id, l.category) = ($2, $3, 'dispute')
           UNION
           SELECT o.buyer_id FROM stripe_line l
           LEFT JOIN stripe_line k ON (k.books_unit_id, k.source_id, k.category)
                                      = (l.books_unit_id, l.charge_id, 'charge')
           JOIN online_payment o
               ON o.books_unit_id = l.books_unit_id
                  AND (o.intent_id IN (l.intent_id, k.intent_id) OR o.charge_id = l.charge_id)
           WHERE (l.books_unit_id, l.source_id, l.category) = ($2, $3, 'dispute')""",
        chargeback.id,
        chargeback.books_unit_id,
        chargeback.dispute_id,
    )
    return [record[0] for record in records]


async def lock_told(conn: Connection, books_unit_id: UUID, dispute_id: str) -> Chargeback | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(Chargeback)} FROM chargeback
            WHERE books_unit_id = $1 AND dispute_id = $2 FOR NO KEY UPDATE""",
        books_unit_id,
        dispute_id,
    )
    return Chargeback(*record) if record else None


async def wait_turn(conn: Connection, dispute_id: str) -> None:
    """Of two lines of one chargeback, none of which is a row yet, one is booked at a time."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('chargeback.' || $1))", dispute_id)


async def is_taken(
    conn: Connection, books_unit_id: UUID, dispute: Disputed, *, but: UUID | None
) -> bool:
    """Whether a line is booked by which the money of a chargeback left the balance.

    ``but``: other than this line. One of which Stripe told nothing else is known by its own id.
    """
    taken: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM stripe_line WHERE books_unit_id = $1 AND source_id = $2
                              AND category = 'dispute' AND id IS DISTINCT FROM $3)
               OR EXISTS (SELECT FROM stripe_line
                          WHERE books_unit_id = $1 AND balance_transaction_id = ANY ($4::text[])
                              AND id IS DISTINCT FROM $3)""",
        books_unit_id,
        dispute.id,
        but,
        dispute.taken_by,
    )
    return taken


async def insert_chargeback(
    conn: Connection,
    books_unit_id: UUID,
    told: Disputed,
    payment: OnlinePayment | None,
    line: StripeLine,
) -> Chargeback | None:
    """None where it is there."""
    record = await conn.fetchrow(
        f"""INSERT INTO chargeback (books_unit_id, dispute_id, online_payment_id, amount_minor,
                currency, held_minor, held_currency, reason, state, opened_on, evidence_due_at,
                submissions)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'opened', $9, $10, $11)
            ON CONFLICT DO NOTHING RETURNING {columns(Chargeback)}""",
        books_unit_id,
        told.id,
        payment.id if payment else None,
        told.amount_minor,
        told.currency,
        abs(line.amount_minor),
        line.currency,
        told.reason,
        line.booked_on,
        told.evidence_due_at,
        told.submissions,
    )
    return Chargeback(*record) if record else None


async def decide_chargeback(
    conn: Connection,
    chargeback: Chargeback,
    to: ChargebackState,
    on: date,
    *,
    short_minor: int = 0,
    returned_minor: int = 0,
) -> Chargeback:
    """``returned_minor`` came back on top of what did before."""
    record = await conn.fetchrow(
        f"""UPDATE chargeback SET state = $2, decided_on = $3, short_minor = short_minor + $4,
                returned_minor = returned_minor + $5, version = version + 1
            WHERE id = $1 RETURNING {columns(Chargeback)}""",
        chargeback.id,
        to,
        on,
        short_minor,
        returned_minor,
    )
    return one(Chargeback, record)


async def lost_by_rates(conn: Connection, chargeback: Chargeback) -> int:
    """What of the money that Stripe held did not come back, and stands as exchange differences.

    What came back in another currency came back whole.
    """
    lost: int = await conn.fetchval(
        """SELECT greatest(coalesce(sum(CASE d.kind WHEN 'exchange_difference' THEN t.amount_minor
                                        ELSE -t.amount_minor END), 0), 0)::bigint
           FROM (SELECT 'chargeback_lost:' || $3::uuid AS cause
                 UNION ALL
                 SELECT DISTINCT n.cause FROM stripe_line
                 CROSS JOIN LATERAL (VALUES ('stripe_line:' || id), (cause)) AS n (cause)
                 WHERE books_unit_id = $1 AND source_id = $2 AND currency = $4
                   AND category IN ('dispute', 'dispute_reversal')) AS s
           JOIN posting p ON p.books = $1 AND p.cause = s.cause
           JOIN transfer t ON t.posting_id = p.id
           JOIN account d ON d.id = t.debit_account JOIN account k ON k.id = t.credit_account
           WHERE 'exchange_difference' IN (d.kind, k.kind) AND d.currency = $4""",
        chargeback.books_unit_id,
        chargeback.dispute_id,
        chargeback.id,
        chargeback.held_currency,
    )
    return lost


async def keep_told(conn: Connection, chargeback: Chargeback, told: Disputed) -> Chargeback | None:
    """What Stripe says of its evidence; None where that is known. The count only rises."""
    record = await conn.fetchrow(
        f"""UPDATE chargeback SET evidence_due_at = coalesce($2, evidence_due_at),
                submissions = greatest(submissions, $3), version = version + 1
            WHERE id = $1 AND (submissions < $3
                               OR coalesce($2, evidence_due_at) IS DISTINCT FROM evidence_due_at)
            RETURNING {columns(Chargeback)}""",
        chargeback.id,
        told.evidence_due_at,
        told.submissions,
    )
    return Chargeback(*record) if record else None


async def opened_chargebacks(conn: Connection, books_unit_id: UUID) -> list[str]:
    """Stripe's ids of those that are undecided."""
    records = await conn.fetch(
        """SELECT dispute_id FROM chargeback WHERE books_unit_id = $1 AND state = 'opened'
           ORDER BY id LIMIT 200""",
        books_unit_id,
    )
    return [dispute_id for (dispute_id,) in records]


async def event_of_decision(conn: Connection, books_unit_id: UUID, dispute_id: str) -> str | None:
    """Stripe's event that a chargeback is decided, if it came; Stripe tells when nowhere else."""
    payload: str | None = await conn.fetchval(
        """SELECT payload FROM stripe_event
           WHERE books_unit_id = $1 AND object_id = $2 AND name = 'charge.dispute.closed'
           ORDER BY received_at LIMIT 1""",
        books_unit_id,
        dispute_id,
    )
    return payload


async def credit_moved_on(
    conn: Connection, books_unit_id: UUID, payer_id: UUID, currency: str
) -> date | None:
    """The last day that anything was posted for on a payer's credit."""
    day: date | None = await conn.fetchval(
        """SELECT max(p.effective_on)
           FROM account a JOIN transfer t ON a.id IN (t.debit_account, t.credit_account)
           JOIN posting p ON p.id = t.posting_id
           WHERE (a.books, a.kind, a.subject, a.currency) = ($1, 'customer_credit', $2, $3)""",
        books_unit_id,
        payer_id,
        currency,
    )
    return day
