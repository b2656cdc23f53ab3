"""What people do with rights: register, consent, withdraw, record the legal state."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from market.base import clock, db, events, files
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound, require_version
from market.trade.rights import queries
from market.trade.rights.model import (
    EVENT_OF,
    MOVES,
    AlreadyConsented,
    ConsentInTheFuture,
    ConsentMethod,
    LegalChange,
    NewRight,
    NotRegistrar,
    NotRightsClerk,
    NotTheOwner,
    Owner,
    OwnerConsentsHimself,
    OwnerUnknown,
    Right,
    RightAlreadyRegistered,
    SignedConsent,
    check_new,
    may_record,
    may_register,
    speaks_for,
)


async def register_right(conn: Connection, actor: Actor, data: NewRight) -> Right:
    """A member or clerk registers a right for the unit that he acts for.

    Raises NotRegistrar, NumberMissing, KnowHowHasNoNumber, OwnerUnclear, OwnerUnknown,
    SharesDoNotSum, RightAlreadyRegistered.
    """
    async with db.act(conn, actor):
        require(may_register(actor), NotRegistrar)
        check_new(data)
        assert actor.organisation_id is not None, "whoever registers acts for a unit"
        birth = "register_pending" if data.pending else "register"
        try:
            right_id = await queries.insert_right(
                conn, actor.organisation_id, actor.person_id, data, MOVES.births[birth]
            )
        except asyncpg.UniqueViolationError as known:
            raise RightAlreadyRegistered(pointer="/number") from known
        except asyncpg.ForeignKeyViolationError as unknown:
            raise OwnerUnknown(pointer="/owners") from unknown
        right = await queries.find_right(conn, actor, right_id)
        await events.record(conn, actor, "right.registered", about=right, move=(birth, None))
    return right


async def consent(
    conn: Connection,
    actor: Actor,
    right_id: UUID,
    owner_id: UUID,
    *,
    expected_version: int | None = None,
) -> Right:
    """The owner, signed in, consents to the transfer of his right.

    Raises NotFound to a stranger, NotTheOwner.
    """
    async with db.act(conn, actor):
        right, owner = await _lock_owner(conn, actor, right_id, owner_id)
        require(speaks_for(actor, owner), NotTheOwner)
        if owner.consents:
            return right
        require_version(right.version, expected_version)
        await queries.set_consent(
            conn,
            right_id,
            owner_id,
            method=ConsentMethod.PLATFORM,
            recorded_by=actor.person_id,
            consented_on=await clock.today(conn),
        )
        return await _record(conn, actor, "right.consented", right_id, owner_id)


async def record_consent(
    conn: Connection,
    actor: Actor,
    right_id: UUID,
    owner_id: UUID,
    paper: SignedConsent,
    *,
    expected_version: int | None = None,
) -> Right:
    """A clerk of the managing unit records the signed paper of an owner who cannot sign in.

    Raises NotFound to a stranger and for a file that the clerk does not read, NotRightsClerk,
    OwnerConsentsHimself, AlreadyConsented, ConsentInTheFuture.
    """
    async with db.act(conn, actor):
        right, owner = await _lock_owner(conn, actor, right_id, owner_id)
        require(may_record(actor, right), NotRightsClerk)
        if _is_same_paper(actor, owner, paper):
            return right
        require(not await queries.owner_signs_in(conn, owner), OwnerConsentsHimself)
        require(not owner.consents, AlreadyConsented)
        require_version(right.version, expected_version)
        today = await clock.today(conn)
        dated = ConsentInTheFuture(pointer="/consented_on", found=paper.consented_on, today=today)
        require(paper.consented_on <= today, dated)
        file = await files.find(conn, actor, paper.file_id)
        await queries.set_consent(
            conn,
            right_id,
            owner_id,
            method=ConsentMethod.SIGNED_SCAN,
            recorded_by=actor.person_id,
            consented_on=paper.consented_on,
            file_id=file.id,
        )
        return await _record(conn, actor, "right.consented", right_id, owner_id)


async def withdraw_consent(
    conn: Connection,
    actor: Actor,
    right_id: UUID,
    owner_id: UUID,
    *,
    expected_version: int | None = None,
) -> Right:
    """The owner takes his consent back; a clerk may do it for one who consented on paper.

    Published offerings of the right are then suspended. Raises NotFound, NotTheOwner.
    """
    async with db.act(conn, actor):
        right, owner = await _lock_owner(conn, actor, right_id, owner_id)
        on_paper = owner.consent_method != ConsentMethod.PLATFORM and may_record(actor, right)
        require(speaks_for(actor, owner) or on_paper, NotTheOwner)
        if not owner.consents:
            return right
        require_version(right.version, expected_version)
        await queries.set_consent(conn, right_id, owner_id, method=None)
        return await _record(conn, actor, "right.consent_withdrawn", right_id, owner_id)


async def record_legal_state(
    conn: Connection,
    actor: Actor,
    right_id: UUID,
    data: LegalChange,
    *,
    expected_version: int | None = None,
) -> Right:
    """A clerk of the managing unit records what happened to the right at its office or in court.

    Raises NotFound, NotRightsClerk, WrongMove.
    """
    async with db.act(conn, actor):
        right = await queries.lock_right(conn, actor, right_id)
        require(may_record(actor, right), NotRightsClerk)
        if _is_same_change(actor, right, data):
            return right
        require_version(right.version, expected_version)
        after = right.after(data.move)
        if data.file_id is not None:
            await files.find(conn, actor, data.file_id)
        await queries.move_right(conn, right_id, actor.person_id, data, to=after)
        moved = await queries.find_right(conn, actor, right_id)
        name, move = EVENT_OF[data.move], (data.move.value, right.state)
        await events.record(conn, actor, name, about=moved, move=move)
        return moved


async def _lock_owner(
    conn: Connection, actor: Actor, right_id: UUID, owner_id: UUID
) -> tuple[Right, Owner]:
    right = await queries.lock_right(conn, actor, right_id)
    owner = right.owner(owner_id)
    if owner is None:
        raise NotFound
    return right, owner


async def _record(
    conn: Connection, actor: Actor, name: str, right_id: UUID, owner_id: UUID
) -> Right:
    right = await queries.find_right(conn, actor, right_id)
    await events.record(conn, actor, name, about=right, changed={"owner": owner_id})
    return right


def _is_same_paper(actor: Actor, owner: Owner, paper: SignedConsent) -> bool:
    return (owner.consent_recorded_by, owner.consent_file_id, owner.consented_on) == (
        actor.person_id,
        paper.file_id,
        paper.consented_on,
    )


def _is_same_change(actor: Actor, right: Right, data: LegalChange) -> bool:
    """Whether the actor has just recorded this very change."""
    is_reached = right.state in {
        to for (move, _), to in MOVES.table.items() if move == data.move.value
    }
    return (
        is_reached
        and right.moved_by == actor.person_id
        and (right.state_reason, right.state_file_id) == (data.reason, data.file_id)
    )
