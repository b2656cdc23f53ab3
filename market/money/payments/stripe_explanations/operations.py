"""Proposing where the money of a line set aside belongs, and deciding on it."""

from __future__ import annotations

from uuid import UUID

import msgspec

from market.base import db, events, proposals, sides
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.ledger import operations as ledger
from market.ledger.model import NotAReader, Posting, may_read
from market.money.payments.refunds import presenting as refunds
from market.money.payments.stripe_balance.faults import Unbookable
from market.money.payments.stripe_balance.model import Balance, StripeLine
from market.money.payments.stripe_explanations import (
    model,
    moving,
    owed_again,
    places,
    queries,
)
from market.money.payments.stripe_explanations.model import (
    BelongsTo,
    Explaining,
    ExplanationState,
    LineExplanation,
)
from market.money.payments.stripe_explanations.plan import Plan
from market.money.payments.stripe_lines import aside_queries as lines
from market.money.payments.stripe_lines import booking


async def propose_explanation(
    conn: Connection, actor: Actor, line_id: UUID, given: Explaining
) -> LineExplanation:
    """Finance says where the money of a line belongs, or asks its rule again; nothing moves yet.

    The same person asking in the same words gets the same proposal. Raises NotFound to a stranger,
    ExplanationNeedsFinance, ExplanationIncomplete, LineExplained, ExplanationProposed,
    NothingInSuspense, RuleTakesWhole, LineOfItsRule, PlaceNotOfLine, BothSides, LineNotOfCharge,
    LineAboveCharge, LineNotOfStripeRefund, LineOfRefund, LineMayBeRefund, CreditTooSmall,
    CreditReserved, NothingOwedAgain, RestAboveCredit, NoCustomer, ChargeOfAnother,
    ChargeWrittenOff, LineNotOfPastCharge, PastCreditTooSmall.
    """
    async with db.act(conn, actor):
        seen = await lines.find_line(conn, actor, line_id)
        require(model.may_propose(actor, seen.books_unit_id), model.ExplanationNeedsFinance)
        require(given.is_complete, model.ExplanationIncomplete)
        waiting = await queries.waiting_of(conn, line_id)
        if waiting is not None:
            again = proposals.asks_again(actor, waiting, **msgspec.structs.asdict(given))
            require(again, model.ExplanationProposed)
            return waiting
        require(not seen.is_explained, model.LineExplained)
        left_minor = await _require_left(conn, seen, given)
        await places.require_place(conn, seen, given, left_minor)
        if given.belongs_to != BelongsTo.RULE:
            await moving.planned(conn, actor, seen, given, left_minor)
        await require_one_side(conn, actor, seen, given)
        line = await lines.lock_line(conn, actor, line_id)
        require(not line.is_explained, model.LineExplained)
        require(await queries.waiting_of(conn, line_id) is None, model.ExplanationProposed)
        proposed = await queries.insert_explanation(conn, actor, line, given, left_minor)
        await events.record(
            conn,
            actor,
            "stripe_explanation.proposed",
            about=proposed,
            move=("propose", None),
            changed={
                "stripe_line_id": line_id,
                "belongs_to": proposed.belongs_to,
                "online_payment_id": proposed.online_payment_id,
                "refund_id": proposed.refund_id,
                "organisation_id": proposed.organisation_id,
                "amount_minor": proposed.amount_minor,
            },
        )
    return proposed


async def _require_left(conn: Connection, line: StripeLine, given: Explaining) -> int:
    left_minor = await queries.suspense_of(conn, line)
    require(left_minor != 0 or line.amount_minor == 0, model.LineExplained)
    if given.belongs_to == BelongsTo.RULE:
        require(left_minor == line.amount_minor, model.RuleTakesWhole)
    else:
        require(left_minor != 0, model.NothingInSuspense)
    return left_minor


async def require_one_side(
    conn: Connection, actor: Actor, line: StripeLine, asked: Explaining | LineExplanation
) -> None:
    """Nobody says of his own enterprise's money where it went."""
    named = (asked.online_payment_id, asked.refund_id)
    payers = await queries.payers_of(conn, line, *named)
    if asked.organisation_id is not None:
        payers.append(asked.organisation_id)
    await sides.require_none_at(conn, actor, payers)


async def approve_explanation(
    conn: Connection, actor: Actor, explanation_id: UUID, *, expected_version: int | None = None
) -> LineExplanation:
    """A leader, another person, has the money leave suspense for where it belongs.

    Raises NotFound to a stranger, ExplanationNeedsLeader, OwnExplanation, RuleDecides, WrongMove
    when decided, and what ``propose_explanation`` raises when things have changed since.
    """
    async with db.act(conn, actor):
        await moving.lock_payment(conn, actor, await _seen_to_decide(conn, actor, explanation_id))
        seen = await queries.find_explanation(conn, actor, explanation_id)
        if proposals.is_repeat(actor, seen, ExplanationState.APPROVED):
            return seen
        plan = await _planned(conn, actor, seen, expected_version)
        line = await lines.lock_line(conn, actor, seen.stripe_line_id)
        explanation = await queries.lock_explanation(conn, explanation_id)
        if proposals.is_repeat(actor, explanation, ExplanationState.APPROVED):
            return explanation
        to = proposals.decided(explanation, "approve", expected_version)
        explained = await _explain(conn, line, explanation, plan)
        approved = await queries.decide(
            conn, actor, explanation, to=to, on=plan.on, told_payment_id=line.online_payment_id
        )
        await _move(conn, explained, plan)
        await _record(conn, actor, "stripe_explanation.approved", approved, "approve")
    return approved


async def _planned(
    conn: Connection, actor: Actor, seen: LineExplanation, expected_version: int | None
) -> Plan:
    """What approving posts, as things are; asked before anything is locked."""
    require(seen.belongs_to != BelongsTo.RULE, model.RuleDecides)
    line = await lines.find_line(conn, actor, seen.stripe_line_id)
    await require_one_side(conn, actor, line, seen)
    proposals.decided(seen, "approve", expected_version)
    await places.require_place(conn, line, seen, seen.amount_minor)
    return await moving.planned(conn, actor, line, seen, seen.amount_minor)


async def _explain(
    conn: Connection, line: StripeLine, explanation: LineExplanation, plan: Plan
) -> StripeLine:
    return await lines.explain_line(
        conn,
        line,
        explanation.id,
        payment_id=plan.payment.id if plan.payment else line.online_payment_id,
        refund_id=plan.refund_id,
        paid_currency=plan.paid_currency,
        paid_minor=plan.paid_minor,
    )


async def _move(conn: Connection, explained: StripeLine, plan: Plan) -> None:
    """Post it, and end the refund that waited for the line."""
    if plan.fails is not None:
        async with db.act(conn, SYSTEM):
            await refunds.fail(conn, plan.fails, "amount_differs")
    freed = await owed_again.take_back(conn, plan, explained.cause)
    legs = [leg.upright() for leg in plan.legs if leg.amount_minor != 0]
    posting = Posting(explained.cause, explained.books_unit_id, plan.on, legs)
    await ledger.post_all(conn, [*freed.postings, posting])
    await events.record_many(conn, [*freed.happenings, booking.explained(explained)])
    if plan.refund_id is not None:
        async with db.act(conn, SYSTEM):
            await refunds.settle(conn, plan.refund_id)


async def reject_explanation(
    conn: Connection,
    actor: Actor,
    explanation_id: UUID,
    note: str,
    *,
    expected_version: int | None = None,
) -> LineExplanation:
    """A leader, another person, lets the money stand in suspense and says why."""
    async with db.act(conn, actor):
        seen = await _seen_to_decide(conn, actor, explanation_id)
        line = await lines.find_line(conn, actor, seen.stripe_line_id)
        explanation = await queries.lock_explanation(conn, explanation_id)
        if proposals.is_repeat(actor, explanation, ExplanationState.REJECTED):
            return explanation
        await require_one_side(conn, actor, line, explanation)
        proposals.decided(explanation, "reject", expected_version)
        return await _reject(conn, actor, explanation, note)


async def _reject(
    conn: Connection, actor: Actor, explanation: LineExplanation, note: str
) -> LineExplanation:
    to = explanation.after("reject")
    rejected = await queries.decide(conn, actor, explanation, to=to, note=note)
    await _record(conn, actor, "stripe_explanation.rejected", rejected, "reject")
    return rejected


async def withdraw_explanation(
    conn: Connection, actor: Actor, explanation_id: UUID, *, expected_version: int | None = None
) -> LineExplanation:
    """Who proposed it takes it back before it is decided; the money stays in suspense.

    Raises NotFound to a stranger, OnlyProposerWithdraws, WrongMove.
    """
    async with db.act(conn, actor):
        seen = await queries.find_explanation(conn, actor, explanation_id)
        is_finance = model.may_propose(actor, seen.books_unit_id)
        is_his = seen.proposed_by == actor.person_id
        require(is_finance and is_his, model.OnlyProposerWithdraws)
        explanation = await queries.lock_explanation(conn, explanation_id)
        if explanation.state == ExplanationState.WITHDRAWN:
            return explanation
        require_version(explanation.version, expected_version)
        to = explanation.after("withdraw")
        withdrawn = await queries.set_withdrawn(conn, explanation, to=to)
        await _record(conn, actor, "stripe_explanation.withdrawn", withdrawn, "withdraw")
    return withdrawn


async def _seen_to_decide(conn: Connection, actor: Actor, explanation_id: UUID) -> LineExplanation:
    seen = await queries.find_explanation(conn, actor, explanation_id)
    require(model.may_decide(actor, seen.books_unit_id), model.ExplanationNeedsLeader)
    proposals.require_other(actor, seen, model.OwnExplanation)
    return seen


async def _record(
    conn: Connection, actor: Actor, name: str, decided: LineExplanation, move: str
) -> None:
    await events.record(
        conn,
        actor,
        name,
        about=decided,
        move=(move, ExplanationState.PROPOSED),
        changed={"explained_on": decided.explained_on},
    )


async def book_by_rule(
    conn: Connection, explanation_id: UUID, told: Balance, *, is_disputed: bool = False
) -> bool:
    """What Stripe tells of the line now is booked as its category says; the worker's.

    ``is_disputed``: a charge that was ever disputed, which Stripe says of it also after a win.
    False where it is decided by now. Raises what makes a line be set aside.
    """
    async with db.act(conn, SYSTEM):
        explanation = await queries.lock_explanation(conn, explanation_id)
        if explanation.state != ExplanationState.PROPOSED:
            return False
        line = await lines.lock_line(conn, SYSTEM, explanation.stripe_line_id)
        _require_same_line(line, told)
        if is_disputed and await queries.is_charged_back(conn, line, told.charge_id):
            raise Unbookable("a charge whose money a chargeback holds, or took")
        since = await queries.in_suspense_since(conn, line)
        on = await booking.book_anew(conn, line, explanation_id, told, since=since)
        to = explanation.after("approve")
        approved = await queries.decide(
            conn, SYSTEM, explanation, to=to, on=on, told_payment_id=line.online_payment_id
        )
        await _record(conn, SYSTEM, "stripe_explanation.approved", approved, "approve")
        return True


def _require_same_line(line: StripeLine, told: Balance) -> None:
    """What Stripe's balance moved by never changes; what it was for may be known only now."""
    kept = (line.balance_transaction_id, line.category, line.currency)
    money = (line.amount_minor, line.fee_minor)
    same = kept == (told.id, told.category, told.currency)
    if not same or money != (told.amount_minor, told.fee_minor):
        raise Unbookable("it is not the line that was set aside")


async def reject_by_rule(conn: Connection, explanation_id: UUID, note: str) -> None:
    """Its rule still does not know what to make of it."""
    async with db.act(conn, SYSTEM):
        explanation = await queries.lock_explanation(conn, explanation_id)
        if explanation.state == ExplanationState.PROPOSED:
            await _reject(conn, SYSTEM, explanation, note)


async def find_explanation(conn: Connection, actor: Actor, explanation_id: UUID) -> LineExplanation:
    """NotFound to a stranger, NotAReader to a member without a reading role."""
    async with db.look(conn, actor):
        explanation = await queries.find_explanation(conn, actor, explanation_id)
        require(may_read(actor), NotAReader)
    return explanation


async def list_explanations(
    conn: Connection,
    actor: Actor,
    *,
    state: ExplanationState | None,
    line_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[LineExplanation]:
    require(may_read(actor), NotAReader)
    return await queries.explanations(
        conn, actor, state=state, line_id=line_id, after=after, limit=limit
    )
