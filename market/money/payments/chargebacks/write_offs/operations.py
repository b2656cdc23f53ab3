"""Proposing to write a chargeback's debt off, deciding on it, and taking the loss back."""

from __future__ import annotations

from uuid import UUID

from market.base import amounts, clock, db, events, proposals
from market.base.access import Actor, require
from market.base.db import Connection
from market.ledger import operations as ledger
from market.ledger.model import Account, NotAReader, may_read
from market.money.payments.chargebacks import queries as chargebacks
from market.money.payments.chargebacks import recovery_queries
from market.money.payments.chargebacks.model import Chargeback, ChargebackState
from market.money.payments.chargebacks.operations import require_one_side
from market.money.payments.chargebacks.write_offs import model, queries, taking_back
from market.money.payments.chargebacks.write_offs.model import (
    ChargebackWriteOff,
    ChargebackWriteOffState,
)
from market.money.payments.stripe_balance import past_charges


async def propose_write_off(
    conn: Connection, actor: Actor, chargeback_id: UUID, reason: str
) -> ChargebackWriteOff:
    """Finance asks for all that is owed of a lost chargeback to be written off; nothing moves yet.

    The same person asking in the same words gets the same proposal. Raises NotFound to a stranger,
    WriteOffNeedsFinance, WriteOffProposed, BothSides, Undecided, NothingOwed, ChargeInSuspense,
    CreditLeft.
    """
    async with db.act(conn, actor):
        chargeback = await chargebacks.lock_chargeback(conn, actor, chargeback_id)
        require(model.may_keep(actor, chargeback.books_unit_id), model.WriteOffNeedsFinance)
        waiting = await queries.waiting_of(conn, chargeback_id)
        if waiting is not None:
            again = proposals.asks_again(actor, waiting, reason=reason)
            require(again, model.WriteOffProposed)
            return waiting
        await require_one_side(conn, actor, chargeback)
        require(chargeback.state != ChargebackState.OPENED, model.Undecided)
        owed_minor = await recovery_queries.owed_of(conn, chargeback_id)
        require(owed_minor > 0, model.NothingOwed)
        await _require_nothing_left(conn, chargeback)
        proposed = await queries.insert_proposal(conn, actor, chargeback, owed_minor, reason)
        await events.record(
            conn,
            actor,
            "chargeback_write_off.proposed",
            about=proposed,
            move=("propose", None),
            changed={"chargeback_id": chargeback_id, "amount_minor": owed_minor},
        )
    return proposed


async def _require_nothing_left(conn: Connection, chargeback: Chargeback) -> None:
    """The worker takes it of its payer's credit; of which its charge may become some."""
    require(not await queries.has_charge_in_suspense(conn, chargeback), model.ChargeInSuspense)
    payer_id = await chargebacks.payer_of(conn, chargeback)
    if payer_id is None:
        return
    books, currency = chargeback.books_unit_id, chargeback.short_currency
    credit = await ledger.balance(conn, books, Account("customer_credit", payer_id), currency)
    refusal = model.CreditLeft(currency=currency, credit=amounts.printed(credit, currency))
    require(credit == 0, refusal)


async def approve_write_off(
    conn: Connection, actor: Actor, write_off_id: UUID, *, expected_version: int | None = None
) -> ChargebackWriteOff:
    """A leader, another person, books the loss: it is demanded no longer.

    Raises NotFound to a stranger, WriteOffNeedsLeader, OwnWriteOff, BothSides, OwedNoMore,
    OwedChanged, WrongMove when decided, ChargeInSuspense, and CreditLeft when the payer has some
    since.
    """
    async with db.act(conn, actor):
        chargeback, proposal = await _lock(conn, actor, write_off_id)
        if proposals.is_repeat(actor, proposal, ChargebackWriteOffState.APPROVED):
            return proposal
        await require_one_side(conn, actor, chargeback)
        to = proposals.decided(proposal, "approve", expected_version)
        await past_charges.lock_of_dispute(conn, chargeback.books_unit_id, chargeback.dispute_id)
        owed_minor = await recovery_queries.owed_of(conn, chargeback.id)
        _require_same_owed(proposal, owed_minor)
        await _require_nothing_left(conn, chargeback)
        today = await clock.today(conn)
        approved = await queries.decide(conn, actor, proposal, to=to, on=today)
        await recovery_queries.insert_recovery(
            conn, chargeback, approved.amount_minor, today, write_off_id=approved.id
        )
        await ledger.post(conn, model.loss_posting(approved, today))
        await events.record(
            conn,
            actor,
            "chargeback_write_off.approved",
            about=approved,
            move=("approve", proposal.state),
            changed={"written_off_on": today},
        )
    return approved


def _require_same_owed(proposal: ChargebackWriteOff, owed_minor: int) -> None:
    """Nothing of it was made up since, and no more of it is owed."""
    require(owed_minor > 0, model.OwedNoMore)
    currency = proposal.currency
    require(
        proposal.amount_minor == owed_minor,
        model.OwedChanged(
            currency=currency,
            proposed=amounts.printed(proposal.amount_minor, currency),
            owed=amounts.printed(owed_minor, currency),
        ),
    )


async def reject_write_off(
    conn: Connection,
    actor: Actor,
    write_off_id: UUID,
    note: str,
    *,
    expected_version: int | None = None,
) -> ChargebackWriteOff:
    """A leader, another person, lets the debt stand and says why.

    Raises NotFound to a stranger, WriteOffNeedsLeader, OwnWriteOff, BothSides, WrongMove.
    """
    async with db.act(conn, actor):
        chargeback, proposal = await _lock(conn, actor, write_off_id)
        if proposals.is_repeat(actor, proposal, ChargebackWriteOffState.REJECTED):
            return proposal
        await require_one_side(conn, actor, chargeback)
        to = proposals.decided(proposal, "reject", expected_version)
        rejected = await queries.decide(conn, actor, proposal, to=to, note=note)
        await events.record(
            conn,
            actor,
            "chargeback_write_off.rejected",
            about=rejected,
            move=("reject", proposal.state),
        )
    return rejected


async def _lock(
    conn: Connection, actor: Actor, write_off_id: UUID
) -> tuple[Chargeback, ChargebackWriteOff]:
    """Chargeback and proposal, locked, for one who may decide."""
    seen = await queries.find_write_off(conn, actor, write_off_id)
    require(model.may_decide(actor, seen.books_unit_id), model.WriteOffNeedsLeader)
    proposals.require_other(actor, seen, model.OwnWriteOff)
    chargeback = await chargebacks.lock_chargeback(conn, actor, seen.chargeback_id)
    return chargeback, await queries.lock_write_off(conn, write_off_id)


async def recover_write_off(
    conn: Connection, actor: Actor, write_off_id: UUID, *, expected_version: int | None = None
) -> ChargebackWriteOff:
    """Finance takes the loss back: all of it is owed again, or its charge becomes credit.

    Raises NotFound to a stranger, WriteOffNeedsFinance, BothSides, WrongMove unless it stands.
    """
    async with db.act(conn, actor):
        seen = await queries.find_write_off(conn, actor, write_off_id)
        require(model.may_keep(actor, seen.books_unit_id), model.WriteOffNeedsFinance)
        chargeback = await chargebacks.lock_chargeback(conn, actor, seen.chargeback_id)
        loss = await queries.lock_write_off(conn, write_off_id)
        if loss.state == ChargebackWriteOffState.RECOVERED:
            return loss
        await require_one_side(conn, actor, chargeback)
        proposals.decided(loss, "recover", expected_version)
        today = await clock.today(conn)
        recovered, happening = await taking_back.take_back(conn, chargeback, loss, today)
        await events.record_many(conn, [happening])
    return recovered


async def find_write_off(conn: Connection, actor: Actor, write_off_id: UUID) -> ChargebackWriteOff:
    """NotFound to a stranger, NotAReader to a member without a reading role."""
    async with db.look(conn, actor):
        write_off = await queries.find_write_off(conn, actor, write_off_id)
        require(may_read(actor), NotAReader)
    return write_off


async def list_write_offs(
    conn: Connection,
    actor: Actor,
    *,
    state: ChargebackWriteOffState | None,
    chargeback_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[ChargebackWriteOff]:
    require(may_read(actor), NotAReader)
    return await queries.write_offs(
        conn, actor, state=state, chargeback_id=chargeback_id, after=after, limit=limit
    )
