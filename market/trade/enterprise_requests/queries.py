"""The SQL of requests, their versions, files, invitees. Drafts are seen by their enterprise."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.trade.enterprise_requests.model import (
    Attachment,
    Cause,
    EnterpriseRequest,
    FullRequest,
    RequestState,
    Version,
)
from market.trade.enterprise_requests.terms import NewRequest, Terms

# The columns of EnterpriseRequest, as of now and as the actor may see them.
PRESENT: Final = f"""{columns(Terms, "r")}, r.id, request_state(r.state, r.deadline), r.number,
    r.reason, r.published_at, r.version, r.created_at, buyer_of(r.id), o.buyer_reference,
    CASE WHEN o.request_id IS NOT NULL THEN r.moved_by END"""
# The same after a change by the owner.
RETURNED: Final = f"{columns(Terms, 'r')}, r.id, r.state, r.number, r.reason, r.published_at, " + (
    "r.version, r.created_at, o.buyer_id, o.buyer_reference, r.moved_by"
)
# o: the owner's row, joined where it is the actor's own.
VISIBLE: Final = """($2::uuid[] IS NULL OR o.request_id IS NOT NULL
    OR (r.number IS NOT NULL AND cardinality($2::uuid[]) > 0 AND (r.secrecy <> 'invited'
        OR EXISTS (SELECT FROM request_invitee i
                   WHERE i.request_id = r.id AND i.unit_id = ANY ($2)))))"""
SEEN: Final = f"""FROM enterprise_request r
    LEFT JOIN request_owner o
        ON o.request_id = r.id AND ($2::uuid[] IS NULL OR o.buyer_id = ANY ($2))
    WHERE r.id = $1 AND {VISIBLE}"""


async def find_request(conn: Connection, actor: Actor, request_id: UUID) -> EnterpriseRequest:
    record = await conn.fetchrow(f"SELECT {PRESENT} {SEEN}", request_id, actor.visible)
    return one(EnterpriseRequest, record)


async def lock_request(
    conn: Connection, actor: Actor, request_id: UUID
) -> tuple[EnterpriseRequest, bool]:
    """The request as of the instant after any wait, and whether its close is still to be written.

    Two statements: the first may wait, the second tells the time when the waiting is over.
    """
    kept = await conn.fetchval(f"SELECT r.state {SEEN} FOR UPDATE OF r", request_id, actor.visible)
    request = await find_request(conn, actor, request_id)
    return request, kept != request.state


async def share_request(conn: Connection, actor: Actor, request_id: UUID) -> EnterpriseRequest:
    """Hold the request as it is while a bidder acts; as of the instant after any wait."""
    await conn.fetchval(f"SELECT r.state {SEEN} FOR SHARE OF r", request_id, actor.visible)
    return await find_request(conn, actor, request_id)


async def in_full(conn: Connection, actor: Actor, request: EnterpriseRequest) -> FullRequest:
    """With the buyer's name, the files and the invitees that the actor may know of."""
    record = await conn.fetchrow(
        """SELECT b.name_zh, b.name_en,
                  ARRAY(SELECT i.unit_id FROM request_invitee i WHERE i.request_id = $1
                        AND ($3::uuid[] IS NULL OR i.unit_id = ANY ($3) OR $2 = ANY ($3))
                        ORDER BY i.unit_id)
           FROM (SELECT) AS nothing LEFT JOIN organisation b ON b.id = $2""",
        request.id,
        request.buyer_id,
        actor.visible,
    )
    assert record is not None, "one row whatever is known"
    name_zh, name_en, invited = record
    attachments = await attachments_of(conn, request.id)
    known = msgspec.structs.asdict(request)
    return FullRequest(
        **known,
        buyer_name_zh=name_zh,
        buyer_name_en=name_en,
        attachments=[each for each in attachments if each.id in request.file_ids],
        invited_unit_ids=invited,
    )


async def insert_request(conn: Connection, actor: Actor, data: NewRequest) -> EnterpriseRequest:
    """The owner's row first, so that the request is seen as his from the beginning."""
    request_id = await conn.fetchval(
        """INSERT INTO request_owner (buyer_id, buyer_reference, drafted_by)
           VALUES ($1, $2, $3) RETURNING request_id""",
        actor.organisation_id,
        data.buyer_reference,
        actor.person_id,
    )
    await conn.execute(
        f"""INSERT INTO enterprise_request (id, moved_by, {columns(Terms)})
            SELECT $1, $2, {columns(Terms, "t")}
            FROM jsonb_populate_record(NULL::enterprise_request, $3) AS t""",
        request_id,
        actor.person_id,
        data,
    )
    return await find_request(conn, actor, request_id)


async def set_terms(
    conn: Connection, request: EnterpriseRequest, terms: Terms, *, number: int | None
) -> EnterpriseRequest:
    record = await conn.fetchrow(
        f"""UPDATE enterprise_request r SET ({columns(Terms)}) = (
                SELECT {columns(Terms, "t")}
                FROM jsonb_populate_record(NULL::enterprise_request, $2) AS t),
                number = $3, version = r.version + 1
            FROM request_owner o WHERE r.id = $1 AND o.request_id = r.id
            RETURNING {RETURNED}""",
        request.id,
        terms,
        number,
    )
    return one(EnterpriseRequest, record)


async def publish(
    conn: Connection, request: EnterpriseRequest, actor: Actor, *, to: RequestState
) -> EnterpriseRequest:
    record = await conn.fetchrow(
        f"""UPDATE enterprise_request r SET state = $2, moved_by = $3, number = 1,
                published_at = market_now(), version = r.version + 1
            FROM request_owner o WHERE r.id = $1 AND o.request_id = r.id
            RETURNING {RETURNED}""",
        request.id,
        to,
        actor.person_id,
    )
    return one(EnterpriseRequest, record)


async def move_request(
    conn: Connection,
    request: EnterpriseRequest,
    actor: Actor,
    *,
    to: RequestState,
    reason: str | None = None,
) -> EnterpriseRequest:
    """Only the owner and the system move a request."""
    record = await conn.fetchrow(
        f"""UPDATE enterprise_request r SET state = $2, moved_by = $3, reason = $4,
                version = r.version + 1
            FROM request_owner o WHERE r.id = $1 AND o.request_id = r.id
            RETURNING {RETURNED}""",
        request.id,
        to,
        actor.person_id,
        reason,
    )
    return one(EnterpriseRequest, record)


async def touch_request(
    conn: Connection, actor: Actor, request: EnterpriseRequest
) -> EnterpriseRequest:
    """Whatever hangs on a request bumps its version, also by strangers' hands."""
    await conn.execute(
        "UPDATE enterprise_request SET version = version + 1 WHERE id = $1", request.id
    )
    return await find_request(conn, actor, request.id)


async def insert_version(
    conn: Connection,
    request_id: UUID,
    terms: Terms,
    number: int,
    cause: Cause,
    reason: str | None = None,
) -> None:
    await conn.execute(
        f"""INSERT INTO request_version (request_id, number, cause, reason, {columns(Terms)})
            SELECT $1, $2, $3, $4, {columns(Terms, "t")}
            FROM jsonb_populate_record(NULL::enterprise_request, $5) AS t""",
        request_id,
        number,
        cause,
        reason,
        terms,
    )


async def versions_of(
    conn: Connection, actor: Actor, request_id: UUID, *, before: int | None, limit: int
) -> list[Version]:
    """Newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(Version, "v")} FROM request_version v
            WHERE v.request_id = $1 AND EXISTS (SELECT {SEEN})
              AND ($3::integer IS NULL OR v.number < $3)
            ORDER BY v.number DESC LIMIT $4""",
        request_id,
        actor.visible,
        before,
        limit,
    )
    return [Version(*record) for record in records]


async def find_version(conn: Connection, actor: Actor, request_id: UUID, number: int) -> Version:
    record = await conn.fetchrow(
        f"""SELECT {columns(Version, "v")} FROM request_version v
            WHERE v.request_id = $1 AND EXISTS (SELECT {SEEN}) AND v.number = $3""",
        request_id,
        actor.visible,
        number,
    )
    return one(Version, record)


async def attach_files(conn: Connection, request: EnterpriseRequest, *, anonymous: bool) -> None:
    """Show the request's files to its readers; an anonymous one's under numbers."""
    await conn.execute(
        r"""INSERT INTO request_attachment (request_id, file_id, name, media_type, size_bytes,
                sha256)
           SELECT $1, f.id, CASE WHEN $3 THEN '附件' || named.position
                                              || coalesce(substring(f.name FROM '\.[^.]+$'), '')
                                 ELSE f.name END, f.media_type, f.size_bytes, f.sha256
           FROM unnest($2::uuid[]) WITH ORDINALITY AS named (id, position)
           JOIN file f ON f.id = named.id
           ON CONFLICT DO NOTHING""",
        request.id,
        request.file_ids,
        anonymous,
    )


async def attachments_of(conn: Connection, request_id: UUID) -> list[Attachment]:
    """Of every version; whoever asks has seen the request."""
    records = await conn.fetch(
        """SELECT file_id, name, media_type, size_bytes, encode(sha256, 'hex')
           FROM request_attachment WHERE request_id = $1 ORDER BY file_id""",
        request_id,
    )
    return [Attachment(*record) for record in records]


async def find_attachment(
    conn: Connection, actor: Actor, request_id: UUID, file_id: UUID
) -> Attachment:
    record = await conn.fetchrow(
        f"""SELECT a.file_id, a.name, a.media_type, a.size_bytes, encode(a.sha256, 'hex')
            FROM request_attachment a
            WHERE a.request_id = $1 AND a.file_id = $3 AND EXISTS (SELECT {SEEN})""",
        request_id,
        actor.visible,
        file_id,
    )
    return one(Attachment, record)


async def count_files(conn: Connection, organisation_id: UUID | None, files: list[UUID]) -> int:
    """How many of the files the organisation itself reads."""
    count: int = await conn.fetchval(
        "SELECT count(*) FROM file_reader WHERE organisation_id = $1 AND file_id = ANY ($2)",
        organisation_id,
        files,
    )
    return count


async def invitees_of(conn: Connection, request_id: UUID) -> set[UUID]:
    records = await conn.fetch(
        "SELECT unit_id FROM request_invitee WHERE request_id = $1", request_id
    )
    return {record["unit_id"] for record in records}


async def count_units(conn: Connection, unit_ids: list[UUID]) -> int:
    """How many of them are units that are not closed."""
    count: int = await conn.fetchval(
        """SELECT count(*) FROM organisation WHERE id = ANY ($1) AND kind = 'unit'
             AND (closed_on IS NULL OR closed_on > (SELECT market_today()))""",
        unit_ids,
    )
    return count


async def insert_invitees(
    conn: Connection, actor: Actor, request_id: UUID, unit_ids: set[UUID]
) -> None:
    await conn.execute(
        """INSERT INTO request_invitee (request_id, unit_id, invited_by)
           SELECT $1, unit_id, $3 FROM unnest($2::uuid[]) AS unit_id""",
        request_id,
        sorted(unit_ids),
        actor.person_id,
    )


async def delete_invitees(conn: Connection, request_id: UUID, unit_ids: set[UUID]) -> None:
    await conn.execute(
        "DELETE FROM request_invitee WHERE request_id = $1 AND unit_id = ANY ($2)",
        request_id,
        sorted(unit_ids),
    )


async def names_of_buyer(conn: Connection, buyer_id: UUID | None) -> tuple[bool, list[str]]:
    """Whether it is verified, and what would name it."""
    record = await conn.fetchrow(
        """SELECT state = 'verified', array_remove(ARRAY[name_zh, name_en, uscc], NULL)
           FROM organisation WHERE id = $1""",
        buyer_id,
    )
    assert record is not None, "whoever buys sees his own enterprise"
    return record[0], record[1]


async def has_interest(conn: Connection, person_id: UUID, request_id: UUID) -> bool:
    """Whether a person has to do with somebody who bid, or keeps a bidder's books."""
    found: bool = await conn.fetchval("SELECT has_interest($1, $2)", person_id, request_id)
    return found


async def holds_role_at_buyer(conn: Connection, request_id: UUID) -> bool:
    """Whether the actor does, also where he may not know whose request it is."""
    holds: bool = await conn.fetchval("SELECT holds_role_at_buyer($1)", request_id)
    return holds


async def requests_of(
    conn: Connection,
    actor: Actor,
    enterprise_id: UUID,
    state: RequestState | None,
    *,
    before: UUID | None,
    limit: int,
) -> list[EnterpriseRequest]:
    """The enterprise's own, in every state, newest first; nothing to others."""
    records = await conn.fetch(
        f"""SELECT {PRESENT}
            FROM request_owner o JOIN enterprise_request r ON r.id = o.request_id
            WHERE o.buyer_id = $1 AND ($2::uuid[] IS NULL OR o.buyer_id = ANY ($2))
              AND ($3::text IS NULL OR request_state(r.state, r.deadline) = $3)
              AND ($4::uuid IS NULL OR o.request_id < $4)
            ORDER BY o.request_id DESC LIMIT $5""",
        enterprise_id,
        actor.visible,
        state,
        before,
        limit,
    )
    return [EnterpriseRequest(*record) for record in records]


async def invited_to(
    conn: Connection, actor: Actor, unit_id: UUID, *, before: UUID | None, limit: int
) -> list[EnterpriseRequest]:
    """What the unit was invited to, newest first; nothing to others, and no drafts."""
    records = await conn.fetch(
        f"""SELECT {PRESENT}
            FROM request_invitee i JOIN enterprise_request r ON r.id = i.request_id
            LEFT JOIN request_owner o
                ON o.request_id = r.id AND ($2::uuid[] IS NULL OR o.buyer_id = ANY ($2))
            WHERE i.unit_id = $1 AND i.unit_id = ANY ((SELECT visible_organisations())::uuid[])
              AND r.number IS NOT NULL AND ($3::uuid IS NULL OR r.id < $3)
            ORDER BY r.id DESC LIMIT $4""",
        unit_id,
        actor.visible,
        before,
        limit,
    )
    return [EnterpriseRequest(*record) for record in records]


async def requests_fallen_due(conn: Connection, *, after: UUID | None, limit: int) -> list[UUID]:
    """Open by their column alone, in the order of their ids."""
    records = await conn.fetch(
        """SELECT id FROM enterprise_request
           WHERE state = 'open' AND deadline <= market_now() AND ($1::uuid IS NULL OR id > $1)
           ORDER BY id LIMIT $2""",
        after,
        limit,
    )
    return [record["id"] for record in records]
