"""What a run prints: a row a contender, a row a goal, or one JSON object."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

import msgspec
from rich.console import Console
from rich.table import Table

from tests.bench.goals import Goal
from tests.bench.measure import Result, Results

Reached = Mapping[str, list[tuple[Goal, float]]]

told = Console(stderr=True, highlight=False)
shown = Console(width=120, highlight=False)


def say(sentence: str) -> None:
    told.print(sentence)


def refuse(faults: Iterable[str]) -> None:
    told.print("审计发现差错，不打印任何数字。The audit found faults, so no figure is printed:")
    for fault in list(faults)[:20]:
        told.print(fault, markup=False)


def as_text(measured: Mapping[str, Results], reached: Reached) -> None:
    table = Table("cell", "who", "per second", "p50 ms", "p99 ms", "cpu: server, postgres, client")
    for name, results in measured.items():
        for place, (who, result) in enumerate(results.items()):
            cell = "" if place else name
            table.add_row(cell, who, f"{result.rate:,.0f}", *_late(result), _split(result))
        table.add_section()
    shown.print(table)
    goals = Table("goal", "cell", "ratio of", "to", "ratio", "goal", "pass")
    for pairs in reached.values():
        for goal, ratio in pairs:
            held = "[green]yes[/]" if goal.holds(ratio) else "[red]no[/]"
            of = f"{goal.one} p{goal.percentile * 100:g}" if goal.percentile else goal.one
            row = (
                goal.number,
                goal.cell,
                of,
                goal.other or goal.unit,
                f"{ratio:.2f}",
                goal.bound,
                held,
            )
            goals.add_row(*row)
    shown.print(goals)


def _late(result: Result) -> tuple[str, str]:
    shares = (result.percentile(0.5), result.percentile(0.99))
    first, last = ("" if share is None else f"{share * 1000:.2f}" for share in shares)
    return first, last


def _split(result: Result) -> str:
    """Microseconds an answer."""
    parts = (result.cpu.server, result.cpu.postgres, result.cpu.client)
    return " ".join(f"{part / max(result.answers, 1) * 1e6:5.0f}" for part in parts) + " µs"


def as_json(measured: Mapping[str, Results], reached: Reached) -> None:
    cells = {
        name: {
            who: {
                "per_second": result.rates,
                "p50_seconds": result.percentile(0.5),
                "p99_seconds": result.percentile(0.99),
                "cpu_seconds": msgspec.to_builtins(result.cpu),
                "answers": result.answers,
            }
            for who, result in results.items()
        }
        for name, results in measured.items()
    }
    found = [
        {**goal._asdict(), "ratio": ratio, "holds": goal.holds(ratio)}
        for pairs in reached.values()
        for goal, ratio in pairs
    ]
    sys.stdout.buffer.write(msgspec.json.encode({"cells": cells, "goals": found}) + b"\n")
