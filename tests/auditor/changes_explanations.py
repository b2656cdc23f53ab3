"""The same for what left suspense: lines of Stripe's balance, and chargebacks' debts."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import Change, figure, moved

PERSON: Final = "belongs_to NOT IN ('rule', 'customer_credit', 'refund_pending')"
APPROVED: Final = "SELECT id FROM stripe_explanation WHERE state = 'approved' AND {} LIMIT 1"
UNDONE: Final = "SELECT id FROM stripe_explanation WHERE state = 'undone' LIMIT 1"
MIRRORED: Final = "I11 what an explanation had posted is mirrored where it is undone, account by"
OF: Final = """(SELECT p.id FROM posting p JOIN stripe_line l ON l.cause = p.cause
    WHERE l.explanation_id = '{id}')"""
POSTED: Final = "I11 an approved explanation takes its amount out of suspense"
CAUSE: Final = "I11 an approved explanation, undone later or not, says under which cause"
ONE: Final = "I9 a line left suspense by one approved explanation of it"
OWED: Final = "I11 what an explanation made owed again is what was taken back of the invoices"
LEFT: Final = "I8 what nothing explains of Stripe's balance stands in suspense, and nothing else"
LINE: Final = "SELECT stripe_line_id AS id FROM stripe_explanation WHERE state = 'approved' AND {}"

OWN: Final = "I9 who decided on a refund or a chargeback's write-off, moved credit, explained"
# Of its own person, who holds his role for an hour.
AS_ITS_PAYER: Final = """
    UPDATE event SET at = at - interval '1 hour' WHERE name LIKE 'role_grant.%';
    UPDATE {} = (SELECT organisation FROM event
        WHERE subject_id = '{{id}}' AND name LIKE '%.proposed') WHERE id = {};"""
LINE_OF: Final = "(SELECT stripe_line_id FROM stripe_explanation WHERE id = '{id}')"
A_CHARGEBACK: Final = """(SELECT {} FROM chargeback WHERE online_payment_id IS NOT NULL
    ORDER BY id LIMIT 1)"""
A_PAYMENT: Final = "(SELECT id FROM online_payment ORDER BY id LIMIT 1)"
A_REFUND: Final = "(SELECT id FROM refund WHERE stripe_refund_id IS NOT NULL ORDER BY id LIMIT 1)"

EXPLANATIONS: Final = (
    Change(
        "whose charge it is that somebody of its own explained a refund of",
        OWN,
        "stripe_explanation",
        APPROVED.format("belongs_to = 'customer_credit'"),
        AS_ITS_PAYER.format(
            "online_payment SET buyer_id",
            "(SELECT online_payment_id FROM stripe_explanation WHERE id = '{id}')",
        ),
    ),
    Change(
        "whose payment a line is of that somebody of its own explained otherwise",
        OWN,
        "stripe_explanation",
        APPROVED.format(PERSON),
        AS_ITS_PAYER.format("online_payment SET buyer_id", A_PAYMENT)
        + f"UPDATE stripe_line SET online_payment_id = {A_PAYMENT} WHERE id = {LINE_OF}",
    ),
    *(
        Change(
            f"whose {what} a line is of that somebody of its own explained otherwise",
            OWN,
            "stripe_explanation",
            APPROVED.format(PERSON),
            AS_ITS_PAYER.format("online_payment SET buyer_id", A_PAYMENT)
            + f"""UPDATE online_payment SET charge_id = 'ch_own', intent_id = 'pi_own',
                      books_unit_id = (SELECT books_unit_id FROM stripe_line WHERE id = {LINE_OF})
                  WHERE id = {A_PAYMENT};
                  UPDATE stripe_line SET {named} WHERE id = {LINE_OF}""",
        )
        for what, named in (
            ("attempt", "intent_id = 'pi_own'"),
            ("charge", "charge_id = 'ch_own'"),
        )
    ),
    Change(
        "whose refund a line is of that somebody of its own explained otherwise",
        OWN,
        "stripe_explanation",
        APPROVED.format(PERSON),
        AS_ITS_PAYER.format("refund SET organisation_id", A_REFUND)
        + f"""UPDATE refund SET serial = 9000, books_unit_id = (SELECT books_unit_id
                  FROM stripe_line WHERE id = {LINE_OF}) WHERE id = {A_REFUND};
              UPDATE stripe_line SET source_id = (SELECT stripe_refund_id FROM refund
                  WHERE id = {A_REFUND}) WHERE id = {LINE_OF}""",
    ),
    Change(
        "whose chargeback a line is of that somebody of its own explained",
        OWN,
        "stripe_explanation",
        APPROVED.format(PERSON),
        AS_ITS_PAYER.format("online_payment SET buyer_id", A_CHARGEBACK.format("online_payment_id"))
        + f"""UPDATE stripe_line SET source_id = 'dp_of_its_own' WHERE id = {LINE_OF};
              UPDATE chargeback SET dispute_id = 'dp_of_its_own',
                  created_at = created_at - interval '1 day',
                  books_unit_id = (SELECT books_unit_id FROM stripe_line WHERE id = {LINE_OF})
              WHERE id = {A_CHARGEBACK.format("id")}""",
    ),
    *(
        Change(
            f"how much left suspense, {what}",
            POSTED,
            "stripe_explanation",
            APPROVED.format(where),
            f"UPDATE transfer SET amount_minor = amount_minor + 1 WHERE posting_id = {OF}",
        )
        for what, where in (
            ("by a person", PERSON),
            ("by the rule", "belongs_to = 'rule'"),
            ("off a credit", "belongs_to = 'customer_credit'"),
            ("off a payment", "belongs_to = 'receivable'"),
            ("for a refund", "belongs_to = 'refund_pending'"),
        )
    ),
    Change(
        "where it went",
        POSTED,
        "stripe_explanation",
        APPROVED.format("belongs_to = 'stripe_fees'"),
        "UPDATE stripe_explanation SET belongs_to = 'write_off' WHERE id = '{id}'",
    ),
    Change(
        "whose credit was refunded",
        POSTED,
        "stripe_explanation",
        APPROVED.format("belongs_to = 'customer_credit'"),
        """UPDATE online_payment SET buyer_id = uuidv7()
           WHERE id = (SELECT online_payment_id FROM stripe_explanation WHERE id = '{id}')""",
    ),
    figure(POSTED, "stripe_explanation", "amount_minor", f"state = 'approved' AND {PERSON}"),
    Change(
        "an explanation that was never posted",
        POSTED,
        "stripe_explanation",
        APPROVED.format(PERSON),
        f"DELETE FROM posting WHERE id = {OF}",
    ),
    Change(
        "a line explained by nothing",
        ONE,
        "stripe_line",
        LINE.format(PERSON) + " LIMIT 1",
        "UPDATE stripe_line SET explanation_id = NULL WHERE id = '{id}'",
    ),
    Change(
        "a line explained, told as not",
        ONE,
        "stripe_line",
        LINE.format(PERSON) + " LIMIT 1",
        """ALTER TABLE stripe_line DROP CONSTRAINT stripe_line_explained;
           UPDATE stripe_line SET is_explained = false WHERE id = '{id}'""",
    ),
    Change(
        "a line in suspense once more than explained",
        LEFT,
        "stripe_line",
        LINE.format("belongs_to = 'stripe_fees'") + " LIMIT 1",
        """UPDATE posting SET cause = 'stripe_line_explained:' || uuidv7()
           WHERE cause = 'stripe_line_explained:{id}'""",
    ),
    Change(
        "which payment a refund past the market is of",
        ONE,
        "stripe_line",
        LINE.format("belongs_to = 'customer_credit'") + " LIMIT 1",
        """UPDATE stripe_line SET online_payment_id = (SELECT id FROM online_payment
               WHERE id <> stripe_line.online_payment_id LIMIT 1) WHERE id = '{id}'""",
    ),
    Change(
        "who approved what he proposed",
        "I9 an explanation was approved by another person; what a rule booked, by the system",
        "stripe_explanation",
        APPROVED.format(PERSON),
        """ALTER TABLE stripe_explanation DROP CONSTRAINT stripe_explanation_check;
           UPDATE stripe_explanation SET decided_by = proposed_by WHERE id = '{id}'""",
    ),
    Change(
        "a rule that a person decided",
        "I9 an explanation was approved by another person; what a rule booked, by the system",
        "stripe_explanation",
        APPROVED.format(PERSON),
        "UPDATE stripe_explanation SET belongs_to = 'rule' WHERE id = '{id}'",
    ),
    Change(
        "the day for which it is explained",
        "I11 every posting has a source that calls for it, and the day of its source",
        "posting",
        """SELECT p.id FROM posting p WHERE p.cause LIKE 'stripe_line_explained:%'
           ORDER BY p.id LIMIT 1""",
        """UPDATE stripe_explanation SET explained_on = explained_on - 1
           WHERE 'stripe_line_explained:' || stripe_line_id
               = (SELECT cause FROM posting WHERE id = {id})""",
    ),
    *(
        Change(
            f"what {what} of a chargeback",
            "I11 a chargeback's write-off and its recovery are posted out of suspense",
            "chargeback_write_off",
            f"SELECT id FROM chargeback_write_off WHERE state = '{state}' LIMIT 1",
            sql,
        )
        for what, state, sql in (
            (
                "was written off",
                "approved",
                "UPDATE chargeback_write_off SET amount_minor = amount_minor + 1 WHERE id = '{id}'",
            ),
            (
                "was posted as a loss",
                "approved",
                """UPDATE transfer SET amount_minor = amount_minor + 1 WHERE posting_id = (
                       SELECT id FROM posting WHERE cause = 'chargeback_write_off:{id}')""",
            ),
            (
                "was posted as owed again",
                "recovered",
                """DELETE FROM posting WHERE cause = 'chargeback_write_off_recovered:{id}'""",
            ),
            (
                "counts as a loss",
                "approved",
                "DELETE FROM chargeback_recovery WHERE write_off_id = '{id}'",
            ),
            (
                "is owed again",
                "recovered",
                """DELETE FROM chargeback_recovery
                   WHERE write_off_id = '{id}' AND amount_minor < 0""",
            ),
        )
    ),
    moved("chargeback_write_off", "proposed", "rejected")._replace(
        sql="""UPDATE chargeback_write_off SET state = 'rejected', note = '仍可催收',
                   decided_by = uuidv7(), decided_at = market_now() WHERE id = '{id}'"""
    ),
    Change(
        "the day for which it is explained, and posted, before its money came",
        "I11 no explanation is of a day before its money came into suspense",
        "stripe_explanation",
        APPROVED.format(PERSON),
        f"""UPDATE stripe_explanation SET explained_on = explained_on - 400 WHERE id = '{{id}}';
            UPDATE posting SET effective_on = effective_on - 400 WHERE id = {OF}""",
    ),
    Change(
        "how much was refunded past the market of so small a charge",
        "I5 what was explained as a refund of a charge was within captured - what had gone back",
        "stripe_explanation",
        """SELECT x.id FROM stripe_explanation x JOIN stripe_line l ON l.id = x.stripe_line_id
           WHERE x.state = 'approved' AND x.belongs_to = 'customer_credit'
             AND l.amount_minor < 0 AND l.paid_minor IS NULL LIMIT 1""",
        """UPDATE stripe_line SET amount_minor = amount_minor - 90000000,
               net_minor = net_minor - 90000000 WHERE id =
               (SELECT stripe_line_id FROM stripe_explanation WHERE id = '{id}')""",
    ),
    moved("stripe_explanation", "proposed", "rejected")._replace(
        sql="""UPDATE stripe_explanation SET state = 'rejected', note = '不是利息',
                   decided_by = uuidv7(), decided_at = market_now() WHERE id = '{id}'"""
    ),
    Change(
        "how much came back to suspense when it was undone",
        MIRRORED,
        "stripe_explanation",
        UNDONE,
        """UPDATE transfer SET amount_minor = amount_minor + 1 WHERE posting_id =
               (SELECT id FROM posting WHERE cause = 'stripe_explanation_undone:{id}')""",
    ),
    Change(
        "from where it came back to suspense when it was undone",
        MIRRORED,
        "stripe_explanation",
        UNDONE,
        """UPDATE transfer t SET credit_account = (SELECT a.id FROM account a
                   WHERE a.kind = 'stripe_fees' AND a.books = (SELECT books FROM posting
                       WHERE cause = 'stripe_explanation_undone:{id}') LIMIT 1)
           WHERE t.posting_id = (SELECT id FROM posting
                                 WHERE cause = 'stripe_explanation_undone:{id}')""",
    ),
    Change(
        "that what was undone was posted back",
        MIRRORED,
        "stripe_explanation",
        UNDONE,
        "DELETE FROM posting WHERE cause = 'stripe_explanation_undone:{id}'",
    ),
    Change(
        "under what it was posted that was undone",
        CAUSE,
        "stripe_explanation",
        UNDONE,
        """UPDATE stripe_explanation SET cause = 'stripe_line_explained:' || stripe_line_id || ':9'
           WHERE id = '{id}'""",
    ),
    Change(
        "an approved explanation that does not say under what it is posted",
        CAUSE,
        "stripe_explanation",
        APPROVED.format("belongs_to = 'rule'"),
        """ALTER TABLE stripe_explanation DROP CONSTRAINT stripe_explanation_cause;
           UPDATE stripe_explanation SET cause = NULL WHERE id = '{id}'""",
    ),
    Change(
        "what was taken back of the invoices that are owed again",
        OWED,
        "stripe_explanation",
        APPROVED.format("belongs_to = 'receivable'"),
        """UPDATE receipt SET amount_minor = amount_minor - 1
           WHERE cause = (SELECT cause FROM stripe_line WHERE explanation_id = '{id}')""",
    ),
    Change(
        "credit that went though its payment still pays invoices",
        "I11 what an explanation made owed again comes off what its payment paid of invoices first",
        "stripe_explanation",
        APPROVED.format("belongs_to = 'receivable'"),
        f"""UPDATE transfer t SET debit_account = (SELECT a.id FROM account a
                   WHERE a.kind = 'customer_credit' AND a.currency = d.currency
                     AND (a.books, a.subject) = (d.books, d.subject))
           FROM account d
           WHERE t.posting_id = {OF} AND d.id = t.debit_account AND d.kind = 'receivable'""",
    ),
    Change(
        "that what was owed again by mistake is paid again",
        OWED,
        "stripe_explanation",
        "SELECT id FROM stripe_explanation WHERE state = 'undone' AND belongs_to = 'receivable'",
        "DELETE FROM receipt WHERE cause = 'stripe_explanation_undone:{id}'",
    ),
    Change(
        "who undid an explanation, of which nobody says so",
        "I9 an explanation is undone by one undoing of it that was approved",
        "stripe_explanation",
        UNDONE,
        """UPDATE stripe_explanation_undo SET state = 'rejected', note = '不是错误',
               undone_on = NULL WHERE explanation_id = '{id}' AND state = 'approved'""",
    ),
    Change(
        "how much is to be undone",
        "I9 an explanation is undone by one undoing of it that was approved",
        "stripe_explanation",
        """SELECT explanation_id AS id FROM stripe_explanation_undo
           WHERE state = 'proposed' LIMIT 1""",
        """UPDATE stripe_explanation_undo SET amount_minor = amount_minor + 1
           WHERE explanation_id = '{id}'""",
    ),
    Change(
        "who approved the undoing that he proposed",
        "I9 undoing an explanation was approved by another person than who proposed it",
        "stripe_explanation_undo",
        "SELECT id FROM stripe_explanation_undo WHERE state = 'approved' LIMIT 1",
        """ALTER TABLE stripe_explanation_undo DROP CONSTRAINT stripe_explanation_undo_check;
           UPDATE stripe_explanation_undo SET decided_by = proposed_by WHERE id = '{id}'""",
    ),
    Change(
        "how often a line was explained wrongly",
        "I9 a line counts the explanations of it that were undone, and stands in suspense after",
        "stripe_line",
        "SELECT stripe_line_id AS id FROM stripe_explanation WHERE state = 'undone' LIMIT 1",
        """UPDATE stripe_line SET undone_explanations = undone_explanations + 1
           WHERE id = '{id}'""",
    ),
    Change(
        "whose charge it is that somebody of its own undid the explanation of",
        OWN,
        "stripe_explanation_undo",
        """SELECT u.id FROM stripe_explanation_undo u
           JOIN stripe_explanation x ON x.id = u.explanation_id
           WHERE x.belongs_to = 'customer_credit' AND u.state = 'approved' LIMIT 1""",
        AS_ITS_PAYER.replace(
            "'stripe_explanation.proposed'", "'stripe_explanation_undo.proposed'"
        ).format(
            "online_payment SET buyer_id",
            """(SELECT x.online_payment_id FROM stripe_explanation x
                JOIN stripe_explanation_undo u ON u.explanation_id = x.id
                WHERE u.id = '{id}')""",
        ),
    ),
    Change(
        "whose charge past the market it was that somebody of its own undid what went back of",
        OWN,
        "stripe_explanation_undo",
        """SELECT u.id FROM stripe_explanation_undo u
           JOIN stripe_explanation x ON x.id = u.explanation_id
           JOIN stripe_line l ON l.id = x.stripe_line_id
           WHERE (l.category, l.charge_id) = ('refund', 'ch_dashboard')""",
        """UPDATE event SET at = at - interval '1 hour' WHERE name LIKE 'role_grant.%';
           UPDATE stripe_explanation SET created_at = '2020-01-01' WHERE id = (
               SELECT explanation_id FROM stripe_explanation_undo WHERE id = '{id}');
           UPDATE stripe_explanation SET organisation_id = (SELECT organisation FROM event
               WHERE subject_id = '{id}' AND name = 'stripe_explanation_undo.proposed')
           WHERE id = (SELECT explanation_id FROM stripe_line
                       WHERE (category, source_id) = ('charge', 'ch_dashboard'))""",
    ),
    moved("stripe_explanation_undo", "rejected", "approved")._replace(
        sql="""UPDATE stripe_explanation_undo SET state = 'approved', note = NULL,
                   undone_on = market_today() WHERE id = '{id}'"""
    ),
)
