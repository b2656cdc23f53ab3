"""What of an invoice that is open is covered by credit that credit notes on it left.

An invoice that was paid, credited and whose payment was then taken back is open as a whole, and
owed without what the notes took off: the buyer's credit stands against it. Whoever asks for money
asks here first.
"""

from __future__ import annotations

from uuid import UUID

from market.base.db import Connection
from market.money.invoicing.held import held_of
from market.money.invoicing.model import Invoice


async def credit_against(conn: Connection, invoice: Invoice) -> int:
    """Within an act of the system.

    What is reserved for refunds that nobody has sent counts as credit: they are held back for as
    long as the invoice needs it. What is held for chargebacks does not: it pays no invoice.
    """
    if invoice.credited_minor == invoice.offset_minor:
        return 0
    place = invoice.books_unit_id, invoice.buyer_id, invoice.currency
    here_minor, held = await credit_here(conn, *place), await held_of(conn, *place)
    return await credit_left(conn, invoice, here_minor - held.from_invoices_minor)


async def credit_left(conn: Connection, invoice: Invoice, credit_minor: int) -> int:
    """The same of so much credit; older invoices that are open go first."""
    left: int = await conn.fetchval(
        """WITH covered AS (
               SELECT id, least(credited_minor - offset_minor,
                                amount_minor - paid_minor - offset_minor) AS amount
               FROM invoice
               WHERE buyer_id = $1 AND books_unit_id = $2 AND currency = $3 AND id <= $4
                 AND state IN ('open', 'part_paid') AND credited_minor > offset_minor)
           SELECT greatest(least(
               coalesce(sum(amount) FILTER (WHERE id = $4), 0),
               $5::bigint - coalesce(sum(amount) FILTER (WHERE id < $4), 0)), 0)::bigint
           FROM covered""",
        invoice.buyer_id,
        invoice.books_unit_id,
        invoice.currency,
        invoice.id,
        credit_minor,
    )
    return left


async def credit_here(
    conn: Connection, books_unit_id: UUID, organisation_id: UUID, currency: str
) -> int:
    """An organisation's credit, and what of it is reserved for refunds that have not gone out."""
    here_minor: int = await conn.fetchval(
        """SELECT coalesce(sum(h.amount), 0)::bigint
           FROM (SELECT b.balance_minor AS amount
                 FROM account a JOIN controlled_balance b ON b.account_id = a.id
                 WHERE (a.books, a.kind, a.subject_key, a.currency)
                       = ($1, 'customer_credit', $2, $3)
                 UNION ALL
                 SELECT amount_minor FROM refund
                 WHERE (books_unit_id, organisation_id, currency) = ($1, $2, $3)
                   AND (state = 'proposed' OR state = 'approved' AND called_at IS NULL)) AS h""",
        books_unit_id,
        organisation_id,
        currency,
    )
    return here_minor
