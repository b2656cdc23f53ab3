"""Whatever a contract is and whatever happens: credited whole and refunded, nothing is left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from market.auditor import audit
from market.base import clock, db
from market.base.access import Role
from market.base.db import Connection
from market.base.embedded import Dsns
from market.base.errors import MarketError
from market.identity.units.model import TaxStatusKind
from market.money.invoicing import operations as invoices
from market.money.invoicing.model import FullInvoice
from market.money.reconciliation.matching.model import Match
from tests.conftest import Clone
from tests.world import contracts, identity, money, performance, refunding
from tests.world import invoicing as world
from tests.world.invoicing import Deal

# What each kind of sale is ordered with, beside its price.
TAXED: Final[dict[str, Any]] = {"kind": "service"}
SMALL: Final[dict[str, Any]] = {"kind": "training"}
EXEMPT: Final[dict[str, Any]] = {"kind": "transfer"}
AGENT: Final[dict[str, Any]] = {"kind": "transfer", "capacity": "agent", "commission_ppm": 123_457}
EXEMPTION: Final = {"exemption_rule": "vat.exempt.technology_transfer"}


class Case(NamedTuple):
    """How a contract's price is split, after how many days it is due, and what is done in order."""

    sale: dict[str, Any]
    milestones: list[int]
    instalments: list[int]
    due_days: int
    acts: list[tuple[str, int, int]]


def splits(price: int) -> some.SearchStrategy[list[int]]:
    """One to three parts above nothing that make the price."""

    def parts(cuts: set[int]) -> list[int]:
        edges = [0, *sorted(cuts), price]
        return [after - before for before, after in pairwise(edges)]

    return some.sets(some.integers(1, price - 1), max_size=2).map(parts)


@some.composite
def cases(draw: some.DrawFn) -> Case:
    price = draw(some.integers(1_00, 99_999_99))
    acts = some.sampled_from(
        ("start", "accept", "pay", "pay", "undo", "credit", "credit", "fapiao")
    )
    step = some.tuples(acts, some.integers(0, 2), some.integers(1, 10_000))
    return Case(
        sale=draw(some.sampled_from((TAXED, SMALL, EXEMPT, AGENT))),
        milestones=draw(splits(price)),
        instalments=draw(splits(price)),
        due_days=draw(some.sampled_from((0, 15))),
        acts=draw(some.lists(step, max_size=8)),
    )


class Story:
    """One contract whose instalments are all invoiced, and what happens to it."""

    def __init__(self, conn: Connection, deal: Deal, issued: list[FullInvoice]) -> None:
        self.conn = conn
        self.deal = deal
        self.invoices = issued
        self.matches: list[Match] = []

    async def act(self, what: str, place: int, part: int) -> None:
        """A refusal changes nothing."""
        try:
            await getattr(self, what)(self.invoices[place % len(self.invoices)], place, part)
        except MarketError:
            return

    async def start(self, _invoice: FullInvoice, _place: int, _part: int) -> None:
        await world.started(self.conn, self.deal)

    async def accept(self, _invoice: FullInvoice, place: int, _part: int) -> None:
        await performance.accept(self.conn, self.deal, place % len(self.deal.contract.milestones))

    async def pay(self, invoice: FullInvoice, _place: int, part: int) -> None:
        found = await invoices.find_invoice(self.conn, self.deal.finance, invoice.id)
        paid_minor = max(1, found.open_minor * part // 10_000)
        self.matches.append(await money.paid(self.conn, self.deal, invoice.id, paid_minor))

    async def undo(self, _invoice: FullInvoice, place: int, _part: int) -> None:
        if self.matches:
            wrong = self.matches.pop(place % len(self.matches))
            await money.undone(self.conn, self.deal.finance, wrong)

    async def credit(self, invoice: FullInvoice, place: int, part: int) -> None:
        line = invoice.lines[place % len(invoice.lines)]
        amount_minor = max(1, (line.net_minor + line.vat_minor) * part // 20_000)
        await world.credited(self.conn, self.deal, invoice, amount_minor, line=line.position)

    async def fapiao(self, invoice: FullInvoice, _place: int, _part: int) -> None:
        wanted = world.ordinary(self.deal)
        asked = await world.fapiao_requested(self.conn, self.deal, invoice, wanted=wanted)
        await world.fapiao_recorded(self.conn, self.deal, asked)

    async def end(self) -> None:
        """All is credited; what a receipt taken back has left open is paid from the credit."""
        for invoice in self.invoices:
            found = await invoices.find_invoice(self.conn, self.deal.finance, invoice.id)
            if found.uncredited_minor:
                await world.credited(self.conn, self.deal, invoice)
            found = await invoices.find_invoice(self.conn, self.deal.finance, invoice.id)
            if found.open_minor:
                await money.credit_used(self.conn, self.deal.finance, invoice.id, found.open_minor)


async def refunded(story: Story) -> None:
    """What is credit goes back to the buyer."""
    conn, deal = story.conn, story.deal
    books, buyer_id = deal.contract.books_unit_id, deal.enterprise.id
    credit_minor = await money.balance(conn, books, "customer_credit", buyer_id)
    if credit_minor:
        cashier = await identity.person(conn, deal.unit, Role.CASHIER)
        desk = refunding.Desk(deal, await money.bank(conn, deal), cashier)
        refund = await refunding.approved(conn, desk, credit_minor)
        await refunding.sent(conn, desk)
        await refunding.paid(conn, desk, refund)


async def begun(conn: Connection, case: Case) -> Story:
    today = await clock.today(conn)
    milestones = [
        {
            "title": f"第{place}步",
            "deliverable": "报告",
            "acceptance_criteria": "符合验收标准",
            "price_minor": price,
            "due_on": today + timedelta(days=30 * place),
        }
        for place, price in enumerate(case.milestones, 1)
    ]
    terms: dict[str, Any] = {"milestones": milestones}
    if case.sale is EXEMPT:
        terms |= EXEMPTION
    asked = [world.at_signing(minor, due_days=case.due_days) for minor in case.instalments]
    taxed = TaxStatusKind.SMALL_SCALE if case.sale is SMALL else TaxStatusKind.GENERAL
    people = await contracts.cast(conn, unit=await identity.unit(conn, tax_status=taxed))
    price = sum(case.milestones)
    draft = await world.drafted(conn, asked, terms, people=people, price_minor=price, **case.sale)
    deal = await world.in_force(conn, draft)
    if case.sale is EXEMPT:
        await world.recognised(conn, deal)
    issued = [await world.issued(conn, deal, place) for place in range(len(case.instalments))]
    return Story(conn, deal, issued)


@pytest.fixture(scope="module")
async def market(clone: Clone) -> AsyncIterator[Dsns]:
    async with clone() as addresses:
        yield addresses


@pytest.fixture(scope="module")
async def conn(market: Dsns) -> AsyncIterator[Connection]:
    connection = await db.connect(market.app)
    yield connection
    await connection.close()


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
async def test_after_full_credit_and_refund_nothing_is_left(conn: Connection, case: Case) -> None:
    story = await begun(conn, case)
    for act in case.acts:
        await story.act(*act)
    await story.end()
    await refunded(story)
    left = await world.balances(conn, story.deal)
    for place in range(len(case.milestones)):
        await story.act("accept", place, 0)
    later = await world.balances(conn, story.deal)
    held = await money.balances(conn, story.deal.contract.books_unit_id)

    assert not left
    assert not later
    earned = {kind: minor for (kind, _), minor in held.items() if kind.startswith("revenue:")}
    assert not any(earned.values())
    owed = ("owner_payable", "customer_credit", "refund_pending")
    assert not any(minor for (kind, _), minor in held.items() if kind in owed)


@pytest.mark.usefixtures("conn")
async def test_the_market_holds_after_all_of_them(market: Dsns) -> None:
    report = await audit.run(market.auditor)
    assert [f"{f.invariant} {f.table} {f.id}: {f.found}" for f in report.faults] == []
