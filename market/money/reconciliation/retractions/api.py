"""The JSON routes of retractions."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages, proposals
from market.base.web import Door
from market.money.reconciliation.retractions import operations
from market.money.reconciliation.retractions.model import (
    ProposingRetraction,
    Retraction,
    RetractionState,
)

RETRACTION: Final = ResponseSpec(
    Retraction, description="The retraction 撤回申请", generate_examples=False
)
PAGE: Final = ResponseSpec(pages.Page[Retraction], description="A page", generate_examples=False)


@post(
    "/v1/statements/{statement_id:uuid}/retractions",
    tags=["reconciliation"],
    operation_id="propose_retraction",
    summary="申请撤回对账单 Propose to take back the import that brought a statement, as finance",
    opt={"key": "required"},
    responses={201: RETRACTION},
)
async def propose_retraction(
    door: NamedDependency[Door], statement_id: FromPath[UUID], data: JSONBody[ProposingRetraction]
) -> Response[bytes]:
    """该文件的对账单一并撤回，其流水不得已匹配。其后导入该账户的，须先撤回。

    All statements of its file go together, and none of their lines may be matched. What was
    imported into the account later goes first.
    """
    actor = door.actor
    return await door.act(
        lambda conn: operations.propose_retraction(conn, actor, statement_id, data.reason),
        status=201,
    )


@get(
    "/v1/statement-retractions",
    tags=["reconciliation"],
    operation_id="list_retractions",
    summary="列出对账单撤回申请 List retractions of statements, the newest first",
    responses={200: PAGE},
)
async def list_retractions(
    door: NamedDependency[Door],
    in_state: pages.InState[RetractionState | None] = None,
    account_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看。

    For finance, cashier, leader and auditor.
    """
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: operations.list_retractions(
            conn, actor, state=in_state, account_id=account_id, after=after, limit=most
        ),
        limit=limit,
        key=lambda retraction: (retraction.id,),
    )


@get(
    "/v1/statement-retractions/{retraction_id:uuid}",
    tags=["reconciliation"],
    operation_id="get_retraction",
    summary="查看对账单撤回申请 Read a retraction of a statement",
    responses={200: RETRACTION},
)
async def get_retraction(
    door: NamedDependency[Door], retraction_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.find_retraction(conn, actor, retraction_id))


@put(
    "/v1/statement-retractions/{retraction_id:uuid}/approval",
    tags=["reconciliation"],
    operation_id="approve_retraction",
    summary="批准撤回对账单 Approve, as another person: the import is taken back",
    responses={200: RETRACTION},
)
async def approve_retraction(
    door: NamedDependency[Door], retraction_id: FromPath[UUID]
) -> Response[bytes]:
    """其流水按各自的日期冲回；文件可以再导入其所属的账户。

    Its lines are posted back on their own days; the file may be imported where it belongs.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_retraction(
            conn, actor, retraction_id, expected_version=expected
        )
    )


@put(
    "/v1/statement-retractions/{retraction_id:uuid}/rejection",
    tags=["reconciliation"],
    operation_id="reject_retraction",
    summary="驳回撤回申请 Reject, as another person: the import stands",
    responses={200: RETRACTION},
)
async def reject_retraction(
    door: NamedDependency[Door], retraction_id: FromPath[UUID], data: JSONBody[proposals.Rejecting]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.reject_retraction(
            conn, actor, retraction_id, data.note, expected_version=expected
        )
    )


ROUTES: Final = [
    propose_retraction,
    list_retractions,
    get_retraction,
    approve_retraction,
    reject_retraction,
]
