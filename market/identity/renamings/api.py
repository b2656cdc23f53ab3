"""Renamings over HTTP."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base.web import Door
from market.identity.renamings import operations, queries
from market.identity.renamings.model import NewRenaming, Renaming, RenamingRefusal

RENAMING: Final = ResponseSpec(Renaming, description="更名 The renaming", generate_examples=False)
RENAMINGS: Final = ResponseSpec(
    list[Renaming], description="更名记录 Renamings", generate_examples=False
)


@post(
    "/v1/enterprises/{enterprise_id:uuid}/renamings",
    tags=["enterprises"],
    operation_id="propose_renaming",
    summary="提出更名 Propose the new legal name of a verified enterprise",
    responses={201: RENAMING},
)
async def propose_renaming(
    door: NamedDependency[Door], enterprise_id: FromPath[UUID], data: JSONBody[NewRenaming]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: operations.propose_renaming(conn, actor, enterprise_id, data), status=201
    )


@get(
    "/v1/enterprises/{enterprise_id:uuid}/renamings",
    tags=["enterprises"],
    operation_id="list_renamings",
    summary="更名记录 List an enterprise's renamings, the names before among them",
    responses={200: RENAMINGS},
)
async def list_renamings(
    door: NamedDependency[Door], enterprise_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.renamings_of(conn, actor, enterprise_id))


@put(
    "/v1/renamings/{renaming_id:uuid}/approval",
    tags=["enterprises"],
    operation_id="approve_renaming",
    summary="批准更名 Approve a renaming as the second person, having seen the licence",
    responses={200: RENAMING},
)
async def approve_renaming(
    door: NamedDependency[Door], renaming_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_renaming(
            conn, actor, renaming_id, expected_version=expected
        )
    )


@put(
    "/v1/renamings/{renaming_id:uuid}/refusal",
    tags=["enterprises"],
    operation_id="refuse_renaming",
    summary="退回更名 Refuse a renaming, saying why",
    responses={200: RENAMING},
)
async def refuse_renaming(
    door: NamedDependency[Door], renaming_id: FromPath[UUID], data: JSONBody[RenamingRefusal]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.refuse_renaming(
            conn, actor, renaming_id, data.reason, expected_version=expected
        )
    )


ROUTES: Final = [propose_renaming, list_renamings, approve_renaming, refuse_renaming]
