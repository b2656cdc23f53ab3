"""One's own saved searches over HTTP, and what they found."""

from typing import Final
from uuid import UUID

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.db import Connection
from market.base.web import JSON, Door
from market.identity import doors
from market.trade.catalogue.cards import Listed
from market.trade.discovery import operations, queries
from market.trade.discovery.model import NewSearch, SavedSearch
from market.trade.enterprise_requests import cards
from market.trade.enterprise_requests.cards import ListedRequest

TAGS: Final = ["saved searches"]
SEARCH: Final = ResponseSpec(SavedSearch, description="The saved search", generate_examples=False)
SEARCHES: Final = ResponseSpec(
    list[SavedSearch], description="At most twenty", generate_examples=False
)
HITS: Final = ResponseSpec(
    pages.Page[Listed] | pages.Page[ListedRequest],  # type: ignore[arg-type]  # one or the other
    description="A page of offerings, or of requests",
    generate_examples=False,
)


@post(
    "/v1/saved-searches",
    tags=TAGS,
    operation_id="save_search",
    summary="订阅搜索 Be told of what is published later and fits",
    responses={201: SEARCH},
)
async def save_search(door: NamedDependency[Door], data: JSONBody[NewSearch]) -> Response[bytes]:
    """企业的人员订阅服务项目，技协组织的人员订阅企业需求。

    Of offerings for an enterprise's people, of enterprise requests for a unit's.
    """
    actor = door.actor
    return await door.act(lambda conn: operations.save_search(conn, actor, data), status=201)


@get(
    "/v1/saved-searches",
    tags=TAGS,
    operation_id="list_saved_searches",
    summary="列出订阅搜索 List one's own saved searches",
    responses={200: SEARCHES},
)
async def list_saved_searches(door: NamedDependency[Door]) -> Response[bytes]:
    return await door.read(lambda conn: queries.searches_of(conn, door.actor))


@get(
    "/v1/saved-searches/{search_id:uuid}",
    tags=TAGS,
    operation_id="get_saved_search",
    summary="查看订阅搜索 Read one's own saved search",
    responses={200: SEARCH},
)
async def get_saved_search(
    door: NamedDependency[Door], search_id: FromPath[UUID]
) -> Response[bytes]:
    return await door.read(lambda conn: queries.find_search(conn, door.actor, search_id))


@delete(
    "/v1/saved-searches/{search_id:uuid}",
    tags=TAGS,
    operation_id="delete_saved_search",
    summary="删除订阅搜索 Be told no longer",
    status_code=204,
)
async def delete_saved_search(
    door: NamedDependency[Door], search_id: FromPath[UUID]
) -> Response[None]:
    actor = door.actor
    return doors.silent(
        await door.act(lambda conn: operations.delete_search(conn, actor, search_id))
    )


@get(
    "/v1/saved-searches/{search_id:uuid}/hits",
    tags=TAGS,
    operation_id="list_search_hits",
    summary="订阅搜索的结果 What it found and is still published, newest first",
    responses={200: HITS},
)
async def list_search_hits(
    door: NamedDependency[Door],
    search_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor, before = door.actor, pages.id_after(cursor)

    async def found(conn: Connection) -> Response[bytes]:
        hits = await operations.list_hits(conn, actor, search_id, before=before, limit=limit + 1)
        shown = hits[:limit]
        following = pages.cursor_of((shown[-1][0],)) if len(hits) > limit else None
        body = cards.joined([item for _, item in shown], following)
        return Response(body, media_type=JSON, headers=door.link_to(following))

    return await door.read(found)


ROUTES: Final = [
    save_search,
    list_saved_searches,
    get_saved_search,
    delete_saved_search,
    list_search_hits,
]
