"""The SQL of purchase documents. Each part of the union is what row-level security leaves."""

from __future__ import annotations

from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.reports.purchases.model import Buyer, Paper, Wanted


async def find_buyer(conn: Connection, enterprise_id: UUID) -> Buyer:
    record = await conn.fetchrow(
        f"SELECT {columns(Buyer)} FROM organisation WHERE id = $1", enterprise_id
    )
    return one(Buyer, record)


async def papers_of(
    conn: Connection, actor: Actor, enterprise_id: UUID, wanted: Wanted, *, limit: int
) -> list[Paper]:
    """By day, kind and number.

    A contract is of the day on which its text was fixed; a fapiao is there once it was delivered,
    over what was not credited before it, and a red one with what it takes back below zero.
    """
    records = await conn.fetch(
        f"""WITH bought AS (
                SELECT c.id, c.number, c.state, c.total_minor, c.currency, t.sha256,
                       (t.created_at AT TIME ZONE 'Asia/Shanghai')::date AS dated_on
                FROM contract c JOIN contract_text t ON t.contract_id = c.id
                WHERE c.buyer_id = $1 AND ($2::uuid[] IS NULL OR c.buyer_id = ANY ($2))
                  AND ($3::uuid IS NULL OR c.id = $3)
            ), owed AS (
                SELECT i.id, i.number, i.state, i.amount_minor, i.credited_minor, i.currency,
                       i.issued_on, b.number AS contract
                FROM invoice i JOIN bought b ON b.id = i.contract_id WHERE i.state <> 'draft'
            ), paper (kind, id, contract, number, dated_on, state, amount_minor,
                      credited_minor, currency, file_name, file_sha256) AS (
                SELECT 'contract', b.id, b.number, b.number, b.dated_on, b.state, b.total_minor,
                       0::bigint, b.currency, NULL::text, NULL::text FROM bought b
                UNION ALL
                SELECT 'signed_text', b.id, b.number, b.number, b.dated_on, b.state, NULL, 0, NULL,
                       NULL, NULL
                FROM bought b
                UNION ALL
                SELECT 'signed_scan', f.id, b.number, b.number || '-' || s.party,
                       (s.signed_at AT TIME ZONE 'Asia/Shanghai')::date, b.state, NULL, 0, NULL,
                       f.name, encode(f.sha256, 'hex')
                FROM bought b JOIN signature s ON s.contract_id = b.id
                JOIN file f ON f.id = s.file_id
                UNION ALL
                SELECT 'certificate', m.id, b.number, b.number || '-' || m.position, a.accepted_on,
                       m.state, m.price_minor, 0, b.currency, NULL, NULL
                FROM bought b JOIN milestone m ON m.contract_id = b.id
                JOIN acceptance_certificate a ON a.milestone_id = m.id
                UNION ALL
                SELECT 'invoice', o.id, o.contract, o.number, o.issued_on, o.state, o.amount_minor,
                       o.credited_minor, o.currency, NULL, NULL FROM owed o
                UNION ALL
                SELECT 'receipt', a.id, o.contract, o.number || '-' || a.place, a.received_on,
                       CASE WHEN a.taken_back_on IS NULL THEN 'received' ELSE 'taken_back' END,
                       a.amount_minor, 0, a.currency, NULL, NULL
                FROM owed o JOIN (
                    SELECT id, invoice_id, amount_minor, currency, received_on, taken_back_on,
                           row_number() OVER (PARTITION BY invoice_id ORDER BY id) AS place
                    FROM allocation WHERE kind <> 'charge') AS a ON a.invoice_id = o.id
                UNION ALL
                SELECT 'fapiao', f.id, o.contract, p.number, p.issued_on, p.state,
                       o.amount_minor - o.credited_minor + coalesce((
                           SELECT sum(r.amount_minor) FROM red_fapiao r
                           WHERE r.fapiao_id = p.id), 0)::bigint,
                       0, o.currency, f.name, encode(f.sha256, 'hex')
                FROM owed o JOIN fapiao p ON p.invoice_id = o.id AND p.delivered_on IS NOT NULL
                JOIN file f ON f.id = p.file_id
                UNION ALL
                SELECT 'red_fapiao', f.id, o.contract, r.number, r.issued_on, r.state,
                       -r.amount_minor, 0, r.currency, f.name, encode(f.sha256, 'hex')
                FROM owed o JOIN fapiao p ON p.invoice_id = o.id
                JOIN red_fapiao r ON r.fapiao_id = p.id AND r.state = 'issued'
                JOIN file f ON f.id = r.file_id)
            SELECT {columns(Paper, "p")} FROM paper p
            WHERE ($4::date IS NULL OR p.dated_on >= $4) AND ($5::date IS NULL OR p.dated_on <= $5)
            ORDER BY p.dated_on, p.kind, p.number COLLATE "C", p.id LIMIT $6""",
        enterprise_id,
        actor.visible,
        *wanted,
        limit,
    )
    return [Paper(*record) for record in records]
