"""What identifies a bank line, hashed anew: a text that was changed no longer fits its key."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from market.auditor.model import Fault
from market.base.db import Connection

INVISIBLE: Final = ("Cc", "Cf", "Cs", "Cn")
FITS_ZH: Final = "流水的内容与导入时的内容哈希一致"
FITS_EN: Final = "a bank line has the content that it was known by when it was imported"
LINES: Final = """SELECT l.id::text, l.key, a.number, l.currency, l.booked_on::text,
           l.amount_minor::text, l.counterparty_account, l.remark, l.bank_reference
    FROM bank_line l LEFT JOIN bank_account a ON a.id = l.bank_account_id
    ORDER BY l.bank_account_id, l.booked_on"""


class Line(NamedTuple):
    """One line: its id and key, then what the key is made of, in this order."""

    id: str
    key: str
    account: str
    currency: str
    booked_on: str
    amount: str
    counterparty_account: str
    remark: str
    reference: str

    @property
    def content(self) -> tuple[str, ...]:
        """As it is hashed: width, space and case of texts say nothing."""
        texts = (self.counterparty_account, self.remark, self.reference)
        known = (_bare(self.account or ""), self.currency, self.booked_on, self.amount)
        return known + tuple(map(_bare, texts))


async def faults(conn: Connection) -> list[Fault]:
    """Every line whose key is not that of its content.

    Of lines with one content each has the key of one of their places, counted from 1.
    """
    found: list[Fault] = []
    day: list[Line] = []
    async for record in conn.cursor(LINES):
        line = Line(*record)
        if day and (line.account, line.booked_on) != (day[0].account, day[0].booked_on):
            found.extend(_of_day(day))
            day = []
        day.append(line)
    found.extend(_of_day(day))
    return found


def _of_day(day: list[Line]) -> Iterator[Fault]:
    alike = Counter(line.content for line in day)
    keys: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for content, count in alike.items():
        keys[content] = {_key(content, place) for place in range(1, count + 1)}
    for line in day:
        if line.key not in keys[line.content]:
            told = "its content is not the one that its key was made of"
            yield Fault("I8", "bank_line", line.id, told, FITS_ZH, FITS_EN)


def _key(content: tuple[str, ...], place: int) -> str:
    return hashlib.sha256("\x1f".join((*content, str(place))).encode()).hexdigest()


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)
    spaced = "".join(" " if c.isspace() else c for c in folded)
    seen = "".join(c for c in spaced if unicodedata.category(c) not in INVISIBLE)
    return "".join(unicodedata.normalize("NFKC", seen).split()).casefold()
