"""The SQL of alarms, and of the chargebacks that may need one."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from market.base.db import Connection, columns, one
from market.money.payments.alarms.model import Alarm, Stage
from market.money.payments.chargebacks.model import Chargeback


async def alarms_of(conn: Connection, chargeback_id: UUID) -> list[Alarm]:
    """The oldest first."""
    records = await conn.fetch(
        f"""SELECT {columns(Alarm)} FROM chargeback_alarm
            WHERE chargeback_id = $1 ORDER BY id""",
        chargeback_id,
    )
    return [Alarm(*record) for record in records]


async def unanswered(conn: Connection, *, after: UUID | None, limit: int) -> list[UUID]:
    """Chargebacks of which no evidence has reached the bank and nobody was told the last; by id."""
    records = await conn.fetch(
        """SELECT c.id FROM chargeback c
           WHERE c.state = 'opened' AND c.submissions = 0 AND c.evidence_due_at IS NOT NULL
             AND NOT EXISTS (SELECT FROM chargeback_alarm a
                             WHERE a.chargeback_id = c.id AND a.due_at = c.evidence_due_at
                               AND a.stage = 'passed')
             AND ($1::uuid IS NULL OR c.id > $1)
           ORDER BY c.id LIMIT $2""",
        after,
        limit,
    )
    return [chargeback_id for (chargeback_id,) in records]


async def newest_stage(conn: Connection, chargeback_id: UUID, due_at: datetime) -> Stage | None:
    """The stage that was told last of this due day."""
    stage = await conn.fetchval(
        """SELECT stage FROM chargeback_alarm WHERE chargeback_id = $1 AND due_at = $2
           ORDER BY id DESC LIMIT 1""",
        chargeback_id,
        due_at,
    )
    return Stage(stage) if stage else None


async def insert_alarm(
    conn: Connection,
    chargeback: Chargeback,
    stage: Stage,
    *,
    on: date,
    last_day: date,
    working_days_left: int,
    policy_id: UUID,
) -> Alarm:
    record = await conn.fetchrow(
        f"""INSERT INTO chargeback_alarm (chargeback_id, stage, due_at, raised_on,
                working_days_left, policy_id, last_day)
            VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {columns(Alarm)}""",
        chargeback.id,
        stage,
        chargeback.evidence_due_at,
        on,
        working_days_left,
        policy_id,
        last_day,
    )
    return one(Alarm, record)
