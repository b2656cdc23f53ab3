"""The JSON routes of chargebacks' write-offs."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages, proposals
from market.base.web import Door
from market.money.payments.chargebacks.write_offs import operations
from market.money.payments.chargebacks.write_offs.model import (
    ChargebackWriteOff,
    ChargebackWriteOffState,
    WritingOff,
)

WRITE_OFF: Final = ResponseSpec(
    ChargebackWriteOff, description="The write-off 拒付欠款核销", generate_examples=False
)
PAGE: Final = ResponseSpec(
    pages.Page[ChargebackWriteOff], description="A page", generate_examples=False
)


@post(
    "/v1/chargebacks/{chargeback_id:uuid}/write-offs",
    tags=["online payments"],
    operation_id="propose_chargeback_write_off",
    summary="申请核销拒付欠款 Propose to write off what is owed of a lost chargeback, as finance",
    opt={"key": "required"},
    responses={201: WRITE_OFF},
)
async def propose_chargeback_write_off(
    door: NamedDependency[Door], chargeback_id: FromPath[UUID], data: JSONBody[WritingOff]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: operations.propose_write_off(conn, actor, chargeback_id, data.reason),
        status=201,
    )


@get(
    "/v1/chargeback-write-offs",
    tags=["online payments"],
    operation_id="list_chargeback_write_offs",
    summary="列出拒付欠款核销 List write-offs of chargebacks, the newest first",
    responses={200: PAGE},
)
async def list_chargeback_write_offs(
    door: NamedDependency[Door],
    in_state: pages.InState[ChargebackWriteOffState | None] = None,
    chargeback_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: operations.list_write_offs(
            conn, actor, state=in_state, chargeback_id=chargeback_id, after=after, limit=most
        ),
        limit=limit,
        key=lambda write_off: (write_off.id,),
    )


@get(
    "/v1/chargeback-write-offs/{write_off_id:uuid}",
    tags=["online payments"],
    operation_id="get_chargeback_write_off",
    summary="查看拒付欠款核销 Read a write-off of a chargeback",
    responses={200: WRITE_OFF},
)
async def get_chargeback_write_off(
    door: NamedDependency[Door], write_off_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.find_write_off(conn, actor, write_off_id))


@put(
    "/v1/chargeback-write-offs/{write_off_id:uuid}/approval",
    tags=["online payments"],
    operation_id="approve_chargeback_write_off",
    summary="批准拒付欠款核销 Approve, as another person: the loss is booked",
    responses={200: WRITE_OFF},
)
async def approve_chargeback_write_off(
    door: NamedDependency[Door], write_off_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_write_off(
            conn, actor, write_off_id, expected_version=expected
        )
    )


@put(
    "/v1/chargeback-write-offs/{write_off_id:uuid}/rejection",
    tags=["online payments"],
    operation_id="reject_chargeback_write_off",
    summary="驳回拒付欠款核销 Reject, as another person: the debt stands",
    responses={200: WRITE_OFF},
)
async def reject_chargeback_write_off(
    door: NamedDependency[Door], write_off_id: FromPath[UUID], data: JSONBody[proposals.Rejecting]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.reject_write_off(
            conn, actor, write_off_id, data.note, expected_version=expected
        )
    )


@put(
    "/v1/chargeback-write-offs/{write_off_id:uuid}/recovery",
    tags=["online payments"],
    operation_id="recover_chargeback_write_off",
    summary="转回拒付欠款核销 Take the loss back, as finance: the payer pays after all",
    responses={200: WRITE_OFF},
)
async def recover_chargeback_write_off(
    door: NamedDependency[Door], write_off_id: FromPath[UUID]
) -> Response[bytes]:
    """全部重新由付款单位欠付；其转来并匹配为预存款的款项，随即用于抵补。

    All of it is owed again; what the payer transfers, matched as credit, is taken for it.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.recover_write_off(
            conn, actor, write_off_id, expected_version=expected
        )
    )


ROUTES: Final = [
    propose_chargeback_write_off,
    list_chargeback_write_offs,
    get_chargeback_write_off,
    approve_chargeback_write_off,
    reject_chargeback_write_off,
    recover_chargeback_write_off,
]
