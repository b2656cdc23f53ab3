"""The register of members over HTTP."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.web import Door
from market.identity.members import operations, queries
from market.identity.members.model import (
    Leaving,
    LevelCode,
    Member,
    MemberEdit,
    MemberFilter,
    MemberPage,
    NewMember,
    NewQualification,
    Qualification,
)

MEMBER: Final = ResponseSpec(Member, description="会员 The member", generate_examples=False)
PAGE: Final = ResponseSpec(
    MemberPage, description="会员及证书 The member with certificates", generate_examples=False
)
MEMBERS: Final = ResponseSpec(pages.Page[Member], description="A page", generate_examples=False)
QUALIFICATION: Final = ResponseSpec(
    Qualification, description="资格证书 The certificate", generate_examples=False
)


@post(
    "/v1/units/{unit_id:uuid}/members",
    tags=["members"],
    operation_id="enrol_member",
    summary="登记入会 Enrol a member on the unit's register",
    responses={201: MEMBER},
)
async def enrol_member(
    door: NamedDependency[Door], unit_id: FromPath[UUID], data: JSONBody[NewMember]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: operations.enrol_member(conn, actor, unit_id, data), status=201
    )


@get(
    "/v1/members",
    tags=["members"],
    operation_id="list_members",
    summary="会员名册 List members in one's scope",
    responses={200: MEMBERS},
)
async def list_members(
    door: NamedDependency[Door],
    unit_id: FromQuery[UUID | None] = None,
    in_state: pages.InState[MemberFilter | None] = None,
    level: FromQuery[LevelCode | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """`level`：持有该等级证书且今日有效的会员。

    `level`: who holds a certificate of that level that is good today.
    """
    actor, after = door.actor, pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.members(
            conn, actor, unit_id=unit_id, state=in_state, level=level, after=after, limit=most
        ),
        limit=limit,
        key=lambda member: (member.id,),
    )


@get(
    "/v1/members/{member_id:uuid}",
    tags=["members"],
    operation_id="get_member",
    summary="查看会员 Read a member with all certificates",
    responses={200: PAGE},
)
async def get_member(door: NamedDependency[Door], member_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.page_of(conn, actor, member_id))


@put(
    "/v1/members/{member_id:uuid}",
    tags=["members"],
    operation_id="edit_member",
    summary="修改会员 Edit a member's trade",
    responses={200: MEMBER},
)
async def edit_member(
    door: NamedDependency[Door], member_id: FromPath[UUID], data: JSONBody[MemberEdit]
) -> Response[bytes]:
    actor, version = door.actor, door.required_version
    return await door.act(
        lambda conn: operations.edit_member(conn, actor, member_id, data, version)
    )


@put(
    "/v1/members/{member_id:uuid}/leaving",
    tags=["members"],
    operation_id="end_membership",
    summary="退会 End a membership",
    responses={200: MEMBER},
)
async def end_membership(
    door: NamedDependency[Door], member_id: FromPath[UUID], data: JSONBody[Leaving]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.leave(conn, actor, member_id, data, expected_version=expected)
    )


@post(
    "/v1/members/{member_id:uuid}/qualifications",
    tags=["members"],
    operation_id="add_qualification",
    summary="登记证书 Put a certificate on a member's page",
    responses={201: QUALIFICATION},
)
async def add_qualification(
    door: NamedDependency[Door], member_id: FromPath[UUID], data: JSONBody[NewQualification]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: operations.add_qualification(conn, actor, member_id, data), status=201
    )


@put(
    "/v1/members/{member_id:uuid}/qualifications/{qualification_id:uuid}/withdrawal",
    tags=["members"],
    operation_id="withdraw_qualification",
    summary="注销证书 Mark a certificate as withdrawn",
    responses={200: QUALIFICATION},
)
async def withdraw_qualification(
    door: NamedDependency[Door], member_id: FromPath[UUID], qualification_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: operations.withdraw_qualification(conn, actor, member_id, qualification_id)
    )


ROUTES: Final = [
    enrol_member,
    list_members,
    get_member,
    edit_member,
    end_membership,
    add_qualification,
    withdraw_qualification,
]
