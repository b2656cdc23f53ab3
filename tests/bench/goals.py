"""What is to be reached, as ratios between contenders of one cell, round by round."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Final, NamedTuple

from tests.bench import webhooks
from tests.bench.measure import Results


class Goal(NamedTuple):
    """``one`` is to do at least, or at most, so many times what the other does.

    With a ``percentile`` it is about how long they take. ``unit`` stands where there is no other.
    """

    number: str
    cell: str
    one: str
    other: str = ""
    at_least: float | None = None
    at_most: float | None = None
    percentile: float | None = None
    unit: str = ""

    def ratio(self, results: Results) -> float:
        one, other = results[self.one], results.get(self.other)
        if self.percentile is not None:
            late = one.percentile(self.percentile) or 0.0
            return late * 1000 if other is None else late / (other.percentile(self.percentile) or 1)
        assert other is not None, "rates are compared"
        return median(a / b for a, b in zip(one.rates, other.rates, strict=True))

    def holds(self, ratio: float) -> bool:
        if self.at_least is not None:
            return ratio >= self.at_least
        return self.at_most is None or ratio <= self.at_most

    @property
    def bound(self) -> str:
        return f">= {self.at_least:g}" if self.at_least is not None else f"<= {self.at_most:g}"


GOALS: Final = (
    Goal("1", "detail", "ours", "fastapi", at_least=8),
    Goal("1", "detail", "ours", "pgbench", at_least=0.17),
    Goal("1 stretch", "detail, 64 connections", "ours", "pgbench", at_least=0.25),
    Goal("2", "listing", "ours", "fastapi", at_least=12),
    Goal("2", "listing", "ours", "pgbench naive", at_least=1.0),
    Goal("3", "listing", "ours", "fastapi", at_most=0.1, percentile=0.99),
    Goal("4", "signed-in detail", "ours", "ours anonymous", at_least=0.9),
    Goal("5", "match over HTTP", "ours", "fastapi", at_least=8),
    Goal("5", "match over HTTP", "ours", "pgbench", at_least=0.45),
    Goal("5", "bare posting over HTTP", "ours", "fastapi", at_least=8),
    Goal("5", "bare posting over HTTP", "ours", "pgbench", at_least=0.45),
    Goal("5", "bare posting over HTTP", "grouped", "pgbench", at_least=0.75),
    Goal("6", "ledger, single", "ours", "pgledger", at_least=2.5),
    Goal("6", "ledger, hot account", "ours", "pgledger", at_least=2.3),
    Goal("6", "ledger, hot tally account", "ours", "pgledger", at_least=6),
    Goal("7", "ledger, 1,000 at once", "ours", "pgledger one by one", at_least=8),
    Goal("7", "ledger, 1,000 at once", "ours", "pgledger", at_least=3.3),
    Goal("8", "webhook", "ours", "one by one", at_least=1.4),
    Goal("8", "webhook", "ours", "pgbench", at_least=0.5),
    Goal("8 burst", webhooks.BURST, "ours", at_most=100, percentile=0.99, unit="1 ms"),
    Goal("10", "growth: detail", "fewest", "most", at_most=1.25),
    Goal("10", "growth: listing", "fewest", "most", at_most=1.25),
    Goal("10", "growth: newest search", "fewest", "most", at_most=2.5),
    Goal(
        "10",
        "growth: ranked search, one at a time",
        "most",
        at_most=12,
        percentile=0.99,
        unit="1 ms",
    ),
)


def counted(trips: Mapping[str, int]) -> list[tuple[Goal, float]]:
    """How often a request speaks to the database."""
    return [
        (Goal("11", what, "ours", at_most=1, unit="round trips"), times)
        for what, times in trips.items()
    ]


def kept(bytes_a_transfer: Mapping[str, Mapping[str, float]]) -> list[tuple[Goal, float]]:
    """What a transfer takes in tables and indexes, where both were measured."""
    return [
        (
            Goal("7", cell, f"{found['ours']:.0f} bytes", f"{found['pgledger']:.0f}", at_most=0.55),
            found["ours"] / found["pgledger"],
        )
        for cell, found in bytes_a_transfer.items()
        if found.keys() >= {"ours", "pgledger"}
    ]


def of_cell(cell: str, results: Results) -> list[tuple[Goal, float]]:
    """The goals of a cell with what came of them, where all who are compared were measured."""
    return [
        (goal, goal.ratio(results))
        for goal in GOALS
        if goal.cell == cell and {goal.one, goal.other} - {""} <= results.keys()
    ]


def all_hold(found: Mapping[str, list[tuple[Goal, float]]]) -> bool:
    return all(goal.holds(ratio) for pairs in found.values() for goal, ratio in pairs)
