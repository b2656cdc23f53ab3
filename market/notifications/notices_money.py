"""Notices of the money wing: invoices, what becomes of them, reminders, fapiao."""

from typing import Final

from market.base.access import Role
from market.identity.letters import Letter
from market.notifications.model import Audience, Notice, Notices

PAYERS: Final = Audience("buyer_id", (Role.PAYER, Role.BUYER))
FINANCE: Final = Audience("unit_ids", (Role.FINANCE,))
LEADERS: Final = Audience("unit_ids", (Role.LEADER,))
CASHIERS: Final = Audience("unit_ids", (Role.CASHIER,))

INVOICE_ISSUED: Final = Letter(
    subject_zh="请款单 {number}：{amount}，{due_on} 前付款",
    body_zh="{reader}：\n\n{provider} 就合同 {contract}“{subject}”开出请款单 {number}，"
    "金额 {amount}，请在 {due_on} 前付款。\n\n银行转账时请在附言中填写付款码：{payment_code}",
    subject_en="Invoice {number}: {amount}, due on {due_on}",
    body_en="{reader},\n\n{provider} issued invoice {number} over {amount} for contract {contract} "
    "'{subject}', due on {due_on}.\n\nPut this payment code into the transfer's remark: "
    "{payment_code}",
)
INVOICE_PART_PAID: Final = Letter(
    subject_zh="请款单 {number} 收到部分款项，尚欠 {open}",
    body_zh="{reader}：\n\n请款单 {number}（金额 {amount}）已收到 {paid}，尚欠 {open}。\n"
    "补付时请在附言中填写同一付款码：{payment_code}",
    subject_en="Invoice {number} is paid in part; {open} is open",
    body_en="{reader},\n\n{paid} was received for invoice {number} over {amount}; {open} is open. "
    "Use the same payment code for the rest: {payment_code}",
)
INVOICE_PAID: Final = Letter(
    subject_zh="请款单 {number} 已付清",
    body_zh="{reader}：\n\n合同 {contract} 的请款单 {number}（金额 {amount}）已结清，谢谢。\n"
    "尚未申请发票的，买方可登录平台申请开具。",
    subject_en="Invoice {number} is paid",
    body_en="{reader},\n\ninvoice {number} over {amount} for contract {contract} is settled; thank "
    "you. A buyer who has not asked for the fapiao yet may sign in and ask for it.",
)
INVOICE_REOPENED: Final = Letter(
    subject_zh="请款单 {number} 的收款已撤销，尚欠 {owed}",
    body_zh="{reader}：\n\n请款单 {number}（金额 {amount}）此前登记的收款已撤销或更正，现尚欠 "
    "{owed}{covering}。\n"
    "如有疑问请与 {provider} 财务核对。",
    subject_en="A receipt for invoice {number} was undone; {owed} is owed",
    body_en="{reader},\n\na receipt noted for invoice {number} over {amount} was undone or "
    "corrected; {owed} is owed now{covering}. If in doubt, ask the finance of {provider}.",
)
TAKEN_BACK_BY_BANK: Final = Letter(
    subject_zh="请款单 {number} 的在线付款被银行收回，尚欠 {owed}",
    body_zh="{reader}：\n\n请款单 {number}（金额 {amount}）的在线付款经付款卡的银行拒付被收回，"
    "现尚欠 {owed}{covering}。\n{how}拒付并非买方本意的，请买方与发卡银行联系；"
    "如有疑问请与 {provider} 财务核对。",
    subject_en="A bank took back what paid invoice {number}; {owed} is owed",
    body_en="{reader},\n\nwhat was paid online for invoice {number} over {amount} was taken back "
    "by the bank of the card, in a chargeback; {owed} is owed now{covering}. {how} A buyer who did "
    "not mean to take it back asks the bank that issued the card; if in doubt, ask the finance of "
    "{provider}.",
)
WENT_BACK: Final = Letter(
    subject_zh="请款单 {number} 的在线付款已退回，尚欠 {owed}",
    body_zh="{reader}：\n\n请款单 {number}（金额 {amount}）曾以在线付款支付，该款其后退回付款方"
    "或未能收妥，请款单因此重新欠付，现尚欠 {owed}{covering}。\n{how}"
    "没有收到退回款项的，请买方与付款银行核对；如有疑问请与 {provider} 财务核对。",
    subject_en="What was paid online for invoice {number} went back; {owed} is owed",
    body_en="{reader},\n\nwhat was paid online for invoice {number} over {amount} went back to who "
    "paid it, or failed after all, so that the invoice is owed again: {owed} now{covering}. {how} "
    "A buyer who has not got it back asks the bank that paid it; if in doubt, ask the finance of "
    "{provider}.",
)
INVOICE_VOIDED: Final = Letter(
    subject_zh="请款单 {number} 已作废，请勿付款",
    body_zh="{reader}：\n\n合同 {contract} 的请款单 {number}（金额 {amount}）已作废，"
    "请勿再按其付款。\n"
    "如有需要，{provider} 将重新开具。",
    subject_en="Invoice {number} is void: please do not pay it",
    body_en="{reader},\n\ninvoice {number} over {amount} for contract {contract} is void; please "
    "do "
    "not pay it. {provider} will issue another one where needed.",
)
VOID_PROPOSED: Final = Letter(
    subject_zh="请审批：作废请款单 {invoice}",
    body_zh="{reader}：\n\n有人提议作废请款单 {invoice}（金额 {amount}），理由如下：\n\n"
    "{reason}\n\n须由提议人以外的另一人批准。请登录平台办理。",
    subject_en="For approval: voiding invoice {invoice}",
    body_en="{reader},\n\nit is proposed to void invoice {invoice} over {amount}:\n\n{reason}\n\n"
    "Another person than who proposed it decides. Sign in to do so.",
)
VOID_REJECTED: Final = Letter(
    subject_zh="作废请款单 {invoice} 的提议未获批准",
    body_zh="{reader}：\n\n您关于作废请款单 {invoice}（金额 {amount}）的提议未获批准：\n\n{note}",
    subject_en="Voiding invoice {invoice} was rejected",
    body_en="{reader},\n\nyour proposal to void invoice {invoice} over {amount} was rejected:\n\n"
    "{note}",
)
WRITE_OFF_PROPOSED: Final = Letter(
    subject_zh="请审批：核销坏账 {amount}，请款单 {invoice}",
    body_zh="{reader}：\n\n有人提议将 {buyer} 的请款单 {invoice} 未付的 {amount} 作为坏账核销，"
    "理由如下：\n\n{reason}\n\n须由提议人以外的另一人批准。请登录平台办理。",
    subject_en="For approval: writing off {amount} of invoice {invoice}",
    body_en="{reader},\n\nit is proposed to write off {amount} that {buyer} did not pay of invoice "
    "{invoice}:\n\n{reason}\n\nAnother person than who proposed it decides. Sign in to do so.",
)
WRITE_OFF_APPROVED: Final = Letter(
    subject_zh="已核销坏账 {amount}，请款单 {invoice}",
    body_zh="{reader}：\n\n{buyer} 的请款单 {invoice} 未付的 {amount} 已批准核销，计入坏账损失。\n"
    "债权仍然存在，日后收到款项时请照常匹配，平台将自动转回。",
    subject_en="{amount} of invoice {invoice} is written off",
    body_en="{reader},\n\n{amount} that {buyer} did not pay of invoice {invoice} is written off. "
    "The debt lives on: match whatever comes later as usual, and the loss is taken back.",
)
WRITE_OFF_REJECTED: Final = Letter(
    subject_zh="核销请款单 {invoice} 坏账的提议未获批准",
    body_zh="{reader}：\n\n您关于核销请款单 {invoice} 未付的 {amount} 的提议未获批准：\n\n{note}",
    subject_en="Writing off invoice {invoice} was rejected",
    body_en="{reader},\n\nyour proposal to write off {amount} of invoice {invoice} was rejected:"
    "\n\n{note}",
)
WRITE_OFF_RECOVERED: Final = Letter(
    subject_zh="坏账转回：请款单 {invoice}，{amount}",
    body_zh="{reader}：\n\n{buyer} 的请款单 {invoice} 曾核销 {amount}，因收款有变动已全额转回，"
    "现尚欠 {open}。\n仍无法收回的部分，请另行申请核销。",
    subject_en="A loss is taken back: {amount} of invoice {invoice}",
    body_en="{reader},\n\n{amount} of invoice {invoice} of {buyer} had been written off. Money "
    "moved on it, so the loss is taken back whole and {open} is open. What will still not be paid "
    "may be proposed anew.",
)
REMINDER_FRIENDLY: Final = Letter(
    subject_zh="付款提醒：请款单 {number} 尚欠 {owed}",
    body_zh="{reader}：\n\n{provider} 就合同 {contract}“{subject}”开出的请款单 {number} 已于 "
    "{due_on} 到期，目前尚欠 {owed}{covering}。请安排付款，并在银行转账附言中填写付款码："
    "{payment_code}\n\n"
    "如已付款，请不必理会本信；如有疑问，请与 {provider} 财务联系。",
    subject_en="Friendly reminder: {owed} is owed on invoice {number}",
    body_en="{reader},\n\ninvoice {number} of {provider} for contract {contract} '{subject}' fell "
    "due on {due_on}; {owed} is owed{covering}. Please arrange the payment and put this payment "
    "code into the transfer's remark: {payment_code}\n\nIf you have paid already, please "
    "disregard this letter. If in doubt, ask the finance of {provider}.",
)
REMINDER_FORMAL: Final = Letter(
    subject_zh="催款函：请款单 {number} 逾期，尚欠 {owed}",
    body_zh="{reader}：\n\n依据合同 {contract}“{subject}”，{provider} 开出的请款单 {number} 应于 "
    "{due_on} 前付清。截至 {counted}，已逾期 {late_working_days} 个工作日，"
    "尚欠 {owed}{covering}。\n\n"
    "请于收到本函后立即付款，并在银行转账附言中填写付款码：{payment_code}\n"
    "对欠款有异议的，请尽快书面告知 {provider} 财务。{enclosed}",
    subject_en="Formal demand: invoice {number} is overdue, {owed} is owed",
    body_en="{reader},\n\nunder contract {contract} '{subject}', invoice {number} of {provider} "
    "was to be paid by {due_on}. On {counted} it is {late_working_days} working days late and "
    "{owed} is owed{covering}.\n\nPlease pay at once and put this payment code into the "
    "transfer's remark: {payment_code}\nIf you contest the debt, tell the finance of {provider} "
    "in writing soon.{enclosed}",
)
REMINDER_FINAL: Final = Letter(
    subject_zh="最后催告：请款单 {number} 逾期，尚欠 {owed}",
    body_zh="{reader}：\n\n合同 {contract}“{subject}”的请款单 {number} 应于 {due_on} 前付清，"
    "截至 {counted} 已逾期 {late_working_days} 个工作日，尚欠 {owed}{covering}。\n\n"
    "本函为最后一次催告。"
    "请立即付款，并在银行转账附言中填写付款码：{payment_code}\n仍不付款的，{provider} 将依合同约定"
    "和法律规定主张权利。{enclosed}",
    subject_en="Final demand: invoice {number} is overdue, {owed} is owed",
    body_en="{reader},\n\ninvoice {number} for contract {contract} '{subject}' was to be paid by "
    "{due_on}. On {counted} it is {late_working_days} working days late and {owed} is owed"
    "{covering}.\n\n"
    "This is the last demand. Please pay at once and put this payment code into the transfer's "
    "remark: {payment_code}\nWithout payment {provider} will assert its rights under the contract "
    "and the law.{enclosed}",
)
REMINDER_SENT: Final = Letter(
    subject_zh="已发出{level}：{buyer}，请款单 {number}，尚欠 {owed}",
    body_zh="{reader}：\n\n已就请款单 {number}（到期日 {due_on}，截至 {counted} 逾期 "
    "{late_working_days} 个工作日，尚欠 {owed}）向 {buyer} 发出{level}{covering}。{unset}\n"
    "如双方已另有约定或存在争议，请登录平台暂缓催款。",
    subject_en="A {level} went to {buyer}: invoice {number}, {owed} owed",
    body_en="{reader},\n\na {level} went to {buyer} for invoice {number}, which was due on "
    "{due_on} and on {counted} is {late_working_days} working days late; {owed} is owed{covering}."
    "{unset} If you agreed on something else, or it is disputed, sign in and hold the reminders.",
)
CREDIT_PROPOSED: Final = Letter(
    subject_zh="请审批：请款单 {invoice} 的贷项通知",
    body_zh="{reader}：\n\n有人提议就请款单 {invoice} 开具金额 {amount} 的贷项通知，理由如下：\n\n"
    "{reason}\n\n须由提议人以外的另一人批准。请登录平台办理。",
    subject_en="For approval: a credit note on invoice {invoice}",
    body_en="{reader},\n\na credit note of {amount} on invoice {invoice} is proposed:\n\n{reason}"
    "\n\nAnother person than who proposed it decides. Sign in to do so.",
)
CREDIT_REJECTED: Final = Letter(
    subject_zh="请款单 {invoice} 的贷项通知未获批准",
    body_zh="{reader}：\n\n您关于请款单 {invoice} 贷项通知（金额 {amount}）的提议未获批准："
    "\n\n{note}",
    subject_en="The credit note on invoice {invoice} was rejected",
    body_en="{reader},\n\nyour proposal of a credit note of {amount} on invoice {invoice} was "
    "rejected:\n\n{note}",
)
CREDIT_ISSUED: Final = Letter(
    subject_zh="贷项通知 {number}：请款单 {invoice} 冲减 {amount}",
    body_zh="{reader}：\n\n请款单 {invoice} 已由贷项通知 {number} 冲减 {amount}，其中未付款项减少 "
    "{offset}，其余转为付款方的预存款。",
    subject_en="Credit note {number}: {amount} off invoice {invoice}",
    body_en="{reader},\n\ncredit note {number} takes {amount} off invoice {invoice}: {offset} off "
    "what was open; the rest is the payer's credit.",
)
RED_REQUESTED: Final = Letter(
    subject_zh="请开具红字发票：发票 {fapiao}，贷项通知 {note_number}",
    body_zh="{reader}：\n\n贷项通知 {note_number} 冲减了已开具发票 {fapiao} 的请款单 {invoice}。"
    "请在税务系统开具金额 {amount}、其中税额 {vat} 的红字发票，然后登录平台登记号码和文件。",
    subject_en="Red fapiao wanted: fapiao {fapiao}, credit note {note_number}",
    body_en="{reader},\n\ncredit note {note_number} was issued on invoice {invoice}, whose fapiao "
    "{fapiao} is out. Issue a red fapiao over {amount}, VAT {vat}, in the tax system, then record "
    "its number and file.",
)
RED_ISSUED: Final = Letter(
    subject_zh="红字发票 {number} 已开具",
    body_zh="{reader}：\n\n发票 {fapiao}（请款单 {invoice}）已由红字发票 {number} 冲减 {amount}，"
    "请登录平台下载。",
    subject_en="Red fapiao {number} is issued",
    body_en="{reader},\n\nred fapiao {number} takes {amount} off fapiao {fapiao} for invoice "
    "{invoice}. Sign in to download it.",
)
RETRACTION_PROPOSED: Final = Letter(
    subject_zh="请审批：撤回账户 {account}（{number}）的对账单“{file}”",
    body_zh="{reader}：\n\n有人提议撤回导入账户 {account}（{number}）的对账单“{file}”"
    "（{first_on} 至 {until_on}，{lines} 笔流水，收支净额 {amount}），理由如下：\n\n{reason}\n\n"
    "批准后，这些流水将从该账户冲回，文件可导入其所属账户。须由提议人以外的另一人批准。"
    "请登录平台办理。",
    subject_en="For approval: taking back '{file}' from account {account} ({number})",
    body_en="{reader},\n\nit is proposed to take back the statement '{file}' of {first_on} to "
    "{until_on} that was imported into account {account} ({number}); lines: {lines}, in less out: "
    "{amount}.\n\n{reason}\n\nOnce approved, its lines leave that account, and the file can be "
    "imported where it belongs. Another person than who proposed it decides. Sign in to do so.",
)
RETRACTION_APPROVED: Final = Letter(
    subject_zh="对账单“{file}”已从账户 {account}（{number}）撤回",
    body_zh="{reader}：\n\n导入账户 {account}（{number}）的对账单“{file}”（{first_on} 至 "
    "{until_on}，{lines} 笔流水）已批准撤回。\n"
    "请将该文件导入其所属账户，并为本账户导入正确的文件。",
    subject_en="'{file}' is taken back from account {account} ({number})",
    body_en="{reader},\n\nthe statement '{file}' of {first_on} to {until_on} is taken back from "
    "account {account} ({number}); lines: {lines}.\n\nImport that file into the account that it "
    "is of, and this account's own file here.",
)
RETRACTION_REJECTED: Final = Letter(
    subject_zh="撤回对账单“{file}”的提议未获批准",
    body_zh="{reader}：\n\n您关于从账户 {account}（{number}）撤回对账单“{file}”的提议未获批准：\n\n"
    "{note}",
    subject_en="Taking back '{file}' was rejected",
    body_en="{reader},\n\nyour proposal to take the statement '{file}' back from account {account} "
    "({number}) was rejected:\n\n{note}",
)
OPENING_PREPARED: Final = Letter(
    subject_zh="请审批：{unit} 的期初余额（建账日 {as_of}）",
    body_zh="{reader}：\n\n{unit} 的财务已编制建账日 {as_of} 的期初余额，批准后即记账建账，"
    "不再更改。\n\n{listed}\n\n须由编制人以外的另一人批准。请登录平台核对（编号 {id}）后办理。",
    subject_en="For approval: the opening balance of {unit} as of {as_of}",
    body_en="{reader},\n\nthe finance of {unit} prepared the opening balance as of {as_of}. Once "
    "approved, the books begin with it and it stays.\n\n{listed}\n\nAnother person than who "
    "prepared it approves. Sign in, check it ({id}) and do so.",
)
SUPPLEMENT_PREPARED: Final = Letter(
    subject_zh="请审批：{unit} 的期初补录（建账日 {as_of}）",
    body_zh="{reader}：\n\n{unit} 的财务为建账日 {as_of} 的期初余额编制了补录，列入当时漏列的 "
    "{lines} 个科目：\n\n{listed}\n\n理由如下：\n\n{reason}\n\n证明文件：{file}。"
    "批准后即按建账日入账，不再更改。须由编制人以外的另一人批准。"
    "请登录平台核对（编号 {id}）后办理。",
    subject_en="For approval: a supplement of the opening balance of {unit} as of {as_of}",
    body_en="{reader},\n\nthe finance of {unit} prepared a supplement of the opening balance as of "
    "{as_of}; accounts that were left out of it: {lines}.\n\n{listed}\n\nThe reason:\n\n{reason}"
    "\n\nThe evidence is '{file}'. Once approved it is posted as of that day and stays. Another "
    "person than who prepared it approves. Sign in, check it ({id}) and do so.",
)
SUPPLEMENT_APPROVED: Final = Letter(
    subject_zh="{unit} 的期初补录已批准（建账日 {as_of}）",
    body_zh="{reader}：\n\n您编制的期初补录（{lines} 个科目，编号 {id}）已批准，"
    "按建账日 {as_of} 入账：\n\n{listed}\n\n"
    "补录的是银行账户的，现在可以导入其 {as_of} 起的对账单。",
    subject_en="The supplement of the opening balance of {unit} as of {as_of} is approved",
    body_en="{reader},\n\nthe supplement that you prepared ({id}; accounts: {lines}) is approved "
    "and posted as of {as_of}:\n\n{listed}\n\nStatements of a bank account among them may be "
    "imported from that day on.",
)
OPENING_WITHDRAWN: Final = Letter(
    subject_zh="{unit} 的期初余额（建账日 {as_of}）已撤回，无须审批",
    body_zh="{reader}：\n\n{unit} 的财务已撤回建账日 {as_of} 的期初余额（编号 {id}），无须再审批。",
    subject_en="The opening balance of {unit} as of {as_of} was withdrawn: nothing to approve",
    body_en="{reader},\n\nthe finance of {unit} withdrew the opening balance as of {as_of} ({id}). "
    "There is nothing to approve.",
)
SUPPLEMENT_WITHDRAWN: Final = Letter(
    subject_zh="{unit} 的期初补录（建账日 {as_of}）已撤回，无须审批",
    body_zh="{reader}：\n\n{unit} 的财务已撤回建账日 {as_of} 的期初补录（编号 {id}），"
    "无须再审批：\n\n{listed}",
    subject_en="A supplement of the opening balance of {unit} as of {as_of} was withdrawn",
    body_en="{reader},\n\nthe finance of {unit} withdrew a supplement of the opening balance as of "
    "{as_of} ({id}); there is nothing to approve:\n\n{listed}",
)
FAPIAO_REQUESTED: Final = Letter(
    subject_zh="请开具发票：{buyer}，请款单 {invoice}",
    body_zh="{reader}：\n\n{buyer} 就请款单 {invoice}（金额 {amount}）申请开具发票，"
    "抬头：{title}。\n请在税务系统开具后登录平台登记号码和文件。",
    subject_en="Fapiao requested: {buyer}, invoice {invoice}",
    body_en="{reader},\n\n{buyer} requested the fapiao for invoice {invoice} over {amount}, titled "
    "{title}. Issue it in the tax system, then record its number and file.",
)
FAPIAO_DELIVERED: Final = Letter(
    subject_zh="发票 {number} 已交付",
    body_zh="{reader}：\n\n请款单 {invoice}（金额 {amount}）的发票 {number} 已交付，"
    "请登录平台下载。",
    subject_en="Fapiao {number} is delivered",
    body_en="{reader},\n\nfapiao {number} for invoice {invoice} over {amount} is delivered. Sign "
    "in "
    "to download it.",
)

MONEY: Final[Notices] = {
    "invoice.issued": (Notice(INVOICE_ISSUED, (PAYERS,)),),
    "invoice.part_paid": (Notice(INVOICE_PART_PAID, (PAYERS, FINANCE)),),
    "invoice.paid": (Notice(INVOICE_PAID, (PAYERS, FINANCE)),),
    "invoice.reopened": (
        Notice(INVOICE_REOPENED, (PAYERS, FINANCE), given="is_by_other"),
        Notice(TAKEN_BACK_BY_BANK, (PAYERS, FINANCE), given="is_by_chargeback"),
        Notice(WENT_BACK, (PAYERS, FINANCE), given="is_by_return"),
    ),
    "invoice.voided": (Notice(INVOICE_VOIDED, (PAYERS,)),),
    "void_proposal.proposed": (Notice(VOID_PROPOSED, (LEADERS,)),),
    "void_proposal.rejected": (Notice(VOID_REJECTED, (Audience("proposed_by"),)),),
    "write_off.proposed": (Notice(WRITE_OFF_PROPOSED, (LEADERS,)),),
    "write_off.approved": (Notice(WRITE_OFF_APPROVED, (FINANCE,)),),
    "write_off.rejected": (Notice(WRITE_OFF_REJECTED, (Audience("proposed_by"),)),),
    "write_off.recovered": (Notice(WRITE_OFF_RECOVERED, (FINANCE, LEADERS)),),
    "reminder.sent": (
        Notice(REMINDER_FRIENDLY, (PAYERS,), given="friendly"),
        Notice(REMINDER_FORMAL, (PAYERS,), given="formal", attached="letter"),
        Notice(REMINDER_FINAL, (PAYERS,), given="final", attached="letter"),
        Notice(REMINDER_SENT, (FINANCE,)),
    ),
    "credit_note.proposed": (Notice(CREDIT_PROPOSED, (LEADERS,)),),
    "credit_note.rejected": (Notice(CREDIT_REJECTED, (Audience("proposed_by"),)),),
    "credit_note.issued": (Notice(CREDIT_ISSUED, (PAYERS, FINANCE)),),
    "red_fapiao.requested": (Notice(RED_REQUESTED, (FINANCE,)),),
    "red_fapiao.issued": (Notice(RED_ISSUED, (PAYERS,)),),
    "opening_balance.prepared": (
        Notice(OPENING_PREPARED, (LEADERS,), given="is_first"),
        Notice(SUPPLEMENT_PREPARED, (LEADERS,), given="is_supplement"),
    ),
    "opening_balance.approved": (
        Notice(SUPPLEMENT_APPROVED, (Audience("prepared_by"),), given="is_supplement"),
    ),
    "opening_balance.withdrawn": (
        Notice(OPENING_WITHDRAWN, (LEADERS,), given="is_first"),
        Notice(SUPPLEMENT_WITHDRAWN, (LEADERS,), given="is_supplement"),
    ),
    "statement_retraction.proposed": (Notice(RETRACTION_PROPOSED, (LEADERS,)),),
    "statement_retraction.approved": (Notice(RETRACTION_APPROVED, (FINANCE,)),),
    "statement_retraction.rejected": (Notice(RETRACTION_REJECTED, (Audience("proposed_by"),)),),
    "fapiao.requested": (Notice(FAPIAO_REQUESTED, (FINANCE,)),),
    "fapiao.delivered": (Notice(FAPIAO_DELIVERED, (PAYERS,)),),
}
