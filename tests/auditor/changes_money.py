"""The same for invoices, the bank and whatever has a state."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import ANY, LAST_EVENT, POSTING, Change, figure, moved
from tests.auditor.changes_stripe import STRIPE

LINE: Final = "SELECT id FROM bank_line WHERE state = '{}' ORDER BY id LIMIT 1"

CAUSES: Final = (
    "opening_balance",
    "bank_line",
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
    "refund_intended",
    "refund_released",
    "credit_used",
    "credit_use_undone",
)

MONEY: Final = (
    *(
        Change(
            f"the day of what was posted for {cause}",
            "I11",
            "posting",
            POSTING.format(cause),
            "UPDATE posting SET effective_on = effective_on - 70 WHERE id = {id}",
        )
        for cause in CAUSES
    ),
    Change(
        "what is paid of an invoice",
        "I6",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'part_paid' ORDER BY id LIMIT 1",
        "UPDATE invoice SET paid_minor = paid_minor - 1 WHERE id = '{id}'",
    ),
    Change(
        "an invoice's amount",
        "I7",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'open' ORDER BY id LIMIT 1",
        """UPDATE invoice SET amount_minor = amount_minor + 1, net_minor = net_minor + 1
           WHERE id = '{id}'""",
    ),
    Change(
        "an invoice's amount, as its posting says",
        "I11",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'open' ORDER BY id LIMIT 1",
        """UPDATE invoice SET amount_minor = amount_minor + 1, net_minor = net_minor + 1
           WHERE id = '{id}'""",
    ),
    Change(
        "an invoice's buyer",
        "I7",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'open' ORDER BY id LIMIT 1",
        "UPDATE invoice SET buyer_id = provider_unit_id WHERE id = '{id}'",
    ),
    Change(
        "a deleted invoice",
        "I9",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'open' ORDER BY id LIMIT 1",
        "DELETE FROM invoice WHERE id = '{id}'",
    ),
    Change(
        "an invoice's serial",
        "I14",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'void' LIMIT 1",
        "UPDATE invoice SET serial = serial + 100 WHERE id = '{id}'",
    ),
    Change(
        "an invoice's number",
        "I14",
        "invoice",
        ANY.format("invoice"),
        "UPDATE invoice SET number = number || '9' WHERE id = '{id}'",
    ),
    figure("I7", "invoice_line", "net_minor")._replace(
        table="invoice", names="SELECT invoice_id FROM invoice_line WHERE id = '{id}'"
    ),
    figure("I6", "receipt", "amount_minor", "amount_minor > 0")._replace(
        table="invoice", names="SELECT invoice_id FROM receipt WHERE id = '{id}'"
    ),
    Change(
        "what an event says is paid",
        "I6",
        "invoice",
        LAST_EVENT.format("invoice.part_paid"),
        """UPDATE event SET changed = jsonb_set(changed, '{{paid_minor}}', '1') WHERE id = {id}""",
        names="SELECT subject_id FROM event WHERE id = {id}",
    ),
    Change(
        "a payment that was told twice",
        "I6",
        "invoice",
        LAST_EVENT.format("invoice.part_paid"),
        """INSERT INTO event (name, actor, subject, subject_id, version, changed)
           SELECT name, actor, subject, subject_id, version, changed FROM event WHERE id = {id}""",
        names="SELECT subject_id FROM event WHERE id = {id}",
    ),
    figure("I11", "invoice", "vat_due_minor", "vat_due_minor < vat_minor"),
    figure("I11", "tax_point", "vat_minor"),
    figure("I11", "tax_point", "surtax_minor", "surtax_minor > 0"),
    figure("I8", "bank_line", "amount_minor", "amount_minor > 0"),
    Change(
        "a bank line's day",
        "I8",
        "bank_line",
        LINE.format("confirmed"),
        "UPDATE bank_line SET booked_on = booked_on - 1 WHERE id = '{id}'",
    ),
    Change(
        "a deleted bank line",
        "I9",
        "bank_line",
        LINE.format("confirmed"),
        "DELETE FROM bank_line WHERE id = '{id}'",
    ),
    Change(
        "a bank line posted by something else",
        "I8",
        "transfer",
        """SELECT t.id FROM transfer t JOIN account a ON a.id = t.debit_account
           WHERE a.kind = 'bank' ORDER BY 1 LIMIT 1""",
        """UPDATE posting SET cause = 'receipt_matched:' || id
           WHERE id = (SELECT posting_id FROM transfer WHERE id = {id})""",
    ),
    figure("I8", "statement", "closing_minor"),
    Change(
        "both ends of a statement",
        "I8",
        "statement",
        ANY.format("statement"),
        """UPDATE statement SET opening_minor = opening_minor + 1,
               closing_minor = closing_minor + 1 WHERE id = '{id}'""",
    ),
    Change(
        "what an account of begun books held at first",
        "I8",
        "bank_account",
        """SELECT a.id FROM bank_account a JOIN opening_balance o ON o.books = a.books_unit_id
           WHERE a.id IN (SELECT bank_account_id FROM statement) ORDER BY 1 LIMIT 1""",
        "UPDATE statement SET opening_minor = opening_minor + 1 WHERE bank_account_id = '{id}'",
    ),
    Change(
        "the file that a statement was read from",
        "I8",
        "statement",
        ANY.format("statement"),
        """UPDATE file SET sha256 = sha256(sha256)
           WHERE id = (SELECT file_id FROM statement WHERE id = '{id}')""",
    ),
    Change(
        "what a payer wrote",
        "I8",
        "bank_line",
        LINE.format("confirmed"),
        "UPDATE bank_line SET remark = remark || '9' WHERE id = '{id}'",
    ),
    Change(
        "from which account a payment came",
        "I8",
        "bank_line",
        LINE.format("confirmed"),
        "UPDATE bank_line SET counterparty_account = '6222002' WHERE id = '{id}'",
    ),
    Change(
        "the number of an own account",
        "I8",
        "bank_line",
        LINE.format("confirmed"),
        """UPDATE bank_account SET number = number || '9'
           WHERE id = (SELECT bank_account_id FROM bank_line WHERE id = '{id}')""",
    ),
    Change(
        "an allocation's day",
        "I6",
        "allocation",
        "SELECT id FROM allocation WHERE taken_back_on IS NULL ORDER BY id LIMIT 1",
        "UPDATE allocation SET received_on = received_on - 1 WHERE id = '{id}'",
    ),
    Change(
        "a receipt's day",
        "I6",
        "invoice",
        "SELECT invoice_id FROM receipt WHERE amount_minor = 4197500",
        "UPDATE receipt SET received_on = received_on - 1 WHERE invoice_id = '{id}'",
    ),
    Change(
        "a receipt of nothing that happened",
        "I6",
        "invoice",
        "SELECT invoice_id FROM receipt WHERE amount_minor = 4197500",
        "UPDATE receipt SET cause = 'match_undone:' || uuidv7() WHERE invoice_id = '{id}'",
    ),
    Change(
        "a due date that the daily job missed",
        "I11",
        "invoice",
        "SELECT id FROM invoice WHERE state = 'open' AND vat_due_minor < vat_minor LIMIT 1",
        "UPDATE invoice SET issued_on = issued_on - 9, due_on = issued_on - 1 WHERE id = '{id}'",
    ),
    Change(
        "a fapiao's day",
        "I11",
        "invoice",
        "SELECT invoice_id FROM fapiao WHERE state = 'delivered'",
        """UPDATE invoice SET issued_on = issued_on - 9 WHERE id = '{id}';
           UPDATE fapiao SET issued_on = issued_on - 1 WHERE invoice_id = '{id}'""",
    ),
    Change(
        "the surtax policy that a tax point names",
        "I11",
        "tax_point",
        ANY.format("tax_point"),
        """UPDATE tax_point SET surtax_policy_id = (
               SELECT id FROM policy WHERE name = 'vat' LIMIT 1) WHERE id = '{id}'""",
    ),
    Change(
        "the rates of a surtax policy",
        "I11",
        "contract",
        "SELECT contract_id FROM tax_point WHERE surtax_minor > 0 LIMIT 1",
        """UPDATE policy SET body = '{{"of_vat_ppm": {{"education": 1}}}}'
           WHERE name = 'surtax' AND effective_on > '2000-01-01'""",
    ),
    figure("I11", "match", "amount_minor", "state = 'confirmed'"),
    figure("I11", "match", "rest_minor", "rest_to = 'customer_credit'"),
    Change(
        "the organisation whose credit it was",
        "I11",
        "match",
        "SELECT id FROM match WHERE rest_to = 'customer_credit' LIMIT 1",
        "UPDATE match SET rest_organisation_id = books_unit_id WHERE id = '{id}'",
    ),
    Change(
        "an allocation",
        "I6",
        "invoice",
        "SELECT invoice_id FROM allocation WHERE kind = 'charge'",
        "UPDATE allocation SET amount_minor = amount_minor + 1 WHERE kind = 'charge'",
    ),
    Change(
        "an allocation taken back in silence",
        "I6",
        "allocation",
        "SELECT id FROM allocation WHERE taken_back_on IS NULL ORDER BY id LIMIT 1",
        "UPDATE allocation SET taken_back_on = received_on WHERE id = '{id}'",
    ),
    figure("I11", "credit_use", "amount_minor", "state = 'used'"),
    *STRIPE,
    figure("I6", "opening_item", "paid_minor"),
    figure("I6", "opening_allocation", "charge_minor")._replace(
        table="match", names="SELECT match_id FROM opening_allocation WHERE id = '{id}'"
    ),
    figure("I6", "opening_allocation", "amount_minor")._replace(
        table="match", names="SELECT match_id FROM opening_allocation WHERE id = '{id}'"
    ),
    figure("I7", "opening_item", "amount_minor")._replace(
        table="opening_balance",
        names="SELECT opening_balance_id FROM opening_item WHERE id = '{id}'",
    ),
    Change(
        "whose opening item a match pays",
        "I11",
        "match",
        "SELECT id FROM match WHERE opening_items <> '[]' AND state = 'matched'",
        """UPDATE transfer SET credit_account = (SELECT max(id) FROM account)
           WHERE posting_id = (SELECT id FROM posting WHERE cause = 'receipt_matched:{id}')""",
    ),
    Change(
        "a buyer's receivable",
        "I11",
        "account",
        """SELECT a.id FROM account a JOIN invoice i ON (a.kind, a.subject, a.books)
               = ('receivable', i.buyer_id, i.books_unit_id) ORDER BY 1 LIMIT 1""",
        """UPDATE transfer SET amount_minor = amount_minor + 1 WHERE id =
               (SELECT min(id) FROM transfer WHERE debit_account = {id})""",
    ),
)

STATES: Final = (
    moved("organisation", "registered", "verified"),
    moved("person", "active", "erased")._replace(
        row="SELECT id FROM person WHERE state = 'active' AND email IS NOT NULL LIMIT 1",
        sql="UPDATE person SET state = 'erased', email = NULL, phone = NULL WHERE id = '{id}'",
    ),
    moved("role_grant", "revoked", "approved"),
    moved("signing_authority", "revoked", "confirmed"),
    moved("renaming", "refused", "approved")._replace(
        sql="UPDATE renaming SET state = 'approved', refusal = NULL WHERE id = '{id}'"
    ),
    moved("member", "left", "enrolled"),
    moved("invitation", "revoked", "sent"),
    moved("api_key", "revoked", "active"),
    moved("policy", "rejected", "approved"),
    Change(
        "a policy that the system is said to have decided",
        "I9",
        "policy",
        "SELECT uuidv7()",
        """INSERT INTO policy (id, name, number, effective_on, body, source, state, proposed_by,
               decided_by)
           SELECT '{id}', name, 99, effective_on, body, source, state, proposed_by, decided_by
           FROM policy WHERE name = 'vat' AND number = 1""",
    ),
    Change(
        "who verified an enterprise",
        "I9",
        "verification",
        ANY.format("verification"),
        "UPDATE verification SET decided_by = uuidv7() WHERE id = '{id}'",
    ),
    Change(
        "a role from nowhere",
        "I9",
        "role_grant",
        "SELECT uuidv7()",
        """INSERT INTO role_grant (id, person_id, organisation_id, role, from_on, state,
               proposed_by, decided_by)
           SELECT '{id}', person_id, organisation_id, role, from_on - 9, state, proposed_by,
               decided_by
           FROM role_grant WHERE state = 'approved' LIMIT 1""",
    ),
    moved("opening_balance", "approved", "withdrawn")._replace(
        sql="""UPDATE opening_balance SET state = 'withdrawn', approved_by = NULL
               WHERE id = '{id}'"""
    ),
    moved("ip_right", "lapsed", "in_force"),
    moved("offering", "published", "suspended"),
    moved("offering", "discarded", "published", column="revision_state"),
    moved("contract", "active", "completed"),
    moved("milestone", "accepted", "planned")._replace(
        sql="""UPDATE milestone SET state = 'planned', accepted_at = NULL, started_at = NULL,
               started_by = NULL WHERE id = '{id}'"""
    ),
    moved("bank_account", "rejected", "approved")._replace(
        sql="UPDATE bank_account SET state = 'approved', note = NULL WHERE id = '{id}'"
    ),
    moved("bank_line", "confirmed", "unmatched"),
    moved("invoice", "open", "void"),
    moved("void_proposal", "rejected", "approved")._replace(
        sql="UPDATE void_proposal SET state = 'approved', note = NULL WHERE id = '{id}'"
    ),
    moved("fapiao", "delivered", "issued")._replace(
        sql="""UPDATE fapiao SET state = 'issued', delivered_on = NULL, delivered_by = NULL
               WHERE id = '{id}'"""
    ),
    moved("match", "confirmed", "matched"),
    moved("credit_use", "undone", "used")._replace(
        sql="""UPDATE credit_use SET state = 'used', undone_by = NULL, undone_on = NULL,
               undo_reason = NULL WHERE id = '{id}'"""
    ),
)
