"""What may be wrong with a line of Stripe's balance, or with what Stripe says of it."""

from __future__ import annotations

from typing import Final

import asyncpg

from market.base.errors import MarketError


class Unbookable(Exception):
    """A line that lacks what its category needs, or comes where it cannot."""


# What comes of reading an object that lacks what Stripe's description promises.
UNTELLABLE: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
# What is wrong with the line itself, or what a rule of ours does not know what to make of. Whatever
# else the database says may pass, and is waited for.
FAULTS_OF_THE_LINE: Final = (
    Unbookable,
    MarketError,
    AssertionError,
    *UNTELLABLE,
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
)
