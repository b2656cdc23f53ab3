"""Amounts: shares, tax, words, and what banks print."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.base import amounts, fields

MINOR = st.integers(-(2**53 - 1), 2**53 - 1)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)


def test_the_vat_of_fw_01_is_split_over_its_instalments_to_the_last_fen() -> None:
    net = amounts.net_of(8_600_000, 60_000)
    assert (net, 8_600_000 - net) == (8_113_208, 486_792)
    instalments = amounts.split(8_600_000, [30, 50, 20])
    assert instalments == [2_580_000, 4_300_000, 1_720_000]
    assert amounts.split(486_792, instalments) == [146_038, 243_396, 97_358]


def test_the_shares_of_the_worked_settlement_come_out() -> None:
    shares = amounts.split(7_460_774, [80_000, 20_000, 600_000, 300_000])
    assert shares == [596_862, 149_216, 4_476_464, 2_238_232]
    assert amounts.split(4_476_464, [5, 3, 2]) == [2_238_232, 1_342_939, 895_293]


def test_of_equal_remainders_the_earliest_gains() -> None:
    assert amounts.split(100, [1, 1, 1]) == [34, 33, 33]
    assert amounts.split(-100, [1, 1, 1]) == [-34, -33, -33]
    assert amounts.split(0, [1, 2]) == [0, 0]


@pytest.mark.parametrize("weights", [[], [0, 0], [5, -1]])
def test_weights_that_divide_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(amounts.NothingToShareBy):
        amounts.split(100, weights)


@given(MINOR, WEIGHTS)
def test_shares_sum_to_the_whole_and_miss_their_due_by_less_than_one(
    total: int, weights: list[int]
) -> None:
    shares = amounts.split(total, weights)
    assert sum(shares) == total
    for part, weight in zip(shares, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1
        assert weight or not part
    assert amounts.split(-total, weights) == [-part for part in shares]


@given(MINOR, st.integers(0, 1_000_000))
def test_net_and_share_are_rounded_half_away_from_zero(amount: int, ppm: int) -> None:
    exact = Fraction(amount * 1_000_000, 1_000_000 + ppm)
    assert abs(amounts.net_of(amount, ppm) - exact) <= Fraction(1, 2)
    assert amounts.net_of(-amount, ppm) == -amounts.net_of(amount, ppm)
    assert abs(amounts.share(amount, ppm) - Fraction(amount * ppm, 1_000_000)) <= Fraction(1, 2)


def test_halves_go_up() -> None:
    assert amounts.share(1, 500_000) == 1
    assert amounts.share(-1, 500_000) == -1
    assert amounts.share(8_113_208, 300) == 2_434


# The first five are printed in 正确填写票据和结算凭证的基本规定 itself.
@pytest.mark.parametrize(
    ("amount_minor", "words"),
    [
        (140_950, "壹仟肆佰零玖元伍角"),
        (600_714, "陆仟零柒元壹角肆分"),
        (10_700_053, "壹拾万柒仟元零伍角叁分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (168_032, "壹仟陆佰捌拾元零叁角贰分"),
        (8_600_000, "捌万陆仟元整"),
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角"),
        (1_000, "壹拾元整"),
        (40_950, "肆佰零玖元伍角"),
        (10_001_005, "壹拾万零壹拾元零伍分"),
        (100_000_000, "壹佰万元整"),
        (1_005_000_000, "壹仟零伍万元整"),
        (10_000_123_400, "壹亿零壹仟贰佰叁拾肆元整"),
        (10_500_000_000, "壹亿零伍佰万元整"),
        (100_010_000_000, "壹拾亿零壹拾万元整"),
        (10**14, "壹万亿元整"),
        (1_234_500_000_001_00, "壹万贰仟叁佰肆拾伍亿零壹元整"),
        (-2_500, "负贰拾伍元整"),
    ],
)
def test_amounts_in_words_follow_the_rule_for_negotiable_instruments(
    amount_minor: int, words: str
) -> None:
    assert amounts.in_capitals(amount_minor) == words


def test_no_words_are_made_up_past_the_largest_unit() -> None:
    with pytest.raises(ValueError, match="1000000000000000000"):
        amounts.in_capitals(10**18)


_VALUES = {c: n for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
_SIZES = {"拾": 10, "佰": 100, "仟": 1_000}


def _read_group(words: str) -> int:
    total, digit = 0, 0
    for c in words:
        if c in _SIZES:
            total, digit = total + digit * _SIZES[c], 0
        else:
            digit = _VALUES[c]
    return total + digit


def _read_whole(words: str) -> int:
    for name, size in (("亿", 10**8), ("万", 10**4)):
        high, found, low = words.rpartition(name)
        if found:
            return _read_whole(high) * size + _read_whole(low)
    return _read_group(words)


def _read(words: str) -> int:
    yuan, _, rest = words.removeprefix("负").removesuffix("整").rpartition("元")
    jiao, _, fen = rest.rpartition("角")
    minor = _read_whole(yuan) * 100 + _read_group(jiao) * 10 + _read_group(fen.removesuffix("分"))
    return -minor if words.startswith("负") else minor


@given(st.integers(-amounts.MOST_IN_CAPITALS, amounts.MOST_IN_CAPITALS))
def test_words_say_the_amount_and_nothing_twice(amount_minor: int) -> None:
    words = amounts.in_capitals(amount_minor)
    assert _read(words) == amount_minor
    assert "零零" not in words


@pytest.mark.parametrize(
    ("amount_minor", "currency", "shown"),
    [
        (8_600_000, "CNY", "86,000.00"),
        (-5, "CNY", "-0.05"),
        (0, "CNY", "0.00"),
        (1_234_567, "JPY", "1,234,567"),
        (1_234_567, "KWD", "1,234.567"),
    ],
)
def test_amounts_are_printed_for_people(amount_minor: int, currency: str, shown: str) -> None:
    assert amounts.printed(amount_minor, currency) == shown


@given(MINOR, st.sampled_from(["CNY", "JPY", "KWD"]))
def test_what_we_print_we_read(amount_minor: int, currency: str) -> None:
    shown = amounts.printed(amount_minor, currency)
    assert amounts.parse_printed(shown, currency) == amount_minor


@pytest.mark.parametrize(
    ("shown", "amount_minor"),
    [
        ("86,000.00", 8_600_000),
        ("86000", 8_600_000),
        ("86000.5", 8_600_050),
        (" \u3000\uff18\uff16\uff0c\uff10\uff10\uff10\uff0e\uff10\uff10\t", 8_600_000),
        ("\uffe586,000.00", 8_600_000),
        ("¥-25.00", -2_500),
        ("CNY 25.00", 2_500),
        ("25.00 CNY", 2_500),
        ("人民币 25.00 元", 2_500),
        ("(25.00)", -2_500),
        ("\uff0825.00\uff09", -2_500),
        ("-25.00", -2_500),
        ("\u221225.00", -2_500),
        ("+25.00", 2_500),
        ("86 000.00", 8_600_000),
        ("0", 0),
    ],
)
def test_amounts_are_read_as_banks_print_them(shown: str, amount_minor: int) -> None:
    assert amounts.parse_printed(shown) == amount_minor


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "--",
        "-",
        "86,00",
        "86.000,00",
        "8,6000.00",
        ",000.00",
        ".50",
        "1.2.3",
        "25.00-",
        "25.00 CR",
        "25.00DR",
        "(25.00",
        "(-25.00)",
        "+-25",
        "1e5",
        "NaN",
        "0x10",
        "捌万陆仟元整",
        "1" * 19,
        "25%",
    ],
)
def test_what_could_be_two_amounts_or_none_is_refused(shown: str) -> None:
    with pytest.raises(amounts.NotAnAmount):
        amounts.parse_printed(shown)


@pytest.mark.parametrize(
    ("shown", "currency"), [("25.005", "CNY"), ("1.500", "CNY"), ("1.5", "JPY")]
)
def test_less_than_the_smallest_coin_is_refused(shown: str, currency: str) -> None:
    with pytest.raises(amounts.FractionOfMinorUnit):
        amounts.parse_printed(shown, currency)


def test_a_currency_without_two_decimals_is_one_that_can_be_named() -> None:
    uneven = f"{amounts._NO_MINOR_UNIT} {amounts._THREE_DIGITS}".split()
    assert set(uneven) < set(fields.CURRENCIES.split())
