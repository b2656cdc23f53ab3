"""Reading policies: rules that laws or the association may change, as versioned rows with dates.

Proposing and approving them is the identity wing's work. Every computed figure names the policy
version that made it.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from market.base.db import Connection, columns, one


class Policy(msgspec.Struct, frozen=True):
    """One approved version of a rule; ``body`` holds its parameters, ``source`` its origin."""

    id: UUID
    name: str
    unit_id: UUID | None
    number: int
    effective_on: date
    body: dict[str, Any]
    source: str


class NoPolicy(LookupError):
    """No version of the policy is in force: an installation fault, not a user's."""


async def current(conn: Connection, name: str, *, on: date, unit_id: UUID | None = None) -> Policy:
    """The version in force on a day; a unit's own goes before the general one."""
    return (await in_force(conn, name, on=on, unit_id=unit_id))[name]


async def in_force(
    conn: Connection, *names: str, on: date | None = None, unit_id: UUID | None = None
) -> dict[str, Policy]:
    """The versions of several policies by their names, in one statement; today if no day is given.

    Raises NoPolicy.
    """
    records = await conn.fetch(
        f"""SELECT DISTINCT ON (name) {columns(Policy)} FROM policy
            WHERE name = ANY($1) AND state = 'approved'
              AND effective_on <= coalesce($2, market_today())
              AND (unit_id IS NULL OR unit_id = $3)
            ORDER BY name, unit_id NULLS LAST, effective_on DESC, number DESC""",
        names,
        on,
        unit_id,
    )
    found = {policy.name: policy for policy in (Policy(*record) for record in records)}
    missing = [name for name in names if name not in found]
    if missing:
        raise NoPolicy(f"no approved version of policy {', '.join(missing)} on {on or 'this day'}")
    return found


async def find(conn: Connection, policy_id: UUID) -> Policy:
    """The version that made a figure. Raises NotFound."""
    record = await conn.fetchrow(f"SELECT {columns(Policy)} FROM policy WHERE id = $1", policy_id)
    return one(Policy, record)
