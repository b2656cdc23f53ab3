"""The SQL of what a proposal says: its draft, revisions, people and files."""

from __future__ import annotations

from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, Record, columns, one
from market.base.errors import NotFound
from market.trade.proposals.model import (
    Attachment,
    Cause,
    Draft,
    FullProposal,
    Person,
    Proposal,
    Revision,
)
from market.trade.proposals.queries import SEEN, bidding_unit, request_of
from market.trade.proposals.terms import (
    FROM_JSON,
    BindingTerms,
    PinnedMember,
    PinnedQualification,
    Terms,
    with_lists,
)


async def find_draft(conn: Connection, proposal_id: UUID) -> Draft | None:
    """To the bidder alone: row-level security knows him."""
    record = await conn.fetchrow(
        f"SELECT {columns(Draft)} FROM proposal_draft WHERE proposal_id = $1", proposal_id
    )
    return with_lists(Draft, record) if record else None


async def set_draft(conn: Connection, actor: Actor, proposal_id: UUID, terms: Terms) -> None:
    await conn.execute(
        f"""INSERT INTO proposal_draft (proposal_id, edited_by, {columns(Terms)})
            SELECT $1, $2, {FROM_JSON} FROM jsonb_populate_record(NULL::proposal_draft, $3) AS t
            ON CONFLICT (proposal_id) DO UPDATE SET edited_by = excluded.edited_by,
                edited_at = market_now(),
                ({columns(Terms)}) = ROW ({columns(Terms, "excluded")})""",
        proposal_id,
        actor.person_id,
        terms,
    )


async def delete_draft(conn: Connection, proposal_id: UUID) -> None:
    await conn.execute("DELETE FROM proposal_draft WHERE proposal_id = $1", proposal_id)


async def insert_revision(
    conn: Connection,
    actor: Actor,
    proposal: Proposal,
    terms: BindingTerms,
    cause: Cause,
    counter_offer_id: UUID | None = None,
) -> Revision:
    """The next number. The database refuses one on the wrong side of the deadline."""
    record = await conn.fetchrow(
        f"""INSERT INTO proposal_revision (proposal_id, number, request_id, cause,
                counter_offer_id, made_by, {columns(BindingTerms)})
            SELECT $1, $2, $3, $4, $5, $6, {columns(BindingTerms, "t")}
            FROM jsonb_populate_record(NULL::proposal_revision, $7) AS t
            RETURNING {columns(Revision)}""",
        proposal.id,
        (proposal.number or 0) + 1,
        proposal.request_id,
        cause,
        counter_offer_id,
        actor.person_id,
        terms,
    )
    assert record is not None, "what is written is returned"
    return with_lists(Revision, record)


async def find_revision(conn: Connection, actor: Actor, proposal_id: UUID, number: int) -> Revision:
    """Replaced before the deadline, a revision stays with the bidder."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Revision, "w")} FROM proposal_revision w
            WHERE w.proposal_id = $1 AND w.number = $4 AND EXISTS (
                SELECT {SEEN} AND p.id = $1 AND ($2 IS NULL OR p.unit_id = $3
                                                 OR w.number >= p.submitted_number))""",
        proposal_id,
        actor.visible,
        bidding_unit(actor),
        number,
    )
    if record is None:
        raise NotFound
    return with_lists(Revision, record)


async def revisions_of(
    conn: Connection, actor: Actor, proposal_id: UUID, *, before: int | None, limit: int
) -> list[Revision]:
    """Newest first. Raises NotFound to a stranger."""
    await request_of(conn, actor, proposal_id)
    records = await conn.fetch(
        f"""SELECT {columns(Revision, "w")} FROM proposal_revision w
            WHERE w.proposal_id = $1 AND ($4::integer IS NULL OR w.number < $4) AND EXISTS (
                SELECT {SEEN} AND p.id = $1 AND ($2 IS NULL OR p.unit_id = $3
                                                 OR w.number >= p.submitted_number))
            ORDER BY w.number DESC LIMIT $5""",
        proposal_id,
        actor.visible,
        bidding_unit(actor),
        before,
        limit,
    )
    return [with_lists(Revision, record) for record in records]


async def in_full(conn: Connection, actor: Actor, proposal: Proposal) -> FullProposal:
    """With the unit's name, what binds, the people and files; whoever asks has seen the root."""
    names = await conn.fetchrow(
        "SELECT name_zh, name_en FROM organisation WHERE id = $1", proposal.unit_id
    )
    assert names is not None, "units are published"
    binding = None
    if proposal.number is not None:
        binding = await find_revision(conn, actor, proposal.id, proposal.number)
    draft = await find_draft(conn, proposal.id)
    shown = {*(binding.file_ids if binding else ()), *(draft.file_ids if draft else ())}
    attachments = await attachments_of(conn, proposal.id)
    return FullProposal(
        **msgspec.structs.asdict(proposal),
        unit_name_zh=names["name_zh"],
        unit_name_en=names["name_en"],
        binding=binding,
        draft=draft,
        people=await people_of(conn, proposal.id),
        attachments=[each for each in attachments if each.id in shown],
    )


async def people_of(conn: Connection, proposal_id: UUID) -> list[Person]:
    records = await conn.fetch(
        "SELECT member_id, name FROM people_of_proposal($1) ORDER BY member_id", proposal_id
    )
    return [Person(*record) for record in records]


async def count_files(conn: Connection, organisation_id: UUID | None, files: list[UUID]) -> int:
    """How many different ones of them the organisation itself reads."""
    count: int = await conn.fetchval(
        "SELECT count(*) FROM file_reader WHERE organisation_id = $1 AND file_id = ANY ($2)",
        organisation_id,
        files,
    )
    return count


async def attach_files(conn: Connection, proposal_id: UUID, files: list[UUID]) -> None:
    await conn.execute(
        """INSERT INTO proposal_attachment (proposal_id, file_id, name, media_type, size_bytes,
               sha256)
           SELECT $1, f.id, f.name, f.media_type, f.size_bytes, f.sha256
           FROM file f WHERE f.id = ANY ($2) ON CONFLICT DO NOTHING""",
        proposal_id,
        files,
    )


async def attachments_of(conn: Connection, proposal_id: UUID) -> list[Attachment]:
    """Those of what the reader may read: row-level security knows them."""
    records = await conn.fetch(
        """SELECT file_id, name, media_type, size_bytes, encode(sha256, 'hex')
           FROM proposal_attachment WHERE proposal_id = $1 ORDER BY file_id""",
        proposal_id,
    )
    return [Attachment(*record) for record in records]


async def find_attachment(
    conn: Connection, actor: Actor, proposal_id: UUID, file_id: UUID
) -> Attachment:
    record = await conn.fetchrow(
        f"""SELECT a.file_id, a.name, a.media_type, a.size_bytes, encode(a.sha256, 'hex')
            FROM proposal_attachment a
            WHERE a.proposal_id = $1 AND a.file_id = $4 AND EXISTS (SELECT {SEEN} AND p.id = $1)""",
        proposal_id,
        actor.visible,
        bidding_unit(actor),
        file_id,
    )
    return one(Attachment, record)


async def pinned_members(
    conn: Connection, unit_id: UUID, member_ids: list[UUID]
) -> list[PinnedMember]:
    """Those who are on the unit's register today, with the certificates that are good today."""
    records = await conn.fetch(
        """SELECT m.id AS member_id, q.id, q.kind, q.level, q.issuer, q.expires_on
           FROM unnest($2::uuid[]) WITH ORDINALITY AS named (id, position)
           JOIN member m ON m.id = named.id AND m.unit_id = $1 AND m.state = 'enrolled'
               AND holds_on(market_today(), m.from_on, m.to_on)
           LEFT JOIN qualification q ON q.member_id = m.id AND q.withdrawn_on IS NULL
               AND holds_on(market_today(), q.issued_on, q.expires_on)
           ORDER BY named.position, q.id""",
        unit_id,
        member_ids,
    )
    pinned: dict[UUID, list[Record]] = {}
    for record in records:
        pinned.setdefault(record["member_id"], []).append(record)
    return [
        PinnedMember(
            member_id,
            [PinnedQualification(*list(each)[1:]) for each in rows if each["id"] is not None],
        )
        for member_id, rows in pinned.items()
    ]
