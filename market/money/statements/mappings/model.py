"""A column mapping as a row, and as finance writes one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.errors import Conflict, Invalid
from market.base.fields import Currency, Input
from market.money.statements.formats.model import Columns, Labels, Mapping

Label: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100)]
Name: TypeAlias = Annotated[
    str,
    Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,99}(?!\s)$"),
]
DateFormat: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(?=.*%Y)(?=.*%m)(?=.*%d)(?:%[YmdHMS]|[-/. :T年月日]){5,20}(?!\s)$",
    ),
]
Encoding: TypeAlias = Literal["utf-8-sig", "utf-8", "gb18030"]
Words: TypeAlias = Annotated[list[Label], Meta(max_length=30)]


class StatementMapping(msgspec.Struct, frozen=True):
    """A mapping as it is kept; without a unit it came with the market."""

    id: UUID
    books_unit_id: UUID | None
    position: int
    name: str
    bank: str
    body: dict[str, object]
    added_by: UUID
    version: int
    created_at: datetime

    @property
    def mapping(self) -> Mapping:
        """As the readers take it."""
        return msgspec.convert({"name": self.name, "bank": self.bank, **self.body}, Mapping)


class NewMapping(Input, frozen=True, kw_only=True):
    """``columns``: the labels of each column, the preferred first; money is two columns or one.

    ``labels``: what stands before a value above and below the table.
    """

    name: Name
    bank: Annotated[str, Meta(min_length=1, max_length=200)]
    columns: Annotated[dict[Label, Words], Meta(max_length=30)]
    labels: Annotated[dict[Label, Words], Meta(max_length=20)] = msgspec.field(default_factory=dict)
    encodings: Annotated[list[Encoding], Meta(min_length=1, max_length=3)] = msgspec.field(
        default_factory=lambda: ["utf-8-sig", "gb18030"]
    )
    delimiter: Literal[",", "\t", ";", "|"] | None = None
    date_formats: Annotated[list[DateFormat], Meta(min_length=1, max_length=20)]
    inward: Words = msgspec.field(default_factory=list)
    outward: Words = msgspec.field(default_factory=list)
    is_signed: bool = False
    currency: Currency = "CNY"
    notes: Words = msgspec.field(default_factory=list)

    def checked(self) -> Mapping:
        """The mapping, once it can read money at all. Raises MappingUnusable."""
        given = msgspec.to_builtins(self)
        for part, kind in (("columns", Columns), ("labels", Labels)):
            known = set(kind.__struct_fields__)
            for name in given[part]:
                if name not in known:
                    raise MappingUnusable(found=name, pointer=f"/{part}")
        if not given["columns"].get("booked_on"):
            raise MappingUnusable(found="booked_on", pointer="/columns/booked_on")
        mapping = msgspec.convert(given, Mapping)
        columns = mapping.columns
        if bool(columns.debit and columns.credit) == bool(columns.amount):
            raise MappingUnusable(found="debit, credit, amount", pointer="/columns")
        has_side = mapping.is_signed or (columns.direction and mapping.inward and mapping.outward)
        if columns.amount and not has_side:
            raise MappingUnusable(found="direction, inward, outward", pointer="/columns/direction")
        return mapping


class MappingUnusable(Invalid):
    """A layout without a day, or whose money has no side, reads nothing."""

    code = "mapping_unusable"
    zh = (
        "列对照中的“{found}”有误：须有 booked_on；金额须为 debit 与 credit 两列，或 amount 一列"
        "（带正负号，或另有 direction 列和 inward、outward 词语）。请改正后重新提交。"
    )
    en = (
        "'{found}' is wrong: name booked_on; and either debit and credit, or amount, signed or "
        "with direction, inward and outward. Mend the mapping and send it again."
    )


class MappingKnown(Conflict):
    """One mapping of a name in a unit."""

    code = "mapping_known"
    zh = "列对照“{name}”已存在。请换一个名称。"
    en = "There is a mapping '{name}' already. Choose another name."
