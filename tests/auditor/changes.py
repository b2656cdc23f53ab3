"""What a superuser may do to the tables, one change each, and which row the auditor must name."""

from __future__ import annotations

from typing import Final, NamedTuple


class Change(NamedTuple):
    """``row`` finds the id of a row, ``sql`` changes it; a fault must name ``table`` and that id.

    ``sql`` writes the id as {id}. ``names``: the id that is named, when it is not the row's own.
    """

    what: str
    invariant: str
    table: str
    row: str
    sql: str
    names: str = ""


TRANSFER: Final = "SELECT id FROM transfer ORDER BY id LIMIT 1"
POSTING: Final = "SELECT id FROM posting WHERE cause LIKE '{}:%' ORDER BY id LIMIT 1"
LAST_EVENT: Final = "SELECT id FROM event WHERE name = '{}' ORDER BY id DESC LIMIT 1"
ANY: Final = "SELECT id FROM {} ORDER BY id LIMIT 1"
TABLE: Final = "SELECT '{}'"
DAY: Final = (
    "SELECT account_id || '/' || period || '/' || effective_on FROM account_day ORDER BY 1 LIMIT 1"
)


def moved(table: str, state: str, to: str, column: str = "state") -> Change:
    """A state that no move led to."""
    row = f"SELECT id FROM {table} WHERE {column} = '{state}' ORDER BY id LIMIT 1"
    sql = f"UPDATE {table} SET {column} = '{to}' WHERE id = '{{id}}'"
    return Change(f"the state of a row of {table}", "I9", table, row, sql)


def figure(invariant: str, table: str, column: str, where: str = "true") -> Change:
    """One unit more of something, with every constraint that would have noticed gone."""
    row = f"SELECT id FROM {table} WHERE {where} ORDER BY id LIMIT 1"
    sql = f"UPDATE {table} SET {column} = {column} + 1 WHERE id = '{{id}}'"
    return Change(f"{column} of {table}", invariant, table, row, sql)


LEDGER: Final = (
    figure("I10", "transfer", "amount_minor"),
    Change(
        "a transfer's account",
        "I10",
        "transfer",
        TRANSFER,
        """UPDATE transfer SET credit_account = (SELECT max(id) FROM account WHERE id
           <> debit_account) WHERE id = {id}""",
    ),
    Change(
        "a deleted transfer",
        "I10",
        "transfer",
        TRANSFER,
        "DELETE FROM transfer WHERE id = {id}",
    ),
    Change(
        "a transfer inserted under an old posting",
        "I10",
        "transfer",
        "SELECT max(id) + 1 FROM transfer",
        """INSERT INTO transfer (id, posting_id, debit_account, credit_account, amount_minor)
           OVERRIDING SYSTEM VALUE
           SELECT {id}, posting_id, debit_account, credit_account, 1 FROM transfer LIMIT 1""",
    ),
    Change(
        "a deleted posting",
        "I1",
        "posting",
        POSTING.format("invoice_issued"),
        "DELETE FROM posting WHERE id = {id}",
    ),
    Change(
        "a posting robbed of its transfers",
        "I1",
        "posting",
        POSTING.format("invoice_issued"),
        "DELETE FROM transfer WHERE posting_id = {id}",
    ),
    Change(
        "a posting out of nothing",
        "I11",
        "posting",
        POSTING.format("contract_signed"),
        "UPDATE posting SET cause = 'contract_signed:' || uuidv7() WHERE id = {id}",
    ),
    Change(
        "a posting of nobody",
        "I9",
        "posting",
        POSTING.format("bank_line"),
        "UPDATE posting SET actor = uuidv7() WHERE id = {id}",
    ),
    Change(
        "a transfer into other books",
        "I1",
        "transfer",
        TRANSFER,
        """UPDATE transfer SET credit_account = (SELECT max(a.id) FROM account a, account d
           WHERE d.id = debit_account AND a.books <> d.books) WHERE id = {id}""",
    ),
    Change(
        "a kept balance",
        "I2",
        "controlled_balance",
        "SELECT max(account_id) FROM controlled_balance",
        "UPDATE controlled_balance SET balance_minor = balance_minor + 1 WHERE account_id = {id}",
    ),
    Change(
        "a deleted balance",
        "I2",
        "account",
        "SELECT max(account_id) FROM controlled_balance",
        "DELETE FROM controlled_balance WHERE account_id = {id}",
    ),
    Change(
        "a version of a kept balance",
        "I3",
        "controlled_entry",
        "SELECT account_id || '/' || version FROM controlled_entry ORDER BY 1 LIMIT 1",
        """UPDATE controlled_entry SET balance_minor = balance_minor + 1
           WHERE account_id || '/' || version = '{id}'""",
    ),
    Change(
        "a folded day of an account",
        "I2",
        "account_day",
        DAY,
        """UPDATE account_day SET debit_minor = debit_minor + 1
           WHERE account_id || '/' || period || '/' || effective_on = '{id}'""",
    ),
    Change(
        "a folded day of an account that is gone",
        "I2",
        "account_day",
        DAY,
        """DELETE FROM account_day
           WHERE account_id || '/' || period || '/' || effective_on = '{id}'""",
    ),
    Change(
        "a day that nothing was folded into",
        "I2",
        "account_day",
        "SELECT max(id) || '/2026-01-01/2026-01-01' FROM account",
        """INSERT INTO account_day SELECT max(id), '2026-01-01', '2026-01-01', 1, 1
           FROM account""",
    ),
    Change(
        "up to where transfers are folded",
        "I2",
        "account_day",
        DAY,
        "UPDATE tally_fold SET xid = '0', epoch = 0",
    ),
    Change(
        "that it is known up to where",
        "I2",
        "tally_fold",
        "SELECT is_only FROM tally_fold",
        "DELETE FROM tally_fold",
        names="SELECT 'true'",
    ),
    Change(
        "a voucher's number",
        "I14",
        "voucher",
        "SELECT books || '/' || month || '/' FROM voucher GROUP BY books, month LIMIT 1",
        """UPDATE voucher SET number = number + 1000
           WHERE (books || '/' || month || '/', number) = ('{id}', 1)""",
        names="1001",
    ),
    Change(
        "two vouchers that changed places",
        "I14",
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
        "I14",
        "posting",
        "SELECT posting_id FROM voucher WHERE number = 1 ORDER BY 1 LIMIT 1",
        "DELETE FROM voucher WHERE posting_id = {id}",
    ),
    Change(
        "a month closed before its vouchers",
        "I14",
        "posting",
        "SELECT max(posting_id) FROM voucher",
        """UPDATE period SET state = 'closed' FROM posting p WHERE p.id = {id}
               AND (period.books, period.month) = (p.books, p.period);
           DELETE FROM voucher WHERE posting_id = {id}""",
    ),
    Change(
        "a line of an opening balance",
        "I11",
        "opening_balance",
        ANY.format("opening_balance"),
        """UPDATE opening_balance_line SET balance_minor = balance_minor + 1
           WHERE opening_balance_id = '{id}' AND kind = 'receivable'""",
    ),
    Change(
        "who owes what the books begin with",
        "I11",
        "organisation",
        ANY.format("opening_balance"),
        """UPDATE opening_balance_line l SET subject = o.books FROM opening_balance o
           WHERE o.id = '{id}' AND l.opening_balance_id = o.id AND l.kind = 'receivable'""",
        names="SELECT books FROM opening_balance WHERE id = '{id}'",
    ),
    Change(
        "whose credit an account keeps",
        "I11",
        "account",
        "SELECT min(id) FROM account WHERE kind = 'customer_credit'",
        "UPDATE account SET subject = uuidv7() WHERE id = {id}",
    ),
    Change(
        "the day on which books begin",
        "I11",
        "posting",
        POSTING.format("opening_balance"),
        """UPDATE opening_balance SET as_of = as_of + 1
           WHERE books = (SELECT books FROM posting WHERE id = {id})""",
    ),
    Change(
        "an open item that is an invoice",
        "I11",
        "opening_item",
        ANY.format("opening_item"),
        """UPDATE invoice v SET books_unit_id = i.books_unit_id, number = i.reference,
               created_at = '2026-01-01'
           FROM opening_item i
           WHERE i.id = '{id}' AND v.id = (SELECT id FROM invoice LIMIT 1)""",
    ),
    Change(
        "a debt to oneself",
        "I11",
        "account",
        "SELECT id FROM account WHERE kind = 'receivable' ORDER BY id LIMIT 1",
        "UPDATE account SET subject = books WHERE id = {id}",
    ),
    Change(
        "a line of an opening balance that is gone",
        "I11",
        "opening_balance",
        ANY.format("opening_balance"),
        "DELETE FROM opening_balance_line WHERE opening_balance_id = '{id}'"
        " AND kind = 'vat_payable'",
    ),
)

LOG: Final = (
    Change(
        "an event's field",
        "I10",
        "event",
        LAST_EVENT.format("contract.signed"),
        """UPDATE event SET changed = '{{"party": "nobody"}}' WHERE id = {id}""",
    ),
    Change(
        "an event's time",
        "I10",
        "event",
        LAST_EVENT.format("session.opened"),
        "UPDATE event SET at = at - interval '1 microsecond' WHERE id = {id}",
    ),
    Change(
        "a deleted event",
        "I10",
        "event",
        LAST_EVENT.format("contract.signed"),
        "DELETE FROM event WHERE id = {id}",
    ),
    Change(
        "an event of nobody",
        "I9",
        "event",
        LAST_EVENT.format("contract.signed"),
        "UPDATE event SET actor = uuidv7() WHERE id = {id}",
    ),
    Change(
        "a move that does not exist",
        "I9",
        "event",
        LAST_EVENT.format("contract.completed"),
        "UPDATE event SET move = 'void' WHERE id = {id}",
    ),
    Change(
        "a move left out",
        "I9",
        "event",
        LAST_EVENT.format("milestone.accepted"),
        """DELETE FROM event e USING event l WHERE l.id = {id} AND e.subject_id = l.subject_id
           AND e.name = 'milestone.delivered'""",
    ),
    Change(
        "an event put under a seal",
        "I10",
        "event",
        "SELECT max(id) + 1 FROM event",
        """INSERT INTO event (id, xid, name, actor, subject, subject_id, version)
           OVERRIDING SYSTEM VALUE
           SELECT {id}, xid, name, actor, subject, subject_id, version FROM event LIMIT 1""",
    ),
    Change(
        "a seal's hash",
        "I10",
        "seal",
        "SELECT 1",
        "UPDATE seal SET hash = sha256(hash) WHERE number = {id}",
    ),
    Change(
        "a seal's leaves",
        "I10",
        "seal",
        "SELECT 1",
        "UPDATE seal SET leaves = set_byte(leaves, 16, 255 - get_byte(leaves, 16))"
        " WHERE number = {id}",
    ),
    Change(
        "a seal's previous hash",
        "I10",
        "seal",
        "SELECT 1",
        "UPDATE seal SET previous_hash = sha256('') WHERE number = {id}",
    ),
)

RIGHTS: Final = (
    Change(
        "a dropped trigger",
        "I4",
        "table",
        TABLE.format("transfer"),
        "DROP TRIGGER append_only ON {id}",
    ),
    Change(
        "a disabled trigger",
        "I4",
        "table",
        TABLE.format("signature"),
        "ALTER TABLE {id} DISABLE TRIGGER append_only",
    ),
    Change(
        "a trigger that forgets deleting",
        "I4",
        "table",
        TABLE.format("event"),
        """DROP TRIGGER append_only ON {id}; CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE
           ON {id} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    ),
    Change(
        "a trigger that lets pass",
        "I4",
        "table",
        TABLE.format("seal"),
        """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql
           AS 'BEGIN RETURN NULL; END'""",
    ),
    Change(
        "an update granted to the application",
        "I4",
        "table",
        TABLE.format("transfer"),
        "GRANT UPDATE ON {id} TO market_app",
    ),
    Change(
        "one column granted to everybody",
        "I4",
        "table",
        TABLE.format("contract_text"),
        "GRANT UPDATE (body) ON {id} TO PUBLIC",
    ),
    Change(
        "writing into the ledger past its function",
        "I4",
        "table",
        TABLE.format("posting"),
        "GRANT INSERT ON {id} TO market_worker",
    ),
    Change(
        "the owner's power",
        "I4",
        "role",
        TABLE.format("market_app"),
        "GRANT market_owner TO {id} WITH INHERIT FALSE",
    ),
)

CODE: Final = "SELECT id FROM recovery_code WHERE used_at IS {} NULL ORDER BY id LIMIT 1"
PEOPLE: Final = (
    moved("second_factor", "removed", "enabled"),
    Change(
        "the state of a row of second_factor_reset",
        "I9",
        "second_factor_reset",
        "SELECT id FROM second_factor_reset WHERE state = 'refused'",
        "UPDATE second_factor_reset SET state = 'approved', refusal = NULL WHERE id = '{id}'",
    ),
    Change(
        "a second device in use",
        "I9",
        "second_factor",
        "SELECT id FROM second_factor WHERE state = 'enabled' ORDER BY id LIMIT 1",
        """DROP INDEX one_second_factor_enabled;
           UPDATE second_factor SET state = 'enabled', enabled_at = now(), person_id =
               (SELECT person_id FROM second_factor WHERE id = '{id}') WHERE state = 'pending'""",
    ),
    Change(
        "a deleted recovery code",
        "I9",
        "second_factor",
        "SELECT second_factor_id FROM recovery_code ORDER BY id LIMIT 1",
        "DELETE FROM recovery_code WHERE second_factor_id = '{id}' AND number = 10",
    ),
    Change(
        "a recovery code used up by nobody",
        "I9",
        "recovery_code",
        CODE.format(""),
        "UPDATE recovery_code SET used_at = now() WHERE id = '{id}'",
    ),
    Change(
        "a recovery code that can be used again",
        "I9",
        "recovery_code",
        CODE.format("NOT"),
        "UPDATE recovery_code SET used_at = NULL WHERE id = '{id}'",
    ),
    Change(
        "a reset that its owner approved",
        "I9",
        "second_factor_reset",
        ANY.format("second_factor_reset"),
        """ALTER TABLE second_factor_reset DROP CONSTRAINT second_factor_reset_check1;
           UPDATE second_factor_reset SET decided_by = person_id WHERE id = '{id}'""",
    ),
    Change(
        "a bank's statement that everybody reads",
        "I9",
        "file",
        "SELECT file_id FROM statement ORDER BY id LIMIT 1",
        "UPDATE file SET for_roles = NULL WHERE id = '{id}'",
    ),
    Change(
        "a file robbed of its first reader",
        "I9",
        "file",
        "SELECT file_id FROM statement ORDER BY id LIMIT 1",
        "DELETE FROM file_reader WHERE file_id = '{id}'",
    ),
    Change(
        "a reset that nobody approved",
        "I9",
        "second_factor",
        "SELECT subject_id FROM event WHERE name = 'second_factor.reset'",
        "DELETE FROM second_factor_reset WHERE state = 'approved' AND '{id}' <> ''",
    ),
)
