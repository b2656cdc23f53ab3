"""Notices of lines of Stripe's balance that nothing explains, each with what its finance may do."""

from typing import Final

from market.identity.letters import Letter
from market.notifications.model import Notice, Notices
from market.notifications.notices_suspense import FINANCE, LEADERS

UNEXPLAINED: Final = Letter(
    subject_zh="Stripe 余额有无法识别的变动：{amount}",
    body_zh="{reader}：\n\nStripe 余额有一笔 {amount} 的变动（类别 {category}，编号 {line}，"
    "平台明细 {line_id}）没有对应的付款、退款、提现或拒付，已记入待查款。\n"
    "请到 Stripe 后台核对，并登录平台说明其去向（belongs_to），可选：{places}。",
    subject_en="An unexplained movement of the Stripe balance: {amount}",
    body_en="{reader},\n\na movement of {amount} (category {category}, number {line}, here "
    "{line_id}) of the balance with Stripe belongs to no payment, refund, payout or chargeback "
    "here, and stands in suspense. Look it up on Stripe's dashboard, then say here where it "
    "belongs (belongs_to), one of: {places}.",
)
PAST_MARKET: Final = Letter(
    subject_zh="Stripe 收款不能按平台上的在线付款入账：{amount}",
    body_zh="{reader}：\n\nStripe 余额的一笔收款（编号 {line}，平台明细 {line_id}）有 {amount} "
    "不能按平台上的在线付款入账：未在平台发起，或所付币种与所要的不符。已记入待查款。\n"
    "请到 Stripe 后台核对付款人，并由财务登录平台说明其去向（belongs_to），可选：{places}；"
    "说明为 customer_credit 的，填写 organisation_id（该客户）。由负责人审批。",
    subject_en="A charge that no payment online of this market can be booked by: {amount}",
    body_en="{reader},\n\n{amount} of a charge (number {line}, here {line_id}) came to the balance "
    "with Stripe, and no payment online of this market can be booked by it: nobody began it here, "
    "or it came in another currency than was asked for. It stands in suspense. Look its payer up "
    "on Stripe's dashboard; finance then says where it belongs (belongs_to), one of: {places}; for "
    "customer_credit with organisation_id, the customer. A leader approves.",
)
OF_PAST_CHARGE: Final = Letter(
    subject_zh="一笔已说明为客户预存款的 Stripe 收款有变动：{amount}",
    body_zh="{reader}：\n\nStripe 余额的一笔变动（类别 {category}，编号 {line}，平台明细 "
    "{line_id}）有 {amount} 已记入待查款；该变动是一笔已说明为客户预存款的收款的退回或转回。\n"
    "请到 Stripe 后台核对，并由财务登录平台说明其去向（belongs_to），可选：{places}；"
    "说明为 customer_credit 的，填写 organisation_id（该客户）。由负责人审批。",
    subject_en="A movement of a charge that is a customer's credit: {amount}",
    body_en="{reader},\n\n{amount} of a movement (category {category}, number {line}, here "
    "{line_id}) of the balance with Stripe stands in suspense. The movement takes a charge back "
    "that was explained as a customer's credit, or gives it back. Look it up on Stripe's "
    "dashboard; finance then says where it belongs (belongs_to), one of: {places}; for "
    "customer_credit with organisation_id, that customer. A leader approves.",
)
OF_ITS_RULE: Final = Letter(
    subject_zh="Stripe 余额有一笔变动未能按规则记账：{amount}",
    body_zh="{reader}：\n\nStripe 余额有一笔 {amount} 的变动（类别 {category}，编号 {line}，"
    "平台明细 {line_id}）未能按规则记账，已记入待查款。这类变动只能按规则重记，不能另行说明去向。\n"
    "请到 Stripe 后台核对其付款、拒付或提现，原因消除后登录平台要求按规则重记；"
    "同一拒付的扣款明细也在待查款中的，先重记该笔。",
    subject_en="A movement of the Stripe balance could not be booked by its rule: {amount}",
    body_en="{reader},\n\na movement of {amount} (category {category}, number {line}, here "
    "{line_id}) of the balance with Stripe could not be booked by its rule, and stands in "
    "suspense. Nobody may say otherwise where it belongs. Look its charge, chargeback or payout "
    "up on Stripe's dashboard, and ask here for its rule once the cause is gone; where the line by "
    "which the same chargeback took its money is in suspense, too, ask for that one first.",
)
OF_CHARGEBACK: Final = Letter(
    subject_zh="拒付的一笔变动列入待查款：{amount}",
    body_zh="{reader}：\n\nStripe 余额有一笔拒付的变动 {amount}（类别 {category}，编号 {line}，"
    "平台明细 {line_id}）与平台登记的拒付不符，已全部记入待查款。\n请到 Stripe 后台核对该拒付，"
    "并登录平台说明其去向，或要求按规则重记。",
    subject_en="A movement of a chargeback stands in suspense: {amount}",
    body_en="{reader},\n\na movement of {amount} (category {category}, number {line}, here "
    "{line_id}) of the balance with Stripe fits no chargeback as it is known here. All of it "
    "stands in suspense. Look the chargeback up on Stripe's dashboard, then say here where it "
    "belongs, or ask for its rule once more.",
)
OF_CHARGEBACK_IN_PART: Final = Letter(
    subject_zh="拒付的变动有一部分列入待查款：{amount}",
    body_zh="{reader}：\n\nStripe 余额有一笔拒付的变动（类别 {category}，编号 {line}，"
    "平台明细 {line_id}）已按规则记账，"
    "其中 {amount} 与此前暂扣或收回的金额不符，已记入待查款；负数为 Stripe 少退的部分。\n"
    "请到 Stripe 后台核对该拒付，并登录平台说明这一部分的去向。",
    subject_en="A part of a chargeback's movement stands in suspense: {amount}",
    body_en="{reader},\n\na movement (category {category}, number {line}, here {line_id}) of the "
    "balance with Stripe was booked by its rule, but for {amount} by which it differs from what "
    "was held or taken before: so much stands in suspense, below zero where Stripe gave back less. "
    "Look the chargeback up on Stripe's dashboard, then say here where that part belongs.",
)
GIVEN_BACK_TO_NOBODY: Final = Letter(
    subject_zh="一笔败诉的拒付退回 {amount}，列入待查款",
    body_zh="{reader}：\n\nStripe 退回了一笔曾败诉的拒付，退回金额 {amount}（编号 {line}，"
    "平台明细 {line_id}）。"
    "被拒付的是一笔不属于本平台的付款，平台不知应记给谁，已记入待查款。\n"
    "请到 Stripe 后台核对付款人，并由财务登录平台说明其去向（收回的损失为 write_off），"
    "由负责人审批。",
    subject_en="{amount} of a chargeback that was lost is given back, and stands in suspense",
    body_en="{reader},\n\nStripe gave back {amount} (number {line}, here {line_id}) of a "
    "chargeback that had been lost. What it asked back was not paid through this market, which "
    "does not know whose the money is: it stands in suspense. Look its payer up on Stripe's "
    "dashboard; finance then says here where it belongs (write_off, what came back of a loss), "
    "for a leader to approve.",
)
REFUND_PAST_US: Final = Letter(
    subject_zh="Stripe 后台有未经平台审批的退款：{amount}",
    body_zh="{reader}：\n\nStripe 余额有一笔退款变动 {amount}（编号 {line}，平台明细 {line_id}），"
    "平台没有对应的退款，已记入待查款。所退的是：{payment}。\n"
    "请查明是谁在 Stripe 后台办理，并由财务在平台将其说明为该在线付款的退款"
    "（customer_credit 由预存款支出；receivable 则所付请款单重新欠付），由负责人审批；"
    "退款应在平台提出并经审批。",
    subject_en="A refund at Stripe that nobody approved here: {amount}",
    body_en="{reader},\n\na movement of {amount} (number {line}, here {line_id}) of the balance "
    "with Stripe is of a refund that this market knows nothing of, and stands in suspense. It is "
    "of: {payment}. Find out who made it on Stripe's dashboard; finance explains it as a refund "
    "of that payment, off the payer's credit (customer_credit) or so that its invoices are owed "
    "again (receivable), for a leader to approve. Refunds are proposed and approved here.",
)
REFUND_NOT_AS_ASKED: Final = Letter(
    subject_zh="Stripe 退款入账与所批不符：{amount}",
    body_zh="{reader}：\n\nStripe 余额有一笔退款变动 {amount}（编号 {line}，平台明细 {line_id}），"
    "其退款 {refund} 由平台提交，"
    "但金额、币种或结算币种与所批不符，已记入待查款，退款仍为在途。\n"
    "请到 Stripe 后台核对后，在平台将其说明为退款 {refund}；"
    "金额不符的，说明为在线付款的退款，其付款为：{payment}。",
    subject_en="A refund at Stripe that is not as approved: {amount}",
    body_en="{reader},\n\na movement of {amount} (number {line}, here {line_id}) of the balance "
    "with Stripe is of refund {refund}, which was sent from here, but its amount, its currency or "
    "the balance that it was taken from is another. It stands in suspense, and the refund on its "
    "way. Look it up on Stripe's dashboard, then explain it as refund {refund}; if another amount "
    "moved, as a refund of its payment, which is: {payment}.",
)
CHARGE_FELL_BACK: Final = Letter(
    subject_zh="在线付款扣款失败或未实际扣款：{amount}",
    body_zh="{reader}：\n\nStripe 余额有一笔 {amount} 的变动（类别 {category}，编号 {line}，"
    "平台明细 {line_id}）：付款入账之后扣款失败，或授权后未实际扣款，已记入待查款。"
    "所涉的是：{payment}。\n"
    "请到 Stripe 后台核对，并由财务在平台将其说明为该在线付款退回的款项"
    "（receivable 则所付请款单重新欠付；customer_credit 由预存款扣除），由负责人审批；"
    "说明之前，付款单位的预存款须留足该金额。",
    subject_en="A payment online failed after it had come, or was not captured: {amount}",
    body_en="{reader},\n\na movement of {amount} (category {category}, number {line}, here "
    "{line_id}) of the balance with Stripe takes a charge back that failed after its money had "
    "come, or was authorised and not captured; it stands in suspense. It is of: {payment}. Look "
    "it up on Stripe's dashboard; finance explains it as taken back of that payment, so that its "
    "invoices are owed again (receivable) or off the payer's credit (customer_credit), for a "
    "leader to approve. Until then so much of the payer's credit is held.",
)

LINES: Final[Notices] = {
    "stripe_line.unexplained": (
        Notice(UNEXPLAINED, (FINANCE,), given="is_other"),
        Notice(PAST_MARKET, (FINANCE,), given="is_past_market"),
        Notice(OF_PAST_CHARGE, (FINANCE, LEADERS), given="is_of_past_charge"),
        Notice(OF_ITS_RULE, (FINANCE,), given="is_of_its_rule"),
        Notice(OF_CHARGEBACK, (FINANCE,), given="is_aside"),
        Notice(OF_CHARGEBACK_IN_PART, (FINANCE,), given="is_in_part"),
        Notice(GIVEN_BACK_TO_NOBODY, (FINANCE, LEADERS), given="is_given_back"),
        Notice(REFUND_PAST_US, (FINANCE, LEADERS), given="is_refund"),
        Notice(REFUND_NOT_AS_ASKED, (FINANCE,), given="is_other_refund"),
        Notice(CHARGE_FELL_BACK, (FINANCE,), given="is_fallen"),
    ),
}
