"""Four eyes, once, and the same answer again: one rule, which every room asks in the same order."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
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
ORDER: Final = ("require_other", "is_repeat", "require_one_side", "decided")
# Other names of a room's for one of these.
ALSO: Final = {
    "asks_again": "is_repeat",
    "_require_one_side": "require_one_side",
    "require_none_at": "require_one_side",
}
MAKER, LEADER, OTHER = (Actor(UUID(int=number)) for number in (11, 12, 13))


class State(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"


class Wish(msgspec.Struct, frozen=True):
    state: State = State.PROPOSED
    proposed_by: UUID = MAKER.person_id
    decided_by: UUID | None = None
    version: int = 1
    reason: str = "有误"

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


def test_who_proposes_again_says_the_same() -> None:
    assert proposals.asks_again(MAKER, Wish(), reason="有误", version=1)
    assert not proposals.asks_again(OTHER, Wish(), reason="有误", version=1)
    assert not proposals.asks_again(MAKER, Wish(), reason="另有原因", version=1)


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
        for act, faults in _acts_of(ast.parse(text), str(path.relative_to(MARKET)))
        for fault in faults
    ]
    assert broken == []


Act = ast.FunctionDef | ast.AsyncFunctionDef


def _acts_of(module: ast.Module, room: str) -> Iterator[tuple[Act, Iterator[str]]]:
    acts = {one.name: one for one in ast.walk(module) if isinstance(one, Act)}
    for act in acts.values():
        yield act, _faults(act, acts, room)


def _faults(act: Act, acts: Mapping[str, Act], room: str) -> Iterator[str]:
    if room in ELSEWHERE:
        return
    for node in ast.walk(act):
        if isinstance(node, ast.Compare) and _compares_people(node):
            [word] = set(_names(node)) & PEOPLE
            if word != "proposed_by" or not isinstance(node.ops[0], ast.Eq):
                yield f"compares {word} itself"
    found = list(dict.fromkeys(_asked(act, acts)))
    if found != sorted(found, key=ORDER.index):
        yield f"asks in the order {found}"


def _asked(act: Act, acts: Mapping[str, Act]) -> Iterator[str]:
    """What the act asks, one after the other, by itself or by a function of its own room."""
    asking = [one for one in ast.walk(act) if isinstance(one, ast.Call | ast.Compare)]
    for node in sorted(asking, key=lambda one: (one.end_lineno or 0, one.end_col_offset or 0)):
        if isinstance(node, ast.Compare):
            if _compares_people(node) and "proposed_by" in _names(node):
                yield "is_repeat" if isinstance(node.ops[0], ast.Eq) else "require_other"
            continue
        own = node.func.id if isinstance(node.func, ast.Name) else ""
        called = own or _name(node.func)
        if (name := ALSO.get(called, called)) in ORDER:
            yield name
        elif own in acts and own != act.name:
            yield from _asked(acts[own], acts)


def _compares_people(node: ast.Compare) -> bool:
    named = set(_names(node))
    return "person_id" in named and not named.isdisjoint(PEOPLE)


def _names(node: ast.Compare) -> list[str]:
    return [_name(side) for side in (node.left, *node.comparators)]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""
