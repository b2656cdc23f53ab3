"""Proposals for tests, made by the operations that real people use.

``proposals.submitted(conn, bidder, request)`` is all that most rooms need, with a bidder from
``await proposals.bidder(conn)``; the changes are fields of a new proposal.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from market.base import clock
from market.base.access import Actor, Role
from market.base.db import Connection
from market.identity.organisations.model import Organisation
from market.trade.enterprise_requests.model import EnterpriseRequest
from market.trade.proposals import operations
from market.trade.proposals.counter_offers.model import CounterInput
from market.trade.proposals.model import FullProposal
from market.trade.proposals.terms import NewProposal, TermsChange
from tests.world import catalogue, identity


class Bidder(NamedTuple):
    """A unit with its clerk, who speaks for it, and somebody on its register who does the work."""

    unit: Organisation
    clerk: Actor
    member_id: UUID


async def bidder(conn: Connection, unit: Organisation | None = None) -> Bidder:
    unit = unit or await identity.unit(conn)
    clerk = await identity.person(conn, unit, Role.CLERK)
    return Bidder(unit, clerk, await catalogue.enrolled_member(conn, unit))


async def new_proposal(
    conn: Connection, bidder: Bidder, request: EnterpriseRequest, **changes: Any
) -> NewProposal:
    """The input of a proposal of 48,000.00 that binds for sixty days, as the door checks it.

    With another ``price_minor`` its two milestones and two instalments follow.
    """
    today = await clock.today(conn)
    price = changes.get("price_minor", 48_000_00)
    first = price * 3 // 10
    usual = {
        "request_number": request.number,
        "price_minor": price,
        "currency": request.currency,
        "plan": "先查明剥落原因，再堆焊修复并磨削。",
        "quantity": request.quantity,
        "quantity_unit": request.quantity_unit,
        "milestones": [milestone("查明原因", first), milestone("修复并试运行", price - first, 45)],
        "instalments": [
            {"amount_minor": first, "trigger": "signing", "due_days": 10},
            {
                "amount_minor": price - first,
                "trigger": "milestone",
                "milestone": 2,
                "due_days": 15,
            },
        ],
        "member_ids": [bidder.member_id],
        "valid_until": today + timedelta(days=60),
    }
    return msgspec.convert(msgspec.to_builtins(usual | changes), NewProposal)


def milestone(title: str, price_minor: int, due_days: int = 15) -> dict[str, Any]:
    return {
        "title": title,
        "deliverable": f"{title}报告",
        "acceptance_criteria": "轧制一周无剥落",
        "price_minor": price_minor,
        "due_days": due_days,
        "due_unit": "working_days",
    }


def change(**fields: Any) -> TermsChange:
    return msgspec.convert(msgspec.to_builtins(fields), TermsChange)


async def drafted(
    conn: Connection, bidder: Bidder, request: EnterpriseRequest, **changes: Any
) -> FullProposal:
    data = await new_proposal(conn, bidder, request, **changes)
    return await operations.draft_proposal(conn, bidder.clerk, request.id, data)


async def submitted(
    conn: Connection, bidder: Bidder, request: EnterpriseRequest, **changes: Any
) -> FullProposal:
    draft = await drafted(conn, bidder, request, **changes)
    return await operations.submit_proposal(conn, bidder.clerk, draft.id)


async def countered(conn: Connection, **changes: Any) -> CounterInput:
    """The input of a counter-offer to be answered in three days.

    With another ``price_minor`` the milestones and instalments are one each.
    """
    given: dict[str, Any] = {"note": "望能让利。"}
    given["answer_by"] = await clock.now(conn) + timedelta(days=3)
    if "price_minor" in changes:
        price = changes["price_minor"]
        given["milestones"] = [milestone("全部完成", price)]
        given["instalments"] = [{"amount_minor": price, "trigger": "milestone", "milestone": 1}]
    return msgspec.convert(msgspec.to_builtins(given | changes), CounterInput)
