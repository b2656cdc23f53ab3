"""Counter-offers over HTTP, for the two sides of a proposal that is open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import db, pages
from market.base.db import Connection
from market.base.errors import MarketError
from market.base.web import Door
from market.trade.enterprise_requests import sealed
from market.trade.proposals.counter_offers import operations, queries
from market.trade.proposals.counter_offers.model import (
    CounterInput,
    CounterOffer,
    FullCounterOffer,
    RefusalInput,
)
from market.trade.proposals.watching import watched

TAGS: Final = ["counter-offers"]
OFFER: Final = ResponseSpec(
    FullCounterOffer,
    description="The counter-offer and what it changes",
    generate_examples=False,
)
OFFERS: Final = ResponseSpec(
    pages.Page[CounterOffer], description="A page", generate_examples=False
)


@post(
    "/v1/proposals/{proposal_id:uuid}/counter-offers",
    tags=TAGS,
    operation_id="make_counter_offer",
    summary="还价 Offer other terms for an opened proposal; they bind once accepted",
    responses={201: OFFER},
)
async def make_counter_offer(
    door: NamedDependency[Door], proposal_id: FromPath[UUID], data: JSONBody[CounterInput]
) -> Response[bytes]:
    actor = door.actor
    async with watched(door, proposal_id):
        return await door.act(
            lambda conn: operations.make_counter_offer(conn, actor, proposal_id, data), status=201
        )


@get(
    "/v1/proposals/{proposal_id:uuid}/counter-offers",
    tags=TAGS,
    operation_id="list_counter_offers",
    summary="还价记录 List the counter-offers for a proposal, newest first",
    responses={200: OFFERS},
)
async def list_counter_offers(
    door: NamedDependency[Door],
    proposal_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor = door.actor
    after = pages.id_after(cursor)
    async with watched(door, proposal_id):
        return await door.page(
            lambda conn, most: queries.offers_of(
                conn, actor, proposal_id, before=after, limit=most
            ),
            limit=limit,
            key=lambda offer: (offer.id,),
        )


@get(
    "/v1/counter-offers/{offer_id:uuid}",
    tags=TAGS,
    operation_id="get_counter_offer",
    summary="查看还价 Read a counter-offer with what it changes, field by field",
    responses={200: OFFER},
)
async def get_counter_offer(
    door: NamedDependency[Door], offer_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor

    async def found(conn: Connection) -> FullCounterOffer:
        offer = await queries.find_offer(conn, actor, offer_id)
        return await operations.in_full(conn, actor, offer)

    async with watched_offer(door, offer_id):
        return await door.read(found)


@put(
    "/v1/counter-offers/{offer_id:uuid}/acceptance",
    tags=TAGS,
    operation_id="accept_counter_offer",
    summary="接受还价 Accept the other side's terms; they bind as the next revision",
    responses={200: OFFER},
)
async def accept_counter_offer(
    door: NamedDependency[Door], offer_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    async with watched_offer(door, offer_id):
        expected = door.expected_version
        return await door.act(
            lambda conn: operations.accept_counter_offer(
                conn, actor, offer_id, expected_version=expected
            )
        )


@put(
    "/v1/counter-offers/{offer_id:uuid}/refusal",
    tags=TAGS,
    operation_id="refuse_counter_offer",
    summary="拒绝还价 Refuse the other side's terms, with the reason; nothing changes",
    responses={200: OFFER},
)
async def refuse_counter_offer(
    door: NamedDependency[Door], offer_id: FromPath[UUID], data: JSONBody[RefusalInput]
) -> Response[bytes]:
    actor = door.actor
    async with watched_offer(door, offer_id):
        expected = door.expected_version
        return await door.act(
            lambda conn: operations.refuse_counter_offer(
                conn, actor, offer_id, data.reason, expected_version=expected
            )
        )


@asynccontextmanager
async def watched_offer(door: Door, offer_id: UUID) -> AsyncIterator[None]:
    """The same as for proposals: who asks for what he may not read is noted."""
    try:
        yield
    except MarketError:
        async with db.lease(door.pool) as conn, db.look(conn, door.actor):
            reads = await queries.reads_offer(conn, offer_id)
        if not reads:
            await sealed.note_attempt(door.pool, door.actor, "counter_offer", str(offer_id))
        raise


ROUTES: Final = [
    make_counter_offer,
    list_counter_offers,
    get_counter_offer,
    accept_counter_offer,
    refuse_counter_offer,
]
