"""The payment code: what it catches, and how it is found in what people type."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.money.invoicing import payment_code

NUMBER = st.integers(0, payment_code.HOW_MANY - 1)
ALPHABET = payment_code.ALPHABET


def test_a_code_is_a_prefix_and_nine_characters_without_look_alikes() -> None:
    assert payment_code.make(1) == "JXA4PT82C75"
    assert len(set(ALPHABET)) == 23
    assert not set(ALPHABET) & set("01BDGILOQSUVZ")


def test_neighbouring_numbers_give_codes_that_look_unlike() -> None:
    codes = [payment_code.make(number) for number in range(2_000)]
    assert len(set(codes)) == len(codes)
    for one, next_one in pairwise(codes):
        assert sum(a != b for a, b in zip(one, next_one, strict=True)) >= 5


@given(NUMBER, NUMBER)
def test_different_numbers_differ_in_at_least_three_characters(one: int, other: int) -> None:
    pairs = zip(payment_code.make(one), payment_code.make(other), strict=True)
    assert one == other or sum(a != b for a, b in pairs) >= 3


@pytest.mark.parametrize("number", [-1, payment_code.HOW_MANY])
def test_a_number_past_the_last_code_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=str(number)):
        payment_code.make(number)


@pytest.mark.parametrize("number", [0, 1, 777, payment_code.HOW_MANY - 1])
def test_every_wrong_character_and_every_swap_is_noticed(number: int) -> None:
    code = payment_code.make(number)
    places = range(len(payment_code.PREFIX), len(code))
    for place in places:
        for wrong in set(ALPHABET) - {code[place]}:
            assert payment_code.find_all(code[:place] + wrong + code[place + 1 :]) == []
    for left, right in combinations(places, 2):
        if code[left] != code[right]:
            swapped = list(code)
            swapped[left], swapped[right] = code[right], code[left]
            assert payment_code.find_all("".join(swapped)) == []


def test_every_two_wrong_characters_are_noticed() -> None:
    # The check is linear: an error goes unseen only if it alone satisfies both equations, so that
    # going through all errors of one and two places proves it for every code.
    for left, right in combinations(range(payment_code.LENGTH), 2):
        for by in range(1, 23):
            for other in range(23):
                unseen = (by + other) % 23 == 0 and (left * by + right * other) % 23 == 0
                assert not unseen


@given(NUMBER)
def test_what_is_made_is_found(number: int) -> None:
    code = payment_code.make(number)
    assert payment_code.find_all(code) == [code]
    assert payment_code.find_all(f"付技术服务费{code}谢谢") == [code]
    assert payment_code.find_all(code.removeprefix("JX")) == [code]


CODE = payment_code.make(1)
OTHER = payment_code.make(2)


@pytest.mark.parametrize(
    "remark",
    [
        "jxa4pt82c75",
        "JX A4PT 82C75",
        "JX-A4PT-82C75",
        "JX A4P T82 C75",
        "付款码:JXA4PT82C75,轴修复首款",
        "\uff2a\uff38\uff21\uff14\uff30\uff34\uff18\uff12\uff23\uff17\uff15",
        "货款JXA4PT82C75",
        "JXA4PT82C7525800.00元",
        "JX-2026-FW-0012 JXA4PT82C75",
        "合同JX-2026-FW-0012 A4PT82C75",
        "A4PT 82C75",
        "JXA4PT82C75 JXA4PT82C75",
        "/ROC/JXA4PT82C75//URI/x",
        "JXA4PT\u200b82C75",
    ],
)
def test_a_code_is_found_in_what_people_and_banks_write(remark: str) -> None:
    assert payment_code.find_all(remark) == [CODE]


@pytest.mark.parametrize("between", [" ", "", "、", "和", " / ", "-", "jx", "\n"])
def test_two_codes_in_one_remark_are_both_found(between: str) -> None:
    assert payment_code.find_all(f"两期款 {CODE}{between}{OTHER}") == [CODE, OTHER]


@pytest.mark.parametrize(
    "remark",
    [
        "",
        "货款",
        "2026-08-15 23:59:59",
        "JX-2026-FW-0012",
        "86,000.00",
        "20260815234567892345678923456789",
        "91510100TEXT0101XB",
        "6222 0234 5678 9234 567",
        "NOTPROVIDED",
        "XA4PT82C759",
        "A4PT82C7599",
    ],
)
def test_ordinary_references_hold_no_code(remark: str) -> None:
    assert payment_code.find_all(remark) == []


@given(st.text(alphabet="0123456789 -./:,", max_size=80))
def test_digits_alone_never_make_a_code(remark: str) -> None:
    assert payment_code.find_all(remark) == []


def test_random_references_are_as_rarely_codes_as_the_docstring_says() -> None:
    chance = random.Random(20_260_815)
    signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    references = ("".join(chance.choices(signs, k=9)) for _ in range(100_000))
    assert sum(bool(payment_code.find_all(one)) for one in references) < 12  # 2.2 expected


@given(st.text(max_size=200))
def test_any_text_at_all_is_read(remark: str) -> None:
    for code in payment_code.find_all(remark):
        assert payment_code.find_all(code) == [code]
