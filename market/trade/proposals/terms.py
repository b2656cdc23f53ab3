"""What a proposal says, and how two sayings differ.

``Terms`` is the one place where its fields stand; inputs are derived from it, and the columns of
``proposal_draft``, ``proposal_revision`` and ``counter_offer`` bear the same names.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType, structs

from market.base.db import columns
from market.base.fields import (
    MANY_LINES,
    AmountMinor,
    Currency,
    Day,
    Days,
    Input,
    Line,
    Position,
    PositiveMinor,
    Quantity,
    Text,
)
from market.base.fields import Version as VersionNumber
from market.trade.catalogue.terms import FieldChange
from market.trade.enterprise_requests.terms import QuantityUnit

Clause: TypeAlias = Annotated[str, Meta(min_length=1, max_length=1_000, pattern=MANY_LINES)]
TermUnit: TypeAlias = Literal["calendar_days", "working_days"]
Trigger: TypeAlias = Literal["signing", "date", "milestone"]


class MilestoneTerms(Input, frozen=True):
    """What is performed, ``due_days`` after the signing, and by what it is judged."""

    title: Line
    deliverable: Clause
    acceptance_criteria: Clause
    price_minor: AmountMinor
    due_days: Days
    due_unit: TermUnit = "calendar_days"


class InstalmentTerms(Input, frozen=True):
    """What is paid: on ``due_on``, or ``due_days`` after the signing or an acceptance.

    ``milestone``: the position of the milestone whose acceptance it waits for.
    """

    amount_minor: PositiveMinor
    trigger: Trigger
    due_on: Day | None = None
    due_days: Days | None = None
    milestone: Position | None = None


class Terms(msgspec.Struct, frozen=True):
    """The price includes tax; ``valid_until`` is the last day on which it binds.

    ``request_number``: the version of the enterprise request that it answers.
    """

    request_number: VersionNumber
    price_minor: AmountMinor
    currency: Currency
    plan: Text
    quantity: Quantity
    quantity_unit: QuantityUnit
    milestones: Annotated[list[MilestoneTerms], Meta(max_length=100)]
    instalments: Annotated[list[InstalmentTerms], Meta(max_length=100)]
    member_ids: Annotated[list[UUID], Meta(max_length=50)]
    valid_until: Day
    file_ids: Annotated[list[UUID], Meta(max_length=20)]


class PinnedQualification(msgspec.Struct, frozen=True):
    """A certificate as it stood then; its number stays on the unit's register."""

    id: UUID
    kind: str
    level: str | None
    issuer: str
    expires_on: date | None


class PinnedMember(msgspec.Struct, frozen=True):
    """Who will do it, and the certificates that were good when the revision was made."""

    member_id: UUID
    qualifications: list[PinnedQualification]


class BindingTerms(Terms, frozen=True):
    """What a revision or a counter-offer says: terms, with the people's certificates pinned."""

    members: list[PinnedMember]


DEFAULTS: Final[dict[str, Any]] = {
    "currency": "CNY",
    "milestones": [],
    "instalments": [],
    "member_ids": [],
    "file_ids": [],
}
# What no change and no counter-offer touches: they follow the request.
GIVEN_BY_THE_REQUEST: Final = frozenset({"request_number", "currency", "quantity_unit"})

if TYPE_CHECKING:

    class NewProposal(Terms, frozen=True):
        """A first draft; lists may still be empty, and sums are judged when it is submitted."""

    class TermsChange(Input, frozen=True):
        """Any of the terms; a field left out stays as it is, a list that is given replaces all."""

else:
    NewProposal = msgspec.defstruct(
        "NewProposal",
        [
            (field.name, field.type, DEFAULTS[field.name])
            if field.name in DEFAULTS
            else (field.name, field.type)
            for field in structs.fields(Terms)
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

Kind = TypeVar("Kind", bound=msgspec.Struct)


def texts_of(terms: Terms) -> dict[str, str]:
    """All that is written freely in them, by the path of its field."""
    clauses = {
        f"milestones/{place}/{field}": getattr(each, field)
        for place, each in enumerate(terms.milestones)
        for field in ("title", "deliverable", "acceptance_criteria")
    }
    return {"plan": terms.plan, **clauses}


def terms_of(source: msgspec.Struct) -> Terms:
    """The terms that a Struct with all their fields holds."""
    return Terms(*(getattr(source, name) for name in Terms.__struct_fields__))


def changed(terms: Terms, change: msgspec.Struct) -> Terms:
    """The terms with what the change gives of them."""
    given = {name: getattr(change, name, UNSET) for name in Terms.__struct_fields__}
    return structs.replace(
        terms, **{name: value for name, value in given.items() if value is not UNSET}
    )


def diff(before: Terms, after: Terms) -> list[FieldChange]:
    """Field by field, in the order in which the fields stand."""
    pairs = (
        FieldChange(name, getattr(before, name), getattr(after, name))
        for name in Terms.__struct_fields__
    )
    return [pair for pair in pairs if pair.before != pair.after]


def with_lists(kind: type[Kind], record: Iterable[Any]) -> Kind:
    """The Struct of a row whose lists are JSON: their parts become Structs again."""
    fields = dict(zip(kind.__struct_fields__, record, strict=True))
    for name, parts in LISTS.items():
        if fields.get(name) is not None:
            fields[name] = msgspec.convert(fields[name], parts)
    return kind(**fields)


LISTS: Final[dict[str, Any]] = {
    "milestones": list[MilestoneTerms],
    "instalments": list[InstalmentTerms],
    "members": list[PinnedMember],
}
# The columns of terms, as a row of the table makes them from a Struct sent as JSON.
FROM_JSON: Final = columns(Terms, "t")
