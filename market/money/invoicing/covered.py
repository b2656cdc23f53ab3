"""What of an invoice that is open is covered by credit that credit notes on it left.

An invoice that was paid, credited and whose payment was then taken back is open as a whole, and
owed without what the notes took off: the buyer's credit stands against it. Whoever asks for money
asks here first.
"""

from __future__ import annotations

from market.base.db import Connection
from market.ledger import operations as ledger
from market.ledger.model import Account
from market.money.invoicing.held import held_of
from market.money.invoicing.model import Invoice


async def credit_against(conn: Connection, invoice: Invoice) -> int:
    """Within an act of the system.

    What is reserved for refunds that nobody has sent counts as credit: they are held back for as
    long as the invoice needs it. What is held for chargebacks does not: it pays no invoice.
    """
    if invoice.credited_minor == invoice.offset_minor:
        return 0
    books, buyer_id, currency = invoice.books_unit_id, invoice.buyer_id, invoice.currency
    credit = await ledger.balance(conn, books, Account("customer_credit", buyer_id), currency)
    held = await held_of(conn, books, buyer_id, currency)
    here_minor = credit + await _unsent(conn, invoice)
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


async def _unsent(conn: Connection, invoice: Invoice) -> int:
    """Reserved of the buyer's credit for refunds of which neither cashier nor Stripe was told."""
    reserved: int = await conn.fetchval(
        """SELECT coalesce(sum(amount_minor), 0)::bigint FROM refund
           WHERE organisation_id = $1 AND books_unit_id = $2 AND currency = $3
             AND state IN ('proposed', 'approved') AND called_at IS NULL""",
        invoice.buyer_id,
        invoice.books_unit_id,
        invoice.currency,
    )
    return reserved
