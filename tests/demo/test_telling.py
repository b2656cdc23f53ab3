"""What the story tells is true at every run, and in the city's time."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from market import demo
from market.demo import city, founding, stripe_account
from market.demo.client import Journal
from market.demo.stage import CITY_TIME, Stage, World, city_time


async def no_mails(_address: str) -> list[str]:
    return []


def world(turned: list[int], days_off: int = -4) -> World:
    async def set_days(days: int) -> None:
        turned.append(days)

    return World(no_mails, "http://stripe.test", "sk_test_demo", set_days, days_off)


def test_what_stripe_says_is_held_against_what_was_read_and_what_was_booked() -> None:
    assert stripe_account.compared(1_00, 90, 70).endswith("differences 0.10, 0.20")
    theirs = [
        {"type": "charge", "amount": 100_00, "fee": 3_40},
        {"type": "stripe_fee", "amount": -99_00, "fee": 0},
    ]
    assert stripe_account.fees_kept(theirs) == 102_40


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
    stage = Stage("http://market.test", journal, world([]), told.append)
    await founding.approve_money_roles(stage)
    await stage.leave()
    assert len(roles) > 5
    assert told[0].endswith(f"money roles approved {len(roles)}")


def test_an_instant_is_told_by_the_citys_clocks() -> None:
    assert city_time("2026-12-02T16:00:00Z") == "2026-12-03 00:00（北京时间 Beijing time）"


async def test_days_pass_once_and_the_last_of_them_is_the_hosts(tmp_path: Path) -> None:
    turned: list[int] = []
    for days_off in (-4, 0):  # a later run finds the market's time where the first one left it
        stage = Stage(
            "http://market.test", Journal(tmp_path / "journal"), world(turned, days_off), print
        )
        began = stage.today
        for day in (2, 4):
            await stage.turn_to_day(day)
        assert stage.days_off == 0
        assert abs(datetime.now(UTC) - stage.now()) < timedelta(seconds=5)
        assert datetime.now(CITY_TIME).date() - began == timedelta(days=4)
        await stage.leave()
    assert turned == [-2, 0]


DEMO: Final = Path(demo.__file__).parent


def texts_told(path: Path) -> list[str]:
    """The words of each line of progress; what is put into them is left out."""
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "tell"
    ]
    return ["".join(_words(call.args[0])) for call in calls]


def _words(text: ast.expr) -> list[str]:
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    return [str(part.value) for part in parts if isinstance(part, ast.Constant)]


@pytest.mark.parametrize("path", sorted(DEMO.glob("*.py")), ids=lambda path: path.stem)
def test_every_line_is_told_in_chinese_first_and_in_english(path: Path) -> None:
    for told in texts_told(path):
        text = told.replace("Stripe", "").replace("TOTP", "")  # names, the same in both languages
        chinese, english = re.search("[\u4e00-\u9fff]", text), re.search("[a-z]{3}", text)
        if re.search("\\w{2}", text) and not text.strip().startswith(("curl", "CODE", "TOKEN")):
            assert chinese, text
            assert english, text
            assert chinese.start() < english.start(), text
