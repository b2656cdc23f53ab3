"""What a payer's bank took back is asked for as far as it is owed, in every letter about it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from market.base import db, mail
from market.base.access import SYSTEM, Role
from market.base.db import Connection, columns
from market.base.errors import Phrase
from market.base.events import Event
from market.base.mail import Mail
from market.money.payments.chargebacks import losing
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.stripe_balance.model import Disputed
from market.notifications import operations as notifications
from market.notifications.chargeback_facts import about_chargeback
from market.notifications.model import words_of
from market.notifications.notices_suspense import CHARGEBACK_WRITE_OFF_APPROVED, SUSPENSE
from tests.conftest import Clone
from tests.money.payments.refunds.test_disputed import desk_of, paid_by_card
from tests.world import identity, invoicing, money, refunding, stripe
from tests.world.past_market import CH, PAID, Desk


class Told(NamedTuple):
    """Letters to the payer and to finance."""

    payer: list[Mail]
    finance: list[Mail]


async def lost(clone: Clone, *, credited_minor: int | None, refund_minor: int = 0) -> Told:
    """Paid by card, credited so much or whole, reserved for a refund, and then charged back."""
    async with clone() as addresses:
        app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
        deal = await invoicing.fw01(app)
        payer = await identity.person(app, deal.enterprise, Role.PAYER)
        card = await paid_by_card(app, deal)
        await invoicing.credited(app, deal, card.invoice, credited_minor)
        if refund_minor:
            await refunding.approved(app, await desk_of(app, deal), refund_minor)
        await card.lost(app)
        records = await worker.fetch(
            f"""SELECT {columns(Event)} FROM event
                WHERE name IN ('invoice.reopened', 'chargeback.lost') ORDER BY id"""
        )
        for record in records:
            async with db.act(app, SYSTEM):
                await notifications.tell(app, Event(*record))
        mails = await mail.kept(worker, limit=100)
        people = [await identity.email_of(app, one) for one in (payer, deal.finance)]
        for connection in (app, worker):
            await connection.close()
    payers, finances = [
        [one for one in mails if one.to_address == address and "收回" in one.body]
        for address in people
    ]
    return Told(payers, finances)


@pytest.mark.parametrize("refund_minor", [0, 25_800_00])
async def test_who_owes_nothing_is_asked_for_nothing(stocked: Clone, refund_minor: int) -> None:
    """All of it was credited, and the credit is there or held back for it."""
    told = await lost(stocked, credited_minor=None, refund_minor=refund_minor)

    [reopened] = told.payer
    assert reopened.subject.endswith("尚欠 0.00 CNY")
    assert "另有未付的 25,800.00 CNY 以贷项通知留下的买方预存款抵付" in reopened.body
    assert "买方无须付款。" in reopened.body
    assert "付款码" not in reopened.body
    [loss] = [one for one in told.finance if one.subject.startswith("拒付败诉")]
    assert "25,800.00 CNY 重新成为请款单的欠款，以贷项通知留下的买方预存款抵付" in loss.body
    assert "另行付款" not in loss.body
    assert "核销" not in loss.body


async def test_what_a_credit_note_left_is_not_asked_for(stocked: Clone) -> None:
    told = await lost(stocked, credited_minor=6_000_00)

    [reopened] = told.payer
    assert reopened.subject.endswith("尚欠 19,800.00 CNY")
    assert "另有未付的 6,000.00 CNY" in reopened.body
    assert "付款码" in reopened.body
    [loss] = [one for one in told.finance if one.subject.startswith("拒付败诉")]
    assert "19,800.00 CNY 重新成为请款单的欠款。请与买方联系另行付款" in loss.body
    assert "6,000.00 CNY 重新成为请款单的欠款，以贷项通知留下的买方预存款抵付" in loss.body


@pytest.mark.parametrize(("amount_minor", "currency"), [(PAID, "CNY"), (100_00, "USD")])
async def test_what_a_loss_past_the_market_leaves_is_told_as_its_payers_debt(
    conn: Connection, amount_minor: int, currency: str
) -> None:
    """In what Stripe took of its balance, whatever the payer's bank asked for."""
    deal = await invoicing.fw01(conn)
    desk = Desk(conn, deal)
    await desk.charged()
    invoice = await invoicing.issued(conn, deal)
    await money.credit_used(conn, deal.finance, invoice.id, PAID - 100_00)
    asked = ("dp_abroad", amount_minor, currency, "fraudulent", "lost", None, None, CH)
    told = Disputed(*asked)
    await stripe.booked(conn, deal, stripe.line("dispute", -PAID, dispute=told))
    assert await losing.lose(conn, deal.unit.id, told)
    [one] = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)
    async with db.look(conn, SYSTEM):
        facts = await about_chargeback(conn, one.id)
    said = words_of(facts, "zh-CN")
    assert (said["amount"], said["left"]) == ("700.00 CNY", "600.00 CNY")
    borne = facts["borne"]
    assert isinstance(borne, Phrase)
    assert "100.00 CNY 已从买方的预存款扣回" in borne.zh
    assert "600.00 CNY 既无请款单、也无预存款可以承担，仍由买方欠付" in borne.zh
    lost = [
        one.letter for one in SUSPENSE["chargeback_write_off.approved"] if facts[str(one.given)]
    ]
    assert lost == [CHARGEBACK_WRITE_OFF_APPROVED], "he is asked for it no longer"
