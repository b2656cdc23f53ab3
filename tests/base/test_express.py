"""What is asked for at the same time is asked for in one statement."""

from __future__ import annotations

import asyncio

import pytest

from market.base.express import Together


class Shelf:
    """Finds even numbers; a negative one is a fault. Waits where a statement would."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    async def find(self, keys: list[int]) -> dict[int, str]:
        self.asked.append(keys)
        await asyncio.sleep(0)
        if min(keys) < 0:
            raise OSError("the shelf is gone")
        return {key: str(key) for key in keys if key % 2 == 0}


async def test_those_who_come_meanwhile_are_asked_for_together() -> None:
    shelf = Shelf()
    together = Together(shelf.find)

    async def one(key: int) -> str | None:
        return await together.ask(key)

    answers = await asyncio.gather(*(one(key) for key in (2, 3, 4, 2)))
    assert answers == ["2", None, "4", "2"]
    assert await one(6) == "6"
    assert shelf.asked == [[2, 3, 4, 2], [6]]


async def test_a_fault_is_everybodys_who_waited_for_it_and_nobody_elses() -> None:
    shelf = Shelf()
    together = Together(shelf.find)
    first, second = together.ask(2), together.ask(-1)
    for answer in (first, second):
        with pytest.raises(OSError, match="gone"):
            await answer
    assert await together.ask(8) == "8"


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    together = Together(Shelf().find)
    gone, kept = together.ask(2), together.ask(4)
    gone.cancel()
    assert await kept == "4"
