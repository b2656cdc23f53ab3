"""Why payers' banks take charges back, in words."""

from __future__ import annotations

from typing import Final

from market.base.errors import Phrase

# https://docs.stripe.com/api/disputes/object#dispute_object-reason
REASONS: Final = {
    "bank_cannot_process": Phrase("银行无法处理", "the bank cannot process it"),
    "check_returned": Phrase("支票被退回", "a cheque was returned"),
    "credit_not_processed": Phrase("应退款项未退", "a refund that was promised did not come"),
    "customer_initiated": Phrase("付款人提出", "the payer asked for it"),
    "debit_not_authorized": Phrase("扣款未经授权", "the debit was not authorised"),
    "duplicate": Phrase("重复付款", "it was paid twice"),
    "fraudulent": Phrase("付款人称未授权（欺诈）", "fraud: the payer says that it was not he"),
    "general": Phrase("未说明具体原因", "no reason in particular"),
    "incorrect_account_details": Phrase("账户信息有误", "wrong account details"),
    "insufficient_funds": Phrase("账户余额不足", "insufficient funds"),
    "noncompliant": Phrase("不符合卡组织规则", "against the rules of the card network"),
    "product_not_received": Phrase("未收到服务", "the service was not received"),
    "product_unacceptable": Phrase("服务与约定不符", "the service is not as agreed"),
    "subscription_canceled": Phrase("订阅已取消", "the subscription was cancelled"),
    "unrecognized": Phrase("付款人不认识该笔付款", "the payer does not recognise it"),
}


def in_words(code: str) -> Phrase:
    """In words, with Stripe's code; one that is new is told as it is."""
    known = REASONS.get(code)
    return Phrase(f"{known.zh}（{code}）", f"{known.en} ({code})") if known else Phrase(code, code)
