"""Chinese that people read, wherever in the tree it stands: its marks are full width."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import market
from market.app import OPENAPI
from market.base import vocabulary
from market.base.words import PRODUCT
from market.identity import letters
from market.identity.invitations.model import INVITED
from market.identity.second_factor import codes

ROOT: Final = Path(next(iter(market.__path__)))
CHINESE: Final = r"[\u3400-\u9fff]"
# A Chinese term in an English sentence takes that sentence's mark: "协会, the association".
HALF_WIDTH: Final = re.compile(rf"{CHINESE}[,;:?!()](?! [A-Za-z])|[,;:?!()]{CHINESE}")
# What a program reads: patterns, addresses, and an argument's form.
SYNTAX: Final = re.compile(r"\(\?|\)\*|://|序号:哈希")
# The offerings of the city are called what their units call them.
GIVEN: Final = frozenset({"demo/city.py"})
VALUE: Final = "\x00"


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Each string that is no docstring, with its line; f-strings whole, their values blanked."""
    parts = {id(part) for whole in ast.walk(tree) for part in _apart(whole)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pieces = (n.value if isinstance(n, ast.Constant) else VALUE for n in node.values)
            yield node.lineno, "".join(map(str, pieces))
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts
        ):
            yield node.lineno, node.value


def _apart(node: ast.AST) -> Iterator[ast.AST]:
    """Strings that are read as a part of another, or by programmers alone."""
    if isinstance(node, ast.JoinedStr):
        yield from (value for value in node.values if isinstance(value, ast.Constant))
    elif isinstance(node, ast.Expr):
        yield node.value


def faults(text: str) -> list[str]:
    return [] if SYNTAX.search(text) else [found[0] for found in HALF_WIDTH.finditer(text)]


def test_every_chinese_sentence_has_full_width_marks() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {marks} in {text[:60]}"
        for path in sorted(ROOT.rglob("*.py"))
        if path.relative_to(ROOT).as_posix() not in GIVEN
        for line, text in texts(ast.parse(path.read_bytes()))
        if (marks := faults(text))
    ]
    assert not found, "\n".join(found)


def test_what_names_of_the_api_mean_has_full_width_marks() -> None:
    explained = [zh for place in vocabulary.places() for zh, _ in vocabulary.read(place).values()]
    assert len(explained) > 100
    assert [zh for zh in explained if faults(zh) or not zh.endswith("。")] == []


def test_the_product_has_one_name() -> None:
    """In letters, on pages, in the description and on a device that shows codes."""
    names = (
        letters.FOOT_ZH,
        INVITED.subject_zh,
        codes.uri_of("A" * 32, "w@market.test"),
        OPENAPI.title,
        *(page.read_text("utf-8") for page in ROOT.glob("identity/landings/*.html")),
        (ROOT / "base" / "explorer" / "index.html").read_text("utf-8"),
        (ROOT.parent / "README.md").read_text("utf-8"),
    )
    assert len(names) > 6
    assert [text[:80] for text in names if PRODUCT.zh not in unquote(text)] == []
    assert PRODUCT.en in letters.FOOT_EN
    assert PRODUCT.en in INVITED.subject_en


def test_a_bank_line_is_matched_in_one_word() -> None:
    """匹配; what else is said of debts that are given up is another thing."""
    told = [ROOT.parent / "README.md", *(ROOT / "demo").glob("*.py"), ROOT / "auditor" / "bank.py"]
    assert [path.name for path in told if "核销" in path.read_text("utf-8")] == []


def test_the_test_finds_what_it_looks_for() -> None:
    module = ast.parse(
        '"""甲,乙"""\na = f"借:{x};贷"\nb = "甲方(买方)"\nc = "合同 contract, 甲方"\n'
    )
    assert [faults(text) for _, text in texts(module)] == [["借:", ";贷"], ["方(", "方)"], []]
