"""A bank line pays what was owed before the books began."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from market.base import clock, db
from market.base.db import Connection
from market.base.errors import NotFound
from market.identity.organisations.model import Organisation
from market.money.payments.opening_items.model import (
    ItemAllocatedTwice,
    ItemGiven,
    MoreThanItemOpen,
)
from market.money.reconciliation.matching import operations as matching
from market.money.reconciliation.matching.model import (
    Matching,
    MatchState,
    OutgoingPaysNoInvoice,
    RemainderLeft,
)
from market.reports import operations as reports
from tests.world import identity, invoicing, money
from tests.world import ledger as books
from tests.world.money import Bank, Line


class Scene(NamedTuple):
    """Books that began with two debts of one enterprise: 3,000.00 overdue, 2,000.00 not dated."""

    bank: Bank
    unit_id: UUID
    buyer: Organisation
    old: UUID
    late: UUID

    async def line(self, conn: Connection, amount_minor: int, name: str | None = None) -> UUID:
        paid = Line(amount_minor, name or self.buyer.name_zh)
        done = await money.imported(conn, self.bank, [paid], opening_minor=0)
        return done.outcomes[0].line_id

    async def still_open(self, conn: Connection) -> list[int]:
        """By item; the report says the same as the ledger."""
        async with db.look(conn, self.bank.finance):
            report = await reports.receivables(conn, self.bank.finance, self.unit_id)
        [total] = report.totals
        assert total.difference_minor == 0
        held = await money.balance(conn, self.unit_id, "receivable", self.buyer.id)
        assert held == total.open_minor == sum(one.open_minor for one in report.opening_items)
        return [one.open_minor for one in report.opening_items]


@pytest.fixture
async def scene(conn: Connection) -> Scene:
    bank, buyer = await money.unit_bank(conn), await identity.enterprise(conn)
    today = await clock.today(conn)
    items = (
        books.item("2025-117", 3_000_00, dated_on=today - timedelta(days=40)),
        books.item("2025-121", 2_000_00, dated_on=today - timedelta(days=9), due_on=today),
    )
    owed = books.line("receivable", 5_000_00, buyer.id, items=items)
    await books.opened_books(conn, bank.finance, bank.leader, owed, as_of=today)
    unit_id = bank.account.books_unit_id
    old, late = await money.item_ids(conn, unit_id)
    return Scene(bank, unit_id, buyer, old, late)


async def test_items_stand_in_the_report_by_age(conn: Connection, scene: Scene) -> None:
    async with db.look(conn, scene.bank.finance):
        report = await reports.receivables(conn, scene.bank.finance, scene.unit_id)
    assert [(one.reference, one.days_overdue, one.age_band) for one in report.opening_items] == [
        ("2025-117", 40, "31-60"),
        ("2025-121", 0, "not_due"),
    ]


async def test_a_line_pays_one_item_and_a_part_of_another(conn: Connection, scene: Scene) -> None:
    line_id = await scene.line(conn, 3_500_00)

    match = await money.items_matched(
        conn, scene.bank.finance, line_id, (scene.old, 3_000_00), (scene.late, 500_00)
    )

    assert match.state == MatchState.MATCHED
    assert await scene.still_open(conn) == [1_500_00]
    assert await money.balance(conn, scene.unit_id, "suspense") == 0


async def test_a_bank_charge_closes_an_item_and_undoing_restores_it(
    conn: Connection, scene: Scene
) -> None:
    line_id = await scene.line(conn, 2_975_00)
    before = await money.balances(conn, scene.unit_id)
    short = ItemGiven(opening_item_id=scene.old, amount_minor=2_975_00, charge_minor=25_00)
    terms = Matching(opening_items=[short])

    match = await matching.match_by_hand(conn, scene.bank.finance, line_id, terms)

    assert match.state == MatchState.MATCHED
    assert await scene.still_open(conn) == [2_000_00]
    assert await money.balance(conn, scene.unit_id, "bank_charges") == 25_00
    await money.undone(conn, scene.bank.finance, match)
    assert await money.balances(conn, scene.unit_id) == before


@pytest.mark.parametrize(
    ("charges", "state"), [((60_00, 40_00), "matched"), ((60_00, 40_01), "waiting")]
)
async def test_the_charges_on_an_item_count_over_all_its_lines(
    conn: Connection, scene: Scene, charges: tuple[int, int], state: str
) -> None:
    states = []
    lines = [Line(1_00, scene.buyer.name_zh), Line(2_00, scene.buyer.name_zh)]
    done = await money.imported(conn, scene.bank, lines, opening_minor=0)
    for outcome, charge_minor in zip(done.outcomes, charges, strict=True):
        given = ItemGiven(
            opening_item_id=scene.old,
            amount_minor=outcome.amount_minor,
            charge_minor=charge_minor,
        )
        terms = Matching(opening_items=[given])
        match = await matching.match_by_hand(conn, scene.bank.finance, outcome.line_id, terms)
        states.append(match.state)
    assert states == ["matched", state]


async def test_an_item_is_suggested_to_its_payers_exact_amount_and_never_matched_by_itself(
    conn: Connection, scene: Scene
) -> None:
    lines = [
        Line(2_000_00, scene.buyer.name_zh),
        Line(1_999_99, scene.buyer.name_zh),
        Line(3_000_00, "他人"),
    ]
    done = await money.imported(conn, scene.bank, lines, opening_minor=0)

    assert [one.state for one in done.outcomes] == ["suggested", "unmatched", "unmatched"]
    [told] = (await money.line_of(conn, scene.bank.finance, done.outcomes[0].line_id)).suggestions
    assert [reason.code for reason in told.reasons] == [
        *("no_code", "opening_item", "amount_equal", "payer_equal")
    ]
    terms = Matching(opening_items=told.opening_items)
    await matching.match_by_hand(conn, scene.bank.finance, done.outcomes[0].line_id, terms)
    assert await scene.still_open(conn) == [3_000_00]


async def test_what_is_over_becomes_credit_and_undoing_restores_all(
    conn: Connection, scene: Scene
) -> None:
    line_id = await scene.line(conn, 3_100_00)
    before = await money.balances(conn, scene.unit_id)
    over = money.rest("customer_credit", 100_00, organisation_id=scene.buyer.id)
    match = await money.items_matched(
        conn, scene.bank.finance, line_id, (scene.old, 3_000_00), rest=over
    )
    assert await money.balance(conn, scene.unit_id, "customer_credit", scene.buyer.id) == 100_00

    await money.undone(conn, scene.bank.finance, match)

    assert await money.balances(conn, scene.unit_id) == before
    assert await scene.still_open(conn) == [3_000_00, 2_000_00]
    again = await money.items_matched(
        conn, scene.bank.finance, line_id, (scene.old, 3_000_00), rest=over
    )
    assert again.id != match.id


async def test_another_payer_waits_and_the_item_may_be_paid_meanwhile(
    conn: Connection, scene: Scene
) -> None:
    finance, whole = scene.bank.finance, (scene.old, 3_000_00)
    today = [Line(3_000_00, "他人"), Line(1_00, scene.buyer.name_zh)]
    done = await money.imported(conn, scene.bank, today, opening_minor=0)
    waiting = await money.items_matched(conn, finance, done.outcomes[0].line_id, whole)
    assert waiting.state == MatchState.WAITING
    assert await scene.still_open(conn) == [3_000_00, 2_000_00]

    line_id = done.outcomes[1].line_id
    paid = await money.items_matched(conn, finance, line_id, (scene.old, 1_00))
    with pytest.raises(MoreThanItemOpen):
        async with db.savepoint(conn):
            await money.confirmed(conn, scene.bank.leader, waiting)
    await money.undone(conn, finance, paid)

    confirmed = await money.confirmed(conn, scene.bank.leader, waiting)
    assert await scene.still_open(conn) == [2_000_00]
    await money.undone(conn, scene.bank.leader, confirmed)
    assert await scene.still_open(conn) == [3_000_00, 2_000_00]


async def test_no_more_is_paid_than_is_open(conn: Connection, scene: Scene) -> None:
    line_id = await scene.line(conn, 3_000_01)
    finance = scene.bank.finance
    with pytest.raises(MoreThanItemOpen, match=r"2025-117.*3,?000\.00"):
        await money.items_matched(conn, finance, line_id, (scene.old, 3_000_01))
    with pytest.raises(ItemAllocatedTwice):
        await money.items_matched(conn, finance, line_id, (scene.old, 1), (scene.old, 3_000_00))
    with pytest.raises(RemainderLeft):
        await money.items_matched(conn, finance, line_id, (scene.old, 3_000_00))
    with pytest.raises(NotFound) as refusal:
        await money.items_matched(conn, finance, line_id, (uuid4(), 3_000_01))
    assert refusal.value.pointer == "/opening_items/0/opening_item_id"


async def test_what_we_owe_back_is_paid_by_no_line_in_or_out(conn: Connection) -> None:
    """An advance of 5.00 that the books began with as a debt of ours."""
    bank, buyer = await money.unit_bank(conn), await identity.enterprise(conn)
    owed = books.line("receivable", -5_00, buyer.id)
    today = await clock.today(conn)
    await books.opened_books(conn, bank.finance, bank.leader, owed, as_of=today)
    [item_id] = await money.item_ids(conn, bank.account.books_unit_id)
    both = [Line(5_00, buyer.name_zh), Line(-5_00, buyer.name_zh)]
    done = await money.imported(conn, bank, both, opening_minor=0)
    for outcome, refusal in zip(
        done.outcomes, (MoreThanItemOpen, OutgoingPaysNoInvoice), strict=True
    ):
        with pytest.raises(refusal):
            await money.items_matched(conn, bank.finance, outcome.line_id, (item_id, 5_00))


async def test_a_charge_and_items_and_invoices_share_a_line_to_the_last_fen(
    conn: Connection,
) -> None:
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    bank, today = await money.bank(conn, deal), await clock.today(conn)
    owed = books.line("receivable", 100_00, deal.enterprise.id)
    await books.opened_books(conn, deal.finance, deal.leader, owed, as_of=today)
    [item_id] = await money.item_ids(conn, deal.unit.id)
    paid = Line(invoice.amount_minor - 25_00 + 60_00, deal.enterprise.name_zh)
    line_id = (await money.imported(conn, bank, [paid], opening_minor=0)).outcomes[0].line_id
    terms = Matching(
        allocations=[money.allocation(invoice.id, invoice.amount_minor - 25_00, 25_00)],
        opening_items=[ItemGiven(opening_item_id=item_id, amount_minor=60_00)],
    )

    match = await matching.match_by_hand(conn, deal.finance, line_id, terms)

    assert match.state == MatchState.MATCHED
    assert await money.balance(conn, deal.unit.id, "receivable", deal.enterprise.id) == 40_00
    assert await money.balance(conn, deal.unit.id, "bank_charges") == 25_00
    await money.undone(conn, deal.finance, match)
    held = invoice.amount_minor + 100_00
    assert await money.balance(conn, deal.unit.id, "receivable", deal.enterprise.id) == held


async def test_items_of_other_books_are_not_paid(conn: Connection, scene: Scene) -> None:
    other = await money.unit_bank(conn)
    paid = Line(3_000_00, scene.buyer.name_zh)
    done = await money.imported(conn, other, [paid], opening_minor=0)
    line_id = done.outcomes[0].line_id
    with pytest.raises(NotFound):
        await money.items_matched(conn, other.finance, line_id, (scene.old, 3_000_00))


async def test_books_that_have_not_begun_are_owed_nothing(conn: Connection) -> None:
    bank, buyer = await money.unit_bank(conn), await identity.enterprise(conn)
    finance = bank.finance
    prepared = await books.prepared_books(conn, finance, books.line("receivable", 5_00, buyer.id))
    [item_id] = await money.item_ids(conn, prepared.books)
    done = await money.imported(conn, bank, [Line(5_00, buyer.name_zh)], opening_minor=0)
    with pytest.raises(NotFound):
        await money.items_matched(conn, finance, done.outcomes[0].line_id, (item_id, 5_00))
