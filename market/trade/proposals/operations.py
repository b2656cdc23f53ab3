"""What a unit does with its proposals, and what the clock does by itself."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from market.base import db, due, events
from market.base.access import SYSTEM, Actor, BothSides, require
from market.base.db import Connection, Pool
from market.base.errors import require_version
from market.identity.units import queries as units
from market.trade.enterprise_requests import operations as requesting
from market.trade.enterprise_requests import queries as requests
from market.trade.enterprise_requests.model import DeadlinePassed, EnterpriseRequest, RequestState
from market.trade.enterprise_requests.terms import Secrecy
from market.trade.proposals import model, queries, revisions, rules
from market.trade.proposals.counter_offers import lapsing
from market.trade.proposals.model import FullProposal, Proposal, ProposalState
from market.trade.proposals.terms import NewProposal, Terms, TermsChange, changed, terms_of


async def lock_proposal(
    conn: Connection, actor: Actor, proposal_id: UUID
) -> tuple[Proposal, EnterpriseRequest]:
    """The proposal as of now, for an act on it, and its request, which stays as it is meanwhile.

    What the clock did to it is written down first. Raises NotFound to a stranger.
    """
    request_id = await queries.request_of(conn, actor, proposal_id)
    request = await requests.share_request(conn, actor, request_id)
    proposal, kept = await queries.lock_proposal(conn, actor, proposal_id)
    if kept == proposal.state:
        return proposal, request
    async with db.act(conn, SYSTEM):
        await _write_down(conn, proposal, kept)
    return await queries.find_proposal(conn, actor, proposal_id), request


async def draft_proposal(
    conn: Connection, actor: Actor, request_id: UUID, data: NewProposal
) -> FullProposal:
    """A member or clerk drafts his unit's proposal for an open request.

    Raises NotFound to whom the request is not shown, NotABiddersRole, BothSides, DeadlinePassed,
    NotOpen, NotInvited, AlreadyProposed, FileNotOurs, DayOutOfRange.
    """
    async with db.act(conn, actor):
        request = await requests.share_request(conn, actor, request_id)
        require(model.may_draft(actor), model.NotABiddersRole)
        await require_bidder(conn, request_id)
        requesting.require_before_deadline(request, RequestState.OPEN)
        if request.secrecy == Secrecy.INVITED:
            invited = await queries.is_invited(conn, request_id, actor.organisation_id)
            require(invited, model.NotInvited)
        await _make_room(conn, actor, request_id)
        terms = terms_of(data)
        proposal = await _insert_proposal(conn, actor, request_id)
        await _keep_draft(conn, actor, proposal.id, terms)
        await events.record(conn, actor, "proposal.drafted", about=proposal, move=("draft", None))
        return await revisions.in_full(conn, actor, proposal)


async def _make_room(conn: Connection, actor: Actor, request_id: UUID) -> None:
    """A live proposal whose last day is over is written down as what it is."""
    live = await queries.live_proposal(conn, request_id, actor.organisation_id)
    if live is not None:
        await lock_proposal(conn, actor, live)


async def _insert_proposal(conn: Connection, actor: Actor, request_id: UUID) -> Proposal:
    assert actor.organisation_id is not None, "who drafts acts for a unit"
    books_unit_id = await units.books_of(conn, actor.organisation_id)
    assert books_unit_id is not None, "above every unit stands a legal person"
    try:
        return await queries.insert_proposal(conn, actor, request_id, books_unit_id)
    except asyncpg.UniqueViolationError as another:
        raise model.AlreadyProposed from another


async def change_proposal(
    conn: Connection,
    actor: Actor,
    proposal_id: UUID,
    change: TermsChange,
    *,
    expected_version: int | None = None,
) -> FullProposal:
    """Write on before the deadline; what was submitted stands until the draft is, too.

    Raises NotFound, NotABiddersRole, BothSides, Stale, DeadlinePassed, NotOpen, WrongMove,
    FileNotOurs, DayOutOfRange.
    """
    async with db.act(conn, actor):
        proposal, request = await lock_proposal(conn, actor, proposal_id)
        require(model.may_edit(actor, proposal), model.NotABiddersRole)
        await require_bidder(conn, request.id)
        require_version(proposal.version, expected_version)
        _require_unopened(proposal, request)
        full = await revisions.in_full(conn, actor, proposal)
        written = full.draft or full.binding
        assert written is not None, "before it is submitted there is a draft"
        before = terms_of(written)
        terms = changed(before, change)
        if terms == before:
            return full
        await _keep_draft(conn, actor, proposal_id, terms)
        edited = await queries.touch_proposal(conn, actor, proposal_id)
        await events.record(conn, actor, "proposal.edited", about=edited)
        return await revisions.in_full(conn, actor, edited)


async def submit_proposal(
    conn: Connection, actor: Actor, proposal_id: UUID, *, expected_version: int | None = None
) -> FullProposal:
    """The unit hands its draft over: from now on this revision binds.

    Raises NotFound, NotTheUnitsVoice, BothSides, Stale, DeadlinePassed, NotOpen, WrongMove,
    NothingToSubmit, and what the terms break (see ``rules``).
    """
    async with db.act(conn, actor):
        proposal, request = await lock_proposal(conn, actor, proposal_id)
        require(model.may_speak(actor, proposal), model.NotTheUnitsVoice)
        await require_bidder(conn, request.id)
        draft = await revisions.find_draft(conn, proposal_id)
        mine = (proposal.state, proposal.moved_by) == (ProposalState.SUBMITTED, actor.person_id)
        if draft is None and mine:
            return await revisions.in_full(conn, actor, proposal)
        require_version(proposal.version, expected_version)
        _require_unopened(proposal, request)
        if draft is None:
            raise model.NothingToSubmit
        terms = terms_of(draft)
        rules.check_answers(terms, request)
        rules.check(terms, earliest=await queries.day_of_deadline(conn, request.id))
        await rules.check_files(conn, actor, terms.file_ids)
        bound = rules.bound(terms, await rules.pin(conn, proposal.unit_id, terms.member_ids))
        try:
            revision = await revisions.insert_revision(conn, actor, proposal, bound, "submitted")
        except asyncpg.RestrictViolationError as late:
            raise DeadlinePassed from late
        await revisions.delete_draft(conn, proposal_id)
        submitted = await queries.bind_revision(
            conn, actor, proposal, revision, to=ProposalState.SUBMITTED
        )
        await _record_submission(conn, actor, proposal, submitted)
        return await revisions.in_full(conn, actor, submitted)


async def _record_submission(
    conn: Connection, actor: Actor, before: Proposal, submitted: Proposal
) -> None:
    told = {"number": submitted.number}
    if before.state == ProposalState.SUBMITTED:
        await events.record(conn, actor, "proposal.revised", about=submitted, changed=told)
        return
    move = ("submit", ProposalState(before.state))
    await events.record(conn, actor, "proposal.submitted", about=submitted, move=move, changed=told)


async def withdraw_proposal(
    conn: Connection,
    actor: Actor,
    proposal_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> FullProposal:
    """The unit takes its proposal back, before the deadline or after it, until the award.

    Raises NotFound, NotTheUnitsVoice, BothSides, Stale, WrongMove.
    """
    async with db.act(conn, actor):
        proposal, request = await lock_proposal(conn, actor, proposal_id)
        require(model.may_speak(actor, proposal), model.NotTheUnitsVoice)
        await require_bidder(conn, request.id)
        done = (proposal.state, proposal.moved_by, proposal.reason)
        if done == (ProposalState.WITHDRAWN, actor.person_id, reason):
            return await revisions.in_full(conn, actor, proposal)
        require_version(proposal.version, expected_version)
        before, after = ProposalState(proposal.state), proposal.after("withdraw")
        await lapsing.lapse_open(conn, actor, proposal_id)
        await revisions.delete_draft(conn, proposal_id)
        withdrawn = await queries.move_proposal(conn, actor, proposal_id, to=after, reason=reason)
        await events.record(
            conn, actor, "proposal.withdrawn", about=withdrawn, move=("withdraw", before)
        )
        return await revisions.in_full(conn, actor, withdrawn)


async def require_bidder(conn: Connection, request_id: UUID) -> None:
    """Who acts for the bidder holds no role at the buyer today. Raises BothSides."""
    require(not await requests.holds_role_at_buyer(conn, request_id), BothSides)


def _require_unopened(proposal: Proposal, request: EnterpriseRequest) -> None:
    """Raises DeadlinePassed, NotOpen, WrongMove."""
    requesting.require_before_deadline(request, RequestState.OPEN)
    # It may have come while this act waited for the proposal.
    require(proposal.opened_at is None, DeadlinePassed)
    if proposal.state != ProposalState.SUBMITTED:
        proposal.after("submit")


async def _keep_draft(conn: Connection, actor: Actor, proposal_id: UUID, terms: Terms) -> None:
    rules.check_days(terms)
    await rules.check_files(conn, actor, terms.file_ids)
    await revisions.set_draft(conn, actor, proposal_id, terms)
    await revisions.attach_files(conn, proposal_id, terms.file_ids)


async def write_due(pool: Pool) -> None:
    """Write down what deadlines have opened and last days have ended.

    Nothing waits for this, since every reader goes by the clock itself.
    """
    await due.each(pool, queries.proposals_due, settle, otherwise="proposal_not_settled")


async def settle(conn: Connection, proposal_id: UUID) -> None:
    """Write down what the clock did to a proposal; once only."""
    async with db.act(conn, SYSTEM):
        await lock_proposal(conn, SYSTEM, proposal_id)


async def _write_down(conn: Connection, proposal: Proposal, kept: ProposalState) -> None:
    """First the opening, if it was opened; then the end of its validity, if that has come."""
    before = ProposalState(kept)
    if before == ProposalState.SUBMITTED and proposal.opened_at is not None:
        opened = await queries.move_proposal(
            conn, SYSTEM, proposal.id, to=model.MOVES.after("open", before)
        )
        await events.record(conn, SYSTEM, "proposal.opened", about=opened, move=("open", before))
        before = ProposalState.OPENED
    if proposal.state == ProposalState.EXPIRED:
        await lapsing.lapse_open(conn, SYSTEM, proposal.id)
        expired = await queries.move_proposal(
            conn, SYSTEM, proposal.id, to=model.MOVES.after("expire", before)
        )
        await events.record(
            conn, SYSTEM, "proposal.expired", about=expired, move=("expire", before)
        )
