"""The tables of moves in code and database are one, and nothing else is legal."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any, Final

import asyncpg
import pytest

import market
from market.base.embedded import Dsns
from market.base.moves import Moves, WrongMove


def tables_of_moves() -> dict[str, Moves[Any]]:
    """Every ``Moves`` that a module of the market defines, by subject."""
    found: dict[str, Moves[Any]] = {}
    for info in pkgutil.walk_packages(market.__path__, "market."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Moves):
                assert found.setdefault(value.subject, value) is value, (
                    f"{value.subject} has two tables of moves"
                )
    return found


TABLES: Final = tables_of_moves()
CASES: Final = [
    pytest.param(moves, move, state, id=f"{subject}-{move}-{state}")
    for subject, moves in sorted(TABLES.items())
    for move in sorted({name for name, _ in moves.table} | set(moves.births))
    for state in type(next(iter(moves.births.values())))
]


def test_the_walk_finds_the_rooms() -> None:
    assert {"organisation", "offering", "contract", "milestone", "invoice"} <= set(TABLES)


async def test_code_and_database_know_the_same_moves(shared_database: Dsns) -> None:
    owner = await asyncpg.connect(shared_database.owner)
    records = await owner.fetch("SELECT subject, move, state_from, state_to FROM legal_move")
    await owner.close()
    in_database = {tuple(record) for record in records}
    in_code = {row for moves in TABLES.values() for row in moves.rows()}
    assert in_code - in_database == set(), "missing from the migrations"
    assert in_database - in_code == set(), "missing from the code"


async def test_every_state_of_a_table_is_one_that_its_column_allows(shared_database: Dsns) -> None:
    """Under the subject's own name where there is such a table with a state."""
    owner = await asyncpg.connect(shared_database.owner)
    checks = await owner.fetch(
        """SELECT conrelid::regclass::text, string_agg(pg_get_constraintdef(oid), ' ')
           FROM pg_constraint WHERE contype = 'c' AND pg_get_constraintdef(oid) ~ '\\mstate\\M'
           GROUP BY 1"""
    )
    await owner.close()
    allowed = {str(check[0]): str(check[1]) for check in checks}
    missing = [
        f"{subject}: {state}"
        for subject, moves in TABLES.items()
        if subject in allowed
        for state in type(next(iter(moves.births.values())))
        if f"'{state}'" not in allowed[subject]
    ]
    assert missing == []


@pytest.mark.parametrize(("moves", "move", "state"), CASES)
def test_a_move_leads_where_the_table_says_or_is_refused(
    moves: Moves[Any], move: str, state: Any
) -> None:
    if (move, state) in moves.table:
        assert moves.after(move, state) is moves.table[move, state]
    else:
        with pytest.raises(WrongMove) as refusal:
            moves.after(move, state)
        assert refusal.value.status == 409
