"""Who sees which invoices, and what their figures say of themselves."""

from __future__ import annotations

import pytest

from market.base import db
from market.base.access import SYSTEM, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.money.invoicing import explaining, operations, queries
from market.money.invoicing.model import InvoiceState
from market.money.invoicing.queries import Filter
from tests.world import identity
from tests.world import invoicing as world


async def test_both_parties_and_the_units_above_see_an_invoice(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    above = await identity.person(conn, await identity.root(conn), Role.AUDITOR)

    for actor in (deal.finance, deal.buyer, above):
        assert await operations.find_invoice(conn, actor, invoice.id) == invoice
    with pytest.raises(NotFound):
        await operations.find_invoice(conn, deal.outsider, invoice.id)
    with pytest.raises(NotFound):
        await explaining.explain_invoice(conn, deal.outsider, invoice.id)


async def test_row_security_alone_hides_invoices(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    everything = identity.as_if_all_were_visible(deal.outsider)

    async with db.look(conn, everything):
        assert await queries.invoices(conn, everything) == []
        assert await queries.lines_of(conn, invoice.id) == []
    with pytest.raises(NotFound):
        await operations.find_invoice(conn, everything, invoice.id)


async def test_the_list_is_newest_first_filtered_and_keyset(conn: Connection) -> None:
    deal = await world.fw01(conn)
    first, second, third = [await world.issued(conn, deal, place) for place in range(3)]
    await world.received(conn, deal, second, 43_000_00)

    async with db.look(conn, deal.buyer):
        page = await queries.invoices(conn, deal.buyer, limit=2)
        rest = await queries.invoices(conn, deal.buyer, after=page[-1].id, limit=2)
        paid = await queries.invoices(conn, deal.buyer, Filter(state=InvoiceState.PAID))
        punctual = await queries.invoices(conn, deal.buyer, Filter(overdue=False))
        late = await queries.invoices(conn, deal.buyer, Filter(overdue=True))

    assert [invoice.id for invoice in page + rest] == [third.id, second.id, first.id]
    assert [invoice.id for invoice in paid] == [second.id]
    assert (len(punctual), late) == (3, [])


async def test_every_figure_explains_itself(conn: Connection) -> None:
    deal = await world.fw01(conn)
    await world.surtaxed(conn)
    await world.started(conn, deal)
    invoice = await world.issued(conn, deal)
    await world.received(conn, deal, invoice, 8_600_00)

    told = await explaining.explain_invoice(conn, deal.buyer, invoice.id)

    assert told.inputs["paid_minor"] == 8_600_00
    assert [step.rule_id for step in told.steps] == [
        "vat.general",
        "invoice.due_as_agreed",
        "tax_point.receipt",
        "tax_point.receipt",
    ]
    assert told.steps[0].values["contract_vat_minor"] == 4_867_92
    assert told.steps[2].values["vat_minor"] == 486_79
    assert told.result == {
        "net_minor": 24_339_62,
        "vat_minor": 1_460_38,
        "owner_minor": 0,
        "vat_due_minor": 486_79,
        "vat_credited_minor": 0,
        "vat_deferred_minor": 973_59,
        "surtax_minor": 58_42,
        "open_minor": 17_200_00,
    }
    assert [(source.policy, source.number) for source in told.sources] == [
        ("invoicing", 1),
        ("surtax", 2),
        ("vat", 1),
    ]


async def test_the_system_sees_all(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)

    assert await operations.find_invoice(conn, SYSTEM, invoice.id) == invoice
