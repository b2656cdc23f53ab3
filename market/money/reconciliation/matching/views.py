"""Rows that are only read: suggestions as told, and what stands in suspense."""

from __future__ import annotations

from datetime import date
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
    """``age_days`` since the bank booked it; ``match_id`` when one waits for a second person."""

    id: UUID
    bank_account_id: UUID
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
            FROM (SELECT l.id, l.bank_account_id, l.booked_on,
                         (SELECT market_today()) - l.booked_on AS age_days,
                         CASE WHEN (SELECT market_today()) - l.booked_on <= 30 THEN '0-30'
                              WHEN (SELECT market_today()) - l.booked_on <= 60 THEN '31-60'
                              WHEN (SELECT market_today()) - l.booked_on <= 90 THEN '61-90'
                              ELSE 'over-90' END AS age_band,
                         l.amount_minor, l.currency, l.counterparty_name, l.remark, l.state,
                         l.version,
                         (SELECT m.id FROM match m
                          WHERE m.bank_line_id = l.id AND m.state <> 'undone') AS match_id
                  FROM bank_line l
                  WHERE l.books_unit_id = $1 AND l.state IN ('unmatched', 'suggested')
                    AND ($2::uuid[] IS NULL OR l.books_unit_id = ANY($2))
                    AND ($3::date IS NULL OR (l.booked_on, l.id) > ($3, $4::uuid))
                  ORDER BY l.booked_on, l.id LIMIT $5) AS v""",
        books_unit_id,
        actor.visible,
        *(after or (None, None)),
        limit,
    )
    return [SuspendedLine(*record) for record in records]
