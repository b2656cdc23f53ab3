"""The same for invoices and whatever pays them."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import ANY, LAST_EVENT, POSTING, Change, figure
from tests.auditor.changes_stripe import STRIPE

CAUSES: Final = (
    "opening_balance",
    "opening_supplement",
    "bank_line",
    "bank_line_retracted",
    "contract_signed",
    "milestone_accepted",
    "invoice_issued",
    "invoice_void",
    "credit_note",
    "write_off",
    "write_off_recovered",
    "tax_point",
    "receipt_matched",
    "match_undone",
    "stripe_line",
    "chargeback_lost",
    "chargeback_recovered",
    "chargeback_recovery_undone",
    "chargeback_write_off",
    "chargeback_write_off_recovered",
    "stripe_line_explained",
    "stripe_explanation_undone",
    "refund_intended",
    "refund_released",
    "credit_used",
    "credit_use_undone",
)

MONEY: Final = (
    *(
        Change(
            f"the day of what was posted for {cause}",
            "I11 every posting has a source that calls for it, and the day of its source",
            "posting",
            POSTING.format(cause),
            "UPDATE posting SET effective_on = effective_on - 70 WHERE id = {id}",
        )
        for cause in CAUSES
    ),
    Change(
        "what is paid of an invoice",
        "I6 what is paid of an invoice is the sum of its live allocations",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'part_paid' ORDER BY id LIMIT 1",
        "UPDATE invoice SET paid_minor = paid_minor - 1 WHERE id = '{id}'",
    ),
    Change(
        "an invoice's amount",
        "I7 an invoice is its instalment, to the fen",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'open' ORDER BY id LIMIT 1",
        """UPDATE invoice SET amount_minor = amount_minor + 1, net_minor = net_minor + 1
           WHERE id = '{id}'""",
    ),
    Change(
        "an invoice's amount, as its posting says",
        "I11 an issued invoice is posted as receivable, position and deferred VAT",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'open' ORDER BY id LIMIT 1",
        """UPDATE invoice SET amount_minor = amount_minor + 1, net_minor = net_minor + 1
           WHERE id = '{id}'""",
    ),
    Change(
        "an invoice's buyer",
        "I7 an invoice is between its contract's parties, in its books and currency",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'open' ORDER BY id LIMIT 1",
        "UPDATE invoice SET buyer_id = provider_unit_id WHERE id = '{id}'",
    ),
    Change(
        "a deleted invoice",
        "I9 the present state of a invoice is the one that its last move led to",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'open' ORDER BY id LIMIT 1",
        "DELETE FROM invoice WHERE id = '{id}'",
    ),
    Change(
        "an invoice's serial",
        "I14 invoice numbers have no gap in a book's year",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'void' LIMIT 1",
        "UPDATE invoice SET serial = serial + 100 WHERE id = '{id}'",
    ),
    Change(
        "an invoice's number",
        "I14 an invoice's number states its year and serial",
        "invoice",
        ANY.format("invoice"),
        "UPDATE invoice SET number = number || '9' WHERE id = '{id}'",
    ),
    figure("I7 an invoice's lines sum to its net and VAT", "invoice_line", "net_minor")._replace(
        table="invoice", names="SELECT invoice_id FROM invoice_line WHERE id = '{id}'"
    ),
    figure(
        "I6 what came for an invoice on a day is the sum of that day's live allocations",
        "receipt",
        "amount_minor",
        "amount_minor > 0",
    )._replace(table="invoice", names="SELECT invoice_id FROM receipt WHERE id = '{id}'"),
    Change(
        "what an event says is paid",
        "I6 what a cause pays or takes back of an invoice is told once, with what is paid after",
        "invoice",
        LAST_EVENT.format("invoice.part_paid"),
        """UPDATE event SET changed = jsonb_set(changed, '{{paid_minor}}', '1') WHERE id = {id}""",
        names="SELECT subject_id FROM event WHERE id = {id}",
    ),
    Change(
        "a payment that was told twice",
        "I6 what a cause pays or takes back of an invoice is told once, with what is paid after",
        "invoice",
        LAST_EVENT.format("invoice.part_paid"),
        """INSERT INTO event (name, actor, subject, subject_id, version, changed)
           SELECT name, actor, subject, subject_id, version, changed FROM event WHERE id = {id}""",
        names="SELECT subject_id FROM event WHERE id = {id}",
    ),
    figure(
        "I11 an invoice's VAT due is the sum of its tax points",
        "invoice",
        "vat_due_minor",
        "vat_due_minor < vat_minor",
    ),
    figure("I11 each tax point is posted with its VAT and surtax", "tax_point", "vat_minor"),
    figure(
        "I11 each tax point is posted with its VAT and surtax",
        "tax_point",
        "surtax_minor",
        "surtax_minor > 0",
    ),
    Change(
        "an allocation's day",
        "I6 an allocation has the days of the bank line or the credit use that it comes from",
        "allocation",
        "SELECT id FROM allocation WHERE taken_back_on IS NULL ORDER BY id LIMIT 1",
        "UPDATE allocation SET received_on = received_on - 1 WHERE id = '{id}'",
    ),
    Change(
        "a receipt's day",
        "I6 what came for an invoice on a day is the sum of that day's live allocations",
        "invoice",
        "SELECT invoice_id FROM receipt WHERE amount_minor = 4197500",
        "UPDATE receipt SET received_on = received_on - 1 WHERE invoice_id = '{id}'",
    ),
    Change(
        "a receipt of nothing that happened",
        "I6 what a cause pays or takes back of an invoice is told once, with what is paid after",
        "invoice",
        "SELECT invoice_id FROM receipt WHERE amount_minor = 4197500",
        "UPDATE receipt SET cause = 'match_undone:' || uuidv7() WHERE invoice_id = '{id}'",
    ),
    Change(
        "a due date that the daily job missed",
        "I11 VAT falls due on its days: receipts, fapiao, agreed day and start of work",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'open' AND vat_due_minor < vat_minor LIMIT 1",
        "UPDATE invoice SET issued_on = issued_on - 9, due_on = issued_on - 1 WHERE id = '{id}'",
    ),
    Change(
        "a fapiao's day",
        "I11 VAT falls due on its days: receipts, fapiao, agreed day and start of work",
        "invoice",
        "SELECT invoice_id FROM fapiao WHERE state = 'delivered'",
        """UPDATE invoice SET issued_on = issued_on - 9 WHERE id = '{id}';
           UPDATE fapiao SET issued_on = issued_on - 1 WHERE invoice_id = '{id}'""",
    ),
    Change(
        "the surtax policy that a tax point names",
        "I11 the version of the surtax policy that a tax point names was in force on its day",
        "tax_point",
        ANY.format("tax_point"),
        """UPDATE tax_point SET surtax_policy_id = (
               SELECT id FROM policy WHERE name = 'vat' LIMIT 1) WHERE id = '{id}'""",
    ),
    Change(
        "the rates of a surtax policy",
        "I11 surtax is the policy's share of a contract's VAT, cumulative, each part to the fen",
        "contract",
        "SELECT contract_id FROM tax_point WHERE surtax_minor > 0 LIMIT 1",
        """UPDATE policy SET body = '{{"of_vat_ppm": {{"education": 1}}}}'
           WHERE name = 'surtax' AND effective_on > '2000-01-01'""",
    ),
    figure(
        "I11 a match takes its line's whole amount out of suspense, and an undone one brings it",
        "match",
        "amount_minor",
        "state = 'confirmed'",
    ),
    figure(
        "I11 a match's allocations and rest are its amount, and are posted where they belong",
        "match",
        "rest_minor",
        "rest_to = 'customer_credit'",
    ),
    Change(
        "the organisation whose credit it was",
        "I11 a match's allocations and rest are its amount, and are posted where they belong",
        "match",
        "SELECT id FROM match WHERE rest_to = 'customer_credit' LIMIT 1",
        "UPDATE match SET rest_organisation_id = books_unit_id WHERE id = '{id}'",
    ),
    Change(
        "an allocation",
        "I6 what came for an invoice on a day is the sum of that day's live allocations",
        "invoice",
        "SELECT invoice_id FROM allocation WHERE kind = 'charge'",
        "UPDATE allocation SET amount_minor = amount_minor + 1 WHERE kind = 'charge'",
    ),
    Change(
        "an allocation taken back in silence",
        "I6 an allocation lives as long as the match or the credit use that made it",
        "allocation",
        "SELECT id FROM allocation WHERE taken_back_on IS NULL ORDER BY id LIMIT 1",
        "UPDATE allocation SET taken_back_on = received_on WHERE id = '{id}'",
    ),
    figure(
        "I11 a use of credit is posted with its amount, and posted back when it is undone",
        "credit_use",
        "amount_minor",
        "state = 'used'",
    ),
    *STRIPE,
    figure(
        "I6 what is paid of an opening item is the sum of its live allocations",
        "opening_item",
        "paid_minor",
    ),
    figure(
        "I6 an allocation to an opening item lives as long as its match, and is what the match",
        "opening_allocation",
        "charge_minor",
    )._replace(table="match", names="SELECT match_id FROM opening_allocation WHERE id = '{id}'"),
    figure(
        "I6 an allocation to an opening item lives as long as its match, and is what the match",
        "opening_allocation",
        "amount_minor",
    )._replace(table="match", names="SELECT match_id FROM opening_allocation WHERE id = '{id}'"),
    figure(
        "I7 a receivable that the books began with is the sum of its items, of its books and",
        "opening_item",
        "amount_minor",
    )._replace(
        table="opening_balance",
        names="SELECT opening_balance_id FROM opening_item WHERE id = '{id}'",
    ),
    Change(
        "whose opening item a match pays",
        "I11 what a match gives to opening items is posted on what their organisations owe",
        "match",
        "SELECT id FROM match WHERE opening_items <> '[]' AND state = 'matched'",
        """UPDATE transfer SET credit_account = (SELECT max(id) FROM account)
           WHERE posting_id = (SELECT id FROM posting WHERE cause = 'receipt_matched:{id}')""",
    ),
    Change(
        "a buyer's receivable",
        "I11 a buyer's receivable is what is open of its invoices, but for those written off",
        "account",
        """SELECT a.id FROM account a JOIN invoice i ON (a.kind, a.subject, a.books)
               = ('receivable', i.buyer_id, i.books_unit_id) ORDER BY 1 LIMIT 1""",
        """UPDATE transfer SET amount_minor = amount_minor + 1 WHERE id =
               (SELECT min(id) FROM transfer WHERE debit_account = {id})""",
    ),
    Change(
        "what a void invoice was posted back with",
        "I11 a void invoice is posted back, another is not",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'void' LIMIT 1",
        """UPDATE transfer SET amount_minor = amount_minor + 1
           WHERE posting_id = (SELECT id FROM posting WHERE cause = 'invoice_void:{id}')""",
    ),
    Change(
        "an invoice that was never void and is posted back",
        "I11 a void invoice is posted back, another is not",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'open' ORDER BY id LIMIT 1",
        """UPDATE posting SET cause = 'invoice_void:{id}'
           WHERE id = (SELECT id FROM posting WHERE cause LIKE 'invoice_void:%')""",
    ),
    Change(
        "the contract of a tax point",
        "I11 a tax point is of its invoice's contract",
        "tax_point",
        ANY.format("tax_point"),
        """UPDATE tax_point x SET contract_id = (SELECT c.id FROM contract c
           WHERE c.id <> x.contract_id LIMIT 1) WHERE id = '{id}'""",
    ),
    *(
        Change(
            f"the number of {what} that comes next",
            f"I14 the last {what} number is the one that its series stands at",
            "number_series",
            f"SELECT max(name) FROM number_series WHERE name LIKE '{kind}:%'",
            "UPDATE number_series SET value = value + 1 WHERE name = '{id}'",
        )
        for kind, what in (
            ("invoice", "invoice"),
            ("credit_note", "credit note"),
            ("refund", "refund"),
        )
    ),
)
