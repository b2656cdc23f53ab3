"""Reviewing: a second person passes or returns; a transfer needs its right settled."""

from __future__ import annotations

import asyncpg
import pytest

from market.base import db
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.moves import WrongMove
from market.identity.organisations.model import Organisation
from market.trade.catalogue import cards, model, operations, queries, reviewing
from market.trade.catalogue.model import Offering, ReviewInput
from market.trade.rights import model as rights
from market.trade.rights import operations as rights_operations
from tests.world import catalogue, identity

RETURN = ReviewInput(verdict="return", reasons="请补充检验标准 Name the test standard")


async def submitted(conn: Connection, unit: Organisation, **changes: object) -> Offering:
    drafter = await identity.person(conn, unit, Role.MEMBER)
    offering = await catalogue.drafted_offering(conn, unit, drafter, **changes)
    return await operations.submit_offering(conn, drafter, offering.id)


async def reviewer_of(conn: Connection, unit: Organisation) -> Actor:
    return await identity.person(conn, unit, Role.TECH_REVIEWER)


async def test_a_passed_draft_is_version_one_with_a_card(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await submitted(conn, unit)
    passed = await reviewing.review_offering(
        conn, await reviewer_of(conn, unit), offering.id, catalogue.PASS
    )
    assert (passed.state, passed.published_number) == ("published", 1)
    assert (passed.submitted_by, passed.review_due_on) == (None, None)
    assert (await cards.find_detail(conn, offering.id)).version == passed.version


async def test_a_returned_draft_can_be_mended_and_submitted_again(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    await operations.submit_offering(conn, drafter, offering.id)
    reviewer = await reviewer_of(conn, unit)
    returned = await reviewing.review_offering(conn, reviewer, offering.id, RETURN)
    assert (returned.state, returned.reason) == ("draft", RETURN.reasons)
    again = await operations.submit_offering(conn, drafter, offering.id)
    assert (again.state, again.reason) == ("in_review", None)
    await reviewing.review_offering(conn, reviewer, offering.id, catalogue.PASS)
    async with db.look(conn, drafter):
        given = await queries.reviews_of(conn, drafter, offering.id, before=None, limit=10)
    assert [review.verdict for review in given] == ["pass", "return"]


async def test_a_return_says_why(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await submitted(conn, unit)
    with pytest.raises(model.ReasonsMissing):
        await reviewing.review_offering(
            conn, await reviewer_of(conn, unit), offering.id, ReviewInput(verdict="return")
        )


async def test_the_maker_does_not_review(conn: Connection) -> None:
    unit = await identity.unit(conn)
    both = await identity.person(conn, unit, Role.MEMBER, Role.TECH_REVIEWER)
    offering = await catalogue.drafted_offering(conn, unit, both)
    await operations.submit_offering(conn, both, offering.id)
    with pytest.raises(model.MakerReviews):
        await reviewing.review_offering(conn, both, offering.id, catalogue.PASS)


async def test_who_submitted_does_not_review(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    both = await identity.person(conn, unit, Role.CLERK, Role.TECH_REVIEWER)
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    await operations.submit_offering(conn, both, offering.id)
    with pytest.raises(model.MakerReviews):
        await reviewing.review_offering(conn, both, offering.id, catalogue.PASS)


async def test_who_will_do_the_work_does_not_review(conn: Connection) -> None:
    unit = await identity.unit(conn)
    reviewer = await reviewer_of(conn, unit)
    doer = await catalogue.enrolled_member(conn, unit, reviewer.person_id)
    offering = await submitted(conn, unit, member_ids=[doer])
    with pytest.raises(model.DoerReviews):
        await reviewing.review_offering(conn, reviewer, offering.id, catalogue.PASS)


async def test_the_parents_reviewer_may_and_the_grandparents_may_not(conn: Connection) -> None:
    top = await identity.unit(conn)
    middle = await identity.unit(conn, parent=top)
    unit = await identity.unit(conn, parent=middle)
    offering = await submitted(conn, unit)
    with pytest.raises(model.NotTheReviewer):
        await reviewing.review_offering(
            conn, await reviewer_of(conn, top), offering.id, catalogue.PASS
        )
    passed = await reviewing.review_offering(
        conn, await reviewer_of(conn, middle), offering.id, catalogue.PASS
    )
    assert passed.state == "published"


async def test_other_roles_do_not_review(conn: Connection) -> None:
    unit = await identity.unit(conn)
    offering = await submitted(conn, unit)
    for role in (Role.CLERK, Role.LEADER, Role.MEMBER):
        with pytest.raises(model.NotTheReviewer):
            await reviewing.review_offering(
                conn, await identity.person(conn, unit, role), offering.id, catalogue.PASS
            )


async def test_a_repeated_verdict_gives_the_same_answer_and_a_rivals_is_refused(
    conn: Connection,
) -> None:
    unit = await identity.unit(conn)
    offering = await submitted(conn, unit)
    reviewer, rival = [await reviewer_of(conn, unit) for _ in range(2)]
    first = await reviewing.review_offering(conn, reviewer, offering.id, catalogue.PASS)
    assert await reviewing.review_offering(conn, reviewer, offering.id, catalogue.PASS) == first
    with pytest.raises(model.NoRevision):
        await reviewing.review_offering(conn, rival, offering.id, catalogue.PASS)


async def test_a_draft_that_nobody_submitted_is_not_reviewed(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    for verdict in (catalogue.PASS, RETURN):
        with pytest.raises(WrongMove):
            await reviewing.review_offering(
                conn, await reviewer_of(conn, unit), offering.id, verdict
            )


async def test_a_transfer_without_its_owners_consent_is_not_published(conn: Connection) -> None:
    unit = await identity.unit(conn)
    right = await catalogue.registered_right(conn, unit)
    offering = await submitted(conn, unit, kind="transfer", right_id=right.id)
    reviewer = await reviewer_of(conn, unit)
    with pytest.raises(rights.ConsentMissing):
        await reviewing.review_offering(conn, reviewer, offering.id, catalogue.PASS)
    leader = await identity.person(conn, unit, Role.LEADER)
    await rights_operations.consent(conn, leader, right.id, right.owners[0].id)
    passed = await reviewing.review_offering(conn, reviewer, offering.id, catalogue.PASS)
    assert passed.state == "published"


async def test_a_transfer_of_what_is_pending_or_expired_is_not_published(
    conn: Connection,
) -> None:
    unit = await identity.unit(conn)
    for changes, refusal in (
        ({"pending": True}, rights.RightNotInForce),
        ({"expires_on": "2020-01-01"}, rights.RightExpired),
    ):
        right = await catalogue.settled_right(conn, unit, **changes)
        offering = await submitted(conn, unit, kind="transfer", right_id=right.id)
        with pytest.raises(refusal):
            await reviewing.review_offering(
                conn, await reviewer_of(conn, unit), offering.id, catalogue.PASS
            )


async def test_the_database_too_refuses_a_maker_who_publishes(conn: Connection) -> None:
    unit = await identity.unit(conn)
    drafter = await identity.person(conn, unit, Role.MEMBER)
    offering = await catalogue.drafted_offering(conn, unit, drafter)
    with pytest.raises(asyncpg.CheckViolationError, match="reviewed_by_another"):
        async with db.act(conn, drafter):
            await queries.insert_version(conn, offering, drafter, 1)
