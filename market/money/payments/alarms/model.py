"""Alarms: their stages, and which of them a due day has reached."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base import clock

POLICY: Final = "chargeback_alarms"
# Evidence is prepared in office hours: what is due before they end on a day is due, for people, on
# the day before. Stripe's days end early in a Chinese morning.
OFFICE_CLOSES: Final = timedelta(hours=18)


class Stage(StrEnum):
    """How near the due day is, from far to gone."""

    FIRST = "first"
    SECOND = "second"
    LAST = "last"
    PASSED = "passed"


RISING: Final = tuple(Stage)


class Alarm(msgspec.Struct, frozen=True):
    """That a due day comes near, or has passed.

    ``last_day``: the last with office hours before evidence is due; ``working_days_left`` count up
    to it, and with it. Null in alarms that counted to the due day itself.
    """

    id: UUID
    chargeback_id: UUID
    stage: Stage
    due_at: datetime
    raised_on: date
    working_days_left: int
    policy_id: UUID
    created_at: datetime
    last_day: date | None

    @property
    def version(self) -> int:
        """It never changes."""
        return 1


def stage_reached(working_days_left: int, terms: Mapping[str, int]) -> Stage | None:
    """The most urgent stage before the due day that is reached; ``terms`` are the policy's."""
    reached = [
        stage
        for stage in (Stage.FIRST, Stage.SECOND, Stage.LAST)
        if working_days_left <= terms[f"{stage}_working_days"]
    ]
    return reached[-1] if reached else None


def last_day_before(due_at: datetime) -> date:
    """The last day whose office hours are over before evidence is due."""
    return clock.day_of(due_at - OFFICE_CLOSES)


def is_above(stage: Stage, raised: Stage | None) -> bool:
    return raised is None or RISING.index(stage) > RISING.index(raised)
