"""One's own second factor over HTTP, and the second step of signing in."""

from typing import Final

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.exceptions import TooManyRequestsException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from market.base import db
from market.base.db import Connection
from market.base.web import JSON, Door
from market.identity import doors
from market.identity.second_factor import codes, operations
from market.identity.second_factor.model import (
    CodeInput,
    Enabled,
    FactorShown,
    SetUp,
    SetUpInput,
)
from market.identity.sessions import operations as sessions
from market.identity.sessions.model import Present

SET_UP: Final = ResponseSpec(
    SetUp, description="只显示一次 Shown this once", generate_examples=False
)
ENABLED: Final = ResponseSpec(
    Enabled,
    description="恢复码，只显示一次 Recovery codes, shown this once",
    generate_examples=False,
)
OWN: Final = ResponseSpec(
    FactorShown, description="本人的第二因素 One's own second factor", generate_examples=False
)
PRESENT: Final = ResponseSpec(
    Present, description="谁在登录 Who is signed in", generate_examples=False
)


@get(
    "/v1/people/me/second-factor",
    tags=["second factor"],
    operation_id="get_second_factor",
    summary="本人的第二因素 Read whether one has a second factor, and which roles ask for one",
    responses={200: OWN},
)
async def get_second_factor(door: NamedDependency[Door]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.shown(conn, actor))


@post(
    "/v1/people/me/second-factor",
    tags=["second factor"],
    operation_id="set_up_second_factor",
    summary="登记动态口令设备 Set up a device that shows one-time codes; its secret is shown once",
    responses={201: SET_UP},
    raises=[TooManyRequestsException],
)
async def set_up_second_factor(
    door: NamedDependency[Door], data: JSONBody[SetUpInput]
) -> Response[bytes]:
    """此处不保存 Idempotency-Key：所存的应答会含有动态口令的密钥。

    An Idempotency-Key is not kept here: its stored answer would hold the secret.
    """
    made = await operations.set_up(door.pool, door.actor, data, doors.hasher_of(door), _key(door))
    return Response(msgspec.json.encode(made), status_code=201, media_type=JSON)


@put(
    "/v1/people/me/second-factor",
    tags=["second factor"],
    operation_id="confirm_second_factor",
    summary="确认设备 Confirm the device with the code it shows; gives the recovery codes",
    responses={200: ENABLED},
    raises=[TooManyRequestsException],
)
async def confirm_second_factor(
    door: NamedDependency[Door], data: JSONBody[CodeInput]
) -> Response[bytes]:
    actor, token, key = door.actor, doors.session_token(door), _key(door)
    enabled = await db.retrying(
        door.pool, lambda conn: operations.confirm(conn, actor, token, data.code, key)
    )
    return Response(msgspec.json.encode(enabled), media_type=JSON)


@put(
    "/v1/people/me/second-factor/removal",
    tags=["second factor"],
    operation_id="remove_second_factor",
    summary="停用第二因素 Remove the device, with a code of it or a recovery code",
    status_code=204,
    raises=[TooManyRequestsException],
)
async def remove_second_factor(
    door: NamedDependency[Door], data: JSONBody[CodeInput]
) -> Response[None]:
    actor, key = door.actor, _key(door)
    await db.retrying(door.pool, lambda conn: operations.remove(conn, actor, data.code, key))
    return Response(None, status_code=204)


@put(
    "/v1/session/second-factor",
    tags=["sessions"],
    operation_id="show_second_factor",
    summary="登录的第二步 Complete the sign-in with a code of the device or a recovery code",
    opt=doors.BEFORE_SECOND_FACTOR,
    responses={200: PRESENT},
    raises=[TooManyRequestsException],
)
async def show_second_factor(
    door: NamedDependency[Door], data: JSONBody[CodeInput]
) -> Response[bytes]:
    actor, token, key = door.actor, doors.session_token(door), _key(door)

    async def step(conn: Connection) -> Present:
        await operations.show(conn, actor, token, data.code, key)
        return await sessions.present_by(conn, token or "")

    present = await db.retrying(door.pool, step)
    return Response(msgspec.json.encode(present), media_type=JSON)


def _key(door: Door) -> bytes:
    return codes.key_in(doors.settings_of(door).data)


ROUTES: Final = [
    get_second_factor,
    set_up_second_factor,
    confirm_second_factor,
    remove_second_factor,
    show_second_factor,
]
