"""What an own bank account is: its row, states, moves and refusals."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden
from market.base.fields import Currency, Input, Line
from market.base.moves import Moves
from market.ledger.model import Account


class AccountState(StrEnum):
    """Decided once."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


MOVES: Final = Moves(
    "bank_account",
    {
        ("approve", AccountState.PROPOSED): AccountState.APPROVED,
        ("reject", AccountState.PROPOSED): AccountState.REJECTED,
    },
    births={"propose": AccountState.PROPOSED},
)


class BankAccount(msgspec.Struct, frozen=True):
    """An account of ours; ``number`` without spaces and dashes, ``note`` why it was rejected."""

    id: UUID
    books_unit_id: UUID
    name: str
    bank: str
    number: str
    currency: str
    state: AccountState
    proposed_by: UUID
    decided_by: UUID | None
    note: str | None
    version: int
    created_at: datetime

    def after(self, move: str) -> AccountState:
        """Where the move leads; raises WrongMove."""
        return MOVES.after(move, AccountState(self.state))

    @property
    def in_ledger(self) -> Account:
        return Account("bank", self.id)


Number: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[0-9A-Za-z](?:[ -]?[0-9A-Za-z]){3,39}(?!\s)$",
    ),
]


class NewBankAccount(Input, frozen=True):
    """``name`` is the holder's as the bank knows it."""

    name: Line
    bank: Line
    number: Number
    currency: Currency = "CNY"


class AccountNeedsFinance(Forbidden):
    """Money's places are proposed by who keeps the books."""

    code = "bank_account_needs_finance"
    zh = "只有本单位财务可以登记银行账户。请由财务登录后办理。"
    en = "Only the unit's finance proposes a bank account. Sign in as its finance."


class AccountNeedsLeader(Forbidden):
    """A place for money is approved above finance."""

    code = "bank_account_needs_leader"
    zh = "银行账户须由本单位或上级单位的负责人审批。请由负责人登录后办理。"
    en = "A leader of the unit or of its parent decides on a bank account. Sign in as that leader."


class OwnBankAccount(Forbidden):
    """The maker never approves."""

    code = "bank_account_by_its_proposer"
    zh = "不能审批自己登记的银行账户。请由另一位负责人办理。"
    en = "Nobody decides on the account that he proposed. Ask another leader."


class AccountKnown(Conflict):
    """One live account per number and currency."""

    code = "bank_account_known"
    zh = "该账号和币种的账户已登记。请使用已有账户，或核对账号。"
    en = "An account of this number and currency is there already. Use it, or check the number."


class AccountNotApproved(Conflict):
    """Statements wait for the second pair of eyes."""

    code = "bank_account_not_approved"
    zh = "银行账户尚未批准，不能导入对账单。请先由负责人审批该账户。"
    en = "The bank account is not approved, so nothing is imported. Have a leader approve it first."


def bare(number: str) -> str:
    """The number as it is kept and compared."""
    return number.replace(" ", "").replace("-", "").upper()


def may_keep(actor: Actor, books_unit_id: UUID) -> bool:
    """Finance of the very unit; a cashier reconciles nothing."""
    return actor.acts_for(books_unit_id, Role.FINANCE)


def may_decide(actor: Actor, account: BankAccount) -> bool:
    return actor.approves(account.books_unit_id, Role.LEADER)
