"""Why a match by hand has to be confirmed by a second person before anything is booked."""

from __future__ import annotations

from collections.abc import Sequence

from market.base import amounts, clock, policies
from market.base.db import Connection
from market.money.invoicing.model import Invoice
from market.money.reconciliation.matching import queries, suggesting
from market.money.reconciliation.matching.model import Matching
from market.money.reconciliation.matching.reasons import Reason
from market.money.statements.model import BankLine


async def reasons_for_a_second(
    conn: Connection, line: BankLine, terms: Matching, owed: Sequence[Invoice]
) -> list[Reason]:
    """None when its finance decides alone."""
    found = [await _payer_differs(conn, line, terms, owed), await _above_ceiling(conn, line, terms)]
    return [reason for reason in found if reason is not None]


async def _payer_differs(
    conn: Connection, line: BankLine, terms: Matching, owed: Sequence[Invoice]
) -> Reason | None:
    owners = {invoice.buyer_id for invoice in owed}
    if terms.rest is not None and terms.rest.organisation_id is not None:
        owners.add(terms.rest.organisation_id)
    names = await queries.names_of(conn, list(owners)) if owners else []
    for name in names:
        if not suggesting.same_name(line.counterparty_name, name.name_zh, name.name_en):
            values = {"payer": line.counterparty_name, "buyer": name.name_zh}
            return Reason("payer_differs", values)
    return None


async def _above_ceiling(conn: Connection, line: BankLine, terms: Matching) -> Reason | None:
    """The policy "matching" says how much one person may book as charges and interest."""
    amount_minor = terms.unclaimed_minor
    if amount_minor == 0:
        return None
    today = await clock.today(conn)
    policy = await policies.current(conn, "matching", on=today, unit_id=line.books_unit_id)
    ceiling_minor = policy.body["alone_up_to_minor"]
    if amount_minor <= ceiling_minor:
        return None
    shown = {"amount": amount_minor, "ceiling": ceiling_minor}
    return Reason(
        "above_ceiling",
        {name: amounts.printed(value, line.currency) for name, value in shown.items()},
    )
