"""The same for what is said against chargebacks, and for the alarms of its due days."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import ANY, Change, figure, moved
from tests.auditor.changes_explanations import AS_ITS_PAYER, OWN

SENT: Final = "SELECT id FROM chargeback_evidence WHERE state = 'sent' LIMIT 1"
IN_TIME: Final = "I9 evidence was submitted before it was due, while its chargeback was undecided"
AS_SUBMITTED: Final = (
    "I9 evidence that Stripe has was called for first, and its files are those submitted"
)
STAGES: Final = "I9 an alarm has the stage that its working days reach, each is more urgent"
TOLD: Final = "I9 a row of chargeback_evidence says what chargeback_evidence.submitted told of it"

EVIDENCE: Final = (
    moved("chargeback_evidence", "sent", "draft")._replace(
        sql="UPDATE chargeback_evidence SET state = 'draft', sent_at = NULL WHERE id = '{id}'"
    ),
    Change(
        "whose chargeback it is that somebody of its own answered",
        OWN,
        "chargeback_evidence",
        SENT,
        AS_ITS_PAYER.format(
            "online_payment SET buyer_id",
            """(SELECT c.online_payment_id FROM chargeback c JOIN chargeback_evidence e
                ON e.chargeback_id = c.id WHERE e.id = '{id}')""",
        ).replace("%.proposed", "%.drafted"),
    ),
    Change(
        "evidence that came too late",
        IN_TIME,
        "chargeback_evidence",
        SENT,
        """UPDATE chargeback SET evidence_due_at = now() - interval '1 day'
           WHERE id = (SELECT chargeback_id FROM chargeback_evidence WHERE id = '{id}')""",
    ),
    Change(
        "evidence of which no call was noted in time",
        AS_SUBMITTED,
        "chargeback_evidence",
        SENT,
        """UPDATE chargeback_evidence SET called_at = submitted_at - interval '1 hour'
           WHERE id = '{id}'""",
    ),
    Change(
        "a file of evidence that Stripe never had",
        AS_SUBMITTED,
        "chargeback_evidence",
        SENT,
        """UPDATE chargeback_evidence_file SET stripe_file_id = NULL
           WHERE evidence_id = '{id}'""",
    ),
    Change(
        "a file of evidence that is gone",
        AS_SUBMITTED,
        "chargeback_evidence",
        SENT,
        "DELETE FROM chargeback_evidence_file WHERE evidence_id = '{id}'",
    ),
    Change(
        "evidence that says something else than was submitted",
        TOLD,
        "chargeback_evidence",
        SENT,
        """UPDATE chargeback_evidence SET texts = texts || '{{"customer_name": "他人"}}'
           WHERE id = '{id}'""",
    ),
    Change(
        "evidence that nobody began",
        "I9 a row of chargeback_evidence says what chargeback_evidence.drafted told of it",
        "chargeback_evidence",
        SENT,
        "UPDATE chargeback_evidence SET drafted_by = gen_random_uuid() WHERE id = '{id}'",
    ),
    figure(STAGES, "chargeback_alarm", "working_days_left"),
    Change(
        "an alarm that counts to another day",
        STAGES,
        "chargeback_alarm",
        ANY.format("chargeback_alarm"),
        "UPDATE chargeback_alarm SET last_day = last_day - 30 WHERE id = '{id}'",
    ),
    Change(
        "an alarm under another policy",
        STAGES,
        "chargeback_alarm",
        ANY.format("chargeback_alarm"),
        """UPDATE chargeback_alarm SET policy_id =
               (SELECT id FROM policy WHERE name = 'invoicing' LIMIT 1) WHERE id = '{id}'""",
    ),
    Change(
        "an alarm of a chargeback that it was not raised of",
        "I9 a row of chargeback_alarm says what chargeback_alarm.raised told of it",
        "chargeback_alarm",
        ANY.format("chargeback_alarm"),
        """UPDATE chargeback_alarm SET raised_on = raised_on - 1 WHERE id = '{id}'""",
    ),
)
