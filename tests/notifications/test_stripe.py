"""Letters about payment online reach who pays and who keeps the books, in both languages."""

from __future__ import annotations

from market.base import db
from market.base.access import SYSTEM, Role
from market.base.db import Connection, columns
from market.base.embedded import Dsns
from market.base.events import Event
from market.notifications import operations as notifications
from market.notifications.notices_stripe import STRIPE
from tests.world import identity, invoicing, money, stripe

SUBJECTS = {
    "online_payment.presented": "付款链接：请款单",
    "chargeback.opened": "拒付：25,800.00 CNY",
    "chargeback.won": "拒付胜诉：25,800.00 CNY",
    "chargeback.lost": "拒付败诉：43,000.00 CNY",
    "chargeback.reinstated": "拒付败诉后款项退回：25,800.00 CNY",
    "stripe_line.booked": "在线付款 25,800.00 CNY 中有 3,000.00 CNY 转为预存款",
    "stripe_line.unexplained": "Stripe 余额有无法识别的变动：7.00 CNY",
    "payout.sent": "Stripe 将从银行账户扣款：20.00 CNY",
    "payout.failed": "Stripe 提现失败：50.00 CNY",
}
OTHERWISE = {"payout.failed": "Stripe 扣款失败：20.00 CNY"}


# In the tests of evidence.
ELSEWHERE = {"chargeback_alarm.raised", "chargeback_evidence.refused", "chargeback_evidence.sent"}


def test_every_notice_is_tried() -> None:
    assert SUBJECTS.keys() == STRIPE.keys() - ELSEWHERE


async def test_who_pays_and_who_keeps_the_books_are_told(fresh_database: object) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
    deal = await invoicing.fw01(app)
    await identity.person(app, deal.enterprise, Role.PAYER)
    await stripe.happens(app, deal)
    await stripe.given_back(app)
    await _pays_what_is_partly_paid(app)
    records = await worker.fetch(
        f"SELECT {columns(Event)} FROM event WHERE name = ANY ($1) ORDER BY id", list(STRIPE)
    )
    for record in records:
        async with db.act(app, SYSTEM):
            await notifications.tell(app, Event(*record))
    mails = await worker.fetch("SELECT subject, body FROM mail")
    for connection in (app, worker):
        await connection.close()
    for name, beginning in [*SUBJECTS.items(), *OTHERWISE.items()]:
        found = [mail for mail in mails if mail["subject"].startswith(beginning)]
        assert found, name
        assert all("{" not in mail["body"] and "None" not in mail["body"] for mail in found)
    links = [mail["body"] for mail in mails if mail["subject"].startswith("付款链接")]
    assert "https://pay.example.org/c" in links[0]


async def _pays_what_is_partly_paid(app: Connection) -> None:
    deal = await invoicing.fw01(app)
    await identity.person(app, deal.enterprise, Role.PAYER)
    invoice = await invoicing.issued(app, deal)
    payment = await stripe.told_of(app, deal.unit, deal.buyer, invoice)
    await money.paid(app, deal, invoice.id, 3_000_00)
    charge = stripe.line("charge", invoice.amount_minor, intent_id=payment.intent_id)
    await stripe.booked(app, deal, charge)
