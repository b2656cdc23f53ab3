"""Editing drafts, opening revisions beside what is published, and discarding them."""

from __future__ import annotations

from typing import Any

import pytest

from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound, Stale
from market.base.moves import WrongMove
from market.trade.catalogue import model, operations, queries, reviewing, rules
from market.trade.catalogue.terms import TermsChange
from tests.world import catalogue, identity


def change(**fields: Any) -> TermsChange:
    return TermsChange(**fields)


async def test_a_colleague_edits_the_draft_and_becomes_one_of_its_makers(
    conn: Connection,
) -> None:
    unit = await identity.unit(conn)
    drafter, colleague = [await identity.person(conn, unit, Role.MEMBER) for _ in range(2)]
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    edited = await operations.change_draft(
        conn, colleague, offering.id, change(price_minor=1_00), expected_version=1
    )
    assert (edited.price_minor, edited.version, edited.state) == (1_00, 2, "draft")
    assert edited.maker_ids == [drafter.person_id, colleague.person_id]
    assert edited.title_zh == offering.title_zh


async def test_an_edit_of_an_old_version_is_stale(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    await operations.change_draft(conn, drafter, offering.id, change(price_minor=1_00))
    with pytest.raises(Stale):
        await operations.change_draft(
            conn, drafter, offering.id, change(price_minor=2_00), expected_version=1
        )


async def test_an_edit_keeps_the_rules(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    with pytest.raises(rules.PriceMissing):
        await operations.change_draft(conn, drafter, offering.id, change(price_minor=None))


async def test_what_is_under_review_stands_still(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    await operations.submit_offering(conn, drafter, offering.id)
    with pytest.raises(model.UnderReview):
        await operations.change_draft(conn, drafter, offering.id, change(price_minor=1_00))


async def test_the_unit_above_sees_the_draft_and_does_not_write_it(conn: Connection) -> None:
    above = await identity.unit(conn)
    unit = await identity.unit(conn, parent=above)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    clerk = await identity.person(conn, above, Role.CLERK)
    with pytest.raises(model.NotTheDrafter):
        await operations.change_draft(conn, clerk, offering.id, change(price_minor=1_00))


async def test_to_a_stranger_the_draft_does_not_exist(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    stranger = await identity.person(conn, await identity.unit(conn), Role.MEMBER)
    with pytest.raises(NotFound):
        await operations.change_draft(conn, stranger, offering.id, change(price_minor=1_00))


async def test_changing_what_is_published_opens_a_revision_beside_it(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    member = await identity.person(conn, unit, Role.MEMBER)
    revised = await operations.change_draft(conn, member, offering.id, change(price_minor=1_00))

    assert (revised.state, revised.revision_state) == ("published", "draft")
    assert revised.maker_ids == [member.person_id]
    version = await queries.published_version(conn, offering.id)
    assert (version.number, version.price_minor) == (1, 86_000_00)


async def test_a_passed_revision_becomes_the_next_version(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    member, reviewer = [
        await identity.person(conn, unit, role) for role in (Role.MEMBER, Role.TECH_REVIEWER)
    ]
    await operations.change_draft(conn, member, offering.id, change(price_minor=1_00))
    submitted = await operations.submit_offering(conn, member, offering.id)
    assert (submitted.state, submitted.revision_state) == ("published", "in_review")
    passed = await reviewing.review_offering(conn, reviewer, offering.id, catalogue.PASS)

    assert (passed.state, passed.revision_state) == ("published", "published")
    assert passed.published_number == 2
    version = await queries.published_version(conn, offering.id)
    assert (version.number, version.price_minor) == (2, 1_00)
    assert (await queries.version(conn, offering.id, 1)).price_minor == 86_000_00


async def test_a_discarded_revision_leaves_what_is_published(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    member = await identity.person(conn, unit, Role.MEMBER)
    await operations.change_draft(conn, member, offering.id, change(price_minor=1_00))
    restored = await operations.discard_revision(conn, member, offering.id)
    assert (restored.price_minor, restored.revision_state) == (86_000_00, "discarded")
    with pytest.raises(model.NoRevision):
        await operations.discard_revision(conn, member, offering.id)


async def test_a_revision_under_review_is_not_discarded(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    member = await identity.person(conn, unit, Role.MEMBER)
    await operations.change_draft(conn, member, offering.id, change(price_minor=1_00))
    await operations.submit_offering(conn, member, offering.id)
    with pytest.raises(WrongMove):
        await operations.discard_revision(conn, member, offering.id)


async def test_an_edit_that_changes_nothing_opens_nothing(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    member = await identity.person(conn, unit, Role.MEMBER)
    same = await operations.change_draft(conn, member, offering.id, change(price_minor=86_000_00))
    assert same == offering


async def test_a_retired_offering_is_not_edited(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await catalogue.published_offering(conn, unit)
    clerk = await identity.person(conn, unit, Role.CLERK)
    await operations.retire_offering(conn, clerk, offering.id, "不再提供 No longer offered")
    with pytest.raises(model.OfferingRetired):
        await operations.change_draft(conn, clerk, offering.id, change(price_minor=1_00))
