"""The JSON routes of credit notes."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages, proposals
from market.base.web import Door
from market.money.invoicing.credit_notes import operations, queries
from market.money.invoicing.credit_notes.model import (
    CreditNote,
    FullNote,
    NewCreditNote,
    NoteState,
)

NOTE: Final = ResponseSpec(
    FullNote, description="The credit note 贷项通知", generate_examples=False
)
PAGE: Final = ResponseSpec(pages.Page[CreditNote], description="A page", generate_examples=False)


@post(
    "/v1/invoices/{invoice_id:uuid}/credit-notes",
    tags=["credit notes"],
    operation_id="propose_credit_note",
    summary="申请贷项通知 Propose what of an invoice is not owed, as finance",
    opt={"key": "required"},
    responses={201: NOTE},
)
async def propose_credit_note(
    door: NamedDependency[Door], invoice_id: FromPath[UUID], data: JSONBody[NewCreditNote]
) -> Response[bytes]:
    """不写行时，冲减该请款单的全部余额；不写里程碑时，按规则确定。

    Without lines: all that is left. Without milestones: those that the rules name.
    """
    actor = door.actor
    return await door.act(
        lambda conn: operations.propose_credit_note(conn, actor, invoice_id, data), status=201
    )


@get(
    "/v1/credit-notes",
    tags=["credit notes"],
    operation_id="list_credit_notes",
    summary="列出贷项通知 List credit notes, the newest first",
    responses={200: PAGE},
)
async def list_credit_notes(
    door: NamedDependency[Door],
    in_state: pages.InState[NoteState | None] = None,
    invoice_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """买方只看到已对其开具的。

    The buyer sees those that were issued to it.
    """
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.notes(
            conn, actor, state=in_state, invoice_id=invoice_id, after=after, limit=most
        ),
        limit=limit,
        key=lambda note: (note.id,),
    )


@get(
    "/v1/credit-notes/{note_id:uuid}",
    tags=["credit notes"],
    operation_id="get_credit_note",
    summary="查看贷项通知 Read a credit note with its lines and milestones",
    responses={200: NOTE},
)
async def get_credit_note(door: NamedDependency[Door], note_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.find_note(conn, actor, note_id))


@put(
    "/v1/credit-notes/{note_id:uuid}/approval",
    tags=["credit notes"],
    operation_id="approve_credit_note",
    summary="批准贷项通知 Approve, as another person: the note is issued and posted",
    responses={200: NOTE},
)
async def approve_credit_note(
    door: NamedDependency[Door], note_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_credit_note(conn, actor, note_id, expected_version=expected)
    )


@put(
    "/v1/credit-notes/{note_id:uuid}/rejection",
    tags=["credit notes"],
    operation_id="reject_credit_note",
    summary="驳回贷项通知 Reject, as another person: the invoice stays as it is",
    responses={200: NOTE},
)
async def reject_credit_note(
    door: NamedDependency[Door], note_id: FromPath[UUID], data: JSONBody[proposals.Rejecting]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.reject_credit_note(
            conn, actor, note_id, data.note, expected_version=expected
        )
    )


ROUTES: Final = [
    propose_credit_note,
    list_credit_notes,
    get_credit_note,
    approve_credit_note,
    reject_credit_note,
]
