"""An act's own statements, as the application sends them, turned into a script for pgbench.

One act is done in this process and its statements are noted with their values. In the script these
stay as they are, but for those that differ from act to act, which become variables.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import msgspec
from asyncpg.connection import LoggedQuery
from litestar import Litestar

from market.app import at_the_edge, create_app
from market.base import settings
from market.base.db import Pool
from market.base.embedded import Dsns
from tests.client import running

PARAMETER: Final = re.compile(r"\$(\d+)")
WHO_ACTS: Final = re.compile(r"BEGIN; SELECT (.*)", re.DOTALL)


class Sent(NamedTuple):
    """A statement, its values, and what kinds of values PostgreSQL takes them for."""

    sql: str
    values: tuple[Any, ...] = ()
    kinds: tuple[str, ...] = ()


class Finds(NamedTuple):
    r"""A statement, by a part of its text, whose row becomes variables by \gset.

    ``instead`` stands there for values that are not known before.
    """

    text: str
    prefix: str
    instead: Mapping[str, str]


@asynccontextmanager
async def application(
    addresses: Dsns, data: Path
) -> AsyncIterator[tuple[Litestar, httpx.AsyncClient]]:
    """The application in this process, and a client that calls it."""
    app = create_app(settings.load({"MARKET_DATA": str(data)}), addresses)
    async with running(app):
        transport = httpx.ASGITransport(app=at_the_edge(app), client=("127.0.0.1", 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://market.test") as client:
            yield app, client


async def round_trips(app: Litestar, client: httpx.AsyncClient, path: str) -> int:
    """How often the application speaks to the database for a request, asked for once before."""
    await client.get(path)
    state, times = app.state, 0
    for pool in (state.pool, state.catalogue_pool, state.search_pool):
        async with noting(app, pool) as sent:
            answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        times += len(sent)
    return times


@asynccontextmanager
async def noting(app: Litestar, of: Pool | None = None) -> AsyncIterator[list[Sent]]:
    """What the application sends meanwhile; pools hand out the connection that came back last."""
    pool = of or app.state.pool
    noted: list[LoggedQuery] = []
    sent: list[Sent] = []
    async with pool.acquire() as conn:
        conn.add_query_logger(noted.append)
    yield sent
    async with pool.acquire() as conn:
        conn.remove_query_logger(noted.append)
        for one in noted:
            if not one.args:
                sent.append(Sent(one.query))
                continue
            kinds = (await conn.prepare(one.query)).get_parameters()
            sent.append(Sent(one.query, tuple(one.args), tuple(kind.name for kind in kinds)))


def script(sent: Sequence[Sent], variables: Mapping[str, str], finds: Sequence[Finds]) -> str:
    """``variables``: from a value to the SQL that stands for it, wherever the value appears."""
    lines: list[str] = []
    who = ""
    for one in sent:
        acting = WHO_ACTS.fullmatch(one.sql)
        if acting:  # rides with the next statement, as it rides with BEGIN in the application
            lines.append("BEGIN;")
            who = acting[1]
            continue
        plain = " ".join(one.sql.split())
        found = next((each for each in finds if each.text in plain), None)
        sql = _with_values(one, {**variables, **(found.instead if found else {})})
        if who:
            sql, who = sql.replace("SELECT", f"SELECT {who},", 1), ""
        lines.append(" ".join(sql.split()) + (f" \\gset {found.prefix}" if found else ";"))
    return "\n".join(lines) + "\n"


def _with_values(one: Sent, known: Mapping[str, str]) -> str:
    def value(parameter: re.Match[str]) -> str:
        place = int(parameter[1]) - 1
        return _literal(one.values[place], one.kinds[place], known)

    return PARAMETER.sub(value, one.sql)


def _literal(value: Any, kind: str, known: Mapping[str, str]) -> str:
    if value is None:
        return f"NULL::{kind}"
    if kind.endswith("[]"):
        inner = ", ".join(_literal(each, kind.removesuffix("[]"), known) for each in value)
        return f"ARRAY[{inner}]::{kind}"
    if isinstance(value, bytes):
        return f"decode('{value.hex()}', 'hex')"
    if kind in ("json", "jsonb"):
        value = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
    return f"{_text(str(value), known)}::{kind}"


def _text(text: str, known: Mapping[str, str]) -> str:
    for value, variable in known.items():
        before, found, after = text.partition(value)
        if found:
            parts = [_quoted(before), f"({variable})::text", _quoted(after)]
            return f"({' || '.join(part for part in parts if part != QUOTED_NOTHING)})"
    return _quoted(text)


def _quoted(text: str) -> str:
    """pgbench takes a colon and a word for a variable even here."""
    kept = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a")
    return f"E'{kept}'"


QUOTED_NOTHING: Final = _quoted("")
