"""SQL of reset links: only the system reads and writes them."""

from __future__ import annotations

from uuid import UUID

from market.base.db import Connection, columns
from market.identity.resets.model import MINUTES_VALID, Reset


async def insert_reset(conn: Connection, person_id: UUID, token_hash: bytes) -> UUID:
    reset_id: UUID = await conn.fetchval(
        """INSERT INTO password_reset (person_id, token_hash, expires_at)
           VALUES ($1, $2, market_now() + make_interval(mins => $3)) RETURNING id""",
        person_id,
        token_hash,
        MINUTES_VALID,
    )
    return reset_id


async def lock_by_token(conn: Connection, token_hash: bytes) -> Reset | None:
    """The link, if it still works."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Reset)} FROM password_reset
            WHERE token_hash = $1 AND used_at IS NULL AND expires_at > market_now()
            FOR UPDATE""",
        token_hash,
    )
    return Reset(*record) if record else None


async def use_all(conn: Connection, person_id: UUID) -> None:
    """No link to the old password's place works any more."""
    await conn.execute(
        """UPDATE password_reset SET used_at = market_now()
           WHERE person_id = $1 AND used_at IS NULL""",
        person_id,
    )
