"""Bank accounts, statements, lines, matches and credit, each before its next step."""

from __future__ import annotations

from market.base import db, files
from market.base.access import Role
from market.base.db import Connection
from market.money.invoicing import operations as invoices
from market.money.invoicing.model import FullInvoice
from market.money.payments.refunds import lists
from market.money.payments.refunds import operations as refunds
from market.money.payments.refunds.model import NewRefund
from market.money.statements import bank_lines
from market.money.statements.accounts import operations as accounts
from tests.access.things import Ground, Things
from tests.world import contracts, identity, money
from tests.world.money import Bank, Line


async def make(conn: Connection, ground: Ground, things: Things) -> None:
    finance, leader = ground.cast.finance, ground.cast.leader
    proposed = await accounts.propose_account(
        conn, finance, ground.unit.id, money.new_account(ground.unit.name_zh)
    )
    things.keep("proposed_account", proposed)
    bank = await money.bank_of(conn, ground.unit, finance, leader)
    things.keep("account", bank.account)
    fresh = await money.bank_of(conn, ground.unit, finance, leader)
    things.keep("fresh_account", fresh.account)
    things.files["statement"] = "对账单.csv", await money.csv_file(conn, fresh, [Line(9_00)])
    await _mistaken(conn, ground, things)
    first, second, paid = [await _issued(conn, ground) for _ in range(3)]
    things.keep("paid_invoice", paid)
    await _lines(conn, ground, things, bank, (first, second, paid))


async def _mistaken(conn: Connection, ground: Ground, things: Things) -> None:
    """An import that may be taken back, and one of which that is proposed."""
    for name in ("mistaken_statement", "mistaken_import"):
        bank = await money.bank_of(conn, ground.unit, ground.cast.finance, ground.cast.leader)
        taken = await money.imported(conn, bank, [Line(8_00)])
        things.keep(name, taken.statements[0])
    things.keep("proposed_retraction", await money.retraction(conn, bank, taken))


async def _issued(conn: Connection, ground: Ground) -> FullInvoice:
    deal = await contracts.signed(conn, ground.cast)
    instalment = deal.contract.instalments[0]
    return await invoices.issue_invoice(conn, ground.cast.finance, instalment.id)


async def _lines(
    conn: Connection,
    ground: Ground,
    things: Things,
    bank: Bank,
    owed: tuple[FullInvoice, FullInvoice, FullInvoice],
) -> None:
    payer, amount = ground.enterprise.name_zh, owed[0].amount_minor
    lines = [
        Line(7_00, reference="free"),
        Line(amount, payer, reference="hand"),
        Line(amount, "另一家公司", reference="other"),
        Line(amount + 100_00, payer, owed[2].payment_code, reference="over"),
    ]
    taken = await money.imported(conn, bank, lines)
    things.keep("statement", taken.statements[0])
    things.ids["statement_file"] = taken.statements[0].file_id
    async with db.look(conn, bank.finance):
        original = await files.find(conn, bank.finance, taken.statements[0].file_id)
        things.ids["statement_hash"] = original.sha256
        brought = await bank_lines.lines_of(conn, [taken.statements[0].id])
    free, hand, other, over = brought
    things.keep("line", free)
    matcher = await identity.person(conn, ground.unit, Role.FINANCE)
    by_hand = await money.matched(conn, matcher, hand.id, money.allocation(owed[0].id, amount))
    things.keep("match", by_hand)
    waiting = await money.matched(conn, matcher, other.id, money.allocation(owed[1].id, amount))
    things.keep("waiting_match", waiting)
    rest = money.rest("customer_credit", 100_00, organisation_id=ground.enterprise.id)
    paid = money.allocation(owed[2].id, amount)
    await money.matched(conn, matcher, over.id, paid, rest=rest)
    things.keep("payment", (await money.payments_of(conn, matcher, owed[2].id))[0])
    things.keep("creditable_invoice", await _issued(conn, ground))
    used = await money.credit_used(conn, bank.finance, things.ids["creditable_invoice"], 40_00)
    things.keep("credit_use", used)
    await _refunds(conn, ground, things, bank)


async def _refunds(conn: Connection, ground: Ground, things: Things, bank: Bank) -> None:
    """One was sent, one waits for the cashier, one for the leader."""
    cashier = await identity.person(conn, ground.unit, Role.CASHIER)
    made = []
    for minor in (10_00, 5_00, 4_00):
        new = NewRefund(
            organisation_id=ground.enterprise.id,
            amount_minor=minor,
            payee_bank="锦川银行东城支行",
            payee_account="6222 0000 0000 0001",
            reason="退还多付款项",
        )
        made.append(await refunds.propose_refund(conn, bank.finance, ground.unit.id, new))
    sent, approved, proposed = made
    await refunds.approve_refund(conn, bank.leader, sent.id)
    transfers = await lists.make_list(conn, cashier, ground.unit.id, bank.account.id)
    await refunds.approve_refund(conn, bank.leader, approved.id)
    things.ids["refund_list"] = transfers.id
    things.keep("sent_refund", await refunds.find_refund(conn, bank.finance, sent.id))
    things.keep("proposed_refund", proposed)
