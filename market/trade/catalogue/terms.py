"""What an offering says, and how two sayings differ.

``Terms`` is the one place where its fields stand; inputs are derived from it, and the columns of
the tables ``offering`` and ``offering_version`` bear the same names.
"""

from __future__ import annotations

from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType, structs

from market.base.fields import (
    MANY_LINES,
    MOST,
    ONE_LINE,
    AmountMinor,
    Code,
    Currency,
    Days,
    Input,
    Line,
    Text,
)

Summary: TypeAlias = Annotated[str, Meta(min_length=1, max_length=500, pattern=MANY_LINES)]
Item: TypeAlias = Annotated[str, Meta(min_length=1, max_length=300, pattern=ONE_LINE)]
PositivePpm: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000)]
INDUSTRY: Final = r"^[A-T][0-9]{2}(?!\s)$"
REGION: Final = r"^[1-9][0-9]{5}(?!\s)$"
Industry: TypeAlias = Annotated[
    str,
    Meta(
        pattern=INDUSTRY,
        examples=["C34"],
    ),
]
Region: TypeAlias = Annotated[str, Meta(pattern=REGION, examples=["510100"])]


class OfferingKind(StrEnum):
    """The four services 四技服务: 咨询, 服务, 培训, 转让."""

    CONSULTING = "consulting"
    SERVICE = "service"
    TRAINING = "training"
    TRANSFER = "transfer"


class PriceModel(StrEnum):
    """What the price is for; ``from`` names the least, ``quote`` none at all."""

    FIXED = "fixed"
    FROM = "from"
    PER_ITEM = "per_item"
    PER_DAY = "per_day"
    PER_PERSON = "per_person"
    PER_YEAR = "per_year"
    QUOTE = "quote"


class TaxClass(StrEnum):
    """Whether an exemption may be claimed at signing; only transfers may (财税〔2016〕36号)."""

    TAXABLE = "taxable"
    EXEMPTIBLE = "exemptible"


class FreeOrPaid(StrEnum):
    """Free 无偿 counts for targets, never for revenue."""

    FREE = "free"
    PAID = "paid"


class Capacity(StrEnum):
    """As principal the unit performs for itself; as agent it earns a commission only."""

    PRINCIPAL = "principal"
    AGENT = "agent"


class TechnicalField(StrEnum):
    """The technical fields of the registration form of technology contracts."""

    ELECTRONICS = "electronics"
    AEROSPACE = "aerospace"
    ADVANCED_MANUFACTURING = "advanced_manufacturing"
    BIOMEDICINE = "biomedicine"
    NEW_MATERIALS = "new_materials"
    ENERGY_SAVING = "energy_saving"
    ENVIRONMENT = "environment"
    NUCLEAR = "nuclear"
    AGRICULTURE = "agriculture"
    TRANSPORT = "transport"
    URBAN_SOCIETY = "urban_society"


class PriceBand(StrEnum):
    """Price bands in whole yuan, for filtering; other currencies stand apart."""

    FREE = "free"
    UNDER_10000 = "under_10000"
    UNDER_50000 = "under_50000"
    UNDER_100000 = "under_100000"
    UNDER_200000 = "under_200000"
    FROM_200000 = "from_200000"
    QUOTE = "quote"
    FOREIGN = "foreign"


BAND_CEILINGS_MINOR: Final = (
    (10_000_00, PriceBand.UNDER_10000),
    (50_000_00, PriceBand.UNDER_50000),
    (100_000_00, PriceBand.UNDER_100000),
    (200_000_00, PriceBand.UNDER_200000),
)
NOT_IN_YUAN: Final = MOST + 1


class Terms(msgspec.Struct, frozen=True):
    """``price_minor`` includes tax; ``member_ids`` are rows of the register of members."""

    title_zh: Line
    title_en: Line
    summary: Summary
    description: Text
    deliverables: Annotated[list[Item], Meta(min_length=1, max_length=50)]
    price_model: PriceModel
    price_minor: AmountMinor | None
    royalty_ppm: PositivePpm | None
    currency: Currency
    tax_class: TaxClass
    free_or_paid: FreeOrPaid
    lead_time_days: Days
    member_ids: Annotated[list[UUID], Meta(min_length=1, max_length=100)]
    qualifications: Annotated[list[Item], Meta(max_length=50)]
    technical_field: TechnicalField
    industry: Industry
    region: Region
    capacity: Capacity
    commission_ppm: PositivePpm | None
    right_id: UUID | None


DEFAULTS: Final[dict[str, Any]] = {
    "price_minor": None,
    "royalty_ppm": None,
    "currency": "CNY",
    "tax_class": TaxClass.TAXABLE,
    "free_or_paid": FreeOrPaid.PAID,
    "qualifications": [],
    "capacity": Capacity.PRINCIPAL,
    "commission_ppm": None,
    "right_id": None,
}

if TYPE_CHECKING:

    class NewOffering(Terms, frozen=True):
        """All terms of a first draft, with what never changes afterwards."""

        code: Code
        kind: OfferingKind

    class TermsChange(Input, frozen=True):
        """Any of the terms; a field left out stays as it is."""

else:
    NewOffering = msgspec.defstruct(
        "NewOffering",
        [
            ("code", Code),
            ("kind", OfferingKind),
            *(
                (field.name, field.type, DEFAULTS[field.name])
                if field.name in DEFAULTS
                else (field.name, field.type)
                for field in structs.fields(Terms)
            ),
        ],
        bases=(Input,),
        kw_only=True,
        frozen=True,
        module=__name__,
    )
    TermsChange = msgspec.defstruct(
        "TermsChange",
        [(field.name, field.type | UnsetType, UNSET) for field in structs.fields(Terms)],
        bases=(Input,),
        kw_only=True,
        frozen=True,
        module=__name__,
    )


_terms_from: Final = attrgetter(*Terms.__struct_fields__)


def terms_of(source: msgspec.Struct) -> Terms:
    """The terms that a Struct with all their fields holds."""
    return Terms(*_terms_from(source))


def changed(terms: Terms, change: TermsChange) -> Terms:
    given = {name: value for name, value in structs.asdict(change).items() if value is not UNSET}
    return structs.replace(terms, **given)


class FieldChange(msgspec.Struct, frozen=True):
    """One field that differs between two versions."""

    field: str
    before: Any
    after: Any


def diff(before: Terms, after: Terms) -> list[FieldChange]:
    """Field by field, in the order in which the fields stand."""
    pairs = (
        FieldChange(name, getattr(before, name), getattr(after, name))
        for name in Terms.__struct_fields__
    )
    return [pair for pair in pairs if pair.before != pair.after]


def price_band(terms: Terms) -> PriceBand:
    price_minor = terms.price_minor
    if price_minor is None:
        return PriceBand.QUOTE
    if price_minor == 0:
        return PriceBand.FREE
    if terms.currency != "CNY":
        return PriceBand.FOREIGN
    fitting = (band for ceiling, band in BAND_CEILINGS_MINOR if price_minor < ceiling)
    return next(fitting, PriceBand.FROM_200000)


def price_key(terms: Terms) -> int:
    """What the listing by price sorts on: fen; what has no price in yuan comes last."""
    if terms.price_minor == 0:
        return 0
    if terms.currency != "CNY" or terms.price_minor is None:
        return NOT_IN_YUAN
    return terms.price_minor
