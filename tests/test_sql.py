"""Every SQL statement in the code is planned by PostgreSQL under the role that runs it.

Statements stand as literals (or f-strings over ``columns(Kind)``) in the call that runs them. A
module that builds SQL from parts lists every text that it can build in ``all_statements()``.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import asyncpg
import pytest

from market.base import db
from market.base.db import Connection
from market.base.embedded import Dsns
from tests.test_layers import dotted, modules

RUNS_SQL: Final = {"fetch", "fetchrow", "fetchval", "execute", "executemany", "cursor"}
UTILITY: Final = re.compile(
    r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET|RESET|ALTER|CREATE|DROP|GRANT|REVOKE|DO)\b",
    re.IGNORECASE,
)
# Rooms whose SQL runs on the owner's or the auditor's connection.
OWNERS: Final = (
    "base.migrations",
    "base.backup",
    "base.embedded",
    "base.indexes",
    "cli.calendar",
)
AUDITORS: Final = ("auditor",)
# Rooms that run on the worker's connection alone; everything else is asked by requests.
WORKERS: Final = (
    "base.events",
    "base.idempotency",
    "base.mail",
    "base.seals",
    "money.invoicing",
    "money.payments.stripe_events",
    "notifications",
    "trade.catalogue",
    "trade.enterprise_requests",
    "trade.proposals",
)
# Puts the actor's ids, which are UUIDs, into text that PostgreSQL must take without parameters.
INTERPOLATES: Final = ("base.db",)


class Statement(NamedTuple):
    place: str
    module: str
    sql: str


def statements_in(path: Path) -> Iterator[Statement]:
    """The SQL that a module runs; f-strings are evaluated with the module's own names."""
    module = dotted(path)
    for call in sql_calls(path):
        sql = text_of(call.args[0], module)
        if sql is not None:
            yield Statement(f"{module}:{call.lineno}", module, sql)
    built = getattr(importlib.import_module(f"market.{module}"), "all_statements", None)
    for number, sql in enumerate(built() if built is not None else ()):
        yield Statement(f"{module}:built-{number}", module, sql)


def sql_calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr in RUNS_SQL and node.args:
            yield node


def text_of(text: ast.expr, module: str) -> str | None:
    """None for what is neither a literal nor made of the module's own names."""
    if isinstance(text, ast.Constant):
        return text.value if isinstance(text.value, str) else None
    if not isinstance(text, ast.JoinedStr):
        return None
    code = compile(ast.Expression(text), module, "eval")
    try:
        return str(eval(code, vars(importlib.import_module(f"market.{module}"))))  # noqa: S307
    except NameError:
        return None  # over a local name: utility text, or held by the next test


@cache
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
    for path in modules():
        if dotted(path).startswith(("cli", "demo", *OWNERS)) or dotted(path) in INTERPOLATES:
            continue
        for call in sql_calls(path):
            parts = call.args[0].values if isinstance(call.args[0], ast.JoinedStr) else []
            for part in parts:
                if isinstance(part, ast.FormattedValue):
                    name = ast.unparse(part.value)
                    allowed = re.match(r"(db\.)?columns\(", name) or name.isupper()
                    assert allowed, f"{dotted(path)}:{call.lineno} interpolates {name}"


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


async def test_every_statement_is_planned_under_its_role(planners: Any) -> None:
    (app, worker), auditor = planners
    faults = []
    for statement in planned():
        candidates = [auditor] if statement.module.startswith(AUDITORS) else [app]
        if statement.module.startswith(WORKERS):
            candidates.append(worker)
        refusals = []
        for connection in candidates:
            refusal = await refusal_of(connection, statement)
            if refusal is None:
                break
            refusals.append(refusal)
        else:
            faults.append(f"{statement.place}: {refusals}")
    assert not faults, "\n".join(faults)


async def refusal_of(connection: Connection, statement: Statement) -> str | None:
    try:
        await connection.execute(f"EXPLAIN (GENERIC_PLAN) {statement.sql}")
    except asyncpg.PostgresError as refusal:
        return str(refusal)
    return None


BY_BOOKS: Final = re.compile(r"(?:FROM|JOIN) opening_balance\b.*\bbooks (?:=|IN)", re.DOTALL)
FIRST: Final = re.compile(r"\(SELECT id FROM \w+_of_books WHERE books = \$\d\)")


def test_what_books_begin_with_is_asked_of_its_views() -> None:
    """An opening balance of the books may be a supplement: `beginning_of_books` knows it."""
    asked = [
        statement.place
        for statement in planned()
        if not statement.module.startswith(("auditor", "ledger.opening.queries"))
        and BY_BOOKS.search(FIRST.sub("", statement.sql))
    ]
    assert asked == []
