"""Proposals before their next step: a draft, a sealed one, and two that the deadline has opened."""

from __future__ import annotations

from datetime import timedelta

from market.base import clock
from market.base.access import Role
from market.base.db import Connection
from market.trade.proposals import operations
from market.trade.proposals.counter_offers import operations as bargaining
from tests.access.things import Ground, Things
from tests.world import bidding, catalogue, identity, proposals, requests
from tests.world.proposals import Bidder, countered

SOON = timedelta(hours=1)


async def make(conn: Connection, ground: Ground, things: Things, owner: str) -> None:
    """The market's clock is an hour ahead afterwards, which is when two requests are over."""
    buyer = await identity.person(conn, ground.enterprise, Role.BUYER)
    clerk = ground.cast.clerk
    bidder = Bidder(ground.unit, clerk, await catalogue.enrolled_member(conn, ground.unit))
    things.ids["proposal_member"] = bidder.member_id
    file_id = await catalogue.stored_file(conn, clerk)
    things.ids["proposal_file"] = file_id
    end = await clock.now(conn) + SOON
    soon = {"deadline": end, "questions_until": end}
    for name, when in (("draft", {}), ("sealed", {}), ("opened", soon), ("countered", soon)):
        request = await requests.opened(
            conn, buyer, invited=[ground.unit.id], secrecy="invited", **when
        )
        things.keep(f"request_of_{name}", request)
        draft = await proposals.drafted(
            conn, bidder, request, file_ids=[file_id], valid_until="2090-01-01"
        )
        if name == "draft":
            things.keep("proposal_draft", draft)
            continue
        kept = await operations.submit_proposal(conn, clerk, draft.id)
        if name != "sealed":
            change = proposals.change(plan="先探伤，再堆焊。")
            await operations.change_proposal(conn, clerk, draft.id, change)
            kept = await operations.submit_proposal(conn, clerk, draft.id)
        things.keep(f"proposal_{name}", kept)
    await bidding.pass_time(owner, SOON)
    offer = await bargaining.make_counter_offer(
        conn, buyer, things.ids["proposal_countered"], await countered(conn, price_minor=45_000_00)
    )
    things.keep("counter_offer", offer)
