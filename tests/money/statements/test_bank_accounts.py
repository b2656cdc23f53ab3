"""Own bank accounts: proposed by finance, approved by a leader."""

from __future__ import annotations

import pytest

from market.base import db
from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.ledger.model import NotAReader
from market.ledger.opening.model import KeepsNoBooks
from market.money.statements.accounts import model, operations
from market.money.statements.accounts.model import AccountState, NewBankAccount
from tests.world import identity, money


async def test_four_eyes_make_an_account(conn: Connection) -> None:
    unit = await identity.unit(conn)
    finance = await identity.person(conn, unit, Role.FINANCE, Role.LEADER)
    leader = await identity.person(conn, unit, Role.LEADER)
    new = NewBankAccount(name="技协", bank="工行", number="4402-2080 0910a")

    proposed = await operations.propose_account(conn, finance, unit.id, new)

    assert (proposed.state, proposed.number) == (AccountState.PROPOSED, "440220800910A")
    assert await operations.propose_account(conn, finance, unit.id, new) == proposed
    with pytest.raises(model.OwnBankAccount):
        await operations.approve_account(conn, finance, proposed.id)
    approved = await operations.approve_account(conn, leader, proposed.id)
    assert approved.state == AccountState.APPROVED
    assert await operations.approve_account(conn, leader, proposed.id) == approved
    with pytest.raises(WrongMove):
        await operations.reject_account(conn, leader, proposed.id, "并非本单位账户")


async def test_a_rejected_number_may_be_proposed_again(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    books, new = bank.account.books_unit_id, money.new_account()
    first = await operations.propose_account(conn, bank.finance, books, new)
    rejected = await operations.reject_account(conn, bank.leader, first.id, "账号有误")

    again = await operations.propose_account(conn, bank.finance, books, new)

    assert (rejected.state, rejected.note) == (AccountState.REJECTED, "账号有误")
    assert again.id != first.id


async def test_a_number_stands_once_in_all_units(conn: Connection) -> None:
    bank, other = await money.unit_bank(conn), await money.unit_bank(conn)
    known = NewBankAccount(name="甲", bank="工行", number=bank.account.number)

    with pytest.raises(model.AccountKnown):
        await operations.propose_account(conn, other.finance, other.account.books_unit_id, known)


@pytest.mark.parametrize("role", [Role.CASHIER, Role.LEADER, Role.CLERK])
async def test_only_finance_proposes_and_only_a_leader_approves(
    conn: Connection, role: Role
) -> None:
    bank = await money.unit_bank(conn)
    unit_id = bank.account.books_unit_id
    unit = await identity.unit(conn)
    finance = await identity.person(conn, unit, Role.FINANCE)
    colleague = await identity.person(conn, unit, role)

    with pytest.raises(model.AccountNeedsFinance):
        await operations.propose_account(conn, colleague, unit.id, money.new_account())
    proposed = await operations.propose_account(conn, finance, unit.id, money.new_account())
    if role != Role.LEADER:
        with pytest.raises(model.AccountNeedsLeader):
            await operations.approve_account(conn, colleague, proposed.id)
    with pytest.raises(NotFound):
        await operations.propose_account(conn, finance, unit_id, money.new_account())
    with pytest.raises(NotFound):
        await operations.approve_account(conn, bank.leader, proposed.id)


async def test_a_unit_without_books_has_no_account(conn: Connection) -> None:
    unit = await identity.unit(conn, legal_person=False)
    finance = await identity.person(conn, unit, Role.FINANCE)

    with pytest.raises(KeepsNoBooks):
        await operations.propose_account(conn, finance, unit.id, money.new_account())


async def test_accounts_are_read_by_who_keeps_leads_or_audits(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    clerk = await identity.person(conn, await identity.root(conn), Role.CLERK)

    async with db.look(conn, bank.leader):
        found = await operations.list_accounts(
            conn, bank.leader, books_unit_id=None, state=None, after=None, limit=10
        )

    assert [account.id for account in found] == [bank.account.id]
    with pytest.raises(NotAReader):
        await operations.find_account(conn, clerk, bank.account.id)
