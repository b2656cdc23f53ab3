"""The same for imports that were taken back."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import Change, figure, moved

LINE: Final = """SELECT id FROM bank_line WHERE state = 'retracted' AND amount_minor <> 0
    ORDER BY id LIMIT 1"""
STATEMENT: Final = "SELECT id FROM statement WHERE state = 'retracted' ORDER BY id LIMIT 1"
BACK: Final = """(SELECT id FROM posting WHERE cause = 'bank_line_retracted:{id}')"""

RETRACTIONS: Final = (
    Change(
        "how much of a line was posted back",
        "I8 a line that was taken back is posted back once, on its day",
        "bank_line",
        LINE,
        f"UPDATE transfer SET amount_minor = amount_minor + 1 WHERE posting_id = {BACK}",
    ),
    Change(
        "from where a line was posted back",
        "I8 a line that was taken back is posted back once, on its day",
        "bank_line",
        LINE,
        f"""UPDATE transfer SET debit_account = credit_account, credit_account = debit_account
            WHERE posting_id = {BACK}""",
    ),
    Change(
        "a line posted back by nothing",
        "I8 a line that was taken back is posted back once, on its day",
        "bank_line",
        LINE,
        f"DELETE FROM posting WHERE id = {BACK}",
    ),
    Change(
        "a line that stands, posted back",
        "I8 a line that was taken back is posted back once, on its day",
        "bank_line",
        "SELECT id FROM bank_line WHERE state = 'unmatched' AND amount_minor > 0 LIMIT 1",
        """UPDATE posting SET cause = 'bank_line_retracted:{id}'
           WHERE cause = 'bank_line:{id}'""",
    ),
    Change(
        "a line left behind in a statement that was taken back",
        "I9 a bank line is taken back exactly when its statement is",
        "bank_line",
        LINE,
        "UPDATE bank_line SET state = 'unmatched' WHERE id = '{id}'",
    ),
    Change(
        "a statement taken back without an approval",
        "I9 a statement is taken back exactly when taking its import back was",
        "statement",
        STATEMENT,
        """UPDATE statement_retraction SET state = 'proposed', decided_by = NULL,
               decided_at = NULL
           WHERE file_id = (SELECT file_id FROM statement WHERE id = '{id}')""",
    ),
    Change(
        "the account that an import was taken back from",
        "I9 a statement is taken back exactly when taking its import back was",
        "statement",
        STATEMENT,
        """UPDATE statement_retraction SET bank_account_id = uuidv7()
           WHERE file_id = (SELECT file_id FROM statement WHERE id = '{id}')""",
    ),
    Change(
        "a line taken back with a match that waits",
        "I9 a line that was taken back has no live match, and none waits",
        "bank_line",
        """SELECT l.id FROM bank_line l JOIN match m ON m.bank_line_id = l.id
           WHERE l.state = 'retracted' LIMIT 1""",
        """UPDATE match SET state = 'waiting', needs_second = true, way = 'by_hand',
               undone_by = NULL, undone_on = NULL, undo_reason = NULL
           WHERE bank_line_id = '{id}'""",
    ),
    Change(
        "a line taken back that another is to meet",
        "I9 a line that was taken back has no live match, and none waits",
        "bank_line",
        LINE,
        """UPDATE match SET other_line_id = '{id}'
           WHERE id = (SELECT id FROM match WHERE state = 'matched' AND rest_to = 'returned'
                       LIMIT 1)""",
    ),
    figure("I11 a retraction tells as many lines", "statement_retraction", "lines"),
    figure("I11 a retraction tells as many lines", "statement_retraction", "amount_minor"),
    Change(
        "which of two imports was taken back first",
        "I9 when an import was taken back, whatever came into its account later",
        "statement",
        """SELECT s.id FROM statement s JOIN statement o ON o.bank_account_id = s.bank_account_id
               AND o.state = 'retracted' AND o.id < s.id
           WHERE s.state = 'retracted' ORDER BY s.id LIMIT 1""",
        """UPDATE event e SET subject_id = CASE e.subject_id WHEN s.id THEN o.id ELSE s.id END
           FROM statement s JOIN statement o ON o.bank_account_id = s.bank_account_id
               AND o.state = 'retracted' AND o.id < s.id
           WHERE s.id = '{id}' AND e.name = 'statement.retracted'
             AND e.subject_id IN (s.id, o.id)""",
    ),
    moved("statement", "retracted", "imported"),
    moved("statement", "imported", "retracted"),
    moved("bank_line", "retracted", "unmatched"),
    moved("statement_retraction", "approved", "rejected")._replace(
        sql="""UPDATE statement_retraction SET state = 'rejected', note = '账户无误'
               WHERE id = '{id}'"""
    ),
)
