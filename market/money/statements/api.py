"""The JSON routes of statements, and with them those of accounts, mappings and opening."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery

from market.base import pages
from market.base.web import Door
from market.money.statements import operations
from market.money.statements.accounts import api as accounts
from market.money.statements.mappings import api as mappings
from market.money.statements.model import Statement
from market.money.statements.opening import api as opening

STATEMENT: Final = ResponseSpec(
    Statement, description="The statement 对账单", generate_examples=False
)
PAGE: Final = ResponseSpec(pages.Page[Statement], description="A page", generate_examples=False)


@get(
    "/v1/bank-accounts/{account_id:uuid}/statements",
    tags=["statements"],
    operation_id="list_statements",
    summary="列出对账单 List the statements imported for an account, the newest first",
    responses={200: PAGE},
)
async def list_statements(
    door: NamedDependency[Door],
    account_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看。

    For finance, cashier, leader and auditor.
    """
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: operations.list_statements(
            conn, actor, account_id, after=after, limit=most
        ),
        limit=limit,
        key=lambda statement: (statement.id,),
    )


@get(
    "/v1/statements/{statement_id:uuid}",
    tags=["statements"],
    operation_id="get_statement",
    summary="查看对账单 Read an imported statement; its raw file is under /v1/files",
    responses={200: STATEMENT},
)
async def get_statement(
    door: NamedDependency[Door], statement_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.find_statement(conn, actor, statement_id))


ROUTES: Final = [
    list_statements,
    get_statement,
    *accounts.ROUTES,
    *mappings.ROUTES,
    *opening.ROUTES,
]
