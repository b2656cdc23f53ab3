"""The same for debts that nobody pays: their reminders, and what is written off."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import ANY, POSTING, Change, figure, moved

RECEIVABLES: Final = (
    figure(
        "I11 a write-off and its recovery are posted as they say, each on its day",
        "write_off",
        "amount_minor",
        "state = 'approved'",
    ),
    figure(
        "I11 a write-off and its recovery are posted as they say, each on its day",
        "write_off",
        "amount_minor",
        "state = 'recovered'",
    ),
    Change(
        "the day of a loss",
        "I11 a write-off and its recovery are posted as they say, each on its day",
        "write_off",
        "SELECT id FROM write_off WHERE state = 'approved' LIMIT 1",
        "UPDATE write_off SET written_off_on = written_off_on - 1 WHERE id = '{id}'",
    ),
    Change(
        "a loss that no invoice has",
        "I11 an uncollectible invoice has one write-off that stands, of what is open; another",
        "invoice",
        "SELECT id FROM write_off WHERE state = 'approved' LIMIT 1",
        """UPDATE invoice SET state = 'open', paid_minor = 0
           WHERE id = (SELECT invoice_id FROM write_off WHERE id = '{id}')""",
        "SELECT invoice_id FROM write_off WHERE id = '{id}'",
    ),
    Change(
        "a loss of what was never accepted",
        "I11 what is written off of a contract is at most what its accepted milestones cost",
        "contract",
        """SELECT i.contract_id FROM write_off w JOIN invoice i ON i.id = w.invoice_id
           WHERE w.state = 'approved' LIMIT 1""",
        """UPDATE milestone SET state = 'delivered', accepted_at = NULL
           WHERE contract_id = '{id}'""",
    ),
    Change(
        "a loss of a contract that has no milestones",
        "I11 what is written off of a contract is at most what its accepted milestones cost",
        "contract",
        """SELECT i.contract_id FROM write_off w JOIN invoice i ON i.id = w.invoice_id
           WHERE w.state = 'approved' LIMIT 1""",
        "DELETE FROM milestone WHERE contract_id = '{id}'",
    ),
    Change(
        "a loss before the invoice was late",
        "I9 an invoice was late when it was written off, and a recovery names what moved its",
        "write_off",
        "SELECT id FROM write_off WHERE state = 'approved' LIMIT 1",
        """UPDATE invoice SET due_on = due_on + 400
           WHERE id = (SELECT invoice_id FROM write_off WHERE id = '{id}')""",
    ),
    Change(
        "a recovery by nothing",
        "I9 an invoice was late when it was written off, and a recovery names what moved its",
        "write_off",
        "SELECT id FROM write_off WHERE state = 'recovered' LIMIT 1",
        "UPDATE write_off SET recovery_cause = 'match:0' WHERE id = '{id}'",
    ),
    Change(
        "the posting of a loss under another cause",
        "I11 every posting has a source that calls for it, and the day of its source",
        "posting",
        POSTING.format("write_off"),
        "UPDATE posting SET cause = 'write_off:' || public_id WHERE id = {id}",
    ),
    figure(
        "I9 a reminder has the level that its working days reach, counted anew by its policy",
        "reminder",
        "late_working_days",
    ),
    Change(
        "the level of a reminder",
        "I9 a reminder has the level that its working days reach, counted anew by its policy",
        "reminder",
        """SELECT id FROM reminder r WHERE level <> 'final'
             AND NOT EXISTS (SELECT FROM reminder WHERE invoice_id = r.invoice_id
                             AND level = 'final') LIMIT 1""",
        "UPDATE reminder SET level = 'final' WHERE id = '{id}'",
    ),
    Change(
        "the policy of a reminder",
        "I9 a reminder has the level that its working days reach, counted anew by its policy",
        "reminder",
        ANY.format("reminder"),
        """UPDATE reminder SET policy_id = (SELECT id FROM policy WHERE name = 'invoicing')
           WHERE id = '{id}'""",
    ),
    Change(
        "a reminder that counts from before its invoice was due",
        "I9 the levels of an invoice rise, and lateness is counted from no earlier than it fell",
        "reminder",
        ANY.format("reminder"),
        """UPDATE invoice SET due_on = due_on + 40
           WHERE id = (SELECT invoice_id FROM reminder WHERE id = '{id}')""",
    ),
    figure(
        "I9 a reminder is of money that was owed then, and was not sent while it was held",
        "reminder",
        "open_minor",
    ),
    figure(
        "I9 a reminder is of money that was owed then, and was not sent while it was held",
        "reminder",
        "credit_minor",
    ),
    Change(
        "the last day that a reminder counted",
        "I9 a reminder has the level that its working days reach, counted anew by its policy",
        "reminder",
        ANY.format("reminder"),
        "UPDATE reminder SET counted_until = sent_on - 1 WHERE id = '{id}'",
    ),
    Change(
        "a hold that a reminder did not heed",
        "I9 a reminder is of money that was owed then, and was not sent while it was held",
        "reminder",
        ANY.format("reminder"),
        """INSERT INTO reminder_hold (id, invoice_id, disputed, reason, held_by)
           SELECT uuidv7(interval '-1 day'), invoice_id, true, '争议', gen_random_uuid()
           FROM reminder WHERE id = '{id}'""",
    ),
    Change(
        "a letter that says something else than what was sent",
        "I9 the letter of a reminder has the hash that the reminder records, and is kept",
        "reminder",
        "SELECT reminder_id FROM reminder_letter LIMIT 1",
        """UPDATE reminder_letter SET pdf = pdf || '\\x00'::bytea
           WHERE reminder_id = '{id}'""",
    ),
    Change(
        "a letter that is gone",
        "I9 the letter of a reminder has the hash that the reminder records, and is kept",
        "reminder",
        "SELECT reminder_id FROM reminder_letter LIMIT 1",
        "DELETE FROM reminder_letter WHERE reminder_id = '{id}'",
    ),
    moved("write_off", "approved", "rejected")._replace(
        sql="""UPDATE write_off SET state = 'rejected', note = '不核销', written_off_on = NULL
               WHERE id = '{id}'"""
    ),
)
