"""The same for reviews and for who is shown to the public."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import ANY, Change

EARLIEST: Final = "SELECT id FROM review ORDER BY written_at, id LIMIT 1"

REVIEWS: Final = (
    Change(
        "a hidden review",
        "I9 the present state of a review is the one that its last move led to",
        "review",
        "SELECT id FROM review WHERE state = 'hidden' LIMIT 1",
        """UPDATE review SET state = 'written', hidden_reason = NULL, hidden_by = NULL,
                             hidden_at = NULL WHERE id = '{id}'""",
    ),
    Change(
        "whom a review is of",
        "I9 a review is by one party of a completed contract about the other",
        "review",
        ANY.format("review"),
        """ALTER TABLE review DROP CONSTRAINT of_the_other;
           UPDATE review SET reviewed_id = reviewer_id WHERE id = '{id}'""",
    ),
    Change(
        "the end of a review's window",
        "I9 the window of a review is as long as the policy that it names says",
        "review",
        ANY.format("review"),
        "UPDATE review SET closes_at = closes_at + interval '1 day' WHERE id = '{id}'",
    ),
    Change(
        "a review written when the window was over",
        "I9 a review is changed only before it is shown, and answered only from then on",
        "review",
        EARLIEST,
        """ALTER TABLE review DROP CONSTRAINT written_within_its_window;
           UPDATE review SET closes_at = written_at WHERE id = '{id}'""",
    ),
    Change(
        "an answer to what was not shown yet",
        "I9 a review is changed only before it is shown, and answered only from then on",
        "review",
        "SELECT id FROM review WHERE answer IS NOT NULL LIMIT 1",
        """DELETE FROM review WHERE id <> '{id}' AND contract_id =
               (SELECT contract_id FROM review WHERE id = '{id}')""",
    ),
    Change(
        "a review hidden by a party",
        "I9 neither party hides a review",
        "review",
        "SELECT id FROM review WHERE state = 'hidden' LIMIT 1",
        """UPDATE review SET reviewer_id = (SELECT organisation FROM event
               WHERE name = 'review.hidden' AND subject_id = '{id}') WHERE id = '{id}'""",
    ),
    Change(
        "who agreed to be shown",
        "I9 whoever is shown to the public agreed himself and has not withdrawn",
        "member_profile",
        ANY.format("member_profile"),
        """UPDATE member_profile SET agreed_by = (SELECT id FROM person
               WHERE id <> agreed_by LIMIT 1) WHERE id = '{id}'""",
    ),
)
