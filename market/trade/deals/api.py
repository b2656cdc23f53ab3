"""Deals over HTTP."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import fields, pages
from market.base.web import Door
from market.trade.deals import operations, queries
from market.trade.deals.model import Deal, Message, MessageInput, Place, ReadMark

DEAL: Final = ResponseSpec(Deal, description="The deal 洽谈", generate_examples=False)
DEALS: Final = ResponseSpec(pages.Page[Deal], description="A page", generate_examples=False)
MESSAGE: Final = ResponseSpec(Message, description="The message 留言", generate_examples=False)
MESSAGES: Final = ResponseSpec(pages.Page[Message], description="A page", generate_examples=False)


@get(
    "/v1/deals",
    tags=["deals"],
    operation_id="list_deals",
    summary="列出洽谈 List the deals of one's side, the last active first",
    responses={200: DEALS},
)
async def list_deals(
    door: NamedDependency[Door],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """翻页期间又有来往的洽谈会移到首页；其他的不会漏掉。

    A deal that becomes active meanwhile moves to the first page; no other is missed.
    """
    actor = door.actor
    before = pages.key_after(cursor, Place)
    return await door.page(
        lambda conn, most: queries.deals_of(conn, actor, before=before, limit=most),
        limit=limit,
        key=queries.place_of,
    )


@get(
    "/v1/deals/{deal_id:uuid}",
    tags=["deals"],
    operation_id="get_deal",
    summary="查看洽谈 Read a deal: how many messages, and how far each side has read",
    responses={200: DEAL},
)
async def get_deal(door: NamedDependency[Door], deal_id: FromPath[UUID]) -> Response[bytes]:
    return await door.read(lambda conn: queries.find_deal(conn, door.actor, deal_id))


@get(
    "/v1/deals/{deal_id:uuid}/messages",
    tags=["deals"],
    operation_id="list_messages",
    summary="列出留言 List a deal's messages, newest first",
    responses={200: MESSAGES},
)
async def list_messages(
    door: NamedDependency[Door],
    deal_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor = door.actor
    key = pages.key_after(cursor, tuple[fields.Version])
    before = key[0] if key else None
    return await door.page(
        lambda conn, most: operations.list_messages(
            conn, actor, deal_id, before=before, limit=most
        ),
        limit=limit,
        key=lambda message: (message.number,),
    )


@post(
    "/v1/deals/{deal_id:uuid}/messages",
    tags=["deals"],
    operation_id="send_message",
    summary="留言 Write to the other side, with files if need be",
    responses={201: MESSAGE},
)
async def send_message(
    door: NamedDependency[Door], deal_id: FromPath[UUID], data: JSONBody[MessageInput]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: operations.send_message(conn, actor, deal_id, data), status=201
    )


@put(
    "/v1/deals/{deal_id:uuid}/read-mark",
    tags=["deals"],
    operation_id="mark_deal_read",
    summary="标记已读 Note how far one has read",
    responses={200: DEAL},
)
async def mark_read(
    door: NamedDependency[Door], deal_id: FromPath[UUID], data: JSONBody[ReadMark]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(lambda conn: operations.mark_read(conn, actor, deal_id, data))


ROUTES: Final = [list_deals, get_deal, list_messages, send_message, mark_read]
