"""Resets of lost devices over HTTP."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base.web import Door
from market.identity.second_factor_resets import operations, queries
from market.identity.second_factor_resets.model import (
    NewReset,
    ResetRefusal,
    SecondFactorReset,
)

RESET: Final = ResponseSpec(
    SecondFactorReset, description="重置 The reset", generate_examples=False
)


@post(
    "/v1/second-factor-resets",
    tags=["second factor"],
    operation_id="propose_second_factor_reset",
    summary="提出重置第二因素 Propose the reset of somebody's lost device",
    responses={201: RESET},
)
async def propose_second_factor_reset(
    door: NamedDependency[Door], data: JSONBody[NewReset]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(lambda conn: operations.propose_reset(conn, actor, data), status=201)


@get(
    "/v1/second-factor-resets/{reset_id:uuid}",
    tags=["second factor"],
    operation_id="get_second_factor_reset",
    summary="查看重置 Read a reset",
    responses={200: RESET},
)
async def get_second_factor_reset(
    door: NamedDependency[Door], reset_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_reset(conn, actor, reset_id))


@put(
    "/v1/second-factor-resets/{reset_id:uuid}/approval",
    tags=["second factor"],
    operation_id="approve_second_factor_reset",
    summary="批准重置 Approve a reset as the second person; the device counts no more",
    responses={200: RESET},
)
async def approve_second_factor_reset(
    door: NamedDependency[Door], reset_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_reset(conn, actor, reset_id, expected_version=expected)
    )


@put(
    "/v1/second-factor-resets/{reset_id:uuid}/refusal",
    tags=["second factor"],
    operation_id="refuse_second_factor_reset",
    summary="退回重置 Refuse a reset, saying why",
    responses={200: RESET},
)
async def refuse_second_factor_reset(
    door: NamedDependency[Door], reset_id: FromPath[UUID], data: JSONBody[ResetRefusal]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.refuse_reset(
            conn, actor, reset_id, data.reason, expected_version=expected
        )
    )


ROUTES: Final = [
    propose_second_factor_reset,
    get_second_factor_reset,
    approve_second_factor_reset,
    refuse_second_factor_reset,
]
