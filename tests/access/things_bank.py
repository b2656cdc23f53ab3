"""An account, its lines in suspense, matches and credit, each before its next step."""

from __future__ import annotations

from market.base.access import Role
from market.base.db import Connection
from market.money.invoicing import operations as invoices
from market.money.invoicing.model import FullInvoice
from market.money.statements.accounts import operations as accounts
from tests.access.things import Ground, Things
from tests.world import contracts, identity, money
from tests.world.money import Line


async def make(conn: Connection, ground: Ground, things: Things) -> None:
    finance, buyer = ground.cast.finance, ground.enterprise.name_zh
    bank = await money.bank_of(conn, ground.unit, finance, ground.cast.leader)
    things.keep("bank_account", bank.account)
    proposed = await accounts.propose_account(conn, finance, ground.unit.id, money.new_account())
    things.keep("proposed_account", proposed)
    lines = [Line(7_00, buyer), Line(5_00, buyer), Line(3_00, "集团财务公司"), Line(20_00, buyer)]
    done = await money.imported(conn, bank, lines)
    things.keep("statement", done.statements[0])
    free, matched, waiting, over = [outcome.line_id for outcome in done.outcomes]
    things.ids["bank_line"] = free
    invoice = await _issued(conn, ground)
    things.keep("banked_invoice", invoice)
    given = money.allocation(invoice.id, 5_00)
    things.keep("match", await money.matched(conn, finance, matched, given))
    given = money.allocation(invoice.id, 3_00)
    other = await identity.person(conn, ground.unit, Role.FINANCE)
    things.keep("waiting_match", await money.matched(conn, other, waiting, given))
    rest = money.rest("customer_credit", 20_00, organisation_id=ground.enterprise.id)
    await money.matched(conn, finance, over, rest=rest)
    things.keep("credit_use", await money.credit_used(conn, finance, invoice.id, 2_00))


async def _issued(conn: Connection, ground: Ground) -> FullInvoice:
    deal = await contracts.signed(conn, ground.cast)
    return await invoices.issue_invoice(conn, ground.cast.finance, deal.contract.instalments[0].id)
