"""Proposing, approving and rejecting policy versions."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from market.base import clock, db, events, policies, proposals
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound, require_version
from market.identity.policies import queries
from market.identity.policies.bodies import check_follows, check_sense
from market.identity.policies.model import (
    MOVES,
    NotYoursToDecide,
    NotYoursToPropose,
    PolicyInThePast,
    PolicyState,
    PolicyVersion,
    Proposal,
    UnknownPolicy,
    check_shape,
    may_decide,
    may_propose,
)
from market.identity.units import queries as units


async def propose_policy(conn: Connection, actor: Actor, proposal: Proposal) -> PolicyVersion:
    """Propose the next version; it counts once another person has approved it."""
    async with db.act(conn, actor):
        unit_id = await _keeper(conn, proposal.unit_id)
        require(may_propose(actor, unit_id), NotYoursToPropose)
        await queries.lock_name(conn, proposal.name)
        present = await queries.latest(conn, proposal.name, proposal.unit_id)
        if present is None:
            raise UnknownPolicy(found=proposal.name, pointer="/name")
        check_shape(proposal.body, present.body)
        await _check_sense(conn, proposal)
        await _check_day(conn, proposal.effective_on)
        proposed = await queries.insert_proposal(conn, proposal, actor.person_id)
        await _record(conn, actor, "proposed", "propose", None, proposed)
    return proposed


async def approve_policy(
    conn: Connection, actor: Actor, policy_id: UUID, *, expected_version: int | None = None
) -> PolicyVersion:
    return await _decide(conn, actor, policy_id, "approve", PolicyState.APPROVED, expected_version)


async def reject_policy(
    conn: Connection, actor: Actor, policy_id: UUID, *, expected_version: int | None = None
) -> PolicyVersion:
    return await _decide(conn, actor, policy_id, "reject", PolicyState.REJECTED, expected_version)


async def _decide(
    conn: Connection,
    actor: Actor,
    policy_id: UUID,
    move: str,
    state: PolicyState,
    expected_version: int | None,
) -> PolicyVersion:
    async with db.act(conn, actor):
        await queries.find_policy(conn, actor, policy_id)
        policy = await queries.lock_policy(conn, policy_id)
        require(may_decide(actor, await _keeper(conn, policy.unit_id)), NotYoursToDecide)
        proposals.require_other(actor, policy)
        before = PolicyState(policy.state)
        if proposals.is_repeat(actor, policy, state):
            return policy
        require_version(policy.version, expected_version)
        to = MOVES.after(move, before)
        if to == PolicyState.APPROVED:
            await _check_sense(conn, policy)
            await _check_day(conn, policy.effective_on)
        decided = await queries.set_decision(conn, policy, to=to, decided_by=actor.person_id)
        await _record(conn, actor, state.value, move, before, decided)
    return decided


async def _check_sense(conn: Connection, version: Proposal | PolicyVersion) -> None:
    """By itself, and after the version that it takes the place of."""
    name, on = version.name, version.effective_on
    check_sense(name, version.body)
    present = await policies.current(conn, name, on=on, unit_id=version.unit_id)
    check_follows(name, version.body, on, present.body)


async def _keeper(conn: Connection, unit_id: UUID | None) -> UUID:
    """Whose administrators and leader look after the policy: the unit's, or those at the top."""
    if unit_id is not None:
        return unit_id
    root = await units.root(conn)
    if root is None:
        raise NotFound
    return root.id


async def _check_day(conn: Connection, effective_on: date) -> None:
    today = await clock.today(conn)
    if effective_on <= today:
        raise PolicyInThePast(today=today, pointer="/effective_on")


async def _record(
    conn: Connection,
    actor: Actor,
    name: str,
    move: str,
    before: PolicyState | None,
    policy: PolicyVersion,
) -> None:
    changed = {
        "name": policy.name,
        "number": policy.number,
        "unit": policy.unit_id,
        "effective_on": policy.effective_on,
        "body_sha256": await queries.body_hash(conn, policy.id),
    }
    await events.record(
        conn, actor, f"policy.{name}", about=policy, move=(move, before), changed=changed
    )
