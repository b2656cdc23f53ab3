"""One life, step by step: the model says what comes, the market does it, both are compared."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from market.base.errors import MarketError
from tests.lives import reading
from tests.lives.model import Refused
from tests.lives.stage import Play, Stage
from tests.lives.undone import Market

# Of a table a move and the state that it left; or the code of a refusal.
Hit = tuple[str, str, str] | str


class Tally:
    """What all lives together have hit: moves by table, move and state, refusals by code."""

    def __init__(self) -> None:
        self.begun_at = time.monotonic()
        self.steps = 0
        self.hits: Counter[Hit] = Counter()


class Life:
    def __init__(self, stage: Stage, play: Play, tally: Tally) -> None:
        self.stage = stage
        self.play = play
        self.tally = tally
        self.model = Market(play.milestones())
        self.model.hits = tally.hits
        self.accounts = reading.Accounts(play.since)
        self.story: list[str] = []

    async def step(
        self,
        told: str,
        predict: Callable[[], Any],
        do: Callable[[], Awaitable[Any]],
    ) -> Any:
        """Both do the same; tells what the model made of it, None where it is refused."""
        self.tally.steps += 1
        self.story.append(told)
        made: Any = None
        done: Any = None
        code = said = None
        try:
            made = predict()
        except Refused as refused:
            code = refused.code
            self.tally.hits[code] += 1
        try:
            done = await do()
        except MarketError as refused:
            said = refused.code
        assert said == code, self.tells([f"the model says {code or 'yes'}, the market {said}"])
        if hasattr(made, "id") and made.id is None and done is not None:
            made.id = done if isinstance(done, str) else done.id
        await self.compare()
        return made

    async def compare(self) -> None:
        found = await reading.truth(self.stage.onlooker, self.play, self.accounts, self.model)
        if found != reading.expected(self.model):
            raise AssertionError(self.tells(reading.differences(self.model, found)))

    def tells(self, faults: list[str]) -> str:
        return "\n".join(["", *self.story, "=> " + "\n   ".join(faults)])
