"""Writing, changing, answering and hiding reviews."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from market.base import clock, db, events, policies, sides
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.base.policies import Policy
from market.trade.contracts import operations as contract_acts
from market.trade.contracts import queries as contracts
from market.trade.contracts.model import Contract, ContractState
from market.trade.reviews import model, queries
from market.trade.reviews.model import AnswerInput, HidingInput, Review, ReviewInput, State


async def write_review(
    conn: Connection, actor: Actor, contract_id: UUID, data: ReviewInput
) -> Review:
    """One party reviews the other, once; the same words a second time change nothing.

    Raises NotFound to a stranger, NotYoursToReview, BothSides, NotAcceptedYet, WindowOver,
    AlreadyReviewed.
    """
    async with db.act(conn, actor):
        contract = await contracts.lock_contract(conn, actor, contract_id)
        party = model.party_of(actor, contract)
        require(model.may_review(actor, contract, party), model.NotYoursToReview)
        await contract_acts.require_one_side(conn, actor, contract)
        for written in await queries.reviews_of(conn, actor, contract_id):
            if written.party == party:
                require(written.says(data), model.AlreadyReviewed)
                return written
        policy, closes_at = await _window(conn, contract)
        await _require_before(conn, closes_at)
        review = await queries.insert_review(
            conn, actor, contract, party, data, closes_at=closes_at, policy=policy
        )
        await events.record(
            conn,
            actor,
            "review.written",
            about=review,
            move=("write", None),
            changed={"contract_id": contract_id, "party": party, **_scores(data)},
        )
        return review


async def edit_review(
    conn: Connection,
    actor: Actor,
    review_id: UUID,
    data: ReviewInput,
    expected_version: int | None,
) -> Review:
    """The reviewing party changes its words while nobody else has read them.

    Raises NotFound to a stranger, NotYoursToReview to the other side, BothSides, Stale,
    WindowOver, ReviewStands.
    """
    async with db.act(conn, actor):
        review = await _locked(conn, actor, review_id)
        require(model.speaks_for(actor, review.reviewer_id), model.NotYoursToReview)
        require_version(review.version, expected_version)
        await _require_before(conn, review.closes_at)
        require(not review.shown, model.ReviewStands)
        await queries.set_scores(conn, review.id, data)
        edited = await queries.find_review(conn, actor, review_id)
        await events.record(conn, actor, "review.edited", about=edited, changed=_scores(data))
        return edited


async def answer_review(
    conn: Connection,
    actor: Actor,
    review_id: UUID,
    data: AnswerInput,
    *,
    expected_version: int | None = None,
) -> Review:
    """The reviewed party says its word to it, once; it reads it no earlier than it is shown.

    Raises NotFound to a stranger and too early, NotYoursToReview to the reviewer, BothSides,
    Stale, AnsweredAlready.
    """
    async with db.act(conn, actor):
        review = await _locked(conn, actor, review_id)
        require(model.speaks_for(actor, review.reviewed_id), model.NotYoursToReview)
        if (review.answered_by, review.answer) == (actor.person_id, data.answer):
            return review
        require_version(review.version, expected_version)
        require(review.answer is None, model.AnsweredAlready)
        await queries.set_answer(conn, actor, review.id, data)
        answered = await queries.find_review(conn, actor, review_id)
        await events.record(conn, actor, "review.answered", about=answered)
        return answered


async def hide_review(
    conn: Connection,
    actor: Actor,
    review_id: UUID,
    data: HidingInput,
    *,
    expected_version: int | None = None,
) -> Review:
    """An administrator of a unit above takes a review from the public, with a reason.

    Raises NotFound to a stranger, NotYoursToHide to the parties, Stale, WrongMove once hidden.
    """
    async with db.act(conn, actor):
        review = await queries.lock_review(conn, actor, review_id)
        parties = [review.reviewer_id, review.reviewed_id]
        is_party = await sides.holds_role_in_any(conn, actor.person_id, parties)
        require(model.may_hide(actor) and not is_party, model.NotYoursToHide)
        if (review.hidden_by, review.hidden_reason) == (actor.person_id, data.reason):
            return review
        require_version(review.version, expected_version)
        before = State(review.state)
        to = model.MOVES.after("hide", before)
        await queries.set_hidden(conn, actor, review, to, data.reason)
        hidden = await queries.find_review(conn, actor, review_id)
        await events.record(conn, actor, "review.hidden", about=hidden, move=("hide", before))
        return hidden


async def list_reviews(conn: Connection, actor: Actor, contract_id: UUID) -> list[Review]:
    """What the actor may read by now. Raises NotFound to a stranger of the contract."""
    async with db.look(conn, actor):
        await contracts.find_contract(conn, actor, contract_id)
        return await queries.reviews_of(conn, actor, contract_id)


async def _locked(conn: Connection, actor: Actor, review_id: UUID) -> Review:
    review = await queries.lock_review(conn, actor, review_id)
    contract = await contracts.find_contract(conn, actor, review.contract_id)
    if actor.organisation_id in (review.reviewer_id, review.reviewed_id):
        await contract_acts.require_one_side(conn, actor, contract)
    return review


def _scores(data: ReviewInput) -> dict[str, int]:
    return {name: getattr(data, name) for name in ("quality", "punctuality", "communication")}


async def _window(conn: Connection, contract: Contract) -> tuple[Policy, datetime]:
    """The rule in force, and the end of the time that it gives. Raises NotAcceptedYet."""
    require(contract.state == ContractState.COMPLETED, model.NotAcceptedYet)
    policy = await policies.current(conn, "reviews", on=await clock.today(conn))
    completed_at = await queries.completed_at(conn, contract.id)
    return policy, completed_at + timedelta(days=policy.body["window_days"])


async def _require_before(conn: Connection, closes_at: datetime) -> None:
    closed_at = closes_at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
    require(await clock.now(conn) < closes_at, model.WindowOver(closed_at=closed_at))
