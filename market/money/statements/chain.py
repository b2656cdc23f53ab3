"""What a file may add to the lines that are known of its account: it goes on from them.

A movement comes twice under other words when a bank's exports differ, and two that cancel leave
every balance right. So sums are not enough. A file that adds lines to a day that has some holds
all of those too, or begins where they ended; and what a statement has passed is complete.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from market.base import amounts
from market.base.access import require
from market.base.db import Connection
from market.base.errors import Phrase
from market.money.statements import model, queries
from market.money.statements.accounts.model import BankAccount
from market.money.statements.formats.model import ReadLine
from market.money.statements.model import KnownLine, Statement

Keyed = Sequence[tuple[str, ReadLine]]


class AddedTo(msgspec.Struct, frozen=True):
    """A day to which a file adds lines, with those known of it that the file leaves out.

    ``holds_known``: it has others of those known word for word, and so is of the form before.
    """

    on: date
    new: list[ReadLine]
    missing: list[KnownLine]
    holds_known: bool

    @property
    def says_again(self) -> bool:
        """Whether a new line may be one of the missing: its amount, and its balance if told.

        In a file of the form before, another line of an equal amount is another line.
        """
        if self.holds_known:
            return False
        told: dict[int, set[int | None]] = defaultdict(set)
        for known in self.missing:
            told[known.amount_minor].add(known.balance_after_minor)
        return any(_is_told(line, told.get(line.amount_minor, set())) for line in self.new)


def _is_told(line: ReadLine, balances: set[int | None]) -> bool:
    balance = line.balance_after_minor
    return bool(balances) and (balance is None or None in balances or balance in balances)


def days_added_to(new: Keyed, keys: Sequence[str], known: Sequence[KnownLine]) -> list[AddedTo]:
    """By day; ``keys`` are those of all lines of the file."""
    held = set(keys)
    by_day: dict[date, list[ReadLine]] = defaultdict(list)
    missing: dict[date, list[KnownLine]] = defaultdict(list)
    for _, line in new:
        by_day[line.booked_on].append(line)
    same_days = {one.booked_on for one in known if one.key in held}
    for one in known:
        if one.key not in held:
            missing[one.booked_on].append(one)
    return [
        AddedTo(on, lines, missing[on], on in same_days) for on, lines in sorted(by_day.items())
    ]


async def require_chain(
    conn: Connection,
    account: BankAccount,
    statement: Statement,
    added: Sequence[AddedTo],
    known: Sequence[KnownLine],
) -> None:
    """With its lines in, the statement opens and closes with the account, and repeats nothing.

    ``known`` are the lines of its days that were there before. Raises BeforeBooks, BeforeOpening,
    NotInOpening, OtherForm, OpeningBroken, ClosingBroken, DayKnown.
    """
    first = await queries.first_statement(conn, account.id)
    assert first is not None, "the statement itself is there"
    before = await _balance_before(conn, account, statement, first)
    last_on = await queries.last_known_day(conn, statement)
    resumes = _resumes(statement, before, last_on, known)
    if not resumes:
        for day in added:
            require(not day.says_again, model.OtherForm(on=day.on))
        if statement.opening_minor != before:
            raise await _opening_broken(conn, statement, before)
    if statement.new_lines:
        await _require_closing(conn, statement, first, before, added, last_on)
    if not resumes:
        await _require_whole_days(conn, statement, added, last_on)


async def _balance_before(
    conn: Connection, account: BankAccount, statement: Statement, first: Statement
) -> int:
    """What the account held before the statement's first day."""
    opened = await queries.opening_of(conn, account)
    if opened is not None:
        require(
            statement.first_on >= opened.as_of,
            model.BeforeBooks(found=statement.first_on, as_of=opened.as_of),
        )
        if opened.balance_minor is not None:
            require(
                statement.first_on >= first.first_on,
                model.BeforeOpening(found=statement.first_on, first=first.first_on),
            )
            if statement.id == first.id:
                return opened.balance_minor
        elif statement.id == first.id or statement.first_on < first.first_on:
            require(
                statement.opening_minor == 0,
                model.NotInOpening(
                    on=statement.first_on,
                    as_of=opened.as_of,
                    found=amounts.printed(statement.opening_minor, statement.currency),
                ),
            )
    return await queries.known_balance(conn, first, statement.first_on)


def _resumes(
    statement: Statement, before: int, last_on: date | None, known: Sequence[KnownLine]
) -> bool:
    """Whether it begins within the last day known, where the lines of that day have ended.

    Where they cancel each other, that cannot be told from beginning with the day.
    """
    within = sum(line.amount_minor for line in known)
    return (
        statement.first_on == last_on
        and statement.new_lines == statement.lines
        and within != 0
        and statement.opening_minor == before + within
    )


async def _require_closing(
    conn: Connection,
    statement: Statement,
    first: Statement,
    before: int,
    added: Sequence[AddedTo],
    last_on: date | None,
) -> None:
    """It closes with the account; and what was known to follow still begins where it did."""
    after_last = statement.until_on + timedelta(days=1)
    closed = await queries.known_balance(conn, first, after_last)
    begins_the_next = last_on is not None and last_on > statement.until_on
    if begins_the_next:
        closed -= sum(
            line.amount_minor for day in added if day.on >= first.first_on for line in day.new
        )
    if statement.closing_minor != closed:
        counts_new = not begins_the_next or statement.first_on < first.first_on
        raise await _closing_broken(conn, statement, before, closed, counts_new=counts_new)


async def _opening_broken(
    conn: Connection, statement: Statement, before: int
) -> model.OpeningBroken:
    beside = await queries.statement_beside(conn, statement)
    source = Phrase("账套的期初余额", "the opening balance of the books")
    if beside is not None:
        days = f"{beside.first_on} – {beside.until_on}"
        source = Phrase(
            f"已导入的对账单“{beside.name}”（{days}）",
            f"the statement '{beside.name}' imported before ({days})",
        )
    count, total = await queries.known_within(
        conn, statement, statement.first_on, statement.first_on
    )
    return model.OpeningBroken(
        on=statement.first_on,
        source=source,
        known_of_day=_known_of_day(
            statement.first_on, count, amounts.printed(before + total, statement.currency)
        ),
        **_figures(statement, statement.opening_minor, before),
    )


async def _closing_broken(
    conn: Connection, statement: Statement, before: int, closed: int, *, counts_new: bool
) -> model.ClosingBroken:
    count, _ = await queries.known_within(conn, statement, statement.first_on, statement.until_on)
    return model.ClosingBroken(
        on=statement.until_on,
        first_on=statement.first_on,
        opening=amounts.printed(before, statement.currency),
        counted=_counted(count, statement.new_lines if counts_new else 0),
        missing=_missing(count - (statement.lines - statement.new_lines)),
        **_figures(statement, statement.closing_minor, closed),
    )


def _known_of_day(on: date, count: int, reached: str) -> Phrase:
    if count == 0:
        return Phrase(f"{on} 尚未导入流水。", f"No line of {on} is known yet.")
    known = f"{_lines(count)} of {on} {'is' if count == 1 else 'are'} known"
    return Phrase(
        f"{on} 已导入 {count} 笔，其后余额为 {reached}。",
        f"{known}, and {reached} after {'it' if count == 1 else 'them'}.",
    )


def _counted(known: int, new: int) -> Phrase:
    """The lines that a closing balance is reckoned from."""
    if new == 0:
        return Phrase(f"已导入的 {known} 笔流水", _lines(known, "known "))
    if known == 0:
        return Phrase(f"文件新增的 {new} 笔流水", _lines(new, "new "))
    return Phrase(
        f"已导入的 {known} 笔流水和文件新增的 {new} 笔",
        f"{_lines(known, 'known ')} with {_lines(new, 'new ')}",
    )


def _missing(count: int) -> Phrase:
    if count == 0:
        return Phrase("已导入的流水都在文件内。", "No known line is missing from the file.")
    are = "is" if count == 1 else "are"
    return Phrase(
        f"已导入的流水有 {count} 笔不在文件内。",
        f"{_lines(count, 'known ')} {are} not in the file.",
    )


def _lines(count: int, which: str = "") -> str:
    return f"{count} {which}line{'' if count == 1 else 's'}"


def _figures(statement: Statement, found: int, known: int) -> dict[str, str]:
    shown = {"found": found, "known": known, "difference": abs(found - known)}
    return {name: amounts.printed(amount, statement.currency) for name, amount in shown.items()}


async def _require_whole_days(
    conn: Connection, statement: Statement, added: Sequence[AddedTo], last_on: date | None
) -> None:
    passed = await queries.passed_days(conn, statement, [day.on for day in added], last_on)
    for day in added:
        is_whole = not day.missing and day.on not in passed
        require(is_whole, _day_known(day))


def _day_known(day: AddedTo) -> model.DayKnown:
    added = len(day.new)
    others = Phrase(f"{added}", f"{added} other{'' if added == 1 else 's'}")
    return model.DayKnown(on=day.on, added=others, missing=len(day.missing))
