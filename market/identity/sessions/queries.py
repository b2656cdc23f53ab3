"""SQL of sessions, of counted tries, and of who shows a credential."""

from __future__ import annotations

import hashlib
import hmac
from typing import cast
from uuid import UUID

from market.base.access import Actor, Role
from market.base.db import Connection, columns, one
from market.base.web import Credentials
from market.identity import letters
from market.identity.sessions.model import DAYS_VALID, OrganisationRoles, Session


async def who_is(conn: Connection, credentials: Credentials) -> Actor | None:
    """Who shows the credential, with what he may do today; None when it is good for nothing.

    One round trip; a second one, at most every ten minutes (a key: every day), notes its use.
    """
    shown = letters.digest_of(credentials.secret)
    record = await conn.fetchrow(
        """SELECT person_id, organisation_id, side, roles, scope, approves_for, language,
                  stored_hash, stale, second_factor, withheld FROM who_is($1, $2)""",
        credentials.kind,
        shown,
    )
    if record is None or not hmac.compare_digest(record["stored_hash"], shown):
        return None
    if record["stale"]:
        await conn.execute("SELECT note_use($1, $2)", credentials.kind, shown)
    return Actor(
        person_id=record["person_id"],
        organisation_id=record["organisation_id"],
        side=record["side"],
        roles=frozenset(Role(role) for role in record["roles"]),
        scope=tuple(record["scope"]),
        approves_for=tuple(record["approves_for"]),
        language=record["language"],
        through_key=credentials.kind == "key",
        second_factor=record["second_factor"],
        withheld=frozenset(Role(role) for role in record["withheld"]),
    )


async def insert_session(
    conn: Connection,
    *,
    token_hash: bytes,
    person_id: UUID,
    organisation_id: UUID | None,
    address: str | None,
    device: str | None,
) -> Session:
    record = await conn.fetchrow(
        f"""INSERT INTO session (token_hash, person_id, organisation_id, address, device,
                                 expires_at)
            VALUES ($1, $2, $3, $4, $5, market_now() + make_interval(days => $6))
            RETURNING {columns(Session)}""",
        token_hash,
        person_id,
        organisation_id,
        address,
        device,
        DAYS_VALID,
    )
    return one(Session, record)


async def lock_by_token(conn: Connection, token_hash: bytes) -> Session | None:
    record = await conn.fetchrow(
        f"""SELECT {columns(Session)} FROM session
            WHERE token_hash = $1 AND revoked_at IS NULL FOR UPDATE""",
        token_hash,
    )
    return Session(*record) if record else None


async def lock_sessions(conn: Connection, person_id: UUID) -> None:
    """So that what a person does in two sessions at once is done in turn."""
    await conn.execute(
        "SELECT id FROM session WHERE person_id = $1 AND revoked_at IS NULL ORDER BY id FOR UPDATE",
        person_id,
    )


async def set_organisation(conn: Connection, session: Session, organisation_id: UUID) -> Session:
    record = await conn.fetchrow(
        f"""UPDATE session SET organisation_id = $2, version = version + 1
            WHERE id = $1 RETURNING {columns(Session)}""",
        session.id,
        organisation_id,
    )
    return one(Session, record)


async def set_second_factor(conn: Connection, session: Session, factor_id: UUID) -> None:
    """From now on the session counts as strengthened, for as long as that device does."""
    await conn.execute(
        "UPDATE session SET second_factor_id = $2, version = version + 1 WHERE id = $1",
        session.id,
        factor_id,
    )


async def revoke(conn: Connection, person_id: UUID, session_id: UUID) -> Session | None:
    """End one of the person's sessions; None when it is not his or has ended already."""
    record = await conn.fetchrow(
        f"""UPDATE session SET revoked_at = market_now(), version = version + 1
            WHERE id = $1 AND person_id = $2 AND revoked_at IS NULL
            RETURNING {columns(Session)}""",
        session_id,
        person_id,
    )
    return Session(*record) if record else None


async def revoke_all(
    conn: Connection, person_id: UUID, *, but: UUID | None = None
) -> list[Session]:
    records = await conn.fetch(
        f"""UPDATE session SET revoked_at = market_now(), version = version + 1
            WHERE person_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $2
            RETURNING {columns(Session)}""",
        person_id,
        but,
    )
    return [Session(*record) for record in records]


async def sessions_of(conn: Connection, person_id: UUID) -> list[Session]:
    """Those that still work, newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(Session)} FROM session
            WHERE person_id = $1 AND revoked_at IS NULL AND expires_at > market_now()
              AND seen_at > market_now() - interval '12 hours'
            ORDER BY id DESC""",
        person_id,
    )
    return [Session(*record) for record in records]


async def forget_places(conn: Connection, person_id: UUID) -> None:
    """Erase where the person's sessions came from."""
    await conn.execute(
        "UPDATE session SET address = NULL, device = NULL WHERE person_id = $1", person_id
    )


async def organisations_of(conn: Connection, person_id: UUID) -> list[OrganisationRoles]:
    """The organisations that the person can act for today."""
    records = await conn.fetch(
        f"""SELECT {columns(OrganisationRoles)} FROM (
                SELECT o.id AS organisation_id, o.kind, o.name_zh, o.name_en,
                       array_agg(DISTINCT g.role ORDER BY g.role) AS roles
                FROM role_grant g JOIN organisation o ON o.id = g.organisation_id
                WHERE g.person_id = $1 AND g.state = 'approved'
                  AND holds_on(market_today(), g.from_on, g.to_on)
                  AND (o.closed_on IS NULL OR o.closed_on > market_today())
                  AND (o.state = 'verified' OR g.role = 'manager')
                GROUP BY o.id) held
            ORDER BY organisation_id""",
        person_id,
    )
    return [OrganisationRoles(*record) for record in records]


async def consents_due(conn: Connection, person_id: UUID, in_force: dict[str, str]) -> list[str]:
    """Which documents, in the versions given, the person has not agreed to."""
    records = await conn.fetch(
        """SELECT due.document FROM jsonb_each_text($2::jsonb) AS due (document, version)
           WHERE NOT EXISTS (SELECT FROM consent c
                             WHERE c.person_id = $1 AND c.document = due.document
                               AND c.document_version = due.version)
           ORDER BY due.document""",
        person_id,
        in_force,
    )
    return [cast(str, record[0]) for record in records]


async def count_try(conn: Connection, scope: bytes, window_seconds: int) -> tuple[int, int]:
    """Count one more try: how many in the present window, and in how many seconds it ends."""
    record = await conn.fetchrow(
        """INSERT INTO attempt AS a (scope, began_at, tries) VALUES ($1, market_now(), 1)
           ON CONFLICT (scope) DO UPDATE SET
               tries = CASE WHEN a.began_at < market_now() - make_interval(secs => $2)
                            THEN 1 ELSE a.tries + 1 END,
               began_at = CASE WHEN a.began_at < market_now() - make_interval(secs => $2)
                               THEN market_now() ELSE a.began_at END
           RETURNING tries,
               ceil(extract(epoch FROM a.began_at - market_now()) + $2)::integer""",
        scope,
        float(window_seconds),
    )
    assert record is not None, "an upsert returns its row"
    return record[0], max(record[1], 1)


async def count_with_pause(
    conn: Connection, scope: bytes, *, freely: int, longest_seconds: int
) -> int:
    """Count one more try unless a pause is on; answers how many seconds it still lasts.

    After ``freely`` tries each further one doubles the pause, until a day without any.
    """
    counted = await conn.fetchval(
        """INSERT INTO attempt AS a (scope, began_at, tries) VALUES ($1, market_now(), 1)
           ON CONFLICT (scope) DO UPDATE SET
               tries = CASE WHEN a.began_at < market_now() - interval '1 day'
                            THEN 1 ELSE a.tries + 1 END,
               began_at = market_now()
           WHERE a.began_at + pause_after(a.tries, $2, $3) <= market_now()
           RETURNING tries""",
        scope,
        freely,
        longest_seconds,
    )
    if counted is not None:
        return 0
    seconds_left: int = await conn.fetchval(
        """SELECT ceil(extract(epoch FROM
                      began_at + pause_after(tries, $2, $3) - market_now()))::integer
           FROM attempt WHERE scope = $1""",
        scope,
        freely,
        longest_seconds,
    )
    return max(seconds_left, 1)


async def take_back_try(conn: Connection, scope: bytes) -> None:
    """A try that turned out to be no failure."""
    await conn.execute(
        """WITH single AS (DELETE FROM attempt WHERE scope = $1 AND tries = 1)
           UPDATE attempt SET tries = tries - 1 WHERE scope = $1 AND tries > 1""",
        scope,
    )


async def is_usual_place(conn: Connection, email: str, address: str) -> bool:
    """Whether the person signed in from that address within the last ninety days."""
    usual: bool = await conn.fetchval(
        """SELECT EXISTS (
               SELECT FROM person p JOIN session s ON s.person_id = p.id
               WHERE p.email = $1 AND s.address = $2
                 AND s.created_at > market_now() - interval '90 days')""",
        email,
        address,
    )
    return usual


async def forget_tries(conn: Connection, scope: bytes) -> None:
    await conn.execute("DELETE FROM attempt WHERE scope = $1", scope)


def scope_of(*words: str) -> bytes:
    """Under which digest tries are counted, so that the table holds no personal data."""
    return hashlib.sha256("\x1f".join(words).encode()).digest()
