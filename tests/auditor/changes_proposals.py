"""The same for proposals: what was offered, when, by whom, and what binds."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import Change, moved

REVISION: Final = "SELECT proposal_id FROM proposal_revision WHERE {} ORDER BY 1, number LIMIT 1"
AGREED: Final = "SELECT id FROM counter_offer WHERE state = 'accepted' ORDER BY id LIMIT 1"
OPENED: Final = "SELECT id FROM proposal WHERE state = 'opened' ORDER BY id LIMIT 1"

PROPOSALS: Final = (
    moved("proposal", "opened", "shortlisted"),
    moved("counter_offer", "open", "lapsed"),
    Change(
        "a price that its parts do not sum to",
        "I7 milestones and instalments of what was offered each sum to its price",
        "proposal_revision",
        REVISION.format("number = 1"),
        """ALTER TABLE proposal_revision DROP CONSTRAINT milestones_sum_to_the_price,
               DROP CONSTRAINT instalments_sum_to_the_price;
           UPDATE proposal_revision SET price_minor = price_minor - 1
           WHERE proposal_id = '{id}' AND number = 1""",
    ),
    Change(
        "a counter-offer's instalments",
        "I7 milestones and instalments of what was offered each sum to its price",
        "counter_offer",
        AGREED,
        """ALTER TABLE counter_offer DROP CONSTRAINT instalments_sum_to_the_price;
           UPDATE counter_offer SET instalments = '[]' WHERE id = '{id}'""",
    ),
    Change(
        "a second live proposal",
        "I9 a unit has one live proposal for a request",
        "proposal",
        "SELECT min(id::text) FROM proposal GROUP BY request_id, unit_id HAVING count(*) > 1",
        """DROP INDEX one_live_proposal;
           UPDATE proposal p SET state = 'opened', opened_at = p.submitted_at FROM proposal q
           WHERE q.id = '{id}' AND p.request_id = q.request_id AND p.unit_id = q.unit_id""",
    ),
    Change(
        "a deleted revision",
        "I9 revisions are numbered without gap up to the one that binds, whose last day the",
        "proposal",
        REVISION.format("number = 2 AND cause = 'submitted'"),
        "DELETE FROM proposal_revision WHERE proposal_id = '{id}' AND number = 1",
    ),
    Change(
        "the last day that binds",
        "I9 revisions are numbered without gap up to the one that binds, whose last day the",
        "proposal",
        OPENED,
        "UPDATE proposal SET valid_until = valid_until + 1 WHERE id = '{id}'",
    ),
    Change(
        "a submission after the deadline",
        "I9 what was submitted is earlier than the deadline, what was agreed is not",
        "proposal_revision",
        REVISION.format("cause = 'submitted'"),
        """UPDATE proposal_revision v SET made_at = r.deadline FROM enterprise_request r
           WHERE r.id = v.request_id AND proposal_id = '{id}'""",
    ),
    Change(
        "the version that was answered",
        "I9 a submitted revision answers the version of the request that was the newest then",
        "proposal_revision",
        REVISION.format("cause = 'submitted'"),
        """UPDATE proposal_revision SET request_number = request_number + 1
           WHERE proposal_id = '{id}'""",
    ),
    Change(
        "an opening before the deadline",
        "I9 a proposal is opened at the deadline of its request, never earlier",
        "proposal",
        OPENED,
        "UPDATE proposal SET opened_at = opened_at - interval '1 second' WHERE id = '{id}'",
    ),
    Change(
        "who submitted",
        "I9 each revision was made by whom the log names",
        "proposal_revision",
        REVISION.format("cause = 'submitted'"),
        """UPDATE proposal_revision SET made_by = (SELECT answered_by FROM counter_offer
           WHERE state = 'refused' LIMIT 1) WHERE proposal_id = '{id}'""",
    ),
    Change(
        "what was agreed",
        "I9 what was agreed is what the accepted counter-offer says, and each accepted one was",
        "counter_offer",
        AGREED,
        "UPDATE proposal_revision SET plan = plan || '。' WHERE counter_offer_id = '{id}'",
    ),
    Change(
        "whose counter-offer it was",
        "I9 a counter-offer is answered by the other side",
        "counter_offer",
        AGREED,
        "UPDATE counter_offer SET side = 'unit' WHERE id = '{id}'",
    ),
    Change(
        "a proposal that expired while it still bound",
        "I9 a proposal expires after its last valid day",
        "proposal",
        OPENED,
        """UPDATE event SET name = 'proposal.expired'
           WHERE name = 'proposal.opened' AND subject_id = '{id}'""",
    ),
)
