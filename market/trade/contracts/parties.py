"""Who a contract is between, and who stands across from whom."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

import msgspec

from market.base.access import Actor


class BetweenParties(Protocol):
    """A contract, or what follows from one and names its parties as it does."""

    @property
    def provider_unit_id(self) -> UUID: ...
    @property
    def books_unit_id(self) -> UUID: ...
    @property
    def buyer_id(self) -> UUID: ...


class Parties(msgspec.Struct, frozen=True):
    """Who a contract will be between, before there is one."""

    provider_unit_id: UUID
    books_unit_id: UUID
    buyer_id: UUID


def other_party(actor: Actor, between: BetweenParties) -> set[UUID]:
    """The organisations across from the one that the actor acts for.

    Whoever does not act for the buyer acts for the provider, or for the unit above it.
    """
    if actor.organisation_id == between.buyer_id:
        return {between.provider_unit_id, between.books_unit_id}
    return {between.buyer_id}
