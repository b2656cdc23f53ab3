"""Chinese that people read, wherever in the tree it stands: its marks are full width."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import market

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


def test_the_test_finds_what_it_looks_for() -> None:
    module = ast.parse(
        '"""甲,乙"""\na = f"借:{x};贷"\nb = "甲方(买方)"\nc = "合同 contract, 甲方"\n'
    )
    assert [faults(text) for _, text in texts(module)] == [["借:", ";贷"], ["方(", "方)"], []]
