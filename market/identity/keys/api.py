"""API keys over HTTP."""

from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import db, pages
from market.base.web import JSON, Door
from market.identity.keys import operations, queries
from market.identity.keys.model import ApiKey, IssuedKey, KeyState, NewKey

KEY: Final = ResponseSpec(
    ApiKey, description="接口密钥 The key, without its secret", generate_examples=False
)
KEYS: Final = ResponseSpec(pages.Page[ApiKey], description="A page", generate_examples=False)
ISSUED: Final = ResponseSpec(
    IssuedKey, description="只显示一次 Shown this once", generate_examples=False
)


@post(
    "/v1/api-keys",
    tags=["api keys"],
    operation_id="issue_api_key",
    summary="签发接口密钥 Issue a key with some of one's own roles; shown once",
    responses={201: ISSUED},
)
async def issue_api_key(door: NamedDependency[Door], data: JSONBody[NewKey]) -> Response[bytes]:
    """此处不保存 Idempotency-Key：所存的应答会含有密钥。

    An Idempotency-Key is not kept here: its stored answer would hold the secret.
    """
    actor = door.actor
    issued = await db.retrying(door.pool, lambda conn: operations.issue_key(conn, actor, data))
    return Response(msgspec.json.encode(issued), status_code=201, media_type=JSON)


@get(
    "/v1/api-keys",
    tags=["api keys"],
    operation_id="list_api_keys",
    summary="接口密钥列表 List keys: one's own, and those in one's scope",
    responses={200: KEYS},
)
async def list_api_keys(
    door: NamedDependency[Door],
    in_state: pages.InState[KeyState | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor, after = door.actor, pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.keys(conn, actor, state=in_state, after=after, limit=most),
        limit=limit,
        key=lambda key: (key.id,),
    )


@get(
    "/v1/api-keys/{key_id:uuid}",
    tags=["api keys"],
    operation_id="get_api_key",
    summary="查看接口密钥 Read a key, without its secret",
    responses={200: KEY},
)
async def get_api_key(door: NamedDependency[Door], key_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_key(conn, actor, key_id))


@put(
    "/v1/api-keys/{key_id:uuid}/revocation",
    tags=["api keys"],
    operation_id="revoke_api_key",
    summary="吊销接口密钥 Revoke a key at once",
    responses={200: KEY},
)
async def revoke_api_key(door: NamedDependency[Door], key_id: FromPath[UUID]) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.revoke_key(conn, actor, key_id, expected_version=expected)
    )


ROUTES: Final = [issue_api_key, list_api_keys, get_api_key, revoke_api_key]
