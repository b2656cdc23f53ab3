"""Telling of evidence that comes due, and of a due day that has passed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from market.base import clock, db, due, events, policies, working_days
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.money.payments.alarms import model, queries
from market.money.payments.alarms.model import Alarm, Stage
from market.money.payments.chargebacks import queries as chargebacks
from market.money.payments.chargebacks.model import Chargeback, ChargebackState


async def alarm_of_due(pool: Pool) -> None:
    """Every day: each chargeback without evidence, at the stage that it has reached."""
    await due.each(pool, queries.unanswered, alarm, otherwise="chargeback_alarm_not_raised")


async def alarm(conn: Connection, chargeback_id: UUID) -> Alarm | None:
    """Raise the most urgent stage that is reached, unless that one or a worse was raised.

    Its letters are written by the job that hears of it.
    """
    async with db.act(conn, SYSTEM):
        chargeback = await chargebacks.lock_chargeback(conn, SYSTEM, chargeback_id)
        if chargeback.state != ChargebackState.OPENED or chargeback.submissions:
            return None
        return await _alarm(conn, chargeback)


async def _alarm(conn: Connection, chargeback: Chargeback) -> Alarm | None:
    due_at = chargeback.evidence_due_at
    if due_at is None:
        return None
    today, now = await clock.today(conn), await clock.now(conn)
    unit_id = chargeback.books_unit_id
    policy = await policies.current(conn, model.POLICY, on=today, unit_id=unit_id)
    calendar = await working_days.calendar(conn, on=today)
    last_day = model.last_day_before(due_at)
    left = calendar.passed(today, last_day)
    stage = Stage.PASSED if now >= due_at else model.stage_reached(left, policy.body)
    raised = await queries.newest_stage(conn, chargeback.id, due_at)
    if stage is None or not model.is_above(stage, raised):
        return None
    raised_now = await queries.insert_alarm(
        conn,
        chargeback,
        stage,
        on=today,
        last_day=last_day,
        working_days_left=left,
        policy_id=policy.id,
    )
    await chargebacks.touch_chargeback(conn, chargeback.id)
    await events.record(
        conn,
        SYSTEM,
        "chargeback_alarm.raised",
        about=raised_now,
        changed={
            "chargeback_id": chargeback.id,
            "stage": stage,
            "last_day": last_day,
            "working_days_left": left,
            "policy_id": policy.id,
        },
    )
    return raised_now


# When (cron, UTC), and what: in the city's morning.
PERIODIC: Final[dict[str, tuple[str, Callable[[Pool], Awaitable[None]]]]] = {
    "chargebacks.alarms": ("20 1 * * *", alarm_of_due),
}
