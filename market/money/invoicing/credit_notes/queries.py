"""The SQL of credit notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.money.invoicing.credit_notes.model import (
    CreditNote,
    FullNote,
    NoteLine,
    NotePart,
    NoteState,
)
from market.money.invoicing.model import Invoice

# Its creditor sees all of them, the buyer what was issued to it.
SEEN: Final = """($1::uuid[] IS NULL OR i.provider_unit_id = ANY ($1) OR i.books_unit_id = ANY ($1)
                 OR (i.buyer_id = ANY ($1) AND n.state = 'issued'))"""


async def proposed_note_of(conn: Connection, invoice_id: UUID) -> FullNote | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(CreditNote)} FROM credit_note
            WHERE invoice_id = $1 AND state = 'proposed'""",
        invoice_id,
    )
    return await in_full(conn, CreditNote(*record)) if record else None


async def find_note(conn: Connection, actor: Actor, note_id: UUID) -> CreditNote:
    record = await conn.fetchrow(
        f"""SELECT {columns(CreditNote, "n")}
            FROM credit_note n JOIN invoice i ON i.id = n.invoice_id
            WHERE n.id = $2 AND {SEEN}""",
        actor.visible,
        note_id,
    )
    return one(CreditNote, record)


async def lock_note(conn: Connection, note_id: UUID) -> CreditNote:
    """After its invoice was locked, and it was found visible."""
    record = await conn.fetchrow(
        f"SELECT {columns(CreditNote)} FROM credit_note WHERE id = $1 FOR NO KEY UPDATE", note_id
    )
    return one(CreditNote, record)


async def in_full(conn: Connection, note: CreditNote) -> FullNote:
    lines = await conn.fetch(
        f"""SELECT {columns(NoteLine)} FROM credit_note_line
            WHERE credit_note_id = $1 ORDER BY position""",
        note.id,
    )
    parts = await conn.fetch(
        f"""SELECT {columns(NotePart, "p")}
            FROM credit_note_part p JOIN milestone m ON m.id = p.milestone_id
            WHERE p.credit_note_id = $1 ORDER BY m.position""",
        note.id,
    )
    return FullNote(
        **msgspec.structs.asdict(note),
        lines=[NoteLine(*record) for record in lines],
        milestones=[NotePart(*record) for record in parts],
    )


async def credited_of_lines(conn: Connection, invoice_id: UUID) -> dict[int, int]:
    """What is credited of each line, tax included, by what was issued."""
    records = await conn.fetch(
        """SELECT l.position, sum(l.amount_minor)::bigint
           FROM credit_note_line l JOIN credit_note n ON n.id = l.credit_note_id
           WHERE n.invoice_id = $1 AND n.state = 'issued' GROUP BY l.position""",
        invoice_id,
    )
    return dict(tuple(record) for record in records)


async def milestone_of_instalment(conn: Connection, instalment_id: UUID) -> UUID | None:
    """The one whose acceptance it waits for, if any."""
    milestone_id: UUID | None = await conn.fetchval(
        "SELECT milestone_id FROM instalment WHERE id = $1", instalment_id
    )
    return milestone_id


class NewNote(msgspec.Struct, frozen=True, kw_only=True):
    """A credit note before its row is there."""

    reason: str
    lines: Sequence[NoteLine]
    parts: Sequence[NotePart]
    owner_minor: int

    @property
    def amount_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)

    @property
    def vat_minor(self) -> int:
        return sum(line.vat_minor for line in self.lines)

    @property
    def net_minor(self) -> int:
        return self.amount_minor - self.vat_minor - self.owner_minor


async def insert_note(conn: Connection, actor: Actor, invoice: Invoice, new: NewNote) -> CreditNote:
    record = await conn.fetchrow(
        f"""INSERT INTO credit_note (invoice_id, contract_id, books_unit_id, reason, currency,
                amount_minor, net_minor, vat_minor, owner_minor, state, proposed_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'proposed', $10)
            RETURNING {columns(CreditNote)}""",
        invoice.id,
        invoice.contract_id,
        invoice.books_unit_id,
        new.reason,
        invoice.currency,
        new.amount_minor,
        new.net_minor,
        new.vat_minor,
        new.owner_minor,
        actor.person_id,
    )
    note = one(CreditNote, record)
    await conn.execute(
        """INSERT INTO credit_note_line (credit_note_id, position, amount_minor, vat_minor)
           SELECT $1, l.position, l.amount_minor, l.vat_minor
           FROM unnest($2::integer[], $3::bigint[], $4::bigint[])
               AS l (position, amount_minor, vat_minor)""",
        note.id,
        [line.position for line in new.lines],
        [line.amount_minor for line in new.lines],
        [line.vat_minor for line in new.lines],
    )
    await conn.execute(
        """INSERT INTO credit_note_part (credit_note_id, milestone_id, net_minor, owner_minor)
           SELECT $1, p.milestone_id, p.net_minor, p.owner_minor
           FROM unnest($2::uuid[], $3::bigint[], $4::bigint[])
               AS p (milestone_id, net_minor, owner_minor)""",
        note.id,
        [part.milestone_id for part in new.parts],
        [part.net_minor for part in new.parts],
        [part.owner_minor for part in new.parts],
    )
    return note


async def next_number(conn: Connection, books_unit_id: UUID, year: int) -> tuple[str, int]:
    """The books unit's prefix, and the next number without gaps, locked until the act commits."""
    record = await conn.fetchrow(
        "SELECT number_prefix, next_number($2) FROM organisation WHERE id = $1",
        books_unit_id,
        f"credit_note:{books_unit_id}:{year}",
    )
    assert record is not None, "books are of an organisation"
    return record[0], record[1]


async def set_issued(
    conn: Connection,
    actor: Actor,
    note: CreditNote,
    to: NoteState,
    *,
    number: str,
    serial: int,
    offset_minor: int,
    on: date,
) -> CreditNote:
    record = await conn.fetchrow(
        f"""UPDATE credit_note SET state = $2, number = $3, year = $4, serial = $5,
                offset_minor = $6, issued_on = $7, decided_by = $8, decided_at = market_now(),
                version = version + 1
            WHERE id = $1 RETURNING {columns(CreditNote)}""",
        note.id,
        to,
        number,
        on.year,
        serial,
        offset_minor,
        on,
        actor.person_id,
    )
    return one(CreditNote, record)


async def set_rejected(
    conn: Connection, actor: Actor, note: CreditNote, to: NoteState, why: str
) -> CreditNote:
    record = await conn.fetchrow(
        f"""UPDATE credit_note SET state = $2, decided_by = $3, decided_at = market_now(),
                note = $4, version = version + 1
            WHERE id = $1 RETURNING {columns(CreditNote)}""",
        note.id,
        to,
        actor.person_id,
        why,
    )
    return one(CreditNote, record)


async def set_accepted(conn: Connection, note_id: UUID, parts: Sequence[NotePart]) -> None:
    """What was found of the milestones when the note was issued."""
    await conn.execute(
        """UPDATE credit_note_part p SET accepted = f.accepted
           FROM unnest($2::uuid[], $3::boolean[]) AS f (milestone_id, accepted)
           WHERE p.credit_note_id = $1 AND p.milestone_id = f.milestone_id""",
        note_id,
        [part.milestone_id for part in parts],
        [part.accepted for part in parts],
    )


async def set_credited(conn: Connection, after: Invoice) -> None:
    """What is credited of a locked invoice, and the VAT that is due of what is left."""
    await conn.execute(
        """UPDATE invoice SET credited_minor = $2, credited_vat_minor = $3, offset_minor = $4,
               state = $5, vat_due_minor = $6, version = $7
           WHERE id = $1""",
        after.id,
        after.credited_minor,
        after.credited_vat_minor,
        after.offset_minor,
        after.state,
        after.vat_due_minor,
        after.version,
    )


async def owners_credited(conn: Connection, milestone_id: UUID) -> list[tuple[int, bool]]:
    """What notes took off what an agent passes on, and whether after acceptance; in order."""
    records = await conn.fetch(
        """SELECT p.owner_minor, p.accepted
           FROM credit_note_part p JOIN credit_note n ON n.id = p.credit_note_id
           WHERE p.milestone_id = $1 AND n.state = 'issued' AND p.owner_minor > 0
           ORDER BY n.year, n.serial""",
        milestone_id,
    )
    return [(owner_minor, accepted) for owner_minor, accepted in records]


async def notes(
    conn: Connection,
    actor: Actor,
    *,
    state: NoteState | None = None,
    invoice_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 20,
) -> list[CreditNote]:
    """The newest first: the leader's work list when asked for state proposed."""
    records = await conn.fetch(
        f"""SELECT {columns(CreditNote, "n")}
            FROM credit_note n JOIN invoice i ON i.id = n.invoice_id
            WHERE {SEEN}
              AND ($2::text IS NULL OR n.state = $2)
              AND ($3::uuid IS NULL OR n.invoice_id = $3)
              AND ($4::uuid IS NULL OR n.id < $4)
            ORDER BY n.id DESC LIMIT $5""",
        actor.visible,
        state,
        invoice_id,
        after,
        limit,
    )
    return [CreditNote(*record) for record in records]
