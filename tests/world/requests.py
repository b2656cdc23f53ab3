"""Enterprise requests for tests, made by the operations that real people use.

``requests.opened(conn, buyer, **changes)`` is all that most rooms need; the changes are fields of
a new request. ``at_deadline(conn, request)`` turns the market's clock to the very instant.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from market.base import clock
from market.base.access import Actor
from market.base.db import Connection
from market.trade.enterprise_requests import operations
from market.trade.enterprise_requests.model import FullRequest
from market.trade.enterprise_requests.terms import NewRequest


async def new_request(conn: Connection, **changes: Any) -> NewRequest:
    """The input of a public request that is open for ten days, checked as the door checks it."""
    now = await clock.now(conn)
    usual = {
        "title": "轧辊表面剥落",
        "problem": "四辊轧机工作辊表面成片剥落，需要查明原因并修复。",
        "kind": "service",
        "budget_from_minor": 40_000_00,
        "budget_to_minor": 60_000_00,
        "questions_until": (now + timedelta(days=7)).isoformat(),
        "deadline": (now + timedelta(days=10)).isoformat(),
        "technical_field": "advanced_manufacturing",
        "industry": "C34",
        "region": "510100",
        "price_weight": 40,
        "plan_weight": 30,
        "qualification_weight": 20,
        "time_weight": 10,
        "buyer_reference": "内部编号-7788",
    }
    return msgspec.convert(msgspec.to_builtins(usual | changes), NewRequest)


async def drafted(conn: Connection, buyer: Actor, **changes: Any) -> FullRequest:
    return await operations.draft_request(conn, buyer, await new_request(conn, **changes))


async def opened(
    conn: Connection, buyer: Actor, *, invited: list[UUID] | None = None, **changes: Any
) -> FullRequest:
    """A published request of the buyer's enterprise."""
    request = await drafted(conn, buyer, **changes)
    if invited:
        await operations.invite_units(conn, buyer, request.id, invited)
    return await operations.publish_request(conn, buyer, request.id)
