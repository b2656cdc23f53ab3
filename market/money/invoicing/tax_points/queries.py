"""The SQL of tax points."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base.db import Connection, columns, one
from market.money.invoicing.model import Invoice
from market.money.invoicing.tax_points.model import Facts, Part, Reason, Standing, TaxPoint


async def facts_of(conn: Connection, invoice: Invoice) -> Facts:
    record = await conn.fetchrow(
        """SELECT market_today(),
                  (SELECT min(m.started_at AT TIME ZONE 'Asia/Shanghai')::date
                   FROM milestone m WHERE m.contract_id = $2),
                  (SELECT min(f.issued_on) FROM fapiao f
                   WHERE f.invoice_id = $1 AND f.state IN ('issued', 'delivered')),
                  (SELECT count(*) FROM tax_point t WHERE t.invoice_id = $1)""",
        invoice.id,
        invoice.contract_id,
    )
    return one(Facts, record)


async def standings_of(conn: Connection, invoice: Invoice) -> list[Standing]:
    """Per version of the policy "surtax", the one that this invoice used last first."""
    records = await conn.fetch(
        """SELECT p.id, p.body -> 'of_vat_ppm',
                  coalesce(sum(t.vat_minor) FILTER (WHERE t.invoice_id = $2), 0)::bigint,
                  sum(t.vat_minor)::bigint, sum(t.surtax_minor)::bigint
           FROM tax_point t JOIN policy p ON p.id = t.surtax_policy_id
           WHERE t.contract_id = $1
           GROUP BY p.id, p.body
           ORDER BY max(t.number) FILTER (WHERE t.invoice_id = $2) DESC NULLS LAST, p.id""",
        invoice.contract_id,
        invoice.id,
    )
    return [Standing(*record) for record in records]


async def insert_tax_point(
    conn: Connection,
    invoice: Invoice,
    part: Part,
    *,
    number: int,
    reason: Reason,
    cause: str,
    effective_on: date,
    counted_minor: int,
) -> TaxPoint:
    record = await conn.fetchrow(
        f"""INSERT INTO tax_point (invoice_id, contract_id, number, reason, cause, effective_on,
                counted_minor, vat_minor, surtax_minor, surtax_policy_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING {columns(TaxPoint)}""",
        invoice.id,
        invoice.contract_id,
        number,
        reason,
        cause,
        effective_on,
        counted_minor,
        part.vat_minor,
        part.surtax_minor,
        part.policy_id,
    )
    return one(TaxPoint, record)


async def tax_points_of(conn: Connection, invoice_id: UUID) -> list[TaxPoint]:
    records = await conn.fetch(
        f"SELECT {columns(TaxPoint)} FROM tax_point WHERE invoice_id = $1 ORDER BY number",
        invoice_id,
    )
    return [TaxPoint(*record) for record in records]


async def invoices_fallen_due(conn: Connection, *, limit: int) -> list[tuple[UUID, date]]:
    """Invoices whose due date has come while some of their VAT is still deferred."""
    records = await conn.fetch(
        """SELECT id, due_on FROM invoice
           WHERE due_on <= market_today() AND state <> 'void' AND vat_due_minor < vat_minor
           ORDER BY due_on, id LIMIT $1""",
        limit,
    )
    return [(record["id"], record["due_on"]) for record in records]


async def paid_invoices_of(conn: Connection, contract_id: UUID) -> list[UUID]:
    records = await conn.fetch(
        """SELECT id FROM invoice
           WHERE contract_id = $1 AND paid_minor > 0 AND vat_due_minor < vat_minor ORDER BY id""",
        contract_id,
    )
    return [record["id"] for record in records]


async def contract_of_milestone(conn: Connection, milestone_id: UUID) -> UUID:
    contract_id: UUID = await conn.fetchval(
        "SELECT contract_id FROM milestone WHERE id = $1", milestone_id
    )
    return contract_id
