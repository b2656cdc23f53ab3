"""The same for judging and awards."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import ANY, Change, figure

RIVALLED: Final = """SELECT a.id FROM award a JOIN evaluation_result q
    ON q.request_id = a.request_id AND q.round = a.round AND q.rank = 2
    WHERE a.reason IS NULL ORDER BY a.id LIMIT 1"""

AWARDS: Final = (
    figure(
        "I11 results are what scores, prices and weights make, and ranks follow the declared",
        "evaluation_result",
        "total_hundredths",
    ),
    figure(
        "I11 results are what scores, prices and weights make, and ranks follow the declared",
        "evaluation_result",
        "price_hundredths",
        "price_hundredths < 10000",
    ),
    figure(
        "I11 a result states the price of the revision that was judged",
        "evaluation_result",
        "price_minor",
    ),
    Change(
        "a judge's points",
        "I11 results are what scores, prices and weights make, and ranks follow the declared",
        "evaluation_result",
        "SELECT id FROM evaluation_result ORDER BY rank DESC, id LIMIT 1",
        """UPDATE score s SET plan = CASE s.plan WHEN 100 THEN 0 ELSE 100 END
           FROM evaluation_result q WHERE q.id = '{id}' AND s.request_id = q.request_id
             AND s.round = q.round AND s.proposal_id = q.proposal_id""",
    ),
    Change(
        "the ranks of two proposals",
        "I11 results are what scores, prices and weights make, and ranks follow the declared",
        "evaluation_result",
        "SELECT id FROM evaluation_result WHERE rank = 2 ORDER BY id LIMIT 1",
        """ALTER TABLE evaluation_result DROP CONSTRAINT no_shared_rank;
           UPDATE evaluation_result q SET rank = 3 - q.rank FROM evaluation_result w
           WHERE w.id = '{id}' AND q.request_id = w.request_id AND q.round = w.round
             AND q.rank < 3""",
    ),
    Change(
        "a judge who never declared",
        "I9 whoever scored had declared, and would do none of the work himself",
        "score",
        ANY.format("score"),
        """UPDATE event SET name = 'judge.seen' WHERE name = 'judge.declared'
             AND subject_id = (SELECT judge_id FROM score WHERE id = '{id}')""",
    ),
    Change(
        "the price that was awarded",
        "I9 an award is to the best or says why, not before the deadline, at the revision's",
        "award",
        ANY.format("award"),
        "UPDATE award SET price_minor = price_minor + 1 WHERE id = '{id}'",
    ),
    Change(
        "an award to another than the best, without a reason",
        "I9 an award is to the best or says why, not before the deadline, at the revision's",
        "award",
        RIVALLED,
        """ALTER TABLE award DROP CONSTRAINT another_than_the_best_says_why;
           UPDATE award a SET proposal_id = q.proposal_id, proposal_number = q.number,
               unit_id = p.unit_id, price_minor = q.price_minor
           FROM evaluation_result q JOIN proposal p ON p.id = q.proposal_id
           WHERE a.id = '{id}' AND q.request_id = a.request_id AND q.round = a.round
             AND q.rank = 2""",
    ),
    Change(
        "an award before the deadline",
        "I9 an award is to the best or says why, not before the deadline, at the revision's",
        "award",
        ANY.format("award"),
        "UPDATE award SET created_at = created_at - interval '40 days' WHERE id = '{id}'",
    ),
    Change(
        "a direct award that nobody approved",
        "I9 above the limit a second person approves what one would decide alone: without",
        "award",
        "SELECT id FROM award WHERE kind = 'direct' LIMIT 1",
        "UPDATE award SET approved_by = NULL WHERE id = '{id}'",
    ),
    Change(
        "a sole bid that one person awarded alone above the limit",
        "I9 above the limit a second person approves what one would decide alone: without",
        "award",
        "SELECT id FROM award WHERE kind = 'judged' AND approved_by IS NOT NULL LIMIT 1",
        "UPDATE award SET approved_by = NULL WHERE id = '{id}'",
    ),
    Change(
        "a judge who answers a complaint",
        "I9 a complaint is a loser's, within the standstill, answered by who had no hand in the",
        "complaint",
        "SELECT id FROM complaint WHERE state = 'refused' LIMIT 1",
        """UPDATE complaint c SET answered_by = j.person_id FROM award a JOIN judge j
               ON j.request_id = a.request_id WHERE a.id = c.award_id AND c.id = '{id}'""",
    ),
    Change(
        "an award above the limit to another than the best that nobody approved",
        "I9 above the limit a second person approves what one would decide alone: without",
        "award",
        "SELECT id FROM award WHERE proposal_id <> best_id AND approved_by IS NOT NULL LIMIT 1",
        "UPDATE award SET approved_by = NULL WHERE id = '{id}'",
    ),
    Change(
        "terms that were agreed on once the outcome was told",
        "I9 no proposal was bargained over once an award of its request was announced",
        "counter_offer",
        "SELECT id FROM counter_offer WHERE state = 'accepted' LIMIT 1",
        """INSERT INTO evaluation (id, policy_id, started_by)
               SELECT p.request_id, y.id, o.made_by FROM counter_offer o
               JOIN proposal p ON p.id = o.proposal_id, policy y
               WHERE o.id = '{id}' AND y.name = 'award' LIMIT 1 ON CONFLICT DO NOTHING;
           INSERT INTO award (request_id, request_number, kind, proposal_id, proposal_number,
                   unit_id, price_minor, currency, reason, state, proposed_by, announced_at,
                   standstill_until, end_reason, policy_id)
               SELECT p.request_id, v.request_number, 'direct', p.id, v.number, p.unit_id,
                   v.price_minor, v.currency, '须立即处置', 'set_aside', o.made_by,
                   v.made_at - interval '1 second', v.made_at, '另行比较', y.id
               FROM counter_offer o JOIN proposal p ON p.id = o.proposal_id
               JOIN proposal_revision v ON v.counter_offer_id = o.id, policy y
               WHERE o.id = '{id}' AND y.name = 'award' LIMIT 1""",
    ),
    Change(
        "who complains and answers himself",
        "I9 a complaint is a loser's, within the standstill, answered by who had no hand in the",
        "complaint",
        "SELECT id FROM complaint WHERE state = 'refused' LIMIT 1",
        "UPDATE complaint SET answered_by = filed_by WHERE id = '{id}'",
    ),
    Change(
        "since when the association may answer",
        "I9 a row of complaint says what complaint.escalated told of it",
        "complaint",
        "SELECT id FROM complaint WHERE escalated_at IS NOT NULL LIMIT 1",
        "UPDATE complaint SET escalated_at = escalated_at - interval '1 day' WHERE id = '{id}'",
    ),
    Change(
        "a final award within its standstill",
        "I9 an award is final after its standstill, with refused complaints only, once a",
        "award",
        "SELECT id FROM award WHERE state = 'final' LIMIT 1",
        """ALTER TABLE award DROP CONSTRAINT final_after_the_standstill;
           UPDATE award SET standstill_until = final_at + interval '1 day' WHERE id = '{id}'""",
    ),
    Change(
        "the price of a milestone that was awarded",
        "I11 a contract from an award has the figures of the revision that was awarded, and is",
        "contract",
        "SELECT id FROM contract WHERE award_id IS NOT NULL LIMIT 1",
        """UPDATE milestone SET price_minor = price_minor + 1, net_minor = net_minor + 1
           WHERE contract_id = '{id}' AND position = 1""",
    ),
    Change(
        "whose complaint it was",
        "I9 a complaint is a loser's, within the standstill, answered by who had no hand in the",
        "complaint",
        ANY.format("complaint"),
        """UPDATE complaint c SET unit_id = a.unit_id FROM award a
           WHERE a.id = c.award_id AND c.id = '{id}'""",
    ),
)
