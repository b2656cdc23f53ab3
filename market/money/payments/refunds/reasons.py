"""Why a refund to a card did not arrive, in words, and what to do next."""

from __future__ import annotations

from typing import Final, NamedTuple

from market.base.errors import Phrase

# https://docs.stripe.com/api/refunds/object#refund_object-failure_reason, its statuses at an end,
# and the errors of the call
REASONS: Final = {
    "amount_too_large": Phrase("金额超过限额", "the amount is above the limit"),
    "balance_insufficient": Phrase("Stripe 余额不足", "the balance with Stripe is too small"),
    "canceled": Phrase("退款已取消", "the refund was cancelled"),
    "charge_already_refunded": Phrase("该付款已全额退回", "the payment is refunded already"),
    "charge_disputed": Phrase(
        "付款人的银行要求收回该付款", "the payer's bank asks that payment back"
    ),
    "charge_for_pending_refund_disputed": Phrase(
        "退款途中，付款人的银行要求收回该付款",
        "the payer's bank asked the payment back while the refund was on its way",
    ),
    "charge_not_refundable": Phrase("该付款不能退回", "the payment cannot be refunded"),
    "declined": Phrase("发卡银行不接收", "the card's bank declined it"),
    "expired_or_canceled_card": Phrase(
        "付款卡已过期或注销", "the card has expired or was cancelled"
    ),
    "failed": Phrase("未说明具体原因", "no reason in particular"),
    "insufficient_funds": Phrase("Stripe 余额不足", "the balance with Stripe is too small"),
    "lost_or_stolen_card": Phrase("付款卡已挂失", "the card was reported lost or stolen"),
    "merchant_request": Phrase("应本单位要求取消", "the unit asked to cancel it"),
    "refund_disputed_payment": Phrase(
        "付款人的银行要求收回该付款", "the payer's bank asks that payment back"
    ),
    "refused": Phrase("未说明具体原因", "no reason in particular"),
    "unknown": Phrase("未说明具体原因", "no reason in particular"),
}
# What the market itself found, mostly before Stripe was told of the refund.
AMOUNT_DIFFERS: Final = "amount_differs"
FOUND_HERE: Final = {
    AMOUNT_DIFFERS: Phrase(
        "实际退回的金额与所批不符，已按实际金额从预存款扣除",
        "another amount was refunded than was approved, which came off the credit",
    ),
    "charge_disputed": Phrase(
        "付款人的银行正在要求收回该付款，或已收回",
        "the payer's bank asks that payment back, or took it",
    ),
    "credit_disputed": Phrase(
        "付款人的银行正在要求收回其付款，或已收回，预存款须留作抵付",
        "the payer's bank asks a payment back, or took it, and the credit is held for that",
    ),
    "credit_unexplained": Phrase(
        "其付款已有款项由未在平台发起的退款退还，尚在待查款中，不能重复退还",
        "of his payments some was refunded past the market and stands in suspense, and does not go "
        "back twice",
    ),
}
DISPUTED: Final = (
    "charge_disputed",
    "credit_disputed",
    "charge_for_pending_refund_disputed",
    "refund_disputed_payment",
)
WAIT: Final = Phrase(
    "拒付了结、所欠补足之前，该款项不能以任何方式退还；此后请重新提出。",
    "Until the chargeback is decided and what it left is paid, the money is refunded in no way; "
    "propose it anew after that.",
)
EXPLAIN: Final = Phrase(
    "请先在待查款清单中将该结算明细说明为该在线付款的退款；仍有余额须退的，再重新提出。",
    "Explain the line in suspense as a refund of its payment first; propose anew what is to be "
    "refunded still.",
)
OTHERWISE: Final = Phrase(
    "请与其联系，改用银行退款或稍后再试。", "Ask them for a bank account, or try later."
)
ANEW: Final = Phrase("仍须退款的，请重新提出。", "If it is to be refunded still, propose it anew.")


ADVICE: Final = {AMOUNT_DIFFERS: ANEW, "credit_unexplained": EXPLAIN}


class Told(NamedTuple):
    """Who ended it and why, and what to do next."""

    failure: Phrase
    advice: Phrase


def is_ours(code: str, *, was_called: bool) -> bool:
    """Whether the market ended it, and not Stripe."""
    return not was_called or code == AMOUNT_DIFFERS


def told(code: str | None, *, was_called: bool, note: str) -> Told:
    """``was_called``: Stripe was told of it. Without a code finance ended it, with a ``note``."""
    if code is None:
        return Told(Phrase(f"由财务终止：{note}", f"finance ended it: {note}"), ANEW)
    advice = WAIT if code in DISPUTED else ADVICE.get(code, OTHERWISE)
    if not is_ours(code, was_called=was_called):
        why = _with_code(REASONS.get(code), code)
        return Told(Phrase(f"Stripe 未能办理：{why.zh}", f"Stripe failed it: {why.en}"), advice)
    why = _with_code(FOUND_HERE.get(code), code)
    if was_called:
        return Told(Phrase(f"平台已终止：{why.zh}", f"the market ended it: {why.en}"), advice)
    ours = Phrase(
        f"平台未提交 Stripe 即已终止：{why.zh}",
        f"the market stopped it before Stripe was told of it: {why.en}",
    )
    return Told(ours, advice)


def _with_code(known: Phrase | None, code: str) -> Phrase:
    return Phrase(f"{known.zh}（{code}）", f"{known.en} ({code})") if known else Phrase(code, code)
