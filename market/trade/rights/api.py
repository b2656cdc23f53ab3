"""Rights over HTTP."""

from typing import Final
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.web import Door
from market.trade.rights import operations, queries
from market.trade.rights.model import LegalChange, NewRight, Right, SignedConsent

RIGHT: Final = ResponseSpec(Right, description="The right 知识产权", generate_examples=False)
RIGHTS: Final = ResponseSpec(pages.Page[Right], description="A page", generate_examples=False)


@post(
    "/v1/rights",
    tags=["rights"],
    operation_id="register_right",
    summary="登记知识产权 Register a right for one's own unit",
    responses={201: RIGHT},
)
async def register_right(door: NamedDependency[Door], data: JSONBody[NewRight]) -> Response[bytes]:
    actor = door.actor
    return await door.act(lambda conn: operations.register_right(conn, actor, data), status=201)


@get(
    "/v1/rights/{right_id:uuid}",
    tags=["rights"],
    operation_id="get_right",
    summary="查看知识产权 Read a right, as its unit or its owner",
    responses={200: RIGHT},
)
async def get_right(door: NamedDependency[Door], right_id: FromPath[UUID]) -> Response[bytes]:
    return await door.read(lambda conn: queries.find_right(conn, door.actor, right_id))


@get(
    "/v1/units/{unit_id:uuid}/rights",
    tags=["rights"],
    operation_id="list_rights",
    summary="列出技协管理的知识产权 List the rights that a unit and those under it manage",
    responses={200: RIGHTS},
)
async def list_rights(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor = door.actor
    after = pages.id_after(cursor)
    before = after
    return await door.page(
        lambda conn, most: queries.rights_of(conn, actor, unit_id, before=before, limit=most),
        limit=limit,
        key=lambda right: (right.id,),
    )


@put(
    "/v1/rights/{right_id:uuid}/owners/{owner_id:uuid}/consent",
    tags=["rights"],
    operation_id="consent_to_transfer",
    summary="权利人本人同意转让 Consent as the owner, signed in",
    responses={200: RIGHT},
)
async def consent(
    door: NamedDependency[Door], right_id: FromPath[UUID], owner_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.consent(conn, actor, right_id, owner_id, expected_version=expected)
    )


@put(
    "/v1/rights/{right_id:uuid}/owners/{owner_id:uuid}/paper-consent",
    tags=["rights"],
    operation_id="record_consent",
    summary="登记权利人的书面同意 Record the signed paper of an owner who cannot sign in",
    responses={200: RIGHT},
)
async def record_consent(
    door: NamedDependency[Door],
    right_id: FromPath[UUID],
    owner_id: FromPath[UUID],
    data: JSONBody[SignedConsent],
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.record_consent(
            conn, actor, right_id, owner_id, data, expected_version=expected
        )
    )


@delete(
    "/v1/rights/{right_id:uuid}/owners/{owner_id:uuid}/consent",
    tags=["rights"],
    operation_id="withdraw_consent",
    summary="撤回同意，已发布的项目随之暂停 Withdraw a consent; published offerings are suspended",
    status_code=200,
    responses={200: RIGHT},
)
async def withdraw_consent(
    door: NamedDependency[Door], right_id: FromPath[UUID], owner_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.withdraw_consent(
            conn, actor, right_id, owner_id, expected_version=expected
        )
    )


@put(
    "/v1/rights/{right_id:uuid}/legal-state",
    tags=["rights"],
    operation_id="record_legal_state",
    summary="登记法律状态变化 Record what happened to the right at its office or in court",
    responses={200: RIGHT},
)
async def record_legal_state(
    door: NamedDependency[Door], right_id: FromPath[UUID], data: JSONBody[LegalChange]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.record_legal_state(
            conn, actor, right_id, data, expected_version=expected
        )
    )


ROUTES: Final = [
    register_right,
    get_right,
    list_rights,
    consent,
    record_consent,
    withdraw_consent,
    record_legal_state,
]
