"""Events of Stripe's: what is kept of them, and what is refused."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.errors import Malformed


class Reading(StrEnum):
    """PARKED: about nothing of ours, or of a kind that changes nothing here."""

    WAITING = "waiting"
    READ = "read"
    PARKED = "parked"


KEPT_DAYS: Final = 60


# Stripe's ids are ASCII, and those of objects that are seen before they exist have none.
Id: TypeAlias = Annotated[str, Meta(min_length=1, max_length=255, pattern="^[ -~]+$")]


class ObjectTold(msgspec.Struct, frozen=True):
    """The head of the object that an event is about; the rest of it is read from Stripe."""

    id: Id | None = None
    object: str | None = None


class DataTold(msgspec.Struct, frozen=True):
    object: ObjectTold


class EventTold(msgspec.Struct, frozen=True):
    """The head of an event."""

    id: Id
    type: Annotated[str, Meta(min_length=1, max_length=100, pattern="^[ -~]+$")]
    data: DataTold


class Delivery(msgspec.Struct, frozen=True):
    """An event as it came: at the door of which unit, by its number prefix, and in which words."""

    unit: str
    told: EventTold
    payload: str


class StripeEvent(msgspec.Struct, frozen=True):
    """An event that waits to be read."""

    books_unit_id: UUID
    event_id: str
    name: str
    object_id: str | None


class Received(msgspec.Struct, frozen=True):
    """The answer to Stripe: whether the event was new."""

    new: bool


class SignatureWrong(Malformed):
    """Nobody but Stripe sends events, and it signs each; a wrong address is told no more."""

    code = "stripe_signature_wrong"
    zh = "Stripe 事件的签名无效或已过期。请核对 webhook 地址中的单位、其密钥和服务器时间。"
    en = (
        "The signature of this Stripe event is wrong or too old. Check the unit in the webhook's "
        "address, its secret and the server's clock."
    )
