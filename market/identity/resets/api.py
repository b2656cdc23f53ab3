"""Forgotten and changed passwords over HTTP."""

from typing import Final

from litestar import Response, post, put
from litestar.di import NamedDependency
from litestar.exceptions import TooManyRequestsException
from litestar.params import JSONBody

from market.base import db
from market.base.web import Door
from market.identity import doors
from market.identity.resets import operations
from market.identity.resets.model import Forgotten, NewPassword, PasswordChange


@post(
    "/v1/password-resets",
    tags=["passwords"],
    operation_id="request_password_reset",
    summary="忘记密码 Ask for a link by e-mail; the answer is always the same",
    opt=doors.PUBLIC,
    security=[{}],
    status_code=204,
    raises=[TooManyRequestsException],
)
async def request_password_reset(
    door: NamedDependency[Door], data: JSONBody[Forgotten]
) -> Response[None]:
    address, link = door.address, doors.new_link(door)
    await db.retrying(door.pool, lambda conn: operations.count_request(conn, data, address))
    return doors.silent(await door.act(lambda conn: operations.request_reset(conn, data, link)))


@post(
    "/v1/password-reset-completions",
    tags=["passwords"],
    operation_id="reset_password",
    summary="重设密码 Set a new password with the token from the mail",
    opt=doors.PUBLIC,
    security=[{}],
    status_code=204,
)
async def reset_password(
    door: NamedDependency[Door], data: JSONBody[NewPassword]
) -> Response[None]:
    address = door.address
    password_hash = await doors.hasher_of(door).hash(data.password)
    return doors.silent(
        await door.act(
            lambda conn: operations.reset_password(conn, data, password_hash, address=address)
        )
    )


@put(
    "/v1/people/me/password",
    tags=["passwords"],
    operation_id="change_password",
    summary="更改密码 Change one's password, knowing the old one",
    status_code=204,
    raises=[TooManyRequestsException],
)
async def change_password(
    door: NamedDependency[Door], data: JSONBody[PasswordChange]
) -> Response[None]:
    actor, token = door.actor, doors.session_token(door)
    await operations.change_password(door.pool, actor, data, doors.hasher_of(door), token or "")
    return Response(None, status_code=204)


ROUTES: Final = [request_password_reset, reset_password, change_password]
