"""Who is shown what fits: a unit's people the requests, an enterprise's the offerings."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from uuid import UUID

import msgspec

from market.base import lexemes
from market.base.access import ENTERPRISE_ROLES, Actor, require
from market.base.db import Connection
from market.base.errors import Forbidden, NotFound
from market.trade.catalogue.cards import Listed
from market.trade.discovery.fit import queries
from market.trade.discovery.fit.model import (
    Candidate,
    FittingOffering,
    FittingRequest,
    Rules,
    Scored,
    scored,
)
from market.trade.enterprise_requests import queries as requests
from market.trade.enterprise_requests.cards import ListedRequest


class NotTheAsker(Forbidden):
    """What fits a request is for those who asked."""

    code = "fit_is_for_the_asker"
    zh = "匹配的服务项目由提出需求的企业查看。请以该企业身份登录。"
    en = "What fits a request is shown to the enterprise that asks. Act for it."


async def fitting_requests(
    conn: Connection, actor: Actor, unit_id: UUID, *, limit: int
) -> list[FittingRequest]:
    """The best first. Raises NotFound to those who do not have the unit in their scope."""
    if actor.visible is not None and unit_id not in actor.visible:
        raise NotFound
    rules = await queries.rules(conn)
    return [
        FittingRequest(
            each.score,
            msgspec.json.decode(each.candidate.item, type=ListedRequest),
            each.explained(rules, unit_id=unit_id, request_id=each.candidate.id),
        )
        for each in _best(await queries.requests_for(conn, unit_id), rules, limit)
    ]


async def fitting_offerings(
    conn: Connection, actor: Actor, request_id: UUID, *, limit: int
) -> list[FittingOffering]:
    """The best first, also for a draft. Raises NotFound to a stranger, NotTheAsker."""
    request = await requests.find_request(conn, actor, request_id)
    asks = request.buyer_id is not None and actor.acts_for(request.buyer_id, *ENTERPRISE_ROLES)
    require(asks, NotTheAsker)
    rules = await queries.rules(conn)
    words = lexemes.query(request.title)
    title = lexemes.vector([("A", request.title)])
    found = await queries.offerings_for(conn, request, title, words.rank if words else "")
    return [
        FittingOffering(
            each.score,
            msgspec.json.decode(each.candidate.item, type=Listed),
            each.explained(rules, request_id=request_id, offering_id=each.candidate.id),
        )
        for each in _best(found, rules, limit)
    ]


def _best(found: Iterable[Candidate], rules: Rules, limit: int) -> list[Scored]:
    every = (scored(each, rules) for each in found)
    return heapq.nlargest(limit, every, key=lambda each: each.order)
