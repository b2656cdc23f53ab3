"""Why a line was matched, or was not: codes with their sentences in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "code_found": (
        "附言中有请款单 {numbers} 的付款码",
        "The remark holds the payment code of {numbers}",
    ),
    "code_unknown": (
        "附言中的付款码 {codes} 不属于本账套的请款单",
        "The code {codes} in the remark is of no invoice in these books",
    ),
    "no_code": ("附言中没有付款码", "The remark holds no payment code"),
    "opening_item": (
        "该付款人有期初未清项“{reference}”",
        "The payer owes opening item '{reference}'",
    ),
    "amount_equal": (
        "金额等于未付金额 {amount}",
        "The amount is what is open: {amount}",
    ),
    "short_by": (
        "比未付金额少 {amount}；如为银行扣费，可人工计入手续费",
        "Short of what is open by {amount}; if a bank kept it, book it as a charge by hand",
    ),
    "pays_part": (
        "只付其中一部分，付后尚欠 {amount}；其余可由另一笔流水支付",
        "It pays a part: {amount} stay open after it, which another line may pay",
    ),
    "over_by": (
        "比未付金额多 {amount}；多出部分可转为客户预存款",
        "Over what is open by {amount}; the rest may become customer credit",
    ),
    "payer_equal": ("付款人就是买方 {buyer}", "The payer is the buyer, {buyer}"),
    "payer_differs": (
        "付款人“{payer}”不是买方“{buyer}”，须由第二人确认",
        "The payer '{payer}' is not the buyer '{buyer}': a second person has to confirm",
    ),
    "strangers_meet": (
        "两笔流水的对方“{one}”和“{other}”不是同一方或本单位账户，须由第二人确认",
        "'{one}' and '{other}' are not one party, or accounts of ours: a second person has to "
        "confirm",
    ),
    "exact_undone": (
        "该流水原由系统按付款码自动匹配，已被撤销，另行匹配须由第二人确认",
        "The line was matched automatically by its code, and that was undone: a second person has "
        "to confirm another match",
    ),
    "above_ceiling": (
        "计入手续费或利息 {amount}，超过一人可以办理的 {ceiling}，须由第二人确认",
        "{amount} becomes a charge or interest, more than the {ceiling} that one person books "
        "alone: a second person has to confirm",
    ),
    "charges_above_ceiling": (
        "请款单 {number} 累计计入手续费 {amount}，超过一人可以办理的 {ceiling}，须由第二人确认",
        "{amount} of invoice {number} becomes charges altogether, more than the {ceiling} that one "
        "person books alone: a second person has to confirm",
    ),
    "item_charges_above_ceiling": (
        "一个期初未清项累计计入手续费 {amount}，超过一人可以办理的 {ceiling}，须由第二人确认",
        "{amount} of an opening item becomes charges altogether, more than the {ceiling} that one "
        "person books alone: a second person has to confirm",
    ),
    "not_open": (
        "请款单 {number} 的状态为“{state}”，没有未付金额",
        "Invoice {number} is '{state}': nothing is open on it",
    ),
    "currency_differs": (
        "请款单 {number} 的币种是 {currency}",
        "Invoice {number} is in {currency}",
    ),
    "looks_like_interest": ("摘要像是存款利息", "It reads like interest"),
    "looks_like_charge": ("摘要像是银行手续费", "It reads like a bank charge"),
    "payout_expected": (
        "金额与 Stripe {on} 发出的提现相同",
        "The amount is that of a payout that Stripe sent on {on}",
    ),
    "payout_taken": (
        "金额与 Stripe {on} 从银行账户扣款的提现相同",
        "The amount is what Stripe takes from the bank account since {on}",
    ),
    "payout_back": (
        "金额与到账后于 {on} 失败的提现相反",
        "The amount is opposite to a payout that failed on {on}, once it was here",
    ),
    "payout_unnamed": (
        "没有指明是 Stripe 的哪一笔提现，须由第二人确认",
        "It is not said which payout of Stripe's this is: a second person has to confirm",
    ),
    "payout_stranger": (
        "尚无来自“{payer}”的提现经第二人确认，或对方为本平台的单位，须由第二人确认",
        "No payout from '{payer}' was confirmed by a second person yet, or that is an organisation "
        "of the market's: a second person has to confirm",
    ),
    "payout_off_day": (
        "该提现 {sent} 发出，应于 {expected} 前后到账，日期相差较多，须由第二人确认",
        "That payout was sent on {sent} and expected about {expected}, far from the line's day: a "
        "second person has to confirm",
    ),
    "meets_transfer": (
        "本单位另一账户 {on} 有一笔相反的流水",
        "Another account of ours has the opposite line on {on}",
    ),
    "meets_return": (
        "同一账户 {on} 有一笔相反的流水，可能是退汇",
        "The account has the opposite line on {on}: it may be a return",
    ),
    "refund_named": ("附言中有退款编号 {number}", "The remark names refund {number}"),
    "refund_amount": (
        "金额等于已发出的退款 {number}",
        "The amount is that of refund {number}, which was sent",
    ),
    "counterparty_name_restated": (
        "已导入的流水对方户名为“{known}”，文件改为“{found}”；账上未改，请向银行核实",
        "The line is known with the payer '{known}', the file says '{found}': nothing was changed; "
        "ask the bank which is right",
    ),
    "counterparty_bank_restated": (
        "已导入的流水对方开户行为“{known}”，文件改为“{found}”；账上未改，请向银行核实",
        "The line is known with the payer's bank '{known}', the file says '{found}': nothing was "
        "changed; ask the bank which is right",
    ),
    "value_on_restated": (
        "已导入的流水起息日为“{known}”，文件改为“{found}”；账上未改，请向银行核实",
        "The line is known with the day of value '{known}', the file says '{found}': nothing was "
        "changed; ask the bank which is right",
    ),
    "nothing_found": ("没有找到对应的款项", "Nothing was found that it could be"),
    "by_hand": ("由财务人工匹配", "Matched by hand by finance"),
}


class Reason(msgspec.Struct, frozen=True):
    """One reason as it is kept: its code, and what fills its sentence."""

    code: str
    values: dict[str, str] = {}

    @property
    def told(self) -> ToldReason:
        zh, en = SENTENCES[self.code]
        return ToldReason(self.code, zh.format_map(self.values), en.format_map(self.values))


class ToldReason(msgspec.Struct, frozen=True):
    """The same as people read it."""

    code: str
    zh: str
    en: str


def told(kept: list[dict[str, Any]]) -> list[ToldReason]:
    return [msgspec.convert(one, Reason).told for one in kept]
