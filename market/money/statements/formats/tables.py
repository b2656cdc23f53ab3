"""Tables, as Chinese banks export them, into statements: CSV in UTF-8 or GB18030, and XLSX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Final

import msgspec

from market.base import amounts, text
from market.base.errors import Invalid
from market.money.statements.formats import checks, layout, refusals, workbook
from market.money.statements.formats.layout import Grid, Layout
from market.money.statements.formats.model import Mapping, ReadLine, ReadStatement

_DELIMITERS: Final = (",", "\t", ";", "|")
_MOST_ROWS: Final = 120_000
_MOST_NAME: Final = 200
_MOST_REMARK: Final = 2_000
# Spreadsheets are kept from spoiling long numbers by ="622…", '622… or `622….
_GUARDED: Final = re.compile(r"""^(?:=?"(.*)"|['`](.*))$""", re.DOTALL)
_DATE_IN_TEXT: Final = re.compile(r"\d{4}(?:年|[-/.])?\d{1,2}(?:月|[-/.])?\d{1,2}日?")
_ACCOUNT: Final = re.compile(r"[0-9*][0-9* -]{3,40}|[0-9A-Za-z*-]{4,40}")
_CURRENCY_WORDS: Final = {
    "人民币": "CNY", "人民币元": "CNY", "RMB": "CNY", "元": "CNY", "美元": "USD", "港币": "HKD",
    "港元": "HKD", "欧元": "EUR", "日元": "JPY", "英镑": "GBP", "澳大利亚元": "AUD",
    "加拿大元": "CAD", "新加坡元": "SGD", "瑞士法郎": "CHF",
}  # fmt: skip


def read_csv(
    data: bytes, mappings: Sequence[Mapping], encoding: str | None = None
) -> list[ReadStatement]:
    """The statement in a text table; an encoding that is given is the only one tried."""
    grid, found = _text_grid(data, mappings, encoding)
    return [_statement(grid, found)]


def read_xlsx(data: bytes, mappings: Sequence[Mapping]) -> list[ReadStatement]:
    """One statement a sheet that holds a table; the other sheets are passed over."""
    statements, fault = [], None
    for grid in workbook.sheets(data):
        try:
            found = layout.find(grid, mappings)
        except refusals.ColumnsMissing as missing:
            fault = fault or missing
        else:
            statements.append(_statement(grid, found))
    if not statements:
        raise fault or refusals.FileEmpty
    return statements


def _text_grid(
    data: bytes, mappings: Sequence[Mapping], encoding: str | None
) -> tuple[Grid, Layout]:
    fault: Invalid | None = None
    for candidate in [encoding] if encoding else _encodings(mappings):
        try:
            content = data.decode(candidate)
        except (UnicodeDecodeError, LookupError):
            continue
        checks.require_undamaged(content)
        if content.count("\n") > _MOST_ROWS:
            raise refusals.TooManyLines(most=checks.MOST_LINES)
        for delimiter in _delimiters(content, mappings):
            try:
                found = layout.find(_rows(_head(content), delimiter), mappings)
            except refusals.ColumnsMissing as missing:
                fault = fault or missing  # the likeliest delimiter comes first
            else:
                return _rows(content, delimiter), found
    raise fault or refusals.WrongEncoding(encoding=encoding or "UTF-8 / GB18030")


def _encodings(mappings: Sequence[Mapping]) -> list[str]:
    named = (name for mapping in mappings for name in mapping.encodings)
    return list(dict.fromkeys(["utf-8-sig", *named]))


def _head(content: str) -> str:
    end = 0
    for _ in range(layout.HEAD_ROWS):
        end = content.find("\n", end) + 1
        if not end:
            return content[:100_000]
    return content[:end]


def _delimiters(content: str, mappings: Sequence[Mapping]) -> list[str]:
    """Those that mappings name, then the others, the most frequent in the head first."""
    head = _head(content)
    named = [mapping.delimiter for mapping in mappings if mapping.delimiter]
    return list(dict.fromkeys([*named, *sorted(_DELIMITERS, key=head.count, reverse=True)]))


def _rows(content: str, delimiter: str) -> Grid:
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    try:
        return list(reader)
    except csv.Error as fault:
        raise refusals.RowUnreadable(row=reader.line_num, column="CSV", found=str(fault)) from fault


def _statement(grid: Grid, found: Layout) -> ReadStatement:
    return _Table(grid, found).statement()


class _Table:
    """One table while it is read: its layout and currency, its rows parted into lines and notes."""

    def __init__(self, grid: Grid, found: Layout) -> None:
        self.layout = found
        self.mapping = found.mapping
        self.notes = [[_bare(cell) for cell in row] for row in grid[: found.header_row]]
        self.days: dict[str, date | None] = {}
        self.rows: list[tuple[int, list[str]]] = []
        for number, row in enumerate(grid[found.header_row + 1 :], found.header_row + 2):
            self._take(number, [_bare(cell) for cell in row])
        self.currency = self._currency()

    def statement(self) -> ReadStatement:
        checks.require_few(len(self.rows))
        lines = [line for line in map(self._line, self.rows) if line.amount_minor]
        labels = self.mapping.labels
        opening = self._labelled_amount(labels.opening)
        closing = self._labelled_amount(labels.closing)
        lines = _numbered(_forward(lines, opening))
        if lines and lines[0].balance_after_minor is not None and opening is None:
            opening = lines[0].balance_after_minor - lines[0].amount_minor
        if lines and closing is None:
            closing = lines[-1].balance_after_minor
        if opening is None or closing is None:
            raise refusals.BalancesMissing
        from_on, until_on = self._period(lines)
        return checks.checked(
            ReadStatement(
                account=self._account(),
                currency=self.currency,
                opening_minor=opening,
                closing_minor=closing,
                from_on=from_on,
                until_on=until_on,
                reference=next(layout.labelled(self.notes, labels.reference), "")[:_MOST_NAME],
                lines=lines,
            )
        )

    def _take(self, number: int, row: list[str]) -> None:
        """A row with a date is a line; one without either holds no money or is a known note."""
        if not any(row):
            return
        if self._is_note(row):
            self.notes.append(row)
        else:
            self.rows.append((number, row))

    def _is_note(self, row: list[str]) -> bool:
        money = [self.layout.cell(row, name) for name in ("debit", "credit", "amount")]
        is_moneyless = not any(c.isdigit() for cell in money for c in cell)
        first = next((cell for cell in row if cell), "")
        if self._day(self.layout.cell(row, "booked_on")) is None:
            return is_moneyless or first.startswith(self.mapping.notes)
        labels = (*self.mapping.labels.opening, *self.mapping.labels.closing)
        return is_moneyless and any(cell.startswith(labels) for cell in row if cell)

    def _line(self, numbered: tuple[int, list[str]]) -> ReadLine:
        number, row = numbered
        amount = self._amount(number, row)
        side = "payer" if amount > 0 else "payee"
        cell = self.layout.cell
        balance = cell(row, "balance")
        return ReadLine(
            position=number,
            booked_on=self._required_day(number, row, "booked_on"),
            value_on=self._required_day(number, row, "value_on") if cell(row, "value_on") else None,
            amount_minor=amount,
            balance_after_minor=self._money(number, row, "balance") if balance else None,
            counterparty_name=self._party(row, side, "name"),
            counterparty_account=self._party(row, side, "account"),
            counterparty_bank=self._party(row, side, "bank"),
            remark=text.shortened(text.joined(*self.layout.cells(row, "remark")), _MOST_REMARK),
            bank_reference=text.shortened(cell(row, "reference"), _MOST_NAME),
            raw={
                name: value for name, value in zip(self.layout.labels, row, strict=False) if value
            },
        )

    def _party(self, row: list[str], side: str, what: str) -> str:
        named = self.layout.cell(row, f"counterparty_{what}")
        return text.shortened(named or self.layout.cell(row, f"{side}_{what}"), _MOST_NAME)

    def _amount(self, number: int, row: list[str]) -> int:
        if not self.mapping.columns.amount:
            out, into = self._money(number, row, "debit"), self._money(number, row, "credit")
            if out and into:
                found = f"{self.layout.cell(row, 'debit')} / {self.layout.cell(row, 'credit')}"
                raise self._unreadable(number, "credit", found)
            return into - out
        amount = self._money(number, row, "amount")
        if self.mapping.is_signed:
            return amount
        direction = text.squeezed(self.layout.cell(row, "direction"))
        if direction in map(text.squeezed, self.mapping.inward):
            return amount
        if direction in map(text.squeezed, self.mapping.outward):
            return -amount
        raise self._unreadable(number, "direction", self.layout.cell(row, "direction"))

    def _money(self, number: int, row: list[str], column: str) -> int:
        shown = self.layout.cell(row, column)
        if not shown.strip("-"):
            return 0
        try:
            return amounts.parse_printed(shown, self.currency)
        except Invalid as fault:
            raise self._unreadable(number, column, shown) from fault

    def _unreadable(self, number: int, column: str, found: str) -> refusals.RowUnreadable:
        return refusals.RowUnreadable(
            row=number, column=self.layout.label(column), found=text.shortened(found, 60)
        )

    def _day(self, shown: str) -> date | None:
        if shown not in self.days:
            self.days[shown] = _parsed_day(shown, self.mapping.date_formats)
        return self.days[shown]

    def _required_day(self, number: int, row: list[str], column: str) -> date:
        shown = self.layout.cell(row, column)
        day = self._day(shown)
        if day is None:
            raise self._unreadable(number, column, shown)
        return day

    def _currency(self) -> str:
        in_rows = {self.layout.cell(row, "currency") for _, row in self.rows} - {""}
        labelled = layout.labelled(self.notes, self.mapping.labels.currency)
        stated = {shown.strip("[] ").partition(" ")[0] for shown in islice(labelled, 1)}
        codes = {_currency_code(word) for word in in_rows | stated}
        if len(codes) > 1:
            raise refusals.CurrenciesMixed(found="、".join(sorted(codes)))
        return codes.pop() if codes else self.mapping.currency

    def _account(self) -> str:
        in_rows = {self.layout.cell(row, "account") for _, row in self.rows} - {""}
        if len(in_rows) > 1:
            raise refusals.AccountsMixed(found="、".join(sorted(in_rows)[:5]))
        if in_rows:
            return text.shortened(in_rows.pop(), _MOST_NAME)
        named = layout.labelled(self.notes, self.mapping.labels.account)
        found = (_ACCOUNT.search(shown) for shown in named)
        return next((match[0].strip(" -") for match in found if match), "")

    def _labelled_amount(self, labels: Sequence[str]) -> int | None:
        for shown in layout.labelled(self.notes, labels):
            try:
                return amounts.parse_printed(shown.strip("[] ").partition(" ")[0], self.currency)
            except Invalid:
                continue
        return None

    def _period(self, lines: list[ReadLine]) -> tuple[date, date]:
        labels = self.mapping.labels
        first = self._labelled_days(labels.from_on) + self._labelled_days(labels.period)
        last = self._labelled_days(labels.until_on) + self._labelled_days(labels.period)[1:]
        booked = [line.booked_on for line in lines]
        if not (booked or (first and last)):
            raise refusals.DatesSenseless(found="–")
        return (first[0] if first else min(booked)), (last[0] if last else max(booked))

    def _labelled_days(self, labels: Sequence[str]) -> list[date]:
        found = _DATE_IN_TEXT.findall(" ".join(layout.labelled(self.notes, labels)))
        return [day for day in map(self._day, found) if day]


def _bare(cell: str) -> str:
    guarded = _GUARDED.match(cell.strip())
    return text.plain((guarded[1] or guarded[2] or "") if guarded else cell)


def _parsed_day(shown: str, formats: Iterable[str]) -> date | None:
    for form in formats:
        try:
            return datetime.strptime(shown, form).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    return None


def _currency_code(word: str) -> str:
    folded = text.plain(word).upper()
    if folded in _CURRENCY_WORDS:
        return _CURRENCY_WORDS[folded]
    code = re.search(r"(?<![A-Z])[A-Z]{3}(?![A-Z])", folded)
    if code is None:
        raise refusals.CurrencyUnknown(found=text.shortened(word, 20))
    return _CURRENCY_WORDS.get(code[0], code[0])


def _forward(lines: list[ReadLine], opening: int | None) -> list[ReadLine]:
    """Oldest first: many banks export the newest first; within a day the balances tell."""
    if not lines or lines[0].booked_on < lines[-1].booked_on:
        return lines
    backward = lines[::-1]
    if lines[0].booked_on > lines[-1].booked_on:
        return backward
    return backward if _is_chained(backward, opening) and not _is_chained(lines, opening) else lines


def _is_chained(lines: list[ReadLine], opening: int | None) -> bool:
    first = lines[0].balance_after_minor
    start = first - lines[0].amount_minor if first is not None else opening
    if start is None or (opening is not None and start != opening):
        return False
    return checks.broken_link(start, lines) is None


def _numbered(lines: list[ReadLine]) -> list[ReadLine]:
    return [msgspec.structs.replace(line, position=place) for place, line in enumerate(lines, 1)]
