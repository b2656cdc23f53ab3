"""The journal for beancount 3, whose balance directives speak of the morning of their day."""

from __future__ import annotations

from collections.abc import Sequence

from market.reports.journals.model import Voucher
from market.reports.journals.texts import (
    CLOSING,
    END,
    ONE_DAY,
    OPENING,
    JournalText,
    amounts_of,
    joined,
    one_line,
    recorded_at,
)

INDENT = "  "


class Beancount(JournalText):
    """Accounts are opened before their first use; what is beside name and amount is metadata."""

    def head(self) -> str:
        has_opening = self.books.has_opening
        opened_on = self.opening_on if has_opening else self.books.scope.from_on
        lines = [
            *self.told(),
            "",
            f"option {quoted('title')} {quoted(self.books.unit.name_zh)}",
            *(f"option {quoted('operating_currency')} {quoted(c)}" for c in self.currencies),
            "",
        ]
        for account in self.opened():
            lines.append(f"{opened_on} open {account.name} {','.join(account.currencies)}")
            lines += [f"{INDENT}{key}: {quoted(fact)}" for key, fact in account.facts.items()]
        lines.append("")
        if has_opening:
            lines.append(f"{self.opening_on} * {quoted(OPENING)}")
            lines += [*self.lines(self.openings(), INDENT), ""]
        return joined(lines)

    def part(self, vouchers: Sequence[Voucher]) -> str:
        lines = []
        for voucher in vouchers:
            head = voucher.head
            lines += [
                f"{head.booked_on} * {quoted(voucher.explanation)}",
                f"{INDENT}voucher: {quoted(head.voucher)}",
                f"{INDENT}cause: {quoted(head.cause)}",
                f"{INDENT}effective_on: {head.effective_on}",
                f"{INDENT}recorded_at: {quoted(recorded_at(voucher))}",
                f"{INDENT}posting: {quoted(str(head.public_id))}",
                *self.lines(amounts_of(voucher), INDENT),
                "",
            ]
        return joined(lines)

    def end(self) -> str:
        day = self.books.scope.until_on + ONE_DAY
        checked = self.lines(self.closings(), f"{day} balance ")
        return joined([f"; {CLOSING}", *checked, "", END])


def quoted(text: str) -> str:
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
