"""The SQL of tax points."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base.db import Connection, columns, one
from market.money.invoicing.model import Invoice
from market.money.invoicing.tax_points.model import Change, Facts, Part, Standing, TaxPoint


async def facts_of(conn: Connection, invoice: Invoice) -> Facts:
    record = await conn.fetchrow(
        """SELECT market_today(),
                  (SELECT min(m.started_at AT TIME ZONE 'Asia/Shanghai')::date
                   FROM milestone m WHERE m.contract_id = $2),
                  (SELECT min(f.issued_on) FROM fapiao f
                   WHERE f.invoice_id = $1 AND f.state IN ('issued', 'delivered')),
                  ARRAY(SELECT ROW (r.received_on, sum(r.amount_minor)::bigint)
                        FROM receipt r WHERE r.invoice_id = $1
                        GROUP BY r.received_on HAVING sum(r.amount_minor) <> 0),
                  ARRAY(SELECT ROW (t.effective_on, sum(t.vat_minor)::bigint)
                        FROM tax_point t WHERE t.invoice_id = $1
                        GROUP BY t.effective_on HAVING sum(t.vat_minor) <> 0),
                  (SELECT count(*) FROM tax_point t WHERE t.invoice_id = $1)""",
        invoice.id,
        invoice.contract_id,
    )
    return one(Facts, record)


async def standings_of(conn: Connection, invoice: Invoice, on: date) -> list[Standing]:
    """Per version of the policy "surtax", the one that this invoice used last for the day first."""
    records = await conn.fetch(
        """SELECT p.id, p.body -> 'of_vat_ppm',
                  coalesce(sum(t.vat_minor) FILTER (
                      WHERE t.invoice_id = $2 AND t.effective_on = $3), 0)::bigint,
                  sum(t.vat_minor)::bigint, sum(t.surtax_minor)::bigint
           FROM tax_point t JOIN policy p ON p.id = t.surtax_policy_id
           WHERE t.contract_id = $1
           GROUP BY p.id, p.body
           ORDER BY max(t.number) FILTER (
               WHERE t.invoice_id = $2 AND t.effective_on = $3) DESC NULLS LAST, p.id""",
        invoice.contract_id,
        invoice.id,
        on,
    )
    return [Standing(*record) for record in records]


async def insert_tax_point(
    conn: Connection,
    invoice: Invoice,
    change: Change,
    part: Part,
    *,
    number: int,
    cause: str,
) -> TaxPoint:
    record = await conn.fetchrow(
        f"""INSERT INTO tax_point (invoice_id, contract_id, number, reason, cause, effective_on,
                counted_minor, vat_minor, surtax_minor, surtax_policy_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING {columns(TaxPoint)}""",
        invoice.id,
        invoice.contract_id,
        number,
        change.reason,
        cause,
        change.on,
        change.counted_minor,
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


async def invoices_fallen_due(conn: Connection, *, after: UUID | None, limit: int) -> list[UUID]:
    """Invoices whose due date has come while some of their VAT is still deferred, by id."""
    records = await conn.fetch(
        """SELECT id FROM invoice
           WHERE due_on <= market_today() AND state <> 'void' AND vat_due_minor < vat_minor
             AND ($1::uuid IS NULL OR id > $1)
           ORDER BY id LIMIT $2""",
        after,
        limit,
    )
    return [record["id"] for record in records]


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
