"""State machines as tables of moves: a move that is not listed does not exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from market.base.errors import Conflict

State = TypeVar("State", bound=StrEnum)


class WrongMove(Conflict):
    """The move is not in the table for the present state."""

    code = "wrong_move"
    zh = "当前状态为“{state}”，不能执行“{move}”。请刷新后查看可办理的事项。"
    en = "The state is '{state}', which does not allow '{move}'. Reload to see what can be done."


class Moves(Generic[State]):
    """The moves of one subject. ``births`` are the states that a new row may begin in."""

    def __init__(
        self,
        subject: str,
        table: Mapping[tuple[str, State], State],
        *,
        births: Mapping[str, State],
    ) -> None:
        self.subject = subject
        self.table = dict(table)
        self.births = dict(births)

    def after(self, move: str, state: State | str) -> State:
        """The state that the move leads to; WrongMove when it is not listed.

        Rows decode their state as plain text, which equals the member of its name.
        """
        try:
            return self.table[move, state]  # type: ignore[index]  # a text finds its StrEnum
        except KeyError:
            raise WrongMove(move=move, state=str(state)) from None

    def rows(self) -> Iterator[tuple[str, str, str | None, str]]:
        """The rows of the SQL table ``legal_move``: subject, move, from (None: birth), to."""
        for move, birth in self.births.items():
            yield self.subject, move, None, birth.value
        for (move, before), to in self.table.items():
            yield self.subject, move, before.value, to.value
