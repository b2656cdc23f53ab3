"""What a demand says, that it asks for what is owed, and that it is kept as it was sent."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from io import BytesIO
from typing import NamedTuple

import pytest
from pypdf import PdfReader

from market.base import amounts, clock, db
from market.base.access import SYSTEM, Actor
from market.base.documents import typesetting
from market.base.documents.model import NotPrintable
from market.base.errors import NotFound
from market.money.invoicing import covered
from market.money.invoicing import queries as invoices
from market.money.invoicing.model import FullInvoice, Invoice
from market.money.invoicing.reminders import document, model, operations, queries
from market.money.invoicing.reminders.document import Printed
from market.money.invoicing.reminders.model import Demand, Level, Reminder
from market.money.payments.model import CreditHeld
from market.money.payments.refunds.lists import AllOwed
from market.notifications import reminder_facts
from tests.money.invoicing.reminders.test_reminders import AFTER, issued, sent
from tests.money.payments.refunds.test_disputed import Card, desk_of, paid_by_card
from tests.pdf import squeezed
from tests.world import dunning, money, refunding, stripe
from tests.world import invoicing as world
from tests.world.dunning import Market
from tests.world.invoicing import Deal


async def lost_after_a_credit_note(market: Market, note_minor: int | None) -> Card:
    """Paid by card, credited so much or whole, and then the payment is charged back."""
    deal = await world.fw01(market.conn)
    card = await paid_by_card(market.conn, deal)
    await world.credited(market.conn, deal, card.invoice, note_minor)
    await card.lost(market.conn)
    await market.late(max(card.invoice.due_on, await clock.today(market.conn)), AFTER[Level.FORMAL])
    return card


async def test_what_a_credit_note_left_as_credit_is_not_asked_for(market: Market) -> None:
    card = await lost_after_a_credit_note(market, 6_000_00)

    reminder = await operations.remind(market.conn, card.invoice.id)

    assert reminder is not None
    assert (reminder.open_minor, reminder.credit_minor) == (25_800_00, 6_000_00)
    kept = await letter(market, card.deal.buyer, reminder)
    said = squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(kept.pdf)).pages))
    for figure in ("¥19,800.00", "25,800.006,000.000.0019,800.00", "尚欠CNY19,800.00"):
        assert figure in said
    # Whoever pays online before the credit is used reads here what he is asked for, and why.
    for told in (
        "未付CNY25,800.00，已扣除",
        "在线付款的，仍按CNY25,800.00收取",
        "paysonlinebefore",
    ):
        assert told in said
    async with db.lease(market.worker) as worker, db.act(worker, SYSTEM):
        facts = await reminder_facts.about_reminder(worker, reminder.id)
    assert facts["owed_minor"] == 19_800_00
    assert "6,000.00 CNY" in str(facts["covering"])
    conn, deal = market.conn, card.deal
    asked = await stripe.told_of(conn, deal.unit, deal.buyer, card.invoice)
    assert asked.amount_minor == reminder.open_minor


async def test_who_owes_nothing_but_what_his_credit_covers_is_not_reminded(market: Market) -> None:
    card = await lost_after_a_credit_note(market, None)

    assert await operations.remind(market.conn, card.invoice.id) is None


async def test_credit_that_a_refund_reserves_and_keeps_covers_it_too(market: Market) -> None:
    """The refund is approved, the bank takes the payment back, and the list holds the refund."""
    deal = await world.fw01(market.conn)
    card = await paid_by_card(market.conn, deal)
    await world.credited(market.conn, deal, card.invoice)
    desk = await desk_of(market.conn, deal)
    await refunding.approved(market.conn, desk, 20_000_00)
    await refunding.proposed(market.conn, desk, 5_800_00)
    await card.lost(market.conn)
    await market.late(max(card.invoice.due_on, await clock.today(market.conn)), AFTER[Level.FORMAL])

    assert await operations.remind(market.conn, card.invoice.id) is None

    with pytest.raises(AllOwed):
        await refunding.sent(market.conn, desk)


async def test_credit_that_went_out_covers_nothing(market: Market) -> None:
    deal = await world.fw01(market.conn)
    card = await paid_by_card(market.conn, deal)
    await world.credited(market.conn, deal, card.invoice)
    desk = await desk_of(market.conn, deal)
    await refunding.approved(market.conn, desk, 20_000_00)
    await refunding.sent(market.conn, desk)
    await card.lost(market.conn)
    await market.late(max(card.invoice.due_on, await clock.today(market.conn)), AFTER[Level.FORMAL])

    reminder = await operations.remind(market.conn, card.invoice.id)

    assert reminder is not None
    assert (reminder.open_minor, reminder.credit_minor) == (25_800_00, 5_800_00)


async def test_credit_that_a_chargeback_may_take_covers_nothing(market: Market) -> None:
    """It is refused to whoever wants to pay the invoice with it."""
    conn, deal = market.conn, await world.fw01(market.conn)
    card, other = [await paid_by_card(conn, deal, place) for place in (0, 1)]
    await world.credited(conn, deal, card.invoice, 6_000_00)
    await world.credited(conn, deal, other.invoice)
    third = await world.issued(conn, deal, 2)
    await money.credit_used(conn, deal.finance, third.id, third.amount_minor)
    await other.disputed(conn)
    await card.lost(conn)
    await market.late(max(card.invoice.due_on, await clock.today(conn)), AFTER[Level.FORMAL])

    reminder = await operations.remind(conn, card.invoice.id)

    assert reminder is not None
    assert (reminder.open_minor, reminder.credit_minor) == (25_800_00, 0)
    with pytest.raises(CreditHeld):
        await money.credit_used(conn, deal.finance, card.invoice.id, 6_000_00)


async def test_credit_covers_the_oldest_invoice_that_a_note_credited(market: Market) -> None:
    card = await lost_after_a_credit_note(market, 6_000_00)
    conn, deal = market.conn, card.deal
    other = await paid_by_card(conn, deal, 1)
    await world.credited(conn, deal, other.invoice, 4_000_00)
    await other.lost(conn)

    async with db.act(conn, SYSTEM):
        ours, theirs = [
            await invoices.find_invoice(conn, SYSTEM, one.invoice.id) for one in (card, other)
        ]
        assert await covered.credit_left(conn, ours, 7_000_00) == 6_000_00
        assert await covered.credit_left(conn, theirs, 7_000_00) == 1_000_00
        assert await covered.credit_left(conn, theirs, 5_000_00) == 0


async def test_nobody_keeps_a_demand_away_by_how_he_writes_his_address(market: Market) -> None:
    deal, invoice = await issued(market)
    await market.owner.execute(
        """INSERT INTO organisation_contact (organisation_id, address, phone)
           VALUES ($1, '1 号 😀', '0571-88880000')
           ON CONFLICT (organisation_id)
           DO UPDATE SET address = excluded.address, phone = excluded.phone""",
        deal.enterprise.id,
    )
    await market.late(invoice.due_on, 10)

    reminder = await operations.remind(market.conn, invoice.id)

    assert reminder is not None
    assert reminder.letter_unprintable is None
    kept = await letter(market, deal.buyer, reminder)
    said = squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(kept.pdf)).pages))
    assert "0571-88880000" in said
    assert "1号" not in said


async def test_working_days_are_counted_as_far_as_they_are_announced(market: Market) -> None:
    deal, invoice = await issued(market)
    await market.late(invoice.due_on, 10)
    until = await clock.today(market.conn)
    await market.announce(until)
    await market.late(invoice.due_on, 40)

    reminder = await operations.remind(market.conn, invoice.id)
    await market.announce(dunning.FOR_EVER)

    assert reminder is not None
    assert (reminder.level, reminder.late_working_days) == (Level.FORMAL, 10)
    assert (reminder.counted_from, reminder.counted_until) == (invoice.due_on, until)
    kept = await letter(market, deal.buyer, reminder)
    said = squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(kept.pdf)).pages))
    assert f"workingdaysuntil{until}" in said


async def demanded(market: Market, level: Level) -> tuple[Deal, FullInvoice, Reminder]:
    deal, invoice = await issued(market)
    await money.bank(market.conn, deal)
    await market.late(invoice.due_on, AFTER[level])
    await market.run("invoicing.reminders")
    return deal, invoice, (await sent(market, deal, invoice))[-1]


class Letter(NamedTuple):
    name: str
    sha256: str
    pdf: bytes


async def letter(market: Market, actor: Actor, reminder: Reminder) -> Letter:
    async with db.look(market.conn, actor):
        kept = await document.sent_letter(market.conn, actor, reminder.id)
        return Letter(kept.name, kept.sha256, await queries.pdf_of(market.conn, reminder.id))


@pytest.mark.parametrize(("level", "name"), [(Level.FORMAL, "催款函"), (Level.FINAL, "最后催告函")])
async def test_a_demand_is_kept_as_it_was_sent_for_both_sides_alone(
    market: Market, level: Level, name: str
) -> None:
    deal, invoice, reminder = await demanded(market, level)
    number = f"{invoice.number}-C{[*Level].index(level) + 1}"

    kept = await letter(market, deal.buyer, reminder)

    assert (kept.name, reminder.letter_number) == (f"{name} {number}", number)
    assert hashlib.sha256(kept.pdf).hexdigest() == kept.sha256 == reminder.letter_sha256
    said = squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(kept.pdf)).pages))
    capitals = f"人民币{amounts.in_capitals(invoice.amount_minor)}"
    [account] = await pay_to(market, invoice)
    for each in (number, invoice.payment_code, capitals, deal.unit.name_zh, account.number):
        assert squeezed(each) in said
    for each in ("25,800.00", f"{AFTER[level]} 个工作日", "working days late", "Amount owed"):
        assert squeezed(each) in said
    assert await letter(market, deal.finance, reminder) == kept
    with pytest.raises(NotFound):
        await letter(market, deal.outsider, reminder)
    demand = Demand(
        level=level,
        sent_at=PdfReader(BytesIO(kept.pdf)).metadata.creation_date,  # type: ignore[union-attr, arg-type]
        sent_on=reminder.sent_on,
        counted_from=reminder.counted_from,
        counted_until=None,
        late_working_days=reminder.late_working_days,
        credit_minor=0,
        policy_id=reminder.policy_id,
    )
    async with db.act(market.conn, SYSTEM):
        printed = Printed(number, await document.demand_document(market.conn, invoice, demand))
    again = await operations.set_letter(printed)
    assert again is not None
    assert again.pdf == kept.pdf


async def pay_to(market: Market, invoice: Invoice) -> list[invoices.PayTo]:
    async with db.act(market.conn, SYSTEM):
        return list(await invoices.pay_to(market.conn, invoice))


async def test_a_mild_reminder_has_no_letter(market: Market) -> None:
    deal, _, reminder = await demanded(market, Level.FRIENDLY)

    assert reminder.letter_number is None
    with pytest.raises(model.ReminderHasNoLetter):
        await letter(market, deal.buyer, reminder)


async def test_who_cannot_be_printed_is_reminded_and_the_characters_are_named(
    market: Market,
) -> None:
    deal, invoice = await issued(market)
    await market.owner.execute(
        "UPDATE organisation SET name_zh = '𠮷野机械' WHERE id = $1", deal.enterprise.id
    )
    await market.late(invoice.due_on, 10)
    await market.run("invoicing.reminders")
    [reminder] = await sent(market, deal, invoice)

    assert (reminder.letter_sha256, reminder.letter_unprintable) == (None, "𠮷 U+20BB7")
    async with db.lease(market.worker) as worker, db.act(worker, SYSTEM):
        facts = await reminder_facts.about_reminder(worker, reminder.id)
    assert (facts["letter"], facts["enclosed_zh"]) == (None, "")
    assert "𠮷 U+20BB7" in str(facts["unset_zh"])
    with pytest.raises(NotPrintable) as refused:
        await letter(market, deal.buyer, reminder)
    assert "𠮷 U+20BB7" in refused.value.detail("zh-CN")


async def test_an_invoice_that_is_paid_while_its_letter_is_set_is_not_asked_for(
    market: Market,
) -> None:
    deal, invoice = await issued(market)
    await market.late(invoice.due_on, AFTER[Level.FORMAL])
    payer = await db.connect(market.addresses.app)
    gate = threading.Event()
    for _ in range(2):
        typesetting._PRESS.submit(gate.wait)
    try:
        reminding = asyncio.create_task(operations.remind(market.conn, invoice.id))
        while typesetting._PRESS._work_queue.empty() and not reminding.done():  # noqa: ASYNC110
            await asyncio.sleep(0)
        async with asyncio.timeout(10):  # the letter is not set, and nothing is locked
            await world.received(payer, deal, invoice, invoice.amount_minor)
    finally:
        gate.set()
        payer.terminate()

    assert await reminding is None
    assert await sent(market, deal, invoice) == []
