"""Registering and verifying enterprises over HTTP."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.exceptions import TooManyRequestsException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base import db
from market.base.web import Door
from market.identity import doors
from market.identity.enterprises import operations, queries
from market.identity.enterprises.model import (
    Correction,
    EnterpriseInvitation,
    Refused,
    Registration,
    Verification,
)
from market.identity.organisations.model import Organisation

ENTERPRISE: Final = ResponseSpec(
    Organisation, description="企业 The enterprise", generate_examples=False
)
VERIFICATIONS: Final = ResponseSpec(
    list[Verification], description="核验记录 Decisions", generate_examples=False
)


@post(
    "/v1/enterprises",
    tags=["enterprises"],
    operation_id="register_enterprise",
    summary="企业注册 Register an enterprise; its first manager gets a link by e-mail",
    opt=doors.PUBLIC,
    security=[{}],
    responses={201: ENTERPRISE},
    raises=[TooManyRequestsException],
)
async def register_enterprise(
    door: NamedDependency[Door], data: JSONBody[Registration]
) -> Response[bytes]:
    address, link = door.address, doors.new_link(door)
    await db.retrying(door.pool, lambda conn: operations.count_request(conn, data, address))
    return await door.act(lambda conn: operations.register_enterprise(conn, data, link), status=201)


@post(
    "/v1/enterprise-invitations",
    tags=["enterprises"],
    operation_id="invite_enterprise",
    summary="邀请企业 Enter an enterprise as a clerk and invite its manager",
    responses={201: ENTERPRISE},
)
async def invite_enterprise(
    door: NamedDependency[Door], data: JSONBody[EnterpriseInvitation]
) -> Response[bytes]:
    actor, link = door.actor, doors.new_link(door)
    return await door.act(
        lambda conn: operations.invite_enterprise(conn, actor, data, link), status=201
    )


@put(
    "/v1/enterprises/{enterprise_id:uuid}/registration",
    tags=["enterprises"],
    operation_id="register_enterprise_again",
    summary="更正后重新提交 Send a refused registration again, corrected",
    responses={200: ENTERPRISE},
)
async def register_enterprise_again(
    door: NamedDependency[Door], enterprise_id: FromPath[UUID], data: JSONBody[Correction]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.register_again(
            conn, actor, enterprise_id, data, expected_version=expected
        )
    )


@put(
    "/v1/enterprises/{enterprise_id:uuid}/verification",
    tags=["enterprises"],
    operation_id="verify_enterprise",
    summary="核验通过 Verify a registered enterprise",
    responses={200: ENTERPRISE},
)
async def verify_enterprise(
    door: NamedDependency[Door], enterprise_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.verify_enterprise(
            conn, actor, enterprise_id, expected_version=expected
        )
    )


@put(
    "/v1/enterprises/{enterprise_id:uuid}/refusal",
    tags=["enterprises"],
    operation_id="refuse_enterprise",
    summary="核验退回 Refuse a registered enterprise, saying why",
    responses={200: ENTERPRISE},
)
async def refuse_enterprise(
    door: NamedDependency[Door], enterprise_id: FromPath[UUID], data: JSONBody[Refused]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.refuse_enterprise(
            conn, actor, enterprise_id, data.reason, expected_version=expected
        )
    )


@get(
    "/v1/enterprises/{enterprise_id:uuid}/verifications",
    tags=["enterprises"],
    operation_id="list_verifications",
    summary="核验记录 List the decisions about an enterprise",
    responses={200: VERIFICATIONS},
)
async def list_verifications(
    door: NamedDependency[Door], enterprise_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.verifications_of(conn, actor, enterprise_id))


ROUTES: Final = [
    register_enterprise,
    invite_enterprise,
    register_enterprise_again,
    verify_enterprise,
    refuse_enterprise,
    list_verifications,
]
