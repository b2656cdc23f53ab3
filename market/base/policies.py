"""Reading policies: rules that laws or the association may change, as versioned rows with dates.

Proposing and approving them is the identity wing's work. Every computed figure names the policy
version that made it.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from market.base.db import Connection, columns


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
    record = await conn.fetchrow(
        f"""SELECT {columns(Policy)} FROM policy
            WHERE name = $1 AND state = 'approved' AND effective_on <= $2
              AND (unit_id IS NULL OR unit_id = $3)
            ORDER BY unit_id NULLS LAST, effective_on DESC, number DESC LIMIT 1""",
        name,
        on,
        unit_id,
    )
    if record is None:
        raise NoPolicy(f"no approved version of policy {name} on {on}")
    return Policy(*record)
