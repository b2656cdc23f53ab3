"""The SQL of matches, and of what lines are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, Record, columns
from market.base.errors import NotFound
from market.money.payments.opening_items import queries as opening_items
from market.money.payments.opening_items.model import ItemGiven
from market.money.reconciliation.matching.model import (
    AllocationGiven,
    Match,
    Matching,
    MatchState,
)
from market.money.reconciliation.matching.reasons import Reason
from market.money.reconciliation.matching.suggesting import Candidate, OldDebt
from market.money.statements.model import BankLine

_ALLOCATIONS: Final = Match.__struct_fields__.index("allocations")
_ITEMS: Final = Match.__struct_fields__.index("opening_items")


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


class OwnAccount(msgspec.Struct, frozen=True):
    """An account of ours at a bank, and in whose name it is."""

    id: UUID
    number: str
    name_zh: str
    name_en: str | None


async def own_accounts(conn: Connection, account_ids: Sequence[UUID]) -> dict[UUID, OwnAccount]:
    records = await conn.fetch(
        """SELECT a.id, a.number, o.name_zh, o.name_en
           FROM bank_account a JOIN organisation o ON o.id = a.books_unit_id
           WHERE a.id = ANY($1)""",
        account_ids,
    )
    return {record[0]: OwnAccount(*record) for record in records}


async def keeper_of(conn: Connection, organisation_id: UUID) -> UUID | None:
    """Whose books a unit's money is in; None for an enterprise."""
    keeper: UUID | None = await conn.fetchval("SELECT books_of($1)", organisation_id)
    return keeper


async def buyers_with_open(conn: Connection, books_unit_id: UUID) -> list[Name]:
    """Those who still owe something in these books."""
    records = await conn.fetch(
        f"""SELECT {columns(Name)} FROM organisation
            WHERE id IN (SELECT buyer_id FROM invoice
                         WHERE books_unit_id = $1 AND state IN ('open', 'part_paid'))""",
        books_unit_id,
    )
    return [Name(*record) for record in records]


async def named_by_code(
    conn: Connection, books_unit_id: UUID, codes: Sequence[str]
) -> list[tuple[UUID, UUID]]:
    """Invoices with their contracts, these first, as they are locked."""
    records = await conn.fetch(
        "SELECT contract_id, id FROM invoice WHERE payment_code = ANY($2) AND books_unit_id = $1",
        books_unit_id,
        codes,
    )
    return [(contract_id, invoice_id) for contract_id, invoice_id in records]


async def candidates_by_code(
    conn: Connection, books_unit_id: UUID, codes: Sequence[str]
) -> list[Candidate]:
    records = await conn.fetch(
        """SELECT i.id, i.number, i.payment_code, i.buyer_id, b.name_zh, b.name_en, i.currency,
                  i.amount_minor, i.paid_minor, i.offset_minor, i.state
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
                  i.amount_minor, i.paid_minor, i.offset_minor, i.state
           FROM invoice i JOIN organisation b ON b.id = i.buyer_id
           WHERE i.books_unit_id = $1 AND i.state IN ('open', 'part_paid')
             AND (i.buyer_id = ANY($2) OR i.amount_minor - i.paid_minor - i.offset_minor = ANY($3))
           ORDER BY i.due_on, i.id""",
        books_unit_id,
        buyers,
        open_amounts,
    )
    return [Candidate(*record) for record in records]


async def old_debts(
    conn: Connection, books_unit_id: UUID, open_amounts: Sequence[int]
) -> list[OldDebt]:
    """Items of books that have begun of which so much is open, the oldest first."""
    records = await conn.fetch(
        """SELECT i.id, i.reference, o.name_zh, o.name_en, i.currency,
                  i.amount_minor - i.paid_minor
           FROM opening_item i JOIN organisation o ON o.id = i.organisation_id
           WHERE i.books_unit_id = $1 AND i.amount_minor - i.paid_minor = ANY($2)
             AND i.opening_balance_id IN (SELECT id FROM opening_balance WHERE state = 'approved')
           ORDER BY i.dated_on, i.id""",
        books_unit_id,
        open_amounts,
    )
    return [OldDebt(*record) for record in records]


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


def _json(values: Sequence[msgspec.Struct]) -> str:
    """As text: a list of lists would be sent as an array of two dimensions."""
    return msgspec.json.encode(values).decode()


def _match(record: Record) -> Match:
    """Its allocations come as JSON."""
    values = list(record)
    values[_ALLOCATIONS] = msgspec.convert(values[_ALLOCATIONS], list[AllocationGiven])
    values[_ITEMS] = msgspec.convert(values[_ITEMS], list[ItemGiven])
    return Match(*values)


def _one(record: Record | None) -> Match:
    if record is None:
        raise NotFound
    return _match(record)


class NewMatch(msgspec.Struct, frozen=True, kw_only=True):
    """A line and what it is said to be."""

    line: BankLine
    terms: Matching
    state: MatchState
    way: str
    needs_second: bool = False
    score: int
    reasons: Sequence[Reason]


async def insert_matches(conn: Connection, actor: Actor, new: Sequence[NewMatch]) -> list[Match]:
    """In the order given."""
    rests = [one.terms.rest for one in new]
    records = await conn.fetch(
        f"""INSERT INTO match (bank_line_id, books_unit_id, amount_minor, currency, way,
                allocations, rest_to, rest_minor, rest_organisation_id, other_line_id,
                needs_second, score, reasons, state, opening_items, refund_id, payout_id,
                matched_by)
            SELECT n.line_id, n.books_unit_id, n.amount_minor, n.currency, n.way,
                n.allocations::jsonb, n.rest_to, n.rest_minor, n.organisation_id, n.other_line_id,
                n.needs_second, n.score, n.reasons::jsonb, n.state, n.opening_items::jsonb,
                n.refund_id, n.payout_id, $18
            FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[],
                    $7::text[], $8::bigint[], $9::uuid[], $10::uuid[], $11::boolean[],
                    $12::integer[], $13::text[], $14::text[], $15::text[], $16::uuid[],
                    $17::uuid[])
                AS n (line_id, books_unit_id, amount_minor, currency, way, allocations, rest_to,
                    rest_minor, organisation_id, other_line_id, needs_second, score, reasons, state,
                    opening_items, refund_id, payout_id)
            RETURNING {columns(Match)}""",
        [one.line.id for one in new],
        [one.line.books_unit_id for one in new],
        [one.line.amount_minor for one in new],
        [one.line.currency for one in new],
        [one.way for one in new],
        [_json(one.terms.allocations) for one in new],
        [rest.to if rest else None for rest in rests],
        [rest.amount_minor if rest else 0 for rest in rests],
        [rest.organisation_id if rest else None for rest in rests],
        [rest.other_line_id if rest else None for rest in rests],
        [one.needs_second for one in new],
        [one.score for one in new],
        [_json(one.reasons) for one in new],
        [one.state for one in new],
        [_json(one.terms.opening_items) for one in new],
        [one.terms.refund_id for one in new],
        [one.terms.payout_id for one in new],
        actor.person_id,
    )
    made = {match.bank_line_id: match for match in map(_match, records)}
    return [made[one.line.id] for one in new]


async def live_match_of(conn: Connection, line_id: UUID) -> Match | None:
    record = await conn.fetchrow(
        f"SELECT {columns(Match)} FROM match WHERE bank_line_id = $1 AND state <> 'undone'",
        line_id,
    )
    return _match(record) if record else None


async def is_refund_taken(conn: Connection, refund_id: UUID, *, goes_out: bool) -> bool:
    """Whether a line says already that the locked refund went out, or came back."""
    taken: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM match
               WHERE refund_id = $1 AND (amount_minor < 0) = $2 AND state <> 'undone')""",
        refund_id,
        goes_out,
    )
    return taken


class Freed(msgspec.Struct, frozen=True):
    """When matches of lines were undone last, and money taken back from what they paid."""

    lines: dict[UUID, date]
    invoices: dict[UUID, date]
    items: dict[UUID, date]


async def last_freed(
    conn: Connection,
    line_ids: Sequence[UUID],
    invoice_ids: Sequence[UUID],
    item_ids: Sequence[UUID],
) -> Freed:
    records = await conn.fetch(
        """SELECT true, bank_line_id, max(undone_on) FROM match
           WHERE bank_line_id = ANY($1) AND undone_on IS NOT NULL
             AND (NOT needs_second OR confirmed_by IS NOT NULL)
           GROUP BY bank_line_id
           UNION ALL
           SELECT false, invoice_id, max(taken_back_on) FROM allocation
           WHERE invoice_id = ANY($2) AND taken_back_on IS NOT NULL GROUP BY invoice_id""",
        line_ids,
        invoice_ids,
    )
    return Freed(
        {freed_id: on for is_line, freed_id, on in records if is_line},
        {freed_id: on for is_line, freed_id, on in records if not is_line},
        await opening_items.last_taken_back(conn, item_ids) if item_ids else {},
    )


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
