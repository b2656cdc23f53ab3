"""The same for whatever has a state, and for who decided it."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import ANY, Change, moved

STATES: Final = (
    moved("organisation", "registered", "verified"),
    moved("person", "active", "erased")._replace(
        row="SELECT id FROM person WHERE state = 'active' AND email IS NOT NULL LIMIT 1",
        sql="UPDATE person SET state = 'erased', email = NULL, phone = NULL WHERE id = '{id}'",
    ),
    moved("role_grant", "revoked", "approved"),
    moved("signing_authority", "revoked", "confirmed"),
    moved("renaming", "refused", "approved")._replace(
        sql="UPDATE renaming SET state = 'approved', refusal = NULL WHERE id = '{id}'"
    ),
    moved("member", "left", "enrolled"),
    moved("invitation", "revoked", "sent"),
    moved("api_key", "revoked", "active"),
    moved("policy", "rejected", "approved"),
    Change(
        "a policy that the system is said to have decided",
        "I9 the present state of a policy is the one that its last move led to",
        "policy",
        "SELECT uuidv7()",
        """INSERT INTO policy (id, name, number, effective_on, body, source, state, proposed_by,
               decided_by)
           SELECT '{id}', name, 99, effective_on, body, source, state, proposed_by, decided_by
           FROM policy WHERE name = 'vat' AND number = 1""",
    ),
    Change(
        "who verified an enterprise",
        "I9 a row of verification says what organisation.verified organisation.refused told of",
        "verification",
        ANY.format("verification"),
        "UPDATE verification SET decided_by = uuidv7() WHERE id = '{id}'",
    ),
    Change(
        "a role from nowhere",
        "I9 the present state of a role_grant is the one that its last move led to",
        "role_grant",
        "SELECT uuidv7()",
        """INSERT INTO role_grant (id, person_id, organisation_id, role, from_on, state,
               proposed_by, decided_by)
           SELECT '{id}', person_id, organisation_id, role, from_on - 9, state, proposed_by,
               decided_by
           FROM role_grant WHERE state = 'approved' LIMIT 1""",
    ),
    moved("opening_balance", "approved", "withdrawn")._replace(
        sql="""UPDATE opening_balance SET state = 'withdrawn', approved_by = NULL
               WHERE id = '{id}'"""
    ),
    moved("ip_right", "lapsed", "in_force"),
    moved("offering", "published", "suspended"),
    moved("offering", "discarded", "published", column="revision_state"),
    moved("contract", "active", "completed"),
    moved("milestone", "accepted", "planned")._replace(
        sql="""UPDATE milestone SET state = 'planned', accepted_at = NULL, started_at = NULL,
               started_by = NULL WHERE id = '{id}'"""
    ),
    moved("bank_account", "rejected", "approved")._replace(
        sql="UPDATE bank_account SET state = 'approved', note = NULL WHERE id = '{id}'"
    ),
    moved("bank_line", "confirmed", "unmatched"),
    moved("invoice", "open", "void"),
    moved("void_proposal", "rejected", "approved")._replace(
        sql="UPDATE void_proposal SET state = 'approved', note = NULL WHERE id = '{id}'"
    ),
    moved("fapiao", "delivered", "issued")._replace(
        sql="""UPDATE fapiao SET state = 'issued', delivered_on = NULL, delivered_by = NULL
               WHERE id = '{id}'"""
    ),
    moved("match", "confirmed", "matched"),
    moved("credit_use", "undone", "used")._replace(
        sql="""UPDATE credit_use SET state = 'used', undone_by = NULL, undone_on = NULL,
               undo_reason = NULL WHERE id = '{id}'"""
    ),
    moved("enterprise_request", "evaluating", "closed"),
    moved("evaluation", "scored", "scoring"),
    moved("judge", "declared", "appointed"),
    moved("award", "final", "standstill")._replace(
        sql="UPDATE award SET state = 'standstill', final_at = NULL WHERE id = '{id}'"
    ),
    moved("complaint", "refused", "upheld"),
    moved("online_payment", "canceled", "failed"),
    moved("chargeback", "won", "lost"),
    Change(
        "an order whose approval is gone",
        "I9 a row of contract says what contract.order_approved told of it",
        "contract",
        ANY.format("contract"),
        """INSERT INTO event (name, actor, subject, subject_id, version, changed)
           SELECT 'contract.order_approved', ordered_by, 'contract', id, 99, '{{}}'
           FROM contract WHERE id = '{id}'""",
    ),
    Change(
        "who proposed a role",
        "I9 a row of role_grant says what role_grant.proposed told of it",
        "role_grant",
        "SELECT subject_id FROM event WHERE name = 'role_grant.proposed' ORDER BY id LIMIT 1",
        """UPDATE event SET actor = (SELECT person_id FROM role_grant WHERE id = '{id}')
           WHERE name = 'role_grant.proposed' AND subject_id = '{id}'""",
    ),
)
