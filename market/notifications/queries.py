"""Who is told, and what is known of the subject: read by the system from all rooms."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from market.base.access import Role
from market.base.db import Connection, Record
from market.identity.letters import Reader
from market.money.payments.refunds import reasons
from market.notifications.model import Facts


async def holders(
    conn: Connection, organisations: Sequence[UUID], roles: Sequence[Role]
) -> list[Reader]:
    """People who hold one of the roles today at one of the organisations."""
    records = await conn.fetch(
        """SELECT DISTINCT p.id, p.name, p.email, p.language
           FROM role_grant g JOIN person p ON p.id = g.person_id
           WHERE g.organisation_id = ANY ($1) AND g.role = ANY ($2) AND g.state = 'approved'
             AND holds_on(market_today(), g.from_on, g.to_on)
             AND p.state = 'active' AND p.email IS NOT NULL
           ORDER BY p.id""",
        organisations,
        roles,
    )
    return [Reader(*record) for record in records]


async def people(conn: Connection, ids: Sequence[UUID]) -> list[Reader]:
    records = await conn.fetch(
        """SELECT id, name, email, language FROM person
           WHERE id = ANY ($1) AND state = 'active' AND email IS NOT NULL ORDER BY id""",
        ids,
    )
    return [Reader(*record) for record in records]


def facts(record: Record | None) -> Facts:
    assert record is not None, "what an event is about exists"
    return dict(record)


async def about_organisation(conn: Connection, organisation_id: UUID) -> Facts:
    """``desk`` are the city's units, whose clerks verify enterprises."""
    record = await conn.fetchrow(
        """SELECT o.id AS organisation_id, o.name_zh, o.name_en, o.uscc,
                  ARRAY(SELECT id FROM organisation WHERE level = 1) AS desk,
                  (SELECT v.reason FROM verification v WHERE v.organisation_id = o.id
                   ORDER BY v.id DESC LIMIT 1) AS reason
           FROM organisation o WHERE o.id = $1""",
        organisation_id,
    )
    return facts(record)


async def about_offering(conn: Connection, offering_id: UUID) -> Facts:
    record = await conn.fetchrow(
        """SELECT o.code, o.title_zh, o.title_en, o.unit_id, o.maker_ids, o.review_due_on,
                  (SELECT r.reasons FROM offering_review r WHERE r.offering_id = o.id
                   ORDER BY r.id DESC LIMIT 1) AS reasons
           FROM offering o WHERE o.id = $1""",
        offering_id,
    )
    return facts(record)


async def about_enterprise_request(conn: Connection, request_id: UUID) -> Facts:
    """``followers``: the units that were invited, asked or bid; who buys is in no letter to them.

    ``newly_invited`` is named by the event itself.
    """
    record = await conn.fetchrow(
        """SELECT r.title, r.deadline, r.number, r.reason, o.buyer_id,
                  (SELECT v.reason FROM request_version v
                   WHERE v.request_id = r.id AND v.number = r.number) AS change_reason,
                  ARRAY(SELECT unit_id FROM request_invitee WHERE request_id = r.id
                        UNION SELECT unit_id FROM question_asker
                              WHERE request_id = r.id
                        UNION SELECT unit_id FROM proposal WHERE request_id = r.id
                              AND state NOT IN ('draft', 'withdrawn')) AS followers,
                  '{}'::uuid[] AS newly_invited, bid.at_all AS with_proposals,
                  NOT bid.at_all AS without_proposals
           FROM enterprise_request r
           JOIN request_owner o ON o.request_id = r.id
           CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM proposal WHERE request_id = r.id
                               AND state NOT IN ('draft', 'withdrawn')) AS at_all) bid
           WHERE r.id = $1""",
        request_id,
    )
    return facts(record)


async def about_proposal(conn: Connection, proposal_id: UUID) -> Facts:
    """``bidders``: who speaks for the unit and holds no role at the buyer.

    ``was_open``: the buyer could read it.
    """
    record = await conn.fetchrow(
        """SELECT r.title, p.number, p.valid_until, u.name_zh AS unit_zh, u.name_en AS unit_en,
                  o.buyer_id, NOT r.sealed OR p.opened_at IS NOT NULL AS was_open,
                  CASE p.state WHEN 'withdrawn' THEN '撤回' ELSE '过有效期' END AS ended_zh,
                  CASE p.state WHEN 'withdrawn' THEN 'was withdrawn' ELSE 'has expired' END
                      AS ended_en,
                  ARRAY(SELECT DISTINCT g.person_id FROM role_grant g
                        WHERE g.organisation_id = p.unit_id AND g.role IN ('clerk', 'leader')
                          AND g.state = 'approved'
                          AND holds_on(market_today(), g.from_on, g.to_on)
                          AND NOT holds_role_in(g.person_id, o.buyer_id)) AS bidders
           FROM proposal p
           JOIN enterprise_request r ON r.id = p.request_id
           JOIN request_owner o ON o.request_id = p.request_id
           JOIN organisation u ON u.id = p.unit_id
           WHERE p.id = $1""",
        proposal_id,
    )
    return facts(record)


async def about_counter_offer(conn: Connection, offer_id: UUID) -> Facts:
    """``bidders`` as of its proposal; ``by_buyer``, ``by_unit``: whose offer it is."""
    record = await conn.fetchrow(
        """SELECT r.title, c.answer_by, c.reason, o.buyer_id,
                  c.side = 'buyer' AS by_buyer, c.side = 'unit' AS by_unit,
                  ARRAY(SELECT DISTINCT g.person_id FROM role_grant g
                        WHERE g.organisation_id = p.unit_id AND g.role IN ('clerk', 'leader')
                          AND g.state = 'approved'
                          AND holds_on(market_today(), g.from_on, g.to_on)
                          AND NOT holds_role_in(g.person_id, o.buyer_id)) AS bidders
           FROM counter_offer c
           JOIN proposal p ON p.id = c.proposal_id
           JOIN enterprise_request r ON r.id = p.request_id
           JOIN request_owner o ON o.request_id = p.request_id
           WHERE c.id = $1""",
        offer_id,
    )
    return facts(record)


async def about_right(conn: Connection, right_id: UUID) -> Facts:
    record = await conn.fetchrow(
        """SELECT r.title, coalesce(r.number, left(r.description_hash, 12)) AS number, r.unit_id,
                  u.name_zh AS unit_zh, u.name_en AS unit_en,
                  ARRAY(SELECT o.person_id FROM right_owner o
                        WHERE o.right_id = r.id AND o.person_id IS NOT NULL
                          AND o.consent_method IS NULL) AS owner_people,
                  ARRAY(SELECT o.organisation_id FROM right_owner o
                        WHERE o.right_id = r.id AND o.organisation_id IS NOT NULL
                          AND o.consent_method IS NULL) AS owner_organisations
           FROM ip_right r JOIN organisation u ON u.id = r.unit_id WHERE r.id = $1""",
        right_id,
    )
    return facts(record)


async def about_contract(conn: Connection, contract_id: UUID) -> Facts:
    """``unsigned``: the parties that have not signed yet."""
    record = await conn.fetchrow(
        """SELECT c.number, c.subject, c.total_minor, c.currency, c.buyer_id, c.books_unit_id,
                  c.provider_unit_id, ARRAY[c.provider_unit_id, c.books_unit_id] AS unit_ids,
                  b.name_zh AS buyer_zh, b.name_en AS buyer_en, u.name_zh AS provider_zh,
                  u.name_en AS provider_en, c.void_reason, c.effective_on,
                  c.free, NOT c.free AS priced,
                  (SELECT r.reasons FROM contract_review r WHERE r.contract_id = c.id
                   AND r.verdict = 'return' ORDER BY r.id DESC LIMIT 1) AS reasons,
                  ARRAY(SELECT party.id FROM (VALUES ('buyer', c.buyer_id),
                            ('provider', c.books_unit_id)) AS party (name, id)
                        WHERE party.name NOT IN (SELECT s.party FROM signature s
                                                 WHERE s.contract_id = c.id)) AS unsigned
           FROM contract c
           JOIN organisation b ON b.id = c.buyer_id
           JOIN organisation u ON u.id = c.provider_unit_id
           WHERE c.id = $1""",
        contract_id,
    )
    return facts(record)


async def about_milestone(conn: Connection, milestone_id: UUID) -> Facts:
    record = await conn.fetchrow(
        """SELECT m.title, m.position, m.due_on, m.net_minor, c.currency, c.number, c.subject,
                  c.buyer_id, c.provider_unit_id, c.books_unit_id,
                  ARRAY[c.provider_unit_id, c.books_unit_id] AS unit_ids,
                  b.name_zh AS buyer_zh, b.name_en AS buyer_en,
                  u.name_zh AS provider_zh, u.name_en AS provider_en,
                  d.delivered_by, d.round, r.reasons, c.free, NOT c.free AS priced
           FROM milestone m
           JOIN contract c ON c.id = m.contract_id
           JOIN organisation b ON b.id = c.buyer_id
           JOIN organisation u ON u.id = c.provider_unit_id
           LEFT JOIN LATERAL (SELECT id, delivered_by, round FROM delivery
                              WHERE milestone_id = m.id ORDER BY round DESC LIMIT 1) d ON true
           LEFT JOIN LATERAL (SELECT t.reasons FROM delivery_return t
                              JOIN delivery e ON e.id = t.delivery_id
                              WHERE e.milestone_id = m.id
                              ORDER BY e.round DESC LIMIT 1) r ON true
           WHERE m.id = $1""",
        milestone_id,
    )
    return facts(record)


async def about_review(conn: Connection, review_id: UUID) -> Facts:
    record = await conn.fetchrow(
        """SELECT r.reviewer_id, r.reviewed_id, r.closes_at, r.hidden_reason,
                  c.number, c.subject, w.name_zh AS reviewer_zh, w.name_en AS reviewer_en,
                  o.name_zh AS reviewed_zh, o.name_en AS reviewed_en
           FROM review r JOIN contract c ON c.id = r.contract_id
           JOIN organisation w ON w.id = r.reviewer_id
           JOIN organisation o ON o.id = r.reviewed_id
           WHERE r.id = $1""",
        review_id,
    )
    return facts(record)


async def about_write_off(conn: Connection, write_off_id: UUID) -> Facts:
    """``open``: what is still to come of its invoice."""
    record = await conn.fetchrow(
        """SELECT w.reason, w.note, w.proposed_by, w.amount_minor, w.currency,
                  i.amount_minor - i.paid_minor - i.offset_minor AS open_minor,
                  i.number AS invoice, ARRAY[i.provider_unit_id, i.books_unit_id] AS unit_ids,
                  b.name_zh AS buyer_zh, b.name_en AS buyer_en
           FROM write_off w
           JOIN invoice i ON i.id = w.invoice_id
           JOIN organisation b ON b.id = i.buyer_id
           WHERE w.id = $1""",
        write_off_id,
    )
    return facts(record)


async def about_fapiao(conn: Connection, fapiao_id: UUID) -> Facts:
    record = await conn.fetchrow(
        """SELECT f.number, f.title, i.number AS invoice, i.buyer_id,
                  ARRAY[i.provider_unit_id, i.books_unit_id] AS unit_ids,
                  i.amount_minor, i.currency, b.name_zh AS buyer_zh, b.name_en AS buyer_en
           FROM fapiao f
           JOIN invoice i ON i.id = f.invoice_id
           JOIN organisation b ON b.id = i.buyer_id
           WHERE f.id = $1""",
        fapiao_id,
    )
    return facts(record)


async def about_void_proposal(conn: Connection, proposal_id: UUID) -> Facts:
    record = await conn.fetchrow(
        """SELECT v.reason, v.note, v.proposed_by, i.number AS invoice, i.amount_minor,
                  i.currency, ARRAY[i.provider_unit_id, i.books_unit_id] AS unit_ids
           FROM void_proposal v JOIN invoice i ON i.id = v.invoice_id WHERE v.id = $1""",
        proposal_id,
    )
    return facts(record)


async def about_statement_retraction(conn: Connection, retraction_id: UUID) -> Facts:
    record = await conn.fetchrow(
        """SELECT r.reason, r.note, r.proposed_by, r.lines, r.amount_minor, r.currency,
                  ARRAY[r.books_unit_id] AS unit_ids, a.name AS account, a.number,
                  f.name AS file, s.first_on, s.until_on
           FROM statement_retraction r
           JOIN bank_account a ON a.id = r.bank_account_id
           JOIN file f ON f.id = r.file_id
           CROSS JOIN LATERAL (SELECT min(first_on) AS first_on, max(until_on) AS until_on
                               FROM statement WHERE file_id = r.file_id) AS s
           WHERE r.id = $1""",
        retraction_id,
    )
    return facts(record)


async def about_credit_note(conn: Connection, note_id: UUID) -> Facts:
    """Until it is issued nothing is known of what was open."""
    record = await conn.fetchrow(
        """SELECT n.number, n.reason, n.note, n.proposed_by, n.amount_minor, n.currency,
                  coalesce(n.offset_minor, 0) AS offset_minor, i.number AS invoice, i.buyer_id,
                  ARRAY[i.provider_unit_id, i.books_unit_id] AS unit_ids
           FROM credit_note n JOIN invoice i ON i.id = n.invoice_id WHERE n.id = $1""",
        note_id,
    )
    return facts(record)


async def about_red_fapiao(conn: Connection, red_id: UUID) -> Facts:
    record = await conn.fetchrow(
        """SELECT r.number, r.amount_minor, r.vat_minor, r.currency, f.number AS fapiao,
                  n.number AS note_number, i.number AS invoice, i.buyer_id,
                  ARRAY[i.provider_unit_id, i.books_unit_id] AS unit_ids
           FROM red_fapiao r JOIN fapiao f ON f.id = r.fapiao_id
           JOIN credit_note n ON n.id = r.credit_note_id
           JOIN invoice i ON i.id = f.invoice_id WHERE r.id = $1""",
        red_id,
    )
    return facts(record)


async def about_refund(conn: Connection, refund_id: UUID) -> Facts:
    """``failure``: who ended one that did not arrive, and why; ``advice``: what to do next."""
    record = await conn.fetchrow(
        """SELECT r.number, r.reason, r.note, r.proposed_by, r.amount_minor, r.currency,
                  r.organisation_id AS buyer_id, ARRAY[r.books_unit_id] AS unit_ids,
                  r.method = 'bank' AS by_bank, r.method = 'stripe' AS by_card,
                  r.failure_reason, r.called_at IS NOT NULL AS was_called,
                  o.name_zh AS payee_zh, o.name_en AS payee_en,
                  u.name_zh AS unit_zh, u.name_en AS unit_en
           FROM refund r JOIN organisation o ON o.id = r.organisation_id
           JOIN organisation u ON u.id = r.books_unit_id
           WHERE r.id = $1""",
        refund_id,
    )
    found = facts(record)
    code, note = found["failure_reason"], str(found["note"])
    failed = reasons.told(
        str(code) if code else None, was_called=bool(found["was_called"]), note=note
    )
    return {**found, **failed._asdict()}
