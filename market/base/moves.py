"""State machines as tables of moves: a move that is not listed does not exist."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Final, Generic, TypeVar

from market.base import words
from market.base.errors import Conflict, Phrase, listed

State = TypeVar("State", bound=StrEnum)


NOTHING: Final = Phrase("只能查看", "look at it, nothing else")


class WrongMove(Conflict):
    """The move is not in the table for the present state."""

    code = "wrong_move"
    zh = "当前状态为“{state}”，不能“{move}”。现在可以：{legal}。"
    en = "The state is '{state}', which does not allow '{move}'. What can be done now: {legal}."


class Moves(Generic[State]):
    """The moves of one subject. ``births`` are the states that a new row may begin in.

    ``of_themselves``: moves that nobody makes, because the clock does, or money that comes or goes
    back; so nobody is told that he can.
    """

    def __init__(
        self,
        subject: str,
        table: Mapping[tuple[str, State], State],
        *,
        births: Mapping[str, State],
        of_themselves: Collection[str] = (),
    ) -> None:
        self.subject = subject
        self.table = dict(table)
        self.births = dict(births)
        self.of_themselves = frozenset(of_themselves)

    def after(self, move: str, state: State | str) -> State:
        """The state that the move leads to; WrongMove when it is not listed.

        Rows decode their state as plain text, which equals the member of its name.
        """
        try:
            return self.table[move, state]  # type: ignore[index]  # a text finds its StrEnum
        except KeyError:
            raise self._refusal(move, state) from None

    def legal(self, state: State | str) -> list[str]:
        """The moves that lead on from a state."""
        return [move for move, before in self.table if before == state]

    def _refusal(self, move: str, state: State | str) -> WrongMove:
        legal = [
            words.move(self.subject, each)
            for each in self.legal(state)
            if each not in self.of_themselves
        ]
        return WrongMove(
            move=words.move(self.subject, move),
            state=words.state(self.subject, state),
            legal=listed(legal) if legal else NOTHING,
        )

    def rows(self) -> Iterator[tuple[str, str, str | None, str]]:
        """The rows of the SQL table ``legal_move``: subject, move, from (None: birth), to."""
        for move, birth in self.births.items():
            yield self.subject, move, None, birth.value
        for (move, before), to in self.table.items():
            yield self.subject, move, before.value, to.value
