"""What invitations do when a role ends: what its holder promised goes with it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from market.base.db import Connection
from market.base.events import Event, Job, Subscriptions
from market.identity.invitations import operations


async def revoke_promises(conn: Connection, event: Event) -> None:
    await operations.revoke_promises(conn, UUID(event.changed["person"]))


SUBSCRIPTIONS: Final[Subscriptions] = {"role_grant.revoked": ("invitations.revoke_promises",)}
JOBS: Final[dict[str, Job]] = {"invitations.revoke_promises": revoke_promises}
