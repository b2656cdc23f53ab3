"""What the ledger is made of, who may read it, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden

READERS: Final = (Role.FINANCE, Role.CASHIER, Role.LEADER, Role.AUDITOR)


class Account(msgspec.Struct, frozen=True):
    """An account of some books: a kind of the chart and, where that asks for one, its subject."""

    kind: str
    subject: UUID | None = None


class Leg(msgspec.Struct, frozen=True):
    """One transfer: ``amount_minor`` is debited to one account and credited to the other.

    A leg of 0 posts nothing.
    """

    debit: Account
    credit: Account
    amount_minor: int
    currency: str

    def mirrored(self) -> Leg:
        return Leg(self.credit, self.debit, self.amount_minor, self.currency)

    def upright(self) -> Leg:
        """An amount below zero goes the other way."""
        if self.amount_minor >= 0:
            return self
        return Leg(self.credit, self.debit, -self.amount_minor, self.currency)


class Posting(msgspec.Struct, frozen=True):
    """What one cause books. ``cause`` reads ``word:id`` and posts once for ever."""

    cause: str
    books: UUID
    effective_on: date
    legs: Sequence[Leg]


class PostedPosting(msgspec.Struct, frozen=True):
    """A posting as it stands in the ledger; ``period`` is the first day of its month."""

    public_id: UUID = msgspec.field(name="id")
    cause: str
    books: UUID
    effective_on: date
    period: date
    created_at: datetime
    actor: UUID


class Transfer(msgspec.Struct, frozen=True):
    """A transfer as people read it, with the names of its accounts."""

    debit_kind: str
    debit_subject: UUID | None
    debit_zh: str
    debit_en: str
    credit_kind: str
    credit_subject: UUID | None
    credit_zh: str
    credit_en: str
    amount_minor: int
    currency: str

    @property
    def leg(self) -> Leg:
        debit = Account(self.debit_kind, self.debit_subject)
        credit = Account(self.credit_kind, self.credit_subject)
        return Leg(debit, credit, self.amount_minor, self.currency)


class FullPosting(PostedPosting, frozen=True):
    """A posting with its transfers, and with its voucher's number once it has one."""

    voucher_number: int | None
    transfers: list[Transfer]


class AccountBalance(msgspec.Struct, frozen=True):
    """An account's turnover and balance; an account increases on the side of its class.

    So ``balance_minor`` is debit less credit for assets and expenses, credit less debit for the
    others, and Σ debit = Σ credit over all accounts of some books in one currency.
    """

    kind: str
    subject: UUID | None
    currency: str
    category: str = msgspec.field(name="class")
    name_zh: str
    name_en: str
    debit_minor: int
    credit_minor: int
    balance_minor: int


class CauseReused(Conflict):
    """A cause posts once; its repetition must say the same."""

    code = "cause_reused"
    zh = "事由“{cause}”已按不同内容记账。请勿重复办理；如需更正，请另作一笔更正记账。"
    en = "The cause '{cause}' was posted with other content. Correct it by a posting of its own."


class NotEnough(Conflict):
    """A controlled account never falls below zero."""

    code = "not_enough"
    zh = "“{zh}”余额不足，不能办理。请先核对该科目的余额。"
    en = "'{en}' does not hold enough for this. Check the balance of that account first."


class NotAReader(Forbidden):
    """The ledger is read by those who keep, lead or audit it."""

    code = "ledger_not_readable"
    zh = "只有财务、出纳、负责人和审计可以查看账目。请由有相应角色的同事查看。"
    en = "Only finance, cashier, leader and auditor read the ledger. Ask a colleague who is one."


def may_read(actor: Actor) -> bool:
    """Whether the actor's role reads ledgers; which ones, its scope says."""
    return actor.is_system or actor.is_any(*READERS)
