"""The SQL of opening balances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.ledger.opening.model import (
    RECEIVABLE,
    ChartedKind,
    Keeper,
    LineItem,
    NewOpeningBalance,
    NewSupplement,
    OpeningBalance,
    OpeningLine,
    OpeningState,
)


async def keeper_of(conn: Connection, unit_id: UUID) -> Keeper | None:
    """Whose books the unit's figures are in; None where no unit above is a legal person."""
    record = await conn.fetchrow(
        f"SELECT {columns(Keeper)} FROM organisation WHERE id = books_of($1)", unit_id
    )
    return Keeper(*record) if record else None


async def charted(conn: Connection, kinds: Sequence[str]) -> dict[str, ChartedKind]:
    """What the chart says of those kinds that it knows."""
    records = await conn.fetch(
        """SELECT kind, class, needs_subject, debit_side, zh, en FROM account_kind
           WHERE kind = ANY ($1)""",
        kinds,
    )
    return {record[0]: ChartedKind(*record) for record in records}


async def unknown_subjects(
    conn: Connection, books: UUID, lines: Sequence[OpeningLine]
) -> list[int]:
    """The places of lines whose subject nobody knows as what its kind asks for."""
    records = await conn.fetch(
        """SELECT l.place - 1
           FROM unnest($2::text[], $3::uuid[]) WITH ORDINALITY AS l (kind, subject, place)
           WHERE l.subject IS NOT NULL AND NOT has_subject($1, l.kind, l.subject)
           ORDER BY l.place""",
        books,
        [line.kind for line in lines],
        [line.subject for line in lines],
    )
    return [record[0] for record in records]


async def own_subjects(conn: Connection, books: UUID, lines: Sequence[OpeningLine]) -> list[int]:
    """The places of lines whose subject is a unit whose books these are."""
    records = await conn.fetch(
        """SELECT l.place - 1 FROM unnest($2::uuid[]) WITH ORDINALITY AS l (subject, place)
           WHERE books_of(l.subject) = $1 ORDER BY l.place""",
        books,
        [line.subject for line in lines],
    )
    return [record[0] for record in records]


async def insert_opening_balance(
    conn: Connection, actor: Actor, books: UUID, new: NewOpeningBalance
) -> OpeningBalance | None:
    """None when the books have a live one already."""
    record = await conn.fetchrow(
        f"""INSERT INTO opening_balance (books, as_of, state, prepared_by)
            VALUES ($1, $2, 'prepared', $3)
            ON CONFLICT (books) WHERE state <> 'withdrawn' AND supplements IS NULL DO NOTHING
            RETURNING {columns(OpeningBalance)}""",
        books,
        new.as_of,
        actor.person_id,
    )
    return OpeningBalance(*record) if record else None


async def insert_supplement(
    conn: Connection, actor: Actor, opened: OpeningBalance, new: NewSupplement
) -> OpeningBalance:
    record = await conn.fetchrow(
        f"""INSERT INTO opening_balance (books, as_of, supplements, reason, file_id, state,
                prepared_by)
            VALUES ($1, $2, $3, $4, $5, 'prepared', $6)
            RETURNING {columns(OpeningBalance)}""",
        opened.books,
        opened.as_of,
        opened.id,
        new.reason,
        new.file_id,
        actor.person_id,
    )
    return one(OpeningBalance, record)


async def insert_lines(
    conn: Connection, opened: OpeningBalance, lines: Sequence[OpeningLine]
) -> list[int]:
    """Returns the places of lines whose account begins elsewhere, and which are not kept."""
    records = await conn.fetch(
        """INSERT INTO opening_balance_line (opening_balance_id, books, opening_state, position,
               kind, subject, currency, balance_minor)
           SELECT $1, $2, $3, l.position, l.kind, l.subject, l.currency, l.balance_minor
           FROM unnest($4::text[], $5::uuid[], $6::text[], $7::bigint[])
               WITH ORDINALITY AS l (kind, subject, currency, balance_minor, position)
           ON CONFLICT DO NOTHING RETURNING position""",
        opened.id,
        opened.books,
        opened.state,
        [line.kind for line in lines],
        [line.subject for line in lines],
        [line.currency for line in lines],
        [line.balance_minor for line in lines],
    )
    kept = {record[0] for record in records}
    return [place for place in range(len(lines)) if place + 1 not in kept]


async def lock_opening_balance(conn: Connection, actor: Actor, opening_id: UUID) -> OpeningBalance:
    record = await conn.fetchrow(
        f"""SELECT {columns(OpeningBalance)} FROM opening_balance
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books = ANY ($2)) FOR UPDATE""",
        opening_id,
        actor.visible,
    )
    return one(OpeningBalance, record)


async def find_opening_balance(conn: Connection, actor: Actor, opening_id: UUID) -> OpeningBalance:
    record = await conn.fetchrow(
        f"""SELECT {columns(OpeningBalance)} FROM opening_balance
            WHERE id = $1 AND ($2::uuid[] IS NULL OR books = ANY ($2))""",
        opening_id,
        actor.visible,
    )
    return one(OpeningBalance, record)


async def live_opening_balance(conn: Connection, actor: Actor, books: UUID) -> OpeningBalance:
    record = await conn.fetchrow(
        f"""SELECT {columns(OpeningBalance)} FROM opening_balance
            WHERE id = (SELECT id FROM opening_of_books WHERE books = $1)
              AND ($2::uuid[] IS NULL OR books = ANY ($2))""",
        books,
        actor.visible,
    )
    return one(OpeningBalance, record)


async def approved_opening(conn: Connection, books: UUID) -> OpeningBalance | None:
    """What the books began with; it stays as it is for ever."""
    record = await conn.fetchrow(
        f"""SELECT {columns(OpeningBalance)} FROM opening_balance
            WHERE id = (SELECT id FROM beginning_of_books WHERE books = $1)""",
        books,
    )
    return OpeningBalance(*record) if record else None


async def supplements_of(
    conn: Connection,
    actor: Actor,
    books: UUID,
    *,
    state: OpeningState | None,
    after: UUID | None,
    limit: int,
) -> list[OpeningBalance]:
    """The newest first: the leader's work list when asked for state prepared."""
    records = await conn.fetch(
        f"""SELECT {columns(OpeningBalance)} FROM opening_balance
            WHERE books = $1 AND supplements IS NOT NULL
              AND ($2::uuid[] IS NULL OR books = ANY ($2))
              AND ($3::text IS NULL OR state = $3) AND ($4::uuid IS NULL OR id < $4)
            ORDER BY id DESC LIMIT $5""",
        books,
        actor.visible,
        state,
        after,
        limit,
    )
    return [OpeningBalance(*record) for record in records]


async def approved_supplements(conn: Connection, opening_id: UUID) -> list[UUID]:
    """Of what the books began with, the oldest first."""
    records = await conn.fetch(
        """SELECT id FROM opening_balance
           WHERE supplements = $1 AND state = 'approved' ORDER BY id""",
        opening_id,
    )
    return [record[0] for record in records]


async def insert_items(
    conn: Connection, opened: OpeningBalance, lines: Sequence[OpeningLine]
) -> list[tuple[int, int]]:
    """Those of its receivables; returns the places, of line and item, of what is owed already."""
    rows = [
        (place, position, line, item)
        for place, line in enumerate(lines)
        for position, item in enumerate(line.items_on(opened.as_of))
    ]
    if not rows:
        return []
    records = await conn.fetch(
        """INSERT INTO opening_item (opening_balance_id, books_unit_id, opened_on, opening_state,
               organisation_id, currency, reference, dated_on, due_on, amount_minor)
           SELECT $1, $2, $3, $4, i.organisation_id, i.currency, i.reference, i.dated_on, i.due_on,
               i.amount_minor
           FROM unnest($5::uuid[], $6::text[], $7::text[], $8::date[], $9::date[], $10::bigint[])
               AS i (organisation_id, currency, reference, dated_on, due_on, amount_minor)
           ON CONFLICT DO NOTHING RETURNING organisation_id, currency, reference""",
        opened.id,
        opened.books,
        opened.as_of,
        opened.state,
        [line.subject for *_, line, _ in rows],
        [line.currency for *_, line, _ in rows],
        [item.reference for *_, item in rows],
        [item.dated_on for *_, item in rows],
        [item.due_on for *_, item in rows],
        [item.amount_minor for *_, item in rows],
    )
    kept = {tuple(record) for record in records}
    return [
        (place, position)
        for place, position, line, item in rows
        if (line.subject, line.currency, item.reference) not in kept
    ]


async def lines_of(conn: Connection, opening_id: UUID) -> list[OpeningLine]:
    items = await _items_of(conn, opening_id)
    records = await conn.fetch(
        """SELECT kind, subject, currency, balance_minor FROM opening_balance_line
           WHERE opening_balance_id = $1 ORDER BY position""",
        opening_id,
    )
    return [
        OpeningLine(
            kind=kind,
            subject=subject,
            currency=currency,
            balance_minor=balance_minor,
            items=items[subject, currency] if kind == RECEIVABLE else [],
        )
        for kind, subject, currency, balance_minor in records
    ]


async def _items_of(conn: Connection, opening_id: UUID) -> dict[tuple[UUID, str], list[LineItem]]:
    """By organisation and currency, the oldest first."""
    records = await conn.fetch(
        """SELECT organisation_id, currency, reference, dated_on, due_on, amount_minor
           FROM opening_item WHERE opening_balance_id = $1 ORDER BY dated_on, id""",
        opening_id,
    )
    found: dict[tuple[UUID, str], list[LineItem]] = defaultdict(list)
    for organisation_id, currency, reference, dated_on, due_on, amount_minor in records:
        item = LineItem(
            reference=reference, dated_on=dated_on, due_on=due_on, amount_minor=amount_minor
        )
        found[organisation_id, currency].append(item)
    return found


async def move_opening_balance(
    conn: Connection, opening_id: UUID, *, to: OpeningState, approved_by: UUID | None
) -> OpeningBalance:
    record = await conn.fetchrow(
        f"""UPDATE opening_balance SET state = $2, approved_by = $3, version = version + 1
            WHERE id = $1 RETURNING {columns(OpeningBalance)}""",
        opening_id,
        to,
        approved_by,
    )
    return one(OpeningBalance, record)
