"""The JSON routes of own bank accounts."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages, proposals
from market.base.web import Door
from market.money.statements.accounts import operations
from market.money.statements.accounts.model import (
    AccountState,
    BankAccount,
    NewBankAccount,
)

ACCOUNT: Final = ResponseSpec(
    BankAccount, description="The bank account 银行账户", generate_examples=False
)
PAGE: Final = ResponseSpec(pages.Page[BankAccount], description="A page", generate_examples=False)


@post(
    "/v1/units/{unit_id:uuid}/bank-accounts",
    tags=["statements"],
    operation_id="propose_bank_account",
    summary="登记银行账户 Propose an own bank account, as the unit's finance",
    opt={"key": "required"},
    responses={201: ACCOUNT},
)
async def propose_account(
    door: NamedDependency[Door], unit_id: FromPath[UUID], data: JSONBody[NewBankAccount]
) -> Response[bytes]:
    """负责人（另一人）批准后方可使用。

    It can be used once a leader, another person, has approved it.
    """
    actor = door.actor
    return await door.act(
        lambda conn: operations.propose_account(conn, actor, unit_id, data), status=201
    )


@get(
    "/v1/bank-accounts",
    tags=["statements"],
    operation_id="list_bank_accounts",
    summary="列出银行账户 List own bank accounts, the newest first",
    responses={200: PAGE},
)
async def list_accounts(
    door: NamedDependency[Door],
    unit_id: FromQuery[UUID | None] = None,
    in_state: pages.InState[AccountState | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看。

    For finance, cashier, leader and auditor.
    """
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: operations.list_accounts(
            conn, actor, books_unit_id=unit_id, state=in_state, after=after, limit=most
        ),
        limit=limit,
        key=lambda account: (account.id,),
    )


@get(
    "/v1/bank-accounts/{account_id:uuid}",
    tags=["statements"],
    operation_id="get_bank_account",
    summary="查看银行账户 Read an own bank account",
    responses={200: ACCOUNT},
)
async def get_account(door: NamedDependency[Door], account_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.find_account(conn, actor, account_id))


@put(
    "/v1/bank-accounts/{account_id:uuid}/approval",
    tags=["statements"],
    operation_id="approve_bank_account",
    summary="批准银行账户 Approve a bank account, as another person",
    responses={200: ACCOUNT},
)
async def approve_account(
    door: NamedDependency[Door], account_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_account(conn, actor, account_id, expected_version=expected)
    )


@put(
    "/v1/bank-accounts/{account_id:uuid}/rejection",
    tags=["statements"],
    operation_id="reject_bank_account",
    summary="驳回银行账户 Reject a bank account, as another person",
    responses={200: ACCOUNT},
)
async def reject_account(
    door: NamedDependency[Door], account_id: FromPath[UUID], data: JSONBody[proposals.Rejecting]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.reject_account(
            conn, actor, account_id, data.note, expected_version=expected
        )
    )


ROUTES: Final = [propose_account, list_accounts, get_account, approve_account, reject_account]
