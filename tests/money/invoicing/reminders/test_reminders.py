"""A late invoice is asked for once at each level, and not at all while there is a reason not to."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta
from typing import Final

import pytest

from market.base import clock, db, events, mail
from market.base.access import SYSTEM, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.money.invoicing import model as invoicing
from market.money.invoicing.model import FullInvoice, Invoice
from market.money.invoicing.reminders import model, operations
from market.money.invoicing.reminders.model import Holding, Level, Reminder
from market.money.invoicing.voiding import operations as voiding
from market.notifications import operations as notifications
from tests.world import identity, stripe
from tests.world import invoicing as world
from tests.world.dunning import Market
from tests.world.invoicing import Deal

AFTER: Final = {Level.FRIENDLY: 3, Level.FORMAL: 10, Level.FINAL: 20}


async def sent(market: Market, deal: Deal, invoice: Invoice) -> list[Reminder]:
    return await operations.reminders_of(market.conn, deal.buyer, invoice.id)


async def levels(market: Market, deal: Deal, invoice: Invoice) -> list[Level]:
    return [Level(one.level) for one in await sent(market, deal, invoice)]


async def issued(market: Market) -> tuple[Deal, FullInvoice]:
    deal = await world.fw01(market.conn)
    return deal, await world.issued(market.conn, deal)


async def test_each_level_is_sent_on_its_working_day_and_once(market: Market) -> None:
    deal, invoice = await issued(market)
    done: list[Level] = []
    for level, days in AFTER.items():
        await market.late(invoice.due_on, days - 1)
        await market.run("invoicing.reminders")
        assert await levels(market, deal, invoice) == done
        await market.late(invoice.due_on, days)
        await market.run("invoicing.reminders")
        await market.run("invoicing.reminders")
        done.append(level)
        assert await levels(market, deal, invoice) == done

    last = (await sent(market, deal, invoice))[-1]
    assert last.sent_on == await clock.today(market.conn)
    assert (last.late_working_days, last.open_minor) == (20, invoice.amount_minor)
    assert last.counted_from == invoice.due_on


async def test_a_worker_that_was_away_sends_the_highest_level_alone(market: Market) -> None:
    deal, invoice = await issued(market)

    await market.late(invoice.due_on, 12)
    await market.run("invoicing.reminders")
    assert await levels(market, deal, invoice) == [Level.FORMAL]

    await market.late(invoice.due_on, 60)
    await market.run("invoicing.reminders")
    await market.run("invoicing.reminders")
    assert await levels(market, deal, invoice) == [Level.FORMAL, Level.FINAL]


async def test_what_is_paid_or_void_is_not_asked_for_and_the_rest_is_as_it_stands(
    market: Market,
) -> None:
    deal = await world.fw01(market.conn)
    part, paid, void = [await world.issued(market.conn, deal, place) for place in range(3)]
    await world.received(market.conn, deal, part, 5_800_00)
    await world.received(market.conn, deal, paid, paid.amount_minor)
    proposal = await voiding.propose_void(market.conn, deal.finance, void.id, "期次有误")
    await voiding.approve_void(market.conn, deal.leader, proposal.id)

    await market.late(part.due_on, 30)
    await market.run("invoicing.reminders")

    [reminder] = await sent(market, deal, part)
    assert reminder.open_minor == 20_000_00
    for silent in (paid, void):
        assert await operations.remind(market.conn, silent.id) is None
        assert await sent(market, deal, silent) == []


async def test_lateness_counts_from_the_day_on_which_an_invoice_reopened(market: Market) -> None:
    deal, invoice = await issued(market)
    await world.received(market.conn, deal, invoice, invoice.amount_minor)
    await market.late(invoice.due_on, 30)
    await world.taken_back(market.conn, deal, invoice, invoice.amount_minor, on=invoice.issued_on)
    reopened_on = await clock.today(market.conn)

    await market.late(reopened_on, 2)
    await market.run("invoicing.reminders")
    assert await sent(market, deal, invoice) == []
    await market.late(reopened_on, 3)
    await market.run("invoicing.reminders")

    assert await levels(market, deal, invoice) == [Level.FRIENDLY]


async def test_whoever_had_the_last_demand_gets_no_milder_one(market: Market) -> None:
    deal, invoice = await issued(market)
    await market.late(invoice.due_on, 20)
    await market.run("invoicing.reminders")
    await world.received(market.conn, deal, invoice, invoice.amount_minor)
    await world.taken_back(market.conn, deal, invoice, invoice.amount_minor, on=invoice.issued_on)

    await market.late(await clock.today(market.conn), 3)

    assert await operations.remind(market.conn, invoice.id) is None
    assert await levels(market, deal, invoice) == [Level.FINAL]


async def test_lateness_counts_from_the_day_of_issue_when_the_day_of_payment_was_past(
    market: Market,
) -> None:
    instalments = [world.at_signing(86_000_00, due_days=0)]
    deal = await world.fw01(market.conn, instalments=instalments)
    await market.pass_to(await clock.today(market.conn) + timedelta(days=60))
    invoice = await world.issued(market.conn, deal)
    assert invoice.due_on < invoice.issued_on

    await market.run("invoicing.reminders")
    assert await sent(market, deal, invoice) == []
    await market.late(invoice.issued_on, 3)
    await market.run("invoicing.reminders")

    assert await levels(market, deal, invoice) == [Level.FRIENDLY]


async def test_a_hold_keeps_reminders_back_until_its_day(market: Market) -> None:
    deal, invoice = await issued(market)
    await market.late(invoice.due_on, 2)
    until = await clock.today(market.conn) + timedelta(days=20)
    holding = Holding(until=until, reason="双方已商定分期付款")
    hold = await operations.hold_reminders(market.conn, deal.finance, invoice.id, holding)
    assert await operations.hold_reminders(market.conn, deal.finance, invoice.id, holding) == hold

    await market.pass_to(until - timedelta(days=1))
    await market.run("invoicing.reminders")
    assert await sent(market, deal, invoice) == []
    await market.pass_to(until)
    await market.run("invoicing.reminders")

    assert len(await sent(market, deal, invoice)) == 1


async def test_a_disputed_invoice_is_not_asked_for_until_finance_says_that_it_is_settled(
    market: Market,
) -> None:
    deal, invoice = await issued(market)
    dispute = Holding(disputed=True, reason="买方对数量有异议")
    await operations.hold_reminders(market.conn, deal.finance, invoice.id, dispute)
    await market.late(invoice.due_on, 200)
    await market.run("invoicing.reminders")
    assert await sent(market, deal, invoice) == []

    settled = Holding(until=await clock.today(market.conn), reason="双方已核对一致")
    await operations.hold_reminders(market.conn, deal.finance, invoice.id, settled)
    await market.run("invoicing.reminders")

    assert await levels(market, deal, invoice) == [Level.FINAL]


async def test_while_a_chargeback_is_open_nothing_is_asked_for(market: Market) -> None:
    deal, invoice = await issued(market)
    conn = market.conn
    await world.received(conn, deal, invoice, 5_800_00)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    disputed = stripe.dispute_of(payment, 20_000_00, "needs_response")
    await stripe.booked(
        conn,
        deal,
        stripe.line("charge", 20_000_00, intent_id=payment.intent_id),
        stripe.line("dispute", -20_000_00, dispute=disputed, intent_id=payment.intent_id),
    )
    await world.taken_back(conn, deal, invoice, 5_800_00, on=invoice.issued_on)
    await market.late(invoice.due_on, 30)
    assert await operations.remind(conn, invoice.id) is None

    await stripe.booked(conn, deal, stripe.line("dispute_reversal", 20_000_00, dispute=disputed))

    reminder = await operations.remind(conn, invoice.id)
    assert reminder is not None
    assert reminder.open_minor == 5_800_00


async def test_buyer_and_finance_are_told_and_the_buyer_in_the_words_of_the_level(
    market: Market,
) -> None:
    deal, invoice = await issued(market)
    wanted = {}
    for level, days in AFTER.items():
        await market.late(invoice.due_on, days)
        await market.run("invoicing.reminders")
        wanted[level] = (await sent(market, deal, invoice))[-1].id
    async with db.lease(market.worker) as worker:
        found = await worker.fetch(
            """SELECT id FROM event
               WHERE name = 'reminder.sent' AND subject_id = ANY ($1) ORDER BY id""",
            list(wanted.values()),
        )
        for (event_id,) in found:
            async with db.act(worker, SYSTEM):
                await notifications.tell(worker, await events.find(worker, event_id))
        letters = [one for one in await mail.kept(worker, limit=1000) if invoice.number in one.body]

    payer = await identity.email_of(market.conn, deal.buyer)
    finance = await identity.email_of(market.conn, deal.finance)
    subjects = {(one.to_address, one.subject[:4]) for one in letters}
    assert subjects >= {(payer, "付款提醒"), (payer, "催款函："), (payer, "最后催告")}
    assert (finance, "已发出催") in subjects
    demand = next(one for one in letters if one.subject.startswith("催款函"))
    for said in (invoice.payment_code, "逾期 10 个工作日", "25,800.00 CNY", deal.unit.name_zh):
        assert said in demand.body
    assert demand.attachment_name == f"{invoice.number}-C2.pdf"
    async with db.lease(market.worker) as worker:
        sent_with = await mail.attachment_of(worker, demand)
    assert sent_with is not None
    formal = (await sent(market, deal, invoice))[1]
    assert hashlib.sha256(sent_with.pdf).hexdigest() == formal.letter_sha256
    told = next(one for one in letters if one.subject.startswith("已发出催"))
    assert told.attachment_name is None


async def test_two_workers_at_once_send_one(market: Market) -> None:
    deal, invoice = await issued(market)
    await market.late(invoice.due_on, 3)

    await asyncio.gather(market.run("invoicing.reminders"), market.run("invoicing.reminders"))

    assert await levels(market, deal, invoice) == [Level.FRIENDLY]


async def test_only_finance_of_the_unit_holds_and_only_within_a_year(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    today = await clock.today(conn)
    tomorrow = Holding(until=today + timedelta(days=1), reason="已约定付款日")
    for actor in (deal.buyer, deal.leader):
        with pytest.raises(invoicing.NotTheFinance):
            await operations.hold_reminders(conn, actor, invoice.id, tomorrow)
    with pytest.raises(NotFound):
        await operations.hold_reminders(conn, deal.outsider, invoice.id, tomorrow)

    with pytest.raises(model.HoldNeedsDay):
        await operations.hold_reminders(conn, deal.finance, invoice.id, Holding(reason="待商"))
    for days in (-1, 367):
        wrong = Holding(until=today + timedelta(days=days), reason="日期有误")
        with pytest.raises(model.HoldDayWrong):
            await operations.hold_reminders(conn, deal.finance, invoice.id, wrong)


async def test_what_is_not_owed_is_not_held(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    await world.received(conn, deal, invoice, invoice.amount_minor)

    with pytest.raises(model.NothingToRemindOf, match=invoice.number):
        await operations.hold_reminders(
            conn, deal.finance, invoice.id, Holding(disputed=True, reason="已付清")
        )


async def test_holds_are_read_by_the_unit_and_not_by_the_buyer(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    today = await clock.today(conn)
    colleague = await identity.person(conn, deal.unit, Role.FINANCE)
    first = await operations.hold_reminders(
        conn, deal.finance, invoice.id, Holding(disputed=True, reason="数量有异议")
    )
    second = await operations.hold_reminders(
        conn, colleague, invoice.id, Holding(until=today, reason="已核对")
    )

    read = await operations.holds_of(conn, deal.leader, invoice.id, after=None, limit=20)
    assert read == [second, first]
    after = await operations.holds_of(conn, deal.leader, invoice.id, after=second.id, limit=20)
    assert after == [first]
    everything = identity.as_if_all_were_visible(deal.buyer)
    async with db.look(conn, everything):
        assert await conn.fetchval("SELECT count(*) FROM reminder_hold") == 0
    for hidden_from in (deal.buyer, deal.outsider):
        with pytest.raises(NotFound):
            await operations.holds_of(conn, hidden_from, invoice.id, after=None, limit=20)
    with pytest.raises(NotFound):
        await operations.reminders_of(conn, deal.outsider, invoice.id)
