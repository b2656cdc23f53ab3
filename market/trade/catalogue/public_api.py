"""The public's side of the catalogue over HTTP: one statement a request, bytes as they are."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from market.base import pages
from market.base.db import Connection
from market.base.web import JSON, Door
from market.trade.catalogue import cards, listings
from market.trade.catalogue.cards import Listed, Published
from market.trade.catalogue.listings import Listing, Sort
from market.trade.catalogue.terms import (
    INDUSTRY,
    REGION,
    FreeOrPaid,
    OfferingKind,
    PriceBand,
    TechnicalField,
)

PUBLIC: Final = {"public": True}


@get(
    "/v1/offerings",
    tags=["catalogue"],
    operation_id="list_offerings",
    summary="浏览服务项目 Browse what is offered, newest or cheapest first",
    opt=PUBLIC,
    security=[{}],
    responses={
        200: ResponseSpec(pages.Page[Listed], description="A page", generate_examples=False)
    },
)
async def list_offerings(
    door: NamedDependency[Door],
    kind: FromQuery[OfferingKind | None] = None,
    technical_field: FromQuery[TechnicalField | None] = None,
    industry: Annotated[str | None, QueryParameter(pattern=INDUSTRY)] = None,
    region: Annotated[str | None, QueryParameter(pattern=REGION)] = None,
    unit_id: FromQuery[UUID | None] = None,
    free_or_paid: FromQuery[FreeOrPaid | None] = None,
    price_band: FromQuery[PriceBand | None] = None,
    sort: FromQuery[Sort] = Sort.NEWEST,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    filters = listings.filters_of(
        price_band=price_band,
        free_or_paid=free_or_paid,
        kind=kind,
        technical_field=technical_field,
        industry=industry,
        region=region,
        unit_id=unit_id,
    )
    after = pages.key_after(cursor, listings.Key)
    if filters is None:
        return _page(door, Listing([], None))

    async def listed(conn: Connection) -> Response[bytes]:
        return _page(
            door,
            await listings.list_cards(conn, sort=sort, filters=filters, after=after, limit=limit),
        )

    return await door.read_public(listed)


@get(
    "/v1/offerings/{offering_id:uuid}",
    tags=["catalogue"],
    operation_id="get_offering",
    summary="查看服务项目 Read a published offering",
    opt=PUBLIC,
    security=[{}],
    responses={200: ResponseSpec(Published, description="The offering", generate_examples=False)},
)
async def get_offering(door: NamedDependency[Door], offering_id: FromPath[UUID]) -> Response[bytes]:
    async def detail(conn: Connection) -> Response[bytes]:
        found = await cards.find_detail(conn, offering_id)
        return Response(found.body, media_type=JSON, headers={"ETag": f'"{found.version}"'})

    return await door.read_public(detail)


def _page(door: Door, listing: Listing) -> Response[bytes]:
    following = pages.cursor_of(listing.next_key) if listing.next_key else None
    return Response(
        listings.joined(listing, following), media_type=JSON, headers=door.link_to(following)
    )


ROUTES: Final = [list_offerings, get_offering]
