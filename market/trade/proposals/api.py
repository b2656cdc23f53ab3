"""Proposals over HTTP. Who asks for one that he may not read is noted before he is answered."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Response, get, patch, post, put
from litestar.datastructures import ETag
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter
from litestar.response import File as Download

from market.base import db, fields, pages
from market.base.db import Connection
from market.base.files import Shelf
from market.base.web import Door
from market.trade.catalogue.terms import FieldChange
from market.trade.deals.model import Deal
from market.trade.proposals import operations, queries, revisions, talking
from market.trade.proposals.counter_offers import api as counter_offers
from market.trade.proposals.model import (
    FullProposal,
    Proposal,
    ProposalState,
    Revision,
    WithdrawalInput,
)
from market.trade.proposals.terms import NewProposal, TermsChange, diff, terms_of
from market.trade.proposals.watching import note_early_list, note_foreign_list, watched

TAGS: Final = ["proposals"]
PROPOSAL: Final = ResponseSpec(
    FullProposal, description="The proposal as the reader may see it", generate_examples=False
)
PROPOSALS: Final = ResponseSpec(pages.Page[Proposal], description="A page", generate_examples=False)
REVISIONS: Final = ResponseSpec(pages.Page[Revision], description="A page", generate_examples=False)
CHANGES: Final = ResponseSpec(
    list[FieldChange], description="The fields that differ", generate_examples=False
)

RevisionNumber = Annotated[int, PathParameter(ge=1, le=2**31 - 1)]


@post(
    "/v1/enterprise-requests/{request_id:uuid}/proposals",
    tags=TAGS,
    operation_id="draft_proposal",
    summary="起草报价 Draft one's unit's proposal for an open request",
    responses={201: PROPOSAL},
)
async def draft_proposal(
    door: NamedDependency[Door], request_id: FromPath[UUID], data: JSONBody[NewProposal]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: operations.draft_proposal(conn, actor, request_id, data), status=201
    )


@get(
    "/v1/enterprise-requests/{request_id:uuid}/proposals",
    tags=TAGS,
    operation_id="list_proposals",
    summary="列出需求的报价 List a request's proposals, as they are open to the reader",
    responses={200: PROPOSALS},
)
async def list_proposals(
    door: NamedDependency[Door],
    request_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """报价单位看到自己的；买方看到全部，密封的自截止时间起可见。

    A unit finds its own; the buyer all of them, of a sealed request from the deadline on.
    """
    actor, before = door.actor, pages.id_after(cursor)
    await note_early_list(door, request_id)
    return await door.page(
        lambda conn, most: queries.proposals_for(
            conn, actor, request_id, before=before, limit=most
        ),
        limit=limit,
        key=lambda proposal: (proposal.id,),
    )


@get(
    "/v1/units/{unit_id:uuid}/proposals",
    tags=TAGS,
    operation_id="list_unit_proposals",
    summary="列出本单位的报价 List a unit's own proposals, in every state",
    responses={200: PROPOSALS},
)
async def list_unit_proposals(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    in_state: pages.InState[ProposalState | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor, before = door.actor, pages.id_after(cursor)
    await note_foreign_list(door, unit_id)
    return await door.page(
        lambda conn, most: queries.proposals_of(
            conn, actor, unit_id, in_state, before=before, limit=most
        ),
        limit=limit,
        key=lambda proposal: (proposal.id,),
    )


@get(
    "/v1/proposals/{proposal_id:uuid}",
    tags=TAGS,
    operation_id="get_proposal",
    summary="查看报价 Read a proposal: what binds and, for its unit, the draft",
    responses={200: PROPOSAL},
)
async def get_proposal(door: NamedDependency[Door], proposal_id: FromPath[UUID]) -> Response[bytes]:
    """密封的报价，截止前只有报价单位自己可以查看，其后买方可以查看。

    A sealed one is read by its own unit alone before the deadline, and by the buyer after it.
    """
    actor = door.actor

    async def found(conn: Connection) -> FullProposal:
        proposal = await queries.find_proposal(conn, actor, proposal_id)
        return await revisions.in_full(conn, actor, proposal)

    async with watched(door, proposal_id):
        return await door.read(found, variant=actor.side or "nobody")


@patch(
    "/v1/proposals/{proposal_id:uuid}",
    tags=TAGS,
    operation_id="change_proposal",
    summary="修改报价草稿 Write on; what was submitted stands until the draft is, too",
    responses={200: PROPOSAL},
)
async def change_proposal(
    door: NamedDependency[Door], proposal_id: FromPath[UUID], data: JSONBody[TermsChange]
) -> Response[bytes]:
    actor = door.actor
    async with watched(door, proposal_id):
        expected = door.required_version
        return await door.act(
            lambda conn: operations.change_proposal(
                conn, actor, proposal_id, data, expected_version=expected
            )
        )


@put(
    "/v1/proposals/{proposal_id:uuid}/submission",
    tags=TAGS,
    operation_id="submit_proposal",
    summary="递交报价 Hand the draft over before the deadline; it binds",
    responses={200: PROPOSAL},
)
async def submit_proposal(
    door: NamedDependency[Door], proposal_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    async with watched(door, proposal_id):
        expected = door.expected_version
        return await door.act(
            lambda conn: operations.submit_proposal(
                conn, actor, proposal_id, expected_version=expected
            )
        )


@put(
    "/v1/proposals/{proposal_id:uuid}/withdrawal",
    tags=TAGS,
    operation_id="withdraw_proposal",
    summary="撤回报价 Take a proposal back before the award, with the reason",
    responses={200: PROPOSAL},
)
async def withdraw_proposal(
    door: NamedDependency[Door], proposal_id: FromPath[UUID], data: JSONBody[WithdrawalInput]
) -> Response[bytes]:
    actor = door.actor
    async with watched(door, proposal_id):
        expected = door.expected_version
        return await door.act(
            lambda conn: operations.withdraw_proposal(
                conn, actor, proposal_id, data.reason, expected_version=expected
            )
        )


@get(
    "/v1/proposals/{proposal_id:uuid}/revisions",
    tags=TAGS,
    operation_id="list_proposal_revisions",
    summary="报价版本 What was submitted and agreed, newest first",
    responses={200: REVISIONS},
)
async def list_revisions(
    door: NamedDependency[Door],
    proposal_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """截止前已被替换的版本，只有报价单位自己可以查看。

    What was replaced before the deadline stays with its unit.
    """
    actor = door.actor
    key = pages.key_after(cursor, tuple[fields.Version])
    async with watched(door, proposal_id):
        return await door.page(
            lambda conn, most: revisions.revisions_of(
                conn, actor, proposal_id, before=key[0] if key else None, limit=most
            ),
            limit=limit,
            key=lambda revision: (revision.number,),
        )


@get(
    "/v1/proposals/{proposal_id:uuid}/revisions/{before:int}/diff/{after:int}",
    tags=TAGS,
    operation_id="diff_proposal_revisions",
    summary="两个报价版本的差异 What changed between two revisions, field by field",
    responses={200: CHANGES},
)
async def diff_revisions(
    door: NamedDependency[Door],
    proposal_id: FromPath[UUID],
    before: RevisionNumber,
    after: RevisionNumber,
) -> Response[bytes]:
    actor = door.actor

    async def changes(conn: Connection) -> list[FieldChange]:
        old = await revisions.find_revision(conn, actor, proposal_id, before)
        new = await revisions.find_revision(conn, actor, proposal_id, after)
        return diff(terms_of(old), terms_of(new))

    async with watched(door, proposal_id):
        return await door.read(changes)


@get(
    "/v1/proposals/{proposal_id:uuid}/attachments/{file_id:uuid}",
    tags=TAGS,
    operation_id="get_proposal_attachment",
    summary="下载报价附件 Download a file of a proposal",
    media_type="application/octet-stream",
)
async def get_attachment(
    door: NamedDependency[Door], proposal_id: FromPath[UUID], file_id: FromPath[UUID]
) -> Download:
    """一律作为附件下载。

    Always as an attachment.
    """
    async with (
        watched(door, proposal_id),
        db.lease(door.pool) as conn,
        db.look(conn, door.actor),
    ):
        found = await revisions.find_attachment(conn, door.actor, proposal_id, file_id)
    return Download(
        Shelf.of(door.settings).path_of(found.sha256),
        filename=found.name,
        media_type=found.media_type,
        content_disposition_type="attachment",
        etag=ETag(value=found.sha256),
        headers={"X-Content-Type-Options": "nosniff"},
    )


@put(
    "/v1/proposals/{proposal_id:uuid}/deal",
    tags=["deals"],
    operation_id="open_proposal_deal",
    summary="就报价洽谈 Open the deal about an opened proposal, between its unit and the buyer",
    responses={200: ResponseSpec(Deal, description="The deal 洽谈", generate_examples=False)},
)
async def open_proposal_deal(
    door: NamedDependency[Door], proposal_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    async with watched(door, proposal_id):
        return await door.act(lambda conn: talking.open_proposal_deal(conn, actor, proposal_id))


ROUTES: Final = [
    open_proposal_deal,
    draft_proposal,
    list_proposals,
    list_unit_proposals,
    get_proposal,
    change_proposal,
    submit_proposal,
    withdraw_proposal,
    list_revisions,
    diff_revisions,
    get_attachment,
    *counter_offers.ROUTES,
]
