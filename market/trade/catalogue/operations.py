"""What people do with offerings before and after their review."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import asyncpg

from market.base import clock, db, events, policies, working_days
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound, require_version
from market.base.working_days import Due
from market.trade.catalogue import cards, model, queries, rules
from market.trade.catalogue.model import Offering, OfferingState, RevisionState
from market.trade.catalogue.terms import (
    Capacity,
    NewOffering,
    OfferingKind,
    Terms,
    TermsChange,
    changed,
    terms_of,
)
from market.trade.deals import operations as deals
from market.trade.deals.model import Deal, NewDeal, OnlyEnterprisesAsk, Topic
from market.trade.rights import model as rights
from market.trade.rights import queries as rights_queries


async def ask_about_offering(conn: Connection, actor: Actor, offering_id: UUID) -> Deal:
    """An enterprise opens its deal with the unit about a published offering, or finds it open.

    Raises OnlyEnterprisesAsk, NotFound unless the offering is published.
    """
    async with db.act(conn, actor):
        require(actor.side == "enterprise", OnlyEnterprisesAsk)
        assert actor.organisation_id is not None, "whoever has a side acts for an organisation"
        offered = await queries.published_version(conn, offering_id)
        deal = NewDeal(
            Topic.OFFERING, offering_id, actor.organisation_id, offered.unit_id, offered.title_zh
        )
        return await deals.open_deal(conn, actor, deal)


async def draft_offering(conn: Connection, actor: Actor, data: NewOffering) -> Offering:
    """A member or clerk drafts an offering of the unit that he acts for.

    Raises NotTheDrafter, CodeTaken, and what the terms break (see `rules`).
    """
    async with db.act(conn, actor):
        require(model.may_draft(actor), model.NotTheDrafter)
        assert actor.organisation_id is not None, "whoever drafts acts for a unit"
        terms = terms_of(data)
        await _check(conn, actor, actor.organisation_id, data.kind, terms)
        try:
            offering = await queries.insert_offering(conn, actor, data.code, data.kind, terms)
        except asyncpg.UniqueViolationError as taken:
            raise model.CodeTaken(pointer="/code", taken=data.code) from taken
        await events.record(conn, actor, "offering.drafted", about=offering, move=("draft", None))
    return offering


async def change_draft(
    conn: Connection,
    actor: Actor,
    offering_id: UUID,
    change: TermsChange,
    *,
    expected_version: int | None = None,
) -> Offering:
    """Edit the draft; on a published offering, open a revision beside what is published.

    Raises NotFound, NotTheDrafter, Stale, UnderReview, OfferingRetired, and what the terms break.
    """
    async with db.act(conn, actor):
        offering = await queries.lock_offering(conn, actor, offering_id)
        require(model.may_edit(actor, offering), model.NotTheDrafter)
        require_version(offering.version, expected_version)
        require(offering.state != OfferingState.RETIRED, model.OfferingRetired)
        require(not offering.is_under_review, model.UnderReview)
        before = terms_of(offering)
        terms = changed(before, change)
        if terms == before:
            return offering
        await _check(conn, actor, offering.unit_id, offering.kind, terms)
        if offering.published_number is not None and not offering.has_open_revision:
            return await _open_revision(conn, actor, offering, terms)
        edited = await queries.set_terms(
            conn, offering, actor, terms, revision_state=offering.revision_state
        )
        await events.record(conn, actor, "offering.edited", about=edited)
    return edited


async def discard_revision(
    conn: Connection,
    actor: Actor,
    offering_id: UUID,
    *,
    expected_version: int | None = None,
) -> Offering:
    """Drop a revision: the draft says again what the published version says.

    Raises NotFound, NotTheDrafter, Stale, NoRevision, WrongMove while it is reviewed.
    """
    async with db.act(conn, actor):
        offering = await queries.lock_offering(conn, actor, offering_id)
        require(model.may_edit(actor, offering), model.NotTheDrafter)
        require_version(offering.version, expected_version)
        require(offering.has_open_revision, model.NoRevision)
        offering.draft_after("discard")
        restored = await queries.restore_terms(conn, offering, actor)
        await record_draft_move(conn, actor, "discarded", "discard", offering, restored)
    return restored


async def submit_offering(
    conn: Connection,
    actor: Actor,
    offering_id: UUID,
    *,
    expected_version: int | None = None,
) -> Offering:
    """Hand the draft, or the open revision, to the reviewers; their clock starts.

    Raises NotFound, NotTheDrafter, Stale, NoRevision, WrongMove, and what the terms break.
    """
    async with db.act(conn, actor):
        offering = await queries.lock_offering(conn, actor, offering_id)
        require(model.may_edit(actor, offering), model.NotTheDrafter)
        if offering.is_under_review and offering.submitted_by == actor.person_id:
            return offering
        require_version(offering.version, expected_version)
        await _check(conn, actor, offering.unit_id, offering.kind, terms_of(offering))
        state, revision_state = offering.draft_after("submit")
        due = await _review_due(conn, offering.unit_id)
        submitted = await queries.start_review(
            conn, offering, actor, due, state=state, revision_state=revision_state
        )
        await record_draft_move(conn, actor, "submitted", "submit", offering, submitted)
    return submitted


async def suspend_offering(
    conn: Connection,
    actor: Actor,
    offering_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> Offering:
    """Take a published offering out of the public's sight for a while.

    Raises NotFound, NotTheKeeper, Stale, WrongMove.
    """
    return await _keep(conn, actor, offering_id, "suspend", reason, expected_version)


async def resume_offering(
    conn: Connection,
    actor: Actor,
    offering_id: UUID,
    *,
    expected_version: int | None = None,
) -> Offering:
    """Show a suspended offering again; a transfer only while its right is settled.

    Raises NotFound, NotTheKeeper, Stale, WrongMove, RightNotInForce, RightExpired,
    ConsentMissing, AgentOwnsRight.
    """
    return await _keep(conn, actor, offering_id, "resume", None, expected_version)


async def retire_offering(
    conn: Connection,
    actor: Actor,
    offering_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> Offering:
    """End an offering for ever; its versions stay for the contracts that pin them.

    Raises NotFound, NotTheKeeper, Stale, WrongMove, RevisionOpen.
    """
    return await _keep(conn, actor, offering_id, "retire", reason, expected_version)


async def redraw_card(conn: Connection, actor: Actor, offering_id: UUID) -> Offering:
    """Show a published offering under its unit's present name."""
    async with db.act(conn, actor):
        offering = await queries.lock_offering(conn, actor, offering_id)
        require(model.may_keep(actor, offering), model.NotTheKeeper)
        touched = await queries.touch_offering(conn, offering)
        await show_or_hide(conn, touched)
        await events.record(conn, actor, "offering.redrawn", about=touched)
    return touched


EVENT_OF: Final = {
    "suspend": "offering.suspended",
    "resume": "offering.resumed",
    "retire": "offering.retired",
}


async def _keep(
    conn: Connection,
    actor: Actor,
    offering_id: UUID,
    move: str,
    reason: str | None,
    expected_version: int | None,
) -> Offering:
    async with db.act(conn, actor):
        offering = await queries.lock_offering(conn, actor, offering_id)
        require(model.may_keep(actor, offering), model.NotTheKeeper)
        if _is_repeated(actor, offering, move, reason):
            return offering
        require_version(offering.version, expected_version)
        before, after = offering.state, offering.after(move)
        if move == "retire":
            require(not offering.has_open_revision, model.RevisionOpen)
        if move == "resume":
            await require_settled_right(conn, actor, offering)
        moved = await queries.move_offering(conn, offering, actor, to=after, reason=reason)
        await show_or_hide(conn, moved)
        await events.record(conn, actor, EVENT_OF[move], about=moved, move=(move, before))
    return moved


async def require_settled_right(conn: Connection, actor: Actor, offering: Offering) -> None:
    """A transfer is shown only while its right is settled, and not the selling agent's own."""
    if offering.right_id is not None:
        right = await rights_queries.share_right(conn, actor, offering.right_id)
        rights.require_settled(right, await clock.today(conn))
        await _check_agency(conn, offering.unit_id, offering)


async def show_or_hide(conn: Connection, offering: Offering) -> None:
    """The card exists exactly while the offering is published."""
    if offering.state == OfferingState.PUBLISHED:
        await cards.write_card(conn, offering)
    else:
        await cards.remove_card(conn, offering)


async def record_draft_move(
    conn: Connection, actor: Actor, name: str, move: str, before: Offering, after: Offering
) -> None:
    """The draft's event: the offering's until it is first published, then the revision's."""
    due = {"review_due_on": after.review_due_on} if after.review_due_on else {}
    if before.published_number is None:
        made = (move, OfferingState(before.state))
        await events.record(conn, actor, f"offering.{name}", about=after, move=made, changed=due)
    else:
        was = (move, before.revision.state)
        await events.record(
            conn, actor, f"offering_revision.{name}", about=after.revision, move=was, changed=due
        )


async def _open_revision(
    conn: Connection, actor: Actor, offering: Offering, terms: Terms
) -> Offering:
    opened = await queries.set_terms(
        conn, offering, actor, terms, revision_state=offering.revised()
    )
    before = offering.revision_state and RevisionState(offering.revision_state)
    await events.record(
        conn, actor, "offering_revision.drafted", about=opened.revision, move=("draft", before)
    )
    return opened


async def _check(
    conn: Connection, actor: Actor, unit_id: UUID, kind: OfferingKind, terms: Terms
) -> None:
    """The rules that the terms keep by themselves, and those that need the registers."""
    rules.check(kind, terms)
    enrolled = await queries.count_enrolled(conn, unit_id, terms.member_ids)
    missing = len(terms.member_ids) - enrolled
    require(missing == 0, model.MemberUnknown(pointer="/member_ids", missing=missing))
    if terms.right_id is not None:
        await _check_right_of(conn, actor, unit_id, terms.right_id)
        await _check_agency(conn, unit_id, terms)


async def _check_right_of(conn: Connection, actor: Actor, unit_id: UUID, right_id: UUID) -> None:
    unknown = model.RightUnknown(pointer="/right_id")
    try:
        right = await rights_queries.find_right(conn, actor, right_id)
    except NotFound as absent:
        raise unknown from absent
    require(right.unit_id == unit_id, unknown)


async def _check_agency(conn: Connection, unit_id: UUID, terms: Terms) -> None:
    if terms.capacity == Capacity.AGENT and terms.right_id is not None:
        owns = await queries.owns_right(conn, unit_id, terms.right_id)
        require(not owns, model.AgentOwnsRight(pointer="/capacity"))


async def _review_due(conn: Connection, unit_id: UUID) -> Due:
    today = await clock.today(conn)
    policy = await policies.current(conn, "catalogue.review", on=today, unit_id=unit_id)
    calendar = await working_days.calendar(conn, on=today)
    return calendar.after(today, policy.body["working_days"])


def _is_repeated(actor: Actor, offering: Offering, move: str, reason: str | None) -> bool:
    """Whether the actor has just done this very thing."""
    reached = {to for (name, _), to in model.MOVES.table.items() if name == move}
    return (
        offering.state in reached
        and offering.moved_by == actor.person_id
        and offering.reason == reason
    )
