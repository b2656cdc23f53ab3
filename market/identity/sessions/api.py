"""Sessions over HTTP: signing in and out, whom one acts for, one's own sessions."""

from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post, put
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.exceptions import TooManyRequestsException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base import db
from market.base.authentication import SESSION_COOKIE
from market.base.db import Connection
from market.base.web import JSON, Door
from market.identity import doors
from market.identity.sessions import operations, queries
from market.identity.sessions.model import DAYS_VALID, ActFor, Present, Session, SignIn

PRESENT: Final = ResponseSpec(
    Present, description="谁在登录 Who is signed in", generate_examples=False
)
SESSIONS: Final = ResponseSpec(
    list[Session], description="本人的会话 One's own sessions", generate_examples=False
)


@post(
    "/v1/session",
    tags=["sessions"],
    operation_id="sign_in",
    summary="登录 Sign in with e-mail and password",
    opt=doors.PUBLIC,
    security=[{}],
    responses={201: PRESENT},
    raises=[TooManyRequestsException],
)
async def sign_in(door: NamedDependency[Door], data: JSONBody[SignIn]) -> Response[bytes]:
    """写入 Cookie `market_session`；其后的修改类请求须同时出示 `csrf_token`。

    `second_factor` 为 `due` 的，接着将动态口令发往 `PUT /v1/session/second-factor`。

    Sets the cookie `market_session`; later unsafe requests show `csrf_token` with it. Where
    `second_factor` is `due`, a code goes to `PUT /v1/session/second-factor` next.
    """
    opened = await operations.sign_in(
        door.pool,
        data,
        doors.hasher_of(door),
        address=door.address,
        device=door.request.headers.get("user-agent", ""),
    )
    present = await db.retrying(door.pool, lambda conn: operations.present_by(conn, opened.token))
    response = Response(msgspec.json.encode(present), status_code=201, media_type=JSON)
    response.set_cookie(_cookie(door, opened.token))
    return response


@get(
    "/v1/session",
    tags=["sessions"],
    operation_id="get_session",
    summary="当前会话 Who is signed in, for whom, and the CSRF token",
    opt=doors.BEFORE_SECOND_FACTOR,
    responses={200: PRESENT},
)
async def get_session(door: NamedDependency[Door]) -> Response[bytes]:
    actor, token = door.actor, doors.session_token(door)
    return await door.read(lambda conn: operations.present(conn, actor, token))


@put(
    "/v1/session/organisation",
    tags=["sessions"],
    operation_id="act_for_organisation",
    summary="选择所代表的单位 Choose the organisation to act for",
    responses={200: PRESENT},
)
async def act_for_organisation(
    door: NamedDependency[Door], data: JSONBody[ActFor]
) -> Response[bytes]:
    actor, token = door.actor, doors.session_token(door)

    async def turn(conn: Connection) -> Present:
        await operations.act_for(conn, actor, token, data.organisation_id)
        return await operations.present_by(conn, token or "")

    return await door.act(turn)


@delete(
    "/v1/session",
    tags=["sessions"],
    operation_id="sign_out",
    summary="退出登录 Sign out",
    opt=doors.BEFORE_SECOND_FACTOR,
    status_code=204,
)
async def sign_out(door: NamedDependency[Door]) -> Response[None]:
    actor, token = door.actor, doors.session_token(door)
    response = await door.act(lambda conn: operations.sign_out(conn, actor, token))
    response.delete_cookie(SESSION_COOKIE, path="/")
    return doors.silent(response)


@get(
    "/v1/sessions",
    tags=["sessions"],
    operation_id="list_sessions",
    summary="本人的会话 List one's own sessions",
    responses={200: SESSIONS},
)
async def list_sessions(door: NamedDependency[Door]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.sessions_of(conn, actor.person_id))


@delete(
    "/v1/sessions",
    tags=["sessions"],
    operation_id="revoke_other_sessions",
    summary="退出其他设备 End all of one's sessions but this one",
    status_code=204,
)
async def revoke_other_sessions(door: NamedDependency[Door]) -> Response[None]:
    actor, token = door.actor, doors.session_token(door)
    return doors.silent(
        await door.act(lambda conn: operations.revoke_own_sessions(conn, actor, token))
    )


@delete(
    "/v1/sessions/{session_id:uuid}",
    tags=["sessions"],
    operation_id="revoke_session",
    summary="退出某一设备 End one of one's sessions",
    status_code=204,
)
async def revoke_session(door: NamedDependency[Door], session_id: FromPath[UUID]) -> Response[None]:
    actor = door.actor
    return doors.silent(
        await door.act(lambda conn: operations.revoke_session(conn, actor, session_id))
    )


def _cookie(door: Door, token: str) -> Cookie:
    return Cookie(
        SESSION_COOKIE,
        value=token,
        path="/",
        max_age=DAYS_VALID * 86_400,
        httponly=True,
        samesite="lax",
        secure=doors.settings_of(door).cookie_secure,
    )


ROUTES: Final = [
    sign_in,
    get_session,
    act_for_organisation,
    sign_out,
    list_sessions,
    revoke_other_sessions,
    revoke_session,
]
