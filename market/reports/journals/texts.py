"""What the journal's two plain-text formats have in common: accounts, amounts, what is said.

A text has a head, a part for each batch of postings, and an end that says that it is whole.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, timedelta
from typing import Final, NamedTuple

from market.base.tables import Money
from market.reports.journals import naming
from market.reports.journals.model import Account, Books, Voucher

OPENING: Final = "期初余额 · Opening balances"
CLOSING: Final = "期末余额核对 · Closing balances checked"
END: Final = "; 完 end"
ONE_DAY: Final = timedelta(days=1)


class Opened(NamedTuple):
    """An account as the tools know it: one name for all its currencies."""

    name: str
    currencies: Sequence[str]
    facts: dict[str, str]


class JournalText(ABC):
    """A journal in one of the formats; debits are positive in both, credits negative."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.accounts = {kept.account.id: kept.account for kept in books.accounts}
        self.names = naming.named(list(self.accounts.values()), books.names)
        self.opening_on = books.scope.from_on - ONE_DAY
        self.currencies = sorted({account.currency for account in self.accounts.values()})

    @abstractmethod
    def head(self) -> str:
        """Its declarations, and the opening balances if there are any."""

    @abstractmethod
    def part(self, vouchers: Sequence[Voucher]) -> str:
        """Some postings."""

    @abstractmethod
    def end(self) -> str:
        """What every account must hold by now."""

    def told(self) -> list[str]:
        """What the file says of itself to whoever opens it."""
        unit, scope = self.books.unit, self.books.scope
        return [
            f"; 账套 books: {one_line(unit.name_zh)} {unit.id}",
            f"; 期间 span: {scope.from_on} 至 to {scope.until_on}",
            f"; 记账 postings: {self.books.postings}",
            f"; 尚未编号而未列入 without a number yet and left out: {self.books.left_out}",
            "; 日期为记账日期，业务日期见 effective_on；补记已结账月份的，记在其后第一个未结账月份"
            "的首日。",
            "; The date is that of booking, effective_on that of the fact: what came late for a "
            "closed month is booked on the first day of the next open one.",
        ]

    def opened(self) -> Iterator[Opened]:
        """Each name once, in the order of the chart."""
        currencies: dict[str, list[str]] = defaultdict(list)
        first: dict[str, Account] = {}
        for key, account in self.accounts.items():
            first.setdefault(self.names[key], account)
            currencies[self.names[key]].append(account.currency)
        for name, account in first.items():
            yield Opened(name, currencies[name], self._facts(account))

    def _facts(self, account: Account) -> dict[str, str]:
        facts = {"kind": account.kind, "name": f"{account.name_zh} {account.name_en}"}
        if account.subject is not None:
            facts["subject"] = str(account.subject)
            facts["subject_name"] = one_line(self.books.names.get(account.subject, ""))
        return {key: fact for key, fact in facts.items() if fact}

    def openings(self) -> list[tuple[int, int]]:
        kept = self.books.accounts
        return [(each.account.id, each.opening_minor) for each in kept if each.opening_minor]

    def closings(self) -> list[tuple[int, int]]:
        return [(each.account.id, each.closing_minor) for each in self.books.accounts]

    def lines(self, amounts: Iterable[tuple[int, int]], indent: str) -> Iterator[str]:
        """Accounts with what they are debited; two spaces end a name in both formats."""
        for key, minor in amounts:
            yield f"{indent}{self.names[key]}  {self.amount(key, minor)}"

    def amount(self, key: int, minor: int) -> str:
        currency = self.accounts[key].currency
        return f"{Money(minor, currency).decimal:f} {currency}"


def amounts_of(voucher: Voucher) -> Iterator[tuple[int, int]]:
    return ((line.account_id, line.debit_minor - line.credit_minor) for line in voucher.lines)


def recorded_at(voucher: Voucher) -> str:
    return f"{voucher.head.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def one_line(text: str) -> str:
    """Without controls, line breaks and spaces of other widths."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
