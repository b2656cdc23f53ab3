"""Many at once: one takes effect, the others get the same answer or are refused."""

from __future__ import annotations

import asyncio
from collections import Counter

from market.base import clock, db
from market.base.access import SYSTEM, Role
from market.base.db import Pool
from market.base.errors import MarketError
from market.money.invoicing import model, operations, queries
from market.money.invoicing.model import FullInvoice, Invoice
from market.money.invoicing.queries import Filter
from market.money.invoicing.voiding import operations as voiding
from market.money.invoicing.voiding.model import VoidProposal
from tests.world import identity
from tests.world import invoicing as world

MANY = 50


async def test_fifty_at_once_issue_one_invoice_and_leave_no_gap(pool: Pool) -> None:
    async with db.lease(pool) as conn:
        deal = await world.fw01(conn)
        rival = await identity.person(conn, deal.unit, Role.FINANCE)

    async def ask(n: int) -> FullInvoice | MarketError:
        actor = rival if n % 2 else deal.finance
        place = 0 if n < MANY - 2 else n - MANY + 3
        try:
            return await db.retrying(
                pool,
                lambda conn: operations.issue_invoice(conn, actor, deal.instalments[place].id),
            )
        except MarketError as refusal:
            return refusal

    answers = await asyncio.gather(*(ask(n) for n in range(MANY)))

    refusals = [answer for answer in answers if isinstance(answer, MarketError)]
    assert {type(refusal) for refusal in refusals} == {model.AlreadyInvoiced}
    invoices = {answer.id: answer for answer in answers if isinstance(answer, FullInvoice)}
    assert len(invoices) == 3
    numbers = sorted(invoice.number[-4:] for invoice in invoices.values())
    assert numbers == ["0001", "0002", "0003"]
    async with db.lease(pool) as conn:
        assert (await world.balances(conn, deal))["receivable"] == 86_000_00


async def test_receipts_at_once_never_pay_more_than_is_open(pool: Pool) -> None:
    async with db.lease(pool) as conn:
        deal = await world.fw01(conn)
        await world.surtaxed(conn)
        await world.started(conn, deal)
        invoices = [await world.issued(conn, deal, place) for place in range(3)]
        today = await clock.today(conn)

    async def pay(n: int) -> Invoice | MarketError:
        invoice = invoices[n % 3]
        amount = invoice.amount_minor // 10
        try:
            return await db.retrying(
                pool,
                lambda conn: world.applied(conn, deal, invoice, amount, f"match:{n}", today),
            )
        except MarketError as refusal:
            return refusal

    answers = await asyncio.gather(*(pay(n) for n in range(36)))

    outcomes = Counter(type(answer).__name__ for answer in answers)
    assert outcomes == {"Invoice": 30, "WrongMove": 6}
    async with db.lease(pool) as conn:
        balances = await world.balances(conn, deal)
        async with db.look(conn, SYSTEM):
            paid = await queries.invoices(conn, SYSTEM, Filter(contract_id=deal.contract.id))
    assert {invoice.state for invoice in paid} == {"paid"}
    assert (balances["vat_payable"], balances["surtax_payable"]) == (4_867_92, 584_15)


async def test_two_leaders_void_an_invoice_once(pool: Pool) -> None:
    async with db.lease(pool) as conn:
        deal = await world.fw01(conn)
        invoice = await world.issued(conn, deal)
        proposal = await voiding.propose_void(conn, deal.finance, invoice.id, "期次有误")
        other = await identity.person(conn, deal.unit, Role.LEADER)

    async def approve(n: int) -> VoidProposal | MarketError:
        actor = other if n % 2 else deal.leader
        try:
            return await db.retrying(
                pool, lambda conn: voiding.approve_void(conn, actor, proposal.id)
            )
        except MarketError as refusal:
            return refusal

    answers = await asyncio.gather(*(approve(n) for n in range(20)))

    approved = [answer for answer in answers if isinstance(answer, VoidProposal)]
    assert len(approved) == 10
    assert all(answer == approved[0] for answer in approved)
    async with db.lease(pool) as conn:
        assert await world.balances(conn, deal) == {}
