"""Who sits where: one person for each role in each organisation of the prepared world.

``unit`` and ``enterprise`` do business with each other, ``above`` is the unit's parent. Nothing of
theirs belongs to ``far_unit`` and ``far_enterprise``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from market.base.access import ENTERPRISE_ROLES, UNIT_ROLES, Role


class Place(StrEnum):
    """An organisation of the prepared world."""

    UNIT = "unit"
    ABOVE = "above"
    ENTERPRISE = "enterprise"
    FAR_UNIT = "far_unit"
    FAR_ENTERPRISE = "far_enterprise"


class Seat(NamedTuple):
    """A role at a place."""

    place: Place
    role: Role

    def __str__(self) -> str:
        return f"{self.place} {self.role}"


Seats = frozenset[Seat]

ROLES_OF: Final[dict[Place, frozenset[Role]]] = {
    Place.UNIT: UNIT_ROLES | {Role.ADMINISTRATOR},
    Place.ABOVE: UNIT_ROLES | {Role.ADMINISTRATOR},
    Place.ENTERPRISE: ENTERPRISE_ROLES,
    Place.FAR_UNIT: UNIT_ROLES | {Role.ADMINISTRATOR},
    Place.FAR_ENTERPRISE: ENTERPRISE_ROLES,
}


def _at(place: Place, roles: tuple[Role, ...]) -> Seats:
    """Those in the roles there; everybody there when no role is named."""
    assert set(roles) <= ROLES_OF[place], "the place has these roles"
    return frozenset(Seat(place, role) for role in roles or ROLES_OF[place])


def unit(*roles: Role) -> Seats:
    return _at(Place.UNIT, roles)


def above(*roles: Role) -> Seats:
    return _at(Place.ABOVE, roles)


def enterprise(*roles: Role) -> Seats:
    return _at(Place.ENTERPRISE, roles)


def far_unit(*roles: Role) -> Seats:
    return _at(Place.FAR_UNIT, roles)


def far_enterprise(*roles: Role) -> Seats:
    return _at(Place.FAR_ENTERPRISE, roles)


def units(*roles: Role) -> Seats:
    """The same roles at all units."""
    return unit(*roles) | above(*roles) | far_unit(*roles)


NOBODY: Final[Seats] = frozenset()
SIDE: Final = unit() | above()
PARTIES: Final = SIDE | enterprise()
STRANGERS: Final = far_unit() | far_enterprise()
ALL: Final = PARTIES | STRANGERS
