"""Whoever must act is told when evidence comes due, at each stage once, and when it is too late."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from market.base import clock, db, events, mail, working_days
from market.base.access import SYSTEM
from market.money.payments.alarms import alarming, model
from market.money.payments.alarms.model import Alarm, Stage
from market.money.payments.evidence.model import EvidenceTooLate
from market.notifications import operations as notifications
from tests.conftest import Clone
from tests.world import dunning, identity
from tests.world import evidence as world
from tests.world.dunning import Market
from tests.world.evidence import Case

EIGHT = time(7, 59, 59)


@pytest.fixture(scope="module")
async def market(stocked: Clone) -> AsyncIterator[Market]:
    async with dunning.opened(stocked) as market:
        yield market


async def disputed(market: Market) -> Case:
    """Evidence is due in three weeks, when Stripe's day ends: here it is eight in the morning."""
    case = await world.disputed(market.conn)
    async with db.act(market.conn, SYSTEM):
        day = await clock.today(market.conn) + timedelta(weeks=3)
        due_at = datetime.combine(day, EIGHT, clock.SHANGHAI)
        await market.conn.execute(
            "UPDATE chargeback SET evidence_due_at = $2 WHERE id = $1", case.id, due_at
        )
    return case


async def before_due(market: Market, case: Case, days: int) -> None:
    """The day from which so many working days are left, with the last."""
    due_at = (await case.read(market.conn)).evidence_due_at
    assert due_at is not None
    async with db.look(market.conn, SYSTEM):
        calendar = await working_days.calendar(market.conn, on=await clock.today(market.conn))
    day = last_day = model.last_day_before(due_at)
    while calendar.passed(day, last_day) < days:
        day -= timedelta(days=1)
    await market.pass_to(day)


async def raised(market: Market, case: Case) -> list[Alarm]:
    await alarming.alarm_of_due(market.worker)
    return (await case.read(market.conn)).alarms


@pytest.mark.parametrize(
    ("due_at", "last_day"),
    [
        (datetime(2026, 12, 6, 23, 59, 59, tzinfo=UTC), date(2026, 12, 6)),
        (datetime(2026, 12, 7, 9, 59, tzinfo=UTC), date(2026, 12, 6)),
        (datetime(2026, 12, 7, 10, 0, tzinfo=UTC), date(2026, 12, 7)),
    ],
    ids=["before the office opens", "before it closes", "after it closed"],
)
def test_what_is_due_before_the_office_closes_is_prepared_the_day_before(
    due_at: datetime, last_day: date
) -> None:
    assert model.last_day_before(due_at) == last_day


@pytest.mark.parametrize(
    ("stage", "raised"), [(stage, raised) for stage in Stage for raised in Stage]
)
def test_no_alarm_is_raised_behind_a_worse_one(stage: Stage, raised: Stage) -> None:
    rising = [Stage.FIRST, Stage.SECOND, Stage.LAST, Stage.PASSED]
    assert model.is_above(stage, raised) == (stage in rising[rising.index(raised) + 1 :])


async def test_each_stage_is_raised_on_its_working_day_and_once(market: Market) -> None:
    case = await disputed(market)
    done: list[Stage] = []
    for stage, days in ((Stage.FIRST, 7), (Stage.SECOND, 3), (Stage.LAST, 1)):
        await before_due(market, case, days + 1)
        assert [one.stage for one in await raised(market, case)] == done
        await before_due(market, case, days)
        done.append(stage)
        for _ in "ab":
            alarms = await raised(market, case)
            assert [one.stage for one in alarms] == done
        assert alarms[-1].working_days_left == days
        due_at = (await case.read(market.conn)).evidence_due_at
        assert due_at is not None
        assert alarms[-1].last_day == clock.day_of(due_at) - timedelta(days=1)
    await market.pass_to(await clock.today(market.conn) + timedelta(days=5))
    for _ in "ab":
        assert [one.stage for one in await raised(market, case)] == [*done, Stage.PASSED]
    with pytest.raises(EvidenceTooLate):
        await case.submit(market.conn)


async def test_a_worker_that_was_away_raises_the_most_urgent_alone(market: Market) -> None:
    case = await disputed(market)
    await before_due(market, case, 2)
    assert [one.stage for one in await raised(market, case)] == [Stage.SECOND]


async def test_what_the_bank_has_is_not_asked_for(market: Market) -> None:
    sent, waiting = await disputed(market), await disputed(market)
    await sent.submitted(market.conn)
    await sent.told(market.conn, "send", submissions=1)
    await waiting.submitted(market.conn)
    await before_due(market, sent, 1)

    assert await raised(market, sent) == []
    assert [one.stage for one in await raised(market, waiting)] == [Stage.LAST]


async def letters(market: Market, case: Case, name: str) -> list[Any]:
    async with db.lease(market.worker) as worker:
        found = await worker.fetch("SELECT id FROM event WHERE name = $1 ORDER BY id", name)
        for (event_id,) in found:
            async with db.act(worker, SYSTEM):
                await notifications.tell(worker, await events.find(worker, event_id))
        dispute = (await case.read(market.conn)).dispute_id
        return [one for one in await mail.kept(worker, limit=1000) if dispute in one.subject]


async def test_finance_is_told_each_time_and_the_leader_when_it_is_urgent(market: Market) -> None:
    case = await disputed(market)
    await case.written(market.conn)
    finance = await identity.email_of(market.conn, case.deal.finance)
    leader = await identity.email_of(market.conn, case.deal.leader)
    await before_due(market, case, 7)
    await raised(market, case)
    told = await letters(market, case, "chargeback_alarm.raised")
    assert [one.to_address for one in told] == [finance]
    assert "还有 7 个工作日" in told[0].subject
    assert "草稿，尚未提交" in told[0].body
    last_day = (await case.read(market.conn)).alarms[0].last_day
    assert f"至 {last_day}（含当日）还有 7 个工作日" in told[0].body

    await before_due(market, case, 1)
    await raised(market, case)
    await market.pass_to(await clock.today(market.conn) + timedelta(days=5))
    await raised(market, case)

    told = await letters(market, case, "chargeback_alarm.raised")
    assert sorted(one.to_address for one in told) == sorted([finance] * 3 + [leader] * 2)


async def test_finance_is_told_what_stripe_made_of_its_evidence(market: Market) -> None:
    case = await disputed(market)
    finance = await identity.email_of(market.conn, case.deal.finance)
    await case.submitted(market.conn)
    await case.told(market.conn, "refuse", refusal="parameter_invalid")
    [refused] = await letters(market, case, "chargeback_evidence.refused")
    await case.submit(market.conn)
    await case.told(market.conn, "send", submissions=1)
    [sent] = [
        one
        for one in await letters(market, case, "chargeback_evidence.sent")
        if one.subject != refused.subject
    ]
    assert refused.to_address == sent.to_address == finance
    assert "parameter_invalid" in refused.body


async def test_finance_is_told_which_file_could_not_go_out(market: Market) -> None:
    case = await disputed(market)
    submitted = (await case.submitted(market.conn)).evidence
    assert submitted is not None
    await case.told(market.conn, "refuse", refusal="file_altered:service_documentation")
    [letter] = await letters(market, case, "chargeback_evidence.refused")
    assert f"请重新上传“{submitted.files[0].name}”" in letter.subject
    assert "未被 Stripe 接收" not in letter.body
