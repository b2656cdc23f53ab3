"""What a posting's cause is called where people read it: Chinese first, English second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from market.base.access import SYSTEM_ID
from market.base.errors import Phrase

SYSTEM: Final = "系统 system"

CAUSES: Final = {
    "bank_line": Phrase("银行流水", "Bank line"),
    "bank_line_retracted": Phrase(
        "对账单撤回，冲回流水", "Bank line taken back with its statement"
    ),
    "chargeback_lost": Phrase("拒付败诉，恢复应收", "Chargeback lost: owed again"),
    "chargeback_recovered": Phrase(
        "拒付损失以预存款抵付", "Lost chargeback: recovered from credit"
    ),
    "chargeback_recovery_undone": Phrase(
        "撤销错误预存款对拒付损失的抵付", "Recovery from credit undone: owed again"
    ),
    "chargeback_write_off": Phrase("拒付欠款核销", "Lost chargeback written off"),
    "chargeback_write_off_recovered": Phrase(
        "已核销拒付欠款转回", "Lost chargeback written off: owed again"
    ),
    "contract_signed": Phrase("合同签署，计提印花税", "Contract signed: stamp duty"),
    "credit_note": Phrase("贷项通知", "Credit note"),
    "credit_use_undone": Phrase("撤销预存款抵付", "Use of credit undone"),
    "credit_used": Phrase("预存款抵付请款单", "Credit used for an invoice"),
    "invoice_issued": Phrase("开出请款单", "Invoice issued"),
    "invoice_void": Phrase("请款单作废", "Invoice void"),
    "match_undone": Phrase("撤销匹配", "Match undone"),
    "milestone_accepted": Phrase("里程碑验收，确认收入", "Milestone accepted: revenue"),
    "opening_balance": Phrase("期初建账", "Books begun"),
    "opening_supplement": Phrase("期初补录", "Opening supplemented"),
    "receipt_matched": Phrase("收款匹配", "Receipt matched"),
    "refund_intended": Phrase("拟退款，留出预存款", "Refund intended: credit set aside"),
    "refund_released": Phrase("退款未成，退回预存款", "Refund not made: credit given back"),
    "stripe_line": Phrase("Stripe 余额变动", "Stripe balance transaction"),
    "stripe_line_explained": Phrase(
        "待查的 Stripe 变动转出", "Stripe balance transaction explained"
    ),
    "stripe_explanation_undone": Phrase(
        "撤销待查 Stripe 变动的说明", "Explanation of a Stripe balance transaction undone"
    ),
    "tax_point": Phrase("增值税纳税义务发生", "VAT tax point"),
    "write_off": Phrase("坏账核销", "Written off"),
    "write_off_recovered": Phrase("已核销坏账转回", "Written off, taken back"),
}


def word_of(cause: str) -> str:
    return cause.partition(":")[0]


def subject_of(cause: str) -> UUID | None:
    """Whose id follows the word, if it is an id."""
    try:
        return UUID(cause.split(":")[1])
    except ValueError:
        return None


def explained(cause: str, reference: str | None) -> str:
    """The explanation 摘要; ``reference`` is the number that people know the cause's subject by."""
    word = word_of(cause)
    words = CAUSES.get(word, Phrase(f"记账（{word}）", word.replace("_", " ").capitalize()))
    zh = f"{words.zh} {reference}" if reference else words.zh
    return f"{zh} · {words.en}"


def maker(person_id: UUID, names: Mapping[UUID, str]) -> str:
    """Who booked it; by his id where his name was erased, or is not for the reader."""
    return SYSTEM if person_id == SYSTEM_ID else names.get(person_id) or str(person_id)
