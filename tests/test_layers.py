"""Imports go down only; rooms on one line do not import each other (see market/README.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
MARKET: Final = ROOT / "market"

# From the top down. A room on one line may import those on the lines below it.
LINES: Final = (
    ("cli",),
    ("serving", "offering_files"),
    ("app", "worker"),
    ("notifications",),
    ("reports",),
    ("money.reconciliation",),
    ("money.payments.stripe_events",),
    ("money.payments.stripe_explanations",),
    ("money.payments.stripe_lines", "money.payments.evidence"),
    ("money.payments.alarms",),
    ("money.payments.chargebacks",),
    ("money.payments.stripe_balance",),
    ("money.payments.refunds",),
    ("money.payments.online", "money.payments.opening_items"),
    ("money.payments",),
    ("money.invoicing", "money.statements"),
    ("trade.providers",),
    ("trade.reviews",),
    ("trade.performance",),
    ("trade.signing",),
    ("trade.contracts",),
    ("trade.awards",),
    ("trade.judging",),
    ("trade.proposals",),
    ("trade.discovery",),
    ("trade.enterprise_requests",),
    ("trade.catalogue",),
    ("trade.deals", "trade.rights"),
    ("identity", "ledger"),
    ("base",),
)
# These stand apart: what each may import of ours.
APART: Final = {"demo": (), "stripe_simulator": (), "auditor": ("base.db",)}

LEVEL: Final = {room: level for level, line in enumerate(reversed(LINES)) for room in line}


def modules() -> list[Path]:
    return sorted(path for path in MARKET.rglob("*.py") if path != MARKET / "__init__.py")


def dotted(path: Path) -> str:
    parts = path.relative_to(MARKET).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def room_of(module: str) -> str | None:
    """The room that a module (dotted, without "market.") lies in; None for a wing's docstring.

    Of a room within a room, the inner one.
    """
    around = [room for room in (*LEVEL, *APART) if f"{module}.".startswith(f"{room}.")]
    return max(around, key=len, default=None)


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


def test_every_module_lies_in_a_known_room() -> None:
    faults = []
    for path in modules():
        module = dotted(path)
        if path.name == "__init__.py" and module in {"trade", "money", "association"}:
            if len(ast.parse(path.read_text("utf-8")).body) != 1:
                faults.append(f"market.{module} is a wing, which holds a docstring only")
        elif room_of(module) is None:
            faults.append(f"market.{module} is in no room: name its line in LINES")
    assert not faults, "\n".join(faults)


def test_imports_go_down_only() -> None:
    faults = [
        f"market.{dotted(path)}: {fault}"
        for path in modules()
        if (room := room_of(dotted(path))) is not None
        for name in imports_of(path)
        if name != "__version__" and (fault := fault_of(room, name))
    ]
    assert not faults, "\n".join(faults)


def fault_of(room: str, name: str) -> str | None:
    """Why a room may not import that, if so."""
    target = room_of(name)
    if target is None:
        return f"imports market.{name}, which is in no room"
    if target == room:
        return None
    if room in APART:
        allowed = name.startswith(APART[room] or ("-",))
        return None if allowed else f"stands apart, yet imports market.{name}"
    if target in APART:
        return None if room == "cli" else f"only the CLI may start market.{target}"
    if LEVEL[target] >= LEVEL[room]:
        return f"imports market.{name}, which does not lie below it"
    return None


def test_nothing_is_imported_inside_a_function() -> None:
    faults = [
        f"market.{dotted(path)}:{inside.lineno} imports inside {function.name}"
        for path in modules()
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for inside in ast.walk(function)
        if isinstance(inside, ast.Import | ast.ImportFrom)
    ]
    assert not faults, "\n".join(faults)


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        f"market.{dotted(path)} has no docstring"
        for path in modules()
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent, "\n".join(silent)


def test_no_module_is_longer_than_400_lines() -> None:
    """Else it is about two things; a table of data alone may be."""
    long = [
        f"market.{dotted(path)} has {lines} lines"
        for path in modules()
        if dotted(path) != "demo.city"
        and (lines := len(path.read_text("utf-8").splitlines())) > 400
    ]
    assert not long, "\n".join(long)


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {
        dotted(path): {
            name if (MARKET / f"{name.replace('.', '/')}.py").exists() else name.rpartition(".")[0]
            for name in imports_of(path)
        }
        for path in modules()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


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
