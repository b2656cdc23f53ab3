"""The same for credit notes and red fapiao."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import Change, figure, moved

ISSUED: Final = "SELECT id FROM credit_note WHERE state = 'issued' ORDER BY id LIMIT 1"
PARTLY: Final = "credited_minor > 0 AND credited_minor < amount_minor - 100"

CREDIT: Final = (
    figure(
        "I6 what is credited of an invoice is the sum of its credit notes",
        "invoice",
        "credited_minor",
        PARTLY,
    ),
    Change(
        "the VAT credited of an invoice",
        "I6 what is credited of an invoice is the sum of its credit notes",
        "invoice",
        "SELECT id FROM invoice WHERE credited_vat_minor > 1 ORDER BY id LIMIT 1",
        "UPDATE invoice SET credited_vat_minor = credited_vat_minor - 1 WHERE id = '{id}'",
    ),
    Change(
        "what credit took off what was open",
        "I11 a buyer's receivable is what is open of its invoices, but for those written off",
        "account",
        """SELECT a.id FROM account a JOIN invoice i ON (a.kind, a.subject, a.books)
               = ('receivable', i.buyer_id, i.books_unit_id) WHERE i.state = 'open'
               AND i.offset_minor > 0 ORDER BY 1 LIMIT 1""",
        """UPDATE invoice SET offset_minor = offset_minor - 1 WHERE state = 'open'
               AND offset_minor > 0 AND buyer_id = (SELECT subject FROM account WHERE id = {id})""",
    ),
    figure(
        "I6 what is credited of a milestone is the sum of its parts of credit notes",
        "milestone",
        "credited_net_minor",
        "credited_net_minor > 0 AND state = 'planned'",
    ),
    Change(
        "an amount of a credit note",
        "I7 a credit note's lines and milestones sum to it",
        "credit_note",
        ISSUED,
        """UPDATE credit_note SET amount_minor = amount_minor + 1, net_minor = net_minor + 1
           WHERE id = '{id}'""",
    ),
    Change(
        "the VAT of a credit note, wherever it stands",
        "I7 the VAT credited of a line is its share, cumulative over its notes, and never more",
        "credit_note",
        "SELECT id FROM credit_note WHERE state = 'issued' AND vat_minor > 100 ORDER BY id LIMIT 1",
        """UPDATE credit_note SET vat_minor = vat_minor - 1, net_minor = net_minor + 1
           WHERE id = '{id}';
           UPDATE credit_note_line SET vat_minor = vat_minor - 1 WHERE credit_note_id = '{id}';
           UPDATE credit_note_part SET net_minor = net_minor + 1 WHERE credit_note_id = '{id}'
               AND milestone_id = (SELECT min(milestone_id::text)::uuid FROM credit_note_part
                                   WHERE credit_note_id = '{id}')""",
    ),
    Change(
        "the invoice of a credit note",
        "I7 a credit note is of its invoice's contract, books, currency, lines and milestones",
        "credit_note",
        ISSUED,
        """UPDATE credit_note n SET invoice_id = (SELECT id FROM invoice i
               WHERE i.contract_id <> n.contract_id LIMIT 1) WHERE id = '{id}'""",
    ),
    Change(
        "whether a credited milestone was accepted",
        "I11 a credit note found its milestones accepted exactly when they had been",
        "credit_note",
        "SELECT credit_note_id FROM credit_note_part WHERE accepted ORDER BY 1 LIMIT 1",
        "UPDATE credit_note_part SET accepted = NOT accepted WHERE credit_note_id = '{id}'",
    ),
    Change(
        "where a credit note is posted",
        "I11 a credit note is posted as it says: what each side loses, what is open, what was",
        "credit_note",
        """SELECT n.id FROM credit_note n WHERE n.state = 'issued' AND n.offset_minor = 0
           ORDER BY id LIMIT 1""",
        """UPDATE transfer SET credit_account =
               (SELECT min(id) FROM account WHERE kind = 'suspense')
           WHERE posting_id = (SELECT id FROM posting WHERE cause = 'credit_note:{id}')""",
    ),
    Change(
        "what was left of a credit note's milestone when it was accepted",
        "I11 what an accepted milestone passes on, less what was credited before, is all that",
        "milestone",
        """SELECT milestone_id FROM credit_note_part p JOIN milestone m ON m.id = p.milestone_id
           WHERE NOT p.accepted AND m.state = 'accepted' ORDER BY 1 LIMIT 1""",
        """UPDATE credit_note_part SET owner_minor = owner_minor + 1
           WHERE milestone_id = '{id}' AND NOT accepted""",
    ),
    Change(
        "the day on which a credit note took VAT back",
        "I11 VAT falls due on its days: receipts, fapiao, agreed day and start of work",
        "invoice",
        """SELECT invoice_id FROM tax_point WHERE reason = 'credit_note' AND vat_minor < 0
           ORDER BY 1 LIMIT 1""",
        """UPDATE tax_point SET effective_on = effective_on - 1
           WHERE invoice_id = '{id}' AND reason = 'credit_note'""",
    ),
    Change(
        "a red fapiao that is gone",
        "I9 each credit note on an invoice whose fapiao was out has a red fapiao of its amount",
        "credit_note",
        "SELECT credit_note_id FROM red_fapiao WHERE state = 'issued' ORDER BY id LIMIT 1",
        "DELETE FROM red_fapiao WHERE credit_note_id = '{id}'",
    ),
    Change(
        "a fapiao that stands though all was reversed",
        "I9 a fapiao waits while a red one does, and is reversed with the last of a whole",
        "fapiao",
        "SELECT id FROM fapiao WHERE state = 'reversed' ORDER BY id LIMIT 1",
        "UPDATE fapiao SET state = 'delivered' WHERE id = '{id}'",
    ),
    Change(
        "a credit note's serial",
        "I14 credit note numbers have no gap in a book's year",
        "credit_note",
        ISSUED,
        "UPDATE credit_note SET serial = serial + 100 WHERE id = '{id}'",
    ),
    Change(
        "a credit note's number",
        "I14 a credit note's number states its year and serial",
        "credit_note",
        ISSUED,
        "UPDATE credit_note SET number = number || '9' WHERE id = '{id}'",
    ),
    moved("credit_note", "proposed", "rejected")._replace(
        sql="""UPDATE credit_note SET state = 'rejected', decided_by = uuidv7(),
               decided_at = created_at, note = '不同意' WHERE id = '{id}'"""
    ),
    moved("red_fapiao", "issued", "requested")._replace(
        sql="""UPDATE red_fapiao SET state = 'requested', number = NULL, issued_on = NULL,
               file_id = NULL, issued_by = NULL WHERE id = '{id}'"""
    ),
)
