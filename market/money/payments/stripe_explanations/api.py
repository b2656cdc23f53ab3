"""The JSON routes of explanations."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages, proposals
from market.base.web import Door
from market.money.payments.stripe_explanations import operations
from market.money.payments.stripe_explanations.model import (
    Explaining,
    ExplanationState,
    LineExplanation,
)

EXPLANATION: Final = ResponseSpec(
    LineExplanation, description="The explanation 待查明细的说明", generate_examples=False
)
PAGE: Final = ResponseSpec(
    pages.Page[LineExplanation], description="A page", generate_examples=False
)


@post(
    "/v1/stripe-lines/{line_id:uuid}/explanations",
    tags=["online payments"],
    operation_id="propose_stripe_explanation",
    summary="说明待查明细 Say what explains a line of Stripe's balance in suspense, as finance",
    opt={"key": "required"},
    responses={201: EXPLANATION},
)
async def propose_stripe_explanation(
    door: NamedDependency[Door], line_id: FromPath[UUID], data: JSONBody[Explaining]
) -> Response[bytes]:
    """去向为 `rule` 的，系统在一分钟内按规则重记，或驳回；其余由负责人审批。

    By its `rule` the worker books it within a minute, or rejects it; else a leader decides.
    """
    actor = door.actor
    return await door.act(
        lambda conn: operations.propose_explanation(conn, actor, line_id, data),
        status=201,
    )


@get(
    "/v1/stripe-explanations",
    tags=["online payments"],
    operation_id="list_stripe_explanations",
    summary="列出待查明细的说明 List explanations of Stripe lines, the newest first",
    responses={200: PAGE},
)
async def list_stripe_explanations(
    door: NamedDependency[Door],
    in_state: pages.InState[ExplanationState | None] = None,
    line_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看。

    For finance, cashier, leader and auditor.
    """
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: operations.list_explanations(
            conn, actor, state=in_state, line_id=line_id, after=after, limit=most
        ),
        limit=limit,
        key=lambda explanation: (explanation.id,),
    )


@get(
    "/v1/stripe-explanations/{explanation_id:uuid}",
    tags=["online payments"],
    operation_id="get_stripe_explanation",
    summary="查看待查明细的说明 Read the explanation of a Stripe line",
    responses={200: EXPLANATION},
)
async def get_stripe_explanation(
    door: NamedDependency[Door], explanation_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.find_explanation(conn, actor, explanation_id))


@put(
    "/v1/stripe-explanations/{explanation_id:uuid}/approval",
    tags=["online payments"],
    operation_id="approve_stripe_explanation",
    summary="批准待查明细的说明 Approve, as another person: the money leaves suspense",
    responses={200: EXPLANATION},
)
async def approve_stripe_explanation(
    door: NamedDependency[Door], explanation_id: FromPath[UUID]
) -> Response[bytes]:
    """只记账一次；该明细是平台的某笔退款的，该退款随之了结。

    Posted once; a refund of ours that the line is of ends with it.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_explanation(
            conn, actor, explanation_id, expected_version=expected
        )
    )


@put(
    "/v1/stripe-explanations/{explanation_id:uuid}/rejection",
    tags=["online payments"],
    operation_id="reject_stripe_explanation",
    summary="驳回待查明细的说明 Reject, as another person: it stays in suspense",
    responses={200: EXPLANATION},
)
async def reject_stripe_explanation(
    door: NamedDependency[Door], explanation_id: FromPath[UUID], data: JSONBody[proposals.Rejecting]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.reject_explanation(
            conn, actor, explanation_id, data.note, expected_version=expected
        )
    )


@put(
    "/v1/stripe-explanations/{explanation_id:uuid}/withdrawal",
    tags=["online payments"],
    operation_id="withdraw_stripe_explanation",
    summary="撤回待查明细的说明 Withdraw, as who proposed it, before it is decided",
    responses={200: EXPLANATION},
)
async def withdraw_stripe_explanation(
    door: NamedDependency[Door], explanation_id: FromPath[UUID]
) -> Response[bytes]:
    """按规则重记的申请，尚无结果的，也可撤回。

    Also a request for its rule that has no answer yet.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.withdraw_explanation(
            conn, actor, explanation_id, expected_version=expected
        )
    )


ROUTES: Final = [
    propose_stripe_explanation,
    list_stripe_explanations,
    get_stripe_explanation,
    approve_stripe_explanation,
    reject_stripe_explanation,
    withdraw_stripe_explanation,
]
