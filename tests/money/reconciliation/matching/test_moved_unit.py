"""A unit that moves leaves its money where it was booked."""

from __future__ import annotations

from market.base import clock
from market.base.access import Role
from market.base.db import Connection
from market.identity.units import operations as units
from market.identity.units.model import NewParent
from market.money.invoicing import operations as invoicing
from market.money.invoicing.model import InvoiceState
from tests.world import catalogue, contracts, identity, money
from tests.world.money import Line


async def test_the_books_that_issued_an_invoice_take_its_receipt_after_the_unit_has_moved(
    conn: Connection,
) -> None:
    old, new = await identity.unit(conn), await identity.unit(conn)
    child = await identity.unit(conn, parent=old, legal_person=False)
    enterprise = await identity.enterprise(conn)
    cast = contracts.Cast(
        unit=child,
        enterprise=enterprise,
        buyer=await identity.person(conn, enterprise, Role.BUYER),
        manager=await identity.manager_of(conn, enterprise),
        buyer_signatory=await contracts.signatory(conn, enterprise),
        member=await identity.person(conn, child, Role.MEMBER),
        worker_id=await catalogue.enrolled_member(conn, child),
        clerk=await identity.person(conn, child, Role.CLERK),
        technical=await identity.person(conn, child, Role.TECH_REVIEWER),
        finance=await identity.person(conn, old, Role.FINANCE),
        leader=await identity.person(conn, old, Role.LEADER),
        unit_signatory=await contracts.signatory(conn, old),
    )
    deal = await contracts.signed(conn, cast)
    invoice = await invoicing.issue_invoice(conn, cast.finance, deal.contract.instalments[0].id)
    bank = await money.bank_of(conn, old, cast.finance, cast.leader)
    move = NewParent(parent_id=new.id, from_on=await clock.today(conn), reason="机构调整")
    await units.move_unit(conn, (await identity.two_administrators(conn))[0], child.id, move)
    finance = await identity.again(conn, cast.finance)

    await money.imported(
        conn,
        bank._replace(finance=finance),
        [Line(invoice.amount_minor, enterprise.name_zh, invoice.payment_code)],
    )

    paid = await invoicing.find_invoice(conn, finance, invoice.id)
    assert paid.state == InvoiceState.PAID
