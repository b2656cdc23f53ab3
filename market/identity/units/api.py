"""Units over HTTP: the tree as of any day, and the acts of its administrators."""

from datetime import date
from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import clock
from market.base.db import Connection
from market.base.web import Door
from market.identity import doors
from market.identity.organisations import queries as organisations
from market.identity.organisations.model import Organisation
from market.identity.units import operations, queries
from market.identity.units.model import (
    Merger,
    NewParent,
    NewUnit,
    Split,
    TaxStatus,
    TaxStatusInput,
    Tree,
    UnitHistory,
)

UNIT: Final = ResponseSpec(Organisation, description="技协组织 The unit", generate_examples=False)
TREE: Final = ResponseSpec(Tree, description="组织架构 The tree of a day", generate_examples=False)
HISTORY: Final = ResponseSpec(
    UnitHistory, description="沿革 Where the unit stood", generate_examples=False
)
TAX_STATUS: Final = ResponseSpec(
    TaxStatus, description="纳税人身份 The tax status", generate_examples=False
)


@get(
    "/v1/units/tree",
    tags=["units"],
    operation_id="get_tree",
    summary="组织架构 The tree of units as of a day, today by default",
    opt=doors.PUBLIC,
    security=[{}],
    responses={200: TREE},
)
async def get_tree(
    door: NamedDependency[Door], on_day: FromQuery[date | None] = None
) -> Response[bytes]:
    async def read(conn: Connection) -> Tree:
        day = on_day or await clock.today(conn)
        return Tree(day, await queries.tree(conn, day))

    return await door.read_public(read)


@post(
    "/v1/units",
    tags=["units"],
    operation_id="found_unit",
    summary="设立技协组织 Found a unit under another",
    responses={201: UNIT},
)
async def found_unit(door: NamedDependency[Door], data: JSONBody[NewUnit]) -> Response[bytes]:
    actor = door.actor
    return await door.act(lambda conn: operations.found_unit(conn, actor, data), status=201)


@get(
    "/v1/units/{unit_id:uuid}/history",
    tags=["units"],
    operation_id="get_unit_history",
    summary="查看沿革 Read a unit's parents, successions and tax status by date",
    responses={200: HISTORY},
)
async def get_unit_history(door: NamedDependency[Door], unit_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor

    async def read(conn: Connection) -> UnitHistory:
        unit = await organisations.find_organisation(conn, actor, unit_id)
        return UnitHistory(
            parents=await queries.parents_of(conn, unit.id),
            successions=await queries.successions_of(conn, unit.id),
            tax_statuses=await queries.tax_statuses_of(conn, unit.id),
        )

    return await door.read(read)


@put(
    "/v1/units/{unit_id:uuid}/parent",
    tags=["units"],
    operation_id="move_unit",
    summary="调整隶属 Put a unit under another parent from a day on",
    responses={200: UNIT},
)
async def move_unit(
    door: NamedDependency[Door], unit_id: FromPath[UUID], data: JSONBody[NewParent]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.move_unit(conn, actor, unit_id, data, expected_version=expected)
    )


@put(
    "/v1/units/{unit_id:uuid}/merger",
    tags=["units"],
    operation_id="merge_unit",
    summary="合并 Merge a unit into another from a day on",
    responses={200: UNIT},
)
async def merge_unit(
    door: NamedDependency[Door], unit_id: FromPath[UUID], data: JSONBody[Merger]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.merge_unit(conn, actor, unit_id, data, expected_version=expected)
    )


@post(
    "/v1/units/{unit_id:uuid}/splits",
    tags=["units"],
    operation_id="split_unit",
    summary="分立 Found a unit that takes over some of a unit's children",
    responses={201: UNIT},
)
async def split_unit(
    door: NamedDependency[Door], unit_id: FromPath[UUID], data: JSONBody[Split]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.split_unit(conn, actor, unit_id, data, expected_version=expected),
        status=201,
    )


@post(
    "/v1/units/{unit_id:uuid}/tax-statuses",
    tags=["units"],
    operation_id="record_tax_status",
    summary="登记纳税人身份 Record a unit's tax status from a day on",
    responses={201: TAX_STATUS},
)
async def record_tax_status(
    door: NamedDependency[Door], unit_id: FromPath[UUID], data: JSONBody[TaxStatusInput]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: operations.record_tax_status(conn, actor, unit_id, data), status=201
    )


ROUTES: Final = [
    get_tree,
    found_unit,
    get_unit_history,
    move_unit,
    merge_unit,
    split_unit,
    record_tax_status,
]
