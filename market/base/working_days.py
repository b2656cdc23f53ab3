"""Chinese working days: weekdays but those off, and the weekend days that are worked instead.

The State Council announces them a year at a time; the policy ``working_days`` holds what it said.
A date counted past what is known takes plain weekdays for working days and is *provisional*.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import msgspec

from market.base import policies
from market.base.db import Connection

SATURDAY: Final = 5
ONE_DAY: Final = timedelta(days=1)


class Due(msgspec.Struct, frozen=True):
    """A day that was counted; ``provisional`` while the year's notice is not out."""

    day: date
    provisional: bool


class Calendar(msgspec.Struct, frozen=True):
    """What is announced: weekdays off, weekend days worked, and the last day known."""

    until: date
    off: frozenset[date]
    worked: frozenset[date]

    def is_working(self, day: date) -> bool:
        if day.weekday() >= SATURDAY:
            return day in self.worked
        return day not in self.off

    def after(self, start: date, days: int) -> Due:
        """The last of so many working days that follow the start; with 0, the start itself."""
        day, left = start, days
        while left > 0:
            day += ONE_DAY
            left -= self.is_working(day)
        return Due(day, provisional=day > self.until)

    def known(self, day: date) -> date:
        """The day, or the last one announced before it: what is claimed is not counted past it."""
        return min(day, self.until)

    def passed(self, start: date, until: date) -> int:
        """How many working days there are after the start, up to and with the last day.

        Past what is known they are plain weekdays, of which some may be off.
        """
        days = (until - start).days
        return sum(self.is_working(start + timedelta(days=one)) for one in range(1, days + 1))

    def due(self, start: date, days: int, unit: str) -> Due:
        """The day that a term of calendar or of working days ends on."""
        if unit == "working_days":
            return self.after(start, days)
        return Due(start + timedelta(days=days), provisional=False)


async def calendar(conn: Connection, *, on: date) -> Calendar:
    policy = await policies.current(conn, "working_days", on=on)
    return msgspec.convert(policy.body, Calendar)
