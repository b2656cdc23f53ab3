"""The SQL of invoices: one function per statement."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.base.errors import NotFound
from market.base.policies import Policy
from market.money.invoicing.model import Invoice, InvoiceLine, InvoiceState, Receipt
from market.money.invoicing.tax_points.model import NewTaxPoint


class Claim(msgspec.Struct, frozen=True):
    """An instalment with what its invoice needs to know of the contract.

    ``due_on`` is the day that the contract agrees for payment, None while what it counts from has
    not happened; ``number_prefix`` is the books unit's; ``recognition`` the number that an
    exemption needs.
    """

    instalment_id: UUID
    position: int
    amount_minor: int
    net_minor: int
    vat_minor: int
    owner_minor: int
    trigger: str
    due_on: date | None
    milestone_title: str | None
    milestone_state: str | None
    contract_id: UUID
    contract_number: str | None
    contract_state: str
    provider_unit_id: UUID
    books_unit_id: UUID
    buyer_id: UUID
    currency: str
    vat_ppm: int
    exempt: bool
    vat_rule_id: str
    number_prefix: str | None
    recognition: str | None


class Terms(msgspec.Struct, frozen=True):
    """What the signed contract fixed for all of its instalments, and for this one."""

    contract_number: str
    total_minor: int
    net_minor: int
    vat_minor: int
    owner_minor: int
    position: int
    trigger: str
    due_days: int | None
    vat_policy_id: UUID


class PayTo(msgspec.Struct, frozen=True):
    """An own account that takes money for an invoice."""

    name: str
    bank: str
    number: str


class NewInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an invoice before its row is there."""

    number: str
    year: int
    serial: int
    payment_code: str
    issued_on: date
    due_on: date
    policy_id: UUID


async def lock_contract_of_instalment(
    conn: Connection, actor: Actor, instalment_id: UUID
) -> UUID | None:
    """Invoices of a contract are taxed one at a time: its surtax is reckoned on their sum."""
    contract_id: UUID | None = await conn.fetchval(
        """SELECT c.id FROM instalment s JOIN contract c ON c.id = s.contract_id
           WHERE s.id = $1 AND ($2::uuid[] IS NULL OR c.buyer_id = ANY($2)
               OR c.provider_unit_id = ANY($2) OR c.books_unit_id = ANY($2))
           FOR NO KEY UPDATE OF c""",
        instalment_id,
        actor.visible,
    )
    return contract_id


async def find_claim(conn: Connection, instalment_id: UUID) -> Claim:
    """Read after the contract is locked, in a statement of its own, so that it is up to date."""
    record = await conn.fetchrow(
        """SELECT s.id, s.position, s.amount_minor, s.net_minor, s.vat_minor, s.owner_minor,
                  s.trigger,
                  CASE s.trigger
                      WHEN 'date' THEN s.due_on
                      WHEN 'signing' THEN c.effective_on + s.due_days
                      ELSE (m.accepted_at AT TIME ZONE 'Asia/Shanghai')::date + s.due_days END,
                  m.title, m.state, c.id, c.number, c.state, c.provider_unit_id,
                  c.books_unit_id, c.buyer_id, c.currency, c.vat_ppm, c.exempt, c.vat_rule_id,
                  u.number_prefix, r.number
           FROM instalment s
           JOIN contract c ON c.id = s.contract_id
           JOIN organisation u ON u.id = c.books_unit_id
           LEFT JOIN milestone m ON m.id = s.milestone_id
           LEFT JOIN recognition r ON r.contract_id = c.id
           WHERE s.id = $1""",
        instalment_id,
    )
    return one(Claim, record)


async def live_invoice_of(conn: Connection, instalment_id: UUID) -> Invoice | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(Invoice)} FROM invoice
            WHERE instalment_id = $1 AND state <> 'void'""",
        instalment_id,
    )
    return Invoice(*record) if record else None


async def next_numbers(conn: Connection, books_unit_id: UUID, year: int) -> tuple[int, int]:
    """The next number without gaps, locked until the act commits; and one for the payment code."""
    record = await conn.fetchrow(
        "SELECT next_number($1), nextval('payment_code_number')",
        f"invoice:{books_unit_id}:{year}",
    )
    assert record is not None, "a SELECT without FROM gives one row"
    return record[0], record[1]


async def insert_invoice(conn: Connection, actor: Actor, claim: Claim, new: NewInvoice) -> Invoice:
    record = await conn.fetchrow(
        f"""INSERT INTO invoice (number, year, serial, payment_code, contract_id, instalment_id,
                provider_unit_id, books_unit_id, buyer_id, currency, amount_minor, net_minor,
                vat_minor, owner_minor, exempt, state, issued_on, due_on, issued_by, policy_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'open', $16,
                $17, $18, $19)
            RETURNING {columns(Invoice)}""",
        new.number,
        new.year,
        new.serial,
        new.payment_code,
        claim.contract_id,
        claim.instalment_id,
        claim.provider_unit_id,
        claim.books_unit_id,
        claim.buyer_id,
        claim.currency,
        claim.amount_minor,
        claim.net_minor,
        claim.vat_minor,
        claim.owner_minor,
        claim.exempt,
        new.issued_on,
        new.due_on,
        actor.person_id,
        new.policy_id,
    )
    return one(Invoice, record)


async def insert_line(conn: Connection, invoice_id: UUID, line: InvoiceLine) -> None:
    await conn.execute(
        """INSERT INTO invoice_line (invoice_id, position, description, net_minor, vat_ppm,
               vat_minor, rule_id)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        invoice_id,
        line.position,
        line.description,
        line.net_minor,
        line.vat_ppm,
        line.vat_minor,
        line.rule_id,
    )


async def lock_invoices(
    conn: Connection, actor: Actor, invoice_ids: Sequence[UUID]
) -> list[Invoice]:
    """The contracts first, then the invoices, each by id; what the actor does not see is left out.

    One statement: every row is locked in the order in which the last line names the tables.
    """
    if not invoice_ids:
        return []
    records = await conn.fetch(
        f"""SELECT {columns(Invoice, "i")}
            FROM invoice i JOIN contract c ON c.id = i.contract_id
            WHERE i.id = ANY($1) AND ($2::uuid[] IS NULL OR i.buyer_id = ANY($2)
                OR i.provider_unit_id = ANY($2) OR i.books_unit_id = ANY($2))
            ORDER BY c.id, i.id FOR NO KEY UPDATE OF c, i""",
        invoice_ids,
        actor.visible,
    )
    return [Invoice(*record) for record in records]


async def lock_invoice(conn: Connection, actor: Actor, invoice_id: UUID) -> Invoice:
    """One of them; NotFound to a stranger."""
    found = await lock_invoices(conn, actor, [invoice_id])
    if not found:
        raise NotFound
    return found[0]


async def locked_invoices(conn: Connection, invoice_ids: Sequence[UUID]) -> list[Invoice]:
    """As they are now, for who has locked them and knows that the actor sees them."""
    records = await conn.fetch(
        f"SELECT {columns(Invoice)} FROM invoice WHERE id = ANY($1) ORDER BY id", invoice_ids
    )
    return [Invoice(*record) for record in records]


async def keep(
    conn: Connection,
    changed: Sequence[Invoice],
    receipts: Sequence[Receipt],
    points: Sequence[NewTaxPoint],
) -> None:
    """What was reckoned of locked invoices: their rows, what they received, their tax points."""
    await conn.execute(
        """WITH received AS (
               INSERT INTO receipt (invoice_id, received_on, amount_minor, cause)
               SELECT r.invoice_id, r.received_on, r.amount_minor, r.cause
               FROM unnest($6::uuid[], $7::date[], $8::bigint[], $9::text[])
                   AS r (invoice_id, received_on, amount_minor, cause)
           ), taxed AS (
               INSERT INTO tax_point (invoice_id, contract_id, number, reason, cause, effective_on,
                   counted_minor, vat_minor, surtax_minor, surtax_policy_id)
               SELECT t.invoice_id, t.contract_id, t.number, t.reason, t.cause, t.effective_on,
                   t.counted_minor, t.vat_minor, t.surtax_minor, t.policy_id
               FROM unnest($10::uuid[], $11::uuid[], $12::integer[], $13::text[], $14::text[],
                       $15::date[], $16::bigint[], $17::bigint[], $18::bigint[], $19::uuid[])
                   AS t (invoice_id, contract_id, number, reason, cause, effective_on,
                       counted_minor, vat_minor, surtax_minor, policy_id)
           )
           UPDATE invoice i SET state = n.state, paid_minor = n.paid_minor,
               vat_due_minor = n.vat_due_minor, version = n.version
           FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::integer[])
               AS n (id, state, paid_minor, vat_due_minor, version)
           WHERE i.id = n.id""",
        [one.id for one in changed],
        [one.state for one in changed],
        [one.paid_minor for one in changed],
        [one.vat_due_minor for one in changed],
        [one.version for one in changed],
        [one.invoice_id for one in receipts],
        [one.received_on for one in receipts],
        [one.amount_minor for one in receipts],
        [one.cause for one in receipts],
        [one.invoice_id for one in points],
        [one.contract_id for one in points],
        [one.number for one in points],
        [one.reason for one in points],
        [one.cause for one in points],
        [one.effective_on for one in points],
        [one.counted_minor for one in points],
        [one.vat_minor for one in points],
        [one.surtax_minor for one in points],
        [one.surtax_policy_id for one in points],
    )


async def set_state(conn: Connection, invoice: Invoice, to: InvoiceState) -> Invoice:
    record = await conn.fetchrow(
        f"""UPDATE invoice SET state = $2, version = version + 1
            WHERE id = $1 RETURNING {columns(Invoice)}""",
        invoice.id,
        to,
    )
    return one(Invoice, record)


async def find_invoice(conn: Connection, actor: Actor, invoice_id: UUID) -> Invoice:
    record = await conn.fetchrow(
        f"""SELECT {columns(Invoice)} FROM invoice
            WHERE id = $1 AND ($2::uuid[] IS NULL OR buyer_id = ANY($2)
                OR provider_unit_id = ANY($2) OR books_unit_id = ANY($2))""",
        invoice_id,
        actor.visible,
    )
    return one(Invoice, record)


async def pay_to(conn: Connection, invoice: Invoice) -> list[PayTo]:
    """Its approved accounts in that currency, the oldest first; the buyer does not see them."""
    records = await conn.fetch(
        f"""SELECT {columns(PayTo)} FROM bank_account
            WHERE books_unit_id = $1 AND currency = $2 AND state = 'approved' ORDER BY id""",
        invoice.books_unit_id,
        invoice.currency,
    )
    return [PayTo(*record) for record in records]


async def lines_of(conn: Connection, invoice_id: UUID) -> list[InvoiceLine]:
    records = await conn.fetch(
        f"""SELECT {columns(InvoiceLine)} FROM invoice_line
            WHERE invoice_id = $1 ORDER BY position""",
        invoice_id,
    )
    return [InvoiceLine(*record) for record in records]


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which invoices a list shows; None means any."""

    state: InvoiceState | None = None
    overdue: bool | None = None
    contract_id: UUID | None = None
    buyer_id: UUID | None = None


EVERY: Final = Filter()


async def invoices(
    conn: Connection,
    actor: Actor,
    wanted: Filter = EVERY,
    *,
    after: UUID | None = None,
    limit: int = 20,
) -> list[Invoice]:
    """The newest first; overdue: past the due date and not paid in full."""
    records = await conn.fetch(
        f"""SELECT {columns(Invoice)} FROM invoice
            WHERE ($1::uuid[] IS NULL OR buyer_id = ANY($1) OR provider_unit_id = ANY($1)
                OR books_unit_id = ANY($1))
              AND ($2::text IS NULL OR state = $2)
              AND ($3::boolean IS NULL OR $3 = (state IN ('open', 'part_paid')
                  AND due_on < (SELECT market_today())))
              AND ($4::uuid IS NULL OR contract_id = $4)
              AND ($5::uuid IS NULL OR buyer_id = $5)
              AND ($6::uuid IS NULL OR id < $6)
            ORDER BY id DESC LIMIT $7""",
        actor.visible,
        wanted.state,
        wanted.overdue,
        wanted.contract_id,
        wanted.buyer_id,
        after,
        limit,
    )
    return [Invoice(*record) for record in records]


async def terms_of(conn: Connection, invoice: Invoice) -> Terms:
    record = await conn.fetchrow(
        """SELECT c.number, c.total_minor, c.net_minor, c.vat_minor, c.owner_minor, s.position,
                  s.trigger, s.due_days, c.vat_policy_id
           FROM contract c JOIN instalment s ON s.contract_id = c.id
           WHERE c.id = $1 AND s.id = $2""",
        invoice.contract_id,
        invoice.instalment_id,
    )
    return one(Terms, record)


async def policies_used(conn: Connection, policy_ids: Collection[UUID]) -> list[Policy]:
    records = await conn.fetch(
        f"SELECT {columns(Policy)} FROM policy WHERE id = ANY($1) ORDER BY name, number",
        list(policy_ids),
    )
    return [Policy(*record) for record in records]
