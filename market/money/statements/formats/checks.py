"""What makes a statement believable: its sums, its chain of balances, its dates.

Also the key that tells two imports of one line from two equal payments.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from typing import Final

from market.base import amounts, text
from market.money.statements.formats import refusals
from market.money.statements.formats.model import ReadLine, ReadStatement

MOST_LINES: Final = 100_000
_FIRST_DAY: Final = date(2000, 1, 1)
_LAST_DAY: Final = date(2100, 1, 1)


def checked(statement: ReadStatement) -> ReadStatement:
    """The same statement once it is proved whole; otherwise a refusal naming the figures."""
    require_few(len(statement.lines))
    _require_sane_dates(statement)
    _require_sum(statement)
    _require_chain(statement)
    return statement


def require_few(count: int) -> None:
    """Refuse before more is read than one import may hold."""
    if count > MOST_LINES:
        raise refusals.TooManyLines(most=MOST_LINES)


def require_undamaged(content: str) -> None:
    """Refuse text that lost characters before it came here."""
    for sign in ("\x00", "\ufffd"):
        place = content.find(sign)
        if place >= 0:
            raise refusals.TextDamaged(row=content.count("\n", 0, place) + 1)


def _require_sane_dates(statement: ReadStatement) -> None:
    if statement.until_on < statement.from_on:
        raise refusals.DatesSenseless(found=f"{statement.from_on} – {statement.until_on}")
    days = {statement.from_on, statement.until_on}
    for line in statement.lines:
        days.add(line.booked_on)
        days.add(line.value_on or line.booked_on)
    for day in (min(days), max(days)):
        if not _FIRST_DAY <= day < _LAST_DAY:
            raise refusals.DatesSenseless(found=day)


def _require_sum(statement: ReadStatement) -> None:
    entries = sum(line.amount_minor for line in statement.lines)
    expected = statement.opening_minor + entries
    if expected == statement.closing_minor:
        return
    shown = {
        "opening": statement.opening_minor,
        "entries": entries,
        "expected": expected,
        "closing": statement.closing_minor,
        "difference": abs(statement.closing_minor - expected),
    }
    raise refusals.BalancesDiffer(**_printed(shown, statement.currency))


def _require_chain(statement: ReadStatement) -> None:
    broken = broken_link(statement.opening_minor, statement.lines)
    if broken is None:
        return
    line, expected = broken
    found = line.balance_after_minor or 0
    shown = {"expected": expected, "found": found, "difference": abs(found - expected)}
    raise refusals.BalanceBroken(position=line.position, **_printed(shown, statement.currency))


def broken_link(opening_minor: int, lines: list[ReadLine]) -> tuple[ReadLine, int] | None:
    """The first line whose printed balance does not follow, with the balance that would."""
    running = opening_minor
    for line in lines:
        running += line.amount_minor
        if line.balance_after_minor is not None and line.balance_after_minor != running:
            return line, running
    return None


def _printed(shown: dict[str, int], currency: str) -> dict[str, str]:
    return {name: amounts.printed(amount, currency) for name, amount in shown.items()}


def line_keys(statement: ReadStatement, account: str) -> list[str]:
    """One key a line, in order, for the account under which the statement is imported.

    Lines of equal content on one day are counted, first to last, so that two truly equal payments
    stay two, while the same file again, part of it, or one that overlaps gives the same keys.
    """
    seen: Counter[str] = Counter()
    keys = []
    for line in statement.lines:
        first = line_key(account, statement.currency, line, 1)
        seen[first] += 1
        again = seen[first] > 1
        keys.append(line_key(account, statement.currency, line, seen[first]) if again else first)
    return keys


def line_key(account: str, currency: str, line: ReadLine, occurrence: int) -> str:
    """SHA-256 of what identifies a line; spacing, width and case of its texts do not count."""
    content = (
        text.squeezed(account),
        currency,
        line.booked_on.isoformat(),
        str(line.amount_minor),
        text.squeezed(line.counterparty_account),
        text.squeezed(line.remark),
        text.squeezed(line.bank_reference),
        str(occurrence),
    )
    return hashlib.sha256("\x1f".join(content).encode()).hexdigest()
