"""The SQL of offerings, versions and reviews. Drafts are seen by their unit's scope."""

from __future__ import annotations

from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.base.working_days import Due
from market.trade.catalogue.model import (
    Offering,
    OfferingState,
    Review,
    ReviewInput,
    RevisionState,
    Version,
)
from market.trade.catalogue.terms import OfferingKind, Terms


async def find_offering(conn: Connection, actor: Actor, offering_id: UUID) -> Offering:
    record = await conn.fetchrow(
        f"""SELECT {columns(Offering)} FROM offering
            WHERE id = $1 AND ($2::uuid[] IS NULL OR unit_id = ANY ($2))""",
        offering_id,
        actor.visible,
    )
    return one(Offering, record)


async def lock_offering(conn: Connection, actor: Actor, offering_id: UUID) -> Offering:
    record = await conn.fetchrow(
        f"""SELECT {columns(Offering)} FROM offering
            WHERE id = $1 AND ($2::uuid[] IS NULL OR unit_id = ANY ($2)) FOR UPDATE""",
        offering_id,
        actor.visible,
    )
    return one(Offering, record)


async def owns_right(conn: Connection, unit_id: UUID, right_id: UUID) -> bool:
    """Whether one of the owners is the legal person that keeps the unit's books, or within it."""
    owns: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM right_owner o WHERE o.right_id = $2
                          AND books_of(o.organisation_id) = books_of($1))""",
        unit_id,
        right_id,
    )
    return owns


class Wanted(msgspec.Struct, frozen=True):
    """What a unit's listing shows; ``overdue``: only those whose review is past its day."""

    state: OfferingState | None = None
    overdue: bool = False


async def offerings_of(
    conn: Connection,
    actor: Actor,
    unit_id: UUID,
    wanted: Wanted,
    *,
    before: UUID | None,
    limit: int,
) -> list[Offering]:
    """The offerings of a unit and of those under it, whatever their state, newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(Offering)} FROM offering
            WHERE unit_id = ANY (scope_of($1)) AND ($2::uuid[] IS NULL OR unit_id = ANY ($2))
              AND ($3::text IS NULL OR state = $3)
              AND (NOT $4 OR review_due_on < (SELECT market_today()))
              AND ($5::uuid IS NULL OR id < $5)
            ORDER BY id DESC LIMIT $6""",
        unit_id,
        actor.visible,
        wanted.state,
        wanted.overdue,
        before,
        limit,
    )
    return [Offering(*record) for record in records]


async def published_of_right(conn: Connection, right_id: UUID) -> list[UUID]:
    records = await conn.fetch(
        "SELECT id FROM offering WHERE right_id = $1 AND state = 'published' ORDER BY id", right_id
    )
    return [record["id"] for record in records]


async def published_of_unit(conn: Connection, unit_id: UUID) -> list[UUID]:
    records = await conn.fetch(
        "SELECT id FROM offering WHERE unit_id = $1 AND state = 'published' ORDER BY id", unit_id
    )
    return [record["id"] for record in records]


async def insert_offering(
    conn: Connection, actor: Actor, code: str, kind: OfferingKind, terms: Terms
) -> Offering:
    record = await conn.fetchrow(
        f"""INSERT INTO offering (unit_id, code, kind, maker_ids, moved_by, {columns(Terms)})
            SELECT $1, $2, $3, ARRAY[$4::uuid], $4, {columns(Terms, "t")}
            FROM jsonb_populate_record(NULL::offering, $5) AS t
            RETURNING {columns(Offering)}""",
        actor.organisation_id,
        code,
        kind,
        actor.person_id,
        terms,
    )
    return one(Offering, record)


async def set_terms(
    conn: Connection,
    offering: Offering,
    actor: Actor,
    terms: Terms,
    *,
    revision_state: RevisionState | None,
) -> Offering:
    record = await conn.fetchrow(
        f"""UPDATE offering SET ({columns(Terms)}) = (
                SELECT {columns(Terms, "t")} FROM jsonb_populate_record(NULL::offering, $2) AS t),
                revision_state = $3, version = version + 1,
                maker_ids = CASE
                    WHEN published_number IS NOT NULL AND revision_state IS DISTINCT FROM 'draft'
                    THEN ARRAY[$4::uuid] ELSE array_append(array_remove(maker_ids, $4), $4) END
            WHERE id = $1 RETURNING {columns(Offering)}""",
        offering.id,
        terms,
        revision_state,
        actor.person_id,
    )
    return one(Offering, record)


async def restore_terms(conn: Connection, offering: Offering, actor: Actor) -> Offering:
    """The draft says again what the published version says."""
    record = await conn.fetchrow(
        f"""UPDATE offering SET ({columns(Terms)}) = (
                SELECT {columns(Terms, "v")} FROM offering_version v
                WHERE v.offering_id = offering.id AND v.number = offering.published_number),
                revision_state = 'discarded', version = version + 1, moved_by = $2
            WHERE id = $1 RETURNING {columns(Offering)}""",
        offering.id,
        actor.person_id,
    )
    return one(Offering, record)


async def start_review(
    conn: Connection,
    offering: Offering,
    actor: Actor,
    due: Due,
    *,
    state: OfferingState,
    revision_state: RevisionState | None,
) -> Offering:
    record = await conn.fetchrow(
        f"""UPDATE offering SET state = $2, revision_state = $3, submitted_by = $4, moved_by = $4,
                submitted_at = market_now(), review_due_on = $5, review_due_provisional = $6,
                maker_ids = array_append(array_remove(maker_ids, $4), $4), reason = NULL,
                version = version + 1
            WHERE id = $1 RETURNING {columns(Offering)}""",
        offering.id,
        state,
        revision_state,
        actor.person_id,
        due.day,
        due.provisional,
    )
    return one(Offering, record)


async def end_review(
    conn: Connection,
    offering: Offering,
    actor: Actor,
    data: ReviewInput,
    *,
    state: OfferingState,
    revision_state: RevisionState | None,
    published_number: int | None,
) -> Offering:
    """Write the verdict down and put the offering where it leads."""
    record = await conn.fetchrow(
        f"""WITH review AS (
                INSERT INTO offering_review (offering_id, verdict, reasons, published_number,
                    submitted_by, submitted_at, due_on, reviewer_id, offering_version)
                SELECT id, $4, $5, CASE WHEN $4 = 'pass' THEN $6::integer END, submitted_by,
                       submitted_at, review_due_on, $7, version + 1
                FROM offering WHERE id = $1)
            UPDATE offering SET state = $2, revision_state = $3, published_number = $6,
                submitted_by = NULL, submitted_at = NULL, review_due_on = NULL,
                review_due_provisional = false, reason = $5, moved_by = $7, version = version + 1
            WHERE id = $1 RETURNING {columns(Offering)}""",
        offering.id,
        state,
        revision_state,
        data.verdict,
        data.reasons,
        published_number,
        actor.person_id,
    )
    return one(Offering, record)


async def touch_offering(conn: Connection, offering: Offering) -> Offering:
    """A new version for what is shown of it, though it says the same."""
    record = await conn.fetchrow(
        f"UPDATE offering SET version = version + 1 WHERE id = $1 RETURNING {columns(Offering)}",
        offering.id,
    )
    return one(Offering, record)


async def move_offering(
    conn: Connection, offering: Offering, actor: Actor, *, to: OfferingState, reason: str | None
) -> Offering:
    record = await conn.fetchrow(
        f"""UPDATE offering SET state = $2, reason = $3, moved_by = $4, version = version + 1
            WHERE id = $1 RETURNING {columns(Offering)}""",
        offering.id,
        to,
        reason,
        actor.person_id,
    )
    return one(Offering, record)


async def insert_version(conn: Connection, offering: Offering, actor: Actor, number: int) -> None:
    """Publish the draft's terms under a number; the right is written down as it is called now."""
    await conn.execute(
        f"""INSERT INTO offering_version (offering_id, number, unit_id, code, kind, right_kind,
                right_number, right_title, maker_ids, published_by, {columns(Terms)})
            SELECT o.id, $2, o.unit_id, o.code, o.kind, r.kind, r.number, r.title, o.maker_ids, $3,
                   {columns(Terms, "o")}
            FROM offering o LEFT JOIN ip_right r ON r.id = o.right_id
            WHERE o.id = $1""",
        offering.id,
        number,
        actor.person_id,
    )


async def published_version(conn: Connection, offering_id: UUID) -> Version:
    """The version on offer now, for whoever orders it; NotFound unless it is published."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Version, "v")}
            FROM offering_card c
            JOIN offering_version v ON v.offering_id = c.id AND v.number = c.number
            WHERE c.id = $1""",
        offering_id,
    )
    return one(Version, record)


async def version(conn: Connection, offering_id: UUID, number: int) -> Version:
    """Any published version, also of an offering that was suspended or retired since."""
    record = await conn.fetchrow(
        f"SELECT {columns(Version)} FROM offering_version WHERE offering_id = $1 AND number = $2",
        offering_id,
        number,
    )
    return one(Version, record)


async def versions_of(
    conn: Connection, actor: Actor, offering_id: UUID, *, before: int | None, limit: int
) -> list[Version]:
    """Newest first; to strangers only while the offering is published."""
    records = await conn.fetch(
        f"""SELECT {columns(Version, "v")} FROM offering_version v
            WHERE v.offering_id = $1 AND ($3::integer IS NULL OR v.number < $3)
              AND ($2::uuid[] IS NULL OR v.unit_id = ANY ($2)
                   OR EXISTS (SELECT FROM offering_card c WHERE c.id = v.offering_id))
            ORDER BY v.number DESC LIMIT $4""",
        offering_id,
        actor.visible,
        before,
        limit,
    )
    return [Version(*record) for record in records]


async def find_version(conn: Connection, actor: Actor, offering_id: UUID, number: int) -> Version:
    """The same visibility, one version."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Version, "v")} FROM offering_version v
            WHERE v.offering_id = $1 AND v.number = $3
              AND ($2::uuid[] IS NULL OR v.unit_id = ANY ($2)
                   OR EXISTS (SELECT FROM offering_card c WHERE c.id = v.offering_id))""",
        offering_id,
        actor.visible,
        number,
    )
    return one(Version, record)


async def reviews_of(
    conn: Connection, actor: Actor, offering_id: UUID, *, before: UUID | None, limit: int
) -> list[Review]:
    records = await conn.fetch(
        f"""SELECT {columns(Review, "r")}
            FROM offering_review r JOIN offering o ON o.id = r.offering_id
            WHERE r.offering_id = $1 AND ($2::uuid[] IS NULL OR o.unit_id = ANY ($2))
              AND ($3::uuid IS NULL OR r.id < $3)
            ORDER BY r.id DESC LIMIT $4""",
        offering_id,
        actor.visible,
        before,
        limit,
    )
    return [Review(*record) for record in records]


async def review_that_led_to(conn: Connection, offering: Offering) -> Review | None:
    """The verdict after which nothing has happened to the offering yet."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Review)} FROM offering_review
            WHERE offering_id = $1 AND offering_version = $2""",
        offering.id,
        offering.version,
    )
    return Review(*record) if record else None


async def count_enrolled(conn: Connection, unit_id: UUID, member_ids: list[UUID]) -> int:
    """How many of them are members today of the unit or of one under it."""
    count: int = await conn.fetchval(
        """SELECT count(*) FROM member
           WHERE id = ANY ($2) AND unit_id = ANY (scope_of($1)) AND state = 'enrolled'
             AND holds_on((SELECT market_today()), from_on, to_on)""",
        unit_id,
        member_ids,
    )
    return count


async def does_the_work(conn: Connection, offering: Offering, person_id: UUID) -> bool:
    answer: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM member WHERE id = ANY ($1) AND person_id = $2)",
        offering.member_ids,
        person_id,
    )
    return answer
