"""Every refusal of the market, as a person reads it: two languages, each with its own marks."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import market
from market.base import words
from market.base.errors import MarketError, all_refusals
from market.identity.letters import FOOT_ZH, Letter


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


MARKS: Final = ",;:?!()"
# The placeholders that stand for a code of the market, and how it is handed over in words.
TOLD: Final = {
    "state": ("words.state",),
    "role": ("words.role",),
    "held": ("words.role", "words.roles"),
    "statutory_class": ("words.contract_class",),
    "kind": ("words.service", "kind.name"),
}


SHOWN: Final = {
    refusal.__name__: shown
    for refusal in REFUSALS
    if (shown := [each for each in TOLD if f"{{{each}}}" in refusal.zh + refusal.en])
}


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


def test_codes_are_told_in_words() -> None:
    """Who raises a refusal hands its ``state`` over as ``words.state(subject, code)``; so on."""
    bare = [
        f"{path}:{call.lineno} {placeholder}"
        for path in sorted(Path(market.__path__[0]).rglob("*.py"))
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        for placeholder in SHOWN.get(_name_of(call.func), ())
        for value in [{each.arg: each.value for each in call.keywords}.get(placeholder)]
        if value is not None and not _is_told(value, function, TOLD[placeholder])
    ]
    assert len(SHOWN) > 10
    assert bare == []


def _name_of(target: ast.expr) -> str:
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def _is_told(value: ast.expr, within: ast.AST, told: tuple[str, ...]) -> bool:
    """One of the ways to tell it, or a name to which the function gives nothing else."""
    if isinstance(value, ast.Name):
        given = [
            node.value
            for node in ast.walk(within)
            if isinstance(node, ast.Assign) and value.id in map(_name_of, node.targets)
        ]
        return bool(given) and all(_is_told(each, within, told) for each in given)
    return ast.unparse(value.func if isinstance(value, ast.Call) else value) in told


def letters() -> dict[str, Letter]:
    """Every letter that a module of the market writes, by its subject."""
    modules = [module for name, module in sys.modules.items() if name.startswith("market.")]
    return {
        letter.subject_en: letter
        for module in modules
        for letter in vars(module).values()
        if isinstance(letter, Letter)
    }


LETTERS: Final = letters()


def test_chinese_marks_in_letters_are_full_width() -> None:
    assert len(LETTERS) > 30
    wrong = [
        text
        for letter in LETTERS.values()
        for text in (letter.subject_zh, letter.body_zh, FOOT_ZH)
        if re.search(rf"[{MARKS}]{CHINESE}|{CHINESE}[{MARKS}]|}}[{MARKS}]|[{MARKS}]{{", text)
    ]
    assert wrong == []


def test_english_letters_have_no_chinese_marks() -> None:
    told = [text for each in LETTERS.values() for text in (each.subject_en, each.body_en)]
    assert [text for text in told if re.search(f"{CHINESE}|{CHINESE_MARKS}", text)] == []
