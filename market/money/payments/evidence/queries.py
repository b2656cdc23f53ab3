"""The SQL of evidence against chargebacks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.base.files import File
from market.money.payments.chargebacks.model import Chargeback
from market.money.payments.evidence.model import Evidence, EvidenceState, Paper


async def evidence_of(conn: Connection, chargeback_id: UUID) -> Evidence | None:
    """Of a chargeback that was found, or is locked."""
    record = await conn.fetchrow(
        f"SELECT {columns(Evidence)} FROM chargeback_evidence WHERE chargeback_id = $1",
        chargeback_id,
    )
    return Evidence(*record) if record else None


async def chargeback_of(conn: Connection, evidence_id: UUID) -> UUID:
    chargeback_id: UUID = await conn.fetchval(
        "SELECT chargeback_id FROM chargeback_evidence WHERE id = $1", evidence_id
    )
    return chargeback_id


async def lock_evidence(conn: Connection, evidence_id: UUID) -> Evidence:
    """After its chargeback."""
    record = await conn.fetchrow(
        f"SELECT {columns(Evidence)} FROM chargeback_evidence WHERE id = $1 FOR NO KEY UPDATE",
        evidence_id,
    )
    return one(Evidence, record)


async def insert_evidence(
    conn: Connection, actor: Actor, chargeback: Chargeback, texts: Mapping[str, str]
) -> Evidence:
    record = await conn.fetchrow(
        f"""INSERT INTO chargeback_evidence (chargeback_id, books_unit_id, state, texts, drafted_by)
            VALUES ($1, $2, 'draft', $3, $4) RETURNING {columns(Evidence)}""",
        chargeback.id,
        chargeback.books_unit_id,
        dict(texts),
        actor.person_id,
    )
    return one(Evidence, record)


async def set_texts(conn: Connection, evidence: Evidence, texts: Mapping[str, str]) -> Evidence:
    record = await conn.fetchrow(
        f"""UPDATE chargeback_evidence SET texts = $2, version = version + 1
            WHERE id = $1 RETURNING {columns(Evidence)}""",
        evidence.id,
        dict(texts),
    )
    return one(Evidence, record)


async def set_papers(conn: Connection, evidence_id: UUID, papers: Mapping[str, UUID]) -> None:
    """These and no others; one that stays keeps the id that Stripe knows it by."""
    await conn.execute(
        """DELETE FROM chargeback_evidence_file
           WHERE evidence_id = $1 AND (kind, file_id) NOT IN (
               SELECT p.kind, p.file_id FROM unnest($2::text[], $3::uuid[])
                   AS p (kind, file_id))""",
        evidence_id,
        list(papers),
        list(papers.values()),
    )
    await conn.execute(
        """INSERT INTO chargeback_evidence_file (evidence_id, kind, file_id)
           SELECT $1, kind, file_id FROM unnest($2::text[], $3::uuid[]) AS p (kind, file_id)
           ON CONFLICT DO NOTHING""",
        evidence_id,
        list(papers),
        list(papers.values()),
    )


async def papers_of(conn: Connection, evidence_id: UUID) -> list[Paper]:
    records = await conn.fetch(
        """SELECT e.kind, e.file_id, f.name, f.media_type, f.size_bytes, encode(f.sha256, 'hex'),
                  e.stripe_file_id
           FROM chargeback_evidence_file e JOIN file f ON f.id = e.file_id
           WHERE e.evidence_id = $1 ORDER BY e.kind""",
        evidence_id,
    )
    return [Paper(*record) for record in records]


async def files_read_by(
    conn: Connection, organisation_id: UUID | None, files: Collection[UUID]
) -> dict[UUID, File]:
    """Those of the files that the organisation itself reads."""
    records = await conn.fetch(
        """SELECT f.id, f.name, f.media_type, f.size_bytes, encode(f.sha256, 'hex'),
                  f.uploaded_by, f.created_at
           FROM file f JOIN file_reader r ON r.file_id = f.id
           WHERE r.organisation_id = $1 AND f.id = ANY ($2::uuid[])""",
        organisation_id,
        list(files),
    )
    return {record[0]: File(*record) for record in records}


async def set_submitted(
    conn: Connection, actor: Actor, evidence: Evidence, to: EvidenceState
) -> tuple[Evidence, str]:
    """With the hash of what is said, which the log keeps."""
    record = await conn.fetchrow(
        f"""UPDATE chargeback_evidence SET state = $2, submission = submission + 1,
                submitted_by = $3, submitted_at = market_now(), called_at = NULL, refusal = NULL,
                tries = 0, next_try_at = market_now(), version = version + 1
            WHERE id = $1 RETURNING {columns(Evidence)},
                encode(sha256(convert_to(texts::text, 'UTF8')), 'hex')""",
        evidence.id,
        to,
        actor.person_id,
    )
    assert record is not None, "it is locked"
    *row, texts_sha256 = record
    return Evidence(*row), texts_sha256


async def due(conn: Connection, books_unit_id: UUID, limit: int) -> list[UUID]:
    """What is to be sent now, the longest waiting first."""
    records = await conn.fetch(
        """SELECT id FROM chargeback_evidence
           WHERE state IN ('submitted', 'unknown') AND books_unit_id = $1
             AND next_try_at <= market_now()
           ORDER BY next_try_at LIMIT $2""",
        books_unit_id,
        limit,
    )
    return [evidence_id for (evidence_id,) in records]


async def tries_of(conn: Connection, evidence_id: UUID) -> int:
    tries: int = await conn.fetchval(
        "SELECT tries FROM chargeback_evidence WHERE id = $1", evidence_id
    )
    return tries


async def note_call(conn: Connection, evidence_id: UUID, *, again_in: timedelta) -> Evidence:
    """That Stripe is told now; without an answer it is another's turn after ``again_in``."""
    record = await conn.fetchrow(
        f"""UPDATE chargeback_evidence SET called_at = coalesce(called_at, market_now()),
                tries = tries + 1, next_try_at = market_now() + $2
            WHERE id = $1 RETURNING {columns(Evidence)}""",
        evidence_id,
        again_in,
    )
    return one(Evidence, record)


async def keep_stripe_file(
    conn: Connection, evidence_id: UUID, kind: str, stripe_file_id: str
) -> None:
    await conn.execute(
        """UPDATE chargeback_evidence_file SET stripe_file_id = $3
           WHERE evidence_id = $1 AND kind = $2 AND stripe_file_id IS NULL""",
        evidence_id,
        kind,
        stripe_file_id,
    )


async def set_state(
    conn: Connection, evidence: Evidence, to: EvidenceState, *, refusal: str | None = None
) -> Evidence:
    record = await conn.fetchrow(
        f"""UPDATE chargeback_evidence SET state = $2, refusal = $3, version = version + 1,
                sent_at = CASE WHEN $2 = 'sent' THEN market_now() END
            WHERE id = $1 RETURNING {columns(Evidence)}""",
        evidence.id,
        to,
        refusal,
    )
    return one(Evidence, record)
