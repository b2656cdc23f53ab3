"""Credit that goes back to whom it belongs, step by step."""

from __future__ import annotations

from typing import NamedTuple

from market.base.access import Actor, Role
from market.base.db import Connection
from market.money.payments.refunds import lists, operations
from market.money.payments.refunds.lists import MadeList
from market.money.payments.refunds.model import NewRefund, Refund
from market.money.reconciliation.matching.model import Match, RestGiven
from tests.world import identity, invoicing, money
from tests.world.invoicing import Deal
from tests.world.money import Bank, Line


class Desk(NamedTuple):
    """A deal whose buyer has credit, and who sends it back from which account."""

    deal: Deal
    bank: Bank
    cashier: Actor


async def opened(conn: Connection, credit_minor: int = 20_000_00) -> Desk:
    """The buyer paid so much of an invoice that was credited whole afterwards."""
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    await money.paid(conn, deal, invoice.id, credit_minor)
    await invoicing.credited(conn, deal, invoice)
    bank = await money.bank(conn, deal)
    return Desk(deal, bank, await identity.person(conn, deal.unit, Role.CASHIER))


def wanted(desk: Desk, amount_minor: int = 5_000_00) -> NewRefund:
    return NewRefund(
        organisation_id=desk.deal.enterprise.id,
        amount_minor=amount_minor,
        payee_bank="锦川银行东城支行",
        payee_account="6222 0000 0000 0001",
        reason="合同减少工作量，退还多付款项",
    )


async def proposed(conn: Connection, desk: Desk, amount_minor: int = 5_000_00) -> Refund:
    new = wanted(desk, amount_minor)
    return await operations.propose_refund(conn, desk.deal.finance, desk.deal.unit.id, new)


async def approved(conn: Connection, desk: Desk, amount_minor: int = 5_000_00) -> Refund:
    refund = await proposed(conn, desk, amount_minor)
    return await operations.approve_refund(conn, desk.deal.leader, refund.id)


async def sent(conn: Connection, desk: Desk) -> MadeList:
    """Whatever is approved is on a list."""
    return await lists.make_list(conn, desk.cashier, desk.deal.unit.id, desk.bank.account.id)


async def paid(conn: Connection, desk: Desk, refund: Refund, *, bank: Bank | None = None) -> Match:
    """The bank's line out says so, and finance matches it."""
    return await told(conn, desk, refund, -refund.amount_minor, bank=bank)


async def returned(conn: Connection, desk: Desk, refund: Refund) -> Match:
    """The payee's bank did not take it: a line in brings it back."""
    return await told(conn, desk, refund, refund.amount_minor)


async def told(
    conn: Connection, desk: Desk, refund: Refund, amount_minor: int, *, bank: Bank | None = None
) -> Match:
    """A line of that amount is said to be the refund."""
    line = Line(amount_minor, desk.deal.enterprise.name_zh, refund.number)
    account = bank or await money.bank(conn, desk.deal)
    [outcome] = (await money.imported(conn, account, [line])).outcomes
    rest = of_refund(refund, abs(amount_minor))
    return await money.matched(conn, desk.deal.finance, outcome.line_id, rest=rest)


def of_refund(refund: Refund, amount_minor: int) -> RestGiven:
    owner = refund.organisation_id
    return money.rest("customer_credit", amount_minor, organisation_id=owner, refund_id=refund.id)


async def held(conn: Connection, desk: Desk) -> tuple[int, int, int]:
    """Credit, what is pending of it, and suspense."""
    books, buyer_id = desk.deal.contract.books_unit_id, desk.deal.enterprise.id
    return (
        await money.balance(conn, books, "customer_credit", buyer_id),
        await money.balance(conn, books, "refund_pending", buyer_id),
        await money.balance(conn, books, "suspense"),
    )


async def colleague(conn: Connection, desk: Desk) -> Actor:
    """Another of the unit's finance: he alone fails what its proposer had sent."""
    return await identity.person(conn, desk.deal.unit, Role.FINANCE)


async def happens(conn: Connection) -> None:
    """Rejected, withdrawn, failed before and after it was sent, paid, returned; two wait."""
    desk = await opened(conn)
    finance, leader = desk.deal.finance, desk.deal.leader
    await operations.reject_refund(conn, leader, (await proposed(conn, desk)).id, "账号有误")
    await operations.withdraw_refund(conn, finance, (await proposed(conn, desk)).id)
    early = await approved(conn, desk, 1_000_00)
    await operations.fail_refund(conn, finance, early.id, "暂缓付款")
    late, kept, back = [await approved(conn, desk, minor) for minor in (100, 2_000_00, 3_000_00)]
    await sent(conn, desk)
    await operations.fail_refund(conn, await colleague(conn, desk), late.id, "收款账户已销户")
    await money.undone(conn, finance, await paid(conn, desk, kept))
    await paid(conn, desk, kept)
    await paid(conn, desk, back)
    await money.undone(conn, finance, await returned(conn, desk, back))
    await returned(conn, desk, back)
    await approved(conn, desk, 500)
    await proposed(conn, desk, 700)
