"""Every SQL statement in the code is planned by PostgreSQL under the role that runs it.

Statements stand as literals (or f-strings over ``columns(Kind)``) in the call that runs them. A
module that builds SQL from parts lists every text that it can build in ``all_statements()``.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import asyncpg
import pytest

from market.base import db
from market.base.embedded import Dsns
from tests.test_layers import MARKET, dotted, modules

RUNS_SQL: Final = {"fetch", "fetchrow", "fetchval", "execute", "executemany", "cursor"}
UTILITY: Final = re.compile(
    r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET|RESET|ALTER|CREATE|DROP|GRANT|REVOKE|DO|ANALYZE)\b",
    re.IGNORECASE,
)
# Rooms whose SQL runs on the owner's or the auditor's connection.
OWNERS: Final = ("base.migrations", "base.backup", "base.embedded")
AUDITORS: Final = ("auditor",)


class Statement(NamedTuple):
    place: str
    module: str
    sql: str


def statements_in(path: Path) -> Iterator[Statement]:
    module = dotted(path)
    names: dict[str, Any] = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr not in RUNS_SQL or not node.args:
            continue
        text = node.args[0]
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            yield Statement(f"{module}:{node.lineno}", module, text.value)
        elif isinstance(text, ast.JoinedStr):
            names = names or vars(importlib.import_module(f"market.{module}"))
            source = compile(ast.Expression(text), module, "eval")
            try:
                yield Statement(f"{module}:{node.lineno}", module, eval(source, names))
            except NameError:
                continue  # over a local name: utility text, held by the next test
    built = getattr(importlib.import_module(f"market.{module}"), "all_statements", None)
    if built is not None:
        for number, sql in enumerate(built()):
            yield Statement(f"{module}:built-{number}", module, sql)


def planned() -> list[Statement]:
    found = []
    for path in modules():
        if dotted(path).startswith(("demo", "cli")):
            continue
        for statement in statements_in(path):
            if not UTILITY.match(statement.sql) and statement.module not in OWNERS:
                found.append(statement)
    return found


def test_interpolation_in_sql_is_columns_alone() -> None:
    for path in MARKET.rglob("queries.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                text = node.args[0] if node.args else None
                if node.func.attr in RUNS_SQL and isinstance(text, ast.JoinedStr):
                    for part in text.values:
                        if isinstance(part, ast.FormattedValue):
                            call = ast.unparse(part.value)
                            assert re.match(r"(db\.)?columns\(", call) or call.isupper(), (
                                f"{dotted(path)}:{node.lineno} interpolates {call}"
                            )


def test_no_statement_selects_everything() -> None:
    for statement in planned():
        assert not re.search(r"SELECT\s+(\w+\.)?\*", statement.sql, re.IGNORECASE), statement.place


@pytest.fixture(scope="module")
async def planners(shared_database: Dsns) -> Any:
    connections = [await db.connect(dsn) for dsn in (shared_database.app, shared_database.worker)]
    auditor = await db.connect(shared_database.auditor)
    yield connections, auditor
    for connection in (*connections, auditor):
        await connection.close()


@pytest.mark.parametrize("statement", planned(), ids=lambda s: s.place)
async def test_the_statement_is_planned_under_its_role(statement: Statement, planners: Any) -> None:
    applications, auditor = planners
    candidates = [auditor] if statement.module.startswith(AUDITORS) else applications
    refusals = []
    for connection in candidates:
        try:
            await connection.execute(f"EXPLAIN (GENERIC_PLAN) {statement.sql}")
            return
        except asyncpg.PostgresError as refusal:
            refusals.append(str(refusal))
    pytest.fail(f"{statement.place}: {refusals}")
