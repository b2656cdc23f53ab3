"""Notices of what stands in suspense of Stripe's balance: explained, or written off."""

from typing import Final

from market.base.access import Role
from market.identity.letters import Letter
from market.notifications.model import Audience, Notice, Notices

PAYERS: Final = Audience("buyer_id", (Role.PAYER, Role.BUYER))
FINANCE: Final = Audience("books_unit_id", (Role.FINANCE,))
LEADERS: Final = Audience("books_unit_id", (Role.LEADER,))

CHARGEBACK_WRITE_OFF_PROPOSED: Final = Letter(
    subject_zh="请审批：核销拒付欠款 {amount}（{invoices}）",
    body_zh="{reader}：\n\n{paid}曾被银行收回 {disputed}（拒付 {chargeback_id}），其中 {amount} "
    "无人承担，列在待查款中。财务申请将其核销，理由如下：\n\n{reason}\n\n"
    "批准后计入坏账损失，不再向付款单位催要。须由申请人以外的另一人批准。请登录平台办理。",
    subject_en="For approval: writing off {amount} of a lost chargeback ({invoices})",
    body_en="{reader},\n\nthe payer's bank had taken back {paid}: {disputed} (chargeback "
    "{chargeback_id}). {amount} of it was borne by nobody and stands in suspense. Finance asks to "
    "write it off:\n\n{reason}\n\nOnce approved it is a loss, and the payer is not asked for it "
    "any more. Another person than who proposed it decides. Sign in to do so.",
)
CHARGEBACK_WRITE_OFF_APPROVED: Final = Letter(
    subject_zh="拒付欠款 {amount} 已核销（{invoices}）",
    body_zh="{reader}：\n\n{paid}曾被银行收回，尚欠的 {amount} 已核销，计入坏账损失。\n"
    "付款单位日后付款的，请先在平台转回该核销，再将款项匹配为其预存款。",
    subject_en="{amount} of a lost chargeback is written off ({invoices})",
    body_en="{reader},\n\nthe payer's bank had taken back {paid}; {amount} was owed of that and is "
    "a loss now. Should the payer pay after all, take the write-off back here first, then match "
    "the money as credit of the payer.",
)
WRITE_OFF_PROPOSED_PAST_US: Final = Letter(
    subject_zh="请审批：核销拒付欠款 {amount}（{invoices}）",
    body_zh="{reader}：\n\n{paid}曾被银行收回 {disputed}（拒付 {chargeback_id}），其中 {amount} "
    "无人承担，列在待查款中。财务申请将其核销，理由如下：\n\n{reason}\n\n"
    "批准后计入坏账损失，待查款随之冲平。须由申请人以外的另一人批准。请登录平台办理。",
    subject_en="For approval: writing off {amount} of a lost chargeback ({invoices})",
    body_en="{reader},\n\na bank had taken back {paid}: {disputed} (chargeback {chargeback_id}). "
    "{amount} of it was borne by nobody and stands in suspense. Finance asks to write it off:"
    "\n\n{reason}\n\nOnce approved it is a loss, and leaves suspense. Another person than who "
    "proposed it decides. Sign in to do so.",
)
WRITE_OFF_APPROVED_PAST_US: Final = Letter(
    subject_zh="拒付欠款 {amount} 已核销（{invoices}）",
    body_zh="{reader}：\n\n{paid}曾被银行收回，无人承担而列在待查款中的 {amount} 已核销，"
    "计入坏账损失。\n其后查明应由何人承担的，请先在平台转回该核销。",
    subject_en="{amount} of a lost chargeback is written off ({invoices})",
    body_en="{reader},\n\na bank had taken back {paid}; {amount} of that was borne by nobody and "
    "is a loss now. Should it turn out who bears it, take the write-off back here first.",
)
WRITE_OFF_RECOVERED_PAST_US: Final = Letter(
    subject_zh="已核销的拒付欠款 {amount} 已转回（{invoices}）",
    body_zh="{reader}：\n\n{paid}曾被银行收回，已核销的 {amount} 现已转回，重新列入待查款，"
    "由退回的款项抵补；目前无人承担的为 {left}。",
    subject_en="{amount} of a lost chargeback that was written off is in suspense again "
    "({invoices})",
    body_en="{reader},\n\na bank had taken back {paid}. {amount} of that was written off, and "
    "stands in suspense again; what comes back makes it up. Borne by nobody now: {left}.",
)
CHARGEBACK_WRITE_OFF_REJECTED: Final = Letter(
    subject_zh="拒付欠款 {amount} 的核销未获批准（{invoices}）",
    body_zh="{reader}：\n\n您关于核销{paid}所欠 {amount} 的申请未获批准：\n\n{note}",
    subject_en="Writing off {amount} of a lost chargeback was rejected ({invoices})",
    body_en="{reader},\n\nyou asked to write off {amount} that is owed of {paid}. That was "
    "rejected:\n\n{note}",
)
CHARGEBACK_WRITE_OFF_RECOVERED: Final = Letter(
    subject_zh="已核销的拒付欠款 {amount} 已转回（{invoices}）",
    body_zh="{reader}：\n\n{paid}曾被银行收回，已核销的 {amount} 现已转回，重新由付款单位欠付，"
    "由其预存款或退回的款项抵补；目前尚欠 {left}。",
    subject_en="{amount} of a lost chargeback that was written off is owed again ({invoices})",
    body_en="{reader},\n\nthe payer's bank had taken back {paid}. {amount} of that was written "
    "off, and is owed by the payer again; credit, or what comes back, makes it up. Owed now: "
    "{left}.",
)
EXPLANATION_PROPOSED: Final = Letter(
    subject_zh="请审批：待查的 Stripe 变动 {amount}，去向“{place}”",
    body_zh="{reader}：\n\nStripe 余额有一笔 {amount} 的变动（类别 {category}，编号 {line}）列在"
    "待查款中，现提议其去向为“{place}”。所涉款项：{about}。理由如下：\n\n{reason}\n\n"
    "批准后即记账。须由提议人以外的另一人批准。请登录平台办理（说明 {explanation_id}，"
    "明细 {line_id}）。",
    subject_en="For approval: {amount} of Stripe's balance leaves suspense: {place}",
    body_en="{reader},\n\na movement of {amount} (category {category}, number {line}) of the "
    "balance with Stripe stands in suspense. It is proposed that it belongs to: {place}. It is "
    "said to be of: {about}.\n\n{reason}\n\nOnce approved it is posted. Another person than who "
    "proposed it decides. Sign in to do so: explanation {explanation_id} of line {line_id}.",
)
EXPLANATION_APPROVED: Final = Letter(
    subject_zh="待查的 Stripe 变动 {amount} 已转出",
    body_zh="{reader}：\n\nStripe 余额的一笔 {amount} 的变动（编号 {line}）已从待查款转出："
    "{place}。无须另行办理。",
    subject_en="{amount} of Stripe's balance left suspense",
    body_en="{reader},\n\na movement of {amount} (number {line}) of the balance with Stripe left "
    "suspense: {place}. Nothing more is to be done.",
)
OWED_AGAIN: Final = Letter(
    subject_zh="待查的 Stripe 变动 {amount} 已转出，所付请款单重新欠付",
    body_zh="{reader}：\n\nStripe 余额的一笔 {amount} 的变动（编号 {line}）已从待查款转出："
    "{place}。该款项为：{about}。\n请与买方联系另行付款；无法收回的，按规定核销。",
    subject_en="{amount} of Stripe's balance left suspense: invoices are owed again",
    body_en="{reader},\n\na movement of {amount} (number {line}) of the balance with Stripe left "
    "suspense: {place}. It went back of: {about}. Ask the buyer to pay otherwise; what cannot be "
    "collected is written off.",
)
EXPLANATION_REJECTED: Final = Letter(
    subject_zh="待查的 Stripe 变动 {amount} 的说明未获批准",
    body_zh="{reader}：\n\n您对 Stripe 余额变动 {amount}（编号 {line}）的说明“{place}”未获批准，"
    "该款项仍列在待查款中：\n\n{note}",
    subject_en="What you said of {amount} of Stripe's balance was rejected",
    body_en="{reader},\n\nyou said that a movement of {amount} (number {line}) of the balance with "
    "Stripe belongs to: {place}. That was rejected, and it still stands in suspense:\n\n{note}",
)
REFUNDED_FROM_CREDIT: Final = Letter(
    subject_zh="在线付款已退款 {credit}，由贵单位预存款支出",
    body_zh="{reader}：\n\n{unit} 已将为请款单 {numbers} 在线支付的款项，"
    "经 Stripe 原路退回 {credit}。该款此前仍计在贵单位的预存款中，现已从中扣除。\n"
    "未收到退款的，请与发卡银行核对，并与 {unit} 财务联系。",
    subject_en="{credit} of what you paid online was refunded, and came off your credit",
    body_en="{reader},\n\n{unit} refunded {credit} of what was paid online for invoice {numbers}, "
    "through Stripe to the card that paid. It stood in your credit with the unit until now, and "
    "came off it. If you have not got it, ask the bank of the card and the finance of {unit}.",
)
NEVER_CAME: Final = Letter(
    subject_zh="在线付款有 {credit} 未能收妥，已从贵单位预存款中扣除",
    body_zh="{reader}：\n\n贵单位为请款单 {numbers} 在线支付的款项，有 {credit} "
    "扣款失败或未实际扣款，{unit} 没有收到。该款此前计在贵单位的预存款中，现已从中扣除。\n"
    "已被扣款的，请与付款银行核对，并与 {unit} 财务联系。",
    subject_en="{credit} of what you paid online never came, and came off your credit",
    body_en="{reader},\n\nof what was paid online for invoice {numbers}, {credit} failed "
    "afterwards or was never taken, so that {unit} has not got it. It stood in your credit with "
    "the unit until now, and came off it. If your bank took it, ask the bank and the finance of "
    "{unit}.",
)
REFUND_IS_CREDIT_AGAIN: Final = Letter(
    subject_zh="在线付款的退款未能到账，{credit} 已转回贵单位预存款",
    body_zh="{reader}：\n\n{unit} 对为请款单 {numbers} 在线支付的款项所作的退款，"
    "有 {credit} 被退回，已转回贵单位的预存款。\n"
    "预存款可以抵付其他请款单，也可以由 {unit} 财务另行办理退款。",
    subject_en="A refund of what you paid online came back: {credit} is your credit again",
    body_en="{reader},\n\nof what {unit} refunded of the payment online for invoice {numbers}, "
    "{credit} did not arrive and is your credit again. Credit pays other invoices, or the finance "
    "of {unit} refunds it in another way.",
)
UNDO_PROPOSED: Final = Letter(
    subject_zh="请审批：撤销待查的 Stripe 变动 {amount} 的说明",
    body_zh="{reader}：\n\nStripe 余额有一笔 {amount} 的变动（类别 {category}，编号 {line}）"
    "此前说明的去向为“{place}”，所涉款项：{about}。财务认为有误，申请撤销，理由如下：\n\n{reason}\n\n"
    "批准后该款回到待查款，须另行说明。须由申请人以外的另一人批准。请登录平台办理（撤销 {undo_id}，"
    "说明 {explanation_id}，明细 {line_id}）。",
    subject_en="For approval: undoing what explained {amount} of Stripe's balance",
    body_en="{reader},\n\na movement of {amount} (category {category}, number {line}) of the "
    "balance with Stripe was explained as: {place}. It was said to be of: {about}. Finance says "
    "that it was wrong:\n\n{reason}\n\nOnce approved it stands in suspense again, to be explained "
    "anew. Another person than who proposed it decides. Sign in to do so: {undo_id} undoes "
    "explanation {explanation_id} of line {line_id}.",
)
UNDO_APPROVED: Final = Letter(
    subject_zh="待查的 Stripe 变动 {amount} 的说明已撤销，请另行说明",
    body_zh="{reader}：\n\nStripe 余额的一笔 {amount} 的变动（编号 {line}）此前说明的去向为"
    "“{place}”，现已撤销，该款重新列在待查款中（平台明细 {line_id}）。\n"
    "请登录平台另行说明其去向（belongs_to），可选：{places}。由负责人审批。",
    subject_en="What explained {amount} of Stripe's balance is undone: explain it anew",
    body_en="{reader},\n\na movement of {amount} (number {line}) of the balance with Stripe was "
    "explained as: {place}. That is undone, and it stands in suspense again (here {line_id}). Say "
    "here where it belongs (belongs_to), one of: {places}. A leader approves.",
)
UNDO_REJECTED: Final = Letter(
    subject_zh="撤销 Stripe 变动 {amount} 的说明未获批准",
    body_zh="{reader}：\n\n您申请撤销 Stripe 余额变动 {amount}（编号 {line}）的说明“{place}”，"
    "未获批准，该说明仍然有效：\n\n{note}",
    subject_en="Undoing what explained {amount} of Stripe's balance was rejected",
    body_en="{reader},\n\nyou asked to undo that a movement of {amount} (number {line}) of the "
    "balance with Stripe belongs to: {place}. That was rejected, and it stands:\n\n{note}",
)
UNDO_WITHDRAWN: Final = Letter(
    subject_zh="撤销 Stripe 变动 {amount} 的说明的申请已撤回，无须审批",
    body_zh="{reader}：\n\n财务已撤回对 Stripe 余额变动 {amount}（编号 {line}）的说明“{place}”"
    "的撤销申请（撤销 {undo_id}），该说明仍然有效。此事已无须审批。",
    subject_en="Undoing what explained {amount} of Stripe's balance was withdrawn: nothing to "
    "approve",
    body_en="{reader},\n\nfinance no longer asks to undo that a movement of {amount} (number "
    "{line}) of the balance with Stripe belongs to: {place}. {undo_id} is withdrawn, and the "
    "explanation stands. There is nothing to approve any more.",
)
CREDIT_IS_BACK: Final = Letter(
    subject_zh="此前从贵单位预存款扣除的 {credit} 有误，已转回",
    body_zh="{reader}：\n\n{unit} 此前从贵单位的预存款中扣除 {credit}，记为请款单 {numbers} "
    "在线付款的退回，经核对有误，现已转回贵单位的预存款。\n该款查明之前可能暂不能退款或抵付。",
    subject_en="{credit} that came off your credit was a mistake, and is back",
    body_en="{reader},\n\n{unit} had taken {credit} off your credit, as money that went back of "
    "what was paid online for invoice {numbers}. That was a mistake, and it is your credit again. "
    "Until it is known where it went, so much may be neither refunded nor used.",
)
PAYS_AGAIN: Final = Letter(
    subject_zh="贵单位的在线付款有 {again} 重新抵付请款单，无须再付",
    body_zh="{reader}：\n\n{unit} 此前将为请款单 {numbers} 在线支付的款项中的 {again} 记为已退回，"
    "请款单因此重新欠付；经核对有误，这 {again} 已重新抵付请款单，无须再付。\n"
    "为此另行付款的，请与 {unit} 财务联系。",
    subject_en="{again} of what you paid online counts as paid again",
    body_en="{reader},\n\n{unit} had booked {again} of what was paid online for invoice {numbers} "
    "as gone back, so that it was owed again. That was a mistake: {again} counts as paid again, "
    "and need not be paid once more. If you have paid it otherwise since, tell the finance of "
    "{unit}.",
)
PAYS_IN_PART: Final = Letter(
    subject_zh="贵单位的在线付款有 {again} 重新抵付请款单，另有 {credit} 为预存款",
    body_zh="{reader}：\n\n{unit} 此前将为请款单 {numbers} 在线支付的款项记为已退回，"
    "经核对有误：其中 {again} 已重新抵付请款单，无须再付；另有 {credit} 为贵单位的预存款，"
    "即此前从预存款扣除的，或请款单已不再需要的。\n"
    "这 {credit} 在查明款项去向之前，可能暂不能退款或抵付。",
    subject_en="{again} of what you paid online counts as paid again, {credit} is your credit",
    body_en="{reader},\n\n{unit} had booked what was paid online for invoice {numbers} as gone "
    "back. That was a mistake: {again} of it counts as paid again, and need not be paid once more; "
    "{credit} is your credit, since it came off that then, or the invoices need it no longer. "
    "Until it is known where the money went, those {credit} may be neither refunded nor used.",
)
PAYS_NOTHING: Final = Letter(
    subject_zh="贵单位的在线付款有 {credit} 记入预存款",
    body_zh="{reader}：\n\n{unit} 此前将为请款单 {numbers} 在线支付的款项中的 {credit} 记为已退回，"
    "经核对有误。因此重新欠付的请款单已不再需要该款，{credit} 全部记入贵单位的预存款。\n"
    "在查明款项去向之前，可能暂不能退款或抵付。",
    subject_en="{credit} of what you paid online is your credit",
    body_en="{reader},\n\n{unit} had booked {credit} of what was paid online for invoice {numbers} "
    "as gone back. That was a mistake. The invoices that were owed again need it no longer, and "
    "all of it, {credit}, is your credit. Until it is known where the money went, so much may be "
    "neither refunded nor used.",
)
CREDIT_WAS_MISTAKE: Final = Letter(
    subject_zh="此前转回贵单位预存款的 {credit} 有误，已扣除",
    body_zh="{reader}：\n\n{unit} 此前将 {credit} 转入贵单位的预存款，记为请款单 {numbers} "
    "在线付款的退款未能到账，经核对有误，现已从预存款中扣除。\n如有疑问，请与 {unit} 财务联系。",
    subject_en="{credit} that was given back to your credit was a mistake, and is taken off it",
    body_en="{reader},\n\n{unit} had given {credit} back to your credit, as a refund of what was "
    "paid online for invoice {numbers} that did not arrive. That was a mistake, and it came off "
    "your credit. Ask the finance of {unit} if you do not know why.",
)
PAID_PAST_US: Final = Letter(
    subject_zh="贵单位经 Stripe 支付的 {credit} 已记为预存款",
    body_zh="{reader}：\n\n{unit} 经 Stripe 收到贵单位未在平台发起的一笔付款，已将 {credit} "
    "记为贵单位的预存款。\n预存款可以抵付请款单，也可以由 {unit} 财务退回贵单位的银行账户。",
    subject_en="{credit} that you paid through Stripe is your credit",
    body_en="{reader},\n\n{unit} got a payment of yours through Stripe that was not begun here. "
    "{credit} of it is your credit now. Credit pays invoices, or the finance of {unit} refunds it "
    "to your bank.",
)
WENT_PAST_US: Final = Letter(
    subject_zh="贵单位经 Stripe 支付的款项有 {credit} 已退回，由预存款支出",
    body_zh="{reader}：\n\n贵单位未在平台发起、经 Stripe 支付给 {unit} 的款项，有 {credit} "
    "已退回或未能收妥，现已从贵单位的预存款中扣除。\n"
    "未收到退回款项的，请与发卡银行核对，并与 {unit} 财务联系。",
    subject_en="{credit} of what you paid through Stripe went back, and came off your credit",
    body_en="{reader},\n\n{credit} of what you paid to {unit} through Stripe, by a payment that "
    "was not begun here, was refunded or failed, and came off your credit. If you have not got it, "
    "ask the bank of the card and the finance of {unit}.",
)
RETURNED_PAST_US: Final = Letter(
    subject_zh="{credit} 已转回贵单位预存款",
    body_zh="{reader}：\n\n贵单位未在平台发起、经 Stripe 支付给 {unit} 的款项，此前扣除的 {credit} "
    "已回到 {unit}，现已转回贵单位的预存款。",
    subject_en="{credit} is your credit again",
    body_en="{reader},\n\n{credit} of what you had paid to {unit} through Stripe, by a payment "
    "that was not begun here, came back to {unit} and is your credit again.",
)
GIVEN_BY_MISTAKE: Final = Letter(
    subject_zh="此前记入贵单位预存款的 {credit} 有误，已扣除",
    body_zh="{reader}：\n\n{unit} 此前将经 Stripe 收到的 {credit} 记入贵单位的预存款，经核对有误，"
    "现已从中扣除。\n如有疑问，请与 {unit} 财务联系。",
    subject_en="{credit} that was added to your credit was a mistake, and is taken off it",
    body_en="{reader},\n\n{unit} had added {credit} that came through Stripe to your credit. That "
    "was a mistake, and it came off your credit. Ask the finance of {unit} if you do not know why.",
)
TAKEN_BY_MISTAKE: Final = Letter(
    subject_zh="此前从贵单位预存款扣除的 {credit} 有误，已转回预存款",
    body_zh="{reader}：\n\n{unit} 此前从贵单位的预存款中扣除 {credit}，记为经 Stripe 退回的款项，"
    "经核对有误，现已转回。\n该款查明之前可能暂不能退款或抵付。",
    subject_en="{credit} that came off your credit for Stripe was a mistake, and is back",
    body_en="{reader},\n\n{unit} had taken {credit} off your credit, as money that went back "
    "through Stripe. That was a mistake, and it is your credit again. Until it is known where it "
    "went, so much may be neither refunded nor used.",
)

SUSPENSE: Final[Notices] = {
    "chargeback_write_off.proposed": (
        Notice(CHARGEBACK_WRITE_OFF_PROPOSED, (LEADERS,), given="is_owed"),
        Notice(WRITE_OFF_PROPOSED_PAST_US, (LEADERS,), given="is_of_nobody"),
    ),
    "chargeback_write_off.approved": (
        Notice(CHARGEBACK_WRITE_OFF_APPROVED, (FINANCE,), given="is_owed"),
        Notice(WRITE_OFF_APPROVED_PAST_US, (FINANCE,), given="is_of_nobody"),
    ),
    "chargeback_write_off.rejected": (
        Notice(CHARGEBACK_WRITE_OFF_REJECTED, (Audience("proposed_by"),)),
    ),
    "chargeback_write_off.recovered": (
        Notice(CHARGEBACK_WRITE_OFF_RECOVERED, (FINANCE, LEADERS), given="is_owed"),
        Notice(WRITE_OFF_RECOVERED_PAST_US, (FINANCE, LEADERS), given="is_of_nobody"),
    ),
    "stripe_explanation.proposed": (
        Notice(EXPLANATION_PROPOSED, (LEADERS,), given="is_by_person"),
    ),
    "stripe_explanation.approved": (
        Notice(EXPLANATION_APPROVED, (FINANCE,), given="is_done"),
        Notice(OWED_AGAIN, (FINANCE,), given="is_owed_again"),
        Notice(REFUNDED_FROM_CREDIT, (PAYERS,), given="takes_credit"),
        Notice(NEVER_CAME, (PAYERS,), given="never_came"),
        Notice(REFUND_IS_CREDIT_AGAIN, (PAYERS,), given="gives_credit"),
        Notice(PAID_PAST_US, (PAYERS,), given="is_past_us"),
        Notice(WENT_PAST_US, (PAYERS,), given="goes_past_us"),
        Notice(RETURNED_PAST_US, (PAYERS,), given="returns_past_us"),
    ),
    "stripe_explanation.rejected": (Notice(EXPLANATION_REJECTED, (Audience("proposed_by"),)),),
    "stripe_explanation_undo.proposed": (Notice(UNDO_PROPOSED, (LEADERS,)),),
    "stripe_explanation_undo.approved": (
        Notice(UNDO_APPROVED, (FINANCE,)),
        Notice(CREDIT_IS_BACK, (PAYERS,), given="took_credit"),
        Notice(PAYS_AGAIN, (PAYERS,), given="pays_again"),
        Notice(PAYS_IN_PART, (PAYERS,), given="pays_in_part"),
        Notice(PAYS_NOTHING, (PAYERS,), given="pays_nothing"),
        Notice(CREDIT_WAS_MISTAKE, (PAYERS,), given="gives_credit"),
        Notice(TAKEN_BY_MISTAKE, (PAYERS,), given="goes_past_us"),
        Notice(GIVEN_BY_MISTAKE, (PAYERS,), given="gave_past_us"),
    ),
    "stripe_explanation_undo.withdrawn": (Notice(UNDO_WITHDRAWN, (LEADERS,)),),
    "stripe_explanation_undo.rejected": (Notice(UNDO_REJECTED, (Audience("proposed_by"),)),),
}
