"""Helpers: what they are asked is done there, by each for itself."""

from __future__ import annotations

import asyncio
import os

import pytest

from market.base import helpers
from market.base.helpers import HelperLost

KEPT: list[int] = []


def nothing() -> None:
    pass


def keep(number: int) -> tuple[int, list[int]]:
    KEPT.append(number)
    return os.getpid(), KEPT


def refuse() -> None:
    raise KeyError("wanted")


def end() -> None:
    os._exit(1)


async def test_each_keeps_what_is_its_own() -> None:
    with helpers.processes(2, nothing) as [one, other]:
        first, second, third = await asyncio.gather(
            one.ask(keep, 1), other.ask(keep, 2), one.ask(keep, 3)
        )
        assert first[0] == third[0] != second[0] != os.getpid()
        assert sorted((await one.ask(keep, 4))[1]) == [1, 3, 4]
        assert (await other.ask(keep, 5))[1] == [2, 5]
    assert KEPT == []


async def test_what_fails_there_fails_here_and_tells_where() -> None:
    with helpers.processes(1, nothing) as [one]:
        with pytest.raises(KeyError, match="wanted") as told:
            await one.ask(refuse)
        assert "in refuse" in told.value.__notes__[0]
        assert (await one.ask(keep, 1))[1] == [1]


async def test_one_that_ended_is_missed() -> None:
    with helpers.processes(2, nothing) as [lost, other]:
        with pytest.raises(HelperLost, match="run the same command again"):
            await lost.ask(end)
        with pytest.raises(HelperLost):
            await lost.ask(keep, 1)
        assert (await other.ask(keep, 2))[1] == [2]
