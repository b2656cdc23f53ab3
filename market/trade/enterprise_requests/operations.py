"""What an enterprise does with its requests, and what the deadline does by itself."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import asyncpg
from msgspec import UNSET

from market.base import clock, db, due, events
from market.base.access import SYSTEM, Actor, BothSides, require
from market.base.db import Connection, Pool
from market.base.errors import require_version
from market.trade.enterprise_requests import cards, model, queries, rules
from market.trade.enterprise_requests.model import EnterpriseRequest, FullRequest, RequestState
from market.trade.enterprise_requests.terms import (
    NewRequest,
    Secrecy,
    Terms,
    TermsChange,
    changed,
    terms_of,
)


async def lock_request(conn: Connection, actor: Actor, request_id: UUID) -> EnterpriseRequest:
    """The request as of now, for an act on it; a deadline that has passed is written down first.

    Raises NotFound to a stranger.
    """
    request, falls_due = await queries.lock_request(conn, actor, request_id)
    if not falls_due:
        return request
    async with db.act(conn, SYSTEM):
        await _close(conn, request)
    return await queries.find_request(conn, actor, request_id)


async def draft_request(conn: Connection, actor: Actor, data: NewRequest) -> FullRequest:
    """A buyer or manager drafts a request of the enterprise that he acts for.

    Raises NotABuyersRole, FileUnknown, and what the terms break (see `rules`).
    """
    async with db.act(conn, actor):
        require(model.may_write(actor), model.NotABuyersRole)
        await _check(conn, actor, terms_of(data))
        request = await queries.insert_request(conn, actor, data)
        await events.record(
            conn, actor, "enterprise_request.drafted", about=request, move=("draft", None)
        )
        return await queries.in_full(conn, actor, request)


async def change_request(
    conn: Connection,
    actor: Actor,
    request_id: UUID,
    change: TermsChange,
    *,
    expected_version: int | None = None,
) -> FullRequest:
    """Edit a draft, or publish a new version of an open request, with a reason.

    Raises NotFound, NotABuyersRole, Stale, DeadlinePassed, NotOpen, FixedOncePublished,
    DeadlineShortened, ChangeNeedsReason, IdentityShown, FileUnknown, and what the terms break.
    """
    async with db.act(conn, actor):
        request = await lock_request(conn, actor, request_id)
        require(model.may_change(actor, request), model.NotABuyersRole)
        require_version(request.version, expected_version)
        require_before_deadline(request, RequestState.DRAFT, RequestState.OPEN)
        before = terms_of(request)
        terms = changed(before, change)
        if terms == before:
            return await queries.in_full(conn, actor, request)
        await _check(conn, actor, terms)
        if request.state == RequestState.DRAFT:
            edited = await queries.set_terms(conn, request, terms, number=None)
            await events.record(conn, actor, "enterprise_request.edited", about=edited)
        else:
            edited = await _new_version(conn, actor, request, terms, change)
        return await queries.in_full(conn, actor, edited)


async def publish_request(
    conn: Connection, actor: Actor, request_id: UUID, *, expected_version: int | None = None
) -> FullRequest:
    """Open the draft to those who may read it, as its first version.

    Raises NotFound, NotABuyersRole, Stale, WrongMove, RequesterUnverified, DeadlineTooSoon,
    NobodyInvited, IdentityShown, and what the terms break.
    """
    async with db.act(conn, actor):
        request = await lock_request(conn, actor, request_id)
        require(model.may_change(actor, request), model.NotABuyersRole)
        if request.state == RequestState.OPEN and request.moved_by == actor.person_id:
            return await queries.in_full(conn, actor, request)
        require_version(request.version, expected_version)
        before, after = RequestState(request.state), request.after("publish")
        await _check_publishable(conn, actor, request)
        await queries.insert_version(conn, request.id, terms_of(request), 1, "published")
        opened = await queries.publish(conn, request, actor, to=after)
        await _show(conn, opened)
        invited = await queries.invitees_of(conn, request_id)
        await events.record(
            conn,
            actor,
            "enterprise_request.published",
            about=opened,
            move=("publish", before),
            changed={"newly_invited": sorted(invited)},
        )
        return await queries.in_full(conn, actor, opened)


async def invite_units(
    conn: Connection,
    actor: Actor,
    request_id: UUID,
    unit_ids: list[UUID],
    *,
    expected_version: int | None = None,
) -> FullRequest:
    """Say who is invited: any units of a draft, only more of them once it is open.

    Raises NotFound, NotABuyersRole, Stale, DeadlinePassed, NotOpen, InviteeStays, UnitUnknown.
    """
    async with db.act(conn, actor):
        request = await lock_request(conn, actor, request_id)
        require(model.may_change(actor, request), model.NotABuyersRole)
        require_version(request.version, expected_version)
        require_before_deadline(request, RequestState.DRAFT, RequestState.OPEN)
        wanted, invited = set(unit_ids), await queries.invitees_of(conn, request_id)
        if wanted == invited:
            return await queries.in_full(conn, actor, request)
        if request.state == RequestState.OPEN:
            require(invited <= wanted, model.InviteeStays(pointer="/unit_ids"))
        missing = len(wanted) - await queries.count_units(conn, list(wanted))
        require(missing == 0, model.UnitUnknown(pointer="/unit_ids", missing=missing))
        # Of a draft nobody is told before it is published.
        told = "newly_invited" if request.state == RequestState.OPEN else "unit_ids"
        await queries.delete_invitees(conn, request_id, invited - wanted)
        await queries.insert_invitees(conn, actor, request_id, wanted - invited)
        touched = await queries.touch_request(conn, actor, request)
        await _show(conn, touched)
        await events.record(
            conn,
            actor,
            "enterprise_request.units_invited",
            about=touched,
            changed={told: sorted(wanted - invited)},
        )
        return await queries.in_full(conn, actor, touched)


async def cancel_request(
    conn: Connection,
    actor: Actor,
    request_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> FullRequest:
    """Take the request back before its award; everybody who follows it is told why.

    Raises NotFound, NotABuyersRole, Stale, WrongMove, IdentityShown.
    """
    return await _end(conn, actor, request_id, "cancel", reason, expected_version)


async def end_without_award(
    conn: Connection,
    actor: Actor,
    request_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> FullRequest:
    """After the deadline, say that nobody gets the award, and why.

    Raises NotFound, NotABuyersRole, Stale, WrongMove, IdentityShown, AwardStands.
    """
    return await _end(conn, actor, request_id, "no_award", reason, expected_version)


EVENT_OF: Final = {
    "cancel": "enterprise_request.cancelled",
    "no_award": "enterprise_request.ended_without_award",
}
REACHED: Final = {"cancel": RequestState.CANCELLED, "no_award": RequestState.NO_AWARD}


async def _end(
    conn: Connection,
    actor: Actor,
    request_id: UUID,
    move: str,
    reason: str,
    expected_version: int | None,
) -> FullRequest:
    async with db.act(conn, actor):
        request = await lock_request(conn, actor, request_id)
        require(model.may_change(actor, request), model.NotABuyersRole)
        done = (request.state, request.moved_by, request.reason)
        if done == (REACHED[move], actor.person_id, reason):
            return await queries.in_full(conn, actor, request)
        require_version(request.version, expected_version)
        before, after = RequestState(request.state), request.after(move)
        await check_hidden(conn, request, reason=reason)
        try:
            ended = await queries.move_request(conn, request, actor, to=after, reason=reason)
        except asyncpg.RestrictViolationError as awarded:
            raise model.AwardStands from awarded
        await _show(conn, ended)
        await events.record(conn, actor, EVENT_OF[move], about=ended, move=(move, before))
        return await queries.in_full(conn, actor, ended)


async def require_no_interest(conn: Connection, actor: Actor, request_id: UUID) -> None:
    """Who acts for the buyer has to do with nobody who bid. Raises BothSides."""
    require(not await queries.has_interest(conn, actor.person_id, request_id), BothSides)


def require_before_deadline(request: EnterpriseRequest, *states: RequestState) -> None:
    """Raises DeadlinePassed once it is closed, NotOpen in any other state but these."""
    require(request.state != RequestState.CLOSED, model.DeadlinePassed)
    require(request.state in states, model.NotOpen)


async def check_hidden(conn: Connection, request: EnterpriseRequest, **texts: str | None) -> None:
    """Raises IdentityShown when the texts name the enterprise of an anonymous request."""
    _, names = await queries.names_of_buyer(conn, request.buyer_id)
    rules.check_hidden(Secrecy(request.secrecy), names, **texts)


async def publish_version(
    conn: Connection,
    actor: Actor,
    request: EnterpriseRequest,
    terms: Terms,
    cause: model.Cause,
    reason: str | None = None,
) -> EnterpriseRequest:
    """The next number of an open request, as its readers see it from now on.

    The version stands before the root names it. Raises DeadlinePassed when the deadline comes
    between the look at the clock and the writing: the database refuses it then.
    """
    assert request.number is not None, "only what is published has versions"
    number = request.number + 1
    await queries.insert_version(conn, request.id, terms, number, cause, reason)
    try:
        renewed = await queries.set_terms(conn, request, terms, number=number)
    except asyncpg.RestrictViolationError as late:
        raise model.DeadlinePassed from late
    await _show(conn, renewed)
    return renewed


async def _new_version(
    conn: Connection, actor: Actor, request: EnterpriseRequest, terms: Terms, change: TermsChange
) -> EnterpriseRequest:
    rules.check_change(terms_of(request), terms)
    reason = change.reason
    if reason is UNSET:
        raise model.ChangeNeedsReason(pointer="/reason")
    await check_hidden(conn, request, **texts_of(terms), reason=reason)
    edited = await publish_version(conn, actor, request, terms, "changed", reason)
    await events.record(
        conn,
        actor,
        "enterprise_request.changed",
        about=edited,
        changed={"number": edited.number, "extended": terms.deadline > request.deadline},
    )
    return edited


async def _show(conn: Connection, request: EnterpriseRequest) -> None:
    """Files and card as the present state has them."""
    if request.state == RequestState.OPEN:
        await queries.attach_files(conn, request, anonymous=request.secrecy == Secrecy.ANONYMOUS)
    await cards.show_or_hide(conn, request)


async def _check(conn: Connection, actor: Actor, terms: Terms) -> None:
    rules.check(terms)
    known = await queries.count_files(conn, actor.organisation_id, terms.file_ids)
    missing = len(terms.file_ids) - known
    require(missing == 0, model.FileUnknown(pointer="/file_ids", missing=missing))


async def _check_publishable(conn: Connection, actor: Actor, request: EnterpriseRequest) -> None:
    verified, names = await queries.names_of_buyer(conn, request.buyer_id)
    require(verified, model.RequesterUnverified)
    await _check(conn, actor, terms_of(request))
    ahead = request.deadline > await clock.now(conn)
    require(ahead, model.DeadlineTooSoon(pointer="/deadline"))
    if request.secrecy == Secrecy.INVITED:
        require(bool(await queries.invitees_of(conn, request.id)), model.NobodyInvited)
    rules.check_hidden(Secrecy(request.secrecy), names, **texts_of(request))


def texts_of(terms: Terms | EnterpriseRequest) -> dict[str, str | None]:
    """All that is written freely, by its field."""
    return {"title": terms.title, "problem": terms.problem, "place": terms.place}


async def close_due(pool: Pool) -> None:
    """Write down which deadlines have passed.

    Nothing waits for this, since every reader goes by the deadline itself.
    """
    await due.each(pool, queries.requests_fallen_due, close_request, otherwise="request_not_closed")


async def close_request(conn: Connection, request_id: UUID) -> None:
    """Write down that the deadline has passed; once only."""
    async with db.act(conn, SYSTEM):
        await lock_request(conn, SYSTEM, request_id)


async def _close(conn: Connection, request: EnterpriseRequest) -> None:
    before = RequestState.OPEN
    closed = await queries.move_request(
        conn, request, SYSTEM, to=model.MOVES.after("close", before)
    )
    await cards.show_or_hide(conn, closed)
    await events.record(
        conn, SYSTEM, "enterprise_request.closed", about=closed, move=("close", before)
    )
