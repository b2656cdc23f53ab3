"""The JSON routes of voiding."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages, proposals
from market.base.web import Door
from market.money.invoicing.voiding import operations, queries
from market.money.invoicing.voiding.model import (
    ProposalState,
    Proposing,
    VoidProposal,
)

PROPOSAL: Final = ResponseSpec(
    VoidProposal, description="The proposal to void 作废申请", generate_examples=False
)
PAGE: Final = ResponseSpec(pages.Page[VoidProposal], description="A page", generate_examples=False)


@post(
    "/v1/invoices/{invoice_id:uuid}/void-proposals",
    tags=["invoices"],
    operation_id="propose_void",
    summary="申请作废请款单 Propose to void an unpaid invoice, as finance",
    opt={"key": "required"},
    responses={201: PROPOSAL},
)
async def propose_void(
    door: NamedDependency[Door], invoice_id: FromPath[UUID], data: JSONBody[Proposing]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: operations.propose_void(conn, actor, invoice_id, data.reason), status=201
    )


@get(
    "/v1/void-proposals",
    tags=["invoices"],
    operation_id="list_void_proposals",
    summary="列出作废申请 List proposals to void, the newest first",
    responses={200: PAGE},
)
async def list_void_proposals(
    door: NamedDependency[Door],
    in_state: pages.InState[ProposalState | None] = None,
    invoice_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.proposals(
            conn, actor, state=in_state, invoice_id=invoice_id, after=after, limit=most
        ),
        limit=limit,
        key=lambda proposal: (proposal.id,),
    )


@get(
    "/v1/void-proposals/{proposal_id:uuid}",
    tags=["invoices"],
    operation_id="get_void_proposal",
    summary="查看作废申请 Read a proposal to void",
    responses={200: PROPOSAL},
)
async def get_void_proposal(
    door: NamedDependency[Door], proposal_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_proposal(conn, actor, proposal_id))


@put(
    "/v1/void-proposals/{proposal_id:uuid}/approval",
    tags=["invoices"],
    operation_id="approve_void",
    summary="批准作废 Approve, as another person: the invoice is void",
    responses={200: PROPOSAL},
)
async def approve_void(door: NamedDependency[Door], proposal_id: FromPath[UUID]) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_void(conn, actor, proposal_id, expected_version=expected)
    )


@put(
    "/v1/void-proposals/{proposal_id:uuid}/rejection",
    tags=["invoices"],
    operation_id="reject_void",
    summary="驳回作废申请 Reject, as another person: the invoice stands",
    responses={200: PROPOSAL},
)
async def reject_void(
    door: NamedDependency[Door], proposal_id: FromPath[UUID], data: JSONBody[proposals.Rejecting]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.reject_void(
            conn, actor, proposal_id, data.note, expected_version=expected
        )
    )


ROUTES: Final = [
    propose_void,
    list_void_proposals,
    get_void_proposal,
    approve_void,
    reject_void,
]
