"""Organisations over HTTP: what is published of them, and their contact inside the scope."""

from typing import Final
from uuid import UUID

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.fields import Line
from market.base.web import Door
from market.identity.organisations import operations, queries
from market.identity.organisations.model import (
    Contact,
    KindFilter,
    Organisation,
    OrganisationEdit,
    StateFilter,
)

ORGANISATION: Final = ResponseSpec(
    Organisation, description="单位或企业 The organisation", generate_examples=False
)
ORGANISATIONS: Final = ResponseSpec(
    pages.Page[Organisation], description="A page", generate_examples=False
)
CONTACT: Final = ResponseSpec(Contact, description="联系方式 The contact", generate_examples=False)


@get(
    "/v1/organisations",
    tags=["organisations"],
    operation_id="list_organisations",
    summary="单位与企业列表 List units and enterprises; unverified ones to clerks",
    responses={200: ORGANISATIONS},
)
async def list_organisations(
    door: NamedDependency[Door],
    kind: FromQuery[KindFilter | None] = None,
    in_state: pages.InState[StateFilter | None] = None,
    named: FromQuery[Line | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """`named`：名称的一部分，或完整的统一社会信用代码。

    `named`: a part of the name, or the whole credit code.
    """
    actor, after = door.actor, pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.organisations(
            conn, actor, kind=kind, state=in_state, named=named, after=after, limit=most
        ),
        limit=limit,
        key=lambda organisation: (organisation.id,),
    )


@get(
    "/v1/organisations/{organisation_id:uuid}",
    tags=["organisations"],
    operation_id="get_organisation",
    summary="查看单位或企业 Read an organisation",
    responses={200: ORGANISATION},
)
async def get_organisation(
    door: NamedDependency[Door], organisation_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_organisation(conn, actor, organisation_id))


@put(
    "/v1/organisations/{organisation_id:uuid}",
    tags=["organisations"],
    operation_id="edit_organisation",
    summary="修改单位资料 Edit an organisation's names, region and contact",
    responses={200: ORGANISATION},
)
async def edit_organisation(
    door: NamedDependency[Door], organisation_id: FromPath[UUID], data: JSONBody[OrganisationEdit]
) -> Response[bytes]:
    actor, version = door.actor, door.required_version
    return await door.act(
        lambda conn: operations.edit_organisation(conn, actor, organisation_id, data, version)
    )


@get(
    "/v1/organisations/{organisation_id:uuid}/contact",
    tags=["organisations"],
    operation_id="get_contact",
    summary="查看联系方式 Read how an organisation is reached",
    responses={200: CONTACT},
)
async def get_contact(
    door: NamedDependency[Door], organisation_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_contact(conn, actor, organisation_id))


ROUTES: Final = [list_organisations, get_organisation, edit_organisation, get_contact]
