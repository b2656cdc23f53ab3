"""A customer statement is for its two sides, and names nothing of another buyer's."""

from __future__ import annotations

import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.errors import NotFound
from market.reports.customer_statements import queries
from tests.reports.test_customer_statements import asked
from tests.world import identity, invoicing, money


async def test_whom_the_database_does_not_let_in_reads_none(conn: Connection) -> None:
    """Even where the door was mistaken about what he sees."""
    deal = await invoicing.fw01(conn)
    await invoicing.issued(conn, deal)
    stranger = identity.as_if_all_were_visible(deal.outsider)
    with pytest.raises(NotFound):
        await asked(conn, stranger, deal.unit.id, deal.enterprise.id)


async def test_what_was_paid_of_another_buyers_invoice_is_not_named(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    match = await money.paid(conn, deal, invoice.id, 5_800_00)
    other = await identity.enterprise(conn)
    subjects = [invoice.id, match.id]
    async with db.act(conn, SYSTEM):
        own = await queries.parts_of(conn, deal.enterprise.id, subjects)
        others = await queries.parts_of(conn, other.id, subjects)
    assert {part.invoice_id for parts in own.values() for part in parts} == {invoice.id}
    assert set(own) == set(subjects)
    assert others == {}
