"""What a superuser may do to the tables, one change each, and which row the auditor must name."""

from __future__ import annotations

from typing import Final, NamedTuple

from market.auditor import states


class Change(NamedTuple):
    """``row`` finds the id of a row, ``sql`` changes it; ``check`` must name ``table`` and that id.

    ``check`` begins as the check does that this proves: its invariant, then what must hold in
    English. ``sql`` writes the id as {id}. ``names``: the id that is named, when it is not the
    row's own.
    """

    what: str
    check: str
    table: str
    row: str
    sql: str
    names: str = ""


TRANSFER: Final = "SELECT id FROM transfer ORDER BY id LIMIT 1"
POSTING: Final = "SELECT id FROM posting WHERE cause LIKE '{}:%' ORDER BY id LIMIT 1"
LAST_EVENT: Final = "SELECT id FROM event WHERE name = '{}' ORDER BY id DESC LIMIT 1"
ANY: Final = "SELECT id FROM {} ORDER BY id LIMIT 1"
DAY: Final = (
    "SELECT account_id || '/' || period || '/' || effective_on FROM account_day ORDER BY 1 LIMIT 1"
)


def moved(table: str, state: str, to: str, column: str = "state") -> Change:
    """A state that no move led to."""
    (subject,) = (s.subject for s in states.STATEFUL if (s.table, s.column) == (table, column))
    check = f"I9 the present state of a {subject} is"
    row = f"SELECT id FROM {table} WHERE {column} = '{state}' ORDER BY id LIMIT 1"
    sql = f"UPDATE {table} SET {column} = '{to}' WHERE id = '{{id}}'"
    return Change(f"the state of a row of {table}", check, table, row, sql)


def figure(check: str, table: str, column: str, where: str = "true") -> Change:
    """One unit more of something, with every constraint that would have noticed gone."""
    row = f"SELECT id FROM {table} WHERE {where} ORDER BY id LIMIT 1"
    sql = f"UPDATE {table} SET {column} = {column} + 1 WHERE id = '{{id}}'"
    return Change(f"{column} of {table}", check, table, row, sql)


LEDGER: Final = (
    figure("I10 the seals hold and nothing under them has changed", "transfer", "amount_minor"),
    Change(
        "a transfer's account",
        "I10 the seals hold and nothing under them has changed",
        "transfer",
        TRANSFER,
        """UPDATE transfer SET credit_account = (SELECT max(id) FROM account WHERE id
           <> debit_account) WHERE id = {id}""",
    ),
    Change(
        "a deleted transfer",
        "I10 the seals hold and nothing under them has changed",
        "transfer",
        TRANSFER,
        "DELETE FROM transfer WHERE id = {id}",
    ),
    Change(
        "a transfer inserted under an old posting",
        "I10 the seals hold and nothing under them has changed",
        "transfer",
        "SELECT max(id) + 1 FROM transfer",
        """INSERT INTO transfer (id, posting_id, debit_account, credit_account, amount_minor)
           OVERRIDING SYSTEM VALUE
           SELECT {id}, posting_id, debit_account, credit_account, 1 FROM transfer LIMIT 1""",
    ),
    Change(
        "a deleted posting",
        "I1 every posting that a transfer, a balance or a voucher belongs to is there",
        "posting",
        POSTING.format("invoice_issued"),
        "DELETE FROM posting WHERE id = {id}",
    ),
    Change(
        "a posting robbed of its transfers",
        "I1 every posting has transfers",
        "posting",
        POSTING.format("invoice_issued"),
        "DELETE FROM transfer WHERE posting_id = {id}",
    ),
    Change(
        "a posting out of nothing",
        "I11 every posting has a source that calls for it, and the day of its source",
        "posting",
        POSTING.format("contract_signed"),
        "UPDATE posting SET cause = 'contract_signed:' || uuidv7() WHERE id = {id}",
    ),
    Change(
        "a posting of nobody",
        "I9 every event and every posting has an actor who is known",
        "posting",
        POSTING.format("bank_line"),
        "UPDATE posting SET actor = uuidv7() WHERE id = {id}",
    ),
    Change(
        "a transfer into other books",
        "I1 no transfer crosses books or currencies",
        "transfer",
        TRANSFER,
        """UPDATE transfer SET credit_account = (SELECT max(a.id) FROM account a, account d
           WHERE d.id = debit_account AND a.books <> d.books) WHERE id = {id}""",
    ),
    Change(
        "a kept balance",
        "I2 a kept balance equals the fold of its transfers",
        "controlled_balance",
        "SELECT max(account_id) FROM controlled_balance",
        "UPDATE controlled_balance SET balance_minor = balance_minor + 1 WHERE account_id = {id}",
    ),
    Change(
        "a deleted balance",
        "I2 every controlled account keeps a balance",
        "account",
        "SELECT max(account_id) FROM controlled_balance",
        "DELETE FROM controlled_balance WHERE account_id = {id}",
    ),
    Change(
        "a version of a kept balance",
        "I3 each version of a controlled account follows from the one before and is never below",
        "controlled_entry",
        "SELECT account_id || '/' || version FROM controlled_entry ORDER BY 1 LIMIT 1",
        """UPDATE controlled_entry SET balance_minor = balance_minor + 1
           WHERE account_id || '/' || version = '{id}'""",
    ),
    Change(
        "a folded day of an account",
        "I2 what is folded of an account's days is the sum of the transfers that are folded",
        "account_day",
        DAY,
        """UPDATE account_day SET debit_minor = debit_minor + 1
           WHERE account_id || '/' || period || '/' || effective_on = '{id}'""",
    ),
    Change(
        "a folded day of an account that is gone",
        "I2 what is folded of an account's days is the sum of the transfers that are folded",
        "account_day",
        DAY,
        """DELETE FROM account_day
           WHERE account_id || '/' || period || '/' || effective_on = '{id}'""",
    ),
    Change(
        "a day that nothing was folded into",
        "I2 what is folded of an account's days is the sum of the transfers that are folded",
        "account_day",
        "SELECT max(id) || '/2026-01-01/2026-01-01' FROM account",
        """INSERT INTO account_day SELECT max(id), '2026-01-01', '2026-01-01', 1, 1
           FROM account""",
    ),
    Change(
        "up to where transfers are folded",
        "I2 what is folded of an account's days is the sum of the transfers that are folded",
        "account_day",
        DAY,
        "UPDATE tally_fold SET xid = '0', epoch = 0",
    ),
    Change(
        "that it is known up to where",
        "I2 it is known up to where transfers are folded",
        "tally_fold",
        "SELECT is_only FROM tally_fold",
        "DELETE FROM tally_fold",
        names="SELECT 'true'",
    ),
    Change(
        "a voucher's number",
        "I14 voucher numbers have no gap in a book's month",
        "voucher",
        "SELECT books || '/' || month || '/' FROM voucher GROUP BY books, month LIMIT 1",
        """UPDATE voucher SET number = number + 1000
           WHERE (books || '/' || month || '/', number) = ('{id}', 1)""",
        names="1001",
    ),
    Change(
        "two vouchers that changed places",
        "I14 voucher numbers follow the order of commits",
        "voucher",
        "SELECT books || '/' || month || '/2' FROM voucher WHERE number = 2 LIMIT 1",
        """UPDATE voucher SET number = 1000 WHERE books || '/' || month || '/' || number = '{id}';
           UPDATE voucher SET number = 2
           WHERE books || '/' || month || '/2' = '{id}' AND number = 1;
           UPDATE voucher SET number = 1 WHERE books || '/' || month || '/2' = '{id}'
               AND number = 1000""",
    ),
    Change(
        "a deleted voucher",
        "I14 no posting is left without a voucher once a later one has its",
        "posting",
        "SELECT posting_id FROM voucher WHERE number = 1 ORDER BY 1 LIMIT 1",
        "DELETE FROM voucher WHERE posting_id = {id}",
    ),
    Change(
        "a month closed before its vouchers",
        "I14 a closed month has no posting without a voucher",
        "posting",
        "SELECT max(posting_id) FROM voucher",
        """UPDATE period SET state = 'closed' FROM posting p WHERE p.id = {id}
               AND (period.books, period.month) = (p.books, p.period);
           DELETE FROM voucher WHERE posting_id = {id}""",
    ),
    Change(
        "a line of an opening balance",
        "I11 each line of an approved opening balance is posted as it says",
        "opening_balance",
        ANY.format("opening_balance"),
        """UPDATE opening_balance_line SET balance_minor = balance_minor + 1
           WHERE opening_balance_id = '{id}' AND kind = 'receivable'""",
    ),
    Change(
        "who owes what the books begin with",
        "I11 no line of an opening balance is owed by or to the unit of the books itself",
        "organisation",
        ANY.format("opening_balance"),
        """UPDATE opening_balance_line l SET subject = o.books FROM opening_balance o
           WHERE o.id = '{id}' AND l.opening_balance_id = o.id AND l.kind = 'receivable'""",
        names="SELECT books FROM opening_balance WHERE id = '{id}'",
    ),
    Change(
        "whose credit an account keeps",
        "I11 whose an account is exists: an organisation, a person, a contract, a bank account",
        "account",
        "SELECT min(id) FROM account WHERE kind = 'customer_credit'",
        "UPDATE account SET subject = uuidv7() WHERE id = {id}",
    ),
    Change(
        "the day on which books begin",
        "I11 books hold no posting of a day before they begin",
        "posting",
        POSTING.format("opening_balance"),
        """UPDATE opening_balance SET as_of = as_of + 1
           WHERE books = (SELECT books FROM posting WHERE id = {id})""",
    ),
    Change(
        "an open item that is an invoice",
        "I11 no open item that books begin with is an invoice of theirs",
        "opening_item",
        ANY.format("opening_item"),
        """UPDATE invoice v SET books_unit_id = i.books_unit_id, number = i.reference,
               created_at = '2026-01-01'
           FROM opening_item i
           WHERE i.id = '{id}' AND v.id = (SELECT id FROM invoice LIMIT 1)""",
    ),
    Change(
        "a debt to oneself",
        "I11 no account is of the unit of its books, nor was of one kept in them when it began",
        "account",
        "SELECT id FROM account WHERE kind = 'receivable' ORDER BY id LIMIT 1",
        "UPDATE account SET subject = books WHERE id = {id}",
    ),
    Change(
        "a line of an opening balance that is gone",
        "I11 an approved opening balance posts exactly its lines, and no other leg",
        "opening_balance",
        ANY.format("opening_balance"),
        "DELETE FROM opening_balance_line WHERE opening_balance_id = '{id}'"
        " AND kind = 'vat_payable'",
    ),
    Change(
        "an account that is gone",
        "I1 the closing trial balance balances and equals the fold of all transfers",
        "organisation",
        "SELECT min(id) FROM account WHERE kind = 'tax_expense'",
        "DELETE FROM account WHERE id = {id}",
        names="SELECT books FROM account WHERE id = {id}",
    ),
    Change(
        "how often a kept balance was changed",
        "I2 a kept balance equals its last version",
        "controlled_balance",
        "SELECT max(account_id) FROM controlled_balance",
        "UPDATE controlled_balance SET version = version + 1 WHERE account_id = {id}",
    ),
    Change(
        "the month of a posting that has its voucher",
        "I14 a voucher lies in its posting's books and month",
        "voucher",
        "SELECT books || '/' || month || '/1' FROM voucher GROUP BY books, month LIMIT 1",
        """UPDATE posting SET period = period + interval '1 month' FROM voucher v
           WHERE v.posting_id = posting.id AND v.books || '/' || v.month || '/' || v.number = '{id}'
        """,
    ),
)
