"""The same for refunds and the lists that they are sent by."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import ANY, Change, figure, moved

PAID: Final = "SELECT id FROM refund WHERE state = 'paid' ORDER BY id LIMIT 1"

REFUNDS: Final = (
    figure(
        "I11 a refund is posted from credit to pending, and back when it is",
        "refund",
        "amount_minor",
        "state = 'rejected'",
    ),
    Change(
        "a refund that is pending though nobody asked for it",
        "I5 what is pending of an organisation is the sum of its refunds that are on their way",
        "account",
        """SELECT a.id FROM account a JOIN refund r ON (a.books, a.subject)
               = (r.books_unit_id, r.organisation_id)
           WHERE a.kind = 'refund_pending' AND r.state = 'proposed' LIMIT 1""",
        """UPDATE refund SET amount_minor = amount_minor - 1 WHERE state = 'proposed'
           AND organisation_id = (SELECT subject FROM account WHERE id = {id})""",
    ),
    Change(
        "to whom a refund was released",
        "I11 a refund is posted from credit to pending, and back when it is",
        "refund",
        "SELECT id FROM refund WHERE state = 'failed' ORDER BY id LIMIT 1",
        """UPDATE transfer SET credit_account = (SELECT min(id) FROM account
               WHERE kind = 'suspense')
           WHERE posting_id = (SELECT id FROM posting WHERE cause = 'refund_released:{id}')""",
    ),
    Change(
        "a refund paid by no line",
        "I9 a refund by bank is paid by exactly one line out, and returned by one in",
        "refund",
        PAID,
        "UPDATE match SET refund_id = uuidv7() WHERE refund_id = '{id}'",
    ),
    Change(
        "how much a line pays of a refund",
        "I8 a match of a refund is of its organisation, books, currency and amount",
        "match",
        """SELECT m.id FROM match m JOIN refund r ON r.id = m.refund_id
           WHERE r.state = 'paid' AND m.state = 'matched' ORDER BY 1 LIMIT 1""",
        """UPDATE refund SET amount_minor = amount_minor + 1
           WHERE id = (SELECT refund_id FROM match WHERE id = '{id}')""",
    ),
    figure(
        "I7 a transfer list has the refunds, the sum, the books and the account that it says",
        "refund_list",
        "total_minor",
    ),
    Change(
        "a refund that left its list",
        "I7 a transfer list has the refunds, the sum, the books and the account that it says",
        "refund_list",
        ANY.format("refund_list"),
        """UPDATE refund SET refund_list_id = NULL
           WHERE refund_list_id = '{id}' AND state = 'failed'""",
    ),
    Change(
        "a refund's serial",
        "I14 refund numbers have no gap in a book's year, and state year and serial",
        "refund",
        PAID,
        "UPDATE refund SET serial = serial + 100 WHERE id = '{id}'",
    ),
    Change(
        "a refund's number",
        "I14 refund numbers have no gap in a book's year, and state year and serial",
        "refund",
        PAID,
        "UPDATE refund SET number = number || '9' WHERE id = '{id}'",
    ),
    Change(
        "where a refund goes",
        "I9 a row of refund says what refund.proposed told of it",
        "refund",
        "SELECT id FROM refund WHERE state = 'approved' ORDER BY id LIMIT 1",
        "UPDATE refund SET payee_account = '6222000000000009' WHERE id = '{id}'",
    ),
    moved("refund", "paid", "sent"),
    *(
        Change(
            f"whose {what} it is that somebody of its own moved",
            "I9 who decided on a refund or a chargeback's write-off, moved credit, explained",
            table,
            f"SELECT id FROM {table} WHERE state = '{state}' {narrowed} ORDER BY id LIMIT 1",
            f"""UPDATE event SET at = at - interval '1 hour' WHERE name LIKE 'role_grant.%';
               UPDATE {table} SET organisation_id = (SELECT organisation FROM event
                   WHERE subject_id = '{{id}}' AND name = '{told}') WHERE id = '{{id}}'""",
        )
        for what, table, state, narrowed, told in (
            ("refund", "refund", "failed", "AND method = 'bank'", "refund.failed"),
            ("refund", "refund", "paid", "", "refund.approved"),
            ("credit", "credit_use", "used", "", "credit_use.used"),
            ("freed credit", "credit_use", "undone", "", "credit_use.undone"),
        )
    ),
)
