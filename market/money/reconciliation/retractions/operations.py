"""Proposing to take an import back, and deciding on it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from market.base import db, events, proposals
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import listed
from market.ledger.model import NotAReader, may_read
from market.money.reconciliation.retractions import model, queries
from market.money.reconciliation.retractions.model import Retraction, RetractionState
from market.money.statements import bank_lines, retracting
from market.money.statements.accounts.model import may_keep
from market.money.statements.retracting import Imported

MOST_NAMED: Final = 10


async def propose_retraction(
    conn: Connection, actor: Actor, statement_id: UUID, reason: str
) -> Retraction:
    """Finance asks for the whole import of a statement to be taken back; nothing changes yet.

    The same person asking in the same words gets the same proposal. Raises NotFound to a stranger,
    RetractionNeedsFinance, RetractionProposed, WrongMove when it was taken back, LinesExplained,
    ProvesOpening, and BuiltOn unless what came later is proposed as well.
    """
    async with db.act(conn, actor):
        imported = await retracting.lock_import(conn, actor, statement_id)
        require(may_keep(actor, imported.account.books_unit_id), model.RetractionNeedsFinance)
        waiting = await queries.waiting_of(conn, imported.file_id)
        if waiting is not None:
            again = proposals.asks_again(actor, waiting, reason=reason)
            require(again, model.RetractionProposed)
            return waiting
        imported.after("retract")
        await _require_not_built_on(conn, imported, or_proposed=True)
        await _require_proves_no_opening(conn, imported)
        await _require_unexplained(conn, imported)
        proposed = await queries.insert_retraction(conn, actor, imported, reason)
        await events.record(
            conn,
            actor,
            "statement_retraction.proposed",
            about=proposed,
            move=("propose", None),
            changed={
                "bank_account_id": proposed.bank_account_id,
                "file_id": proposed.file_id,
                "lines": proposed.lines,
                "amount_minor": proposed.amount_minor,
            },
        )
    return proposed


async def _require_not_built_on(
    conn: Connection, imported: Imported, *, or_proposed: bool = False
) -> None:
    later = await queries.later_imports(conn, imported)
    standing = [one for one in later if not (or_proposed and one.is_proposed)]
    if standing:
        newest = standing[0]
        raise model.BuiltOn(count=len(standing), first_on=newest.first_on, until_on=newest.until_on)


async def _require_proves_no_opening(conn: Connection, imported: Imported) -> None:
    as_of = await queries.opening_proved_by(conn, imported)
    require(as_of is None, model.ProvesOpening(as_of=as_of))


async def _require_unexplained(conn: Connection, imported: Imported) -> None:
    explained = await queries.explained_lines(conn, imported.ids, limit=MOST_NAMED)
    if explained:
        named = listed(one.told for one in explained)
        raise model.LinesExplained(count=explained[0].of_count, lines=named)


async def approve_retraction(
    conn: Connection, actor: Actor, retraction_id: UUID, *, expected_version: int | None = None
) -> Retraction:
    """A leader, another person, takes the import back.

    Raises NotFound to a stranger, RetractionNeedsLeader, OwnRetraction, WrongMove when decided,
    LinesExplained when a line was matched since, BuiltOn while a later import stands, ProvesOpening
    when the books began with it meanwhile.
    """
    async with db.act(conn, actor):
        imported, retraction = await _lock(conn, actor, retraction_id)
        if proposals.is_repeat(actor, retraction, RetractionState.APPROVED):
            return retraction
        to = proposals.decided(retraction, "approve", expected_version)
        await _require_not_built_on(conn, imported)
        await _require_proves_no_opening(conn, imported)
        # Whoever matches a line holds it; behind these locks, all matches there will be are seen.
        await bank_lines.lock_lines_of(conn, imported.ids)
        await _require_unexplained(conn, imported)
        approved = await queries.decide(conn, actor, retraction, to=to)
        await retracting.take_back(conn, actor, imported, approved.id)
        await events.record(
            conn,
            actor,
            "statement_retraction.approved",
            about=approved,
            move=("approve", retraction.state),
        )
    return approved


async def reject_retraction(
    conn: Connection,
    actor: Actor,
    retraction_id: UUID,
    note: str,
    *,
    expected_version: int | None = None,
) -> Retraction:
    """A leader, another person, lets the import stand and says why."""
    async with db.act(conn, actor):
        _, retraction = await _lock(conn, actor, retraction_id)
        if proposals.is_repeat(actor, retraction, RetractionState.REJECTED):
            return retraction
        to = proposals.decided(retraction, "reject", expected_version)
        rejected = await queries.decide(conn, actor, retraction, to=to, note=note)
        await events.record(
            conn,
            actor,
            "statement_retraction.rejected",
            about=rejected,
            move=("reject", retraction.state),
        )
    return rejected


async def _lock(conn: Connection, actor: Actor, retraction_id: UUID) -> tuple[Imported, Retraction]:
    """Account, import and retraction, locked, for one who may decide."""
    seen = await queries.find_retraction(conn, actor, retraction_id)
    require(model.may_decide(actor, seen.books_unit_id), model.RetractionNeedsLeader)
    proposals.require_other(actor, seen, model.OwnRetraction)
    statement_id = await queries.statement_of(conn, seen)
    imported = await retracting.lock_import(conn, actor, statement_id)
    return imported, await queries.lock_retraction(conn, retraction_id)


async def find_retraction(conn: Connection, actor: Actor, retraction_id: UUID) -> Retraction:
    """NotFound to a stranger, NotAReader to a member without a reading role."""
    async with db.look(conn, actor):
        retraction = await queries.find_retraction(conn, actor, retraction_id)
        require(may_read(actor), NotAReader)
    return retraction


async def list_retractions(
    conn: Connection,
    actor: Actor,
    *,
    state: RetractionState | None,
    account_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[Retraction]:
    require(may_read(actor), NotAReader)
    return await queries.retractions(
        conn, actor, state=state, account_id=account_id, after=after, limit=limit
    )
