"""When a level is reached, and for how long a hold holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest

from market.base.working_days import Calendar
from market.money.invoicing.reminders.model import Level, ReminderHold, is_above, level_reached

TERMS: Final = {"friendly_working_days": 3, "formal_working_days": 10, "final_working_days": 20}
DAY: Final = date(2026, 9, 21)
# The Mid-Autumn weekend of 2026: Friday 25 September is off, Sunday the 20th was worked.
AUTUMN: Final = Calendar(
    date(2026, 12, 31), off=frozenset({date(2026, 9, 25)}), worked=frozenset({date(2026, 9, 20)})
)


@pytest.mark.parametrize(
    ("late", "level"),
    [
        (0, None),
        (2, None),
        (3, Level.FRIENDLY),
        (9, Level.FRIENDLY),
        (10, Level.FORMAL),
        (19, Level.FORMAL),
        (20, Level.FINAL),
        (900, Level.FINAL),
    ],
)
def test_the_highest_level_whose_working_days_have_passed(late: int, level: Level | None) -> None:
    assert level_reached(late, TERMS) == level


def test_nobody_is_reminded_of_what_is_not_late_whatever_the_policy_says() -> None:
    assert level_reached(0, dict.fromkeys(TERMS, -5)) is None
    assert level_reached(1, dict.fromkeys(TERMS, -5)) == Level.FINAL


def test_levels_rise() -> None:
    assert is_above(Level.FRIENDLY, None)
    assert is_above(Level.FINAL, Level.FRIENDLY)
    assert not is_above(Level.FORMAL, Level.FORMAL)
    assert not is_above(Level.FRIENDLY, Level.FINAL)


@pytest.mark.parametrize(
    ("start", "until", "days"),
    [
        (DAY, DAY, 0),
        (date(2026, 9, 18), date(2026, 9, 19), 0),
        (date(2026, 9, 18), date(2026, 9, 20), 1),
        (DAY, date(2026, 9, 24), 3),
        (DAY, date(2026, 9, 27), 3),
        (DAY, date(2026, 9, 28), 4),
        (DAY, date(2026, 9, 1), 0),
    ],
)
def test_working_days_passed_leave_holidays_out(start: date, until: date, days: int) -> None:
    assert AUTUMN.passed(start, until) == days


def test_nothing_is_claimed_past_the_days_that_are_announced() -> None:
    assert AUTUMN.known(DAY) == DAY
    assert AUTUMN.known(date(2027, 1, 13)) == date(2026, 12, 31)


def test_a_hold_ends_on_its_day_and_a_dispute_has_none() -> None:
    def hold(until: date | None) -> ReminderHold:
        nobody = UUID(int=7)
        return ReminderHold(nobody, nobody, True, until, "质量争议", nobody, datetime.now(UTC))

    assert hold(DAY).holds_on(DAY - timedelta(days=1))
    assert not hold(DAY).holds_on(DAY)
    assert hold(None).holds_on(date.max)
