"""Calling Stripe, and what is noted of a call that has no answer.

It is neither done nor undone: whoever's turn it is next asks what Stripe has before he makes the
same call again, under the same key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Final

import stripe
import structlog

log = structlog.get_logger("market.stripe")

# When it is its turn again: after a call without an answer, and while Stripe may have more to say.
AFTER_SILENCE: Final = timedelta(seconds=5)
WHILE_OPEN: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(seconds=30)
AT_ONCE: Final = 20


class Unfit(Exception):
    """What was to be sent is not sent; ``code`` says why, as Stripe's would."""

    code: str


# Whether a call that ended so did anything cannot be known.
UNANSWERED: Final = (stripe.APIConnectionError, stripe.APIError)
# These did nothing, and may do better later.
LATER: Final = (
    stripe.RateLimitError,
    stripe.IdempotencyError,
    stripe.AuthenticationError,
    stripe.PermissionError,
)
REFUSED: Final = (stripe.InvalidRequestError, stripe.CardError, Unfit)


def pause_after(tries: int) -> timedelta:
    """How long a call is awaited before it is another turn's."""
    return min(AFTER_SILENCE * (tries + 1), LONGEST_PAUSE)


@asynccontextmanager
async def noting(
    note: Callable[[str, str | None], Awaitable[None]], **about: str
) -> AsyncIterator[None]:
    """Around the call and what its answer leads to: a call that fails goes no further.

    It is noted by the move that it is, "lose" or "refuse", and why it was refused.
    """
    try:
        yield
    except LATER as fault:
        log.warning("stripe_call_put_off", **about, fault=type(fault).__name__)
    except UNANSWERED as fault:
        log.warning("stripe_call_failed", **about, fault=type(fault).__name__)
        await note("lose", None)
    except REFUSED as fault:
        log.warning("stripe_call_failed", **about, fault=type(fault).__name__)
        await note("refuse", (fault.code or "refused")[:100])


@contextmanager
def reading(**about: str) -> Iterator[None]:
    """Around what is only read, and read again where Stripe does not say for now."""
    try:
        yield
    except stripe.StripeError as fault:
        log.warning("stripe_not_read", **about, fault=type(fault).__name__)
