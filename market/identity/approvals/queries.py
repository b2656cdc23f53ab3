"""SQL of what waits for an approval."""

from __future__ import annotations

from market.base.access import Actor
from market.base.db import Connection, columns
from market.identity.approvals.model import Waiting


async def waiting(conn: Connection, actor: Actor) -> list[Waiting]:
    """What the actor could decide on by his place: made by others, and not about himself.

    Of people and policies alone: money and contracts are of rooms above, with lists of their own.
    Oldest first. Deciding checks the role once more; this is the list on the desk.
    """
    records = await conn.fetch(
        f"""SELECT {columns(Waiting)} FROM (
                SELECT g.id, 'role_grant' AS subject, g.organisation_id, g.proposed_by,
                       g.created_at
                FROM role_grant g
                WHERE g.state = 'proposed' AND g.person_id <> $2
                  AND ($1::uuid[] IS NULL OR g.organisation_id = ANY ($1))
                  AND ($3 OR ($4 AND g.organisation_id = ANY ($5) AND g.role <> 'administrator'))
                UNION ALL
                SELECT a.id, 'signing_authority', a.organisation_id, a.proposed_by, a.created_at
                FROM signing_authority a JOIN organisation o ON o.id = a.organisation_id
                WHERE a.state = 'proposed' AND a.person_id <> $2
                  AND ((o.kind = 'enterprise' AND $6 AND looks_after(o.id))
                       OR (o.id = ANY ($1) AND ($3 OR ($4 AND o.id = ANY ($5)))))
                UNION ALL
                SELECT r.id, 'renaming', r.organisation_id, r.proposed_by, r.created_at
                FROM renaming r
                WHERE r.state = 'proposed' AND $6 AND looks_after(r.organisation_id)
                UNION ALL
                SELECT s.id, 'second_factor_reset', s.organisation_id, s.proposed_by, s.created_at
                FROM second_factor_reset s
                WHERE s.state = 'proposed' AND s.person_id <> $2 AND ($3 OR $7)
                  AND s.organisation_id = ANY ($1)
                UNION ALL
                SELECT p.id, 'policy', p.unit_id, p.proposed_by, p.created_at
                FROM policy p
                WHERE p.state = 'proposed' AND ($3 OR $4)
                  AND (p.unit_id IS NULL OR p.unit_id = ANY ($1))
            ) proposed
            WHERE proposed_by <> $2 ORDER BY created_at, id LIMIT 200""",
        actor.visible,
        actor.person_id,
        "administrator" in actor.roles,
        "leader" in actor.roles,
        list(actor.approves_for),
        "clerk" in actor.roles,
        "manager" in actor.roles,
    )
    return [Waiting(*record) for record in records]
