"""What is wrong with the terms of a match by hand, before anything is booked."""

from __future__ import annotations

from collections.abc import Sequence

from market.base import amounts
from market.base.access import require
from market.base.db import Connection
from market.base.errors import NotFound
from market.money.invoicing.model import Invoice, more_than_open
from market.money.payments.opening_items import model as opening_items
from market.money.payments.opening_items.model import OpeningItem
from market.money.reconciliation.matching import model, queries
from market.money.reconciliation.matching.model import (
    MEETS_LINE,
    Matching,
    RestGiven,
    RestTo,
)
from market.money.reconciliation.matching.queries import Name
from market.money.statements.model import BankLine


async def check(
    conn: Connection,
    line: BankLine,
    terms: Matching,
    owed: Sequence[Invoice],
    items: Sequence[OpeningItem],
    other: BankLine | None,
) -> None:
    """``owed`` and ``items`` are those named, locked; ``other`` is the line that this one meets."""
    _check_amounts(line, terms)
    _check_invoices(line, terms, owed)
    _check_items(line, terms, items)
    await _check_rest(conn, line, terms.rest, other)


def _check_amounts(line: BankLine, terms: Matching) -> None:
    require(line.amount_minor != 0, model.NothingToMatch)
    amount, given = abs(line.amount_minor), terms.total_minor
    shown = {"amount": amount, "given": given, "remainder": abs(amount - given)}
    require(
        amount == given,
        model.RemainderLeft(
            **{name: amounts.printed(value, line.currency) for name, value in shown.items()}
        ),
    )
    to_credit = terms.rest is not None and terms.rest.to == RestTo.CUSTOMER_CREDIT
    to_credit = to_credit and terms.refund_id is None
    pays = bool(terms.allocations or terms.opening_items) or to_credit
    require(line.amount_minor > 0 or not pays, model.OutgoingPaysNoInvoice)


def _check_invoices(line: BankLine, terms: Matching, owed: Sequence[Invoice]) -> None:
    found = {invoice.id: invoice for invoice in owed}
    require(len(set(terms.invoice_ids)) == len(terms.invoice_ids), model.InvoiceTwice)
    for place, given in enumerate(terms.allocations):
        require(given.invoice_id in found, NotFound(pointer=f"/allocations/{place}/invoice_id"))
        invoice = found[given.invoice_id]
        require(
            (invoice.books_unit_id, invoice.currency) == (line.books_unit_id, line.currency),
            model.InvoiceOfOtherBooks(number=invoice.number, pointer=f"/allocations/{place}"),
        )
        require(
            given.counted_minor <= invoice.open_minor,
            more_than_open(invoice, given.counted_minor),
        )


def _check_items(line: BankLine, terms: Matching, items: Sequence[OpeningItem]) -> None:
    found = {item.id: item for item in items}
    require(len(set(terms.item_ids)) == len(terms.item_ids), opening_items.ItemAllocatedTwice)
    for place, item_id in enumerate(terms.item_ids):
        require(item_id in found, NotFound(pointer=f"/opening_items/{place}/opening_item_id"))
        item = found[item_id]
        require(
            (item.books_unit_id, item.currency) == (line.books_unit_id, line.currency),
            opening_items.ItemOfOtherBooks(
                reference=item.reference, pointer=f"/opening_items/{place}"
            ),
        )
    opening_items.require_open(items, terms.opening_items)


async def _check_rest(
    conn: Connection, line: BankLine, rest: RestGiven | None, other: BankLine | None
) -> None:
    if rest is None:
        return
    is_credit, meets = rest.to == RestTo.CUSTOMER_CREDIT, rest.to in MEETS_LINE
    is_refund, is_payout = rest.refund_id is not None, rest.payout_id is not None
    is_complete = (
        is_credit == (rest.organisation_id is not None)
        and meets == (rest.other_line_id is not None)
        and (not is_refund or is_credit)
        and (not is_payout or rest.to == RestTo.STRIPE_IN_TRANSIT)
        and (not (meets or is_refund or is_payout) or rest.amount_minor == abs(line.amount_minor))
    )
    require(is_complete, model.RestIncomplete(pointer="/rest"))
    if other is not None:
        taken = await queries.live_match_of(conn, other.id)
        in_one_account = line.bank_account_id == other.bank_account_id
        meet = (
            taken is None
            and other.in_suspense
            and (other.books_unit_id, other.currency) == (line.books_unit_id, line.currency)
            and other.amount_minor == -line.amount_minor
            and in_one_account == (rest.to == RestTo.RETURNED)
        )
        require(meet, model.LinesDoNotMeet(pointer="/rest/other_line_id"))


async def owners_of(
    conn: Connection,
    line: BankLine,
    terms: Matching,
    owed: Sequence[Invoice],
    items: Sequence[OpeningItem],
) -> list[Name]:
    """Whose debts the line is said to pay, and whose credit it moves."""
    owners = {invoice.buyer_id for invoice in owed} | {item.organisation_id for item in items}
    credited = terms.rest.organisation_id if terms.rest else None
    if credited is not None:
        owners.add(credited)
    names = await queries.names_of(conn, list(owners)) if owners else []
    require(
        credited is None or any(name.id == credited for name in names),
        model.CreditOwnerUnknown(pointer="/rest/organisation_id"),
    )
    keeper = await queries.keeper_of(conn, credited) if credited else None
    require(
        keeper is None or keeper != line.books_unit_id,
        model.CreditOfOwnUnit(pointer="/rest/organisation_id"),
    )
    return names
