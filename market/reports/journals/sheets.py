"""The three records as tables: their heads, and their rows from what is read by and by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from market.base.tables import Cell, Money
from market.reports.journals.model import Account, Books, Kept, Line, Record, Voucher
from market.reports.journals.operations import Entry
from market.reports.journals.texts import recorded_at

Row = tuple[Cell, ...]

TOTAL: Final = "合计 total"
OPENING: Final = "期初余额 opening balance"
CLOSING: Final = "本期合计与期末余额 total and closing balance"
DEBIT, CREDIT, EVEN = "借 debit", "贷 credit", "平 even"


class Layout(NamedTuple):
    """The columns of a table, each with its width in a workbook."""

    head: Sequence[str]
    widths: Sequence[int]


VOUCHER_COLUMNS: Final = (
    ("凭证号 voucher", 14),
    ("记账日期 booked on", 12),
    ("业务日期 effective on", 12),
    ("记账时间 recorded at", 21),
    ("摘要 explanation", 44),
    ("事由 cause", 52),
)
ACCOUNT_COLUMNS: Final = (
    ("科目 kind", 22),
    ("名称 name", 36),
    ("对象 subject", 37),
    ("对象名称 subject name", 28),
    ("币种 currency", 8),
)
SIDES: Final = (("借方 debit", 16), ("贷方 credit", 16))


def _layout(*columns: tuple[str, int]) -> Layout:
    return Layout([name for name, _ in columns], [width for _, width in columns])


LAYOUTS: Final = {
    Record.JOURNAL: _layout(*VOUCHER_COLUMNS, *ACCOUNT_COLUMNS, *SIDES),
    Record.GENERAL_LEDGER: _layout(
        *ACCOUNT_COLUMNS, *VOUCHER_COLUMNS, *SIDES, ("方向 side", 10), ("余额 balance", 16)
    ),
    Record.VOUCHERS: _layout(
        *VOUCHER_COLUMNS,
        ("记账编号 posting", 37),
        ("办理人 booked by", 37),
        ("行数 lines", 8),
        ("币种 currency", 8),
        ("金额 amount", 16),
    ),
}


class Journal:
    """Every line of every posting; under them the totals of each currency."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._accounts = {kept.account.id: kept.account for kept in books.accounts}

    def rows(self, vouchers: Iterable[Voucher]) -> Iterator[Row]:
        for voucher in vouchers:
            for line in voucher.lines:
                account = self._accounts[line.account_id]
                of = _account(account, self._books)
                yield (
                    *_voucher(voucher),
                    *of,
                    *_sides(line.debit_minor, line.credit_minor, account),
                )

    def end(self) -> Iterator[Row]:
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for kept in self._books.accounts:
            sums[kept.account.currency][0] += kept.within.debit_minor
            sums[kept.account.currency][1] += kept.within.credit_minor
        for currency, (debit, credit) in sorted(sums.items()):
            amounts = Money(debit, currency), Money(credit, currency)
            yield (TOTAL, *_empty(9), currency, *amounts)
        yield from _left_out(self._books)


class GeneralLedger:
    """Account by account: its opening balance, its lines with the balance after each, its end."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._waiting = iter(books.accounts)
        self._current: Kept | None = None
        self._balance_minor = 0

    def rows(self, entries: Iterable[Entry]) -> Iterator[Row]:
        for entry in entries:
            while self._current is None or self._current.account.id != entry.account_id:
                yield from self._turn_to(next(self._waiting))
            yield self._line(self._current, entry.voucher, entry.line)

    def end(self) -> Iterator[Row]:
        for kept in self._waiting:
            yield from self._turn_to(kept)
        yield from self._close()
        yield from _left_out(self._books)

    def _turn_to(self, kept: Kept) -> Iterator[Row]:
        yield from self._close()
        self._current, self._balance_minor = kept, kept.opening_minor
        account = kept.account
        said = (None, None, None, None, OPENING, None)
        balance = _balance(kept.opening_minor, account)
        yield (*_account(account, self._books), *said, None, None, *balance)

    def _close(self) -> Iterator[Row]:
        if self._current is None:
            return
        account, within = self._current.account, self._current.within
        said = (None, None, None, None, CLOSING, None)
        both = (
            Money(within.debit_minor, account.currency),
            Money(within.credit_minor, account.currency),
        )
        balance = _balance(self._current.closing_minor, account)
        yield (*_account(account, self._books), *said, *both, *balance)

    def _line(self, kept: Kept, voucher: Voucher, line: Line) -> Row:
        self._balance_minor += line.debit_minor - line.credit_minor
        account = kept.account
        sides = _sides(line.debit_minor, line.credit_minor, account)
        balance = _balance(self._balance_minor, account)
        return (*_account(account, self._books), *_voucher(voucher), *sides, *balance)


class Vouchers:
    """A row for each voucher and currency, in the order of the numbers."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._accounts = {kept.account.id: kept.account for kept in books.accounts}

    def rows(self, vouchers: Iterable[Voucher]) -> Iterator[Row]:
        for voucher in vouchers:
            of: dict[str, list[Line]] = defaultdict(list)
            for line in voucher.lines:
                of[self._accounts[line.account_id].currency].append(line)
            head = voucher.head
            for currency, lines in sorted(of.items()):
                amount = Money(sum(line.debit_minor for line in lines), currency)
                said = (head.public_id, voucher.maker, len(lines), currency, amount)
                yield (*_voucher(voucher), *said)

    def end(self) -> Iterator[Row]:
        return _left_out(self._books)


def _voucher(voucher: Voucher) -> Row:
    head = voucher.head
    days = head.booked_on, head.effective_on, recorded_at(voucher)
    return (head.voucher, *days, voucher.explanation, head.cause)


def _account(account: Account, books: Books) -> Row:
    whose = books.names.get(account.subject) if account.subject else None
    name = f"{account.name_zh} {account.name_en}"
    return (account.kind, name, account.subject, whose, account.currency)


def _sides(debit_minor: int, credit_minor: int, account: Account) -> Row:
    """The side that is not meant stays empty."""
    currency = account.currency
    debit = Money(debit_minor, currency) if debit_minor else None
    return (debit, Money(credit_minor, currency) if credit_minor else None)


def _balance(minor: int, account: Account) -> Row:
    side = EVEN if not minor else DEBIT if minor > 0 else CREDIT
    return (side, Money(abs(minor), account.currency))


def _left_out(books: Books) -> Iterator[Row]:
    """Said only where there is something to say."""
    if books.left_out:
        yield (f"尚未编号而未列入 without a number yet and left out: {books.left_out}",)


def _empty(columns: int) -> Row:
    return (None,) * columns
