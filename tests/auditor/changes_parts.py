"""The same for what else a check looks for: each change is noticed by another part of it."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import ANY, TRANSFER, Change

ACTIVE: Final = "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1"
AWARDED: Final = "SELECT id FROM contract WHERE award_id IS NOT NULL ORDER BY id LIMIT 1"
NOTE: Final = "SELECT id FROM credit_note WHERE state = 'issued' ORDER BY id LIMIT 1"
OFFER: Final = "SELECT proposal_id FROM proposal_revision WHERE number = 1 ORDER BY 1 LIMIT 1"
REFUSED: Final = "SELECT id FROM complaint WHERE state = 'refused' ORDER BY id LIMIT 1"
FROM_AWARD: Final = "I11 a contract from an award has the figures of the revision that was awarded"
OF_INVOICE: Final = "I7 a credit note is of its invoice's contract, books, currency, lines"
QUANTITIES: Final = "I7 quantity lines sum to the contract's total, each is quantity times price"
OFFERED: Final = "I7 milestones and instalments of what was offered each sum to its price"
COMPLAINT: Final = "I9 a complaint is a loser's, within the standstill"
POWER: Final = "I4 no application role has the owner's power or escapes row-level security"

BOOKS: Final = (
    Change(
        "a transfer out of other books",
        "I1 no transfer crosses books or currencies",
        "transfer",
        TRANSFER,
        """UPDATE transfer SET debit_account = (SELECT max(a.id) FROM account a, account c
           WHERE c.id = credit_account AND a.books <> c.books AND a.currency = c.currency)
           WHERE id = {id}""",
    ),
    Change(
        "a transfer into another currency",
        "I1 no transfer crosses books or currencies",
        "transfer",
        TRANSFER,
        """UPDATE account SET currency = 'USD'
           WHERE id = (SELECT debit_account FROM transfer WHERE id = {id})""",
    ),
    Change(
        "a version of a kept balance that is left out",
        "I3 each version of a controlled account follows from the one before",
        "controlled_entry",
        """SELECT account_id || '/' || max(version) + 1 FROM controlled_entry
           GROUP BY account_id ORDER BY 1 LIMIT 1""",
        """UPDATE controlled_entry SET version = version + 1
           WHERE account_id || '/' || version + 1 = '{id}'""",
    ),
    Change(
        "how many lines a statement brought",
        "I8 a statement has the lines that it brought, and opens and closes with them",
        "statement",
        ANY.format("statement"),
        "UPDATE statement SET new_lines = new_lines - 1 WHERE id = '{id}'",
    ),
    Change(
        "what a card paid",
        "I6 what a card paid is what its invoices and the payer's credit got at first",
        "stripe_line",
        "SELECT id FROM stripe_line WHERE category = 'charge' AND is_explained LIMIT 1",
        """ALTER TABLE stripe_line DROP CONSTRAINT stripe_line_check1;
           UPDATE stripe_line SET paid_minor = coalesce(paid_minor, amount_minor) + 1
           WHERE id = '{id}'""",
    ),
    Change(
        "the currency of a refund in a list",
        "I7 a transfer list has the refunds, the sum, the books and the account that it says",
        "refund_list",
        ANY.format("refund_list"),
        "UPDATE refund SET currency = 'USD' WHERE refund_list_id = '{id}'",
    ),
    Change(
        "a refund's number that is left out",
        "I14 refund numbers have no gap in a book's year, and state year and serial",
        "refund",
        "SELECT id FROM refund WHERE serial = 2 ORDER BY id LIMIT 1",
        """DELETE FROM refund r USING refund n WHERE n.id = '{id}' AND r.serial = 1
           AND (r.books_unit_id, r.year) = (n.books_unit_id, n.year)""",
    ),
    Change(
        "the year of a refund",
        "I14 refund numbers have no gap in a book's year, and state year and serial",
        "refund",
        ANY.format("refund"),
        "UPDATE refund SET intended_on = intended_on - 400 WHERE id = '{id}'",
    ),
    Change(
        "the year of a credit note",
        "I14 a credit note's number states its year and serial",
        "credit_note",
        NOTE,
        "UPDATE credit_note SET issued_on = issued_on - 400 WHERE id = '{id}'",
    ),
    Change(
        "whose milestone a credit note takes from",
        OF_INVOICE,
        "credit_note",
        NOTE,
        """UPDATE credit_note_part p SET milestone_id = (SELECT m.id FROM milestone m
               JOIN credit_note n ON n.id = p.credit_note_id
               WHERE m.contract_id <> n.contract_id LIMIT 1)
           WHERE credit_note_id = '{id}' AND milestone_id = (
               SELECT min(milestone_id::text)::uuid FROM credit_note_part
               WHERE credit_note_id = '{id}')""",
    ),
    Change(
        "a line of a credit note that its invoice does not have",
        OF_INVOICE,
        "credit_note",
        NOTE,
        "UPDATE credit_note_line SET position = position + 50 WHERE credit_note_id = '{id}'",
    ),
    Change(
        "what a credit note takes from the owners",
        OF_INVOICE,
        "credit_note",
        "SELECT id FROM credit_note WHERE state = 'issued' AND net_minor > 0 ORDER BY id LIMIT 1",
        """UPDATE credit_note SET owner_minor = owner_minor + 1, net_minor = net_minor - 1
           WHERE id = '{id}'""",
    ),
    Change(
        "the amount of a red fapiao",
        "I9 each credit note on an invoice whose fapiao was out has a red fapiao of its amount",
        "credit_note",
        "SELECT credit_note_id FROM red_fapiao ORDER BY id LIMIT 1",
        "UPDATE red_fapiao SET amount_minor = amount_minor + 1 WHERE credit_note_id = '{id}'",
    ),
    Change(
        "a fapiao that waits for nothing",
        "I9 a fapiao waits while a red one does",
        "fapiao",
        "SELECT id FROM fapiao WHERE state = 'delivered' ORDER BY id LIMIT 1",
        "UPDATE fapiao SET state = 'red_requested' WHERE id = '{id}'",
    ),
)

CONTRACTS: Final = (
    Change(
        "the hash beside a text",
        "I4 a text has the hash that is kept beside it and the one that was signed",
        "contract_text",
        ANY.format("contract_text"),
        """ALTER TABLE contract_text DROP CONSTRAINT hash_is_of_the_body;
           UPDATE contract_text SET sha256 = sha256(sha256) WHERE id = '{id}'""",
    ),
    Change(
        "a contract that one person signed for both",
        "I4 a contract in force is signed by both parties, by two people",
        "contract",
        ACTIVE,
        """ALTER TABLE signature DROP CONSTRAINT nobody_signs_for_both;
           UPDATE signature SET signer_id = (SELECT min(signer_id::text)::uuid FROM signature
           WHERE contract_id = '{id}') WHERE contract_id = '{id}'""",
    ),
    Change(
        "the amount of a quantity line",
        QUANTITIES,
        "contract",
        ACTIVE,
        """ALTER TABLE quantity_line DROP CONSTRAINT quantity_line_check;
           UPDATE quantity_line SET amount_minor = amount_minor + 1 WHERE contract_id = '{id}'""",
    ),
    Change(
        "the unit price of a quantity line",
        QUANTITIES,
        "contract",
        ACTIVE,
        """ALTER TABLE quantity_line DROP CONSTRAINT quantity_line_check;
           UPDATE quantity_line SET unit_price_minor = unit_price_minor + 1
           WHERE contract_id = '{id}'""",
    ),
    *(
        Change(
            f"the {parts} of what was offered",
            OFFERED,
            "proposal_revision",
            OFFER,
            f"""ALTER TABLE proposal_revision DROP CONSTRAINT {parts}_sum_to_the_price,
                    DROP CONSTRAINT IF EXISTS something_is_performed;
                UPDATE proposal_revision SET {parts} = '[]'
                WHERE proposal_id = '{{id}}' AND number = 1""",
        )
        for parts in ("milestones", "instalments")
    ),
    Change(
        "the milestones of a counter-offer",
        OFFERED,
        "counter_offer",
        ANY.format("counter_offer"),
        """ALTER TABLE counter_offer DROP CONSTRAINT milestones_sum_to_the_price,
               DROP CONSTRAINT something_is_performed;
           UPDATE counter_offer SET milestones = '[]' WHERE id = '{id}'""",
    ),
    Change(
        "when an event says that a proposal was opened",
        "I9 a proposal is opened at the deadline of its request, never earlier",
        "proposal",
        "SELECT subject_id FROM event WHERE name = 'proposal.opened' ORDER BY id LIMIT 1",
        """UPDATE event SET at = at - interval '1 year'
           WHERE name = 'proposal.opened' AND subject_id = '{id}'""",
    ),
    Change(
        "the awarded price of a contract",
        FROM_AWARD,
        "contract",
        AWARDED,
        """UPDATE award SET price_minor = price_minor + 1
           WHERE id = (SELECT award_id FROM contract WHERE id = '{id}')""",
    ),
    Change(
        "to whom the work of a contract was awarded",
        FROM_AWARD,
        "contract",
        AWARDED,
        """UPDATE award a SET unit_id = c.buyer_id FROM contract c
           WHERE c.id = '{id}' AND a.id = c.award_id""",
    ),
    Change(
        "who buys what was awarded",
        FROM_AWARD,
        "contract",
        AWARDED,
        "UPDATE request_owner SET buyer_id = uuidv7() WHERE '{id}' <> ''",
    ),
    Change(
        "a contract from an award that is not final",
        FROM_AWARD,
        "contract",
        AWARDED,
        """UPDATE award SET state = 'standstill', final_at = NULL
           WHERE id = (SELECT award_id FROM contract WHERE id = '{id}')""",
    ),
    Change(
        "an instalment of a contract that was awarded",
        FROM_AWARD,
        "contract",
        AWARDED,
        """UPDATE instalment SET amount_minor = amount_minor + 1, net_minor = net_minor + 1
           WHERE contract_id = '{id}' AND position = 1""",
    ),
    Change(
        "a final award of a request that goes on",
        "I9 an award is final after its standstill",
        "award",
        "SELECT id FROM award WHERE state = 'final' ORDER BY id LIMIT 1",
        """UPDATE enterprise_request SET state = 'evaluating'
           WHERE id = (SELECT request_id FROM award WHERE id = '{id}')""",
    ),
    Change(
        "who approved what he proposed",
        "I9 above the limit a second person approves what one would decide alone",
        "award",
        "SELECT id FROM award WHERE kind = 'direct' LIMIT 1",
        """ALTER TABLE award DROP CONSTRAINT four_eyes;
           UPDATE award SET approved_by = proposed_by WHERE id = '{id}'""",
    ),
    Change(
        "a complaint after the standstill",
        COMPLAINT,
        "complaint",
        REFUSED,
        """UPDATE award a SET standstill_until = c.filed_at FROM complaint c
           WHERE c.id = '{id}' AND a.id = c.award_id""",
    ),
    Change(
        "who awards and answers the complaint",
        COMPLAINT,
        "complaint",
        REFUSED,
        """UPDATE complaint c SET answered_by = a.proposed_by FROM award a
           WHERE a.id = c.award_id AND c.id = '{id}'""",
    ),
    Change(
        "a judge of another request",
        "I9 whoever scored had declared, and would do none of the work himself",
        "score",
        ANY.format("score"),
        """UPDATE judge SET request_id = uuidv7()
           WHERE id = (SELECT judge_id FROM score WHERE id = '{id}')""",
    ),
    Change(
        "a review of a contract that goes on",
        "I9 a review is by one party of a completed contract about the other",
        "review",
        ANY.format("review"),
        """UPDATE contract SET state = 'active'
           WHERE id = (SELECT contract_id FROM review WHERE id = '{id}')""",
    ),
    Change(
        "a member who withdrew and is shown",
        "I9 whoever is shown to the public agreed himself and has not withdrawn",
        "member_profile",
        ANY.format("member_profile"),
        """UPDATE event SET name = 'member_profile.withdrawn'
           WHERE name = 'member_profile.agreed' AND subject_id = '{id}'""",
    ),
)

POWERS: Final = (
    *(
        Change(
            f"the power of {power}",
            POWER,
            "role",
            "SELECT 'market_app'",
            f"ALTER ROLE {{id}} {power}",
        )
        for power in ("SUPERUSER", "CREATEROLE", "BYPASSRLS")
    ),
    Change(
        "deleting granted to the application",
        "I4 no application role can update, delete or truncate an append-only table",
        "table",
        "SELECT 'seal'",
        "GRANT DELETE ON {id} TO market_worker",
    ),
    Change(
        "writing granted to the auditor",
        "I4 the ledger and the log are written by their functions only, and the auditor only reads",
        "table",
        "SELECT 'invoice'",
        "GRANT UPDATE ON {id} TO market_auditor",
    ),
    Change(
        "a trigger that never fires",
        "I4 every append-only table has its trigger, enabled and whole",
        "table",
        "SELECT 'event'",
        """DROP TRIGGER append_only ON {id};
           CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {id}
           FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION refuse_change()""",
    ),
)

PARTS: Final = (*BOOKS, *CONTRACTS, *POWERS)
