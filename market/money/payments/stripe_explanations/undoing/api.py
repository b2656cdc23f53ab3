"""The JSON routes of undoing explanations."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages, proposals
from market.base.web import Door
from market.money.payments.model import Undoing
from market.money.payments.stripe_explanations.undoing import operations
from market.money.payments.stripe_explanations.undoing.model import (
    ExplanationUndo,
    ExplanationUndoState,
)

UNDO: Final = ResponseSpec(
    ExplanationUndo, description="The undoing 撤销说明", generate_examples=False
)
PAGE: Final = ResponseSpec(
    pages.Page[ExplanationUndo], description="A page", generate_examples=False
)


@post(
    "/v1/stripe-explanations/{explanation_id:uuid}/undos",
    tags=["online payments"],
    operation_id="propose_stripe_explanation_undo",
    summary="申请撤销说明 Propose to undo what explained a Stripe line, as finance",
    opt={"key": "required"},
    responses={201: UNDO},
)
async def propose_stripe_explanation_undo(
    door: NamedDependency[Door], explanation_id: FromPath[UUID], data: JSONBody[Undoing]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: operations.propose_undo(conn, actor, explanation_id, data.reason),
        status=201,
    )


@get(
    "/v1/stripe-explanation-undos",
    tags=["online payments"],
    operation_id="list_stripe_explanation_undos",
    summary="列出说明的撤销 List what was to be undone of explanations, the newest first",
    responses={200: PAGE},
)
async def list_stripe_explanation_undos(
    door: NamedDependency[Door],
    in_state: pages.InState[ExplanationUndoState | None] = None,
    explanation_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看。

    For finance, cashier, leader and auditor.
    """
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: operations.list_undos(
            conn, actor, state=in_state, explanation_id=explanation_id, after=after, limit=most
        ),
        limit=limit,
        key=lambda undo: (undo.id,),
    )


@get(
    "/v1/stripe-explanation-undos/{undo_id:uuid}",
    tags=["online payments"],
    operation_id="get_stripe_explanation_undo",
    summary="查看说明的撤销 Read what was to be undone of an explanation",
    responses={200: UNDO},
)
async def get_stripe_explanation_undo(
    door: NamedDependency[Door], undo_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.find_undo(conn, actor, undo_id))


@put(
    "/v1/stripe-explanation-undos/{undo_id:uuid}/approval",
    tags=["online payments"],
    operation_id="approve_stripe_explanation_undo",
    summary="批准撤销说明 Approve, as another person: the money stands in suspense again",
    responses={200: UNDO},
)
async def approve_stripe_explanation_undo(
    door: NamedDependency[Door], undo_id: FromPath[UUID]
) -> Response[bytes]:
    """已说明的于当日冲回，该明细可以重新说明。

    What was explained is mirrored today, and the line may be explained anew.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_undo(conn, actor, undo_id, expected_version=expected)
    )


@put(
    "/v1/stripe-explanation-undos/{undo_id:uuid}/rejection",
    tags=["online payments"],
    operation_id="reject_stripe_explanation_undo",
    summary="驳回撤销说明 Reject, as another person: the explanation stands",
    responses={200: UNDO},
)
async def reject_stripe_explanation_undo(
    door: NamedDependency[Door], undo_id: FromPath[UUID], data: JSONBody[proposals.Rejecting]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.reject_undo(
            conn, actor, undo_id, data.note, expected_version=expected
        )
    )


@put(
    "/v1/stripe-explanation-undos/{undo_id:uuid}/withdrawal",
    tags=["online payments"],
    operation_id="withdraw_stripe_explanation_undo",
    summary="撤回撤销说明的申请 Withdraw, as who proposed it, before it is decided",
    responses={200: UNDO},
)
async def withdraw_stripe_explanation_undo(
    door: NamedDependency[Door], undo_id: FromPath[UUID]
) -> Response[bytes]:
    """说明仍然有效，可以重新申请撤销。

    The explanation stands, and undoing it may be proposed anew.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.withdraw_undo(conn, actor, undo_id, expected_version=expected)
    )


ROUTES: Final = [
    propose_stripe_explanation_undo,
    list_stripe_explanation_undos,
    get_stripe_explanation_undo,
    approve_stripe_explanation_undo,
    reject_stripe_explanation_undo,
    withdraw_stripe_explanation_undo,
]
