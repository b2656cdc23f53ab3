"""The public's side of the catalogue over HTTP: one statement a request, bytes as they are."""

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from market.base import fields, pages
from market.base.db import Connection
from market.base.web import JSON, Door
from market.trade.catalogue import cards, facets, listings, searching, suggestions
from market.trade.catalogue.cards import Listed, Published
from market.trade.catalogue.facets import Facets
from market.trade.catalogue.listings import KEY_OF, Listing, Sort
from market.trade.catalogue.searching import RankKey
from market.trade.catalogue.suggestions import Suggestions
from market.trade.catalogue.terms import (
    INDUSTRY,
    REGION,
    FreeOrPaid,
    OfferingKind,
    PriceBand,
    TechnicalField,
)

PUBLIC: Final = {"public": True}


FACETS: Final = ResponseSpec(
    Facets, description="每个值有多少项 How many of each", generate_examples=False
)
SUGGESTIONS: Final = ResponseSpec(
    Suggestions, description="可能想找的 What may be meant", generate_examples=False
)

Phrase = Annotated[
    str,
    QueryParameter(
        min_length=1,
        max_length=200,
        pattern=fields.ONE_LINE,
    ),
]
IndustryCode = Annotated[str | None, QueryParameter(pattern=INDUSTRY)]
RegionCode = Annotated[str | None, QueryParameter(pattern=REGION)]
Level = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^[a-z_]{1,40}(?!\s)$",
    ),
]


@get(
    "/v1/offerings",
    tags=["catalogue"],
    operation_id="list_offerings",
    summary="浏览、搜索服务项目 Browse or search what is offered",
    opt=PUBLIC,
    security=[{}],
    responses={
        200: ResponseSpec(pages.Page[Listed], description="A page", generate_examples=False)
    },
)
async def list_offerings(
    door: NamedDependency[Door],
    q: FromQuery[Phrase | None] = None,
    kind: FromQuery[OfferingKind | None] = None,
    technical_field: FromQuery[TechnicalField | None] = None,
    industry: IndustryCode = None,
    region: RegionCode = None,
    unit_id: FromQuery[UUID | None] = None,
    free_or_paid: FromQuery[FreeOrPaid | None] = None,
    price_band: FromQuery[PriceBand | None] = None,
    level: Level = None,
    sort: FromQuery[Sort | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """不给 `sort` 时，有 `q` 的按相关程度排列，否则最新的在前。

    Without `sort`, the most relevant first when there is a `q`, else the newest.
    """
    query = searching.query_of(q) if q is not None else None
    order = sort or (Sort.NEWEST if query is None else Sort.RELEVANCE)
    after: Any = pages.key_after(cursor, KEY_OF.get(order, RankKey))
    filters = listings.filters_of(
        price_band=price_band,
        free_or_paid=free_or_paid,
        kind=kind,
        technical_field=technical_field,
        industry=industry,
        region=region,
        unit_id=unit_id,
        level=level,
        q=query and query.match,
    )
    if order is Sort.RELEVANCE and query is None:
        raise searching.RelevanceNeedsWords(pointer="/sort")
    if filters is None:
        return _page(door, Listing([], None))

    async def listed(conn: Connection) -> Response[bytes]:
        lister = searching.search if searches else listings.list_cards
        return _page(
            door, await lister(conn, sort=order, filters=filters, after=after, limit=limit)
        )

    async def ranked(conn: Connection) -> Response[bytes]:
        assert query is not None, "relevance needs words"
        found = await searching.search_ranked(
            conn, rank=query.rank, filters=filters, after=after, limit=limit
        )
        return _page(door, found)

    searches = not filters.keys() <= listings.FILTERS.keys()
    if not searches:
        return await door.read_public(listed)
    return await door.search_public(ranked if order is Sort.RELEVANCE else listed)


@get(
    "/v1/offering-facets",
    tags=["catalogue"],
    operation_id="count_offerings",
    summary="按条件统计服务项目 How many offerings match, by kind, field, region and so on",
    opt=PUBLIC,
    security=[{}],
    responses={200: FACETS},
)
async def count_offerings(
    door: NamedDependency[Door],
    q: FromQuery[Phrase | None] = None,
    kind: FromQuery[OfferingKind | None] = None,
    technical_field: FromQuery[TechnicalField | None] = None,
    industry: IndustryCode = None,
    region: RegionCode = None,
    unit_id: FromQuery[UUID | None] = None,
    free_or_paid: FromQuery[FreeOrPaid | None] = None,
    price_band: FromQuery[PriceBand | None] = None,
    level: Level = None,
) -> Response[bytes]:
    """各项计数均为符合全部条件的数目；总数最多数到 1001，显示为“1000+”。

    The counts are of what matches all filters; the total ends at 1,001, told as "1000+".
    """
    filters = listings.filters_of(
        price_band=price_band,
        free_or_paid=free_or_paid,
        kind=kind,
        technical_field=technical_field,
        industry=industry,
        region=region,
        unit_id=unit_id,
        level=level,
        q=searching.query_of(q).match if q is not None else None,
    )
    if filters is None:
        return Response(msgspec.json.encode(facets.NONE), media_type=JSON)
    return await door.search_public(lambda conn: facets.count(conn, filters))


@get(
    "/v1/offering-suggestions",
    tags=["catalogue"],
    operation_id="suggest_offerings",
    summary="输入时的建议 What somebody who is typing may mean: fields, units, titles",
    opt=PUBLIC,
    security=[{}],
    responses={200: SUGGESTIONS},
)
async def suggest_offerings(door: NamedDependency[Door], q: FromQuery[Phrase]) -> Response[bytes]:
    query = searching.query_of(q, unfinished=True)

    async def suggested(conn: Connection) -> Suggestions:
        return suggestions.suggestions(q, await suggestions.newest_matching(conn, query))

    return await door.search_public(suggested)


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


ROUTES: Final = [list_offerings, count_offerings, suggest_offerings, get_offering]
