"""What a file says anew of lines that are known.

Names and days of value do not tell one line from another, because banks complete them later. A line
that is known is therefore not taken again under another payer's name; but it is told, since who
paid decides what may be matched by one person alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from market.base import text
from market.money.statements.formats.model import ReadLine
from market.money.statements.model import KnownLine, Restated

FIELDS: Final = ("counterparty_name", "counterparty_bank", "value_on")


def restated(
    keyed: Sequence[tuple[str, ReadLine]], known: Mapping[str, KnownLine]
) -> Iterator[Restated]:
    """Each that differs; a file that leaves a field empty says nothing of it."""
    for key, line in keyed:
        old = known.get(key)
        if old is None:
            continue
        for field in FIELDS:
            before, after = _said(getattr(old, field)), _said(getattr(line, field))
            if after and text.squeezed(before) != text.squeezed(after):
                yield Restated(
                    old.id, old.booked_on, old.amount_minor, old.currency, field, before, after
                )


def _said(value: str | date | None) -> str:
    return "" if value is None else str(value)
