"""The SQL of explanations, and of what they are asked for."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.payments.online.model import OnlinePayment
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_explanations.model import (
    Explaining,
    ExplanationState,
    LineExplanation,
)


async def suspense_of(conn: Connection, line: StripeLine) -> int:
    """What the line left in suspense, in less out; what it made up of a debt there is no more."""
    left: int = await conn.fetchval(
        """SELECT (SELECT coalesce(sum(CASE WHEN k.kind = 'suspense' THEN t.amount_minor
                                            WHEN d.kind = 'suspense' THEN -t.amount_minor END), 0)
                   FROM posting p JOIN transfer t ON t.posting_id = p.id
                   JOIN account d ON d.id = t.debit_account AND d.currency = $2
                   JOIN account k ON k.id = t.credit_account
                   WHERE p.cause = 'stripe_line:' || $1::uuid)::bigint
                  - (SELECT coalesce(sum(amount_minor), 0) FROM chargeback_recovery
                     WHERE stripe_line_id = $1 AND currency = $2)::bigint""",
        line.id,
        line.currency,
    )
    return left


async def in_suspense_since(conn: Connection, line: StripeLine) -> date:
    """For which day it came there: late where what the line is about was decided later.

    And later still where an explanation was undone since.
    """
    day: date = await conn.fetchval(
        """SELECT max(effective_on) FROM posting
           WHERE cause IN (SELECT 'stripe_line:' || $1::uuid
                           UNION ALL SELECT 'stripe_explanation_undone:' || id
                           FROM stripe_explanation WHERE stripe_line_id = $1)""",
        line.id,
    )
    return day


async def is_of(conn: Connection, line_id: UUID, payment: OnlinePayment) -> bool:
    """Unless Stripe told that the line is of another charge."""
    other: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM stripe_line
                          WHERE id = $1 AND online_payment_id IS NULL
                            AND (intent_id <> $2 OR charge_id <> $3))""",
        line_id,
        payment.intent_id,
        payment.charge_id,
    )
    return not other


async def refunded_past_us(
    conn: Connection, line: StripeLine, payment_id: UUID, currency: str
) -> int:
    """What was explained as refunds of the payment's charge, less what came back of them.

    With what the line's own number took, though nobody has explained that yet: else the one would
    wait for credit that only the other brings.
    """
    taken: int = await conn.fetchval(
        """SELECT coalesce(-sum(CASE WHEN l.currency = $2 THEN l.amount_minor
                                     ELSE l.paid_minor END), 0)::bigint
           FROM stripe_line l LEFT JOIN stripe_explanation x ON x.id = l.explanation_id
           WHERE l.online_payment_id = $1
             AND (x.online_payment_id IS NOT NULL
                  OR NOT l.is_explained AND takes_a_charge_back(l.category)
                     AND l.amount_minor < 0 AND l.source_id = $3 AND NOT EXISTS (
                         SELECT FROM refund r
                         WHERE (r.books_unit_id, r.stripe_refund_id)
                             = (l.books_unit_id, l.source_id)))""",
        payment_id,
        currency,
        line.source_id,
    )
    return taken


async def refund_of(conn: Connection, line: StripeLine) -> UUID | None:
    """The refund of ours that Stripe's refund of this line is."""
    refund_id: UUID | None = await conn.fetchval(
        "SELECT id FROM refund WHERE books_unit_id = $1 AND stripe_refund_id = $2",
        line.books_unit_id,
        line.source_id,
    )
    return refund_id


async def is_charged_back(conn: Connection, line: StripeLine, charge_id: str | None) -> bool:
    """Whether a chargeback of the charge, that no payment is known of, is anything but won.

    Those are meant too of whose charge older lines say nothing.
    """
    is_so: bool = await conn.fetchval(
        """SELECT EXISTS (
               SELECT FROM chargeback c JOIN stripe_line d
                   ON (d.books_unit_id, d.source_id) = (c.books_unit_id, c.dispute_id)
               WHERE c.books_unit_id = $1 AND c.online_payment_id IS NULL AND c.state <> 'won'
                 AND d.category = 'dispute' AND coalesce(d.charge_id = $2, true))""",
        line.books_unit_id,
        charge_id,
    )
    return is_so


async def refund_without_line(conn: Connection, line: StripeLine, payment_id: UUID) -> str | None:
    """The number of a refund of ours that the line may be: Stripe was asked for it, none has come.

    What has Stripe's number of a refund may be only one whose number is not known.
    """
    number: str | None = await conn.fetchval(
        """SELECT r.number FROM refund r
           WHERE r.online_payment_id = $1 AND r.called_at IS NOT NULL
             AND r.state IN ('approved', 'unknown', 'sent')
             AND ($2::text IS NULL OR r.stripe_refund_id IS NULL)
             AND NOT EXISTS (
                 SELECT FROM stripe_line l
                 WHERE l.books_unit_id = r.books_unit_id AND l.amount_minor < 0
                   AND (l.refund_id = r.id OR l.source_id = r.stripe_refund_id))
           ORDER BY r.id LIMIT 1""",
        payment_id,
        line.source_id,
    )
    return number


async def is_left_by_rule(conn: Connection, line: StripeLine) -> bool:
    """Whether all of a chargeback's line stands in suspense by its rule, which can do no more.

    Its money was taken, or is back, by other lines; or it comes back once it was lost, to no
    payment of ours or in another currency; or of what no line took that the books have and the rule
    can still book.
    """
    is_left: bool = await conn.fetchval(
        """SELECT CASE WHEN l.category = 'dispute' THEN c.id IS NOT NULL AND d.are_there
                       WHEN c.id IS NULL
                           THEN NOT d.are_in_suspense AND (d.are_there OR EXISTS (
                               SELECT FROM beginning_of_books b WHERE b.books = l.books_unit_id))
                       ELSE c.state = 'won'
                            OR c.state <> 'opened' AND (c.online_payment_id IS NULL
                                                        OR c.held_currency <> l.currency
                                                        OR c.returned_minor >= c.amount_minor) END
           FROM stripe_line l
           LEFT JOIN chargeback c
               ON (c.books_unit_id, c.dispute_id) = (l.books_unit_id, l.source_id)
           CROSS JOIN LATERAL (
               SELECT count(*) > 0 AS are_there,
                      coalesce(bool_or(NOT o.is_explained), false) AS are_in_suspense
               FROM stripe_line o
               WHERE (o.books_unit_id, o.source_id) = (l.books_unit_id, l.source_id)
                 AND o.category = 'dispute' AND o.id <> l.id) AS d
           WHERE l.id = $1""",
        line.id,
    )
    return is_left


async def payers_of(
    conn: Connection, line: StripeLine, payment_id: UUID | None, refund_id: UUID | None
) -> list[UUID]:
    """Whose money a line is, by what is known of it and by what is named for it."""
    records = await conn.fetch(
        """SELECT buyer_id FROM online_payment WHERE id IN ($1, $2)
           UNION
           SELECT o.buyer_id FROM stripe_line l JOIN online_payment o
               ON o.books_unit_id = l.books_unit_id
                  AND (o.intent_id = l.intent_id OR o.charge_id IN (l.charge_id, l.source_id))
           WHERE l.id = $6
           UNION
           SELECT k.organisation_id FROM stripe_line l JOIN charge_past_market k
               ON (k.books_unit_id, k.charge_id)
                  = (l.books_unit_id, coalesce(l.charge_id, l.source_id))
           WHERE l.id = $6
           UNION
           SELECT organisation_id FROM refund
           WHERE id = $3 OR (books_unit_id, stripe_refund_id) = ($4, $5)
           UNION
           SELECT p.buyer_id FROM chargeback c JOIN online_payment p ON p.id = c.online_payment_id
           WHERE (c.books_unit_id, c.dispute_id) = ($4, $5)""",
        line.online_payment_id,
        payment_id,
        refund_id,
        line.books_unit_id,
        line.source_id,
        line.id,
    )
    return [record[0] for record in records]


async def payment_of(conn: Connection, line_id: UUID) -> UUID | None:
    payment_id: UUID | None = await conn.fetchval(
        "SELECT online_payment_id FROM stripe_line WHERE id = $1", line_id
    )
    return payment_id


async def insert_explanation(
    conn: Connection, actor: Actor, line: StripeLine, given: Explaining, amount_minor: int
) -> LineExplanation:
    record = await conn.fetchrow(
        f"""INSERT INTO stripe_explanation (stripe_line_id, books_unit_id, belongs_to,
                online_payment_id, refund_id, organisation_id, amount_minor, currency, reason,
                state, proposed_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'proposed', $10)
            RETURNING {columns(LineExplanation)}""",
        line.id,
        line.books_unit_id,
        given.belongs_to,
        given.online_payment_id,
        given.refund_id,
        given.organisation_id,
        amount_minor,
        line.currency,
        given.reason,
        actor.person_id,
    )
    return one(LineExplanation, record)


async def waiting_of(conn: Connection, line_id: UUID) -> LineExplanation | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(LineExplanation)} FROM stripe_explanation
            WHERE stripe_line_id = $1 AND state = 'proposed'""",
        line_id,
    )
    return LineExplanation(*record) if record else None


async def find_explanation(conn: Connection, actor: Actor, explanation_id: UUID) -> LineExplanation:
    record = await conn.fetchrow(
        f"""SELECT {columns(LineExplanation)} FROM stripe_explanation
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))""",
        explanation_id,
        actor.visible,
    )
    return one(LineExplanation, record)


async def lock_explanation(conn: Connection, explanation_id: UUID) -> LineExplanation:
    """After it was found visible, and after its line where that is locked."""
    record = await conn.fetchrow(
        f"""SELECT {columns(LineExplanation)} FROM stripe_explanation
            WHERE id = $1 FOR NO KEY UPDATE""",
        explanation_id,
    )
    return one(LineExplanation, record)


async def decide(
    conn: Connection,
    actor: Actor,
    explanation: LineExplanation,
    *,
    to: ExplanationState,
    on: date | None = None,
    note: str | None = None,
    told_payment_id: UUID | None = None,
) -> LineExplanation:
    """Once its line is known to be explained by it, if it is: the cause of the posting is kept.

    ``told_payment_id``: whose charge the line was known to be of before that.
    """
    record = await conn.fetchrow(
        f"""UPDATE stripe_explanation SET state = $2, decided_by = $3, decided_at = market_now(),
                explained_on = $4, note = $5, version = version + 1, told_payment_id = $6,
                cause = (SELECT l.cause FROM stripe_line l WHERE l.explanation_id = $1)
            WHERE id = $1 RETURNING {columns(LineExplanation)}""",
        explanation.id,
        to,
        actor.person_id,
        on,
        note,
        told_payment_id,
    )
    return one(LineExplanation, record)


async def set_withdrawn(
    conn: Connection, explanation: LineExplanation, *, to: ExplanationState
) -> LineExplanation:
    record = await conn.fetchrow(
        f"""UPDATE stripe_explanation SET state = $2, version = version + 1
            WHERE id = $1 RETURNING {columns(LineExplanation)}""",
        explanation.id,
        to,
    )
    return one(LineExplanation, record)


async def explanations(
    conn: Connection,
    actor: Actor,
    *,
    state: ExplanationState | None = None,
    line_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 20,
) -> list[LineExplanation]:
    """The newest first: the leader's work list when asked for state proposed."""
    records = await conn.fetch(
        f"""SELECT {columns(LineExplanation)} FROM stripe_explanation
            WHERE ($1::uuid[] IS NULL OR books_unit_id = ANY($1))
              AND ($2::text IS NULL OR state = $2)
              AND ($3::uuid IS NULL OR stripe_line_id = $3)
              AND ($4::uuid IS NULL OR id < $4)
            ORDER BY id DESC LIMIT $5""",
        actor.visible,
        state,
        line_id,
        after,
        limit,
    )
    return [LineExplanation(*record) for record in records]


async def due_by_rule(conn: Connection, books_unit_id: UUID, limit: int) -> list[tuple[UUID, str]]:
    """Those whose turn it is, with Stripe's id of their line."""
    records = await conn.fetch(
        """SELECT x.id, l.balance_transaction_id
           FROM stripe_explanation x JOIN stripe_line l ON l.id = x.stripe_line_id
           WHERE x.books_unit_id = $1 AND x.belongs_to = 'rule' AND x.state = 'proposed'
             AND x.next_try_at <= market_now()
           ORDER BY x.next_try_at LIMIT $2""",
        books_unit_id,
        limit,
    )
    return [(record[0], record[1]) for record in records]


async def look_again(conn: Connection, explanation_id: UUID, *, again_in: timedelta) -> None:
    await conn.execute(
        "UPDATE stripe_explanation SET next_try_at = market_now() + $2 WHERE id = $1",
        explanation_id,
        again_in,
    )
