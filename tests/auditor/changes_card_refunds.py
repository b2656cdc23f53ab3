"""The same for refunds to the card that paid, and the lines that move their money."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import Change, moved

BY_CARD: Final = """SELECT id FROM refund WHERE method = 'stripe' AND state = '{}'
    ORDER BY id LIMIT 1"""
LINE_OUT: Final = """SELECT l.id FROM stripe_line l JOIN refund r ON r.id = l.refund_id
    WHERE r.state = 'paid' LIMIT 1"""

CARD_REFUNDS: Final = (
    Change(
        "what a card paid, so that its refund is above it",
        "I5 a refund by card, when made, was within captured - earlier refunds",
        "refund",
        BY_CARD.format("paid"),
        """UPDATE stripe_line SET amount_minor = 999_99, net_minor = 999_99 - fee_minor
           WHERE category = 'charge' AND online_payment_id = (
               SELECT online_payment_id FROM refund WHERE id = '{id}')""",
    ),
    Change(
        "a chargeback that a refund looked past",
        "I5 a refund by card, when made, was within captured - earlier refunds",
        "refund",
        BY_CARD.format("paid"),
        """UPDATE chargeback SET state = 'lost', created_at = '2020-01-01',
               decided_on = opened_on, online_payment_id = (
               SELECT online_payment_id FROM refund WHERE id = '{id}')
           WHERE state = 'lost'""",
    ),
    Change(
        "a refund of the market that is said to be past it",
        "I5 a refund by card, when made, was within captured - earlier refunds",
        "refund",
        BY_CARD.format("returned"),
        """UPDATE stripe_line SET refund_id = NULL, created_at = '2020-01-01',
               amount_minor = -25_800_00, net_minor = -25_800_00 - fee_minor
           WHERE refund_id = '{id}' AND amount_minor < 0""",
    ),
    Change(
        "an earlier refund that took all",
        "I5 a refund by card, when made, was within captured - earlier refunds",
        "refund",
        BY_CARD.format("sent"),
        """UPDATE refund SET amount_minor = 25_800_00 WHERE method = 'stripe' AND state = 'paid'
           AND online_payment_id = (SELECT online_payment_id FROM refund WHERE id = '{id}')""",
    ),
    Change(
        "whose payment is refunded",
        "I5 a refund by card goes to whom its payment came from, in its books",
        "refund",
        BY_CARD.format("paid"),
        """UPDATE refund SET online_payment_id = (
               SELECT id FROM online_payment WHERE buyer_id <> (
                   SELECT organisation_id FROM refund WHERE id = '{id}') LIMIT 1)
           WHERE id = '{id}'""",
    ),
    Change(
        "a refund that no line paid",
        "I9 a refund by card is where its lines and Stripe's word lead it",
        "refund",
        BY_CARD.format("paid"),
        "UPDATE stripe_line SET refund_id = NULL WHERE refund_id = '{id}'",
    ),
    Change(
        "a refund that is paid but hides it",
        "I9 a refund by card is where its lines and Stripe's word lead it",
        "refund",
        BY_CARD.format("sent"),
        """UPDATE stripe_line SET refund_id = '{id}' WHERE id = (
               SELECT id FROM stripe_line
               WHERE category = 'refund' AND NOT is_explained LIMIT 1);
           UPDATE refund SET stripe_status = 'succeeded' WHERE id = '{id}'""",
    ),
    Change(
        "a refund whose line never came",
        "I9 a refund by card that Stripe says succeeded has its line within a week",
        "refund",
        BY_CARD.format("paid"),
        """UPDATE refund SET state = 'sent', called_at = called_at - interval '8 days'
           WHERE id = '{id}';
           DELETE FROM stripe_line WHERE category = 'refund' AND NOT is_explained;
           UPDATE stripe_line SET refund_id = NULL WHERE refund_id = '{id}'""",
    ),
    Change(
        "what Stripe says of a refund",
        "I9 a refund by card is where its lines and Stripe's word lead it",
        "refund",
        BY_CARD.format("paid"),
        "UPDATE refund SET stripe_status = 'pending' WHERE id = '{id}'",
    ),
    Change(
        "which of Stripe's refunds it is",
        "I9 a row of refund says what refund.sent told of it",
        "refund",
        BY_CARD.format("paid"),
        "UPDATE refund SET stripe_refund_id = 're_another' WHERE id = '{id}'",
    ),
    Change(
        "which refund a line moves",
        "I8 a line of a refund is of its payment, currency and amount",
        "stripe_line",
        LINE_OUT,
        """UPDATE stripe_line SET refund_id = (
               SELECT id FROM refund WHERE method = 'stripe' AND state = 'sent' LIMIT 1)
           WHERE id = '{id}'""",
    ),
    Change(
        "whose money a line of a refund took",
        "I8 a line of a refund is of its payment, currency and amount",
        "stripe_line",
        LINE_OUT,
        """UPDATE transfer SET debit_account = (SELECT min(id) FROM account
               WHERE kind = 'suspense')
           WHERE posting_id = (SELECT id FROM posting WHERE cause = 'stripe_line:{id}')""",
    ),
    Change(
        "a refund past the market that is said to be explained",
        "I8 every line of a refund has its refund or an explanation, or stands",
        "stripe_line",
        "SELECT id FROM stripe_line WHERE category = 'refund' AND NOT is_explained LIMIT 1",
        "UPDATE stripe_line SET is_explained = true WHERE id = '{id}'",
    ),
    Change(
        "what is pending once a line has paid it",
        "I5 what is pending of an organisation is the sum of its refunds",
        "account",
        """SELECT a.id FROM account a JOIN refund r ON (a.books, a.subject)
               = (r.books_unit_id, r.organisation_id)
           WHERE a.kind = 'refund_pending' AND r.method = 'stripe' AND r.state = 'paid'""",
        """UPDATE refund SET state = 'sent' WHERE method = 'stripe' AND state = 'paid';
           UPDATE stripe_line SET refund_id = NULL WHERE category = 'refund'
               AND refund_id IN (SELECT id FROM refund WHERE state = 'sent')""",
    ),
    moved("refund", "withdrawn", "proposed")._replace(
        sql="UPDATE refund SET state = 'proposed', ended_on = NULL WHERE id = '{id}'"
    ),
    moved("refund", "unknown", "approved"),
)
