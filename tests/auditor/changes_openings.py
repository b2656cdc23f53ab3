"""Changes of what was put into an opening balance later."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import Change

SUPPLEMENT: Final = "SELECT id FROM opening_balance WHERE supplements IS NOT NULL LIMIT 1"
BOOKS: Final = "SELECT books FROM opening_balance WHERE id = '{id}'"

OPENINGS: Final = (
    Change(
        "the day of a supplement",
        "I11 a supplement is of what its books began with, on the same day",
        "opening_balance",
        SUPPLEMENT,
        "UPDATE opening_balance SET as_of = as_of - 1 WHERE id = '{id}'",
    ),
    Change(
        "what a supplement adds to",
        "I11 a supplement is of what its books began with, on the same day",
        "opening_balance",
        SUPPLEMENT,
        """ALTER TABLE opening_balance DROP CONSTRAINT supplement_says_why;
           UPDATE opening_balance SET supplements = id WHERE id = '{id}'""",
    ),
    Change(
        "an amount of a supplement",
        "I11 each line of an approved opening balance is posted as it says",
        "opening_balance",
        SUPPLEMENT,
        """UPDATE opening_balance_line SET balance_minor = balance_minor + 1
           WHERE opening_balance_id = '{id}' AND kind = 'input_vat'""",
    ),
    Change(
        "an account of the market's own in a supplement",
        "I11 no supplement has an account that lines, invoices, refunds or contracts move",
        "opening_balance",
        SUPPLEMENT,
        """UPDATE opening_balance_line SET kind = 'suspense'
           WHERE opening_balance_id = '{id}' AND kind = 'input_vat'""",
    ),
    Change(
        "who approved what he is owed",
        "I11 nobody approved a supplement of what is owed to him",
        "opening_balance",
        SUPPLEMENT,
        """UPDATE opening_balance_line l SET kind = 'remuneration_payable', subject = o.approved_by
           FROM opening_balance o WHERE o.id = l.opening_balance_id AND o.id = '{id}'
               AND l.kind = 'input_vat'""",
    ),
    Change(
        "an account that begins twice",
        "I11 an account begins once, in the opening balance of its books or in one supplement",
        "organisation",
        SUPPLEMENT,
        """UPDATE opening_balance_line SET kind = 'vat_payable', opening_state = 'withdrawn'
           WHERE opening_balance_id = '{id}' AND kind = 'input_vat'""",
        names=BOOKS,
    ),
    Change(
        "a debt that begins twice",
        "I11 a debt begins once, told from the others of its debtor by its reference",
        "organisation",
        SUPPLEMENT,
        """UPDATE opening_item i SET opening_state = 'withdrawn', reference = o.reference
           FROM opening_item o
           WHERE i.opening_balance_id = '{id}' AND o.opening_balance_id = (
               SELECT supplements FROM opening_balance WHERE id = '{id}')""",
        names=BOOKS,
    ),
)
