"""Rows that are only read: suggestions as told, and what stands in suspense."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns
from market.money.payments.opening_items.model import ItemGiven
from market.money.reconciliation.matching.model import AllocationGiven, RestTo
from market.money.reconciliation.matching.reasons import ToldReason
from market.money.reconciliation.matching.suggesting import Suggestion


class ToldSuggestion(msgspec.Struct, frozen=True):
    """What a line may be, as people read it: in the form in which it can be sent as a match."""

    bank_line_id: UUID
    position: int
    score: int
    allocations: list[AllocationGiven]
    opening_items: list[ItemGiven]
    rest_to: RestTo | None
    rest_minor: int
    rest_organisation_id: UUID | None
    refund_id: UUID | None
    payout_id: UUID | None
    other_line_id: UUID | None
    reasons: list[ToldReason]


class SuspendedLine(msgspec.Struct, frozen=True):
    """``age_days`` since the bank booked it; ``match_id`` when one waits for a second person.

    ``source``: a line of the bank; a line of Stripe's balance, with what of it nothing explains,
    but not what made up for a loss; or a lost chargeback, below zero, with what neither invoices
    nor credit have covered of it. ``waits_for``: whose word on the match, the explanation or the
    write-off that is proposed.
    """

    id: UUID
    source: Literal["bank", "stripe", "chargeback"]
    bank_account_id: UUID | None
    booked_on: date
    age_days: int
    age_band: str
    amount_minor: int
    currency: str
    counterparty_name: str
    remark: str
    state: str
    version: int
    match_id: UUID | None
    balance_transaction_id: str | None
    online_payment_id: UUID | None
    explanation_id: UUID | None
    write_off_id: UUID | None
    waits_for: Literal["second_person", "leader", "rule"] | None


def suggestion_told(line_id: UUID, position: int, one: Suggestion) -> ToldSuggestion:
    rest = one.terms.rest
    return ToldSuggestion(
        bank_line_id=line_id,
        position=position,
        score=one.score,
        allocations=one.terms.allocations,
        opening_items=one.terms.opening_items,
        rest_to=rest.to if rest else None,
        rest_minor=rest.amount_minor if rest else 0,
        rest_organisation_id=rest.organisation_id if rest else None,
        refund_id=rest.refund_id if rest else None,
        payout_id=rest.payout_id if rest else None,
        other_line_id=rest.other_line_id if rest else None,
        reasons=[reason.told for reason in one.reasons],
    )


async def suspended_lines(
    conn: Connection,
    actor: Actor,
    books_unit_id: UUID,
    *,
    after: tuple[date, UUID] | None = None,
    limit: int = 20,
) -> list[SuspendedLine]:
    """The oldest first."""
    records = await conn.fetch(
        f"""SELECT {columns(SuspendedLine, "v")}
            FROM (SELECT w.id, w.source, w.bank_account_id, w.booked_on, w.amount_minor, w.currency,
                         w.counterparty_name, w.remark, w.state, w.version, w.match_id,
                         w.balance_transaction_id, w.online_payment_id, w.explanation_id,
                         w.write_off_id, w.waits_for,
                         (SELECT market_today()) - w.booked_on AS age_days,
                         CASE WHEN (SELECT market_today()) - w.booked_on <= 30 THEN '0-30'
                              WHEN (SELECT market_today()) - w.booked_on <= 60 THEN '31-60'
                              WHEN (SELECT market_today()) - w.booked_on <= 90 THEN '61-90'
                              ELSE 'over_90' END AS age_band
                  FROM ((SELECT l.id, 'bank' AS source, l.bank_account_id, l.booked_on,
                                l.amount_minor, l.currency, l.counterparty_name, l.remark,
                                l.state, l.version, m.id AS match_id,
                                NULL AS balance_transaction_id, NULL::uuid AS online_payment_id,
                                NULL::uuid AS explanation_id, NULL::uuid AS write_off_id,
                                CASE WHEN m.id IS NOT NULL THEN 'second_person' END AS waits_for
                         FROM bank_line l
                         LEFT JOIN match m ON m.bank_line_id = l.id AND m.state <> 'undone'
                         WHERE l.books_unit_id = $1 AND l.state IN ('unmatched', 'suggested')
                           AND ($3::date IS NULL OR (l.booked_on, l.id) > ($3, $4::uuid))
                         ORDER BY l.booked_on, l.id LIMIT $5)
                        UNION ALL
                        SELECT s.id, 'stripe', NULL, s.booked_on, f.amount_minor - o.recovered,
                               f.currency, '', coalesce(s.description, s.category), 'unexplained',
                               s.version, NULL, s.balance_transaction_id, s.online_payment_id, x.id,
                               NULL, CASE WHEN x.belongs_to = 'rule' THEN 'rule'
                                          WHEN x.id IS NOT NULL THEN 'leader' END
                        FROM stripe_line s
                        LEFT JOIN stripe_explanation x
                            ON x.stripe_line_id = s.id AND x.state = 'proposed'
                        CROSS JOIN LATERAL (
                            SELECT a.currency, sum(CASE WHEN t.credit_account = a.id
                                THEN t.amount_minor ELSE -t.amount_minor END)::bigint
                                    AS amount_minor
                            FROM posting p JOIN transfer t ON t.posting_id = p.id
                            JOIN account a ON a.id IN (t.debit_account, t.credit_account)
                                AND a.kind = 'suspense'
                            WHERE p.cause = 'stripe_line:' || s.id GROUP BY a.currency) AS f
                        CROSS JOIN LATERAL (
                            SELECT coalesce(sum(r.amount_minor), 0)::bigint AS recovered
                            FROM chargeback_recovery r
                            WHERE r.stripe_line_id = s.id AND r.currency = f.currency) AS o
                        WHERE s.books_unit_id = $1 AND NOT s.is_explained
                          AND f.amount_minor <> o.recovered
                        UNION ALL
                        SELECT c.id, 'chargeback', NULL, c.decided_on,
                               -d.owed_minor, d.currency, '', c.dispute_id, c.state,
                               c.version, NULL, NULL, c.online_payment_id, NULL, x.id,
                               CASE WHEN x.id IS NOT NULL THEN 'leader' END
                        FROM chargeback c JOIN chargeback_debt d ON d.chargeback_id = c.id
                        LEFT JOIN chargeback_write_off x
                            ON x.chargeback_id = c.id AND x.state = 'proposed'
                        WHERE c.books_unit_id = $1 AND d.short_minor > 0 AND d.owed_minor > 0) AS w
                  WHERE ($2::uuid[] IS NULL OR $1 = ANY($2))
                    AND ($3::date IS NULL OR (w.booked_on, w.id) > ($3, $4::uuid))
                  ORDER BY w.booked_on, w.id LIMIT $5) AS v""",
        books_unit_id,
        actor.visible,
        *(after or (None, None)),
        limit,
    )
    return [SuspendedLine(*record) for record in records]
