"""Reviews over HTTP."""

from typing import Final
from uuid import UUID

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.web import Door
from market.trade.reviews import operations, queries
from market.trade.reviews.model import (
    AnswerInput,
    HidingInput,
    Review,
    ReviewInput,
    ShownReview,
)

TAGS: Final = ["reviews"]
REVIEW: Final = ResponseSpec(Review, description="评价 The review", generate_examples=False)
REVIEWS: Final = ResponseSpec(
    list[Review],
    description="可以阅读的评价 Those that may be read by now",
    generate_examples=False,
)
SHOWN: Final = ResponseSpec(pages.Page[ShownReview], description="A page", generate_examples=False)


@post(
    "/v1/contracts/{contract_id:uuid}/reviews",
    tags=TAGS,
    operation_id="write_review",
    summary="评价合同的另一方 Review the other party of a completed contract",
    responses={201: REVIEW},
)
async def write_review(
    door: NamedDependency[Door], contract_id: FromPath[UUID], data: JSONBody[ReviewInput]
) -> Response[bytes]:
    """双方都已评价，或评价期届满之前，他人看不到。

    Nobody else reads it before both sides have written or the window is over.
    """
    actor = door.actor
    return await door.act(
        lambda conn: operations.write_review(conn, actor, contract_id, data), status=201
    )


@get(
    "/v1/contracts/{contract_id:uuid}/reviews",
    tags=TAGS,
    operation_id="list_contract_reviews",
    summary="列出合同的互评 List the reviews of a contract",
    responses={200: REVIEWS},
)
async def list_contract_reviews(
    door: NamedDependency[Door], contract_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.list_reviews(conn, actor, contract_id))


@get(
    "/v1/reviews/{review_id:uuid}",
    tags=TAGS,
    operation_id="get_review",
    summary="查看评价 Read a review",
    responses={200: REVIEW},
)
async def get_review(door: NamedDependency[Door], review_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_review(conn, actor, review_id))


@patch(
    "/v1/reviews/{review_id:uuid}",
    tags=TAGS,
    operation_id="edit_review",
    summary="修改本方尚未公开的评价 Change one's own review while it is not shown",
    responses={200: REVIEW},
)
async def edit_review(
    door: NamedDependency[Door], review_id: FromPath[UUID], data: JSONBody[ReviewInput]
) -> Response[bytes]:
    actor, version = door.actor, door.required_version
    return await door.act(
        lambda conn: operations.edit_review(conn, actor, review_id, data, version)
    )


@put(
    "/v1/reviews/{review_id:uuid}/answer",
    tags=TAGS,
    operation_id="answer_review",
    summary="回应评价 Answer a review, once",
    responses={200: REVIEW},
)
async def answer_review(
    door: NamedDependency[Door], review_id: FromPath[UUID], data: JSONBody[AnswerInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.answer_review(
            conn, actor, review_id, data, expected_version=expected
        )
    )


@put(
    "/v1/reviews/{review_id:uuid}/hiding",
    tags=TAGS,
    operation_id="hide_review",
    summary="隐藏评价并说明理由 Hide a review from the public, with a reason",
    responses={200: REVIEW},
)
async def hide_review(
    door: NamedDependency[Door], review_id: FromPath[UUID], data: JSONBody[HidingInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.hide_review(conn, actor, review_id, data, expected_version=expected)
    )


@get(
    "/v1/organisations/{organisation_id:uuid}/reviews",
    tags=TAGS,
    operation_id="list_organisation_reviews",
    summary="列出对某单位或企业的评价 List what others said of an organisation",
    responses={200: SHOWN},
)
async def list_organisation_reviews(
    door: NamedDependency[Door],
    organisation_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.shown_reviews(conn, organisation_id, before=after, limit=most),
        limit=limit,
        key=lambda review: (review.id,),
    )


ROUTES: Final = [
    write_review,
    list_contract_reviews,
    get_review,
    edit_review,
    answer_review,
    hide_review,
    list_organisation_reviews,
]
