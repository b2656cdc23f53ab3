"""Policies over HTTP."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.web import Door
from market.identity.policies import operations, queries
from market.identity.policies.model import PolicyName, PolicyState, PolicyVersion, Proposal

POLICY: Final = ResponseSpec(
    PolicyVersion, description="规则版本 The version of the policy", generate_examples=False
)
POLICIES: Final = ResponseSpec(
    pages.Page[PolicyVersion], description="A page", generate_examples=False
)


@post(
    "/v1/policies",
    tags=["policies"],
    operation_id="propose_policy",
    summary="提出规则变更 Propose the next version of a policy",
    responses={201: POLICY},
)
async def propose_policy(door: NamedDependency[Door], data: JSONBody[Proposal]) -> Response[bytes]:
    actor = door.actor
    return await door.act(lambda conn: operations.propose_policy(conn, actor, data), status=201)


@get(
    "/v1/policies",
    tags=["policies"],
    operation_id="list_policies",
    summary="规则列表 List policy versions, newest first",
    responses={200: POLICIES},
)
async def list_policies(
    door: NamedDependency[Door],
    name: FromQuery[PolicyName | None] = None,
    in_state: pages.InState[PolicyState | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor, after = door.actor, pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.policies(
            conn, actor, name=name, state=in_state, after=after, limit=most
        ),
        limit=limit,
        key=lambda policy: (policy.id,),
    )


@get(
    "/v1/policies/{policy_id:uuid}",
    tags=["policies"],
    operation_id="get_policy",
    summary="查看规则版本 Read a version of a policy",
    responses={200: POLICY},
)
async def get_policy(door: NamedDependency[Door], policy_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_policy(conn, actor, policy_id))


@put(
    "/v1/policies/{policy_id:uuid}/approval",
    tags=["policies"],
    operation_id="approve_policy",
    summary="批准规则 Approve a proposed version as the second person",
    responses={200: POLICY},
)
async def approve_policy(door: NamedDependency[Door], policy_id: FromPath[UUID]) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_policy(conn, actor, policy_id, expected_version=expected)
    )


@put(
    "/v1/policies/{policy_id:uuid}/rejection",
    tags=["policies"],
    operation_id="reject_policy",
    summary="否决规则 Reject a proposed version",
    responses={200: POLICY},
)
async def reject_policy(door: NamedDependency[Door], policy_id: FromPath[UUID]) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.reject_policy(conn, actor, policy_id, expected_version=expected)
    )


ROUTES: Final = [propose_policy, list_policies, get_policy, approve_policy, reject_policy]
