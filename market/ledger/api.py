"""The JSON routes of reading the ledger, and with them those of opening balances."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from market.base import pages
from market.base.explanations import Explanation
from market.base.web import Door
from market.ledger import explaining, operations
from market.ledger.model import AccountBalance, FullPosting
from market.ledger.opening import api as opening

POSTING: Final = ResponseSpec(FullPosting, description="The posting 记账", generate_examples=False)
POSTINGS: Final = ResponseSpec(
    pages.Page[FullPosting], description="A page", generate_examples=False
)
ACCOUNTS: Final = ResponseSpec(
    pages.Page[AccountBalance], description="A page", generate_examples=False
)
EXPLANATION: Final = ResponseSpec(
    Explanation, description="Inputs, steps, result", generate_examples=False
)

# Litestar enforces bounds of query parameters only where a QueryParameter holds them.
MonthText: TypeAlias = Annotated[
    str | None,
    QueryParameter(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])(?!\s)$"),
]
CursorText: TypeAlias = Annotated[
    str | None,
    QueryParameter(max_length=500),
]
Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=100)]


@get(
    "/v1/units/{unit_id:uuid}/postings",
    tags=["ledger"],
    operation_id="list_postings",
    summary="列出记账 List a unit's postings, the newest month and posting first",
    responses={200: POSTINGS},
)
async def list_postings(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    month: MonthText = None,
    cursor: CursorText = None,
    limit: Limit = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看。不是法人的单位没有自己的账套。

    For finance, cashier, leader and auditor. A unit that is no legal person has none.
    """
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: operations.list_postings(
            conn,
            actor,
            unit_id,
            month=date.fromisoformat(f"{month}-01") if month else None,
            after=after,
            limit=most,
        ),
        limit=limit,
        key=lambda posting: (posting.public_id,),
    )


@get(
    "/v1/units/{unit_id:uuid}/accounts",
    tags=["ledger"],
    operation_id="list_accounts",
    summary="列出科目余额 List a unit's accounts with turnover and balance",
    responses={200: ACCOUNTS},
)
async def list_accounts(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    until: FromQuery[date | None] = None,
    cursor: CursorText = None,
    limit: Limit = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """截至所给的日期，不给时截至最后一笔记账。供财务、出纳、负责人和审计查看。

    Up to a day, else to the last posting. For finance, cashier, leader and auditor.
    """
    actor = door.actor
    after = pages.key_after(cursor, tuple[str, UUID | None, str])
    return await door.page(
        lambda conn, most: operations.list_accounts(
            conn, actor, unit_id, until=until, after=after, limit=most
        ),
        limit=limit,
        key=lambda account: (account.kind, account.subject, account.currency),
    )


@get(
    "/v1/postings/{posting_id:uuid}",
    tags=["ledger"],
    operation_id="get_posting",
    summary="查看一笔记账 Read a posting with its transfers",
    responses={200: POSTING},
)
async def get_posting(door: NamedDependency[Door], posting_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.read_posting(conn, actor, posting_id))


@get(
    "/v1/postings/{posting_id:uuid}/explain",
    tags=["ledger"],
    operation_id="explain_posting",
    summary="解释一笔记账 Explain why a posting stands where it stands",
    responses={200: EXPLANATION},
)
async def explain_posting(
    door: NamedDependency[Door], posting_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: explaining.explain_posting(conn, actor, posting_id))


ROUTES: Final = [
    list_postings,
    list_accounts,
    get_posting,
    explain_posting,
    *opening.ROUTES,
]
