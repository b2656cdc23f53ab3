"""A line of the file: its cells become a new offering, or the reason why they do not.

The columns are the fields of a new offering as the API names them, but for ``members``: numbers of
the unit's register. Lists stand in one cell, their items divided by ``|``. An empty cell is left
out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from market.base import field_faults
from market.base.access import require
from market.base.errors import Phrase
from market.trade.catalogue import model as catalogue
from market.trade.catalogue import rules
from market.trade.catalogue.importing import model
from market.trade.catalogue.importing.model import MEMBERS, Desk, LineFault, Worker
from market.trade.catalogue.terms import DEFAULTS, NewOffering, OfferingKind

LISTS: Final = frozenset({"deliverables", "qualifications", MEMBERS})
# Whole numbers, and what they count.
NUMBERS: Final = {
    "price_minor": Phrase("分，如 12,000.00 元写作 1200000", "fen (12,000.00 yuan is 1200000)"),
    "royalty_ppm": Phrase("百万分之一，如 5% 写作 50000", "millionths (5% is 50000)"),
    "lead_time_days": Phrase("天", "days"),
}
# What only transfers have is not asked for.
OF_TRANSFERS: Final = frozenset({"right_id", "capacity", "commission_ppm", "tax_class"})
COLUMNS: Final = tuple(
    MEMBERS if name == "member_ids" else name
    for name in NewOffering.__struct_fields__
    if name not in OF_TRANSFERS
)
REQUIRED: Final = tuple(name for name in COLUMNS if name not in DEFAULTS)
SHAPE: Final = msgspec.inspect.type_info(NewOffering)


def check_header(header: Sequence[str]) -> None:
    """Raises ColumnsUnknown, ColumnsMissing."""
    unknown = [name for at, name in enumerate(header) if name not in COLUMNS or name in header[:at]]
    require(not unknown, model.ColumnsUnknown(names=", ".join(unknown)))
    missing = [name for name in REQUIRED if name not in header]
    require(not missing, model.ColumnsMissing(names=", ".join(missing)))


def read(
    desk: Desk, header: Sequence[str], cells: Sequence[str]
) -> tuple[NewOffering, list[Worker]]:
    """The offering of a line and who does its work.

    Raises msgspec.ValidationError and whatever the terms break (see `rules`).
    """
    if len(cells) != len(header):
        raise model.CellsMiscounted(found=len(cells), expected=len(header))
    fields: dict[str, Any] = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
    for name in LISTS.intersection(fields):
        fields[name] = _items(fields[name])
    _require_digits(fields)
    workers = _workers(desk, fields.pop(MEMBERS, []))
    fields["member_ids"] = [worker.id for worker in workers]
    new = msgspec.convert(fields, NewOffering, strict=False)
    if new.kind is OfferingKind.TRANSFER:
        raise model.TransferNotImported(pointer="/kind")
    rules.check(new.kind, new)
    if desk.reviewer_id is not None and desk.reviewer_id in [each.person_id for each in workers]:
        raise catalogue.DoerReviews(pointer=f"/{MEMBERS}")
    return new, workers


def fault_of_field(line: int, fault: msgspec.ValidationError) -> LineFault:
    """What msgspec says of a field, as the API tells it."""
    place = field_faults.place_in(SHAPE, fault)
    return model.told(
        line, field_faults.fault_of(place, "zh-CN"), field_faults.fault_of(place, "en")
    )


def _require_digits(fields: dict[str, Any]) -> None:
    for name, unit in NUMBERS.items():
        cell = fields.get(name, "0")
        if not (cell.isascii() and cell.isdigit()):
            raise model.NotDigits(pointer=f"/{name}", column=name, unit=unit)


def _items(cell: str) -> list[str]:
    return [item.strip() for item in cell.split("|")]


def _workers(desk: Desk, numbers: Sequence[str]) -> list[Worker]:
    try:
        return [desk.register[number] for number in numbers]
    except KeyError:
        unknown = [number for number in numbers if number not in desk.register]
        raise model.MembersUnknown(pointer=f"/{MEMBERS}", numbers=", ".join(unknown)) from None
