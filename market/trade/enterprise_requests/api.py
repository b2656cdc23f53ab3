"""Enterprise requests over HTTP: the enterprise's acts, and what bidders read and ask."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter

from market.base import fields, pages
from market.base.db import Connection
from market.base.web import JSON, Door
from market.trade.catalogue.public_api import Phrase
from market.trade.catalogue.searching import RelevanceNeedsWords, query_of
from market.trade.catalogue.suggestions import Suggestions
from market.trade.catalogue.terms import (
    INDUSTRY,
    REGION,
    FieldChange,
    OfferingKind,
    PriceBand,
    TechnicalField,
)
from market.trade.enterprise_requests import (
    attachments_api,
    cards,
    operations,
    queries,
    questions_api,
    searching,
)
from market.trade.enterprise_requests.cards import ListedRequest
from market.trade.enterprise_requests.model import (
    EnterpriseRequest,
    FullRequest,
    InstantOutOfRange,
    InvitationInput,
    ReasonInput,
    RequestState,
    Version,
)
from market.trade.enterprise_requests.searching import Sort
from market.trade.enterprise_requests.terms import NewRequest, TermsChange, diff

PUBLIC: Final = {"public": True}
TAGS: Final = ["enterprise requests"]
REQUEST: Final = ResponseSpec(
    FullRequest, description="The request as the reader may see it", generate_examples=False
)
REQUESTS: Final = ResponseSpec(
    pages.Page[EnterpriseRequest], description="A page", generate_examples=False
)
VERSIONS: Final = ResponseSpec(pages.Page[Version], description="A page", generate_examples=False)
CHANGES: Final = ResponseSpec(
    list[FieldChange], description="The fields that differ", generate_examples=False
)
LISTED: Final = ResponseSpec(
    pages.Page[ListedRequest], description="A page", generate_examples=False
)

VersionNumber = Annotated[int, PathParameter(ge=1, le=2**31 - 1)]


@get(
    "/v1/enterprise-requests",
    tags=TAGS,
    operation_id="list_enterprise_requests",
    summary="浏览、搜索公开征集的企业需求 Browse or search open requests",
    opt=PUBLIC,
    security=[{}],
    responses={200: LISTED},
)
async def list_requests(
    door: NamedDependency[Door],
    q: FromQuery[Phrase | None] = None,
    kind: FromQuery[OfferingKind | None] = None,
    technical_field: FromQuery[TechnicalField | None] = None,
    industry: Annotated[str | None, QueryParameter(pattern=INDUSTRY)] = None,
    region: Annotated[str | None, QueryParameter(pattern=REGION)] = None,
    budget_band: FromQuery[PriceBand | None] = None,
    closing_before: FromQuery[datetime | None] = None,
    sort: FromQuery[Sort | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """不给 `sort` 时，有 `q` 的按相关程度排列，否则最新的在前。

    Without `sort`, the most relevant first when there is a `q`, else the newest.
    """
    if closing_before is not None and not 2000 < closing_before.year < 2099:
        raise InstantOutOfRange(pointer="/closing_before")
    wanted = cards.Wanted(kind, technical_field, industry, region, budget_band, closing_before)
    query = query_of(q) if q is not None else None
    if query is None:
        if sort is Sort.RELEVANCE:
            raise RelevanceNeedsWords(pointer="/sort")
        after = pages.key_after(cursor, cards.Key)
        return await door.read_public(
            lambda conn: _listed(door, cards.list_cards(conn, wanted, after=after, limit=limit))
        )
    if sort is Sort.NEWEST:
        newest = pages.key_after(cursor, cards.Key)
        return await door.search_public(
            lambda conn: _listed(
                door, searching.search(conn, query, wanted, after=newest, limit=limit)
            )
        )
    ranked = pages.key_after(cursor, searching.RankKey)
    return await door.search_public(
        lambda conn: _listed(
            door, searching.search_ranked(conn, query, wanted, after=ranked, limit=limit)
        )
    )


async def _listed(
    door: Door, found: Awaitable[tuple[list[bytes], tuple[Any, ...] | None]]
) -> Response[bytes]:
    items, key = await found
    following = pages.cursor_of(key) if key else None
    body = cards.joined(items, following)
    return Response(body, media_type=JSON, headers=door.link_to(following))


@get(
    "/v1/enterprise-request-suggestions",
    tags=TAGS,
    operation_id="suggest_enterprise_requests",
    summary="输入时的建议 What somebody who is typing may mean: fields and titles",
    opt=PUBLIC,
    security=[{}],
    responses={
        200: ResponseSpec(
            Suggestions, description="可能想找的 What may be meant", generate_examples=False
        )
    },
)
async def suggest_requests(door: NamedDependency[Door], q: FromQuery[Phrase]) -> Response[bytes]:
    query = query_of(q, unfinished=True)
    return await door.search_public(lambda conn: searching.suggest(conn, q, query))


@post(
    "/v1/enterprise-requests",
    tags=TAGS,
    operation_id="draft_enterprise_request",
    summary="起草企业需求 Draft a request of one's own enterprise",
    responses={201: REQUEST},
)
async def draft_request(door: NamedDependency[Door], data: JSONBody[NewRequest]) -> Response[bytes]:
    actor = door.actor
    return await door.act(lambda conn: operations.draft_request(conn, actor, data), status=201)


@get(
    "/v1/organisations/{organisation_id:uuid}/enterprise-requests",
    tags=TAGS,
    operation_id="list_own_enterprise_requests",
    summary="列出本企业的需求 List an enterprise's own requests, in every state",
    responses={200: REQUESTS},
)
async def list_own_requests(
    door: NamedDependency[Door],
    organisation_id: FromPath[UUID],
    in_state: pages.InState[RequestState | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor, before = door.actor, pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.requests_of(
            conn, actor, organisation_id, in_state, before=before, limit=most
        ),
        limit=limit,
        key=lambda request: (request.id,),
    )


@get(
    "/v1/units/{unit_id:uuid}/enterprise-requests",
    tags=TAGS,
    operation_id="list_invited_enterprise_requests",
    summary="列出邀请本单位的需求 List the requests that a unit is invited to",
    responses={200: REQUESTS},
)
async def list_invited_requests(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor, before = door.actor, pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.invited_to(conn, actor, unit_id, before=before, limit=most),
        limit=limit,
        key=lambda request: (request.id,),
    )


@get(
    "/v1/enterprise-requests/{request_id:uuid}",
    tags=TAGS,
    operation_id="get_enterprise_request",
    summary="查看企业需求 Read a request, as it is open to the reader",
    responses={200: REQUEST},
)
async def get_request(door: NamedDependency[Door], request_id: FromPath[UUID]) -> Response[bytes]:
    """截止时间一到，状态即为已截止；匿名的在定标前不显示企业名称。

    From the deadline on its state is closed; an anonymous one names nobody before the award.
    """
    actor = door.actor

    async def found(conn: Connection) -> FullRequest:
        request = await queries.find_request(conn, actor, request_id)
        return await queries.in_full(conn, actor, request)

    return await door.read(found, variant=actor.side or "nobody")


@patch(
    "/v1/enterprise-requests/{request_id:uuid}",
    tags=TAGS,
    operation_id="change_enterprise_request",
    summary="修改需求；已发布的则形成新版本 Edit a draft; once open, publish a new version",
    responses={200: REQUEST},
)
async def change_request(
    door: NamedDependency[Door], request_id: FromPath[UUID], data: JSONBody[TermsChange]
) -> Response[bytes]:
    actor, expected = door.actor, door.required_version
    return await door.act(
        lambda conn: operations.change_request(
            conn, actor, request_id, data, expected_version=expected
        )
    )


@put(
    "/v1/enterprise-requests/{request_id:uuid}/publication",
    tags=TAGS,
    operation_id="publish_enterprise_request",
    summary="发布需求 Publish the draft",
    responses={200: REQUEST},
)
async def publish_request(
    door: NamedDependency[Door], request_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.publish_request(conn, actor, request_id, expected_version=expected)
    )


@put(
    "/v1/enterprise-requests/{request_id:uuid}/invitees",
    tags=TAGS,
    operation_id="invite_units",
    summary="邀请单位 Say which units are invited; once open, only more",
    responses={200: REQUEST},
)
async def invite_units(
    door: NamedDependency[Door], request_id: FromPath[UUID], data: JSONBody[InvitationInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.invite_units(
            conn, actor, request_id, data.unit_ids, expected_version=expected
        )
    )


@put(
    "/v1/enterprise-requests/{request_id:uuid}/cancellation",
    tags=TAGS,
    operation_id="cancel_enterprise_request",
    summary="取消需求 Cancel a request before its award, with the reason",
    responses={200: REQUEST},
)
async def cancel_request(
    door: NamedDependency[Door], request_id: FromPath[UUID], data: JSONBody[ReasonInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.cancel_request(
            conn, actor, request_id, data.reason, expected_version=expected
        )
    )


@put(
    "/v1/enterprise-requests/{request_id:uuid}/no-award",
    tags=TAGS,
    operation_id="end_without_award",
    summary="宣布不授标 After the deadline, award it to nobody, with the reason",
    responses={200: REQUEST},
)
async def end_without_award(
    door: NamedDependency[Door], request_id: FromPath[UUID], data: JSONBody[ReasonInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.end_without_award(
            conn, actor, request_id, data.reason, expected_version=expected
        )
    )


@get(
    "/v1/enterprise-requests/{request_id:uuid}/versions",
    tags=TAGS,
    operation_id="list_enterprise_request_versions",
    summary="版本列表 Published versions, newest first",
    responses={200: VERSIONS},
)
async def list_versions(
    door: NamedDependency[Door],
    request_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor = door.actor
    key = pages.key_after(cursor, tuple[fields.Version])
    return await door.page(
        lambda conn, most: queries.versions_of(
            conn, actor, request_id, before=key[0] if key else None, limit=most
        ),
        limit=limit,
        key=lambda version: (version.number,),
    )


@get(
    "/v1/enterprise-requests/{request_id:uuid}/versions/{before:int}/diff/{after:int}",
    tags=TAGS,
    operation_id="diff_enterprise_request_versions",
    summary="两个版本的差异 What changed between two versions, field by field",
    responses={200: CHANGES},
)
async def diff_versions(
    door: NamedDependency[Door],
    request_id: FromPath[UUID],
    before: VersionNumber,
    after: VersionNumber,
) -> Response[bytes]:
    actor = door.actor

    async def changes(conn: Connection) -> list[FieldChange]:
        old = await queries.find_version(conn, actor, request_id, before)
        return diff(old, await queries.find_version(conn, actor, request_id, after))

    return await door.read(changes)


ROUTES: Final = [
    list_requests,
    suggest_requests,
    draft_request,
    list_own_requests,
    list_invited_requests,
    get_request,
    change_request,
    publish_request,
    invite_units,
    cancel_request,
    end_without_award,
    *questions_api.ROUTES,
    list_versions,
    diff_versions,
    *attachments_api.ROUTES,
]
