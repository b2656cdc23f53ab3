"""At which rate a chargeback in another currency moved its money, by the unit's policy."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from market.base import policies
from market.base.db import Connection
from market.money.payments.chargebacks.model import Chargeback

POLICY: Final = "chargeback_exchange"


class Back(msgspec.Struct, frozen=True):
    """``back_minor`` in the payer's currency, ``excess_minor`` in the balance's."""

    back_minor: int
    excess_minor: int


async def is_rate(conn: Connection, books_unit_id: UUID, held_minor: int, moved_minor: int) -> bool:
    """Whether two rates may be why another amount moved than Stripe held, by the policy."""
    policy = (await policies.in_force(conn, POLICY, unit_id=books_unit_id))[POLICY]
    most: int = policy.body["most_difference_percent"]
    return abs(moved_minor - held_minor) * 100 <= held_minor * most


async def share_of(
    conn: Connection, books_unit_id: UUID, known_minor: int, moved_minor: int, *, is_all: bool
) -> int | None:
    """Of what is known, as much as moved; None where more did.

    Of money that was changed, another rate may be why all of it came to more, or with ``is_all``
    that it was all and came to less: then it is all that is known.
    """
    is_other = is_all or moved_minor > known_minor
    if is_other and await is_rate(conn, books_unit_id, known_minor, moved_minor):
        return known_minor
    return moved_minor if moved_minor <= known_minor else None


async def back_of(conn: Connection, lost: Chargeback, moved_minor: int) -> Back:
    """What comes back of a lost chargeback by so much of the balance's currency.

    About what is still taken is all of it, less is a part, and nobody knows why there is more.
    """
    held_minor = max(lost.held_minor * lost.taken_minor // lost.amount_minor, 1)
    if await is_rate(conn, lost.books_unit_id, held_minor, moved_minor):
        return Back(lost.taken_minor, 0)
    part_minor = moved_minor * lost.amount_minor // lost.held_minor
    return Back(min(part_minor, lost.taken_minor), max(moved_minor - held_minor, 0))
