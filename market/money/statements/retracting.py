"""Taking an import back: its lines leave the account, and are no longer known of it.

Deciding on it is an act of reconciliation, which locks by ``lock_import`` and ends by ``take_back``
inside its own transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from market.base import events
from market.base.access import Actor
from market.base.db import Connection
from market.money.statements import bank_lines, model, operations, queries
from market.money.statements.accounts import queries as account_queries
from market.money.statements.accounts.model import BankAccount
from market.money.statements.model import LineState, Statement, StatementState


class Imported(msgspec.Struct, frozen=True):
    """What one file brought to an account: its statements, in their order."""

    account: BankAccount
    statements: Sequence[Statement]

    @property
    def file_id(self) -> UUID:
        return self.statements[0].file_id

    @property
    def ids(self) -> list[UUID]:
        return [one.id for one in self.statements]

    @property
    def new_lines(self) -> int:
        return sum(one.new_lines for one in self.statements)

    def after(self, move: str) -> StatementState:
        """Where the move leads all of them; raises WrongMove."""
        return [one.after(move) for one in self.statements][-1]


async def lock_import(conn: Connection, actor: Actor, statement_id: UUID) -> Imported:
    """The account first, so that nothing is imported beside; NotFound to a stranger."""
    seen = await queries.find_statement(conn, actor, statement_id)
    account = await account_queries.lock_account(conn, actor, seen.bank_account_id)
    return Imported(account, await queries.import_of(conn, actor, statement_id))


async def take_back(
    conn: Connection, actor: Actor, imported: Imported, retraction_id: UUID
) -> None:
    """Each posting of a line is mirrored on its own day, lines and statements are marked.

    So on no day does the account hold what was never its own; of a closed month, the ledger books
    the mirror in the first open one. The lines are locked and in suspense; raises WrongMove.
    """
    to = imported.after("retract")
    for state in await bank_lines.states_of(conn, imported.ids):
        model.MOVES.after("retract", LineState(state))
    for statement in imported.statements:
        await _take_lines_back(conn, statement, retraction_id)
    for retracted in await queries.retract_statements(conn, imported.statements, to):
        await events.record(
            conn,
            actor,
            "statement.retracted",
            about=retracted,
            move=("retract", StatementState.IMPORTED),
            changed={"retraction_id": retraction_id},
        )


async def _take_lines_back(conn: Connection, statement: Statement, retraction_id: UUID) -> None:
    for done in range(0, statement.lines, operations.BATCH):
        places = done + 1, done + operations.BATCH
        await bank_lines.mirror_lines(conn, statement, *places)
        await bank_lines.retract_lines(conn, statement, retraction_id, *places)
