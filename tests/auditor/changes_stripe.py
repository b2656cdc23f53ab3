"""Changes of what Stripe told and of what it paid, which the auditor has to notice."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import Change, figure, moved

STRIPE: Final = (
    Change(
        "what a line of Stripe's balance brought",
        "I8 each line of Stripe's balance is posted once, with its net amount and its fee",
        "stripe_line",
        "SELECT id FROM stripe_line WHERE category = 'charge' ORDER BY id LIMIT 1",
        """UPDATE stripe_line SET amount_minor = amount_minor + 1, net_minor = net_minor + 1
           WHERE id = '{id}'""",
    ),
    Change(
        "what Stripe kept of a line",
        "I8 each line of Stripe's balance is posted once, with its net amount and its fee",
        "stripe_line",
        "SELECT id FROM stripe_line WHERE category = 'charge' ORDER BY id LIMIT 1",
        """UPDATE stripe_line SET fee_minor = fee_minor + 1, net_minor = net_minor - 1
           WHERE id = '{id}'""",
    ),
    Change(
        "what nothing explains, told as explained",
        "I8 what nothing explains of Stripe's balance stands in suspense,"
        " and nothing else of it does",
        "stripe_line",
        "SELECT id FROM stripe_line WHERE category = 'topup' ORDER BY id LIMIT 1",
        "UPDATE stripe_line SET is_explained = true WHERE id = '{id}'",
    ),
    Change(
        "which payout a line is",
        "I8 a line that is a payout has its books, currency and amount; one of none was confirmed",
        "match",
        "SELECT id FROM match WHERE payout_id IS NOT NULL ORDER BY id LIMIT 1",
        "UPDATE match SET payout_id = NULL WHERE id = '{id}'",
    ),
    figure(
        "I8 a payout is in transit with its amount, and back when it failed",
        "payout",
        "amount_minor",
    ),
    figure("I6 the parts of an online payment are its amount", "online_payment", "amount_minor"),
    figure(
        "I6 a chargeback that was lost is owed again, or stands in suspense",
        "chargeback",
        "amount_minor",
        "state = 'lost'",
    ),
    Change(
        "an undecided chargeback that Stripe holds nothing for",
        "I8 what Stripe holds in chargebacks is those that are undecided",
        "organisation",
        "SELECT books_unit_id AS id FROM chargeback WHERE state = 'won'",
        """UPDATE chargeback SET state = 'opened', decided_on = NULL
           WHERE books_unit_id = '{id}' AND state = 'won'""",
    ),
    Change(
        "money that came in another currency and stands between the two",
        "I8 what stands between two currencies is what charges in another one brought",
        "organisation",
        """SELECT books_unit_id AS id FROM stripe_line
           WHERE category = 'charge' AND is_explained ORDER BY id LIMIT 1""",
        """UPDATE stripe_line SET paid_currency = 'EUR', paid_minor = amount_minor
           WHERE category = 'charge' AND books_unit_id = '{id}'""",
    ),
    Change(
        "a payment that holds its invoices for ever",
        "I6 an online payment holds its invoices until it is over and its money is booked",
        "online_payment",
        "SELECT id FROM online_payment WHERE state = 'succeeded' ORDER BY id LIMIT 1",
        "UPDATE online_payment_part SET is_live = true WHERE online_payment_id = '{id}'",
    ),
    Change(
        "what of a card's payment an invoice got",
        "I6 what a card paid is what its invoices and the payer's credit got at first",
        "stripe_line",
        """SELECT stripe_line_id AS id FROM allocation
           WHERE stripe_line_id IS NOT NULL AND taken_back_on IS NULL LIMIT 1""",
        "UPDATE allocation SET amount_minor = amount_minor + 1 WHERE stripe_line_id = '{id}'",
    ),
    Change(
        "a posting on Stripe's balance that no line called for",
        "I8 nothing but lines of Stripe's balance posts on it",
        "transfer",
        """SELECT t.id FROM transfer t JOIN posting p ON p.id = t.posting_id
           WHERE p.cause LIKE 'credit_used:%' LIMIT 1""",
        """UPDATE transfer SET debit_account = (SELECT id FROM account
               WHERE kind = 'stripe_balance' LIMIT 1) WHERE id = {id}""",
    ),
    moved("payout", "sent", "failed")._replace(
        sql="UPDATE payout SET state = 'failed', failed_on = sent_on WHERE id = '{id}'"
    ),
)
