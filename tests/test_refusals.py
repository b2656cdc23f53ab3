"""Every refusal of the market, as a person reads it: two languages, each with its own marks."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import market
from market.base import words
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


def sentences(text: str, end: str) -> list[str]:
    return [part for part in re.split(end, text) if part.strip()]


def test_a_code_stands_for_one_refusal() -> None:
    codes = Counter(refusal.code for refusal in REFUSALS)
    assert [code for code, count in codes.items() if count > 1] == []


def faulty(is_right: Callable[[type[MarketError]], object]) -> str:
    """Those that are not as they should be, each with its sentences."""
    wrong = [refusal for refusal in REFUSALS if not is_right(refusal)]
    return "\n".join(f"{kind.__module__} {kind.code}: {kind.zh} | {kind.en}" for kind in wrong)


def test_chinese_marks_are_full_width() -> None:
    def is_right(refusal: type[MarketError]) -> bool:
        return (
            re.search(CHINESE, refusal.zh) is not None
            and re.search(rf"{CHINESE}[,;:?!()]|[,;:?!()]{CHINESE}", refusal.zh) is None
            and re.search(r"}[,;:]$|}[,;:]\s", refusal.zh) is None
            and refusal.zh.endswith("。")
        )

    assert not (found := faulty(is_right)), found


def test_english_has_no_chinese_marks() -> None:
    def is_right(refusal: type[MarketError]) -> bool:
        foreign = re.search(f"{CHINESE}|{CHINESE_MARKS}", refusal.en)
        return foreign is None and refusal.en.endswith(".")

    assert not (found := faulty(is_right)), found


def test_what_to_do_next_is_said_in_both_languages() -> None:
    """What is wrong is one sentence, the next step another, or a request stands for both."""

    def is_right(refusal: type[MarketError]) -> bool:
        zh = len(sentences(refusal.zh, "。")) > 1 or "请" in refusal.zh
        en = len(sentences(refusal.en, r"[.:;](?=\s|$)")) > 1 or refusal.en.startswith("Send")
        return zh and en

    assert not (found := faulty(is_right)), found


def test_a_sentence_quotes_no_code_of_a_state() -> None:
    codes = {code for code in words.STATES if "_" in code}

    def is_right(refusal: type[MarketError]) -> bool:
        return codes.isdisjoint(re.findall(r"\w+", f"{refusal.zh} {refusal.en}"))

    assert not (found := faulty(is_right)), found


def test_a_state_is_told_in_the_words_of_its_subject() -> None:
    """Who raises a refusal hands its ``state`` over as ``words.state(subject, code)``."""
    names = {refusal.__name__ for refusal in REFUSALS if "{state}" in refusal.zh + refusal.en}
    assert names
    bare = [
        f"{path}:{call.lineno}"
        for path in sorted(Path(market.__path__[0]).rglob("*.py"))
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and _name_of(call.func) in names
        if not _is_told({each.arg: each.value for each in call.keywords}["state"], function)
    ]
    assert bare == []


def _name_of(target: ast.expr) -> str:
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def _is_told(value: ast.expr, within: ast.AST) -> bool:
    """``words.state(…)`` itself, or a name to which the function gives nothing else."""
    if isinstance(value, ast.Name):
        given = [
            node.value
            for node in ast.walk(within)
            if isinstance(node, ast.Assign) and value.id in map(_name_of, node.targets)
        ]
        return bool(given) and all(_is_told(each, within) for each in given)
    return isinstance(value, ast.Call) and ast.unparse(value.func) == "words.state"
