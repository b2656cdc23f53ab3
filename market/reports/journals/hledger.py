"""The journal for hledger, which reads it in a UTF-8 locale only.

What stands beside an amount is said in tags, one a comment line. A comma would end a tag's value,
and a semicolon or a bar a description, so that those of free text become full-width ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from market.base.amounts import minor_digits
from market.reports.journals.model import Voucher
from market.reports.journals.texts import (
    CLOSING,
    END,
    OPENING,
    JournalText,
    amounts_of,
    joined,
    one_line,
    recorded_at,
)

INDENT: Final = "    "
MARKS: Final = str.maketrans(",;|[]", "，；｜［］")


class Hledger(JournalText):
    """Accounts and commodities are declared, so that ``hledger check --strict`` holds as well."""

    def head(self) -> str:
        lines = [
            *self.told(),
            "",
            "decimal-mark .",
            *(f"commodity 1000.{'0' * minor_digits(c)} {c}" for c in self.currencies),
            "",
        ]
        for account in self.opened():
            lines += [f"account {account.name}", *tags(account.facts)]
        lines.append("")
        if self.books.has_opening:
            lines.append(f"{self.opening_on} * {harmless(OPENING)}")
            lines += [*self.lines(self.openings(), INDENT), ""]
        return joined(lines)

    def part(self, vouchers: Sequence[Voucher]) -> str:
        lines = []
        for voucher in vouchers:
            head = voucher.head
            facts = {
                "cause": head.cause,
                "effective_on": f"{head.effective_on}",
                "recorded_at": recorded_at(voucher),
                "posting": str(head.public_id),
            }
            lines += [
                f"{head.booked_on} * ({head.voucher}) {harmless(voucher.explanation)}",
                *tags(facts),
                *self.lines(amounts_of(voucher), INDENT),
                "",
            ]
        return joined(lines)

    def end(self) -> str:
        """Nothing is booked, and every account must hold what it is said to hold."""
        closings = self.closings()
        if not closings:
            return joined([END])
        lines = [f"{self.books.scope.until_on} * {harmless(CLOSING)}"]
        for key, minor in closings:
            [nothing] = self.lines([(key, 0)], INDENT)
            lines.append(f"{nothing} = {self.amount(key, minor)}")
        return joined([*lines, "", END])


def harmless(text: str) -> str:
    return one_line(text).translate(MARKS)


def tags(facts: Mapping[str, str]) -> Iterator[str]:
    return (f"{INDENT}; {key}: {harmless(fact)}" for key, fact in facts.items())
