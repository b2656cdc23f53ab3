"""What the catalogue does when a right or a unit below it changes; and what its events tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID

import msgspec
import pytest

from market.base import db
from market.base.access import SYSTEM, Role
from market.base.db import Connection, columns
from market.base.events import Event
from market.identity.organisations import operations as organisations
from market.identity.organisations.model import Organisation, OrganisationEdit
from market.trade.catalogue import cards, operations, queries
from market.trade.catalogue.subscriptions import JOBS, SUBSCRIPTIONS
from market.trade.catalogue.terms import TermsChange
from market.trade.rights import operations as rights
from market.trade.rights.model import LegalChange, LegalMove
from tests.conftest import Clone
from tests.world import catalogue, identity


class Rooms(NamedTuple):
    """The application's connection and the worker's, which alone reads events."""

    app: Connection
    worker: Connection


@pytest.fixture(scope="module")
async def rooms(clone: Clone) -> AsyncIterator[Rooms]:
    async with clone() as addresses:
        app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
        yield Rooms(app, worker)
        await app.close()
        await worker.close()


async def events_of(rooms: Rooms, subject_id: UUID) -> list[Event]:
    records = await rooms.worker.fetch(
        f"SELECT {columns(Event)} FROM event WHERE subject_id = $1 ORDER BY id", subject_id
    )
    return [Event(*record) for record in records]


async def work_on(rooms: Rooms, event: Event) -> None:
    """Run the jobs subscribed to the event, as the worker does."""
    for name in SUBSCRIPTIONS[event.name]:
        async with db.act(rooms.worker, SYSTEM):
            await JOBS[name](rooms.worker, event)


async def state_of(rooms: Rooms, offering_id: UUID) -> str:
    async with db.look(rooms.app, SYSTEM):
        return (await queries.find_offering(rooms.app, SYSTEM, offering_id)).state


def legal(move: LegalMove) -> LegalChange:
    return LegalChange(move=move, reason="登记簿副本 Extract of the register")


async def test_every_job_is_there() -> None:
    assert {job for jobs in SUBSCRIPTIONS.values() for job in jobs} == set(JOBS)


async def test_a_disputed_right_takes_its_offering_out_of_sight(rooms: Rooms) -> None:
    unit = await identity.unit(rooms.app)
    offering = await catalogue.published_offering(rooms.app, unit, kind="transfer")
    clerk = await identity.person(rooms.app, unit, Role.CLERK)
    assert offering.right_id is not None
    await rights.record_legal_state(rooms.app, clerk, offering.right_id, legal(LegalMove.DISPUTE))
    *_, disputed = await events_of(rooms, offering.right_id)
    assert disputed.name == "right.disputed"
    await work_on(rooms, disputed)
    await work_on(rooms, disputed)
    assert await state_of(rooms, offering.id) == "suspended"


async def test_a_withdrawn_consent_does_too(rooms: Rooms) -> None:
    unit = await identity.unit(rooms.app)
    right = await catalogue.settled_right(rooms.app, unit)
    offering = await catalogue.published_offering(
        rooms.app, unit, kind="transfer", right_id=right.id
    )
    leader = await identity.person(rooms.app, unit, Role.LEADER)
    await rights.withdraw_consent(rooms.app, leader, right.id, right.owners[0].id)
    *_, withdrawn = await events_of(rooms, right.id)
    await work_on(rooms, withdrawn)
    assert await state_of(rooms, offering.id) == "suspended"


async def test_what_is_settled_again_meanwhile_stays_published(rooms: Rooms) -> None:
    unit = await identity.unit(rooms.app)
    offering = await catalogue.published_offering(rooms.app, unit, kind="transfer")
    clerk = await identity.person(rooms.app, unit, Role.CLERK)
    assert offering.right_id is not None
    for move in (LegalMove.DISPUTE, LegalMove.SETTLE):
        await rights.record_legal_state(rooms.app, clerk, offering.right_id, legal(move))
    disputed = (await events_of(rooms, offering.right_id))[-2]
    await work_on(rooms, disputed)
    assert await state_of(rooms, offering.id) == "published"


async def test_a_unit_with_a_new_name_is_shown_by_it_under_a_new_version(rooms: Rooms) -> None:
    unit = await identity.unit(rooms.app)
    offering = await catalogue.published_offering(rooms.app, unit)
    before = await cards.find_detail(rooms.app, offering.id)
    await _rename(rooms.app, unit, "锦机重工技协")
    *_, edited = await events_of(rooms, unit.id)
    assert edited.name == "organisation.edited"
    await work_on(rooms, edited)
    after = await cards.find_detail(rooms.app, offering.id)
    assert msgspec.json.decode(after.body)["unit_name_zh"] == "锦机重工技协"
    assert after.version > before.version


async def test_events_tell_every_move_and_hold_no_text(rooms: Rooms) -> None:
    unit = await identity.unit(rooms.app)
    offering = await catalogue.published_offering(rooms.app, unit)
    member = await identity.person(rooms.app, unit, Role.MEMBER)
    for price_minor in (1_00, 2_00):
        change = TermsChange(price_minor=price_minor)
        await operations.change_draft(rooms.app, member, offering.id, change)
        await operations.discard_revision(rooms.app, member, offering.id)
    await catalogue.passed_revision(rooms.app, unit, offering, price_minor=3_00)
    told = await events_of(rooms, offering.id)
    assert [(event.name, event.state_from, event.state_to) for event in told] == [
        ("offering.drafted", None, "draft"),
        ("offering.submitted", "draft", "in_review"),
        ("offering.published", "in_review", "published"),
        ("offering_revision.drafted", None, "draft"),
        ("offering_revision.discarded", "draft", "discarded"),
        ("offering_revision.drafted", "discarded", "draft"),
        ("offering_revision.discarded", "draft", "discarded"),
        ("offering_revision.drafted", "discarded", "draft"),
        ("offering_revision.submitted", "draft", "in_review"),
        ("offering_revision.published", "in_review", "published"),
    ]
    assert [event.version for event in told] == list(range(1, 11))
    days = [set(event.changed) for event in told]
    assert days == [{"review_due_on"} if "submitted" in event.name else set() for event in told]


async def _rename(conn: Connection, unit: Organisation, name_zh: str) -> None:
    administrator, _ = await identity.two_administrators(conn)
    edit = OrganisationEdit(name_zh=name_zh, region=unit.region)
    await organisations.edit_organisation(conn, administrator, unit.id, edit, unit.version)
