"""Rows are what their Structs say: decoding by position looks at no kind, so this does, strictly.

The Structs are found where statements list their columns, ``… {columns(Kind)} FROM table …``; every
row of that table, where everything has happened, must convert without any leniency.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

from market.base import db
from market.base.db import columns
from market.base.embedded import Dsns
from tests.test_layers import dotted, modules

LISTED: Final = re.compile(r"columns\((\w+)[^)]*\)")
TABLE: Final = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+(\w+)")
# Joined or computed rows, which no table holds, and two whose rows do not last in the world here.
NOT_HERE: Final = frozenset(
    """
    Addressee Answer AwaitedPayout Beginning Candidate Explained Find LaterImport Member
    NoticeSetting OpenedProposal OrganisationRoles Paper Qualification Refused Reset Right
    ShownReview SuspendedLine TreeUnit UnreadDeal Usage Waiting
    """.split()  # noqa: SIM905  # a list of twenty strings reads worse
)


class Decoded(NamedTuple):
    """A Struct, and the table whose rows it is decoded from."""

    kind: type[msgspec.Struct]
    table: str


def decoded() -> Iterator[Decoded]:
    for path in modules():
        module = dotted(path)
        for text in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(text, ast.JoinedStr):
                continue
            sql = ast.unparse(text)
            table, kind = TABLE.search(sql), LISTED.search(sql)
            if table and kind:
                names = vars(importlib.import_module(f"market.{module}"))
                yield Decoded(names[kind[1]], table[1])


async def test_every_row_converts_strictly(original: Dsns) -> None:
    conn = await db.connect(original.owner)
    wrong: list[str] = []
    met: set[str] = set()
    try:
        for kind, table in sorted(set(decoded()), key=str):
            if not await _has_columns(conn, kind, table):
                continue  # columns of a joined or computed row
            for record in await conn.fetch(f"SELECT {columns(kind)} FROM {table}"):
                met.add(kind.__name__)
                wrong += _faults(kind, table, dict(record))
    finally:
        await conn.close()
    assert sorted(set(wrong)) == []
    assert {kind.__name__ for kind, _ in decoded()} - met == NOT_HERE


async def _has_columns(conn: db.Connection, kind: type[msgspec.Struct], table: str) -> bool:
    found = await conn.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name = $1", table
    )
    return {row[0] for row in found} >= set(kind.__struct_fields__)


def _faults(kind: type[msgspec.Struct], table: str, row: dict[str, Any]) -> Iterator[str]:
    encoded = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    try:
        msgspec.convert({encoded[name]: value for name, value in row.items()}, kind, strict=True)
    except msgspec.ValidationError as fault:
        yield f"{kind.__module__}.{kind.__name__} from {table}: {fault}"
