"""Letters about refunds to a card: who decides, who gets it back, and who keeps the books."""

from __future__ import annotations

import re

import msgspec

from market.base import db, mail
from market.base.access import SYSTEM, Role
from market.base.db import Pool, columns
from market.base.embedded import Dsns
from market.base.events import Event
from market.base.stripe_accounts import StripeAccount
from market.identity.people import operations as people
from market.identity.people.model import Profile
from market.money.payments import rails
from market.money.payments.refunds import operations as refunds
from market.money.payments.refunds import presenting, reasons
from market.money.payments.refunds.model import Refund
from market.notifications import operations as notifications
from market.notifications.notices_refunds import REFUNDS
from tests.conftest import Clone
from tests.world import card_refunds, identity, invoicing, stripe
from tests.world.invoicing import Deal


async def test_each_reader_is_told_of_what_is_his(fresh_database: object) -> None:
    addresses: Dsns = await fresh_database()  # type: ignore[operator]
    app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
    deal = await invoicing.fw01(app)
    payer = await identity.person(app, deal.enterprise, Role.PAYER)
    cashier = await identity.person(app, deal.unit, Role.CASHIER)
    payment = await card_refunds.happens(app, deal)
    wanted = card_refunds.wanted(60_00)
    unwanted = await refunds.propose_card_refund(app, deal.finance, payment.id, wanted)
    await refunds.reject_refund(app, deal.leader, unwanted.id, "应改用银行退款")
    approved = await refunds.approve_refund(
        app,
        deal.leader,
        (await refunds.propose_card_refund(app, deal.finance, payment.id, wanted)).id,
    )
    await card_refunds.called(app, approved)
    await card_refunds.heard(app, approved, "succeeded")
    elsewhere = msgspec.structs.replace(
        card_refunds.line(payment, approved, "succeeded"), currency="HKD"
    )
    await stripe.booked(app, deal, elsewhere)
    names = [*REFUNDS, "stripe_line.unexplained"]
    records = await worker.fetch(
        f"SELECT {columns(Event)} FROM event WHERE name = ANY ($1) ORDER BY id", names
    )
    for record in records:
        async with db.act(app, SYSTEM):
            await notifications.tell(app, Event(*record))

    async def to(person_id: object) -> list[str]:
        async with db.look(app, SYSTEM):
            address = await app.fetchval("SELECT email FROM person WHERE id = $1", person_id)
        mails = await worker.fetch(
            "SELECT subject FROM mail WHERE to_address = $1 ORDER BY id", address
        )
        return [subject for (subject,) in mails if "退款" in subject]

    payer_told, finance_told = await to(payer.person_id), await to(deal.finance.person_id)
    leader_told, cashier_told = await to(deal.leader.person_id), await to(cashier.person_id)
    bodies = [body for (body,) in await worker.fetch("SELECT body FROM mail")]
    for connection in (app, worker):
        await connection.close()
    assert [re.sub(r"\S+-TK-\S+", "N", one) for one in payer_told] == [
        "退款 N 已原路退回：1,000.00 CNY",
        "退款 N 已原路退回：800.00 CNY",
        "退款 N 未能到账，800.00 CNY 已转回贵单位预存款",
    ]
    assert cashier_told == []
    asked = [one for one in leader_told if one.startswith("请审批")]
    assert len(asked) == 9
    assert [re.sub(r"\S+-TK-\S+", "N", one) for one in leader_told if "撤回" in one] == [
        "退款 N 已撤回，无须审批"
    ]
    assert [re.sub(r"\S+-TK-\S+", "N", one) for one in finance_told if "未获" in one] == [
        "退款 N 未获批准"
    ]
    assert not any("撤回" in one for one in finance_told)
    past_us = "Stripe 后台有未经平台审批的退款：-0.60 CNY"
    assert past_us in leader_told
    assert past_us in finance_told
    assert [one for one in finance_told if "与所批不符" in one] == [
        "Stripe 退款入账与所批不符：-60.00 HKD"
    ]
    failed = [one for one in finance_told if "未成功" in one]
    assert [one.split("，")[1] for one in failed] == [
        "800.00 CNY 仍为预存款", "500.00 CNY 仍为预存款"
    ]  # fmt: skip
    assert all("{" not in body and "None" not in body for body in bodies)
    sent_back, called_off = [body for body in bodies if "的原路退款" in body]
    assert "Stripe 未能办理：付款卡已挂失（lost_or_stolen_card）。\n请与其联系" in sent_back
    assert "Stripe 未能办理：退款已取消（canceled）。\n请与其联系" in called_off


async def test_finance_is_told_who_stopped_a_refund_and_why_in_words(clone: Clone) -> None:
    """The market before Stripe knew of it, or finance itself; and not that Stripe had a reason."""
    async with clone() as addresses:
        pool, worker = await db.open_pool(addresses.app), await db.connect(addresses.worker)
        async with db.lease(pool) as app:
            deal = await invoicing.fw01(app)
            colleague = await identity.person(app, deal.unit, Role.FINANCE)
            english = Profile(name="Expert A", language="en")
            await people.edit_profile(app, colleague, english, expected_version=1)
            payment = await card_refunds.paid_and_credited(app, deal)
            by_market, by_hand = [
                await card_refunds.approved(app, deal, payment, minor) for minor in (70_00, 80)
            ]
            await refunds.fail_refund(app, deal.finance, by_hand.id, "收款人要求改期")
            told = stripe.dispute_of(payment, payment.amount_minor, "needs_response")
            dispute = stripe.line("dispute", -payment.amount_minor, dispute=told)
            await stripe.booked(app, deal, dispute)
        await _presented(pool, deal, by_market)
        records = await worker.fetch(
            f"SELECT {columns(Event)} FROM event WHERE name = 'refund.failed' ORDER BY id"
        )
        async with db.lease(pool) as app:
            for record in records:
                async with db.act(app, SYSTEM):
                    await notifications.tell(app, Event(*record))
            zh, en = [await identity.email_of(app, one) for one in (deal.finance, colleague)]
        [stopped_zh] = [body for body in await mail.bodies_to(worker, zh) if "原路退款" in body]
        stopped_en, ended_en = [
            body for body in await mail.bodies_to(worker, en) if "to the card of" in body
        ]
        await pool.close()
        await worker.close()
    assert "平台未提交 Stripe 即已终止：付款人的银行" in stopped_zh
    assert "（charge_disputed）。\n拒付了结、所欠补足之前" in stopped_zh
    assert "the market stopped it before Stripe was told of it: the payer's bank" in stopped_en
    assert "Stripe's reason" not in stopped_en
    assert "finance ended it: 收款人要求改期." in ended_en


def test_that_another_amount_moved_is_no_fault_of_stripes() -> None:
    failure, _ = reasons.told("amount_differs", was_called=True, note="amount_differs")
    assert failure.zh.startswith("平台已终止：实际退回的金额与所批不符")
    assert failure.en.startswith("the market ended it: another amount was refunded")


async def _presented(pool: Pool, deal: Deal, refund: Refund) -> None:
    account = StripeAccount(
        unit=deal.unit.number_prefix or "", key="sk_test_x", webhook_secrets=("whsec_nobody",)
    )
    async with rails.opened([account], "http://127.0.0.1:1") as known:
        async with db.lease(pool) as conn:
            [rail] = await known.all(conn)
        await presenting.present(pool, rail, refund.id)
