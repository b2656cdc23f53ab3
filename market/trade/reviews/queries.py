"""The SQL of reviews; lock order: contract, then review."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.base.policies import Policy
from market.trade.contracts.model import Contract, Party
from market.trade.reviews.model import (
    AnswerInput,
    Review,
    ReviewInput,
    ShownReview,
    State,
)

NO_REVIEW: Final = UUID(int=2**128 - 1)


async def completed_at(conn: Connection, contract_id: UUID) -> datetime:
    """When the last milestone of a completed contract was accepted."""
    instant: datetime = await conn.fetchval(
        "SELECT max(accepted_at) FROM milestone WHERE contract_id = $1", contract_id
    )
    return instant


async def reviews_of(conn: Connection, actor: Actor, contract_id: UUID) -> list[Review]:
    """Those of a contract that the actor may read by now: his own side's, and the other's."""
    records = await conn.fetch(
        f"""SELECT {columns(Review)} FROM review_now
            WHERE contract_id = $1
              AND ($2::uuid[] IS NULL OR reviewer_id = ANY ($2)
                   OR (reviewed_id = ANY ($2) AND shown))
            ORDER BY id""",
        contract_id,
        actor.visible,
    )
    return [Review(*record) for record in records]


async def find_review(conn: Connection, actor: Actor, review_id: UUID) -> Review:
    """NotFound to whoever may not read it yet."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Review)} FROM review_now
            WHERE id = $1
              AND ($2::uuid[] IS NULL OR reviewer_id = ANY ($2)
                   OR (reviewed_id = ANY ($2) AND shown))""",
        review_id,
        actor.visible,
    )
    return one(Review, record)


async def lock_review(conn: Connection, actor: Actor, review_id: UUID) -> Review:
    """Held until the end of the act, its contract first."""
    await conn.execute(
        """SELECT FROM contract WHERE id = (SELECT contract_id FROM review WHERE id = $1)
           FOR UPDATE""",
        review_id,
    )
    await conn.execute("SELECT FROM review WHERE id = $1 FOR UPDATE", review_id)
    return await find_review(conn, actor, review_id)


async def insert_review(
    conn: Connection,
    actor: Actor,
    contract: Contract,
    party: Party,
    data: ReviewInput,
    *,
    closes_at: datetime,
    policy: Policy,
) -> Review:
    reviewer, reviewed = contract.buyer_id, contract.provider_unit_id
    if party == "provider":
        reviewer, reviewed = reviewed, reviewer
    review_id: UUID = await conn.fetchval(
        """INSERT INTO review (contract_id, party, reviewer_id, reviewed_id, quality, punctuality,
                               communication, comment, written_by, closes_at, policy_id)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id""",
        contract.id,
        party,
        reviewer,
        reviewed,
        data.quality,
        data.punctuality,
        data.communication,
        data.comment,
        actor.person_id,
        closes_at,
        policy.id,
    )
    return await find_review(conn, actor, review_id)


async def set_scores(conn: Connection, review_id: UUID, data: ReviewInput) -> None:
    await conn.execute(
        """UPDATE review SET quality = $2, punctuality = $3, communication = $4, comment = $5,
                             version = version + 1 WHERE id = $1""",
        review_id,
        data.quality,
        data.punctuality,
        data.communication,
        data.comment,
    )


async def set_answer(conn: Connection, actor: Actor, review_id: UUID, data: AnswerInput) -> None:
    await conn.execute(
        """UPDATE review SET answer = $2, answered_by = $3, answered_at = market_now(),
                             version = version + 1 WHERE id = $1""",
        review_id,
        data.answer,
        actor.person_id,
    )


async def set_hidden(
    conn: Connection, actor: Actor, review: Review, to: State, reason: str
) -> None:
    await conn.execute(
        """UPDATE review SET state = $3, hidden_reason = $4, hidden_by = $5,
                             hidden_at = market_now(), version = version + 1
           WHERE id = $1 AND state = $2""",
        review.id,
        review.state,
        to,
        reason,
        actor.person_id,
    )


async def shown_reviews(
    conn: Connection, organisation_id: UUID, *, before: UUID | None, limit: int
) -> list[ShownReview]:
    """Newest first, as everybody reads them."""
    records = await conn.fetch(
        f"""SELECT {columns(ShownReview)} FROM shown_reviews($1) WHERE id < $2
            ORDER BY id DESC LIMIT $3""",
        organisation_id,
        before or NO_REVIEW,
        limit,
    )
    return [ShownReview(*record) for record in records]
