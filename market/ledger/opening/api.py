"""The JSON routes of opening balances; approving one is a route of `money.statements.opening`."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base.web import Door
from market.ledger.opening import operations
from market.ledger.opening.model import FullOpeningBalance, NewOpeningBalance

OPENING: Final = ResponseSpec(
    FullOpeningBalance, description="The opening balance 期初余额", generate_examples=False
)


@post(
    "/v1/units/{unit_id:uuid}/opening-balance",
    tags=["ledger"],
    operation_id="prepare_opening_balance",
    summary="编制期初余额 Prepare the opening balance of a unit's books, as its finance",
    opt={"key": "required"},
    responses={201: OPENING},
)
async def prepare_opening_balance(
    door: NamedDependency[Door], unit_id: FromPath[UUID], data: JSONBody[NewOpeningBalance]
) -> Response[bytes]:
    """Nothing is posted before a leader approves. Net assets follow and are not given."""
    actor = door.actor
    return await door.act(
        lambda conn: operations.prepare_opening_balance(conn, actor, unit_id, data), status=201
    )


@get(
    "/v1/units/{unit_id:uuid}/opening-balance",
    tags=["ledger"],
    operation_id="get_live_opening_balance",
    summary="查看单位的期初余额 Read what a unit's books begin with, or are about to",
    responses={200: OPENING},
)
async def get_live_opening_balance(
    door: NamedDependency[Door], unit_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.read_live_opening_balance(conn, actor, unit_id))


@get(
    "/v1/opening-balances/{opening_id:uuid}",
    tags=["ledger"],
    operation_id="get_opening_balance",
    summary="查看期初余额 Read an opening balance, a withdrawn one too",
    responses={200: OPENING},
)
async def get_opening_balance(
    door: NamedDependency[Door], opening_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.read_opening_balance(conn, actor, opening_id))


@put(
    "/v1/opening-balances/{opening_id:uuid}/withdrawal",
    tags=["ledger"],
    operation_id="withdraw_opening_balance",
    summary="撤回期初余额 Withdraw, as finance, what is not approved yet",
    responses={200: OPENING},
)
async def withdraw_opening_balance(
    door: NamedDependency[Door], opening_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.withdraw_opening_balance(
            conn, actor, opening_id, expected_version=expected
        )
    )


ROUTES: Final = [
    prepare_opening_balance,
    get_live_opening_balance,
    get_opening_balance,
    withdraw_opening_balance,
]
