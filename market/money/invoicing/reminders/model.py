"""What a reminder and a hold are: rows, levels and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base.errors import Conflict, Invalid
from market.base.fields import Day, Input, Reason
from market.money.invoicing.model import InvoiceState

POLICY: Final = "reminders"
LATE_STATES: Final = (InvoiceState.OPEN, InvoiceState.PART_PAID)
MOST_HOLD_DAYS: Final = 366


class Level(StrEnum):
    """From mild to last; FORMAL is the 催款函."""

    FRIENDLY = "friendly"
    FORMAL = "formal"
    FINAL = "final"


RISING: Final = tuple(Level)


class Reminder(msgspec.Struct, frozen=True):
    """What the buyer was told; figures are of that day.

    ``counted_from``: the day after which lateness is counted; ``counted_until``: the last day whose
    holidays were announced, where that was before the day it was sent. ``credit_minor``: what of
    ``open_minor`` the buyer's credit covers that credit notes on the invoice left; the rest is
    asked for. ``policy_id``: the version of the policy "reminders" that made it due.
    ``letter_sha256`` is that of the PDF of a formal or final one; ``letter_unprintable`` names the
    characters for which none could be set.
    """

    id: UUID
    invoice_id: UUID
    level: Level
    sent_on: date
    counted_from: date
    counted_until: date | None
    late_working_days: int
    open_minor: int
    credit_minor: int
    currency: str
    policy_id: UUID
    letter_number: str | None
    letter_sha256: str | None
    letter_unprintable: str | None
    created_at: datetime

    @property
    def version(self) -> int:
        """It never changes."""
        return 1


class Demand(msgspec.Struct, frozen=True):
    """What a reminder says beside its invoice, before it is a row."""

    level: Level
    sent_at: datetime
    sent_on: date
    counted_from: date
    counted_until: date | None
    late_working_days: int
    credit_minor: int
    policy_id: UUID


class Letter(msgspec.Struct, frozen=True):
    """The letter of a reminder: set, or ``unprintable`` names what the font lacks."""

    number: str
    pdf: bytes = b""
    sha256: str | None = None
    unprintable: str | None = None


class ReminderHold(msgspec.Struct, frozen=True):
    """No reminder is sent before ``until``; while there is a dispute that may be open."""

    id: UUID
    invoice_id: UUID
    disputed: bool
    until: date | None
    reason: str
    held_by: UUID
    created_at: datetime

    @property
    def version(self) -> int:
        """It never changes."""
        return 1

    def holds_on(self, day: date) -> bool:
        return self.until is None or day < self.until


class Holding(Input, frozen=True, kw_only=True):
    """Until when no reminder is sent, and why; today ends the hold that there is.

    Only a dispute needs no day: it lasts until another hold is set.
    """

    disputed: bool = False
    until: Day | None = None
    reason: Reason


class HoldNeedsDay(Invalid):
    """A hold ends by itself, unless it is for a dispute."""

    code = "hold_needs_day"
    zh = "请填写暂缓催款的截止日期；只有存在争议的请款单可以不填。"
    en = "Say until when reminders are held; only a disputed invoice needs no day."


class HoldDayWrong(Invalid):
    """A hold is neither of the past nor for ever."""

    code = "hold_day_wrong"
    zh = "暂缓催款的截止日期须在 {first} 至 {last} 之间。请改正日期。"
    en = "Reminders are held until a day from {first} to {last}. Mend the day."


class NothingToRemindOf(Conflict):
    """Reminders are of what is owed."""

    code = "nothing_to_remind_of"
    zh = "请款单 {number} 没有待收款项，不会催款。请勿暂缓，无须办理。"
    en = "Nothing is owed on invoice {number}, so nobody is reminded. Leave it as it is."


class ReminderHasNoLetter(Conflict):
    """A mild reminder is an e-mail, and so were all of them once."""

    code = "reminder_has_no_letter"
    zh = "这次催款只发了邮件，没有函件。催款函和最后催告函才有文件，请在催款记录中选择。"
    en = (
        "This reminder was an e-mail alone. Formal and final demands have a document: choose one "
        "from the invoice's reminders."
    )


def level_reached(late_working_days: int, terms: Mapping[str, int]) -> Level | None:
    """The highest level whose working days have passed; ``terms`` are the policy's."""
    reached = [
        level
        for level in RISING
        if late_working_days > 0 and late_working_days >= terms[f"{level}_working_days"]
    ]
    return reached[-1] if reached else None


def is_above(level: Level, sent: Level | None) -> bool:
    return sent is None or RISING.index(level) > RISING.index(sent)
