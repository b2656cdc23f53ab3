"""The JSON routes of write-offs."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages, proposals
from market.base.web import Door
from market.money.invoicing.write_offs import operations, queries
from market.money.invoicing.write_offs.model import (
    ProposingWriteOff,
    WriteOff,
    WriteOffState,
)

WRITE_OFF: Final = ResponseSpec(
    WriteOff, description="The write-off 坏账核销", generate_examples=False
)
PAGE: Final = ResponseSpec(pages.Page[WriteOff], description="A page", generate_examples=False)


@post(
    "/v1/invoices/{invoice_id:uuid}/write-offs",
    tags=["invoices"],
    operation_id="propose_write_off",
    summary="申请核销坏账 Propose to write off what is open of an invoice, as finance",
    opt={"key": "required"},
    responses={201: WRITE_OFF},
)
async def propose_write_off(
    door: NamedDependency[Door], invoice_id: FromPath[UUID], data: JSONBody[ProposingWriteOff]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: operations.propose_write_off(conn, actor, invoice_id, data.reason), status=201
    )


@get(
    "/v1/write-offs",
    tags=["invoices"],
    operation_id="list_write_offs",
    summary="列出坏账核销 List write-offs, the newest first",
    responses={200: PAGE},
)
async def list_write_offs(
    door: NamedDependency[Door],
    in_state: pages.InState[WriteOffState | None] = None,
    invoice_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.write_offs(
            conn, actor, state=in_state, invoice_id=invoice_id, after=after, limit=most
        ),
        limit=limit,
        key=lambda write_off: (write_off.id,),
    )


@get(
    "/v1/write-offs/{write_off_id:uuid}",
    tags=["invoices"],
    operation_id="get_write_off",
    summary="查看坏账核销 Read a write-off",
    responses={200: WRITE_OFF},
)
async def get_write_off(
    door: NamedDependency[Door], write_off_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_write_off(conn, actor, write_off_id))


@put(
    "/v1/write-offs/{write_off_id:uuid}/approval",
    tags=["invoices"],
    operation_id="approve_write_off",
    summary="批准坏账核销 Approve, as another person: the loss is booked",
    responses={200: WRITE_OFF},
)
async def approve_write_off(
    door: NamedDependency[Door], write_off_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_write_off(
            conn, actor, write_off_id, expected_version=expected
        )
    )


@put(
    "/v1/write-offs/{write_off_id:uuid}/rejection",
    tags=["invoices"],
    operation_id="reject_write_off",
    summary="驳回坏账核销 Reject, as another person: the debt stands",
    responses={200: WRITE_OFF},
)
async def reject_write_off(
    door: NamedDependency[Door], write_off_id: FromPath[UUID], data: JSONBody[proposals.Rejecting]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.reject_write_off(
            conn, actor, write_off_id, data.note, expected_version=expected
        )
    )


ROUTES: Final = [
    propose_write_off,
    list_write_offs,
    get_write_off,
    approve_write_off,
    reject_write_off,
]
