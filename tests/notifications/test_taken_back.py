"""What a payer's bank took back is asked for as far as it is owed, in every letter about it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from market.base import db, mail
from market.base.access import SYSTEM, Role
from market.base.db import columns
from market.base.events import Event
from market.base.mail import Mail
from market.notifications import operations as notifications
from tests.conftest import Clone
from tests.money.payments.refunds.test_disputed import desk_of, paid_by_card
from tests.world import identity, invoicing, refunding


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
