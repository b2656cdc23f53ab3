"""The tables of moves in code and database are one, and nothing else is legal."""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import Any, Final

import asyncpg
import pytest

import market
from market.base import words
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


@pytest.mark.parametrize("subject", sorted(TABLES))
def test_a_move_leads_where_the_table_says_or_is_refused(subject: str) -> None:
    moves, wrong = TABLES[subject], []
    for move in sorted({name for name, _ in moves.table} | set(moves.births)):
        for state in type(next(iter(moves.births.values()))):
            if _where(moves, move, state) is not moves.table.get((move, state)):
                wrong.append(f"{move} from {state} leads to {_where(moves, move, state)}")
    assert not wrong, "\n".join(wrong)


def _where(moves: Moves[Any], move: str, state: Any) -> Any:
    """None when it is refused."""
    try:
        return moves.after(move, state)
    except WrongMove:
        return None


def test_a_move_that_does_not_exist_is_a_conflict() -> None:
    assert WrongMove.status == 409


@pytest.mark.parametrize("subject", sorted(TABLES))
def test_every_state_and_move_has_words_in_both_languages(subject: str) -> None:
    moves = TABLES[subject]
    told = [words.move(subject, move) for _, move, _, _ in moves.rows()]
    told += [words.state(subject, state) for state in type(next(iter(moves.births.values())))]
    for phrase in told:
        assert re.fullmatch(r"[\u4e00-\u9fff]+", phrase.zh)
        assert re.fullmatch(r"[a-z -]+", phrase.en)


def test_no_words_are_kept_for_what_no_table_knows() -> None:
    moves = {move for table in TABLES.values() for _, move, _, _ in table.rows()}
    states = {
        state for table in TABLES.values() for state in type(next(iter(table.births.values())))
    }
    assert {code.rpartition(".")[2] for code in words.MOVES} == moves
    assert {code.rpartition(".")[2] for code in words.STATES} == states


def test_a_wrong_move_is_told_in_words_with_what_can_be_done() -> None:
    with pytest.raises(WrongMove) as refusal:
        TABLES["contract"].after("pass_finance", "drafting")
    assert refusal.value.detail("zh-CN") == (
        "当前状态为“起草中”，不能“通过财务审核”。现在可以：提交审核、取消。"
    )
    assert refusal.value.detail("en") == (
        "The state is 'drafting', which does not allow 'pass finance review'. "
        "What can be done now: submit for review, call off."
    )


@pytest.mark.parametrize(
    ("subject", "move", "state", "legal"),
    [
        ("enterprise_request", "publish", "open", "取消"),
        ("proposal", "submit", "submitted", "撤回"),
        ("counter_offer", "make", "open", "接受、拒绝"),
        ("award", "announce", "standstill", "撤销定标"),
    ],
)
def test_nobody_is_told_to_do_what_only_the_clock_does(
    subject: str, move: str, state: str, legal: str
) -> None:
    with pytest.raises(WrongMove) as refusal:
        TABLES[subject].after(move, state)
    assert refusal.value.detail("zh-CN").endswith(f"现在可以：{legal}。")


def test_a_wrong_move_from_a_last_state_says_so() -> None:
    with pytest.raises(WrongMove) as refusal:
        TABLES["contract"].after("submit", "completed")
    assert "只能查看" in refusal.value.detail("zh-CN")
