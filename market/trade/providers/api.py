"""Pages of providers and experts over HTTP, and a member's consent to his."""

from typing import Final
from uuid import UUID

from litestar import Response, delete, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base.web import Door
from market.identity import doors
from market.trade.providers import operations, queries
from market.trade.providers.model import ExpertPage, Profile, ProfileInput, ProviderPage

TAGS: Final = ["providers"]
PROVIDER: Final = ResponseSpec(
    ProviderPage, description="服务单位 The provider", generate_examples=False
)
EXPERT: Final = ResponseSpec(ExpertPage, description="专家 The expert", generate_examples=False)
PROFILE: Final = ResponseSpec(
    Profile, description="本人同意公开的资料 What the member agreed to", generate_examples=False
)


@get(
    "/v1/providers/{unit_id:uuid}",
    tags=TAGS,
    operation_id="get_provider",
    summary="服务单位的公开页面 Read the public page of a unit",
    opt=doors.PUBLIC,
    security=[{}],
    responses={200: PROVIDER},
)
async def get_provider(door: NamedDependency[Door], unit_id: FromPath[UUID]) -> Response[bytes]:
    return await door.read_public(lambda conn: queries.find_provider(conn, unit_id))


@get(
    "/v1/experts/{member_id:uuid}",
    tags=TAGS,
    operation_id="get_expert",
    summary="专家的公开页面 Read the public page of a member who agreed to have one",
    opt=doors.PUBLIC,
    security=[{}],
    responses={200: EXPERT},
)
async def get_expert(door: NamedDependency[Door], member_id: FromPath[UUID]) -> Response[bytes]:
    return await door.read_public(lambda conn: queries.find_expert(conn, member_id))


@get(
    "/v1/members/{member_id:uuid}/public-profile",
    tags=TAGS,
    operation_id="get_public_profile",
    summary="查看会员同意公开的资料 Read what a member agreed to have shown",
    responses={200: PROFILE},
)
async def get_public_profile(
    door: NamedDependency[Door], member_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_profile(conn, actor, member_id))


@put(
    "/v1/members/{member_id:uuid}/public-profile",
    tags=TAGS,
    operation_id="agree_to_be_shown",
    summary="本人同意公开资料 Agree to be shown to the public",
    responses={200: PROFILE},
)
async def agree_to_be_shown(
    door: NamedDependency[Door], member_id: FromPath[UUID], data: JSONBody[ProfileInput]
) -> Response[bytes]:
    """只能由会员本人办理，接口密钥不能代办。

    For the member himself, present: a key does not do it.
    """
    actor = door.actor
    return await door.act(lambda conn: operations.agree_to_be_shown(conn, actor, member_id, data))


@delete(
    "/v1/members/{member_id:uuid}/public-profile",
    tags=TAGS,
    operation_id="withdraw_from_the_public",
    summary="本人撤回公开 Withdraw from the public",
)
async def withdraw_from_the_public(
    door: NamedDependency[Door], member_id: FromPath[UUID]
) -> Response[None]:
    actor = door.actor
    return doors.silent(
        await door.act(lambda conn: operations.withdraw_from_the_public(conn, actor, member_id))
    )


ROUTES: Final = [
    get_provider,
    get_expert,
    get_public_profile,
    agree_to_be_shown,
    withdraw_from_the_public,
]
