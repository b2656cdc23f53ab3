"""The same for the log, for who may write what, and for people."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import ANY, LAST_EVENT, Change, moved

TABLE: Final = "SELECT '{}'"

LOG: Final = (
    Change(
        "an event's field",
        "I10 the seals hold and nothing under them has changed",
        "event",
        LAST_EVENT.format("contract.signed"),
        """UPDATE event SET changed = '{{"party": "nobody"}}' WHERE id = {id}""",
    ),
    Change(
        "an event's time",
        "I10 the seals hold and nothing under them has changed",
        "event",
        LAST_EVENT.format("session.opened"),
        "UPDATE event SET at = at - interval '1 microsecond' WHERE id = {id}",
    ),
    Change(
        "a deleted event",
        "I10 the seals hold and nothing under them has changed",
        "event",
        LAST_EVENT.format("contract.signed"),
        "DELETE FROM event WHERE id = {id}",
    ),
    Change(
        "an event of nobody",
        "I9 every event and every posting has an actor who is known",
        "event",
        LAST_EVENT.format("contract.signed"),
        "UPDATE event SET actor = uuidv7() WHERE id = {id}",
    ),
    Change(
        "a move that does not exist",
        "I9 every move is legal",
        "event",
        LAST_EVENT.format("contract.completed"),
        "UPDATE event SET move = 'void' WHERE id = {id}",
    ),
    Change(
        "a move left out",
        "I9 every move begins where the one before it ended; a milestone is born planned",
        "event",
        LAST_EVENT.format("milestone.accepted"),
        """DELETE FROM event e USING event l WHERE l.id = {id} AND e.subject_id = l.subject_id
           AND e.name = 'milestone.delivered'""",
    ),
    Change(
        "an event put under a seal",
        "I10 the seals hold and nothing under them has changed",
        "event",
        "SELECT max(id) + 1 FROM event",
        """INSERT INTO event (id, xid, name, actor, subject, subject_id, version)
           OVERRIDING SYSTEM VALUE
           SELECT {id}, xid, name, actor, subject, subject_id, version FROM event LIMIT 1""",
    ),
    Change(
        "a seal's hash",
        "I10 the seals hold and nothing under them has changed",
        "seal",
        "SELECT 1",
        "UPDATE seal SET hash = sha256(hash) WHERE number = {id}",
    ),
    Change(
        "a seal's leaves",
        "I10 the seals hold and nothing under them has changed",
        "seal",
        "SELECT 1",
        "UPDATE seal SET leaves = set_byte(leaves, 16, 255 - get_byte(leaves, 16))"
        " WHERE number = {id}",
    ),
    Change(
        "a seal's previous hash",
        "I10 the seals hold and nothing under them has changed",
        "seal",
        "SELECT 1",
        "UPDATE seal SET previous_hash = sha256('') WHERE number = {id}",
    ),
)

RIGHTS: Final = (
    Change(
        "a dropped trigger",
        "I4 every append-only table has its trigger, enabled and whole",
        "table",
        TABLE.format("transfer"),
        "DROP TRIGGER append_only ON {id}",
    ),
    Change(
        "a disabled trigger",
        "I4 every append-only table has its trigger, enabled and whole",
        "table",
        TABLE.format("signature"),
        "ALTER TABLE {id} DISABLE TRIGGER append_only",
    ),
    Change(
        "a trigger that forgets deleting",
        "I4 every append-only table has its trigger, enabled and whole",
        "table",
        TABLE.format("event"),
        """DROP TRIGGER append_only ON {id}; CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE
           ON {id} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    ),
    Change(
        "a trigger that lets pass",
        "I4 every append-only table has its trigger, enabled and whole",
        "table",
        TABLE.format("seal"),
        """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql
           AS 'BEGIN RETURN NULL; END'""",
    ),
    Change(
        "an update granted to the application",
        "I4 no application role can update, delete or truncate an append-only table",
        "table",
        TABLE.format("transfer"),
        "GRANT UPDATE ON {id} TO market_app",
    ),
    Change(
        "one column granted to everybody",
        "I4 no application role can update, delete or truncate an append-only table",
        "table",
        TABLE.format("contract_text"),
        "GRANT UPDATE (body) ON {id} TO PUBLIC",
    ),
    Change(
        "writing into the ledger past its function",
        "I4 the ledger and the log are written by their functions only, and the auditor only",
        "table",
        TABLE.format("posting"),
        "GRANT INSERT ON {id} TO market_worker",
    ),
    Change(
        "the owner's power",
        "I4 no application role has the owner's power or escapes row-level security",
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
        "I9 the present state of a second_factor_reset is the one that its last move led to",
        "second_factor_reset",
        "SELECT id FROM second_factor_reset WHERE state = 'refused'",
        "UPDATE second_factor_reset SET state = 'approved', refusal = NULL WHERE id = '{id}'",
    ),
    Change(
        "a second device in use",
        "I9 a person has one device in use at most",
        "second_factor",
        "SELECT id FROM second_factor WHERE state = 'enabled' ORDER BY id LIMIT 1",
        """DROP INDEX one_second_factor_enabled;
           UPDATE second_factor SET state = 'enabled', enabled_at = now(), person_id =
               (SELECT person_id FROM second_factor WHERE id = '{id}') WHERE state = 'pending'""",
    ),
    Change(
        "a deleted recovery code",
        "I9 a device that was enabled has ten recovery codes, numbered from 1",
        "second_factor",
        "SELECT second_factor_id FROM recovery_code ORDER BY id LIMIT 1",
        "DELETE FROM recovery_code WHERE second_factor_id = '{id}' AND number = 10",
    ),
    Change(
        "a recovery code used up by nobody",
        "I9 the recovery codes that were used are those that events tell of",
        "recovery_code",
        CODE.format(""),
        "UPDATE recovery_code SET used_at = now() WHERE id = '{id}'",
    ),
    Change(
        "a recovery code that can be used again",
        "I9 the recovery codes that were used are those that events tell of",
        "recovery_code",
        CODE.format("NOT"),
        "UPDATE recovery_code SET used_at = NULL WHERE id = '{id}'",
    ),
    Change(
        "a reset that its owner approved",
        "I9 a second factor is reset by two people, neither of them its owner",
        "second_factor_reset",
        ANY.format("second_factor_reset"),
        """ALTER TABLE second_factor_reset DROP CONSTRAINT second_factor_reset_check1;
           UPDATE second_factor_reset SET decided_by = person_id WHERE id = '{id}'""",
    ),
    Change(
        "a bank's statement that everybody reads",
        "I9 a bank's statement as it came is kept for those who read ledgers",
        "file",
        "SELECT file_id FROM statement ORDER BY id LIMIT 1",
        "UPDATE file SET for_roles = NULL WHERE id = '{id}'",
    ),
    Change(
        "a file robbed of its first reader",
        "I9 the organisation that a file belongs to reads it",
        "file",
        "SELECT file_id FROM statement ORDER BY id LIMIT 1",
        "DELETE FROM file_reader WHERE file_id = '{id}'",
    ),
    Change(
        "a reset that nobody approved",
        "I9 a reset comes from a proposal that was approved",
        "second_factor",
        "SELECT subject_id FROM event WHERE name = 'second_factor.reset'",
        "DELETE FROM second_factor_reset WHERE state = 'approved' AND '{id}' <> ''",
    ),
)
