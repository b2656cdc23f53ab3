"""Four eyes, once, and the same answer again: one rule, which every room asks in the same order."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
import pytest

from market.base import proposals
from market.base.access import Actor, BeneficiaryCannotApprove, MakerCannotApprove
from market.base.errors import Forbidden, Stale

MARKET: Final = Path(__file__).parents[2] / "market"
# The history of an enterprise's decisions is no proposal; of an award, its maker may undo his own.
ELSEWHERE: Final = {"identity/enterprises/operations.py", "trade/awards/model.py"}
PEOPLE: Final = {"proposed_by", "decided_by"}
ORDER: Final = ("is_repeat", "require_one_side", "decided")
MAKER, LEADER, OTHER = (Actor(UUID(int=number)) for number in (11, 12, 13))


class State(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"


class Wish(msgspec.Struct, frozen=True):
    state: State = State.PROPOSED
    proposed_by: UUID = MAKER.person_id
    decided_by: UUID | None = None
    version: int = 1

    def after(self, move: str) -> State:
        return {"approve": State.APPROVED}[move]


GRANTED: Final = Wish(State.APPROVED, decided_by=LEADER.person_id, version=2)


def test_neither_the_maker_decides_nor_who_gains_by_it() -> None:
    proposals.require_other(LEADER, Wish())
    with pytest.raises(MakerCannotApprove):
        proposals.require_other(MAKER, Wish())
    with pytest.raises(Forbidden) as own:
        proposals.require_other(MAKER, Wish(), Forbidden)
    assert own.type is Forbidden
    with pytest.raises(BeneficiaryCannotApprove):
        proposals.require_other(LEADER, Wish(), beneficiaries=[LEADER.person_id])


def test_only_who_decided_so_asks_again() -> None:
    assert proposals.is_repeat(LEADER, GRANTED, State.APPROVED)
    assert not proposals.is_repeat(OTHER, GRANTED, State.APPROVED)
    assert not proposals.is_repeat(LEADER, GRANTED, State.PROPOSED)


def test_what_is_decided_is_the_version_that_was_read() -> None:
    assert proposals.decided(Wish(), "approve", None) == State.APPROVED
    assert proposals.decided(Wish(), "approve", 1) == State.APPROVED
    with pytest.raises(Stale):
        proposals.decided(GRANTED, "approve", 1)


def test_no_room_words_the_rule_itself_or_asks_in_another_order() -> None:
    broken = [
        f"{path.relative_to(MARKET)}:{act.lineno} {act.name}: {fault}"
        for path in sorted(MARKET.rglob("*.py"))
        if path != MARKET / "base" / "proposals.py"
        and any(word in (text := path.read_text()) for word in (*PEOPLE, *ORDER))
        for act in ast.walk(ast.parse(text))
        if isinstance(act, ast.FunctionDef | ast.AsyncFunctionDef)
        for fault in _faults(act, str(path.relative_to(MARKET)))
    ]
    assert broken == []


def _faults(act: ast.AST, room: str) -> Iterator[str]:
    asked: list[tuple[int, str]] = []
    for node in ast.walk(act):
        if isinstance(node, ast.Call) and (name := _name(node.func)) in ORDER:
            asked.append((node.lineno, name))
        elif isinstance(node, ast.Compare) and _compares_people(node):
            [word] = set(_names(node)) & PEOPLE
            if word == "proposed_by" and isinstance(node.ops[0], ast.Eq):
                asked.append((node.lineno, "is_repeat"))
            elif room not in ELSEWHERE:
                yield f"compares {word} itself"
    found = [name for _, name in sorted(asked)]
    if found != sorted(found, key=ORDER.index):
        yield f"asks in the order {found}"


def _compares_people(node: ast.Compare) -> bool:
    named = set(_names(node))
    return "person_id" in named and not named.isdisjoint(PEOPLE)


def _names(node: ast.Compare) -> list[str]:
    return [_name(side) for side in (node.left, *node.comparators)]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""
