"""A statement says what the ledger's two accounts of a buyer say, on every day, to both sides."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

import pytest

from market.base import clock, db, tables
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger import operations as ledger
from market.ledger.model import Account, NotAReader
from market.ledger.opening.model import KeepsNoBooks
from market.money.invoicing.write_offs import operations as write_offs
from market.money.payments.chargebacks import losing
from market.reports.customer_statements import document, model, operations, sheets
from market.reports.customer_statements.model import (
    CurrencyStatement,
    CustomerStatement,
    StatementLine,
)
from tests.conftest import Clone
from tests.money.payments.refunds.test_disputed import paid_twice
from tests.pdf import squeezed, text_of
from tests.world import card_refunds, dunning, identity, money, performance, refunding, stripe
from tests.world import invoicing as world
from tests.world import ledger as books
from tests.world.dunning import Market
from tests.world.invoicing import Deal

# What changes over the weeks of the story, in its order: receivable, credit.
CHANGES: Final = [
    ("invoice_issued", 25_800_00, 0),
    ("invoice_issued", 43_000_00, 0),
    ("receipt_matched", -25_800_00, 700_00),
    ("credit_used", -400_00, -400_00),
    ("receipt_matched", -2_600_00, 0),
    ("match_undone", 2_600_00, 0),
    ("credit_note", -1_000_00, 0),
    ("credit_used", -300_00, -300_00),
    ("write_off", -41_300_00, 0),
    ("write_off_recovered", 41_300_00, 0),
    ("receipt_matched", -1_300_00, 0),
]


async def asked(
    conn: Connection, actor: Actor, unit_id: UUID, organisation_id: UUID, **span: date | None
) -> CustomerStatement:
    """As the door asks: the database knows who looks."""
    async with db.look(conn, actor):
        return await operations.customer_statement(conn, actor, unit_id, organisation_id, **span)


class Story(NamedTuple):
    """Weeks of a deal, from its first day to its last."""

    market: Market
    deal: Deal
    first: date
    last: date

    async def statement(self, actor: Actor, **span: date | None) -> CustomerStatement:
        deal = self.deal
        return await asked(self.market.conn, actor, deal.unit.id, deal.enterprise.id, **span)

    async def section(self, **span: date | None) -> CurrencyStatement:
        [section] = (await self.statement(self.deal.finance, **span)).currencies
        return section

    async def in_ledger(self, until: date) -> dict[str, int]:
        """What the trial balance of that day says of the buyer."""
        async with db.look(self.market.conn, SYSTEM):
            accounts = await ledger.trial_balance(
                self.market.conn, SYSTEM, self.deal.unit.id, until
            )
        mine = [one for one in accounts if one.subject == self.deal.enterprise.id]
        return {one.kind: one.balance_minor for one in mine}


@pytest.fixture(scope="module")
async def story(stocked: Clone) -> AsyncIterator[Story]:
    async with dunning.opened(stocked) as market:
        deal = await world.fw01(market.conn)
        first = await clock.today(market.conn)
        await _unfold(market, deal)
        yield Story(market, deal, first, await clock.today(market.conn))


async def _unfold(market: Market, deal: Deal) -> None:
    """Too much is paid, credit used, a match undone, credit given, a loss booked and recovered."""
    conn, finance = market.conn, deal.finance
    bank = await money.bank(conn, deal)
    for place in range(2):
        await performance.accept(conn, deal, place)
    one, other = [await world.issued(conn, deal, place) for place in range(2)]

    async def received(amount_minor: int) -> Any:
        """What came today; its line."""
        name = deal.enterprise.name_zh
        own = await money.second_account(conn, bank)
        taken = await money.imported(conn, own, [money.Line(amount_minor, name)])
        return taken.outcomes[0].line_id

    async def pass_days(days: int) -> None:
        await market.pass_to(await clock.today(conn) + timedelta(days=days))

    await pass_days(3)
    rest = money.rest("customer_credit", 700_00, organisation_id=deal.enterprise.id)
    line = await received(26_500_00)
    await money.matched(conn, finance, line, money.allocation(one.id, 25_800_00), rest=rest)
    await pass_days(4)
    await money.credit_used(conn, finance, other.id, 400_00)
    wrong = await money.matched(
        conn, finance, await received(2_600_00), money.allocation(other.id, 2_600_00)
    )
    await pass_days(2)
    await money.undone(conn, finance, wrong)
    await pass_days(1)
    await world.credited(conn, deal, other, 1_000_00)
    await money.credit_used(conn, finance, other.id, 300_00)
    await pass_days(40)
    await market.run()
    proposed = await write_offs.propose_write_off(conn, finance, other.id, "买方歇业")
    await write_offs.approve_write_off(conn, deal.leader, proposed.id)
    await pass_days(1)
    await money.matched(
        conn, finance, await received(1_300_00), money.allocation(other.id, 1_300_00)
    )


def changes(lines: list[StatementLine]) -> list[tuple[str, int, int]]:
    return [(one.kind, one.receivable_minor, one.credit_minor) for one in lines]


async def test_every_change_is_a_line_and_the_balances_run_on(story: Story) -> None:
    section = await story.section(from_on=story.first, until=story.last)

    assert sorted(changes(section.lines)) == sorted(CHANGES)
    assert (section.opening_receivable_minor, section.opening_credit_minor) == (0, 0)
    assert (section.closing_receivable_minor, section.closing_credit_minor) == (40_000_00, 0)
    receivable = credit = 0
    for line in section.lines:
        receivable += line.receivable_minor
        credit += line.credit_minor
        assert (line.receivable_balance_minor, line.credit_balance_minor) == (receivable, credit)
        assert min(receivable, credit) >= 0
    assert [one.counted_on for one in section.lines] == sorted(
        one.counted_on for one in section.lines
    )


async def test_on_every_day_the_figures_are_those_of_the_ledger(story: Story) -> None:
    """Whatever day the story is cut at, one part ends where the ledger and the next part begin."""
    whole = await story.section(from_on=story.first, until=story.last)
    days = (story.last - story.first).days
    for day in (story.first + timedelta(days=one) for one in range(days)):
        before = await story.section(from_on=story.first, until=day)
        after = await story.section(from_on=day + timedelta(days=1), until=story.last)
        found = await story.in_ledger(day)

        closing = before.closing_receivable_minor, before.closing_credit_minor
        assert closing == (found["receivable"], found.get("customer_credit", 0))
        assert (after.opening_receivable_minor, after.opening_credit_minor) == closing
        assert before.lines + after.lines == whole.lines


async def test_each_line_leads_to_what_caused_it(story: Story) -> None:
    statement = await story.statement(story.deal.finance, from_on=story.first, until=story.last)
    [section] = statement.currencies
    for line in section.lines:
        assert line.subject_id is not None
        assert line.posting_id is not None
        async with db.look(story.market.conn, story.deal.finance):
            posting = await ledger.read_posting(
                story.market.conn, story.deal.finance, line.posting_id
            )
        assert posting.cause == f"{line.kind}:{line.subject_id}"
        assert all(part.reference for part in line.parts)
    first_receipt = next(one for one in section.lines if one.kind == "receipt_matched")
    [part] = first_receipt.parts
    assert (part.amount_minor, first_receipt.references) == (25_800_00, part.reference)
    assert statement.last_at is not None
    named = {(one.kind, one.name_zh) for one in section.totals}
    assert ("invoice_issued", "开具请款单") in named
    assert sum(one.receivable_minor for one in section.totals) == 40_000_00


async def test_both_sides_read_the_same_but_the_buyer_no_postings(story: Story) -> None:
    span = {"from_on": story.first, "until": story.last}
    of_the_unit = await story.section(**span)
    for actor in (story.deal.buyer, story.deal.cast.manager):
        [section] = (await story.statement(actor, **span)).currencies
        assert changes(section.lines) == changes(of_the_unit.lines)
        assert {line.posting_id for line in section.lines} == {None}
    above = await identity.person(
        story.market.conn, await identity.root(story.market.conn), Role.AUDITOR
    )
    assert (await story.statement(above, **span)).currencies == [of_the_unit]


async def test_strangers_and_those_who_read_no_books_are_refused(story: Story) -> None:
    conn, deal = story.market.conn, story.deal
    with pytest.raises(NotFound):
        await story.statement(deal.outsider)
    with pytest.raises(NotAReader):
        await story.statement(deal.cast.clerk)
    stranger = await identity.enterprise(conn)
    with pytest.raises(NotFound):
        await asked(conn, deal.finance, deal.unit.id, stranger.id)
    buyer = await identity.person(conn, stranger, Role.BUYER)
    with pytest.raises(NotFound):
        await asked(conn, buyer, deal.unit.id, stranger.id)
    with pytest.raises(NotFound):
        await asked(conn, buyer, deal.unit.id, deal.enterprise.id)
    branch = await identity.unit(conn, parent=deal.unit, legal_person=False)
    finance = await identity.person(conn, branch, Role.FINANCE)
    with pytest.raises(KeepsNoBooks):
        await asked(conn, finance, branch.id, deal.enterprise.id)


async def test_a_span_has_a_beginning_before_its_end_and_is_a_year_at_most(story: Story) -> None:
    with pytest.raises(model.DaysReversed):
        await story.statement(story.deal.buyer, from_on=story.last, until=story.first)
    with pytest.raises(model.BeginsAfterToday):
        await story.statement(story.deal.buyer, from_on=story.last + timedelta(days=400))
    year = timedelta(days=366)
    with pytest.raises(model.SpanTooLong):
        await story.statement(story.deal.buyer, from_on=story.last - year, until=story.last)

    this_year = await story.statement(story.deal.buyer)

    assert (this_year.from_on, this_year.until) == (
        story.last.replace(month=1, day=1),
        story.last,
    )


async def test_before_anything_was_booked_a_statement_is_empty(story: Story) -> None:
    before = story.first - timedelta(days=1)
    statement = await story.statement(story.deal.buyer, from_on=before, until=before)
    assert (statement.currencies, statement.last_at) == ([], None)


async def test_of_a_transfer_for_two_buyers_each_reads_its_own_part(conn: Connection) -> None:
    unit = await identity.unit(conn)
    buyers = [await identity.enterprise(conn) for _ in "ab"]
    finance = await identity.person(conn, unit, Role.FINANCE)
    leader = await identity.person(conn, unit, Role.LEADER)
    lines = [
        books.line("receivable", minor, buyer.id)
        for minor, buyer in zip((500_00, 700_00), buyers, strict=True)
    ]
    await books.opened_books(conn, finance, leader, *lines)
    bank = await money.bank_of(conn, unit, finance, leader)
    taken = await money.imported(conn, bank, [money.Line(1_200_00)], opening_minor=0)
    by_amount = {500_00: buyers[0], 700_00: buyers[1]}
    async with db.act(conn, SYSTEM):
        items = await conn.fetch(
            "SELECT id, amount_minor FROM opening_item WHERE books_unit_id = $1", unit.id
        )
    paid = [(item["id"], item["amount_minor"]) for item in items]
    match = await money.items_matched(conn, finance, taken.outcomes[0].line_id, *paid)
    if match.needs_second:
        await money.confirmed(conn, leader, match)

    for minor, buyer in by_amount.items():
        reader = await identity.person(conn, buyer, Role.PAYER)
        statement = await asked(conn, reader, unit.id, buyer.id)
        [section] = statement.currencies
        [receipt] = [one for one in section.lines if one.kind == "receipt_matched"]
        assert [part.amount_minor for part in receipt.parts] == [minor]
        assert (receipt.receivable_minor, section.closing_receivable_minor) == (-minor, 0)


async def test_cards_and_chargebacks_are_lines_with_their_invoices(conn: Connection) -> None:
    deal = await world.fw01(conn)
    _, invoice = [await world.issued(conn, deal, place) for place in range(2)]
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    intent, amount = {"intent_id": payment.intent_id}, invoice.amount_minor
    told = stripe.dispute_of(payment, amount, "lost")
    charge = stripe.line("charge", amount, **intent)
    await stripe.booked(conn, deal, charge, stripe.line("dispute", -amount, dispute=told, **intent))
    assert await losing.lose(conn, deal.unit.id, told)
    await stripe.booked(conn, deal, stripe.line("dispute_reversal", 5_00, dispute=told, **intent))

    statement = await asked(conn, deal.buyer, deal.unit.id, deal.enterprise.id)

    [section] = statement.currencies
    lines = {one.kind: one for one in section.lines}
    kinds = ("stripe_line", "chargeback_lost", "chargeback_reinstated")
    assert set(lines) == {"invoice_issued", *kinds}
    assert [lines[kind].receivable_minor for kind in kinds] == [-amount, amount, -5_00]
    for kind in kinds:
        assert lines[kind].references.endswith("-0002")
        assert lines[kind].name_zh == model.KINDS[kind].zh
    async with db.look(conn, SYSTEM):
        owed = Account("receivable", deal.enterprise.id)
        assert section.closing_receivable_minor == await ledger.balance(
            conn, deal.unit.id, owed, "CNY"
        )


async def test_what_a_loss_left_short_is_a_figure_of_its_own_until_it_is_recovered(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn)
    await stripe.recovered(conn, deal, has_wrong_match=True)

    statement = await asked(conn, deal.buyer, deal.unit.id, deal.enterprise.id)

    [section] = statement.currencies
    lines = [line for line in section.lines if line.short_minor]
    assert [(one.kind, one.credit_minor, one.short_minor) for one in lines] == [
        ("chargeback_lost", -31_500_00, 11_500_00),
        ("chargeback_recovery_undone", 500_00, 500_00),
        ("chargeback_recovered", -10_000_00, -10_000_00),
        ("chargeback_recovered", -500_00, -500_00),
        ("chargeback_recovery_undone", 500_00, 500_00),
        ("chargeback_reinstated", 41_000_00, -2_000_00),
    ]
    balances = [one.short_balance_minor for one in lines]
    assert balances == [11_500_00, 12_000_00, 2_000_00, 1_500_00, 2_000_00, 0]
    for line in lines:
        assert line.references.endswith("-0001")
        assert [part.amount_minor for part in line.parts] == [0]
    assert section.closing_short_minor == 0
    assert sum(total.short_minor for total in section.totals) == 0


async def test_a_loss_that_found_nothing_at_all_is_a_line_and_printed(conn: Connection) -> None:
    """Neither the receivable nor the credit moves, and the buyer owes it all the same."""
    deal = await world.fw01(conn)
    card = await paid_twice(conn, deal)
    other = await world.issued(conn, deal, 1)
    await money.credit_used(conn, deal.finance, other.id, card.amount_minor)
    await card.lost(conn)

    statement = await asked(conn, deal.buyer, deal.unit.id, deal.enterprise.id)

    [section] = statement.currencies
    [lost] = [line for line in section.lines if line.kind == "chargeback_lost"]
    assert (lost.receivable_minor, lost.credit_minor) == (0, 0)
    assert lost.short_minor == section.closing_short_minor == card.amount_minor
    sheet = list(sheets.customer_statement(statement).rows)
    assert sheet[-1][10] == tables.Money(card.amount_minor, "CNY")
    async with db.look(conn, deal.buyer):
        made = await document.statement_document(conn, deal.buyer, deal.unit.id, deal.enterprise.id)
    printed = await text_of(made)
    assert squeezed("拒付欠款 Owed for lost chargebacks") in printed
    assert printed.count("25,800.00") > 3


async def test_a_loss_says_how_much_of_each_invoice_is_owed_again(conn: Connection) -> None:
    deal = await world.fw01(conn)
    both = [await world.issued(conn, deal, place) for place in range(2)]
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, *both)
    amount = sum(one.amount_minor for one in both)
    told = stripe.dispute_of(payment, 50_000_00, "lost")
    await stripe.booked(
        conn,
        deal,
        stripe.line("charge", amount, intent_id=payment.intent_id),
        stripe.line("dispute", -50_000_00, dispute=told),
    )
    assert await losing.lose(conn, deal.unit.id, told)

    statement = await asked(conn, deal.buyer, deal.unit.id, deal.enterprise.id)

    [section] = statement.currencies
    [lost] = [line for line in section.lines if line.kind == "chargeback_lost"]
    assert [(part.invoice_id, part.amount_minor) for part in lost.parts] == [
        (both[0].id, 7_000_00),
        (both[1].id, 43_000_00),
    ]


async def test_a_card_that_pays_after_a_part_was_paid_names_what_of_it_went_to_the_invoice(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    await money.paid(conn, deal, invoice.id, 20_000_00)
    charge = stripe.line("charge", invoice.amount_minor, intent_id=payment.intent_id)
    await stripe.booked(conn, deal, charge)

    statement = await asked(conn, deal.buyer, deal.unit.id, deal.enterprise.id)

    [section] = statement.currencies
    [card] = [line for line in section.lines if line.kind == "stripe_line"]
    assert (card.receivable_minor, card.credit_minor) == (-5_800_00, 20_000_00)
    assert [(part.invoice_id, part.amount_minor) for part in card.parts] == [(invoice.id, 5_800_00)]


async def test_a_refund_that_came_back_names_its_number(conn: Connection) -> None:
    desk = await refunding.opened(conn)
    refund = await refunding.approved(conn, desk)
    await refunding.sent(conn, desk)
    await refunding.paid(conn, desk, refund)
    await refunding.returned(conn, desk, refund)

    deal = desk.deal
    statement = await asked(conn, deal.buyer, deal.unit.id, deal.enterprise.id)

    lines = statement.currencies[0].lines
    back = [line for line in lines if any(part.reference == refund.number for part in line.parts)]
    assert sum(line.credit_minor for line in back) == 0
    assert {line.kind for line in back} == {"refund_intended", "receipt_matched"}


async def test_a_refund_that_came_back_is_no_payment(conn: Connection) -> None:
    deal = await world.fw01(conn)
    await card_refunds.happens(conn, deal)

    statement = await asked(conn, deal.buyer, deal.unit.id, deal.enterprise.id)

    [section] = statement.currencies
    [back] = [one for one in section.lines if one.kind == "refund_returned"]
    assert (back.credit_minor, back.name_en) == (800_00, "Refund came back, credit again")
    assert re.fullmatch(r"\w+-\d{4}-TK-0003", back.references)
    async with db.look(conn, SYSTEM):
        credit = Account("customer_credit", deal.enterprise.id)
        assert section.closing_credit_minor == await ledger.balance(
            conn, deal.unit.id, credit, "CNY"
        )


async def test_it_leaves_as_csv_and_xlsx_with_its_balances(story: Story) -> None:
    statement = await story.statement(story.deal.finance, from_on=story.first, until=story.last)
    sheet = sheets.customer_statement(statement)
    text = tables.as_csv(sheet).decode("utf-8-sig")
    _, opening, *lines, closing = list(csv.reader(io.StringIO(text)))

    assert (opening[2], closing[2]) == (sheets.OPENING, sheets.CLOSING)
    assert len(lines) == len(CHANGES)
    for change, balance in ((5, 6), (7, 8)):
        moved = sum(Decimal(row[change].lstrip("'")) for row in lines)
        assert Decimal(closing[balance]) == Decimal(opening[balance]) + moved
    assert all(row[9] for row in lines)
    book = tables.as_xlsx(sheets.customer_statement(statement))
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert "开具请款单" in parts.read("xl/sharedStrings.xml").decode()


async def test_it_is_printed_for_both_to_sign(story: Story) -> None:
    conn, deal = story.market.conn, story.deal
    async with db.look(conn, deal.buyer):
        made = await document.statement_document(
            conn,
            deal.buyer,
            deal.unit.id,
            deal.enterprise.id,
            from_on=story.first,
            until=story.last,
        )
    printed = await text_of(made)

    for said in (
        deal.unit.name_zh,
        deal.enterprise.name_zh,
        "期初余额",
        "坏账转回",
        "Invoice issued",
        "40,000.00",
    ):
        assert squeezed(said) in printed
    assert made.name.startswith(f"对账单 {deal.enterprise.name_zh}")


async def test_what_is_booked_later_for_a_closed_month_counts_in_the_open_one(
    story: Story,
) -> None:
    """The statement of the closed month stays what it was, as the trial balance does."""
    market, deal = story.market, story.deal
    month = story.first.replace(day=1)
    closed = [month, (month + timedelta(days=32)).replace(day=1)]
    until = closed[-1] + timedelta(days=27)
    stated = await story.section(from_on=story.first, until=until)
    for one in closed:
        await market.owner.execute(
            "UPDATE period SET state = 'closed' WHERE books = $1 AND month = $2", deal.unit.id, one
        )
    try:
        async with db.act(market.conn, SYSTEM):
            posting = await ledger.posted(market.conn, f"invoice_issued:{await _an_invoice(story)}")
            late = ledger.mirror(posting, f"match_undone:{deal.contract.id}")
            again = ledger.mirror(late, f"receipt_matched:{deal.contract.id}")
            await ledger.post_all(market.conn, [late, again])

        assert await story.section(from_on=story.first, until=until) == stated
        later = await story.section(
            from_on=until + timedelta(days=1), until=until + timedelta(days=60)
        )
        assert {(one.effective_on, one.counted_on.day) for one in later.lines} >= {(story.first, 1)}
    finally:
        await market.owner.execute("UPDATE period SET state = 'open'")


async def _an_invoice(story: Story) -> Any:
    section = await story.section(from_on=story.first, until=story.last)
    return next(one.subject_id for one in section.lines if one.kind == "invoice_issued")
