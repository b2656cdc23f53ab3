"""What is sealed until a deadline, and who tried to read it earlier."""

from __future__ import annotations

from market.base import db
from market.base.access import Actor
from market.base.db import Connection, Pool


async def note_attempt(pool: Pool, actor: Actor, subject: str, asked_id: str) -> None:
    """Note for ever that the actor asked for something sealed, in a transaction of its own.

    ``subject``: what was asked for, such as "proposal"; ``asked_id`` as it was sent, also when
    nothing has it. The door calls this before it answers, and whatever it answers.
    """
    async with db.lease(pool) as conn, db.act(conn, actor):
        await insert_attempt(conn, actor, subject, asked_id)


async def insert_attempt(conn: Connection, actor: Actor, subject: str, asked_id: str) -> None:
    await conn.execute(
        """INSERT INTO sealed_access_attempt (person_id, organisation_id, subject, asked_id)
           VALUES ($1, $2, $3, $4)""",
        actor.person_id,
        actor.organisation_id,
        subject,
        asked_id[:200],
    )
