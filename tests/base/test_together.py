"""What is asked for at the same time is done in one statement, and each gets its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from market.base.together import Together


class Shelf:
    """Finds even numbers; three is refused, a negative one is a fault, zero the shelf's end."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    async def find(self, numbers: Sequence[int]) -> list[str | Exception | None]:
        self.asked.append(list(numbers))
        await asyncio.sleep(0)
        if 0 in numbers:
            raise OSError("the shelf is gone")
        if min(numbers) < 0:
            raise ValueError(f"not {min(numbers)}")
        return [
            KeyError(number) if number == 3 else None if number % 2 else str(number)
            for number in numbers
        ]


async def answers(together: Together[int, str | None], *numbers: int) -> list[object]:
    """What each got that was asked for at the same time, faults included."""
    asked = [together.ask(number) for number in numbers]
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_those_who_come_meanwhile_are_asked_for_together() -> None:
    shelf = Shelf()
    together = Together(shelf.find)
    assert await answers(together, 2, 5, 4, 2) == ["2", None, "4", "2"]
    assert await together.ask(6) == "6"
    first = together.ask(8)
    await asyncio.sleep(0)
    assert await answers(together, 10, 12) == ["10", "12"]
    assert await first == "8"
    assert shelf.asked == [[2, 5, 4, 2], [6], [8], [10, 12]]


async def test_a_group_has_an_end() -> None:
    shelf = Shelf()
    assert await answers(Together(shelf.find, at_most=2), 2, 4, 6) == ["2", "4", "6"]
    assert shelf.asked == [[2, 4], [6]]


async def test_a_refusal_is_for_the_one_that_it_answers() -> None:
    two, three, four = await answers(Together(Shelf().find), 2, 3, 4)
    assert (two, four) == ("2", "4")
    assert isinstance(three, KeyError)


async def test_a_fault_is_everybodys_who_waited_for_it_and_nobody_elses() -> None:
    together = Together(Shelf().find)
    assert [str(fault) for fault in await answers(together, 2, -1)] == ["not -1"] * 2
    assert await together.ask(8) == "8"


async def test_a_fault_of_those_that_stand_apart_is_its_own_alone() -> None:
    shelf = Shelf()
    together = Together(shelf.find, apart=(ValueError,))
    two, fault, four = await answers(together, 2, -1, 4)
    assert (two, str(fault), four) == ("2", "not -1", "4")
    assert shelf.asked == [[2, -1, 4], [2], [-1], [4]]
    lost = await answers(together, 2, 0)
    assert [type(fault) for fault in lost] == [OSError, OSError]
    assert shelf.asked[4:] == [[2, 0]]


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    together = Together(Shelf().find)
    gone, kept = together.ask(2), together.ask(4)
    gone.cancel()
    assert await kept == "4"
