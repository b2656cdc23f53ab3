"""The JSON routes of column mappings."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base.web import Door
from market.money.statements.mappings import operations
from market.money.statements.mappings.model import NewMapping, StatementMapping

MAPPING: Final = ResponseSpec(
    StatementMapping, description="The mapping 列对照", generate_examples=False
)
MAPPINGS: Final = ResponseSpec(
    list[StatementMapping], description="In the order of trial", generate_examples=False
)


@post(
    "/v1/units/{unit_id:uuid}/statement-mappings",
    tags=["statements"],
    operation_id="add_statement_mapping",
    summary="新增列对照 Add the column mapping of a bank's export, as finance",
    responses={201: MAPPING},
)
async def add_mapping(
    door: NamedDependency[Door], unit_id: FromPath[UUID], data: JSONBody[NewMapping]
) -> Response[bytes]:
    """新的银行只须增加一条对照，无须改程序。

    A new bank is a row, no program.
    """
    actor = door.actor
    return await door.act(
        lambda conn: operations.add_mapping(conn, actor, unit_id, data), status=201
    )


@get(
    "/v1/units/{unit_id:uuid}/statement-mappings",
    tags=["statements"],
    operation_id="list_statement_mappings",
    summary="列出列对照 List the mappings that a unit's files are tried with",
    responses={200: MAPPINGS},
)
async def list_mappings(door: NamedDependency[Door], unit_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.list_mappings(conn, actor, unit_id))


ROUTES: Final = [add_mapping, list_mappings]
