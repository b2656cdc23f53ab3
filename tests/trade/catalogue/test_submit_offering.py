"""Submitting a draft, and the reviewers' clock."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from market.base import clock, db, working_days
from market.base.access import Role
from market.base.db import Connection
from market.base.errors import Stale
from market.base.moves import WrongMove
from market.base.working_days import Calendar, Due
from market.trade.catalogue import model, operations, queries
from market.trade.catalogue.queries import Wanted
from tests.world import catalogue, identity

YEAR = Calendar(
    until=date(2026, 12, 31),
    off=frozenset({date(2026, 10, d) for d in (1, 2, 5, 6, 7)}),
    worked=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (date(2026, 11, 23), 5, Due(date(2026, 11, 30), provisional=False)),
        (date(2026, 9, 30), 1, Due(date(2026, 10, 8), provisional=False)),
        (date(2026, 10, 9), 1, Due(date(2026, 10, 10), provisional=False)),
        (date(2026, 12, 30), 2, Due(date(2027, 1, 1), provisional=True)),
        (date(2026, 11, 22), 0, Due(date(2026, 11, 22), provisional=False)),
    ],
)
def test_working_days_skip_holidays_and_take_worked_weekends(
    start: date, days: int, due: Due
) -> None:
    assert YEAR.after(start, days) == due


async def test_submitting_starts_the_reviewers_clock(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    submitted = await operations.submit_offering(conn, drafter, offering.id)
    today = await clock.today(conn)
    calendar = await working_days.calendar(conn, on=today)
    assert (submitted.state, submitted.submitted_by) == ("in_review", drafter.person_id)
    assert submitted.review_due_on == calendar.after(today, 5).day


async def test_submitting_twice_gives_the_same_answer_and_a_rival_is_refused(
    conn: Connection,
) -> None:
    unit = await identity.unit(conn)
    drafter, rival = [await identity.person(conn, unit, Role.MEMBER) for _ in range(2)]
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    first = await operations.submit_offering(conn, drafter, offering.id)
    assert await operations.submit_offering(conn, drafter, offering.id) == first
    with pytest.raises(WrongMove):
        await operations.submit_offering(conn, rival, offering.id)


async def test_a_stale_submission_is_refused(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    with pytest.raises(Stale):
        await operations.submit_offering(conn, drafter, offering.id, expected_version=7)


async def test_nothing_new_cannot_be_submitted(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    member = await identity.person(conn, unit, Role.MEMBER)
    with pytest.raises(model.NoRevision):
        await operations.submit_offering(conn, member, offering.id)


async def test_only_the_units_own_people_submit(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    reviewer = await identity.person(conn, unit, Role.TECH_REVIEWER)
    with pytest.raises(model.NotTheDrafter):
        await operations.submit_offering(conn, reviewer, offering.id)


async def test_a_review_past_its_day_is_listed_as_overdue(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    late, punctual = [await catalogue.drafted_offering(conn, unit, drafter) for _ in range(2)]
    await operations.submit_offering(conn, drafter, punctual.id)
    yesterday = await clock.today(conn) - timedelta(days=1)

    async def overdue_at_once(*_: object) -> Due:
        return Due(yesterday, provisional=False)

    monkeypatch.setattr(operations, "_review_due", overdue_at_once)
    await operations.submit_offering(conn, drafter, late.id)
    async with db.look(conn, drafter):
        overdue = await queries.offerings_of(
            conn, drafter, unit.id, Wanted(overdue=True), before=None, limit=10
        )
        waiting = await queries.offerings_of(
            conn,
            drafter,
            unit.id,
            Wanted(model.OfferingState.IN_REVIEW),
            before=None,
            limit=10,
        )
    assert [each.id for each in overdue] == [late.id]
    assert {each.id for each in waiting} == {late.id, punctual.id}
