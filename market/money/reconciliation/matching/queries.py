"""The SQL of matches and suggestions, and of what lines are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, Record, columns
from market.base.errors import NotFound
from market.money.reconciliation.matching.model import (
    AllocationGiven,
    Match,
    Matching,
    MatchState,
)
from market.money.reconciliation.matching.reasons import Reason
from market.money.reconciliation.matching.suggesting import Candidate, Suggestion
from market.money.statements.model import BankLine

_ALLOCATIONS: Final = Match.__struct_fields__.index("allocations")


class Name(msgspec.Struct, frozen=True):
    """What an organisation is called."""

    id: UUID
    name_zh: str
    name_en: str | None


async def names_of(conn: Connection, organisation_ids: Sequence[UUID]) -> list[Name]:
    records = await conn.fetch(
        f"SELECT {columns(Name)} FROM organisation WHERE id = ANY($1)", organisation_ids
    )
    return [Name(*record) for record in records]


async def buyers_with_open(conn: Connection, books_unit_id: UUID) -> list[Name]:
    """Those who still owe something in these books."""
    records = await conn.fetch(
        f"""SELECT {columns(Name)} FROM organisation
            WHERE id IN (SELECT buyer_id FROM invoice
                         WHERE books_unit_id = $1 AND state IN ('open', 'part_paid'))""",
        books_unit_id,
    )
    return [Name(*record) for record in records]


async def candidates_by_code(
    conn: Connection, books_unit_id: UUID, codes: Sequence[str]
) -> list[Candidate]:
    records = await conn.fetch(
        """SELECT i.id, i.number, i.payment_code, i.buyer_id, b.name_zh, b.name_en, i.currency,
                  i.amount_minor, i.paid_minor, i.state
           FROM invoice i JOIN organisation b ON b.id = i.buyer_id
           WHERE i.payment_code = ANY($2) AND i.books_unit_id = $1""",
        books_unit_id,
        codes,
    )
    return [Candidate(*record) for record in records]


async def open_candidates(
    conn: Connection, books_unit_id: UUID, buyers: Sequence[UUID], open_amounts: Sequence[int]
) -> list[Candidate]:
    """Open invoices of these buyers, or of these amounts; the oldest due first."""
    records = await conn.fetch(
        """SELECT i.id, i.number, i.payment_code, i.buyer_id, b.name_zh, b.name_en, i.currency,
                  i.amount_minor, i.paid_minor, i.state
           FROM invoice i JOIN organisation b ON b.id = i.buyer_id
           WHERE i.books_unit_id = $1 AND i.state IN ('open', 'part_paid')
             AND (i.buyer_id = ANY($2) OR i.amount_minor - i.paid_minor = ANY($3))
           ORDER BY i.due_on, i.id""",
        books_unit_id,
        buyers,
        open_amounts,
    )
    return [Candidate(*record) for record in records]


async def in_suspense_of(
    conn: Connection, books_unit_id: UUID, line_amounts: Sequence[int]
) -> list[BankLine]:
    """Lines still unexplained, of these amounts, the newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(BankLine)} FROM bank_line
            WHERE books_unit_id = $1 AND state IN ('unmatched', 'suggested')
              AND amount_minor = ANY($2)
            ORDER BY booked_on DESC, id DESC LIMIT 1000""",
        books_unit_id,
        line_amounts,
    )
    return [BankLine(*record) for record in records]


async def insert_suggestions(
    conn: Connection, found: Sequence[tuple[UUID, Sequence[Suggestion]]]
) -> None:
    """A new round for each line, which takes the place of the one before."""
    rows = [
        (line_id, position, one)
        for line_id, suggestions in found
        for position, one in enumerate(suggestions, start=1)
    ]
    rests = [one.terms.rest for _, _, one in rows]
    await conn.execute(
        """INSERT INTO suggestion (bank_line_id, round, position, score, allocations, rest_to,
               rest_minor, rest_organisation_id, other_line_id, reasons)
           SELECT s.line_id, 1 + coalesce((SELECT max(b.round) FROM suggestion b
                                           WHERE b.bank_line_id = s.line_id), 0),
                  s.position, s.score, s.allocations::jsonb, s.rest_to, s.rest_minor,
                  s.organisation_id, s.other_line_id, s.reasons::jsonb
           FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::text[],
                       $6::bigint[], $7::uuid[], $8::uuid[], $9::text[])
               AS s (line_id, position, score, allocations, rest_to, rest_minor, organisation_id,
                     other_line_id, reasons)""",
        [line_id for line_id, _, _ in rows],
        [position for _, position, _ in rows],
        [one.score for _, _, one in rows],
        [_json(one.terms.allocations) for _, _, one in rows],
        [rest.to if rest else None for rest in rests],
        [rest.amount_minor if rest else 0 for rest in rests],
        [rest.organisation_id if rest else None for rest in rests],
        [rest.other_line_id if rest else None for rest in rests],
        [_json(one.reasons) for _, _, one in rows],
    )


def _json(values: Sequence[msgspec.Struct]) -> str:
    """As text: a list of lists would be sent as an array of two dimensions."""
    return msgspec.json.encode(values).decode()


def _match(record: Record) -> Match:
    """Its allocations come as JSON."""
    values = list(record)
    values[_ALLOCATIONS] = msgspec.convert(values[_ALLOCATIONS], list[AllocationGiven])
    return Match(*values)


def _one(record: Record | None) -> Match:
    if record is None:
        raise NotFound
    return _match(record)


async def insert_match(
    conn: Connection,
    actor: Actor,
    line: BankLine,
    terms: Matching,
    *,
    state: MatchState,
    way: str,
    needs_second: bool,
    score: int,
    reasons: Sequence[Reason],
) -> Match:
    rest = terms.rest
    record = await conn.fetchrow(
        f"""INSERT INTO match (bank_line_id, books_unit_id, amount_minor, currency, way,
                allocations, rest_to, rest_minor, rest_organisation_id, other_line_id,
                needs_second, score, reasons, state, matched_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            RETURNING {columns(Match)}""",
        line.id,
        line.books_unit_id,
        line.amount_minor,
        line.currency,
        way,
        msgspec.to_builtins(terms.allocations),
        rest.to if rest else None,
        rest.amount_minor if rest else 0,
        rest.organisation_id if rest else None,
        rest.other_line_id if rest else None,
        needs_second,
        score,
        msgspec.to_builtins(reasons),
        state,
        actor.person_id,
    )
    return _one(record)


async def live_match_of(conn: Connection, line_id: UUID) -> Match | None:
    record = await conn.fetchrow(
        f"SELECT {columns(Match)} FROM match WHERE bank_line_id = $1 AND state <> 'undone'",
        line_id,
    )
    return _match(record) if record else None


async def last_freed_day(
    conn: Connection, line_id: UUID, invoice_ids: Sequence[UUID]
) -> date | None:
    """When a match of the line was undone last, or money taken back from the invoices."""
    freed_on: date | None = await conn.fetchval(
        """SELECT greatest(
               (SELECT max(undone_on) FROM match
                WHERE bank_line_id = $1 AND (NOT needs_second OR confirmed_by IS NOT NULL)),
               (SELECT max(taken_back_on) FROM allocation WHERE invoice_id = ANY($2)))""",
        line_id,
        invoice_ids,
    )
    return freed_on


async def matches_of(conn: Connection, line_ids: Sequence[UUID]) -> list[Match]:
    """Of these lines, the newest first."""
    records = await conn.fetch(
        f"SELECT {columns(Match)} FROM match WHERE bank_line_id = ANY($1) ORDER BY id DESC",
        line_ids,
    )
    return [_match(record) for record in records]


async def find_match(conn: Connection, actor: Actor, match_id: UUID) -> Match:
    record = await conn.fetchrow(
        f"""SELECT {columns(Match)} FROM match
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books_unit_id = ANY($2))""",
        match_id,
        actor.visible,
    )
    return _one(record)


async def lock_match(conn: Connection, match_id: UUID) -> Match:
    """After its invoices and lines were locked, and it was found visible."""
    record = await conn.fetchrow(
        f"SELECT {columns(Match)} FROM match WHERE id = $1 FOR NO KEY UPDATE", match_id
    )
    return _one(record)


async def confirm(conn: Connection, actor: Actor, match: Match, to: MatchState) -> Match:
    record = await conn.fetchrow(
        f"""UPDATE match SET state = $2, confirmed_by = $3, version = version + 1
            WHERE id = $1 RETURNING {columns(Match)}""",
        match.id,
        to,
        actor.person_id,
    )
    return _one(record)


async def undo(
    conn: Connection, actor: Actor, match: Match, *, to: MatchState, on: date, reason: str
) -> Match:
    record = await conn.fetchrow(
        f"""UPDATE match SET state = $2, undone_by = $3, undone_on = $4, undo_reason = $5,
                version = version + 1
            WHERE id = $1 RETURNING {columns(Match)}""",
        match.id,
        to,
        actor.person_id,
        on,
        reason,
    )
    return _one(record)
