"""Amounts of money as exact integers of the smallest unit: shared, taxed, printed and read.

No function here knows a float. Halves are rounded up, away from zero for negative amounts, so
that a credit note mirrors its invoice.

Amounts in words follow 正确填写票据和结算凭证的基本规定 (annex to 支付结算办法), whose five
published examples are tests. The library cn2an was tried: its ``rmb`` mode writes no 零 for an
empty 元 before 角 (107,000.53), where the rule wants one written somewhere, so this is our own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from market.base import text
from market.base.errors import Invalid

MILLION: Final = 1_000_000

# ISO 4217; a code of three letters is only found whole, since spaces part them.
_NO_MINOR_UNIT: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DIGITS: Final = "BHD IQD JOD KWD LYD OMR TND"


class NothingToShareBy(Invalid):
    """Weights that are negative or sum to nothing divide no amount."""

    code = "nothing_to_share_by"
    zh = "分配比例不能为负，且合计须大于零。请改正比例后重新提交。"
    en = "Shares may not be negative and must sum to more than zero. Mend the shares and try again."


class NotAnAmount(Invalid):
    """The text is no amount, or could be read as two different ones."""

    code = "not_an_amount"
    zh = "「{found}」不能确定是多少金额。请写成 86,000.00 的样子。"
    en = "“{found}” is not one certain amount. Write it like 86,000.00."


class FractionOfMinorUnit(Invalid):
    """The amount is finer than the currency's smallest coin."""

    code = "fraction_of_minor_unit"
    zh = "金额「{found}」的小数位多于币种 {currency} 的最小单位。请核对原始文件。"
    en = "“{found}” is finer than the smallest unit of {currency}. Check the original file."


def split(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Shares by largest remainder that sum to the total; of equal remainders the earliest gains."""
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise NothingToShareBy
    sign = -1 if total_minor < 0 else 1
    parts = [divmod(abs(total_minor) * weight, whole) for weight in weights]
    missing = abs(total_minor) - sum(floor for floor, _ in parts)
    by_remainder = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    gains = frozenset(by_remainder[:missing])
    return [sign * (floor + (place in gains)) for place, (floor, _) in enumerate(parts)]


def net_of(gross_minor: int, vat_ppm: int) -> int:
    """The net price inside a tax-included one; the VAT is what remains, never rounded itself."""
    return half_up(gross_minor * MILLION, MILLION + vat_ppm)


def share(amount_minor: int, ppm: int) -> int:
    """So many millionths of an amount."""
    return half_up(amount_minor * ppm, MILLION)


def half_up(numerator: int, denominator: int) -> int:
    """The quotient as a whole number, halves away from zero."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def minor_digits(currency: str) -> int:
    """How many decimals the currency has (ISO 4217)."""
    if currency in _NO_MINOR_UNIT:
        return 0
    return 3 if currency in _THREE_DIGITS else 2


def printed(amount_minor: int, currency: str = "CNY") -> str:
    """The amount as people read it, ``86,000.00``; the currency is not part of the text."""
    digits = minor_digits(currency)
    units, rest = divmod(abs(amount_minor), 10**digits)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{units:,}.{rest:0{digits}d}" if digits else f"{sign}{units:,}"


# Either no grouping at all or thousands, perfectly; a lone comma before two digits is no amount.
_NUMBER: Final = re.compile(r"(?P<units>\d{1,18}|\d{1,3}(?:,\d{3}){1,5})(?:\.(?P<rest>\d+))?")
_MARK: Final = r"(?:\u00a5|CNY|RMB|人民币)"
_PRINTED: Final = re.compile(
    rf"(?P<open>\()?(?P<early>[+-])?{_MARK}?(?P<late>[+-])?"
    rf"(?P<number>[\d.,]+)(?:元|CNY|RMB)?(?P<close>\))?",
    re.IGNORECASE,
)


def parse_printed(printed_text: str, currency: str = "CNY") -> int:
    """The amount that a bank printed: ``86,000.00``, ``-25.00``, ``(25.00)``, ``¥86000``.

    A debit or credit mark beside the number is refused, because whose debit it is depends on the
    bank; so is every grouping other than by thousands. Raises NotAnAmount, FractionOfMinorUnit.
    """
    bare = text.plain(printed_text).replace(" ", "").replace("\u2212", "-")
    form = _PRINTED.fullmatch(bare)
    if form is None or bool(form["open"]) != bool(form["close"]):
        raise NotAnAmount(found=text.shortened(printed_text, 40))
    marks = [mark for mark in (form["open"], form["early"], form["late"]) if mark]
    number = _NUMBER.fullmatch(form["number"])
    if number is None or len(marks) > 1:
        raise NotAnAmount(found=text.shortened(printed_text, 40))
    digits, rest = minor_digits(currency), number["rest"] or ""
    if len(rest) > digits:
        raise FractionOfMinorUnit(found=text.shortened(printed_text, 40), currency=currency)
    amount = int(number["units"].replace(",", "") + rest.ljust(digits, "0"))
    return -amount if marks and marks[0] in "(-" else amount


_NUMERALS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
MOST_IN_CAPITALS: Final = 10**18 - 1


def in_capitals(amount_minor: int) -> str:
    """The amount in 人民币 capitals: 壹拾万柒仟元零伍角叁分; whole yuan end in 整.

    An amount that ends in 角 takes no 整, as in the rule's own examples. Raises ValueError past
    10^16 yuan.
    """
    if abs(amount_minor) > MOST_IN_CAPITALS:
        raise ValueError(amount_minor)
    yuan, rest = divmod(abs(amount_minor), 100)
    jiao, fen = divmod(rest, 10)
    sign = "负" if amount_minor < 0 else ""
    words = f"{_whole_in_capitals(yuan)}元" if yuan else ""
    if not rest:
        return f"{sign}{words or '零元'}整"
    if jiao:
        gap = "零" if yuan and yuan % 10 == 0 else ""
        words += f"{gap}{_NUMERALS[jiao]}角"
    elif yuan:
        words += "零"
    return f"{sign}{words}{_NUMERALS[fen] + '分' if fen else ''}"


def _whole_in_capitals(number: int) -> str:
    """A number from 1; 零 stands once wherever noughts part two written digits of a group."""
    for size, name in ((10**8, "亿"), (10**4, "万")):
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if 0 < low < size // 10 else ""
            rest = _whole_in_capitals(low) if low else ""
            return f"{_whole_in_capitals(high)}{name}{gap}{rest}"
    return _group_in_capitals(number)


def _group_in_capitals(group: int) -> str:
    words, digits = "", str(group)
    for digit, place in zip(digits, reversed(range(len(digits))), strict=True):
        words += f"{_NUMERALS[int(digit)]}{_PLACES[place]}" if digit != "0" else "零"
    return re.sub("零+", "零", words).rstrip("零")
