"""The JSON routes of fapiao."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.web import Door
from market.money.invoicing.fapiao import operations, queries
from market.money.invoicing.fapiao.model import (
    Delivery,
    Fapiao,
    FapiaoRequest,
    FapiaoState,
    IssuedFapiao,
)

FAPIAO: Final = ResponseSpec(Fapiao, description="The fapiao 发票", generate_examples=False)
PAGE: Final = ResponseSpec(pages.Page[Fapiao], description="A page", generate_examples=False)


@post(
    "/v1/invoices/{invoice_id:uuid}/fapiao-requests",
    tags=["fapiao"],
    operation_id="request_fapiao",
    summary="申请开具发票 Ask for the fapiao of an invoice, as its buyer",
    responses={201: FAPIAO},
)
async def request_fapiao(
    door: NamedDependency[Door], invoice_id: FromPath[UUID], data: JSONBody[FapiaoRequest]
) -> Response[bytes]:
    """每张请款单只有一张有效的发票；专用发票写明买方的统一社会信用代码。

    One live fapiao per invoice; a special one names the buyer's USCC.
    """
    actor = door.actor
    return await door.act(
        lambda conn: operations.request_fapiao(conn, actor, invoice_id, data), status=201
    )


@get(
    "/v1/fapiao",
    tags=["fapiao"],
    operation_id="list_fapiao",
    summary="列出发票与发票申请 List fapiao and requests for them, the newest first",
    responses={200: PAGE},
)
async def list_fapiao(
    door: NamedDependency[Door],
    in_state: pages.InState[FapiaoState | None] = None,
    invoice_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.fapiao_listed(
            conn, actor, state=in_state, invoice_id=invoice_id, after=after, limit=most
        ),
        limit=limit,
        key=lambda fapiao: (fapiao.id,),
    )


@get(
    "/v1/fapiao/{fapiao_id:uuid}",
    tags=["fapiao"],
    operation_id="get_fapiao",
    summary="查看发票 Read a fapiao",
    responses={200: FAPIAO},
)
async def get_fapiao(door: NamedDependency[Door], fapiao_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_fapiao(conn, actor, fapiao_id))


@put(
    "/v1/fapiao/{fapiao_id:uuid}/withdrawal",
    tags=["fapiao"],
    operation_id="withdraw_fapiao_request",
    summary="撤回发票申请 Withdraw, or as finance decline, a request that is not issued yet",
    responses={200: FAPIAO},
)
async def withdraw_fapiao_request(
    door: NamedDependency[Door], fapiao_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.withdraw_fapiao_request(
            conn, actor, fapiao_id, expected_version=expected
        )
    )


@put(
    "/v1/fapiao/{fapiao_id:uuid}/issue",
    tags=["fapiao"],
    operation_id="issue_fapiao",
    summary="登记已开具的发票 Record the fapiao that the tax platform issued",
    responses={200: FAPIAO},
)
async def issue_fapiao(
    door: NamedDependency[Door], fapiao_id: FromPath[UUID], data: JSONBody[IssuedFapiao]
) -> Response[bytes]:
    """先上传票面文件（`POST /v1/files`）。登记后，该请款单的全部增值税纳税义务随即发生。

    Upload the document first (`POST /v1/files`). All of the invoice's VAT falls due.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.issue_fapiao(
            conn, actor, fapiao_id, data, expected_version=expected
        )
    )


@put(
    "/v1/fapiao/{fapiao_id:uuid}/delivery",
    tags=["fapiao"],
    operation_id="deliver_fapiao",
    summary="交付发票 Give the fapiao to the buyer, who can download it from now on",
    responses={200: FAPIAO},
)
async def deliver_fapiao(
    door: NamedDependency[Door], fapiao_id: FromPath[UUID], data: JSONBody[Delivery]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.deliver_fapiao(
            conn, actor, fapiao_id, data, expected_version=expected
        )
    )


ROUTES: Final = [
    request_fapiao,
    list_fapiao,
    get_fapiao,
    withdraw_fapiao_request,
    issue_fapiao,
    deliver_fapiao,
]
