"""Changes to what a lost chargeback left and people wrote off."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import Change
from tests.auditor.changes_explanations import AS_ITS_PAYER, OWN
from tests.auditor.changes_past_market import CHARGE

WRITTEN_OFF: Final = "SELECT id FROM chargeback_write_off WHERE state = '{}' ORDER BY id LIMIT 1"
PAID: Final = """(SELECT c.online_payment_id FROM chargeback c
    JOIN chargeback_write_off w ON w.chargeback_id = c.id WHERE w.id = '{id}')"""
PAST_CHARGE: Final = f"({CHARGE})"
# The same, once the change below has given it a name of its own.
NAMED_CHARGE: Final = PAST_CHARGE.replace("ch_dashboard", "ch_of_its_own")
OF_ITS_PAST_CHARGE: Final = (
    "whose debt it is that somebody of its own wrote off, of a charge past the market"
)
TAKEN_BACK: Final = "whose debt it is that somebody of its own took the write-off back of"

WRITE_OFFS: Final = (
    Change(
        "whose debt it is that somebody of its own wrote off",
        OWN,
        "chargeback_write_off",
        WRITTEN_OFF.format("approved"),
        AS_ITS_PAYER.format("online_payment SET buyer_id", PAID),
    ),
    Change(
        OF_ITS_PAST_CHARGE,
        OWN,
        "chargeback_write_off",
        WRITTEN_OFF.format("approved"),
        AS_ITS_PAYER.format("stripe_explanation SET organisation_id", PAST_CHARGE)
        + f"""UPDATE stripe_explanation SET decided_at = decided_at - interval '1 hour'
              WHERE id = {PAST_CHARGE};
              UPDATE stripe_line l SET charge_id = 'ch_of_its_own'
              FROM chargeback_write_off w JOIN chargeback c ON c.id = w.chargeback_id
              WHERE w.id = '{{id}}' AND l.category = 'dispute'
                  AND (l.books_unit_id, l.source_id) = (c.books_unit_id, c.dispute_id);
              UPDATE stripe_line l
              SET source_id = 'ch_of_its_own', books_unit_id = w.books_unit_id
              FROM stripe_explanation x, chargeback_write_off w
              WHERE x.id = {PAST_CHARGE} AND l.id = x.stripe_line_id AND w.id = '{{id}}';
              UPDATE chargeback SET online_payment_id = NULL WHERE id = (
                  SELECT chargeback_id FROM chargeback_write_off WHERE id = '{{id}}')""",
    ),
    Change(
        TAKEN_BACK,
        OWN,
        "chargeback_write_off",
        """SELECT subject_id FROM event e WHERE name = 'chargeback_write_off.recovered'
           AND EXISTS (SELECT FROM role_grant WHERE person_id = e.actor) LIMIT 1""",
        AS_ITS_PAYER.format("online_payment SET buyer_id", PAID)
        + """DELETE FROM event WHERE name LIKE 'chargeback_write_off.%'
                 AND (subject_id, name) <> ('{id}', 'chargeback_write_off.recovered')""",
    ),
    Change(
        "who wrote off what he proposed to",
        "I9 a chargeback's write-off was decided by another person than proposed it",
        "chargeback_write_off",
        WRITTEN_OFF.format("approved"),
        """ALTER TABLE chargeback_write_off DROP CONSTRAINT chargeback_write_off_check;
           UPDATE chargeback_write_off SET decided_by = proposed_by WHERE id = '{id}'""",
    ),
    Change(
        "that credit was used which a debt asks back that was a loss once",
        "I5 no credit that a chargeback, or a refund past the market, asks back has gone out",
        "credit_use",
        """SELECT u.id FROM credit_use u JOIN online_payment p ON p.buyer_id = u.organisation_id
           JOIN chargeback c ON c.online_payment_id = p.id
           JOIN chargeback_write_off w ON w.chargeback_id = c.id
           WHERE u.state = 'used' AND w.state = 'recovered' AND c.short_minor > (
               SELECT sum(amount_minor) FROM chargeback_recovery WHERE chargeback_id = c.id)
           ORDER BY u.id LIMIT 1""",
        """UPDATE credit_use SET created_at = now() + interval '1 day' WHERE id = '{id}'""",
    ),
)
