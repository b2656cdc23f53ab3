"""Notices of refunds: by bank, and to the card that paid."""

from typing import Final

from market.identity.letters import Letter
from market.notifications.model import Audience, Notice, Notices
from market.notifications.notices_money import CASHIERS, FINANCE, LEADERS, PAYERS

REFUND_PROPOSED: Final = Letter(
    subject_zh="请审批：向 {payee} 退款 {amount}",
    body_zh="{reader}：\n\n有人提议向 {payee} 退还预存款 {amount}（退款 {number}），理由如下：\n\n"
    "{reason}\n\n须由提议人以外的另一人批准。请登录平台核对收款账户后办理。",
    subject_en="For approval: a refund of {amount} to {payee}",
    body_en="{reader},\n\nit is proposed to refund {amount} of credit to {payee} (refund {number}):"
    "\n\n{reason}\n\nAnother person than who proposed it decides. Sign in, check the payee's "
    "account and decide.",
)
REFUND_REJECTED: Final = Letter(
    subject_zh="退款 {number} 未获批准",
    body_zh="{reader}：\n\n您提议向 {payee} 退款 {amount}（{number}）未获批准，款项仍为其预存款："
    "\n\n{note}",
    subject_en="Refund {number} was rejected",
    body_en="{reader},\n\nyour proposal to refund {amount} to {payee} ({number}) was rejected; the "
    "money stays credit:\n\n{note}",
)
REFUND_WITHDRAWN: Final = Letter(
    subject_zh="退款 {number} 已撤回，无须审批",
    body_zh="{reader}：\n\n提议人已撤回向 {payee} 退款 {amount} 的提议（{number}），无须再审批。"
    "款项仍为其预存款。",
    subject_en="Refund {number} was withdrawn: nothing to approve",
    body_en="{reader},\n\nwho proposed to refund {amount} to {payee} ({number}) took it back: "
    "nothing is left to decide. The money stays credit.",
)
REFUND_APPROVED: Final = Letter(
    subject_zh="请付款：退款 {number}，{amount}",
    body_zh="{reader}：\n\n向 {payee} 退款 {amount}（{number}）已批准。请登录平台生成付款清单，"
    "付款时附言填写退款编号。",
    subject_en="To be sent: refund {number}, {amount}",
    body_en="{reader},\n\nthe refund of {amount} to {payee} ({number}) is approved. Sign in, make "
    "the transfer list and send it with the refund's number as the remark.",
)
REFUND_PAID: Final = Letter(
    subject_zh="退款 {number} 已汇出：{amount}",
    body_zh="{reader}：\n\n{unit} 已向贵单位退款 {amount}，汇款附言为 {number}。"
    "如未收到，请与其财务联系。",
    subject_en="Refund {number} was paid: {amount}",
    body_en="{reader},\n\n{unit} refunded {amount} to you, with {number} as the remark. If it has "
    "not arrived, ask their finance.",
)
REFUND_CAME_BACK: Final = Letter(
    subject_zh="退款 {number} 未成功，{amount} 已转回预存款",
    body_zh="{reader}：\n\n向 {payee} 的退款 {amount}（{number}）未成功，已转回其预存款。"
    "请与其核对收款账户后重新办理。",
    subject_en="Refund {number} did not arrive; {amount} is credit again",
    body_en="{reader},\n\nthe refund of {amount} to {payee} ({number}) did not arrive and is "
    "credit again. Check the account with them before another one.",
)
CARD_PROPOSED: Final = Letter(
    subject_zh="请审批：向 {payee} 原路退款 {amount}",
    body_zh="{reader}：\n\n有人提议将 {payee} 的预存款 {amount} 经 Stripe 原路退回其付款卡"
    "（退款 {number}），理由如下：\n\n{reason}\n\n须由提议人以外的另一人批准。"
    "批准后系统即提交 Stripe，不能撤回。请登录平台核对后办理。",
    subject_en="For approval: a refund of {amount} to the card of {payee}",
    body_en="{reader},\n\nit is proposed to refund {amount} of the credit of {payee} through "
    "Stripe to the card that paid (refund {number}):\n\n{reason}\n\nAnother person than who "
    "proposed it decides. Once approved it goes to Stripe and cannot be taken back. Sign in and "
    "decide.",
)
CARD_PAID: Final = Letter(
    subject_zh="退款 {number} 已原路退回：{amount}",
    body_zh="{reader}：\n\n{unit} 已将 {amount} 原路退回贵单位的付款卡（退款 {number}）。"
    "到账时间由发卡银行决定，一般为 5 至 10 个工作日；逾期未收到的，请与其财务联系。",
    subject_en="Refund {number} went back to your card: {amount}",
    body_en="{reader},\n\n{unit} refunded {amount} to the card that you paid with (refund "
    "{number}). Your bank shows it within 5 to 10 working days as a rule; if it has not come by "
    "then, ask their finance.",
)
CARD_FAILED: Final = Letter(
    subject_zh="退款 {number} 未成功，{amount} 仍为预存款",
    body_zh="{reader}：\n\n向 {payee} 的原路退款 {amount}（{number}）未成功，款项已转回其预存款。\n"
    "{failure}。\n{advice}",
    subject_en="Refund {number} to a card failed; {amount} is credit again",
    body_en="{reader},\n\nthe refund of {amount} to the card of {payee} ({number}) did not arrive "
    "and is credit again: {failure}. {advice}",
)
CARD_CAME_BACK: Final = Letter(
    subject_zh="退款 {number} 未能到账，{amount} 已转回贵单位预存款",
    body_zh="{reader}：\n\n{unit} 向贵单位付款卡的退款 {amount}（{number}）被发卡银行退回，"
    "已转回贵单位的预存款。\n请向其财务提供收款银行账户，以便改用银行退款。",
    subject_en="Refund {number} did not reach your card; {amount} is your credit again",
    body_en="{reader},\n\nthe refund of {amount} by {unit} ({number}) was sent back by your card's "
    "bank and is your credit again. Give their finance a bank account to refund it to.",
)

REFUNDS: Final[Notices] = {
    "refund.proposed": (
        Notice(REFUND_PROPOSED, (LEADERS,), given="by_bank"),
        Notice(CARD_PROPOSED, (LEADERS,), given="by_card"),
    ),
    "refund.rejected": (Notice(REFUND_REJECTED, (Audience("proposed_by"),)),),
    "refund.withdrawn": (Notice(REFUND_WITHDRAWN, (LEADERS,)),),
    "refund.approved": (Notice(REFUND_APPROVED, (CASHIERS,), given="by_bank"),),
    "refund.paid": (
        Notice(REFUND_PAID, (PAYERS,), given="by_bank"),
        Notice(CARD_PAID, (PAYERS,), given="by_card"),
    ),
    "refund.failed": (
        Notice(REFUND_CAME_BACK, (FINANCE,), given="by_bank"),
        Notice(CARD_FAILED, (FINANCE,), given="by_card"),
    ),
    "refund.returned": (
        Notice(REFUND_CAME_BACK, (FINANCE,), given="by_bank"),
        Notice(CARD_FAILED, (FINANCE,), given="by_card"),
        Notice(CARD_CAME_BACK, (PAYERS,), given="by_card"),
    ),
}
