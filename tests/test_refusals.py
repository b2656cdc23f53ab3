"""Every refusal of the market, as a person reads it: two languages, each with its own marks."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from typing import Final

import pytest

import market
from market.base.errors import MarketError, all_refusals


def own_refusals() -> list[type[MarketError]]:
    """Those of the market's modules that carry a code of their own."""
    for info in pkgutil.walk_packages(market.__path__, "market."):
        importlib.import_module(info.name)
    return [
        kind
        for kind in all_refusals()
        if kind.__module__.startswith("market.") and "code" in kind.__dict__
    ]


REFUSALS: Final = own_refusals()
CHINESE: Final = r"[\u3400-\u9fff]"
CHINESE_MARKS: Final = r"[\u3000-\u303f\uff00-\uffef]"

each_refusal: Final = pytest.mark.parametrize(
    "refusal", [pytest.param(kind, id=f"{kind.__module__}-{kind.code}") for kind in REFUSALS]
)


def sentences(text: str, end: str) -> list[str]:
    return [part for part in re.split(end, text) if part.strip()]


def test_a_code_stands_for_one_refusal() -> None:
    codes = Counter(refusal.code for refusal in REFUSALS)
    assert [code for code, count in codes.items() if count > 1] == []


@each_refusal
def test_chinese_marks_are_full_width(refusal: type[MarketError]) -> None:
    assert re.search(CHINESE, refusal.zh)
    assert re.search(rf"{CHINESE}[,;:?!()]|[,;:?!()]{CHINESE}", refusal.zh) is None
    assert re.search(r"}[,;:]$|}[,;:]\s", refusal.zh) is None
    assert refusal.zh.endswith("。")


@each_refusal
def test_english_has_no_chinese_marks(refusal: type[MarketError]) -> None:
    assert re.search(f"{CHINESE}|{CHINESE_MARKS}", refusal.en) is None
    assert refusal.en.endswith(".")


@each_refusal
def test_what_to_do_next_is_said_in_both_languages(refusal: type[MarketError]) -> None:
    """What is wrong is one sentence, the next step another, or a request stands for both."""
    assert len(sentences(refusal.zh, "。")) > 1 or "请" in refusal.zh
    assert len(sentences(refusal.en, r"[.:;](?=\s|$)")) > 1 or refusal.en.startswith("Send")
