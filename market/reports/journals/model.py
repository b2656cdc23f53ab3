"""What an export is of, what stands in it, and who may have it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid, NotFound

EXPORTERS: Final = (Role.FINANCE, Role.LEADER, Role.AUDITOR)
FIRST_DAY: Final = date(2000, 1, 1)  # no posting is dated earlier
LAST_DAY: Final = date(2099, 12, 31)  # what both tools read


class Record(StrEnum):
    """What of the books is exported."""

    JOURNAL = "journal"
    GENERAL_LEDGER = "general-ledger"
    VOUCHERS = "vouchers"


class Format(StrEnum):
    """How it leaves: tables are of every record, the other two of the journal alone."""

    CSV = "csv"
    XLSX = "xlsx"
    BEANCOUNT = "beancount"
    HLEDGER = "hledger"


NAMES_ZH: Final = {
    Record.JOURNAL: "序时账",
    Record.GENERAL_LEDGER: "总账明细账",
    Record.VOUCHERS: "记账凭证",
}
ENDINGS: Final = {
    Format.CSV: "csv",
    Format.XLSX: "xlsx",
    Format.BEANCOUNT: "beancount",
    Format.HLEDGER: "journal",
}


class Wanted(NamedTuple):
    """The days, both included: since the books began and until today when none is named."""

    from_on: date | None
    until_on: date | None


class Horizon(NamedTuple):
    """Below it nobody can still commit; in PostgreSQL's own words."""

    epoch: int
    xid: str


class Scope(NamedTuple):
    """Which postings: of one unit's books, in a span, below the horizon."""

    books: UUID
    from_on: date
    until_on: date
    horizon: Horizon


class Unit(msgspec.Struct, frozen=True):
    """Whose books they are."""

    id: UUID
    name_zh: str


class Account(msgspec.Struct, frozen=True):
    """An account, with what the chart says of its kind."""

    id: int
    kind: str
    subject: UUID | None
    currency: str
    category: str = msgspec.field(name="class")
    name_zh: str
    name_en: str


class Turnover(NamedTuple):
    """An account's debits and credits before the span or in it, in as many lines."""

    debit_minor: int
    credit_minor: int
    lines: int

    def and_then(self, more: Turnover) -> Turnover:
        return Turnover(*(a + b for a, b in zip(self, more, strict=True)))


NOTHING: Final = Turnover(0, 0, 0)


class Kept(NamedTuple):
    """An account of the export; balances are debit less credit."""

    account: Account
    before: Turnover
    within: Turnover

    @property
    def lines(self) -> int:
        return self.before.lines + self.within.lines

    @property
    def opening_minor(self) -> int:
        return self.before.debit_minor - self.before.credit_minor

    @property
    def closing_minor(self) -> int:
        return self.opening_minor + self.within.debit_minor - self.within.credit_minor


class Books(NamedTuple):
    """What was found before the first byte is sent.

    ``accounts``: those with a turnover up to the last day, in the order of the chart. ``months``:
    those of the span in which something is booked. ``left_out``: how many postings up to the last
    day have no voucher yet, because somebody could still commit before them.
    """

    unit: Unit
    scope: Scope
    accounts: Sequence[Kept]
    names: dict[UUID, str]
    months: Sequence[date]
    postings: int
    left_out: int

    @property
    def lines(self) -> int:
        return sum(kept.within.lines for kept in self.accounts)

    @property
    def has_opening(self) -> bool:
        return any(kept.opening_minor for kept in self.accounts)


class Line(NamedTuple):
    """What a voucher books on one side of one account; one of the amounts is 0."""

    account_id: int
    debit_minor: int
    credit_minor: int


class Head(msgspec.Struct, frozen=True):
    """A posting without its lines; ``key`` is PostgreSQL's own."""

    key: int
    public_id: UUID
    cause: str
    effective_on: date
    period: date
    booked_on: date
    created_at: datetime
    actor: UUID
    number: int

    @property
    def voucher(self) -> str:
        """Unit and month have a series of their own; the month is part of it."""
        return f"{self.period:%Y-%m}-{self.number:04d}"


class Voucher(NamedTuple):
    """A posting as an accountant reads it: debits first, an account once on either side."""

    head: Head
    explanation: str
    maker: str
    lines: Sequence[Line]


class NotForExport(Forbidden):
    """Whole books leave through those who keep, lead or audit them."""

    code = "not_for_export"
    zh = "账簿由本单位或上级单位的财务、负责人或审计导出。请由他们办理。"
    en = "Books are exported by finance, leader or auditor of the unit or one above. Ask them."


class DayOutsideBooks(Invalid):
    """The ledger knows no other days, and neither do the programs that read the journal."""

    code = "day_outside_books"
    zh = "账簿的日期在 2000-01-01 至 2099-12-31 之间。请改正日期。"
    en = "Books hold days from 2000-01-01 to 2099-12-31. Mend the day."


class UnitNotNamed(NotFound):
    """A command names the unit by its name, its USCC, its number prefix or its id."""

    code = "export_unit_unknown"
    zh = (
        "没有单位、或不止一个单位的名称、统一社会信用代码、编号前缀（请款单号开头的字母）或 id "
        "为“{named}”。请核对；各单位的 id 见 GET /v1/units/tree。"
    )
    en = (
        "No unit, or more than one, has the name, USCC, number prefix (the letters that its "
        "invoice numbers begin with) or id '{named}'. Check it; GET /v1/units/tree lists the ids."
    )


class TooLongForASheet(Conflict):
    """A workbook has an end, and is made before its first byte is sent."""

    code = "too_long_for_a_sheet"
    zh = "共有 {rows} 行，超过此处 XLSX 的上限 {most} 行。请缩短期间，或改用 CSV。"
    en = "There are {rows} rows, more than the {most} of XLSX here. Shorten the span or take CSV."


def may_export(actor: Actor) -> bool:
    return actor.is_system or actor.is_any(*EXPORTERS)
