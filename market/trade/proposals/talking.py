"""The deal about a proposal: opened by either side, never before the proposal is."""

from __future__ import annotations

from uuid import UUID

from market.base import db
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import Conflict
from market.trade.deals import operations as deals
from market.trade.deals.model import Deal, NewDeal, NotYourDeal, Topic, works_for
from market.trade.enterprise_requests import queries as requests
from market.trade.enterprise_requests.model import RequestState
from market.trade.enterprise_requests.terms import Secrecy
from market.trade.proposals import queries


class NotOpenedYet(Conflict):
    """Before the opening nobody is told that there is a proposal."""

    code = "proposal_not_opened"
    zh = "报价尚未开启，不能就其洽谈。请在需求截止之后再发起。"
    en = "The proposal is not opened yet. Open the deal after the request's deadline."


class StillAnonymous(Conflict):
    """A thread would tell whose the request is."""

    code = "request_still_anonymous"
    zh = "该需求在授标之前不公开企业，不能就其报价洽谈。请使用公开提问。"
    en = "The request names no enterprise before its award. Use its public questions until then."


async def open_proposal_deal(conn: Connection, actor: Actor, proposal_id: UUID) -> Deal:
    """Either side opens the deal about an opened proposal, or finds it open.

    Raises NotFound to a stranger, NotYourDeal to those above, NotOpenedYet, StillAnonymous.
    """
    async with db.act(conn, actor):
        proposal = await queries.find_proposal(conn, actor, proposal_id)
        request = await requests.find_request(conn, actor, proposal.request_id)
        require(works_for(actor, request.buyer_id, proposal.unit_id), NotYourDeal)
        require(proposal.opened_at is not None, NotOpenedYet)
        told = request.secrecy != Secrecy.ANONYMOUS or request.state == RequestState.AWARDED
        require(told and request.buyer_id is not None, StillAnonymous)
        assert request.buyer_id is not None, "whoever may be told is"
        deal = NewDeal(
            Topic.PROPOSAL, proposal.id, request.buyer_id, proposal.unit_id, request.title
        )
        return await deals.open_deal(conn, actor, deal)
