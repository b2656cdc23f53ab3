"""Letters about payment online reach who pays and who keeps the books, in both languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

import pytest

from market.base import db, mail
from market.base.access import SYSTEM, Role
from market.base.db import Connection, columns
from market.base.events import Event
from market.base.mail import Mail
from market.money.payments.chargebacks import losing
from market.money.payments.chargebacks.write_offs import operations as write_offs
from market.money.payments.stripe_balance.model import Balance, Disputed
from market.notifications import operations as notifications
from market.notifications.notices_stripe import STRIPE
from tests.conftest import Clone
from tests.world import explaining, identity, invoicing, money, stripe, writing_off
from tests.world.invoicing import Deal

SUBJECTS = {
    "online_payment.presented": "付款链接：请款单",
    "chargeback.opened": "拒付：25,800.00 CNY",
    "chargeback.won": "拒付胜诉：25,800.00 CNY",
    "chargeback.lost": "拒付败诉：43,000.00 CNY",
    "chargeback.recovered": "拒付败诉的损失由买方预存款扣回 10,000.00 CNY",
    "chargeback.recovery_undone": "此前扣抵的预存款 500.00 CNY 登记有误",
    "chargeback.reinstated": "拒付败诉后款项退回：43,000.00 CNY",
    "stripe_line.booked": "在线付款 25,800.00 CNY 中有 3,000.00 CNY 转为预存款",
    "stripe_line.explained": "在线付款 25,800.00 CNY 中有 4,000.00 CNY 转为预存款",
    "stripe_line.unexplained": "Stripe 余额有无法识别的变动：7.00 CNY",
    "chargeback_write_off.proposed": "请审批：核销拒付欠款 2,000.00 CNY",
    "chargeback_write_off.approved": "拒付欠款 2,000.00 CNY 已核销",
    "chargeback_write_off.rejected": "拒付欠款 2,000.00 CNY 的核销未获批准",
    "chargeback_write_off.recovered": "已核销的拒付欠款 2,000.00 CNY 已转回",
    "stripe_explanation.proposed": "请审批：待查的 Stripe 变动 -13.00 CNY，去向“Stripe 手续费”",
    "stripe_explanation.approved": "待查的 Stripe 变动 19.00 CNY 已转出",
    "stripe_explanation.rejected": "待查的 Stripe 变动 3.00 CNY 的说明未获批准",
    "stripe_explanation_undo.proposed": "请审批：撤销待查的 Stripe 变动 -60.00 CNY 的说明",
    "stripe_explanation_undo.approved": "待查的 Stripe 变动 -60.00 CNY 的说明已撤销",
    "stripe_explanation_undo.withdrawn": "撤销 Stripe 变动 4.00 CNY 的说明的申请已撤回，无须审批",
    "stripe_explanation_undo.rejected": "撤销 Stripe 变动 -13.00 CNY 的说明未获批准",
    "payout.sent": "Stripe 将从银行账户扣款：20.00 CNY",
    "payout.failed": "Stripe 提现失败：50.00 CNY",
}
OTHERWISE = {"payout.failed": "Stripe 扣款失败：20.00 CNY"}


# In the tests of evidence.
ELSEWHERE = {"chargeback_alarm.raised", "chargeback_evidence.refused", "chargeback_evidence.sent"}


def test_every_notice_is_tried() -> None:
    assert SUBJECTS.keys() == STRIPE.keys() - ELSEWHERE


Leave = Callable[[Connection, Deal, Balance], Awaitable[None]]


class Told(NamedTuple):
    """Every letter of a module's world, and to whom what happened to its chargebacks is told."""

    mails: list[Mail]
    finance: str
    leader: str
    payer: str
    refunded: str

    def to(self, address: str, beginning: str = "") -> list[Mail]:
        return [
            one
            for one in self.mails
            if one.to_address == address and one.subject.startswith(beginning)
        ]


@pytest.fixture(scope="module")
async def told(clone: Clone) -> AsyncIterator[Told]:
    async with clone() as addresses:
        app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
        deal, other = await invoicing.fw01(app), await invoicing.fw01(app)
        await identity.person(app, deal.enterprise, Role.PAYER)
        payer = await identity.person(app, other.enterprise, Role.PAYER)
        await stripe.happens(app, deal)
        await stripe.recovered(app, other, has_wrong_match=True)
        await _pays_what_is_partly_paid(app, 3_000_00, stripe.booked)
        await _pays_what_is_partly_paid(app, 4_000_00, _by_its_rule_anew)
        await _given_back_to_nobody(app, await invoicing.fw01(app))
        await _given_back_otherwise(app)
        refunded = await invoicing.fw01(app)
        await explaining.happens(app, refunded)
        await _disputed_past_us(app, refunded)
        await writing_off.happens(app)
        unpaid = await invoicing.fw01(app)
        await _written_off_of_nobody(app, unpaid)
        names = [*STRIPE, "invoice.reopened"]
        records = await worker.fetch(
            f"SELECT {columns(Event)} FROM event WHERE name = ANY ($1) ORDER BY id", names
        )
        for record in records:
            async with db.act(app, SYSTEM):
                await notifications.tell(app, Event(*record))
        mails = list(reversed(await mail.kept(worker, limit=1000)))
        people = (other.finance, deal.leader, payer, refunded.buyer)
        yield Told(mails, *[await identity.email_of(app, one) for one in people])
        for connection in (app, worker):
            await connection.close()


async def test_who_pays_and_who_keeps_the_books_are_told(told: Told) -> None:
    for name, beginning in [*SUBJECTS.items(), *OTHERWISE.items()]:
        found = [one for one in told.mails if one.subject.startswith(beginning)]
        assert found, name
    assert all("{" not in one.body and "None" not in one.body for one in told.mails)
    links = [one.body for one in told.mails if one.subject.startswith("付款链接")]
    assert "https://pay.example.org/c" in links[0]


async def test_a_loss_tells_finance_who_bears_it_and_its_payer_what_he_owes(told: Told) -> None:
    [lost] = told.to(told.finance, "拒付败诉：43,000.00 CNY")
    [taken] = told.to(told.payer, "在线付款被银行收回：43,000.00 CNY")
    for letter in (lost, taken):
        assert "31,500.00 CNY 已从" in letter.body
        assert re.search(r"11,500\.00 CNY .*欠付", letter.body)
        assert "重新成为" not in letter.body


async def test_what_comes_off_the_credit_for_it_is_told_to_finance_and_payer(told: Told) -> None:
    for address, beginning in ((told.finance, "拒付败诉的损失由"), (told.payer, "预存款扣抵")):
        letter, of_a_mistake = told.to(address, beginning)
        assert "10,000.00 CNY" in letter.subject
        assert "43,000.00 CNY" in letter.body
        assert "500.00 CNY" in of_a_mistake.subject
    undone = told.to(told.payer, "此前扣抵的预存款")
    assert ["500.00 CNY 登记有误" in each.subject for each in undone] == [True, True]
    [credited] = told.to(told.payer, "被银行收回的在线付款已退回")
    assert "41,000.00 CNY 为贵单位预存款" in credited.subject
    assert "43,000.00 CNY" in credited.body


async def test_a_letter_says_whose_payment_of_what_is_asked_back_and_why(told: Told) -> None:
    [opened] = told.to(told.finance, "拒付：")
    assert re.search(r"请款单 \S+-0001（合同 \S+）", opened.body)
    assert "未授权" in opened.body
    assert "请督促财务" not in opened.subject


async def test_leaders_are_asked_to_watch_and_not_to_do_what_they_may_not(told: Told) -> None:
    asked = told.to(told.leader, "拒付：")
    assert len(asked) == 2
    assert all("请督促财务" in one.subject and "填写说明" not in one.body for one in asked)


async def test_a_buyer_whose_bank_took_it_back_is_told_so(told: Told) -> None:
    """And not that a receipt was undone."""
    reopened = [one for one in told.mails if "尚欠 43,000.00 CNY" in one.subject]
    assert reopened
    assert all("在线付款被银行收回" in one.subject for one in reopened)


async def test_what_comes_back_for_no_payment_of_ours_makes_its_loss_up_part_by_part(
    told: Told,
) -> None:
    """And beyond that stands in suspense. Each letter is written after the last of them."""
    lost = [one for one in told.mails if one.subject.startswith("拒付败诉：900.00 CNY")]
    assert lost
    assert all("先说明是哪个客户的预存款" in one.body and "欠付" not in one.body for one in lost)
    back = Counter(
        (one.subject, *re.findall(r"目前尚欠 ([0-9.]+)", one.body))
        for one in told.mails
        if "（不属于本平台的付款）" in one.subject and "款项退回" in one.subject
    )
    assert back == {("拒付败诉后款项退回：940.00 CNY（不属于本平台的付款）", "0.00"): 6}
    aside = Counter(one.subject for one in told.mails if "败诉的拒付退回" in one.subject)
    assert aside == {"一笔败诉的拒付退回 40.00 CNY，列入待查款": 2}


async def test_of_a_chargebacks_line_that_is_told_which_stands_in_suspense(told: Told) -> None:
    """What Stripe kept of one that is won, and what came back twice: only that is asked anew."""
    in_part, [aside] = (
        [one for one in told.mails if f"列入待查款：{amount} CNY" in one.subject]
        for amount in ("-5.00", "25,795.00")
    )
    assert [one.subject for one in in_part] == ["拒付的变动有一部分列入待查款：-5.00 CNY"]
    assert "按规则重记" not in in_part[0].body
    assert aside.subject == "拒付的一笔变动列入待查款：25,795.00 CNY"
    assert "按规则重记" in aside.body


async def _given_back_otherwise(app: Connection) -> None:
    """Once with less than was taken, and then again."""
    deal = await invoicing.fw01(app)
    invoice = await invoicing.issued(app, deal)
    payment = await stripe.told_of(app, deal.unit, deal.buyer, invoice)
    told = stripe.dispute_of(payment, invoice.amount_minor, "won")
    charge = stripe.line("charge", invoice.amount_minor, intent_id=payment.intent_id)
    await stripe.booked(
        app, deal, charge, stripe.line("dispute", -invoice.amount_minor, dispute=told)
    )
    for _ in range(2):
        back = stripe.line("dispute_reversal", invoice.amount_minor - 5_00, dispute=told)
        await stripe.booked(app, deal, back)


async def test_a_payer_whose_credit_an_explanation_moves_is_told_how_much(told: Told) -> None:
    """By a refund past the market, one that came back, and one of ours of another amount.

    Both of the former were undone, and explained once more.
    """
    taken = told.to(told.refunded, "在线付款已退款")
    assert [re.findall(r"[0-9.]+ CNY", one.subject) for one in taken] == [
        ["60.00 CNY"],
        ["60.00 CNY"],
        ["48.00 CNY"],
    ]
    assert all("由贵单位预存款支出" in one.subject for one in taken)
    again, once_more = told.to(told.refunded, "在线付款的退款未能到账")
    assert "20.00 CNY 已转回贵单位预存款" in again.subject == once_more.subject
    [back] = told.to(told.refunded, "此前从贵单位预存款扣除的 60.00 CNY 有误")
    [off] = told.to(told.refunded, "此前转回贵单位预存款的 20.00 CNY 有误")
    assert all("经核对有误" in one.body for one in (back, off))
    assert all(re.search(r"请款单 \S+-000\d 在线支付", one.body) for one in [*taken, again])
    [failed] = told.to(told.refunded, "在线付款有 6.00 CNY 未能收妥")
    assert "退款" not in failed.body
    assert not told.to(told.refunded, "待查的")


async def test_finance_is_told_to_ask_again_for_what_is_owed_again(told: Told) -> None:
    subject = "待查的 Stripe 变动 -9,000.00 CNY 已转出，所付请款单重新欠付"
    first, anew = [one for one in told.mails if one.subject == subject]
    for letter in (first, anew):
        assert "请与买方联系另行付款" in letter.body
        assert "无须另行办理" not in letter.body


async def test_who_paid_past_the_market_is_told_what_becomes_of_it(told: Told) -> None:
    for beginning, times in (
        ("贵单位经 Stripe 支付的 90.00 CNY 已记为预存款", 2),
        ("此前记入贵单位预存款的 90.00 CNY 有误", 1),
        ("贵单位经 Stripe 支付的款项有 30.00 CNY 已退回", 2),
        ("此前从贵单位预存款扣除的 30.00 CNY 有误，已转回预存款", 1),
        ("10.00 CNY 已转回贵单位预存款", 1),
    ):
        letters = told.to(told.refunded, beginning)
        assert len(letters) == times, beginning
        assert all("请款单 —" not in one.body for one in letters)
    [lost] = told.to(told.refunded, "在线付款被银行收回：20.00 CNY")
    assert "20.00 CNY 已从贵单位的预存款扣回" in lost.body
    assert "未在平台发起" in lost.body


async def _disputed_past_us(app: Connection, deal: Deal) -> None:
    asked = ("dp_dashboard", 20_00, "CNY", "fraudulent", "lost", None, None, "ch_dashboard")
    told = Disputed(*asked)
    await stripe.booked(app, deal, stripe.line("dispute", -20_00, dispute=told))
    assert await losing.lose(app, deal.unit.id, told)


async def test_who_writes_off_what_nobody_here_paid_is_told_of_no_invoice(told: Told) -> None:
    letters = [one for one in told.mails if "77.00 CNY" in one.subject and "核销" in one.subject]
    beginnings = ("请审批：核销拒付欠款", "拒付欠款", "已核销的拒付欠款")
    for beginning in beginnings:
        [*found] = [one for one in letters if one.subject.startswith(beginning)]
        assert found, beginning
        assert all("（不属于本平台的付款）" in one.subject for one in found)
    assert all("付款单位" not in one.body for one in letters)
    assert not [one.subject for one in told.mails if "请款单 —" in one.subject + one.body]


async def test_the_payer_of_an_invoice_that_is_owed_again_is_told_that_it_went_back(
    told: Told,
) -> None:
    """Once by mistake, and once more."""
    letters = [one for one in told.to(told.refunded, "请款单") if "已退回" in one.subject]
    assert [one.subject.endswith("的在线付款已退回，尚欠 9,000.00 CNY") for one in letters] == [
        True,
        True,
    ]
    assert all("重新欠付" in one.body and "付款码" in one.body for one in letters)
    assert not [one for one in told.to(told.refunded) if "收款已撤销" in one.subject]
    [again] = told.to(told.refunded, "贵单位的在线付款有 9,000.00 CNY 重新抵付请款单")
    assert "无须再付" in again.body
    assert "预存款" not in again.subject + again.body


async def _written_off_of_nobody(app: Connection, deal: Deal) -> None:
    unknown = Disputed("dp_nobody", 77_00, "CNY", "fraudulent", "lost", None, None, "ch_nobody")
    await stripe.booked(app, deal, stripe.line("dispute", -77_00, dispute=unknown))
    assert await losing.lose(app, deal.unit.id, unknown)
    one = await writing_off.listed(app, deal, unknown)
    waiting = await write_offs.propose_write_off(app, deal.finance, one.id, "无从追索")
    await write_offs.approve_write_off(app, deal.leader, waiting.id)
    await write_offs.recover_write_off(app, deal.finance, waiting.id)


async def _given_back_to_nobody(app: Connection, deal: Deal) -> None:
    past_us = Disputed("dp_past", 900_00, "CNY", "fraudulent", "lost", None, None, "ch_past")
    await stripe.booked(app, deal, stripe.line("charge", 900_00, source_id="ch_past"))
    await stripe.booked(app, deal, stripe.line("dispute", -900_00, dispute=past_us))
    assert await losing.lose(app, deal.unit.id, past_us)
    for part_minor in (300_00, 600_00, 40_00):
        back = stripe.line("dispute_reversal", part_minor, dispute=past_us)
        await stripe.booked(app, deal, back)


async def _pays_what_is_partly_paid(app: Connection, paid_minor: int, leave: Leave) -> None:
    deal = await invoicing.fw01(app)
    await identity.person(app, deal.enterprise, Role.PAYER)
    invoice = await invoicing.issued(app, deal)
    payment = await stripe.told_of(app, deal.unit, deal.buyer, invoice)
    await money.paid(app, deal, invoice.id, paid_minor)
    charge = stripe.line("charge", invoice.amount_minor, intent_id=payment.intent_id)
    await leave(app, deal, charge)


async def _by_its_rule_anew(app: Connection, deal: Deal, charge: Balance) -> None:
    await explaining.by_rule(app, deal, await explaining.aside(app, deal, charge), charge)
