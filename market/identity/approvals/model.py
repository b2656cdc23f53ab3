"""What lies on the desk of whoever approves."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class Waiting(msgspec.Struct, frozen=True):
    """What waits for an approval: ``subject`` is the name of its table."""

    id: UUID
    subject: str
    organisation_id: UUID | None
    proposed_by: UUID
    created_at: datetime
