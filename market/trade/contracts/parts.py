"""The SQL that writes the lists of a draft: lines, attendees, milestones, instalments.

A draft's lists are small and hang together (an instalment names its milestone), so a change
writes all of them anew.
"""

from __future__ import annotations

from uuid import UUID

from market.base.db import Connection
from market.trade.contracts.figures import Figures, Share
from market.trade.contracts.terms import Terms


async def delete_parts(conn: Connection, contract_id: UUID) -> None:
    """Take away all lists of a draft; instalments first, because they name milestones."""
    await conn.execute("DELETE FROM instalment WHERE contract_id = $1", contract_id)
    await conn.execute("DELETE FROM milestone WHERE contract_id = $1", contract_id)
    await conn.execute("DELETE FROM attendee WHERE contract_id = $1", contract_id)
    await conn.execute("DELETE FROM quantity_line WHERE contract_id = $1", contract_id)


async def insert_parts(conn: Connection, contract_id: UUID, terms: Terms, figures: Figures) -> None:
    """Write all lists of a draft, in their order."""
    await _insert_lines(conn, contract_id, terms)
    milestone_ids = await _insert_milestones(conn, contract_id, terms, figures.milestones)
    await _insert_instalments(conn, contract_id, terms, figures.instalments, milestone_ids)


async def _insert_lines(conn: Connection, contract_id: UUID, terms: Terms) -> None:
    await conn.execute(
        """INSERT INTO quantity_line (contract_id, position, description, unit, quantity,
                                      unit_price_minor, amount_minor)
           SELECT $1, position, description, unit, quantity, price, quantity * price
           FROM unnest($2::text[], $3::text[], $4::integer[], $5::bigint[]) WITH ORDINALITY
               AS line (description, unit, quantity, price, position)""",
        contract_id,
        [line.description for line in terms.lines],
        [line.unit for line in terms.lines],
        [line.quantity for line in terms.lines],
        [line.unit_price_minor for line in terms.lines],
    )
    await conn.execute(
        """INSERT INTO attendee (contract_id, position, name)
           SELECT $1, position, name
           FROM unnest($2::text[]) WITH ORDINALITY AS attendee (name, position)""",
        contract_id,
        terms.attendees,
    )


async def _insert_milestones(
    conn: Connection, contract_id: UUID, terms: Terms, shares: list[Share]
) -> list[UUID]:
    """Their ids, in their order."""
    records = await conn.fetch(
        """WITH planned AS (
               INSERT INTO milestone (contract_id, position, title, deliverable,
                   acceptance_criteria, price_minor, due_on, due_days, due_unit, net_minor,
                   vat_minor, owner_minor)
               SELECT $1, position, title, deliverable, criteria, price, due_on, due_days, due_unit,
                   net, vat, owner
               FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::date[],
                           $7::integer[], $8::text[], $9::bigint[], $10::bigint[], $11::bigint[])
                   WITH ORDINALITY
                   AS m (title, deliverable, criteria, price, due_on, due_days, due_unit, net, vat,
                         owner, position)
               RETURNING id, position
           )
           SELECT id FROM planned ORDER BY position""",
        contract_id,
        [milestone.title for milestone in terms.milestones],
        [milestone.deliverable for milestone in terms.milestones],
        [milestone.acceptance_criteria for milestone in terms.milestones],
        [milestone.price_minor for milestone in terms.milestones],
        [milestone.due_on for milestone in terms.milestones],
        [milestone.due_days for milestone in terms.milestones],
        [milestone.due_unit for milestone in terms.milestones],
        [share.net_minor for share in shares],
        [share.vat_minor for share in shares],
        [share.owner_minor for share in shares],
    )
    return [record["id"] for record in records]


async def _insert_instalments(
    conn: Connection,
    contract_id: UUID,
    terms: Terms,
    shares: list[Share],
    milestone_ids: list[UUID],
) -> None:
    await conn.execute(
        """INSERT INTO instalment (contract_id, position, amount_minor, trigger, due_on, due_days,
                                   milestone_id, net_minor, vat_minor, owner_minor)
           SELECT $1, position, amount, trigger, due_on, due_days, milestone_id, net, vat, owner
           FROM unnest($2::bigint[], $3::text[], $4::date[], $5::integer[], $6::uuid[],
                       $7::bigint[], $8::bigint[], $9::bigint[]) WITH ORDINALITY
               AS i (amount, trigger, due_on, due_days, milestone_id, net, vat, owner, position)""",
        contract_id,
        [instalment.amount_minor for instalment in terms.instalments],
        [instalment.trigger for instalment in terms.instalments],
        [instalment.due_on for instalment in terms.instalments],
        [instalment.due_days for instalment in terms.instalments],
        [
            milestone_ids[instalment.milestone - 1] if instalment.milestone else None
            for instalment in terms.instalments
        ],
        [share.net_minor for share in shares],
        [share.vat_minor for share in shares],
        [share.owner_minor for share in shares],
    )
