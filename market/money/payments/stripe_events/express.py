"""The express door of Stripe's events: what bears a good signature needs no other check."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from market.base.express import Door, Found, Take
from market.money.payments.stripe_events.operations import Intake

TEMPLATE: Final = "/stripe/{unit}/events"
PATH: Final = re.compile(r"/stripe/([A-Z]{2,6})/events")


def door(intake: Callable[[], Intake]) -> Door:
    """``intake``: the application's, once it is open."""

    def taking(path: str) -> Take | None:
        found = PATH.fullmatch(path)
        if found is None:
            return None
        unit = found[1]

        async def take(headers: Mapping[bytes, bytes], body: bytes) -> Found:
            signature = headers.get(b"stripe-signature", b"").decode("latin-1")
            received = await intake().receive(unit, body, signature)
            return Found(TEMPLATE, msgspec.json.encode(received))

        return take

    return taking
