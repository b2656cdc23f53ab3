"""Whatever is matched, used and undone, in any order: the books are those of what still stands."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.base import db
from market.base.db import Connection, Pool
from market.base.errors import MarketError
from market.money.invoicing import operations as invoicing_operations
from market.money.invoicing.model import FullInvoice
from market.money.payments.model import CreditUse
from market.money.reconciliation.matching.model import Match
from tests.world import invoicing, money
from tests.world.invoicing import Deal
from tests.world.money import Line

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["match", "undo", "use", "undo_use"]),
        st.integers(0, 3),
        st.integers(0, 2),
        st.sampled_from([1, 2_500_00, 10_000_00]),
    ),
    max_size=8,
)


class Books:
    """What stands, step by step; every act is the real one."""

    def __init__(self, conn: Connection, deal: Deal, invoices: list[FullInvoice]) -> None:
        self.conn, self.deal, self.invoices = conn, deal, invoices
        self.lines: list[Any] = []
        self.matches: list[Match] = []
        self.uses: list[CreditUse] = []

    async def step(self, what: str, place: int, which: int, amount: int) -> None:
        """A refusal changes nothing, so that what stands is what succeeded."""
        try:
            async with db.savepoint(self.conn):
                await getattr(self, what)(place, which, amount)
        except MarketError:
            return

    async def match(self, place: int, which: int, amount: int) -> None:
        line, invoice = self.lines[place], self.invoices[which]
        paid = min(amount, line.amount_minor)
        left = line.amount_minor - paid
        buyer_id = self.deal.enterprise.id
        rest = money.rest("customer_credit", left, organisation_id=buyer_id) if left else None
        allocation = money.allocation(invoice.id, paid)
        made = await money.matched(
            self.conn, self.deal.finance, line.line_id, allocation, rest=rest
        )
        if made not in self.matches:
            self.matches.append(made)

    async def undo(self, place: int, _which: int, _amount: int) -> None:
        match = self.matches[place % max(len(self.matches), 1)] if self.matches else None
        if match:
            await money.undone(self.conn, self.deal.finance, match)
            self.matches.remove(match)

    async def use(self, _place: int, which: int, amount: int) -> None:
        invoice = self.invoices[which]
        self.uses.append(await money.credit_used(self.conn, self.deal.finance, invoice.id, amount))

    async def undo_use(self, place: int, _which: int, _amount: int) -> None:
        use = self.uses[place % max(len(self.uses), 1)] if self.uses else None
        if use:
            await money.credit_use_undone(self.conn, self.deal.finance, use)
            self.uses.remove(use)

    async def expected(self) -> tuple[int, int, int]:
        """Suspense, credit and what was paid, by what still stands."""
        matched = sum(match.amount_minor for match in self.matches)
        in_suspense = sum(line.amount_minor for line in self.lines) - matched
        used = sum(use.amount_minor for use in self.uses)
        credit = sum(match.rest_minor for match in self.matches) - used
        return in_suspense, credit, matched - credit

    async def found(self) -> tuple[int, int, int]:
        books, buyer_id = self.deal.unit.id, self.deal.enterprise.id
        paid = [
            await invoicing_operations.find_invoice(self.conn, self.deal.finance, invoice.id)
            for invoice in self.invoices
        ]
        owed = sum(invoice.amount_minor for invoice in self.invoices)
        receivable = await money.balance(self.conn, books, "receivable", buyer_id)
        assert receivable == owed - sum(invoice.paid_minor for invoice in paid)
        return (
            await money.balance(self.conn, books, "suspense"),
            await money.balance(self.conn, books, "customer_credit", buyer_id),
            owed - receivable,
        )


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
async def test_the_books_are_what_still_stands(
    pool: Pool, steps: list[tuple[str, int, int, int]]
) -> None:
    async with db.lease(pool) as conn:
        await conn.execute("BEGIN")
        try:
            await _play(conn, steps)
        finally:
            await conn.execute("ROLLBACK")


async def _play(conn: Connection, steps: list[tuple[str, int, int, int]]) -> None:
    deal = await invoicing.fw01(conn)
    bank = await money.bank(conn, deal)
    books = Books(conn, deal, [await invoicing.issued(conn, deal, place) for place in range(3)])
    name = deal.enterprise.name_zh
    amounts = (25_800_00, 10_000_00, 50_000_00, 2_500_00)
    books.lines = list(
        (await money.imported(conn, bank, [Line(amount, name) for amount in amounts])).outcomes
    )
    untouched = await money.balances(conn, deal.unit.id)
    for step in steps:
        await books.step(*step)
    assert await books.found() == await books.expected()
    for use in list(books.uses):
        await money.credit_use_undone(conn, deal.finance, use)
    for match in list(books.matches):
        await money.undone(conn, deal.finance, match)
    assert await money.balances(conn, deal.unit.id) == untouched
