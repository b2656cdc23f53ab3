"""The same for bank lines and the statements that bring them."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import ANY, Change, figure

LINE: Final = "SELECT id FROM bank_line WHERE state = '{}' ORDER BY id LIMIT 1"

BANK: Final = (
    figure(
        "I8 each bank line has exactly one posting on its bank account, as it says",
        "bank_line",
        "amount_minor",
        "amount_minor > 0",
    ),
    Change(
        "a bank line's day",
        "I8 each bank line has exactly one posting on its bank account, as it says",
        "bank_line",
        LINE.format("confirmed"),
        "UPDATE bank_line SET booked_on = booked_on - 1 WHERE id = '{id}'",
    ),
    Change(
        "a deleted bank line",
        "I9 the present state of a bank_line is the one that its last move led to",
        "bank_line",
        LINE.format("confirmed"),
        "DELETE FROM bank_line WHERE id = '{id}'",
    ),
    Change(
        "a bank line posted by something else",
        "I8 only bank lines, what takes them back and opening balances post",
        "transfer",
        """SELECT t.id FROM transfer t JOIN account a ON a.id = t.debit_account
           WHERE a.kind = 'bank' ORDER BY 1 LIMIT 1""",
        """UPDATE posting SET cause = 'receipt_matched:' || id
           WHERE id = (SELECT posting_id FROM transfer WHERE id = {id})""",
    ),
    figure(
        "I8 a statement has the lines that it brought, and opens and closes with them",
        "statement",
        "closing_minor",
    ),
    Change(
        "both ends of a statement",
        "I8 in a statement that was new as a whole, each printed balance follows from the",
        "statement",
        ANY.format("statement"),
        """UPDATE statement SET opening_minor = opening_minor + 1,
               closing_minor = closing_minor + 1 WHERE id = '{id}'""",
    ),
    Change(
        "what an account of begun books held at first",
        "I8 in books that have begun, a bank account holds its first opening and its lines",
        "bank_account",
        """SELECT a.id FROM bank_account a JOIN opening_balance o ON o.books = a.books_unit_id
           WHERE a.id IN (SELECT bank_account_id FROM statement) ORDER BY 1 LIMIT 1""",
        "UPDATE statement SET opening_minor = opening_minor + 1 WHERE bank_account_id = '{id}'",
    ),
    Change(
        "the file that a statement was read from",
        "I8 a statement has the hash of the file that is kept",
        "statement",
        ANY.format("statement"),
        """UPDATE file SET sha256 = sha256(sha256)
           WHERE id = (SELECT file_id FROM statement WHERE id = '{id}')""",
    ),
    Change(
        "what a payer wrote",
        "I8 a bank line has the content that it was known by when it was imported",
        "bank_line",
        LINE.format("confirmed"),
        "UPDATE bank_line SET remark = remark || '9' WHERE id = '{id}'",
    ),
    Change(
        "from which account a payment came",
        "I8 a bank line has the content that it was known by when it was imported",
        "bank_line",
        LINE.format("confirmed"),
        "UPDATE bank_line SET counterparty_account = '6222002' WHERE id = '{id}'",
    ),
    Change(
        "the number of an own account",
        "I8 a bank line has the content that it was known by when it was imported",
        "bank_line",
        LINE.format("confirmed"),
        """UPDATE bank_account SET number = number || '9'
           WHERE id = (SELECT bank_account_id FROM bank_line WHERE id = '{id}')""",
    ),
    Change(
        "a match that is gone",
        "I9 a bank line is matched or confirmed exactly when its live match is",
        "bank_line",
        LINE.format("confirmed"),
        "DELETE FROM match WHERE bank_line_id = '{id}'",
    ),
    Change(
        "the account of a statement",
        "I8 a bank line is of its statement's account, books and currency",
        "bank_line",
        LINE.format("confirmed"),
        """UPDATE statement s SET bank_account_id = (SELECT a.id FROM bank_account a
               WHERE a.id <> s.bank_account_id LIMIT 1)
           WHERE id = (SELECT statement_id FROM bank_line WHERE id = '{id}')""",
    ),
    Change(
        "what the books say that the bank held at first",
        "I8 an account's first statement opens with what the books opened with",
        "statement",
        """SELECT s.id FROM statement s JOIN opening_balance o ON o.books = s.books_unit_id
           WHERE o.state = 'approved' ORDER BY 1 LIMIT 1""",
        """INSERT INTO opening_balance_line
               (opening_balance_id, books, opening_state, position, kind, subject, currency,
                balance_minor)
           SELECT o.id, o.books, 'withdrawn', 99, 'bank', s.bank_account_id, s.currency,
               s.opening_minor + 1
           FROM statement s JOIN opening_balance o ON o.books = s.books_unit_id
           WHERE s.id = '{id}'""",
    ),
    Change(
        "a statement that does not go on where the last one ended",
        "I8 a statement opens with what the account held before it, by the lines of the others",
        "statement",
        "SELECT uuidv7()",
        """INSERT INTO statement
           SELECT (jsonb_populate_record(s, jsonb_build_object(
               'id', '{id}', 'first_on', s.until_on + 1, 'from_on', s.until_on + 1,
               'until_on', s.until_on + 1, 'opening_minor', s.closing_minor + 1,
               'closing_minor', s.closing_minor + 1, 'lines', 0, 'new_lines', 0,
               'position', s.position + 1, 'sha256', repeat('0', 64)))).*
           FROM statement s WHERE s.id = (SELECT min(id::text)::uuid FROM statement)""",
    ),
)
