"""What comes next in a life: an act by its weight, or one that brings about what is seldom."""

from __future__ import annotations

import random
from collections import Counter

from tests.lives import coverage
from tests.lives.life import Hit, Tally
from tests.lives.weights import PLOTS, WEIGHTS, Act
from tests.lives.wrongs import Wrongs

ACTS = [act for act, weight in WEIGHTS for _ in range(weight)]


class Drawing:
    """``brought``: what each act has brought about so far, ``steps``: in how many steps."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.brought: dict[Act, Counter[Hit]] = {act: Counter() for act, _ in WEIGHTS}
        self.steps: Counter[Act] = Counter()
        self.plays: Counter[Act] = Counter()

    async def play(self, life: Wrongs, chance: random.Random) -> None:
        act = self.next(chance)
        before, begun = self.tally.hits.copy(), self.tally.steps
        life.is_plot = act in PLOTS
        await act(life)
        self.plays[act] += 1
        self.brought[act] += self.tally.hits - before
        self.steps[act] += self.tally.steps - begun

    def next(self, chance: random.Random) -> Act:
        seldom = coverage.too_seldom(self.tally)
        if not seldom or chance.randrange(6) == 0:
            return chance.choice(ACTS)
        lacks = [coverage.LEAST - self.tally.hits[hit] for hit in seldom]
        [hit] = chance.choices(seldom, lacks)
        bring = [act for act, brought in self.brought.items() if brought[hit]]
        if not bring:
            return min(self.brought, key=lambda act: self.plays[act])
        yields = [(self.brought[act][hit] / self.steps[act]) ** 2 for act in bring]
        return chance.choices(bring, yields)[0]
