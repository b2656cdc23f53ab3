"""The SQL of performance; lock order: contract, then milestone."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, Record, columns, one
from market.base.errors import NotFound
from market.trade.performance.model import (
    AcceptanceInput,
    Certificate,
    CertificateRow,
    Delivery,
    DeliveryRow,
    EvidenceFile,
    Milestone,
    MilestoneRow,
    Owner,
    Performance,
    Return,
    State,
)


async def contract_of(conn: Connection, milestone_id: UUID) -> UUID:
    """The contract that a milestone belongs to; whether the actor sees it is asked there."""
    contract_id: UUID | None = await conn.fetchval(
        "SELECT contract_id FROM milestone WHERE id = $1", milestone_id
    )
    if contract_id is None:
        raise NotFound
    return contract_id


async def lock_milestone(conn: Connection, milestone_id: UUID) -> MilestoneRow:
    """Of a contract that the caller has locked already."""
    record = await conn.fetchrow(
        f"SELECT {columns(MilestoneRow)} FROM milestone WHERE id = $1 FOR UPDATE", milestone_id
    )
    return one(MilestoneRow, record)


async def lock_milestones(conn: Connection, contract_id: UUID) -> list[MilestoneRow]:
    """All of a contract that the caller has locked already, in their order."""
    records = await conn.fetch(
        f"""SELECT {columns(MilestoneRow)} FROM milestone WHERE contract_id = $1
            ORDER BY position FOR NO KEY UPDATE""",
        contract_id,
    )
    return [MilestoneRow(*record) for record in records]


async def credit_milestone(
    conn: Connection, milestone_id: UUID, *, net_minor: int, owner_minor: int
) -> None:
    """A credit note takes so much off a locked milestone."""
    await conn.execute(
        """UPDATE milestone SET credited_net_minor = credited_net_minor + $2,
               credited_owner_minor = credited_owner_minor + $3, version = version + 1
           WHERE id = $1""",
        milestone_id,
        net_minor,
        owner_minor,
    )


async def worked_for_provider(conn: Connection, contract_id: UUID, person_id: UUID) -> bool:
    """Whether the person drafted the contract, or started or delivered anything of it."""
    worked: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM contract_drafter WHERE contract_id = $1 AND person_id = $2)
               OR EXISTS (SELECT FROM milestone m LEFT JOIN delivery d ON d.milestone_id = m.id
                          WHERE m.contract_id = $1 AND $2 IN (m.started_by, d.delivered_by))""",
        contract_id,
        person_id,
    )
    return worked


async def set_started(
    conn: Connection, milestone: MilestoneRow, to: State, person_id: UUID
) -> MilestoneRow:
    record = await conn.fetchrow(
        f"""UPDATE milestone SET state = $3, started_at = market_now(), started_by = $4,
                                 version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(MilestoneRow)}""",
        milestone.id,
        milestone.state,
        to,
        person_id,
    )
    return one(MilestoneRow, record)


async def set_state(conn: Connection, milestone: MilestoneRow, to: State) -> MilestoneRow:
    record = await conn.fetchrow(
        f"""UPDATE milestone SET state = $3, version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(MilestoneRow)}""",
        milestone.id,
        milestone.state,
        to,
    )
    return one(MilestoneRow, record)


async def set_accepted(
    conn: Connection, milestone: MilestoneRow, to: State, certificate: CertificateRow
) -> MilestoneRow:
    record = await conn.fetchrow(
        f"""UPDATE milestone SET state = $3, accepted_at = $4, version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(MilestoneRow)}""",
        milestone.id,
        milestone.state,
        to,
        certificate.accepted_at,
    )
    return one(MilestoneRow, record)


async def insert_delivery(
    conn: Connection, actor: Actor, milestone_id: UUID, note: str
) -> DeliveryRow:
    record = await conn.fetchrow(
        f"""INSERT INTO delivery (milestone_id, round, note, delivered_by)
            SELECT $1, coalesce(max(round), 0) + 1, $2, $3 FROM delivery WHERE milestone_id = $1
            RETURNING {columns(DeliveryRow)}""",
        milestone_id,
        note,
        actor.person_id,
    )
    return one(DeliveryRow, record)


async def insert_return(conn: Connection, actor: Actor, delivery_id: UUID, reasons: str) -> None:
    await conn.execute(
        "INSERT INTO delivery_return (delivery_id, reasons, returned_by) VALUES ($1, $2, $3)",
        delivery_id,
        reasons,
        actor.person_id,
    )


async def insert_certificate(
    conn: Connection, actor: Actor, milestone_id: UUID, data: AcceptanceInput
) -> CertificateRow:
    """Of the last delivery; the milestone is locked and delivered."""
    record = await conn.fetchrow(
        f"""INSERT INTO acceptance_certificate
                (milestone_id, delivery_id, inspector, standard, result, accepted_by)
            SELECT $1, d.id, $2, $3, $4, $5 FROM delivery d WHERE d.milestone_id = $1
            ORDER BY d.round DESC LIMIT 1 RETURNING {columns(CertificateRow)}""",
        milestone_id,
        data.inspector,
        data.standard,
        data.result,
        actor.person_id,
    )
    return one(CertificateRow, record)


async def insert_evidence(
    conn: Connection,
    milestone_id: UUID,
    files: Sequence[UUID],
    *,
    delivery_id: UUID | None = None,
    certificate_id: UUID | None = None,
) -> None:
    """In the given order, for a delivery or for a certificate."""
    if not files:
        return
    await conn.execute(
        """INSERT INTO evidence (milestone_id, delivery_id, certificate_id, position, file_id)
           SELECT $1, $2, $3, position, file_id
           FROM unnest($4::uuid[]) WITH ORDINALITY AS named (file_id, position)""",
        milestone_id,
        delivery_id,
        certificate_id,
        files,
    )


async def files_of(conn: Connection, organisation_id: UUID | None, files: list[UUID]) -> set[UUID]:
    """Which of the files the organisation itself reads."""
    records = await conn.fetch(
        "SELECT file_id FROM file_reader WHERE organisation_id = $1 AND file_id = ANY ($2)",
        organisation_id,
        files,
    )
    return {record[0] for record in records}


async def count_unaccepted(conn: Connection, contract_id: UUID) -> int:
    count: int = await conn.fetchval(
        "SELECT count(*) FROM milestone WHERE contract_id = $1 AND state <> 'accepted'",
        contract_id,
    )
    return count


async def owners_of(conn: Connection, offering_id: UUID | None, number: int | None) -> list[Owner]:
    """Who owns the right that a version of an offering transfers."""
    records = await conn.fetch(
        """SELECT coalesce(o.person_id, o.organisation_id), o.share_ppm
           FROM offering_version v JOIN right_owner o ON o.right_id = v.right_id
           WHERE v.offering_id = $1 AND v.number = $2 ORDER BY o.id""",
        offering_id,
        number,
    )
    return [Owner(*record) for record in records]


async def left_for_owners(conn: Connection, contract_id: UUID) -> int:
    """What the milestones of an agent's contract that are not accepted would bring its owners."""
    left_minor: int = await conn.fetchval(
        """SELECT coalesce(sum(owner_minor - credited_owner_minor), 0)::bigint FROM milestone
           WHERE contract_id = $1 AND state <> 'accepted'""",
        contract_id,
    )
    return left_minor


async def owed_to_owners(conn: Connection, contract_id: UUID) -> dict[UUID, int]:
    """What the accepted milestones of a contract have brought to each owner."""
    records = await conn.fetch(
        """SELECT k.subject, sum(t.amount_minor)::bigint
           FROM milestone m JOIN posting p ON p.cause = 'milestone_accepted:' || m.id
           JOIN transfer t ON t.posting_id = p.id
           JOIN account k ON k.id = t.credit_account AND k.kind = 'owner_payable'
           WHERE m.contract_id = $1 GROUP BY k.subject""",
        contract_id,
    )
    return dict(tuple(record) for record in records)


async def find_performance(conn: Connection, actor: Actor, milestone_id: UUID) -> Performance:
    record = await conn.fetchrow(
        f"""SELECT {columns(MilestoneRow, "m")}, c.currency
            FROM milestone m JOIN contract c ON c.id = m.contract_id
            WHERE m.id = $1 AND ($2::uuid[] IS NULL OR c.buyer_id = ANY ($2)
                                 OR c.provider_unit_id = ANY ($2)
                                 OR c.books_unit_id = ANY ($2))""",
        milestone_id,
        actor.visible,
    )
    if record is None:
        raise NotFound
    evidence = await _evidence_of(conn, milestone_id)
    deliveries = await _deliveries_of(conn, milestone_id, evidence)
    certificate = await _certificate_of(conn, milestone_id, evidence)
    return Performance(*[*record, deliveries, certificate])


async def milestones_of(conn: Connection, actor: Actor, contract_id: UUID) -> list[Milestone]:
    """In the order of the contract; empty when the actor does not see it."""
    records = await conn.fetch(
        f"""SELECT {columns(MilestoneRow, "m")}, c.currency
            FROM milestone m JOIN contract c ON c.id = m.contract_id
            WHERE c.id = $1 AND ($2::uuid[] IS NULL OR c.buyer_id = ANY ($2)
                                 OR c.provider_unit_id = ANY ($2)
                                 OR c.books_unit_id = ANY ($2))
            ORDER BY m.position""",
        contract_id,
        actor.visible,
    )
    return [Milestone(*record) for record in records]


async def _deliveries_of(
    conn: Connection, milestone_id: UUID, evidence: dict[UUID, list[EvidenceFile]]
) -> list[Delivery]:
    records = await conn.fetch(
        f"""SELECT r.reasons, r.returned_by, r.returned_at, {columns(DeliveryRow, "d")}
            FROM delivery d LEFT JOIN delivery_return r ON r.delivery_id = d.id
            WHERE d.milestone_id = $1 ORDER BY d.round""",
        milestone_id,
    )
    return [_delivery(record, evidence) for record in records]


def _delivery(record: Record, evidence: dict[UUID, list[EvidenceFile]]) -> Delivery:
    reasons, returned_by, returned_at, *row = record
    returned = None if reasons is None else Return(reasons, returned_by, returned_at)
    return Delivery(*[*row, evidence.get(row[0], []), returned])


async def _certificate_of(
    conn: Connection, milestone_id: UUID, evidence: dict[UUID, list[EvidenceFile]]
) -> Certificate | None:
    record = await conn.fetchrow(
        f"SELECT {columns(CertificateRow)} FROM acceptance_certificate WHERE milestone_id = $1",
        milestone_id,
    )
    return None if record is None else Certificate(*[*record, evidence.get(record[0], [])])


async def _evidence_of(conn: Connection, milestone_id: UUID) -> dict[UUID, list[EvidenceFile]]:
    """All evidence of a milestone, by the delivery or the certificate that it belongs to."""
    records = await conn.fetch(
        """SELECT coalesce(e.delivery_id, e.certificate_id), f.id, f.name, f.media_type,
                  f.size_bytes, encode(f.sha256, 'hex')
           FROM evidence e JOIN file f ON f.id = e.file_id
           WHERE e.milestone_id = $1 ORDER BY e.position""",
        milestone_id,
    )
    found: dict[UUID, list[EvidenceFile]] = {}
    for owner, *file in records:
        found.setdefault(owner, []).append(EvidenceFile(*file))
    return found
