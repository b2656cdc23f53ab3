"""Proposing an own bank account, and deciding on it."""

from __future__ import annotations

from uuid import UUID

from market.base import db, events, proposals
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger.model import NotAReader, may_read
from market.ledger.opening import queries as books
from market.ledger.opening.model import require_books
from market.money.statements.accounts import model, queries
from market.money.statements.accounts.model import AccountState, BankAccount, NewBankAccount


async def propose_account(
    conn: Connection, actor: Actor, books_unit_id: UUID, new: NewBankAccount
) -> BankAccount:
    """Finance writes down an account of its unit; it waits for a leader.

    The same person asking again gets the same account. Raises NotFound to a stranger,
    AccountNeedsFinance, KeepsNoBooks, AccountKnown.
    """
    async with db.act(conn, actor):
        require(actor.visible is None or books_unit_id in actor.visible, NotFound)
        require(model.may_keep(actor, books_unit_id), model.AccountNeedsFinance)
        require_books(books_unit_id, await books.keeper_of(conn, books_unit_id))
        proposed = await queries.insert_account(conn, actor, books_unit_id, new)
        if proposed is None:
            known = await queries.live_account(conn, books_unit_id, new)
            if known is not None and known.proposed_by == actor.person_id:
                return known
            raise model.AccountKnown
        await events.record(
            conn, actor, "bank_account.proposed", about=proposed, move=("propose", None)
        )
    return proposed


async def approve_account(
    conn: Connection, actor: Actor, account_id: UUID, *, expected_version: int | None = None
) -> BankAccount:
    """A leader, another person, lets money be kept there.

    Raises NotFound to a stranger, AccountNeedsLeader, OwnBankAccount, WrongMove when decided.
    """
    return await _decide(
        conn, actor, account_id, "approve", AccountState.APPROVED, None, expected_version
    )


async def reject_account(
    conn: Connection,
    actor: Actor,
    account_id: UUID,
    note: str,
    *,
    expected_version: int | None = None,
) -> BankAccount:
    """A leader, another person, refuses the account and says why. Raises as approving does."""
    return await _decide(
        conn, actor, account_id, "reject", AccountState.REJECTED, note, expected_version
    )


async def _decide(
    conn: Connection,
    actor: Actor,
    account_id: UUID,
    move: str,
    to: AccountState,
    note: str | None,
    expected_version: int | None,
) -> BankAccount:
    async with db.act(conn, actor):
        account = await queries.lock_account(conn, actor, account_id)
        require(model.may_decide(actor, account), model.AccountNeedsLeader)
        proposals.require_other(actor, account, model.OwnBankAccount)
        if proposals.is_repeat(actor, account, to):
            return account
        to = proposals.decided(account, move, expected_version)
        decided = await queries.decide(conn, actor, account, to=to, note=note)
        await events.record(
            conn, actor, f"bank_account.{to}", about=decided, move=(move, account.state)
        )
    return decided


async def find_account(conn: Connection, actor: Actor, account_id: UUID) -> BankAccount:
    """NotFound to a stranger, NotAReader to a member without a reading role."""
    async with db.look(conn, actor):
        account = await queries.find_account(conn, actor, account_id)
        require(may_read(actor), NotAReader)
    return account


async def list_accounts(
    conn: Connection,
    actor: Actor,
    *,
    books_unit_id: UUID | None,
    state: AccountState | None,
    after: UUID | None,
    limit: int,
) -> list[BankAccount]:
    require(may_read(actor), NotAReader)
    return await queries.accounts(
        conn, actor, books_unit_id=books_unit_id, state=state, after=after, limit=limit
    )
