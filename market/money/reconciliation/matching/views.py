"""Rows that are only read: suggestions as told, and what stands in suspense."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, Record, columns
from market.money.reconciliation.matching.model import AllocationGiven, RestTo
from market.money.reconciliation.matching.reasons import ToldReason, told


class ToldSuggestion(msgspec.Struct, frozen=True):
    """What a line may be, as people read it: in the form in which it can be sent as a match."""

    bank_line_id: UUID
    position: int
    score: int
    allocations: list[AllocationGiven]
    rest_to: RestTo | None
    rest_minor: int
    rest_organisation_id: UUID | None
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


async def suggestions_of(conn: Connection, line_ids: Sequence[UUID]) -> list[ToldSuggestion]:
    """Those of the last round, the best first."""
    records = await conn.fetch(
        """SELECT s.bank_line_id, s.position, s.score, s.allocations, s.rest_to, s.rest_minor,
                  s.rest_organisation_id, s.other_line_id, s.reasons
           FROM suggestion s
           WHERE s.bank_line_id = ANY($1)
             AND s.round = (SELECT max(r.round) FROM suggestion r
                            WHERE r.bank_line_id = s.bank_line_id)
           ORDER BY s.bank_line_id, s.position""",
        line_ids,
    )
    return [_told(record) for record in records]


def _told(record: Record) -> ToldSuggestion:
    line_id, position, score, allocations, *rest, reasons = record
    given = msgspec.convert(allocations, list[AllocationGiven])
    return ToldSuggestion(*(line_id, position, score, given, *rest, told(reasons)))


async def suspended_lines(
    conn: Connection,
    actor: Actor,
    books_unit_id: UUID,
    *,
    after: tuple[date, UUID] | None = None,
    limit: int = 20,
) -> list[tuple[SuspendedLine, list[dict[str, Any]]]]:
    """The oldest first, each with the reasons of its best suggestion."""
    records = await conn.fetch(
        f"""SELECT {columns(SuspendedLine, "v")}, v.reasons
            FROM (SELECT l.id, l.bank_account_id, l.booked_on,
                         (SELECT market_today()) - l.booked_on AS age_days,
                         CASE WHEN (SELECT market_today()) - l.booked_on <= 30 THEN '0-30'
                              WHEN (SELECT market_today()) - l.booked_on <= 60 THEN '31-60'
                              WHEN (SELECT market_today()) - l.booked_on <= 90 THEN '61-90'
                              ELSE 'over-90' END AS age_band,
                         l.amount_minor, l.currency, l.counterparty_name, l.remark, l.state,
                         l.version,
                         (SELECT m.id FROM match m
                          WHERE m.bank_line_id = l.id AND m.state <> 'undone') AS match_id,
                         coalesce((SELECT s.reasons FROM suggestion s
                                   WHERE s.bank_line_id = l.id AND s.position = 1
                                   ORDER BY s.round DESC LIMIT 1), '[]') AS reasons
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
    return [(SuspendedLine(*row[:-1]), row[-1]) for row in map(tuple, records)]
