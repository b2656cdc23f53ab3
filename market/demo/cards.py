"""Cards: a contract paid through Stripe, money back, its payout at the bank, two chargebacks.

Four days pass: two until Stripe may pay out what cards brought, two until that is at the bank.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from market.demo import billing, dealing
from market.demo.bank_files import Line, camt053, yuan
from market.demo.banking import AX_ACCOUNT, OPENING_MINOR, ax_lines, lines_of, take_in
from market.demo.dealing import Deal, Part
from market.demo.stage import Stage, id_of
from market.demo.stripe_account import tell_account
from market.demo.stripe_desk import ASKS_ITS_HOLDER, DECLINED, UNIONPAY, VISA, StripeDesk

PAYER: Final = "e03.buyer"
GEARBOX: Final = Deal(
    "FW-03",
    "E03",
    PAYER,
    "AX",
    (
        Part("油膜测试与方案", 41_400, "signing"),
        Part("减速机改造", 69_000),
        Part("试运行与移交", 27_600),
    ),
)
KILN: Final = Deal(
    "FW-04",
    "E03",
    PAYER,
    "AX",
    (Part("漏风测量与方案", 22_350, "signing"), Part("密封更换", 52_150)),
)
# The card that pays each instalment; of the first one is refused before.
PAID_WITH: Final = {"FW-03 1": ASKS_ITS_HOLDER, "FW-03 2": VISA, "FW-03 3": UNIONPAY}
DISPUTED: Final = {"FW-04 1": False, "FW-04 2": True}  # whether it is won
DONE: Final = {
    "product_description": "回转窑密封更换，按合同全部完成。Seals of a rotary kiln, all replaced.",
    "customer_name": "川南水泥有限公司 Chuannan Cement Co.",
    "uncategorized_text": "买方已逐项验收，合同由双方签署。The buyer accepted each milestone, and "
    "both parties signed the contract.",
}
NOT_DONE_MINOR: Final = 6_000_00
MONTHLY_FEE_MINOR: Final = 99_00
PAID_OUT, AT_THE_BANK = 2, 4


async def play(stage: Stage) -> None:
    desk = StripeDesk(stage)
    try:
        await paid_by_card(stage, desk)
        await given_back(stage)
        await paid_out(stage, desk)
        at_the_bank = await arrived(stage, desk)
        await charged_back(stage, desk)
        await tell_account(stage, desk, at_the_bank)
    finally:
        await desk.leave()


async def agreed(stage: Stage, deal: Deal) -> None:
    await dealing.conclude(stage, deal)
    await dealing.complete(stage, deal)
    await billing.bill(stage, deal)


async def paid_by_card(stage: Stage, desk: StripeDesk) -> None:
    await agreed(stage, GEARBOX)
    for label, card in PAID_WITH.items():
        refused = (DECLINED,) if label == "FW-03 1" else ()
        await pay(stage, desk, label, *refused, card)


async def pay(stage: Stage, desk: StripeDesk, label: str, *cards: str) -> None:
    """Through the page at Stripe, with the last of the cards; those before it are refused."""
    payment = await stage.person(PAYER).post(
        f"pay {label} online",
        "/v1/online-payments",
        {"invoice_ids": [stage.ids[f"invoice {label}"]], "way": "checkout"},
    )
    path = f"/v1/online-payments/{id_of(payment)}"
    stage.ids[f"payment {label}"] = id_of(payment)

    async def shown() -> Any:
        now = await stage.person(PAYER).get(path)
        return now if now["pay_url"] or now["state"] == "succeeded" else None

    async def paid() -> Any:
        invoice = await stage.person(PAYER).get(f"/v1/invoices/{stage.ids[f'invoice {label}']}")
        return invoice if invoice["state"] == "paid" else None

    async def go_through() -> None:
        now = await stage.until(f"the page of {label}", shown)
        if now["state"] != "succeeded":
            for refused in cards[:-1]:
                await desk.pay(now["pay_url"], refused)
            await desk.pay(now["pay_url"], cards[-1])
        await stage.until(f"{label} is paid", paid)

    await stage.once(f"{label} is paid by card", go_through)
    stage.tell(
        f"已刷卡付清 paid by card: {label} {yuan(payment['amount_minor'])}，"
        f"卡号末四位 card …{cards[-1][-4:]}"
    )


async def given_back(stage: Stage) -> None:
    """Less was done than billed: finance proposes credit note and refund, the leader approves."""
    finance, leader = stage.person("ax.finance"), stage.person("ax.leader")
    note = await finance.post(
        "credit note FW-03 3",
        f"/v1/invoices/{stage.ids['invoice FW-03 3']}/credit-notes",
        {
            "reason": "试运行期间少做一次油样分析。One oil analysis less was made.",
            "lines": [{"position": 1, "amount_minor": NOT_DONE_MINOR}],
        },
    )
    issued = await leader.put(
        "approve credit note FW-03 3", f"/v1/credit-notes/{id_of(note)}/approval"
    )
    stage.tell(
        f"贷项通知 credit note {issued['number']}: {yuan(issued['amount_minor'])} = 净额 net "
        f"{yuan(issued['net_minor'])} + 税额 VAT {yuan(issued['vat_minor'])}，"
        "财务提出、负责人批准 proposed by finance, approved by the leader"
    )
    refund = await finance.post(
        "refund FW-03 3",
        f"/v1/online-payments/{stage.ids['payment FW-03 3']}/refunds",
        {"amount_minor": NOT_DONE_MINOR, "reason": "按贷项通知原路退回"},
    )
    path = f"/v1/refunds/{id_of(refund)}"
    await leader.put("approve refund FW-03 3", f"{path}/approval")

    async def paid() -> Any:
        return (await finance.get(path))["state"] == "paid"

    await stage.once("the refund is paid", lambda: stage.until("the refund is paid", paid))
    stage.tell(
        f"原路退款 refund to the card {refund['number']}: {yuan(NOT_DONE_MINOR)}，"
        "两人经手，Stripe 已退 two people, and Stripe has paid it"
    )


async def paid_out(stage: Stage, desk: StripeDesk) -> None:
    """A fee that belongs to no charge; two days later Stripe sends all that is available."""
    await stage.once("Stripe's monthly fee", lambda: desk.charge_monthly_fee(MONTHLY_FEE_MINOR))
    stage.tell(f"Stripe 月费 monthly fee {yuan(MONTHLY_FEE_MINOR)}")
    await pass_to(stage, desk, PAID_OUT)
    sent = await stage.until("a payout is sent", lambda: payouts(stage))
    stage.tell(f"两日后 two days later: 提现 payout sent {yuan(sent[0]['amount_minor'])}")


async def pass_to(stage: Stage, desk: StripeDesk, day: int) -> None:
    await stage.turn_to_day(day)
    await desk.turn_to_market_day()


async def payouts(stage: Stage) -> Any:
    return await stage.person("ax.finance").get(f"/v1/units/{stage.ids['AX']}/payouts")


async def arrived(stage: Stage, desk: StripeDesk) -> Any:
    """The bank's statement brings what Stripe sent; two people take what is suggested for it."""
    await pass_to(stage, desk, AT_THE_BANK)
    [payout] = await desk.listed("payouts")
    on = stage.today + timedelta(days=AT_THE_BANK)
    before = OPENING_MINOR + sum(line.amount_minor for line in ax_lines(stage, stage.today))
    line = Line(on, payout["amount"], "Stripe Payments", "9999001", "STRIPE PAYOUT", "A02")
    statement = camt053(AX_ACCOUNT, "AX-2026-0002", before, [line])
    await take_in(
        stage, "AX", "ax.finance", "statement AX 2", ("ax-2.xml", statement, "application/xml")
    )
    return await match_as_suggested(stage, "A02")


NAMED: Final = ("payout_id", "refund_id", "other_line_id")


async def match_as_suggested(stage: Stage, reference: str) -> Any:
    finance, leader = stage.person("ax.finance"), stage.person("ax.leader")
    line = (await lines_of(stage, "AX", "ax.finance"))[reference]
    path = f"/v1/bank-lines/{line['id']}"
    if "match the payout" not in stage.journal.done:
        best = (await finance.get(path))["suggestions"][0]
        why = best["reasons"][0]
        stage.tell(f"  建议 suggested: {why['zh']} · {why['en']}")
        rest = {"to": best["rest_to"], "amount_minor": best["rest_minor"]}
        named = {name: best[name] for name in NAMED if best.get(name)}
        await finance.post("match the payout", f"{path}/match", {"rest": rest | named})
    [match, *_] = (await finance.get(path))["matches"]
    await leader.put("confirm the payout", f"/v1/matches/{id_of(match)}/confirmation")
    stage.tell(
        f"人工匹配 matched by hand: {yuan(line['amount_minor'])} "
        "→ 在途资金转出 out of transit (Stripe)，首笔提现由第二人确认 a second person confirmed "
        "the first payout"
    )
    return line


async def charged_back(stage: Stage, desk: StripeDesk) -> None:
    """Two payments are disputed by the payer's bank; the case that is answered is won."""
    await agreed(stage, KILN)
    for label in DISPUTED:
        await pay(stage, desk, label, VISA)
    for label, won in DISPUTED.items():
        await decide(stage, desk, label, won=won)
    for label in DISPUTED:
        owed = await stage.person(PAYER).get(f"/v1/invoices/{stage.ids[f'invoice {label}']}")
        stage.tell(f"  请款单 invoice {label}: {INVOICE_STATES[owed['state']]} {owed['state']}")


INVOICE_STATES: Final = {"open": "重新待付", "part_paid": "部分付清", "paid": "已付清"}


async def decide(stage: Stage, desk: StripeDesk, label: str, *, won: bool) -> None:
    path = f"/v1/units/{stage.ids['AX']}/chargebacks"

    async def stands(state: str) -> Any:
        found = await stage.person("ax.finance").get(path)
        return next(
            (
                one
                for one in found
                if one["online_payment_id"] == stage.ids[f"payment {label}"]
                and one["state"] == state
            ),
            None,
        )

    async def go_through() -> None:
        payment = await stage.person("ax.finance").get(
            f"/v1/online-payments/{stage.ids[f'payment {label}']}"
        )
        dispute_id = await desk.dispute(payment["charge_id"])
        if not await stands(end):
            opened = await stage.until(f"{label} is charged back", lambda: stands("opened"))
            if won:
                await answered(stage, label, id_of(opened))
        await desk.judge(dispute_id, won=won)
        await stage.until(f"the chargeback of {label} is {end}", lambda: stands(end))

    end, end_zh = ("won", "胜诉") if won else ("lost", "败诉")
    await stage.once(f"the chargeback of {label} is {end}", go_through)
    told = await stands(end)
    stage.tell(
        f"拒付 chargeback {label}: {yuan(told['amount_minor'])} 发卡行扣回，"
        f"{end_zh} taken back, then {end}"
    )
    evidence = "已提交证据 answered with evidence" if won else "未提交证据 not answered"
    stage.tell(f"  {evidence}")


async def answered(stage: Stage, label: str, chargeback_id: str) -> None:
    """Finance says what was done and shows the contract; the worker sends it, and Stripe once."""
    finance, path = stage.person("ax.finance"), f"/v1/chargebacks/{chargeback_id}"
    contract = await finance.download(f"/v1/contracts/{stage.ids[dealing.name(KILN)]}/document")
    paper = await finance.upload(
        f"paper against the chargeback of {label}",
        "/v1/files",
        ("合同.pdf", contract, "application/pdf"),
    )
    read = await finance.get(path)
    saved = await finance.put(
        f"evidence against the chargeback of {label}",
        f"{path}/evidence",
        {"texts": DONE, "files": {"service_documentation": id_of(paper)}},
        read["version"],
    )
    await finance.put(
        f"submit the evidence against the chargeback of {label}",
        f"{path}/evidence/submission",
        version=saved["version"],
    )

    async def sent() -> Any:
        return (await finance.get(path))["evidence"]["state"] == "sent"

    await stage.until(f"Stripe has the evidence on {label}", sent)
