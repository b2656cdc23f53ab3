"""SQL of invitations."""

from __future__ import annotations

from uuid import UUID

from market.base.access import Actor
from market.base.db import Connection, columns, one
from market.identity.invitations.model import (
    DAYS_VALID,
    INVITING_ROLES,
    Invitation,
    InvitationState,
    NewInvitation,
)


async def insert_invitation(
    conn: Connection, new: NewInvitation, *, email: str, token_hash: bytes, invited_by: UUID
) -> Invitation:
    record = await conn.fetchrow(
        f"""INSERT INTO invitation (organisation_id, name, email, language, roles, to_on,
                                    token_hash, expires_at, invited_by, state)
            VALUES ($1, $2, $3, $4, $5, $6, $7, market_now() + make_interval(days => $8), $9,
                    'sent') RETURNING {columns(Invitation)}""",
        new.organisation_id,
        new.name,
        email,
        new.language,
        list(new.roles),
        new.to_on,
        token_hash,
        DAYS_VALID,
        invited_by,
    )
    return one(Invitation, record)


async def lock_by_token(conn: Connection, token_hash: bytes) -> Invitation | None:
    """The invitation of a link that still works; only the system may ask."""
    record = await conn.fetchrow(
        f"""SELECT {columns(Invitation)} FROM invitation
            WHERE token_hash = $1 AND state = 'sent' AND expires_at > market_now() FOR UPDATE""",
        token_hash,
    )
    return Invitation(*record) if record else None


async def lock_invitation(conn: Connection, actor: Actor, invitation_id: UUID) -> Invitation:
    record = await conn.fetchrow(
        f"""SELECT {columns(Invitation)} FROM invitation
            WHERE id = $1 AND (invited_by = $3
                               OR $2::uuid[] IS NULL OR organisation_id = ANY ($2)) FOR UPDATE""",
        invitation_id,
        _inviting_in(actor),
        actor.person_id,
    )
    return one(Invitation, record)


async def lock_open_of(conn: Connection, inviter: UUID) -> list[Invitation]:
    """What somebody promised and nobody has accepted yet."""
    records = await conn.fetch(
        f"""SELECT {columns(Invitation)} FROM invitation
            WHERE invited_by = $1 AND state = 'sent' ORDER BY id FOR UPDATE""",
        inviter,
    )
    return [Invitation(*record) for record in records]


async def find_invitation(conn: Connection, actor: Actor, invitation_id: UUID) -> Invitation:
    record = await conn.fetchrow(
        f"""SELECT {columns(Invitation)} FROM invitation
            WHERE id = $1 AND (invited_by = $3
                               OR $2::uuid[] IS NULL OR organisation_id = ANY ($2))""",
        invitation_id,
        _inviting_in(actor),
        actor.person_id,
    )
    return one(Invitation, record)


async def invitations(
    conn: Connection, actor: Actor, *, state: str | None, after: UUID | None, limit: int
) -> list[Invitation]:
    """Newest first: to those who may invite there, and to whoever sent them."""
    records = await conn.fetch(
        f"""SELECT {columns(Invitation)} FROM invitation
            WHERE (invited_by = $1 OR $2::uuid[] IS NULL OR organisation_id = ANY ($2))
              AND ($3::text IS NULL OR state = $3) AND ($4::uuid IS NULL OR id < $4)
            ORDER BY id DESC LIMIT $5""",
        actor.person_id,
        _inviting_in(actor),
        state,
        after,
        limit,
    )
    return [Invitation(*record) for record in records]


async def set_token(conn: Connection, invitation: Invitation, token_hash: bytes) -> Invitation:
    """A new link in the place of the old one, which stops working."""
    record = await conn.fetchrow(
        f"""UPDATE invitation SET token_hash = $2, version = version + 1,
                   expires_at = market_now() + make_interval(days => $3)
            WHERE id = $1 RETURNING {columns(Invitation)}""",
        invitation.id,
        token_hash,
        DAYS_VALID,
    )
    return one(Invitation, record)


async def move_invitation(
    conn: Connection,
    invitation: Invitation,
    *,
    to: InvitationState,
    person_id: UUID | None = None,
) -> Invitation:
    record = await conn.fetchrow(
        f"""UPDATE invitation SET state = $3, person_id = $4, version = version + 1
            WHERE id = $1 AND state = $2 RETURNING {columns(Invitation)}""",
        invitation.id,
        invitation.state,
        to,
        person_id,
    )
    return one(Invitation, record)


def _inviting_in(actor: Actor) -> list[UUID] | None:
    """Where the actor sees whom others invited; the addresses are nobody else's business."""
    visible = actor.visible
    return visible if visible is None or actor.is_any(*INVITING_ROLES) else []
