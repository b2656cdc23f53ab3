"""What is asked for at the same time is done in one statement, or in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

A = TypeVar("A")
B = TypeVar("B")

Answers: TypeAlias = Sequence[B | Exception]
Asked: TypeAlias = "tuple[A, asyncio.Future[B]]"


class Together(Generic[A, B]):
    """What comes while one group is under way waits for it, and is the next group.

    ``do`` answers each of a group in their order; a fault among the answers is raised for that one
    alone. A fault that ``do`` raises is everybody's, unless it is one of those ``apart``: then each
    is done for itself, so that what is wrong with one is not another's. What was part of a group
    may therefore be done again, and has to bear it.
    """

    def __init__(
        self,
        do: Callable[[Sequence[A]], Awaitable[Answers[B]]],
        *,
        at_most: int = 1_000,
        apart: tuple[type[Exception], ...] = (),
    ) -> None:
        self.do = do
        self.at_most = at_most
        self.apart = apart
        self.waiting: list[Asked[A, B]] = []
        self.working: asyncio.Task[None] | None = None

    def ask(self, about: A) -> asyncio.Future[B]:
        answer: asyncio.Future[B] = asyncio.get_running_loop().create_future()
        self.waiting.append((about, answer))
        if self.working is None or self.working.done():
            self.working = asyncio.create_task(self._work())
        return answer

    async def _work(self) -> None:
        while self.waiting:
            group, self.waiting = self.waiting[: self.at_most], self.waiting[self.at_most :]
            answers = await self._answers([about for about, _ in group])
            for (_, future), answer in zip(group, answers, strict=True):
                if future.done():
                    continue  # whoever asked has gone
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)

    async def _answers(self, group: Sequence[A]) -> Answers[B]:
        try:
            answers = await self.do(group)
            assert len(answers) == len(group), "each of a group is answered"
            return answers
        except self.apart as fault:
            if len(group) == 1:
                return [fault]
        except Exception as fault:
            return [fault] * len(group)
        return [answer for one in group for answer in await self._answers([one])]
