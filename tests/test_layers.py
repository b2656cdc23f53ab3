"""Imports go down only; rooms on one line do not import each other (see market/README.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
MARKET: Final = ROOT / "market"

# From the top down. A room on one line may import those on the lines below it.
LINES: Final = (
    ("cli",),
    ("serving", "importing"),
    ("app", "worker"),
    ("notifications",),
    ("reports",),
    ("money.reconciliation",),
    ("money.payments",),
    ("money.invoicing", "money.statements"),
    ("trade.providers",),
    ("trade.reviews",),
    ("trade.performance",),
    ("trade.signing",),
    ("trade.contracts",),
    ("trade.proposals",),
    ("trade.enterprise_requests",),
    ("trade.catalogue",),
    ("trade.deals", "trade.rights"),
    ("identity", "ledger"),
    ("base",),
)
# These stand apart: what each may import of ours.
APART: Final = {"demo": (), "auditor": ("base.db",)}

LEVEL: Final = {room: level for level, line in enumerate(reversed(LINES)) for room in line}


def modules() -> list[Path]:
    return sorted(path for path in MARKET.rglob("*.py") if path != MARKET / "__init__.py")


def dotted(path: Path) -> str:
    parts = path.relative_to(MARKET).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def room_of(module: str) -> str | None:
    """The room that a module (dotted, without "market.") lies in; None for a wing's docstring."""
    for room in (*LEVEL, *APART):
        if module == room or module.startswith(room + "."):
            return room
    return None


def imports_of(path: Path) -> Iterator[str]:
    """What a module imports of ours, also inside functions, without "market."."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where a name comes from"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.startswith("market."):
                yield name.removeprefix("market.")


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_a_module_lies_in_a_known_room(path: Path) -> None:
    module = dotted(path)
    if path.name == "__init__.py" and module in {"trade", "money", "association"}:
        assert len(ast.parse(path.read_text("utf-8")).body) == 1, "a wing holds a docstring only"
        return
    assert room_of(module) is not None, f"market.{module} is in no room: name its line in LINES"


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_imports_go_down_only(path: Path) -> None:
    room = room_of(dotted(path))
    if room is None:
        return
    for name in imports_of(path):
        target = room_of(name)
        if name == "__version__":
            continue
        assert target is not None, f"{dotted(path)} imports market.{name}, which is in no room"
        if room in APART:
            allowed = APART[room]
            assert target == room or name.startswith(allowed or ("-",)), (
                f"{room} stands apart, yet imports market.{name}"
            )
            continue
        if target == room:
            continue
        assert target not in APART or room in {"cli"}, f"only the CLI may start market.{target}"
        assert target in APART or LEVEL[target] < LEVEL[room], (
            f"{dotted(path)} imports market.{name}, which does not lie below it"
        )


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_nothing_is_imported_inside_a_function(path: Path) -> None:
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = [n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
            assert not inside, f"{dotted(path)}.{function.name} imports inside a function"


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), "a module docstring is missing"


def test_capabilities_of_the_identity_wing_form_no_cycle() -> None:
    wing = MARKET / "identity"
    edges: dict[str, set[str]] = {}
    for path in wing.rglob("*.py"):
        here = dotted(path).split(".")[1:2]
        for name in imports_of(path):
            parts = name.split(".")
            if here and parts[0] == "identity" and len(parts) > 1 and parts[1] != here[0]:
                edges.setdefault(here[0], set()).add(parts[1])
    done: set[str] = set()

    def visit(node: str, trail: tuple[str, ...]) -> None:
        assert node not in trail, f"cycle: {' → '.join((*trail, node))}"
        if node not in done:
            for target in sorted(edges.get(node, ())):
                visit(target, (*trail, node))
            done.add(node)

    for start in sorted(edges):
        visit(start, ())
