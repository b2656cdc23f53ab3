"""The JSON routes of opening balances; approving one is a route of `money.statements.opening`."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.web import Door
from market.ledger.opening import operations, supplementing
from market.ledger.opening.model import (
    FullOpeningBalance,
    NewOpeningBalance,
    NewSupplement,
    OpeningBalance,
    OpeningState,
)

OPENING: Final = ResponseSpec(
    FullOpeningBalance, description="The opening balance 期初余额", generate_examples=False
)
SUPPLEMENTS: Final = ResponseSpec(
    pages.Page[OpeningBalance], description="A page", generate_examples=False
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
    """负责人批准之前不记账。净资产由其余各项得出，不须填写。

    Nothing is posted before a leader approves. Net assets follow and are not given.
    """
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


@post(
    "/v1/units/{unit_id:uuid}/opening-supplements",
    tags=["ledger"],
    operation_id="prepare_opening_supplement",
    summary="编制期初补录 Prepare, as finance, what the opening balance left out",
    opt={"key": "required"},
    responses={201: OPENING},
)
async def prepare_opening_supplement(
    door: NamedDependency[Door], unit_id: FromPath[UUID], data: JSONBody[NewSupplement]
) -> Response[bytes]:
    """补录漏列于期初余额的科目或债权，以建账日为准；撤回和由负责人批准，与期初余额相同。

    每个科目、每笔债权（按其编号）只有一次期初。

    Of the day that the books began on. It is withdrawn, and approved by a leader, as any opening
    balance: `/v1/opening-balances/{opening_id}/withdrawal` and `…/approval`. An account, and each
    debt of a receivable by its reference, begins once.
    """
    actor = door.actor
    return await door.act(
        lambda conn: supplementing.prepare_supplement(conn, actor, unit_id, data), status=201
    )


@get(
    "/v1/units/{unit_id:uuid}/opening-supplements",
    tags=["ledger"],
    operation_id="list_opening_supplements",
    summary="期初补录列表 List what was, or is to be, put into a unit's opening balance",
    responses={200: SUPPLEMENTS},
)
async def list_opening_supplements(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    in_state: pages.InState[OpeningState | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看；明细须逐份读取。

    For finance, cashier, leader and auditor; its lines are read one by one.
    """
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: supplementing.list_supplements(
            conn, actor, unit_id, state=in_state, after=after, limit=most
        ),
        limit=limit,
        key=lambda supplement: (supplement.id,),
    )


ROUTES: Final = [
    prepare_opening_supplement,
    list_opening_supplements,
    prepare_opening_balance,
    get_live_opening_balance,
    get_opening_balance,
    withdraw_opening_balance,
]
