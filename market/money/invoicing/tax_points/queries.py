"""The SQL of tax points."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from market.base.db import Connection, Record, columns
from market.money.invoicing.tax_points.model import (
    Credited,
    Known,
    Reached,
    Taxed,
    TaxPoint,
    Version,
)


async def known_of(conn: Connection, invoice_ids: Sequence[UUID]) -> list[Known]:
    """All that the reckoning of these invoices looks at."""
    records = await conn.fetch(
        """SELECT i.id, i.contract_id, now.today,
                  (SELECT min(m.started_at AT TIME ZONE 'Asia/Shanghai')::date
                   FROM milestone m WHERE m.contract_id = i.contract_id),
                  (SELECT min(f.issued_on) FROM fapiao f
                   WHERE f.invoice_id = i.id AND f.number IS NOT NULL),
                  ARRAY(SELECT ROW (r.received_on, sum(r.amount_minor)::bigint)
                        FROM receipt r WHERE r.invoice_id = i.id GROUP BY r.received_on),
                  ARRAY(SELECT ROW (t.number, t.effective_on, t.vat_minor, t.surtax_policy_id)
                        FROM tax_point t WHERE t.invoice_id = i.id ORDER BY t.number),
                  ARRAY(SELECT ROW (p.id, sum(t.vat_minor)::bigint, sum(t.surtax_minor)::bigint,
                                    p.body -> 'of_vat_ppm')
                        FROM tax_point t JOIN policy p ON p.id = t.surtax_policy_id
                        WHERE t.contract_id = i.contract_id GROUP BY p.id, p.body),
                  ARRAY(SELECT ROW (p.id, p.effective_on, p.body -> 'of_vat_ppm')
                        FROM policy p
                        WHERE p.name = 'surtax' AND p.state = 'approved'
                          AND (p.unit_id IS NULL OR p.unit_id = i.books_unit_id)
                        ORDER BY p.unit_id NULLS LAST, p.effective_on DESC, p.number DESC),
                  ARRAY(SELECT ROW (n.issued_on, n.offset_minor, n.vat_minor)
                        FROM credit_note n WHERE n.invoice_id = i.id AND n.state = 'issued'
                        ORDER BY n.serial)
           FROM invoice i CROSS JOIN (SELECT market_today() AS today) AS now
           WHERE i.id = ANY($1)""",
        invoice_ids,
    )
    return [_known(record) for record in records]


def _known(record: Record) -> Known:
    *plain, points, taxed, versions, credited = record
    reached = [Reached(*row) for row in points]
    sums, rates = [Taxed(*row) for row in taxed], [Version(*row) for row in versions]
    return Known(*(*plain, reached, sums, rates, [Credited(*row) for row in credited]))


async def tax_points_of(conn: Connection, invoice_id: UUID) -> list[TaxPoint]:
    records = await conn.fetch(
        f"SELECT {columns(TaxPoint)} FROM tax_point WHERE invoice_id = $1 ORDER BY number",
        invoice_id,
    )
    return [TaxPoint(*record) for record in records]


async def invoices_fallen_due(conn: Connection, *, after: UUID | None, limit: int) -> list[UUID]:
    """Invoices whose due date has come while some of their VAT is still deferred, by id."""
    records = await conn.fetch(
        """SELECT id FROM invoice
           WHERE due_on <= market_today() AND state <> 'void'
             AND vat_due_minor < vat_minor - credited_vat_minor
             AND ($1::uuid IS NULL OR id > $1)
           ORDER BY id LIMIT $2""",
        after,
        limit,
    )
    return [record["id"] for record in records]


async def paid_invoices_of(conn: Connection, contract_id: UUID) -> list[UUID]:
    records = await conn.fetch(
        """SELECT id FROM invoice
           WHERE contract_id = $1 AND paid_minor > 0
             AND vat_due_minor < vat_minor - credited_vat_minor ORDER BY id""",
        contract_id,
    )
    return [record["id"] for record in records]


async def contract_of_milestone(conn: Connection, milestone_id: UUID) -> UUID:
    contract_id: UUID = await conn.fetchval(
        "SELECT contract_id FROM milestone WHERE id = $1", milestone_id
    )
    return contract_id
