"""The review: a second person passes or returns a draft, and passing publishes it."""

from __future__ import annotations

from uuid import UUID

from market.base import db
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.trade.catalogue import model, queries
from market.trade.catalogue.model import Offering, ReviewInput
from market.trade.catalogue.operations import (
    record_draft_move,
    require_settled_right,
    show_or_hide,
)


async def review_offering(
    conn: Connection,
    actor: Actor,
    offering_id: UUID,
    data: ReviewInput,
    *,
    expected_version: int | None = None,
) -> Offering:
    """A technical reviewer passes the draft, which publishes it, or returns it with reasons.

    Raises NotFound, NotTheReviewer, MakerReviews, DoerReviews, ReasonsMissing, Stale, WrongMove;
    for a pass of a transfer RightNotInForce, RightExpired, ConsentMissing, AgentOwnsRight.
    """
    async with db.act(conn, actor):
        offering = await queries.lock_offering(conn, actor, offering_id)
        require(model.may_review(actor, offering), model.NotTheReviewer)
        if await _is_repeated(conn, actor, offering, data):
            return offering
        require_version(offering.version, expected_version)
        await _check_reviewer(conn, actor, offering)
        if data.verdict == "return":
            require(data.reasons is not None, model.ReasonsMissing(pointer="/reasons"))
            return await _return(conn, actor, offering, data)
        await require_settled_right(conn, actor, offering)
        return await _publish(conn, actor, offering, data)


async def _check_reviewer(conn: Connection, actor: Actor, offering: Offering) -> None:
    require(actor.person_id not in offering.maker_ids, model.MakerReviews)
    does_it = await queries.does_the_work(conn, offering, actor.person_id)
    require(not does_it, model.DoerReviews)


async def _return(
    conn: Connection, actor: Actor, offering: Offering, data: ReviewInput
) -> Offering:
    state, revision_state = offering.draft_after("return")
    returned = await queries.end_review(
        conn,
        offering,
        actor,
        data,
        state=state,
        revision_state=revision_state,
        published_number=offering.published_number,
    )
    await record_draft_move(conn, actor, "returned", "return", offering, returned)
    return returned


async def _publish(
    conn: Connection, actor: Actor, offering: Offering, data: ReviewInput
) -> Offering:
    """The draft becomes the next version; the revision, if it was one, is over."""
    state, revision_state = offering.draft_after("publish")
    number = (offering.published_number or 0) + 1
    await queries.insert_version(conn, offering, actor, number)
    published = await queries.end_review(
        conn,
        offering,
        actor,
        data,
        state=state,
        revision_state=revision_state,
        published_number=number,
    )
    await show_or_hide(conn, published)
    await record_draft_move(conn, actor, "published", "publish", offering, published)
    return published


async def _is_repeated(
    conn: Connection, actor: Actor, offering: Offering, data: ReviewInput
) -> bool:
    """Whether the actor gave this very verdict, and nothing has happened since."""
    if offering.is_under_review:
        return False
    given = await queries.review_that_led_to(conn, offering)
    return given is not None and (given.reviewer_id, given.verdict, given.reasons) == (
        actor.person_id,
        data.verdict,
        data.reasons,
    )
