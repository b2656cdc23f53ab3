"""Letters about refunds to a card: who decides, who gets it back, and who keeps the books."""

from __future__ import annotations

import re

import msgspec

from market.base import db
from market.base.access import SYSTEM, Role
from market.base.db import columns
from market.base.embedded import Dsns
from market.base.events import Event
from market.money.payments.refunds import operations as refunds
from market.notifications import operations as notifications
from market.notifications.notices_refunds import REFUNDS
from tests.world import card_refunds, identity, invoicing, stripe


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
