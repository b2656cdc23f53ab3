"""The same for charges that nobody asked for here, and the credit that they became."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import Change

CHARGE: Final = """SELECT x.id FROM stripe_explanation x
    JOIN stripe_line l ON l.explanation_id = x.id
    WHERE l.category = 'charge' AND l.source_id = 'ch_dashboard'"""
OF_CUSTOMER: Final = "I9 a charge past the market is the credit of a customer, and of nobody else"
BY_RULE: Final = "I9 no charge that its payment's rule can book was made credit by people"
# Of another buyer, in another currency than the charge.
ATTEMPT: Final = """UPDATE online_payment SET charge_id = 'ch_dashboard', currency = '{}',
        books_unit_id = (SELECT books_unit_id FROM stripe_explanation WHERE id = '{{id}}')
    WHERE id = (SELECT p.id FROM online_payment p, stripe_explanation x
                WHERE x.id = '{{id}}' AND {} ORDER BY p.id LIMIT 1)"""

PAST_MARKET: Final = (
    *(
        Change(
            f"how much {what} a charge past the market",
            "I5 of a charge past the market no more has gone back off its payer's credit than it",
            "stripe_explanation",
            CHARGE,
            f"""UPDATE transfer SET amount_minor = amount_minor + 9000 WHERE posting_id = (
                    SELECT p.id FROM posting p JOIN stripe_line l ON l.cause = p.cause
                    JOIN stripe_line c ON c.source_id = l.charge_id
                    JOIN stripe_explanation x ON x.id = c.explanation_id
                    WHERE x.id = '{{id}}' AND l.category = '{category}')""",
        )
        for what, category in (("went back of", "refund"), ("came back of", "refund_failure"))
    ),
    Change(
        "whose credit a charge past the market is",
        "I9 what is explained as gone of a charge past the market is of one that is the same",
        "stripe_explanation",
        """SELECT x.id FROM stripe_explanation x JOIN stripe_line l ON l.explanation_id = x.id
           WHERE x.organisation_id IS NOT NULL AND l.category = 'refund' LIMIT 1""",
        """UPDATE stripe_explanation SET organisation_id = (SELECT id FROM organisation
               WHERE id <> stripe_explanation.organisation_id ORDER BY id LIMIT 1)
           WHERE id = '{id}'""",
    ),
    Change(
        "whose charge it is that a loss gave credit back of",
        "I11 what credit gave for a lost chargeback is posted from its payer's credit",
        "chargeback_recovery",
        """SELECT r.id FROM chargeback_recovery r JOIN chargeback c ON c.id = r.chargeback_id
           WHERE c.online_payment_id IS NULL AND r.match_id IS NOT NULL""",
        """UPDATE stripe_explanation x SET organisation_id = x.books_unit_id FROM stripe_line l
           WHERE l.explanation_id = x.id AND l.source_id = 'ch_lost'""",
    ),
    Change(
        "whose credit a charge of a payment here is",
        OF_CUSTOMER,
        "stripe_explanation",
        CHARGE,
        ATTEMPT.format("USD", "p.buyer_id <> x.organisation_id"),
    ),
    Change(
        "the credit of one that is no customer",
        OF_CUSTOMER,
        "stripe_explanation",
        CHARGE,
        "UPDATE stripe_explanation SET organisation_id = books_unit_id WHERE id = '{id}'",
    ),
    Change(
        "the credit of one that was no customer then",
        OF_CUSTOMER,
        "stripe_explanation",
        CHARGE,
        """UPDATE stripe_explanation SET decided_at = '2020-01-01' WHERE id = '{id}'""",
    ),
    Change(
        "that a charge's rule can book it",
        BY_RULE,
        "stripe_explanation",
        CHARGE,
        ATTEMPT.format("CNY", "p.buyer_id = x.organisation_id"),
    ),
    Change(
        "that it is told of no charge",
        BY_RULE,
        "stripe_explanation",
        CHARGE,
        """UPDATE stripe_line SET source_id = NULL WHERE explanation_id = '{id}'""",
    ),
    Change(
        "that credit was used which an open chargeback past the market asks back",
        "I5 no credit that a chargeback, or a refund past the market, asks back has gone out",
        "credit_use",
        """SELECT u.id FROM credit_use u JOIN stripe_explanation x USING (organisation_id)
           JOIN stripe_line l ON l.explanation_id = x.id WHERE l.source_id = 'ch_held'""",
        """UPDATE chargeback SET state = 'opened', decided_on = NULL, books_unit_id = (
               SELECT books_unit_id FROM credit_use WHERE id = '{id}'), created_at = (
               SELECT created_at - interval '1 hour' FROM credit_use WHERE id = '{id}')
           WHERE dispute_id = 'dp_lost';
           UPDATE stripe_line SET charge_id = 'ch_held', books_unit_id = (
               SELECT books_unit_id FROM credit_use WHERE id = '{id}')
           WHERE source_id = 'dp_lost'""",
    ),
    Change(
        "that credit was used which was refunded past the market",
        "I5 no credit that a chargeback, or a refund past the market, asks back has gone out",
        "credit_use",
        """SELECT u.id FROM credit_use u JOIN stripe_explanation x USING (organisation_id)
           JOIN stripe_line l ON l.explanation_id = x.id WHERE l.source_id = 'ch_held'""",
        """UPDATE stripe_line SET amount_minor = -150_01, net_minor = -150_01
           WHERE source_id = 're_held'""",
    ),
    Change(
        "that a loss of it had been written off by then",
        "I11 neither a charge past the market nor what came back of it became credit after a loss",
        "stripe_explanation",
        CHARGE,
        """UPDATE stripe_line l SET source_id = 'ch_of_its_own', books_unit_id = d.books_unit_id
           FROM stripe_line d
           JOIN chargeback c ON (c.books_unit_id, c.dispute_id) = (d.books_unit_id, d.source_id)
           JOIN chargeback_write_off w ON w.chargeback_id = c.id
           WHERE l.explanation_id = '{id}' AND d.category = 'dispute' AND w.state = 'approved';
           UPDATE stripe_line SET charge_id = 'ch_of_its_own' WHERE category = 'dispute';
           UPDATE chargeback_write_off SET decided_at = '2020-01-01' WHERE state = 'approved'""",
    ),
    Change(
        "that a refund of it had been a loss by then",
        "I11 neither a charge past the market nor what came back of it became credit after a loss",
        "stripe_explanation",
        CHARGE,
        """UPDATE stripe_line SET charge_id = 'ch_dashboard', category = 'refund',
               books_unit_id = (SELECT books_unit_id FROM stripe_explanation WHERE id = '{id}')
           WHERE id = (SELECT l.id FROM stripe_line l
               JOIN stripe_explanation x ON x.id = l.explanation_id
               WHERE x.belongs_to = 'write_off' AND x.state = 'approved' AND l.amount_minor < 0
               LIMIT 1);
           UPDATE stripe_explanation SET decided_at = '2020-01-01'
           WHERE belongs_to = 'write_off' AND state = 'approved'""",
    ),
    Change(
        "that a refund of it was a loss while something was left",
        "I9 what goes back of a charge was a loss only where nobody here made that, or nothing",
        "stripe_explanation",
        """SELECT x.id FROM stripe_explanation x JOIN stripe_line l ON l.id = x.stripe_line_id
           WHERE x.belongs_to = 'write_off' AND x.state = 'approved' AND l.category = 'refund'
           LIMIT 1""",
        """UPDATE stripe_line SET charge_id = 'ch_dashboard', currency = 'CNY', books_unit_id = (
               SELECT y.books_unit_id FROM stripe_explanation y JOIN stripe_line c
                   ON c.explanation_id = y.id WHERE c.source_id = 'ch_dashboard'
               ORDER BY y.id LIMIT 1)
           WHERE explanation_id = '{id}';
           UPDATE stripe_explanation SET amount_minor = amount_minor + 90000 WHERE id IN (
               SELECT explanation_id FROM stripe_line WHERE source_id = 'ch_dashboard')""",
    ),
)
