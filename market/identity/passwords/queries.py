"""SQL of stored password hashes: only the system reads and writes them."""

from __future__ import annotations

from uuid import UUID

from market.base.db import Connection


async def set_hash(conn: Connection, person_id: UUID, password_hash: str) -> None:
    await conn.execute(
        """INSERT INTO password (person_id, hash) VALUES ($1, $2)
           ON CONFLICT (person_id) DO UPDATE
           SET hash = excluded.hash, changed_at = market_now()""",
        person_id,
        password_hash,
    )


async def hash_of(conn: Connection, person_id: UUID) -> str | None:
    stored: str | None = await conn.fetchval(
        "SELECT hash FROM password WHERE person_id = $1", person_id
    )
    return stored


async def delete_hash(conn: Connection, person_id: UUID) -> None:
    await conn.execute("DELETE FROM password WHERE person_id = $1", person_id)


async def find_by_email(conn: Connection, email: str) -> tuple[UUID | None, str | None]:
    """Whose address it is and the hash of his password, in one statement whoever it is."""
    record = await conn.fetchrow(
        """SELECT p.id, w.hash FROM person p JOIN password w ON w.person_id = p.id
           WHERE p.email = $1 AND p.state = 'active'""",
        email,
    )
    return (record[0], record[1]) if record else (None, None)
