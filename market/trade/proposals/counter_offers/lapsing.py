"""How an open counter-offer ends without an answer; apart, because proposals end it, too."""

from __future__ import annotations

from uuid import UUID

from market.base import events
from market.base.access import Actor
from market.base.db import Connection
from market.trade.proposals.counter_offers import queries
from market.trade.proposals.counter_offers.model import MOVES, CounterOfferState


async def lapse_open(conn: Connection, actor: Actor, proposal_id: UUID) -> None:
    """End the open counter-offer of a proposal that is locked, if there is one."""
    offer_id = await queries.open_offer(conn, proposal_id)
    if offer_id is None:
        return
    before = CounterOfferState.OPEN
    lapsed = await queries.lapse_offer(conn, actor, offer_id, to=MOVES.after("lapse", before))
    await events.record(
        conn,
        actor,
        "counter_offer.lapsed",
        about=lapsed,
        move=("lapse", before),
        changed={"proposal_id": proposal_id},
    )
