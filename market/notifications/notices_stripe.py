"""Notices of payment online: where to pay, chargebacks, payouts."""

from typing import Final

from market.identity.letters import Letter
from market.notifications.model import Notice, Notices
from market.notifications.notices_lines import LINES
from market.notifications.notices_suspense import FINANCE, LEADERS, PAYERS, SUSPENSE

PAY_HERE: Final = Letter(
    subject_zh="付款链接：请款单 {numbers}，{amount}",
    body_zh="{reader}：\n\n请款单 {numbers}（合计 {amount}）已可在线付款：\n\n{pay_url}\n\n"
    "链接 24 小时内有效。已用银行转账付款的，请勿再用此链接。",
    subject_en="Pay here: invoice {numbers}, {amount}",
    body_en="{reader},\n\ninvoice {numbers}, {amount} in all, can be paid online:\n\n{pay_url}\n\n"
    "The link works for 24 hours. If you have paid by bank transfer, do not use it.",
)
CHARGEBACK_OPENED: Final = Letter(
    subject_zh="拒付：{amount}（{invoices}），{until} 前提交证据",
    body_zh="{reader}：\n\n付款人的银行对{paid}提出拒付，金额 {amount}，原因：{reason}。"
    "款项已被 Stripe 暂扣。\n"
    "请在 {until} 前登录平台，在拒付 {chargeback_id}（Stripe 编号 {dispute_id}）下填写说明、"
    "上传验收证书等证据并提交；逾期按败诉处理，款项不再退回。",
    subject_en="A chargeback of {amount} ({invoices}): evidence counts until {until}",
    body_en="{reader},\n\na payer's bank asks back {paid}: {amount}, because {reason}. Stripe "
    "holds the money. Sign in, write the evidence of chargeback {chargeback_id} (at Stripe "
    "{dispute_id}), add files such as the acceptance certificate, and submit it before {until}. "
    "Without it the case is lost and the money does not come back.",
)
CHARGEBACK_TO_WATCH: Final = Letter(
    subject_zh="拒付：{amount}（{invoices}），请督促财务在 {until} 前提交证据",
    body_zh="{reader}：\n\n付款人的银行对{paid}提出拒付，金额 {amount}，原因：{reason}。"
    "款项已被 Stripe 暂扣。\n"
    "证据由账套单位的财务填写并提交，已另行通知；请督促其在 {until} 前办理。"
    "逾期按败诉处理，款项不再退回。",
    subject_en="A chargeback of {amount} ({invoices}): see that finance answers by {until}",
    body_en="{reader},\n\na payer's bank asks back {paid}: {amount}, because {reason}. Stripe "
    "holds the money. The finance of the unit with the books writes and submits the evidence and "
    "has been told; see that it is done before {until}. Without it the case is lost and the money "
    "does not come back.",
)
CHARGEBACK_WON: Final = Letter(
    subject_zh="拒付胜诉：{amount} 已退回（{invoices}）",
    body_zh="{reader}：\n\n付款人的银行撤回了对{paid}的拒付（Stripe 编号 {dispute_id}），"
    "{amount} 已退回 Stripe 余额，所付款项不受影响，无须另行办理。",
    subject_en="A chargeback was won: {amount} is back ({invoices})",
    body_en="{reader},\n\nthe payer's bank no longer asks back {paid} (at Stripe {dispute_id}): "
    "{amount} is back in the balance with Stripe. What it paid stays paid, and nothing is to "
    "be done.",
)
CHARGEBACK_LOST: Final = Letter(
    subject_zh="拒付败诉：{amount}（{invoices}）",
    body_zh="{reader}：\n\n付款人的银行收回了{paid}（拒付 {chargeback_id}，Stripe 编号 "
    "{dispute_id}），金额 {amount}，其中：\n\n{borne}",
    subject_en="A chargeback was lost: {amount} ({invoices})",
    body_en="{reader},\n\nthe payer's bank took back {paid}: {amount} (chargeback "
    "{chargeback_id}, at Stripe {dispute_id}). Of it:\n\n{borne}",
)
TAKEN_BACK_FROM_PAYER: Final = Letter(
    subject_zh="在线付款被银行收回：{amount}（{invoices}）",
    body_zh="{reader}：\n\n经付款卡的银行拒付，{paid}有 {amount} 被收回，{unit} 未得到该款项。"
    "其中：\n\n{borne_by_payer}\n\n拒付并非贵单位本意的，请与发卡银行联系；"
    "如有疑问请与 {unit} 财务核对。",
    subject_en="Your bank took back {amount} that was paid online ({invoices})",
    body_en="{reader},\n\nthe bank of the card took back {amount} of {paid}, and {unit} has not "
    "got that money. Of it:\n\n{borne_by_payer}\n\nIf you did not mean to take it back, ask the "
    "bank that issued the card; if in doubt, ask the finance of {unit}.",
)
CHARGEBACK_RECOVERED: Final = Letter(
    subject_zh="拒付败诉的损失由买方预存款扣回 {amount}（{invoices}）",
    body_zh="{reader}：\n\n{paid}曾被银行收回 {disputed}（拒付 {chargeback_id}）。{buyer} 又有"
    "预存款，已从中扣回 {amount}，待查款相应减少；目前尚欠 {left}。\n"
    "还有欠款的，请买方转账补付，或待其再有预存款时自动扣回。",
    subject_en="{amount} of a lost chargeback came off the buyer's credit ({invoices})",
    body_en="{reader},\n\nthe payer's bank had taken back {paid}: {disputed} (chargeback "
    "{chargeback_id}). {buyer} had credit again, and {amount} of it was taken for that; suspense "
    "is less by as much. Owed now: {left}. If anything is, ask the buyer to transfer it, or "
    "wait: it is taken from the next credit by itself.",
)
RECOVERED_FROM_PAYER: Final = Letter(
    subject_zh="预存款扣抵此前被银行收回的在线付款：{amount}",
    body_zh="{reader}：\n\n{paid}曾被付款卡的银行收回 {disputed}。为此从贵单位在 {unit} 的预存款"
    "中扣抵 {amount}，目前尚欠 {left}。\n还有欠款的，请转账补付；如有疑问请与 {unit} 财务核对。",
    subject_en="{amount} of your credit was taken for a payment that your bank had taken back",
    body_en="{reader},\n\nthe bank of the card had taken back {disputed} of {paid}. {amount} of "
    "your credit with {unit} was taken for that. Owed now: {left}. If anything is, please "
    "transfer it; if in doubt, ask the finance of {unit}.",
)
RECOVERY_UNDONE: Final = Letter(
    subject_zh="拒付败诉的损失 {amount} 重新由买方欠付（{invoices}）",
    body_zh="{reader}：\n\n{paid}曾被银行收回 {disputed}（拒付 {chargeback_id}）。为此从 "
    "{buyer} 的预存款中扣回的款项，有 {amount} 来自一笔已撤销的匹配，现随之退还，列入待查款；"
    "目前尚欠 {left}。\n"
    "请买方转账补付，或待其再有预存款时自动扣回。",
    subject_en="{amount} of a lost chargeback is owed by the buyer again ({invoices})",
    body_en="{reader},\n\nthe payer's bank had taken back {paid}: {disputed} (chargeback "
    "{chargeback_id}). Of what was taken for that off the credit of {buyer}, {amount} came by a "
    "match that was undone; it goes back with it and stands in suspense. Owed now: {left}. Ask the "
    "buyer to transfer it, or wait: it is taken from the next credit by itself.",
)
OWED_BY_PAYER_AGAIN: Final = Letter(
    subject_zh="此前扣抵的预存款 {amount} 登记有误，重新由贵单位欠付",
    body_zh="{reader}：\n\n{paid}曾被付款卡的银行收回 {disputed}。此前为此从贵单位在 {unit} "
    "的预存款中扣抵的款项，有 {amount} 并非贵单位的款项，已更正；目前尚欠 {left}。\n"
    "请转账补付；如有疑问请与 {unit} 财务核对。",
    subject_en="{amount} of the credit that was taken from you was a mistake: you owe it again",
    body_en="{reader},\n\nthe bank of the card had taken back {disputed} of {paid}. Of the credit "
    "with {unit} that was taken for that, {amount} was none of yours, which is corrected now. Owed "
    "now: {left}. Please transfer it; if in doubt, ask the finance of {unit}.",
)
CHARGEBACK_REINSTATED: Final = Letter(
    subject_zh="拒付败诉后款项退回：{back}（{invoices}）",
    body_zh="{reader}：\n\n付款人的银行曾收回{paid}（拒付 {chargeback_id}，Stripe 编号 "
    "{dispute_id}，金额 {amount}），至今退回 {back}：先补足当时无人承担的部分，"
    "再按未付部分重新登记请款单的收款，其余 {credited} 记为买方预存款。\n"
    "预存款可以抵付其他请款单或办理退款。",
    subject_en="A chargeback that was lost is given back: {back} ({invoices})",
    body_en="{reader},\n\nthe payer's bank had taken back {paid}: {amount} (chargeback "
    "{chargeback_id}, at Stripe {dispute_id}). Of it {back} has come back: it makes up what nobody "
    "had borne, then pays the invoices as far as they are open; the rest, {credited}, is the "
    "buyer's credit, which pays other invoices or is refunded.",
)
REINSTATED_PAST_US: Final = Letter(
    subject_zh="拒付败诉后款项退回：{back}（{invoices}）",
    body_zh="{reader}：\n\n付款人的银行曾收回{paid}（拒付 {chargeback_id}，Stripe 编号 "
    "{dispute_id}，金额 {amount}），至今退回 {back}：先补足尚欠的部分，目前尚欠 {left}。"
    "其收款此前已说明为损失（write_off）的，请撤销该说明。",
    subject_en="A chargeback that was lost is given back: {back} ({invoices})",
    body_en="{reader},\n\nthe payer's bank had taken back {paid}: {amount} (chargeback "
    "{chargeback_id}, at Stripe {dispute_id}). Of it {back} has come back: it makes up what was "
    "still owed, of which {left} is left. Where its charge was explained as a loss (write_off) "
    "before, undo that.",
)
CREDITED_TO_PAYER: Final = Letter(
    subject_zh="被银行收回的在线付款已退回，{credited} 为贵单位预存款",
    body_zh="{reader}：\n\n{paid}曾被付款卡的银行收回 {amount}，现已退回 {unit} {back}，"
    "其中 {credited} 没有欠款可以抵付，已记为贵单位的预存款。\n"
    "预存款可以抵付其他请款单，也可以由 {unit} 财务办理退款。",
    subject_en="What your bank had taken back came again: {credited} is your credit",
    body_en="{reader},\n\nthe bank of the card had taken back {amount} of {paid}. {back} of it "
    "has come to {unit} again, and {credited} of that found nothing to pay: it is your credit, "
    "which pays other invoices, or the finance of {unit} refunds it.",
)
EVIDENCE_SENT: Final = Letter(
    subject_zh="拒付 {dispute_id} 的证据已送达（{invoices}）",
    body_zh="{reader}：\n\n对{paid}的拒付（{amount}，Stripe 编号 {dispute_id}），证据已由 Stripe "
    "接收，并转交付款人的银行。\n银行裁决一般需要数周，结果另行通知。",
    subject_en="The evidence against chargeback {dispute_id} was taken ({invoices})",
    body_en="{reader},\n\na payer's bank asks back {paid}: {amount}. Stripe has the evidence "
    "against that chargeback ({dispute_id}) and passes it on to the bank, which takes some weeks. "
    "You will be told what it says.",
)
EVIDENCE_REFUSED: Final = Letter(
    subject_zh="Stripe 未接收拒付 {dispute_id} 的证据（{invoices}）",
    body_zh="{reader}：\n\n对{paid}的拒付（{amount}，Stripe 编号 {dispute_id}），提交的证据"
    "未被 Stripe 接收（原因代码 {refusal}），已恢复为草稿，内容没有丢失。\n"
    "请在 {until} 前登录平台，在拒付 {chargeback_id} 下改正后重新提交。",
    subject_en="Stripe did not take the evidence against chargeback {dispute_id} ({invoices})",
    body_en="{reader},\n\na payer's bank asks back {paid}: {amount}. Stripe did not take the "
    "evidence against that chargeback ({dispute_id}; reason {refusal}). It is a draft again and "
    "nothing of it is lost. Sign in, mend it under chargeback {chargeback_id} and submit it anew "
    "before {until}.",
)
EVIDENCE_UNREADABLE: Final = Letter(
    subject_zh="拒付 {dispute_id} 的证据未发出：请重新上传“{file}”",
    body_zh="{reader}：\n\n对{paid}的拒付（{amount}，Stripe 编号 {dispute_id}），"
    "提交的证据没有发往 Stripe："
    "平台上保存的文件“{file}”无法读取，或与提交时不一致。证据已恢复为草稿，内容没有丢失。\n"
    "请重新上传该文件，并在 {until} 前在拒付 {chargeback_id} 下再次提交；"
    "原件已不在的，请换用其他文件或删去该项。同时请管理员检查平台的文件存储。",
    subject_en="The evidence against chargeback {dispute_id} was not sent: upload {file} again",
    body_en="{reader},\n\na payer's bank asks back {paid}: {amount}. The evidence against that "
    "chargeback ({dispute_id}) was not sent to Stripe: the file {file} that the market keeps "
    "cannot be read, or is not what was submitted. The evidence is a draft again and nothing of it "
    "is lost. Upload the file again and submit the evidence anew under chargeback {chargeback_id} "
    "before {until}; without the original, name another file or leave it out. Have an "
    "administrator look after the store of files.",
)
EVIDENCE_DUE: Final = Letter(
    subject_zh="拒付 {dispute_id}（{invoices}）：证据须在 {until} 前提交，"
    "还有 {working_days_left} 个工作日",
    body_zh="{reader}：\n\n对{paid}的拒付（{amount}，Stripe 编号 {dispute_id}，原因：{reason}），"
    "证据须在 {until} 前提交，"
    "至 {last_day}（含当日）还有 {working_days_left} 个工作日。目前证据：{standing}。\n"
    "请登录平台，在拒付 {chargeback_id} 下补齐证据并提交；逾期按败诉处理，款项不再退回。",
    subject_en="Chargeback {dispute_id} ({invoices}): evidence is due {until}, working days "
    "left: {working_days_left}",
    body_en="{reader},\n\na payer's bank asks back {paid}: {amount}, because {reason}. Evidence "
    "against that chargeback ({dispute_id}) is due {until}; working days left up to {last_day}, "
    "with that day: {working_days_left}. The evidence now: {standing}. Sign in, complete it under "
    "chargeback {chargeback_id} and submit it. Without it the case is lost and the money does not "
    "come back.",
)
EVIDENCE_TO_WATCH: Final = Letter(
    subject_zh="拒付 {dispute_id}（{invoices}）：请督促财务在 {until} 前提交证据",
    body_zh="{reader}：\n\n对{paid}的拒付（{amount}，Stripe 编号 {dispute_id}，原因：{reason}），"
    "证据须在 {until} 前提交，"
    "至 {last_day}（含当日）还有 {working_days_left} 个工作日。目前证据：{standing}。\n"
    "证据由账套单位的财务填写并提交，请督促其按时办理；逾期按败诉处理，款项不再退回。",
    subject_en="Chargeback {dispute_id} ({invoices}): see that finance answers by {until}",
    body_en="{reader},\n\na payer's bank asks back {paid}: {amount}, because {reason}. Evidence "
    "against that chargeback ({dispute_id}) is due {until}; working days left up to {last_day}, "
    "with that day: {working_days_left}. The evidence now: {standing}. The finance of the unit "
    "with the books writes and submits it; see that it is done in time. Without it the case is "
    "lost and the money does not come back.",
)
EVIDENCE_OVERDUE: Final = Letter(
    subject_zh="拒付 {dispute_id}（{invoices}）：证据已逾期",
    body_zh="{reader}：\n\n对{paid}的拒付（{amount}，Stripe 编号 {dispute_id}），"
    "证据应在 {until} 前提交，现已逾期，Stripe 没有收到证据（目前：{standing}）。\n"
    "该拒付将按败诉处理。请与买方联系撤回拒付或另行付款。",
    subject_en="Chargeback {dispute_id} ({invoices}): the evidence is overdue",
    body_en="{reader},\n\na payer's bank asks back {paid}: {amount}. Evidence against that "
    "chargeback ({dispute_id}) was due {until}, and Stripe has none (the evidence now: "
    "{standing}). The case will be lost. Ask the buyer to withdraw the chargeback or to pay "
    "otherwise.",
)
LEFT_AS_CREDIT: Final = Letter(
    subject_zh="在线付款 {amount} 中有 {left} 转为预存款",
    body_zh="{reader}：\n\n为请款单 {numbers} 在线支付的 {amount} 已到账，其中 {left} "
    "因请款单已付清、冲减或作废而未能抵付，已记为付款单位在收款单位的预存款。\n"
    "预存款可以抵付其他请款单，也可以由收款单位财务办理退款。",
    subject_en="Of {amount} paid online, {left} is credit",
    body_en="{reader},\n\n{amount} paid online for invoice {numbers} has come. {left} of it found "
    "nothing to pay, because the invoice was paid, credited or void by then: it is the payer's "
    "credit with the unit. Credit pays other invoices, or the unit's finance refunds it.",
)
PAYOUT_FAILED: Final = Letter(
    subject_zh="Stripe 提现失败：{amount}",
    body_zh="{reader}：\n\nStripe 向本单位银行账户的一笔 {amount} 的提现未成功，款项已退回 Stripe "
    "余额。\n请核对 Stripe 后台登记的银行账户。",
    subject_en="A payout from Stripe failed: {amount}",
    body_en="{reader},\n\na payout of {amount} from Stripe did not reach the unit's bank account; "
    "the money is back in the balance. Check the bank account that Stripe has.",
)
TAKEN_FROM_BANK: Final = Letter(
    subject_zh="Stripe 将从银行账户扣款：{amount}",
    body_zh="{reader}：\n\nStripe 余额为负，Stripe 将从本单位银行账户扣款 {amount} 补足。\n"
    "请确保账户余额充足；扣款流水导入后，请将其匹配为 Stripe 在途资金。",
    subject_en="Stripe takes {amount} from the bank account",
    body_en="{reader},\n\nthe balance with Stripe is below zero, and Stripe takes {amount} from "
    "the unit's bank account to make it up. See that the account has it; once the line is "
    "imported, match it as this payout, in transit from Stripe.",
)
NOT_TAKEN: Final = Letter(
    subject_zh="Stripe 扣款失败：{amount}",
    body_zh="{reader}：\n\nStripe 从本单位银行账户扣款 {amount} 未成功，Stripe 余额仍为负。\n"
    "请与银行核对扣款授权和账户余额，或在 Stripe 后台充值。",
    subject_en="Stripe could not take {amount} from the bank account",
    body_en="{reader},\n\nthe bank did not let Stripe take {amount}, and the balance with Stripe "
    "is still below zero. Ask the bank about the authorisation and the account, or add funds on "
    "Stripe's dashboard.",
)

STRIPE: Final[Notices] = {
    **SUSPENSE,
    **LINES,
    "online_payment.presented": (Notice(PAY_HERE, (PAYERS,), given="has_page"),),
    "chargeback.opened": (
        Notice(CHARGEBACK_OPENED, (FINANCE,)),
        Notice(CHARGEBACK_TO_WATCH, (LEADERS,)),
    ),
    "chargeback.won": (Notice(CHARGEBACK_WON, (FINANCE,)),),
    "chargeback.lost": (
        Notice(CHARGEBACK_LOST, (FINANCE, LEADERS)),
        Notice(TAKEN_BACK_FROM_PAYER, (PAYERS,), given="is_beyond"),
    ),
    "chargeback.recovered": (
        Notice(CHARGEBACK_RECOVERED, (FINANCE,)),
        Notice(RECOVERED_FROM_PAYER, (PAYERS,)),
    ),
    "chargeback.recovery_undone": (
        Notice(RECOVERY_UNDONE, (FINANCE,)),
        Notice(OWED_BY_PAYER_AGAIN, (PAYERS,)),
    ),
    "chargeback.reinstated": (
        Notice(CHARGEBACK_REINSTATED, (FINANCE, LEADERS), given="is_ours"),
        Notice(REINSTATED_PAST_US, (FINANCE, LEADERS), given="is_past_us"),
        Notice(CREDITED_TO_PAYER, (PAYERS,), given="has_credited"),
    ),
    "chargeback_evidence.sent": (Notice(EVIDENCE_SENT, (FINANCE,)),),
    "chargeback_evidence.refused": (
        Notice(EVIDENCE_REFUSED, (FINANCE,), given="is_of_stripe"),
        Notice(EVIDENCE_UNREADABLE, (FINANCE,), given="is_of_file"),
    ),
    "chargeback_alarm.raised": (
        Notice(EVIDENCE_DUE, (FINANCE,), given="is_coming"),
        Notice(EVIDENCE_TO_WATCH, (LEADERS,), given="is_last"),
        Notice(EVIDENCE_OVERDUE, (FINANCE, LEADERS), given="is_passed"),
    ),
    "stripe_line.booked": (Notice(LEFT_AS_CREDIT, (PAYERS, FINANCE), given="has_left"),),
    "stripe_line.explained": (Notice(LEFT_AS_CREDIT, (PAYERS, FINANCE), given="has_left"),),
    "payout.sent": (Notice(TAKEN_FROM_BANK, (FINANCE,), given="is_taken"),),
    "payout.failed": (
        Notice(PAYOUT_FAILED, (FINANCE,), given="is_sent"),
        Notice(NOT_TAKEN, (FINANCE,), given="is_taken"),
    ),
}
