"""Changes of what Stripe told and of what it paid, which the auditor has to notice."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import Change, figure, moved

# A lost chargeback of long ago is of the payer who got the refund.
ASKED: Final = """UPDATE chargeback SET created_at = '2020-01-01' WHERE state = 'lost';
    UPDATE stripe_line SET created_at = '2020-01-01' WHERE category = 'refund';
    UPDATE online_payment p SET buyer_id = r.organisation_id, books_unit_id = r.books_unit_id
    FROM refund r, chargeback c
    WHERE r.id = '{id}' AND c.online_payment_id = p.id AND c.state = 'lost'"""

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
        "I8 what nothing explains of Stripe's balance stands in suspense, and nothing else",
        "stripe_line",
        "SELECT id FROM stripe_line WHERE category = 'topup' ORDER BY id LIMIT 1",
        "UPDATE stripe_line SET is_explained = true WHERE id = '{id}'",
    ),
    Change(
        "which payout a line is",
        "I8 a line that is a payout has its books, currency and amount; one of none was confirmed",
        "match",
        "SELECT id FROM match WHERE payout_id IS NOT NULL ORDER BY id LIMIT 1",
        "UPDATE match SET payout_id = NULL, needs_second = false WHERE id = '{id}'",
    ),
    figure(
        "I8 a payout is in transit with its amount, and back when it failed",
        "payout",
        "amount_minor",
    ),
    figure("I6 the parts of an online payment are its amount", "online_payment", "amount_minor"),
    Change(
        "what a card pays, which it did not bring",
        "I6 a line of Stripe's balance pays no more of invoices now than it was posted for",
        "stripe_line",
        """SELECT stripe_line_id AS id FROM allocation
           WHERE stripe_line_id IS NOT NULL AND taken_back_on IS NULL ORDER BY id DESC LIMIT 1""",
        """UPDATE allocation SET amount_minor = amount_minor + 90000000
           WHERE stripe_line_id = '{id}' AND taken_back_on IS NULL""",
    ),
    figure(
        "I6 a chargeback that was lost is owed again, or stands in suspense",
        "chargeback",
        "amount_minor",
        "state = 'lost'",
    ),
    Change(
        "what came back of a chargeback after it was lost",
        "I6 what came back of a lost chargeback is what lines of Stripe's balance gave its payer",
        "chargeback",
        "SELECT id FROM chargeback WHERE state = 'reinstated' ORDER BY id LIMIT 1",
        "UPDATE chargeback SET returned_minor = returned_minor - 1 WHERE id = '{id}'",
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
    figure(
        "I6 what a lost chargeback left in suspense is what it says, and no more",
        "chargeback",
        "short_minor",
        "short_minor > 0 AND online_payment_id IS NOT NULL",
    ),
    Change(
        "what more was recovered than a chargeback lacked",
        "I6 what a lost chargeback left in suspense is what it says, and no more",
        "chargeback",
        "SELECT chargeback_id AS id FROM chargeback_recovery LIMIT 1",
        """UPDATE chargeback_recovery SET amount_minor = amount_minor + 1
           WHERE chargeback_id = '{id}'""",
    ),
    Change(
        "what is owed of a chargeback that came back",
        "I6 what a lost chargeback left in suspense is what it says, and no more",
        "chargeback",
        """SELECT chargeback_id AS id FROM chargeback_recovery
           WHERE stripe_line_id IS NOT NULL LIMIT 1""",
        """UPDATE chargeback_recovery SET amount_minor = amount_minor - 1
           WHERE chargeback_id = '{id}' AND stripe_line_id IS NOT NULL""",
    ),
    Change(
        "a recovery of before a match, gone back with it",
        "I11 what went back with a match that was undone is of a recovery after it",
        "chargeback_recovery",
        "SELECT id FROM chargeback_recovery WHERE match_id IS NOT NULL ORDER BY id DESC LIMIT 1",
        """UPDATE chargeback_recovery SET undoes_id = (
               SELECT r.id FROM chargeback_recovery r
               WHERE r.stripe_line_id IS NULL AND r.match_id IS NULL ORDER BY r.id LIMIT 1)
           WHERE id = '{id}'""",
    ),
    Change(
        "the day on which a line made up a loss",
        "I11 what credit gave for a lost chargeback is posted from its payer's credit",
        "chargeback_recovery",
        "SELECT id FROM chargeback_recovery WHERE stripe_line_id IS NOT NULL LIMIT 1",
        "UPDATE chargeback_recovery SET recovered_on = recovered_on - 1 WHERE id = '{id}'",
    ),
    figure(
        "I11 what credit gave for a lost chargeback is posted from its payer's credit",
        "chargeback_recovery",
        "amount_minor",
        "stripe_line_id IS NULL AND write_off_id IS NULL",
    ),
    Change(
        "what a line brought back, told as come off credit",
        "I11 what credit gave for a lost chargeback is posted from its payer's credit",
        "chargeback_recovery",
        "SELECT id FROM chargeback_recovery WHERE stripe_line_id IS NOT NULL LIMIT 1",
        "UPDATE chargeback_recovery SET stripe_line_id = NULL WHERE id = '{id}'",
    ),
    Change(
        "what a line made up of a lost chargeback",
        "I8 what nothing explains of Stripe's balance stands in suspense, and nothing else",
        "stripe_line",
        """SELECT stripe_line_id AS id FROM chargeback_recovery
           WHERE stripe_line_id IS NOT NULL LIMIT 1""",
        "DELETE FROM chargeback_recovery WHERE stripe_line_id = '{id}'",
    ),
    Change(
        "credit that was sent although an open chargeback asked it back",
        "I5 no credit that a chargeback, or a refund past the market, asks back has gone out",
        "refund",
        "SELECT id FROM refund WHERE method = 'stripe' AND state = 'paid' ORDER BY id LIMIT 1",
        f"""{ASKED}; UPDATE chargeback c SET state = 'opened', decided_on = NULL
           FROM refund r, online_payment p WHERE r.id = '{{id}}' AND p.id = c.online_payment_id
             AND p.buyer_id = r.organisation_id""",
    ),
    Change(
        "credit that was sent although a lost chargeback lacked it",
        "I5 no credit that a chargeback, or a refund past the market, asks back has gone out",
        "refund",
        "SELECT id FROM refund WHERE method = 'stripe' AND state = 'paid' ORDER BY id LIMIT 1",
        f"""{ASKED}; UPDATE chargeback c SET short_minor = c.amount_minor
           FROM refund r, online_payment p WHERE r.id = '{{id}}' AND p.id = c.online_payment_id
             AND p.buyer_id = r.organisation_id""",
    ),
    Change(
        "credit that was sent although an invoice had been reopened that only it pays",
        "I5 no credit that a chargeback, or a refund past the market, asks back has gone out",
        "refund",
        "SELECT id FROM refund WHERE method = 'stripe' AND state = 'paid' ORDER BY id LIMIT 1",
        f"""{ASKED}; UPDATE invoice i SET paid_minor = 0, offset_minor = 0, state = 'uncollectible',
               credited_minor = i.amount_minor, credited_vat_minor = i.vat_minor FROM refund r
           WHERE r.id = '{{id}}' AND (i.books_unit_id, i.buyer_id, i.currency)
               = (r.books_unit_id, r.organisation_id, r.currency)""",
    ),
    Change(
        "a unit's first payout that one person took",
        "I8 a line that one person took as a payout came from where two had taken one before",
        "match",
        """SELECT id FROM match WHERE rest_to = 'stripe_in_transit' AND state = 'confirmed'
               AND payout_id IS NOT NULL ORDER BY id LIMIT 1""",
        """UPDATE match SET state = 'matched', needs_second = false, confirmed_by = NULL
           WHERE id = '{id}'""",
    ),
    *(
        Change(
            f"{what} a loss took itself of credit that was a mistake",
            "I11 what credit gave for a lost chargeback is posted from its payer's credit",
            "chargeback_recovery",
            "SELECT id FROM chargeback_recovery WHERE at_loss ORDER BY id LIMIT 1",
            f"UPDATE chargeback_recovery SET {change} WHERE id = '{{id}}'",
        )
        for what, change in (
            ("what", "amount_minor = amount_minor + 1"),
            ("that", "at_loss = false"),
            ("when", "recovered_on = recovered_on - 1"),
        )
    ),
    Change(
        "that a loss took itself what went back with a match",
        "I6 what a lost chargeback left in suspense is what it says, and no more",
        "chargeback",
        "SELECT chargeback_id AS id FROM chargeback_recovery WHERE at_loss ORDER BY id LIMIT 1",
        "UPDATE chargeback_recovery SET at_loss = false WHERE chargeback_id = '{id}'",
    ),
)
