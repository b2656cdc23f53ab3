"""Role grants over HTTP."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.web import Door
from market.identity.roles import operations, queries
from market.identity.roles.model import GrantState, NewGrant, Refusal, RoleGrant

GRANT: Final = ResponseSpec(
    RoleGrant, description="角色授予 The role grant", generate_examples=False
)
GRANTS: Final = ResponseSpec(pages.Page[RoleGrant], description="A page", generate_examples=False)


@post(
    "/v1/role-grants",
    tags=["roles"],
    operation_id="grant_role",
    summary="授予角色 Grant a role, or propose one that needs a second person",
    responses={201: GRANT},
)
async def grant_role(door: NamedDependency[Door], data: JSONBody[NewGrant]) -> Response[bytes]:
    """涉及资金的角色和管理员角色只是提出，须另一人批准，见 `state`。

    Money roles and the administrator's are only proposed: `state` says so.
    """
    actor = door.actor
    return await door.act(lambda conn: operations.grant_role(conn, actor, data), status=201)


@get(
    "/v1/role-grants",
    tags=["roles"],
    operation_id="list_role_grants",
    summary="角色列表 List role grants in one's scope, and one's own",
    responses={200: GRANTS},
)
async def list_role_grants(
    door: NamedDependency[Door],
    organisation_id: FromQuery[UUID | None] = None,
    person_id: FromQuery[UUID | None] = None,
    in_state: pages.InState[GrantState | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor, after = door.actor, pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.grants(
            conn,
            actor,
            organisation_id=organisation_id,
            person_id=person_id,
            state=in_state,
            after=after,
            limit=most,
        ),
        limit=limit,
        key=lambda grant: (grant.id,),
    )


@get(
    "/v1/role-grants/{grant_id:uuid}",
    tags=["roles"],
    operation_id="get_role_grant",
    summary="查看角色授予 Read a role grant",
    responses={200: GRANT},
)
async def get_role_grant(door: NamedDependency[Door], grant_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_grant(conn, actor, grant_id))


@put(
    "/v1/role-grants/{grant_id:uuid}/approval",
    tags=["roles"],
    operation_id="approve_role_grant",
    summary="批准角色 Approve a proposed role as the second person",
    responses={200: GRANT},
)
async def approve_role_grant(
    door: NamedDependency[Door], grant_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_grant(conn, actor, grant_id, expected_version=expected)
    )


@put(
    "/v1/role-grants/{grant_id:uuid}/refusal",
    tags=["roles"],
    operation_id="refuse_role_grant",
    summary="不予批准 Refuse a proposed role, saying why",
    responses={200: GRANT},
)
async def refuse_role_grant(
    door: NamedDependency[Door], grant_id: FromPath[UUID], data: JSONBody[Refusal]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.refuse_grant(
            conn, actor, grant_id, data.reason, expected_version=expected
        )
    )


@put(
    "/v1/role-grants/{grant_id:uuid}/withdrawal",
    tags=["roles"],
    operation_id="withdraw_role_grant",
    summary="撤回提名 Withdraw one's own proposal",
    responses={200: GRANT},
)
async def withdraw_role_grant(
    door: NamedDependency[Door], grant_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.withdraw_grant(conn, actor, grant_id, expected_version=expected)
    )


@put(
    "/v1/role-grants/{grant_id:uuid}/revocation",
    tags=["roles"],
    operation_id="revoke_role_grant",
    summary="撤销角色 Revoke a role at once, or lay down one's own",
    responses={200: GRANT},
)
async def revoke_role_grant(
    door: NamedDependency[Door], grant_id: FromPath[UUID], data: JSONBody[Refusal]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.revoke_grant(
            conn, actor, grant_id, data.reason, expected_version=expected
        )
    )


ROUTES: Final = [
    grant_role,
    list_role_grants,
    get_role_grant,
    approve_role_grant,
    refuse_role_grant,
    withdraw_role_grant,
    revoke_role_grant,
]
