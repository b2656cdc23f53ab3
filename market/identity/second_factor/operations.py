"""Setting up a device, confirming it, showing it at sign-in, removing it."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from market.base import clock, db, events
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection, Pool
from market.identity import letters
from market.identity.letters import Letter
from market.identity.passwords import queries as passwords
from market.identity.passwords.model import Hasher
from market.identity.people import queries as people
from market.identity.resets.model import CurrentPasswordWrong
from market.identity.second_factor import codes, queries
from market.identity.second_factor.model import (
    ENABLED,
    MOVES,
    RECOVERED,
    REMOVED,
    TRIES,
    AlreadyEnabled,
    Enabled,
    Factor,
    FactorShown,
    FactorState,
    NoFactor,
    NothingToConfirm,
    SetUp,
    SetUpInput,
    WrongCode,
)
from market.identity.sessions import operations as sessions
from market.identity.sessions import queries as session_queries


async def set_up(pool: Pool, actor: Actor, given: SetUpInput, hasher: Hasher, key: bytes) -> SetUp:
    """A device that counts once it is confirmed; one that waited until now is discarded.

    Takes the pool, since hashing waits and no connection waits with it.
    """
    email, stored = await db.retrying(pool, lambda conn: _password_of(conn, actor))
    await db.retrying(pool, lambda conn: sessions.count_password_try(conn, email))
    if not await hasher.matches(stored, given.password):
        raise CurrentPasswordWrong(pointer="/password")
    factor = await db.retrying(pool, lambda conn: begin(conn, actor))
    secret = codes.secret_of(key, factor.id)
    uri = codes.uri_of(secret, email)
    return SetUp(secret, uri, codes.picture_of(uri))


async def begin(conn: Connection, actor: Actor) -> Factor:
    """The device itself, for somebody who has just named his password."""
    async with db.act(conn, actor):
        # Two beginnings at once wait for each other here: there may be no device to lock yet.
        await session_queries.lock_sessions(conn, actor.person_id)
        factors = await queries.lock_factors(conn, actor.person_id)
        require(FactorState.ENABLED not in factors, AlreadyEnabled)
        if FactorState.PENDING in factors:
            await _move(conn, actor, factors[FactorState.PENDING], "discard")
        factor = await queries.insert_factor(conn, actor.person_id)
        await events.record(
            conn,
            actor,
            "second_factor.begun",
            about=factor,
            move=("begin", None),
            changed={"person": factor.person_id},
        )
    return factor


async def confirm(
    conn: Connection, actor: Actor, token: str | None, code: str, key: bytes
) -> Enabled:
    """The device shows the right code: from now on every session has to show one.

    The session that confirms has done so. Called outside of an act, as all that take a code: the
    count of tries stays when the code is refused.
    """
    await _count_try(conn, actor)
    async with db.act(conn, actor):
        factors = await queries.lock_factors(conn, actor.person_id)
        require(FactorState.ENABLED not in factors, AlreadyEnabled)
        require(FactorState.PENDING in factors, NothingToConfirm)
        factor = factors[FactorState.PENDING]
        step = await _use_code_of_device(conn, factor, code, key)
        given = codes.new_recovery_codes()
        hashes = [codes.digest_of_recovery(each) for each in given]
        await queries.insert_recovery_codes(conn, factor.id, hashes)
        await _move(conn, actor, factor, "confirm")
        await _strengthen(conn, actor, token, factor, step)
        await _tell(conn, ENABLED, factor)
    return Enabled(given)


async def show(conn: Connection, actor: Actor, token: str | None, code: str, key: bytes) -> None:
    """The second step of signing in: a code of the device, or one on paper."""
    await _count_try(conn, actor)
    async with db.act(conn, actor):
        factor = await _lock_enabled(conn, actor.person_id)
        step = await _use_code(conn, actor, factor, code, key)
        await _strengthen(conn, actor, token, factor, step)


async def remove(conn: Connection, actor: Actor, code: str, key: bytes) -> None:
    """Take the device away, by a last code of its own or one on paper."""
    await _count_try(conn, actor)
    async with db.act(conn, actor):
        factor = await _lock_enabled(conn, actor.person_id)
        await _use_code(conn, actor, factor, code, key)
        await _move(conn, actor, factor, "remove")
        await _tell(conn, REMOVED, factor)


async def end(
    conn: Connection, actor: Actor, person_id: UUID, *, move: Literal["remove", "reset"]
) -> None:
    """Take a person's device away without a code of it, as part of an act that others decide."""
    async with db.act(conn, SYSTEM):
        factors = await queries.lock_factors(conn, person_id)
    for state, factor in factors.items():
        step = "discard" if state == FactorState.PENDING else move
        async with db.act(conn, SYSTEM):
            ended = await queries.set_state(conn, factor, to=MOVES.after(step, FactorState(state)))
        await _record(conn, actor, step, factor, ended)


async def shown(conn: Connection, actor: Actor) -> FactorShown:
    """What one's own second factor is like, and which roles ask for one."""
    factors = await queries.factors_of(conn, actor.person_id)
    factor = factors.get(FactorState.ENABLED) or factors.get(FactorState.PENDING)
    roles, required_from = await queries.required(conn, actor.person_id)
    return FactorShown(
        state=factor.state if factor else None,
        enabled_at=factor.enabled_at if factor else None,
        recovery_codes_left=await queries.recovery_codes_left(conn, factor.id) if factor else 0,
        required_roles=roles,
        required_from=required_from,
    )


async def _password_of(conn: Connection, actor: Actor) -> tuple[str, str | None]:
    async with db.act(conn, SYSTEM):
        person = await people.find_person(conn, actor, actor.person_id)
        return person.email or "", await passwords.hash_of(conn, actor.person_id)


async def _count_try(conn: Connection, actor: Actor) -> None:
    await sessions.limit(conn, "second_factor", str(actor.person_id), most=TRIES)


async def _lock_enabled(conn: Connection, person_id: UUID) -> Factor:
    factors = await queries.lock_factors(conn, person_id)
    require(FactorState.ENABLED in factors, NoFactor)
    return factors[FactorState.ENABLED]


async def _use_code(
    conn: Connection, actor: Actor, factor: Factor, code: str, key: bytes
) -> int | None:
    """Use the code up; the step that it belongs to, None for one on paper."""
    if code.isdigit():
        return await _use_code_of_device(conn, factor, code, key)
    await _use_recovery_code(conn, actor, factor, code)
    return None


async def _use_code_of_device(conn: Connection, factor: Factor, code: str, key: bytes) -> int:
    step = codes.step_of(codes.secret_of(key, factor.id), code, await clock.now(conn))
    if step is None or not await queries.use_step(conn, factor, step):
        raise WrongCode(pointer="/code")
    await _forget_tries(conn, factor)
    return step


async def _use_recovery_code(conn: Connection, actor: Actor, factor: Factor, code: str) -> None:
    number = await queries.use_recovery_code(conn, factor.id, codes.digest_of_recovery(code))
    if number is None:
        raise WrongCode(pointer="/code")
    await _forget_tries(conn, factor)
    left = await queries.recovery_codes_left(conn, factor.id)
    await events.record(
        conn, actor, "second_factor.recovered", about=factor, changed={"number": number}
    )
    await _tell(conn, RECOVERED, factor, number=number, left=left)


async def _forget_tries(conn: Connection, factor: Factor) -> None:
    async with db.act(conn, SYSTEM):
        scope = session_queries.scope_of("second_factor", str(factor.person_id))
        await session_queries.forget_tries(conn, scope)


async def _strengthen(
    conn: Connection, actor: Actor, token: str | None, factor: Factor, step: int | None
) -> None:
    """The event tells the step, so that nobody sets it back unnoticed."""
    session = await sessions.lock_own(conn, token)
    await session_queries.set_second_factor(conn, session, factor.id)
    changed = {"session": session.id} | ({} if step is None else {"step": step})
    await events.record(conn, actor, "second_factor.shown", about=factor, changed=changed)


async def _move(conn: Connection, actor: Actor, factor: Factor, move: str) -> Factor:
    to = MOVES.after(move, FactorState(factor.state))
    moved = await queries.set_state(conn, factor, to=to)
    await _record(conn, actor, move, factor, moved)
    return moved


async def _record(conn: Connection, actor: Actor, move: str, before: Factor, after: Factor) -> None:
    name = {"confirm": "enabled", "discard": "discarded", "remove": "removed", "reset": "reset"}
    await events.record(
        conn,
        actor,
        f"second_factor.{name[move]}",
        about=after,
        move=(move, FactorState(before.state)),
        changed={"person": after.person_id},
    )


async def _tell(conn: Connection, letter: Letter, factor: Factor, **facts: int) -> None:
    reader = await people.reader(conn, factor.person_id)
    if reader is not None:
        told = ":".join(str(each) for each in facts.values())
        await letters.send(
            conn,
            letter,
            to=reader.email,
            language=reader.language,
            cause=f"{letter.subject_en}:{factor.id}:{told}",
            name=reader.name,
            **facts,
        )
