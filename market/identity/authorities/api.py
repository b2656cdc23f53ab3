"""Signing authorities over HTTP."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.web import Door
from market.identity.authorities import operations, queries
from market.identity.authorities.model import (
    AuthorityEnd,
    AuthorityState,
    NewAuthority,
    SigningAuthority,
)

AUTHORITY: Final = ResponseSpec(
    SigningAuthority, description="签约权限 The signing authority", generate_examples=False
)
AUTHORITIES: Final = ResponseSpec(
    pages.Page[SigningAuthority], description="A page", generate_examples=False
)


@post(
    "/v1/signing-authorities",
    tags=["signing authorities"],
    operation_id="propose_signing_authority",
    summary="登记签约权限 Record who signs for the organisation",
    responses={201: AUTHORITY},
)
async def propose_signing_authority(
    door: NamedDependency[Door], data: JSONBody[NewAuthority]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(lambda conn: operations.propose_authority(conn, actor, data), status=201)


@get(
    "/v1/signing-authorities",
    tags=["signing authorities"],
    operation_id="list_signing_authorities",
    summary="签约权限列表 List signing authorities in one's scope; all to clerks",
    responses={200: AUTHORITIES},
)
async def list_signing_authorities(
    door: NamedDependency[Door],
    organisation_id: FromQuery[UUID | None] = None,
    in_state: pages.InState[AuthorityState | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor, after = door.actor, pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.authorities(
            conn, actor, organisation_id=organisation_id, state=in_state, after=after, limit=most
        ),
        limit=limit,
        key=lambda authority: (authority.id,),
    )


@get(
    "/v1/signing-authorities/{authority_id:uuid}",
    tags=["signing authorities"],
    operation_id="get_signing_authority",
    summary="查看签约权限 Read a signing authority",
    responses={200: AUTHORITY},
)
async def get_signing_authority(
    door: NamedDependency[Door], authority_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_authority(conn, actor, authority_id))


@put(
    "/v1/signing-authorities/{authority_id:uuid}/confirmation",
    tags=["signing authorities"],
    operation_id="confirm_signing_authority",
    summary="确认签约权限 Confirm it, having seen the papers, as the second person",
    responses={200: AUTHORITY},
)
async def confirm_signing_authority(
    door: NamedDependency[Door], authority_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.confirm_authority(
            conn, actor, authority_id, expected_version=expected
        )
    )


@put(
    "/v1/signing-authorities/{authority_id:uuid}/refusal",
    tags=["signing authorities"],
    operation_id="refuse_signing_authority",
    summary="不予确认 Refuse it, saying why",
    responses={200: AUTHORITY},
)
async def refuse_signing_authority(
    door: NamedDependency[Door], authority_id: FromPath[UUID], data: JSONBody[AuthorityEnd]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.refuse_authority(
            conn, actor, authority_id, data.reason, expected_version=expected
        )
    )


@put(
    "/v1/signing-authorities/{authority_id:uuid}/revocation",
    tags=["signing authorities"],
    operation_id="revoke_signing_authority",
    summary="撤销签约权限 Revoke it at once",
    responses={200: AUTHORITY},
)
async def revoke_signing_authority(
    door: NamedDependency[Door], authority_id: FromPath[UUID], data: JSONBody[AuthorityEnd]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.revoke_authority(
            conn, actor, authority_id, data.reason, expected_version=expected
        )
    )


ROUTES: Final = [
    propose_signing_authority,
    list_signing_authorities,
    get_signing_authority,
    confirm_signing_authority,
    refuse_signing_authority,
    revoke_signing_authority,
]
