"""The unit's side of the catalogue over HTTP: drafts, reviews, suspension, retirement."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter

from market.base import fields, pages
from market.base.db import Connection
from market.base.web import Door
from market.trade.catalogue import operations, public_api, queries, reviewing
from market.trade.catalogue.model import (
    Offering,
    OfferingState,
    ReasonInput,
    Review,
    ReviewInput,
    Version,
)
from market.trade.catalogue.terms import FieldChange, NewOffering, TermsChange, diff
from market.trade.deals.model import Deal

OFFERING: Final = ResponseSpec(
    Offering, description="The offering with its draft 服务项目及其草稿", generate_examples=False
)
OFFERINGS: Final = ResponseSpec(pages.Page[Offering], description="A page", generate_examples=False)
VERSIONS: Final = ResponseSpec(pages.Page[Version], description="A page", generate_examples=False)
REVIEWS: Final = ResponseSpec(pages.Page[Review], description="A page", generate_examples=False)
CHANGES: Final = ResponseSpec(
    list[FieldChange], description="The fields that differ", generate_examples=False
)

VersionNumber = Annotated[int, PathParameter(ge=1, le=2**31 - 1)]


@post(
    "/v1/offerings",
    tags=["offerings"],
    operation_id="draft_offering",
    summary="起草服务项目 Draft an offering of one's own unit",
    responses={201: OFFERING},
)
async def draft_offering(
    door: NamedDependency[Door], data: JSONBody[NewOffering]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(lambda conn: operations.draft_offering(conn, actor, data), status=201)


@get(
    "/v1/units/{unit_id:uuid}/offerings",
    tags=["offerings"],
    operation_id="list_unit_offerings",
    summary="列出本单位及下级的服务项目 List a unit's offerings in every state; overdue reviews",
    responses={200: OFFERINGS},
)
async def list_unit_offerings(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    in_state: pages.InState[OfferingState | None] = None,
    overdue: FromQuery[bool] = False,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor, before = door.actor, pages.id_after(cursor)
    wanted = queries.Wanted(in_state, overdue)
    return await door.page(
        lambda conn, most: queries.offerings_of(
            conn, actor, unit_id, wanted, before=before, limit=most
        ),
        limit=limit,
        key=lambda offering: (offering.id,),
    )


@get(
    "/v1/offerings/{offering_id:uuid}/draft",
    tags=["offerings"],
    operation_id="get_offering_draft",
    summary="查看服务项目草稿 Read an offering with its draft, within its unit's scope",
    responses={200: OFFERING},
)
async def get_draft(door: NamedDependency[Door], offering_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_offering(conn, actor, offering_id))


@patch(
    "/v1/offerings/{offering_id:uuid}/draft",
    tags=["offerings"],
    operation_id="change_offering_draft",
    summary="修改草稿；已发布的则形成修订稿 Edit the draft; once published, revise it",
    responses={200: OFFERING},
)
async def change_draft(
    door: NamedDependency[Door], offering_id: FromPath[UUID], data: JSONBody[TermsChange]
) -> Response[bytes]:
    actor, expected = door.actor, door.required_version
    return await door.act(
        lambda conn: operations.change_draft(
            conn, actor, offering_id, data, expected_version=expected
        )
    )


@delete(
    "/v1/offerings/{offering_id:uuid}/draft",
    tags=["offerings"],
    operation_id="discard_offering_revision",
    summary="放弃修订 Discard the revision of a published offering",
    status_code=200,
    responses={200: OFFERING},
)
async def discard_revision(
    door: NamedDependency[Door], offering_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.discard_revision(
            conn, actor, offering_id, expected_version=expected
        )
    )


@put(
    "/v1/offerings/{offering_id:uuid}/submission",
    tags=["offerings"],
    operation_id="submit_offering",
    summary="提交技术审核 Submit the draft for review",
    responses={200: OFFERING},
)
async def submit_offering(
    door: NamedDependency[Door], offering_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.submit_offering(conn, actor, offering_id, expected_version=expected)
    )


@put(
    "/v1/offerings/{offering_id:uuid}/review",
    tags=["offerings"],
    operation_id="review_offering",
    summary="技术审核：通过即发布，或说明理由退回 Pass, which publishes, or return with reasons",
    responses={200: OFFERING},
)
async def review_offering(
    door: NamedDependency[Door], offering_id: FromPath[UUID], data: JSONBody[ReviewInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: reviewing.review_offering(
            conn, actor, offering_id, data, expected_version=expected
        )
    )


@get(
    "/v1/offerings/{offering_id:uuid}/reviews",
    tags=["offerings"],
    operation_id="list_offering_reviews",
    summary="审核记录 Every verdict given, newest first",
    responses={200: REVIEWS},
)
async def list_reviews(
    door: NamedDependency[Door],
    offering_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor, before = door.actor, pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.reviews_of(conn, actor, offering_id, before=before, limit=most),
        limit=limit,
        key=lambda review: (review.id,),
    )


@put(
    "/v1/offerings/{offering_id:uuid}/suspension",
    tags=["offerings"],
    operation_id="suspend_offering",
    summary="暂停 Suspend a published offering",
    responses={200: OFFERING},
)
async def suspend_offering(
    door: NamedDependency[Door], offering_id: FromPath[UUID], data: JSONBody[ReasonInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.suspend_offering(
            conn, actor, offering_id, data.reason, expected_version=expected
        )
    )


@delete(
    "/v1/offerings/{offering_id:uuid}/suspension",
    tags=["offerings"],
    operation_id="resume_offering",
    summary="恢复 Show a suspended offering again",
    status_code=200,
    responses={200: OFFERING},
)
async def resume_offering(
    door: NamedDependency[Door], offering_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.resume_offering(conn, actor, offering_id, expected_version=expected)
    )


@put(
    "/v1/offerings/{offering_id:uuid}/retirement",
    tags=["offerings"],
    operation_id="retire_offering",
    summary="下架 Retire an offering for ever; its versions stay for their contracts",
    responses={200: OFFERING},
)
async def retire_offering(
    door: NamedDependency[Door], offering_id: FromPath[UUID], data: JSONBody[ReasonInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.retire_offering(
            conn, actor, offering_id, data.reason, expected_version=expected
        )
    )


@get(
    "/v1/offerings/{offering_id:uuid}/draft/diff",
    tags=["offerings"],
    operation_id="diff_offering_draft",
    summary="修订稿与已发布版本的差异 What the revision changes, field by field",
    responses={200: CHANGES},
)
async def diff_draft(door: NamedDependency[Door], offering_id: FromPath[UUID]) -> Response[bytes]:
    """尚未发布，或没有正在编辑的修订时，为空。

    Empty while nothing is published or no revision is open.
    """
    actor = door.actor

    async def changes(conn: Connection) -> list[FieldChange]:
        offering = await queries.find_offering(conn, actor, offering_id)
        if offering.published_number is None:
            return []
        published = await queries.version(conn, offering_id, offering.published_number)
        return diff(published, offering)

    return await door.read(changes)


@get(
    "/v1/offerings/{offering_id:uuid}/versions",
    tags=["offerings"],
    operation_id="list_offering_versions",
    summary="版本列表 Published versions, newest first",
    responses={200: VERSIONS},
)
async def list_versions(
    door: NamedDependency[Door],
    offering_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor = door.actor
    key = pages.key_after(cursor, tuple[fields.Version])
    return await door.page(
        lambda conn, most: queries.versions_of(
            conn, actor, offering_id, before=key[0] if key else None, limit=most
        ),
        limit=limit,
        key=lambda version: (version.number,),
    )


@get(
    "/v1/offerings/{offering_id:uuid}/versions/{before:int}/diff/{after:int}",
    tags=["offerings"],
    operation_id="diff_offering_versions",
    summary="两个版本的差异 What changed between two versions, field by field",
    responses={200: CHANGES},
)
async def diff_versions(
    door: NamedDependency[Door],
    offering_id: FromPath[UUID],
    before: VersionNumber,
    after: VersionNumber,
) -> Response[bytes]:
    actor = door.actor

    async def changes(conn: Connection) -> list[FieldChange]:
        old = await queries.find_version(conn, actor, offering_id, before)
        return diff(old, await queries.find_version(conn, actor, offering_id, after))

    return await door.read(changes)


@put(
    "/v1/offerings/{offering_id:uuid}/deal",
    tags=["deals"],
    operation_id="ask_about_offering",
    summary="咨询服务项目 Open the deal with the unit about a published offering",
    responses={200: ResponseSpec(Deal, description="The deal 洽谈", generate_examples=False)},
)
async def ask_about_offering(
    door: NamedDependency[Door], offering_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(lambda conn: operations.ask_about_offering(conn, actor, offering_id))


ROUTES: Final = [
    *public_api.ROUTES,
    ask_about_offering,
    draft_offering,
    list_unit_offerings,
    get_draft,
    change_draft,
    discard_revision,
    submit_offering,
    review_offering,
    list_reviews,
    suspend_offering,
    resume_offering,
    retire_offering,
    diff_draft,
    list_versions,
    diff_versions,
]
