"""What the story tells is true at every run, and in the city's time."""

from __future__ import annotations

from pathlib import Path

from market.demo import city, founding
from market.demo.client import Journal
from market.demo.stage import Stage, city_time


async def no_mails(_address: str) -> list[str]:
    return []


async def test_a_second_run_counts_what_the_first_approved(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    roles = [
        (person.key, role)
        for person in city.PEOPLE
        for role in person.roles
        if role in founding.MONEY_ROLES
    ]
    for key, role in roles:
        journal.add(f"approve {key} {role}", None)
        journal.add(f"roles of {key}", None)
    told: list[str] = []
    stage = Stage("http://market.test", journal, no_mails, told.append)
    await founding.approve_money_roles(stage)
    await stage.leave()
    assert len(roles) > 5
    assert told[0].endswith(f"money roles approved {len(roles)}")


def test_an_instant_is_told_by_the_citys_clocks() -> None:
    assert city_time("2026-12-02T16:00:00Z") == "2026-12-03 00:00（北京时间 Beijing time）"
