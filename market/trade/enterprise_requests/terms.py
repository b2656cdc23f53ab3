"""What an enterprise request says, and how two sayings differ.

``Terms`` is the one place where its fields stand; inputs are derived from it, and the columns of
``enterprise_request`` and ``request_version`` bear the same names.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType, structs

from market.base.fields import AmountMinor, Currency, Input, Line, Quantity, Reason, Text
from market.trade.catalogue.terms import (
    BAND_CEILINGS_MINOR,
    FieldChange,
    Industry,
    OfferingKind,
    PriceBand,
    Region,
    TechnicalField,
)

Instant: TypeAlias = Annotated[datetime, Meta(tz=True)]
Weight: TypeAlias = Annotated[int, Meta(ge=0, le=100)]


class Secrecy(StrEnum):
    """Who sees a request: everybody, those who are invited, or everybody but not whose it is."""

    PUBLIC = "public"
    INVITED = "invited"
    ANONYMOUS = "anonymous"


class QuantityUnit(StrEnum):
    """What is counted, as in contracts."""

    LOT = "lot"
    ITEM = "item"
    DAY = "day"
    PERSON = "person"
    YEAR = "year"


class Terms(msgspec.Struct, frozen=True):
    """The budget includes tax; weights are percent and sum to 100; files are the buyer's own."""

    title: Line
    problem: Text
    kind: OfferingKind
    quantity: Quantity
    quantity_unit: QuantityUnit
    budget_from_minor: AmountMinor
    budget_to_minor: AmountMinor
    currency: Currency
    questions_until: Instant
    deadline: Instant
    secrecy: Secrecy
    sealed: bool
    technical_field: TechnicalField
    industry: Industry
    region: Region
    place: Line | None
    price_weight: Weight
    plan_weight: Weight
    qualification_weight: Weight
    time_weight: Weight
    file_ids: Annotated[list[UUID], Meta(max_length=20)]


DEFAULTS: Final[dict[str, Any]] = {
    "quantity": 1,
    "quantity_unit": QuantityUnit.LOT,
    "currency": "CNY",
    "secrecy": Secrecy.PUBLIC,
    "sealed": True,
    "place": None,
    "file_ids": [],
}
# What may no longer be changed once the request is published.
FIXED: Final = ("kind", "secrecy", "sealed", "currency")

if TYPE_CHECKING:

    class NewRequest(Terms, frozen=True):
        """All terms of a first draft; the buyer's own reference is shown to nobody else."""

        buyer_reference: Line | None

    class TermsChange(Input, frozen=True):
        """Any of the terms; a field left out stays as it is."""

        reason: Reason | UnsetType

else:
    NewRequest = msgspec.defstruct(
        "NewRequest",
        [
            *(
                (field.name, field.type, DEFAULTS[field.name])
                if field.name in DEFAULTS
                else (field.name, field.type)
                for field in structs.fields(Terms)
            ),
            ("buyer_reference", Line | None, None),
        ],
        bases=(Input,),
        kw_only=True,
        frozen=True,
        module=__name__,
    )
    TermsChange = msgspec.defstruct(
        "TermsChange",
        [
            *((field.name, field.type | UnsetType, UNSET) for field in structs.fields(Terms)),
            ("reason", Reason | UnsetType, UNSET),
        ],
        bases=(Input,),
        kw_only=True,
        frozen=True,
        module=__name__,
    )


def terms_of(source: msgspec.Struct) -> Terms:
    """The terms that a Struct with all their fields holds."""
    return Terms(*(getattr(source, name) for name in Terms.__struct_fields__))


def changed(terms: Terms, change: TermsChange) -> Terms:
    given = structs.asdict(change)
    return structs.replace(
        terms,
        **{name: given[name] for name in Terms.__struct_fields__ if given[name] is not UNSET},
    )


def diff(before: Terms, after: Terms) -> list[FieldChange]:
    """Field by field, in the order in which the fields stand."""
    pairs = (
        FieldChange(name, getattr(before, name), getattr(after, name))
        for name in Terms.__struct_fields__
    )
    return [pair for pair in pairs if pair.before != pair.after]


def budget_band(terms: Terms) -> PriceBand:
    """The band of what the buyer would pay at most."""
    if terms.currency != "CNY":
        return PriceBand.FOREIGN
    if terms.budget_to_minor == 0:
        return PriceBand.FREE
    fitting = (band for ceiling, band in BAND_CEILINGS_MINOR if terms.budget_to_minor < ceiling)
    return next(fitting, PriceBand.FROM_200000)
