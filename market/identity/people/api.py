"""People over HTTP: one's own profile and consents, and one's colleagues."""

from typing import Final
from uuid import UUID

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base.web import Door
from market.identity import doors
from market.identity.people import operations, queries
from market.identity.people.model import (
    Consent,
    Consents,
    ConsentText,
    Document,
    Person,
    Profile,
)

PERSON: Final = ResponseSpec(Person, description="人员 The person", generate_examples=False)
CONSENTS: Final = ResponseSpec(
    list[Consent], description="已作出的同意 Consents given", generate_examples=False
)
DOCUMENTS: Final = ResponseSpec(
    Consents, description="现行版本 The versions in force", generate_examples=False
)
TEXT: Final = ResponseSpec(
    ConsentText, description="现行全文 The text in force", generate_examples=False
)


@get(
    "/v1/people/me",
    tags=["people"],
    operation_id="get_own_profile",
    summary="本人资料 Read one's own profile",
    responses={200: PERSON},
)
async def get_own_profile(door: NamedDependency[Door]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_person(conn, actor, actor.person_id))


@put(
    "/v1/people/me",
    tags=["people"],
    operation_id="edit_own_profile",
    summary="修改本人资料 Edit one's own name, language and telephone",
    responses={200: PERSON},
)
async def edit_own_profile(door: NamedDependency[Door], data: JSONBody[Profile]) -> Response[bytes]:
    actor, version = door.actor, door.required_version
    return await door.act(lambda conn: operations.edit_profile(conn, actor, data, version))


@get(
    "/v1/people/{person_id:uuid}",
    tags=["people"],
    operation_id="get_person",
    summary="查看同事 Read a colleague or a member",
    responses={200: PERSON},
)
async def get_person(door: NamedDependency[Door], person_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_person(conn, actor, person_id))


@get(
    "/v1/people/me/consents",
    tags=["people"],
    operation_id="list_own_consents",
    summary="本人作出的同意 List the consents that one has given",
    responses={200: CONSENTS},
)
async def list_own_consents(door: NamedDependency[Door]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.consents_of(conn, actor.person_id))


@put(
    "/v1/people/me/consents",
    tags=["people"],
    operation_id="give_consents",
    summary="同意条款与个人信息保护规则 Agree to the terms and the privacy notice in force",
    responses={200: CONSENTS},
)
async def give_consents(door: NamedDependency[Door], data: JSONBody[Consents]) -> Response[bytes]:
    actor = door.actor
    return await door.act(lambda conn: operations.give_consents(conn, actor, data))


@get(
    "/v1/consent-documents",
    tags=["people"],
    operation_id="get_consent_documents",
    summary="现行条款与规则的版本 The versions that one agrees to today",
    opt=doors.PUBLIC,
    security=[{}],
    responses={200: DOCUMENTS},
)
async def get_consent_documents(door: NamedDependency[Door]) -> Response[bytes]:
    return await door.read_public(operations.documents_in_force)


@get(
    "/v1/consent-documents/{document:str}",
    tags=["people"],
    operation_id="get_consent_text",
    summary="现行条款或规则的全文 Read the terms or the privacy notice that one agrees to today",
    opt=doors.PUBLIC,
    security=[{}],
    responses={200: TEXT},
)
async def get_consent_text(
    door: NamedDependency[Door], document: FromPath[Document]
) -> Response[bytes]:
    return await door.read_public(lambda conn: operations.text_in_force(conn, document))


ROUTES: Final = [
    get_own_profile,
    edit_own_profile,
    get_person,
    list_own_consents,
    give_consents,
    get_consent_documents,
    get_consent_text,
]
