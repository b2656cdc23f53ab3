"""Proposing a reset, approving it, refusing it."""

from __future__ import annotations

from uuid import UUID

from market.base import db, events, proposals
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.identity import letters
from market.identity.letters import Letter
from market.identity.people import queries as people
from market.identity.roles import queries as roles
from market.identity.second_factor import operations as second_factor
from market.identity.second_factor import queries as factors
from market.identity.second_factor.model import FactorState
from market.identity.second_factor_resets import queries
from market.identity.second_factor_resets.model import (
    DONE,
    MOVES,
    PROPOSED,
    NewReset,
    NothingToReset,
    NotYourOwn,
    NotYoursToReset,
    ResetState,
    ResetWaits,
    SecondFactorReset,
    may_reset,
)
from market.identity.sessions import operations as sessions


async def propose_reset(conn: Connection, actor: Actor, new: NewReset) -> SecondFactorReset:
    """Say that somebody has lost his device; it counts on until another person agrees."""
    async with db.act(conn, actor):
        person = await people.find_person(conn, actor, new.person_id)
        await _require_may(conn, actor, person.id)
        async with db.act(conn, SYSTEM):
            in_use = FactorState.ENABLED in await factors.factors_of(conn, person.id)
        require(in_use, NothingToReset)
        reset = await queries.insert_reset(conn, actor, new)
        if reset is None:
            raise ResetWaits
        await _record(conn, actor, "proposed", "propose", None, reset)
        await _tell(conn, PROPOSED, reset)
    return reset


async def approve_reset(
    conn: Connection, actor: Actor, reset_id: UUID, *, expected_version: int | None = None
) -> SecondFactorReset:
    """A second person agrees: the device counts no more, and every session ends."""
    return await _decide(conn, actor, reset_id, "approve", None, expected_version)


async def refuse_reset(
    conn: Connection,
    actor: Actor,
    reset_id: UUID,
    reason: str,
    *,
    expected_version: int | None = None,
) -> SecondFactorReset:
    return await _decide(conn, actor, reset_id, "refuse", reason, expected_version)


async def _decide(
    conn: Connection,
    actor: Actor,
    reset_id: UUID,
    move: str,
    refusal: str | None,
    expected_version: int | None,
) -> SecondFactorReset:
    async with db.act(conn, actor):
        reset = await queries.lock_reset(conn, actor, reset_id)
        await _require_may(conn, actor, reset.person_id)
        proposals.require_other(actor, reset)
        before = ResetState(reset.state)
        name = "approved" if move == "approve" else "refused"
        if proposals.is_repeat(actor, reset, ResetState(name)):
            return reset
        require_version(reset.version, expected_version)
        to = MOVES.after(move, before)
        decided = await queries.set_decision(
            conn, reset, to=to, decided_by=actor.person_id, refusal=refusal
        )
        await _record(conn, actor, name, move, before, decided)
        if to == ResetState.APPROVED:
            await _begin_anew(conn, actor, decided)
    return decided


async def _begin_anew(conn: Connection, actor: Actor, reset: SecondFactorReset) -> None:
    """The person may have removed the device himself since the proposal: then it stays so."""
    await second_factor.end(conn, actor, reset.person_id, move="reset")
    await sessions.end_all(conn, actor, reset.person_id)
    await _tell(conn, DONE, reset)


async def _require_may(conn: Connection, actor: Actor, person_id: UUID) -> None:
    require(actor.person_id != person_id, NotYourOwn)
    async with db.act(conn, SYSTEM):
        belongs_to = await roles.bonds_of(conn, person_id)
    require(may_reset(actor, belongs_to), NotYoursToReset)


async def _tell(conn: Connection, letter: Letter, reset: SecondFactorReset) -> None:
    async with db.act(conn, SYSTEM):
        reader = await people.reader(conn, reset.person_id)
    if reader is not None:
        await letters.send(
            conn,
            letter,
            to=reader.email,
            language=reader.language,
            cause=f"second_factor_reset_{reset.state}:{reset.id}",
            name=reader.name,
        )


async def _record(
    conn: Connection,
    actor: Actor,
    name: str,
    move: str,
    before: ResetState | None,
    after: SecondFactorReset,
) -> None:
    await events.record(
        conn,
        actor,
        f"second_factor_reset.{name}",
        about=after,
        move=(move, before),
        changed={"person": after.person_id, "organisation": after.organisation_id},
    )
