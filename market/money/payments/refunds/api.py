"""The JSON routes of refunds, and the files of their transfer lists."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages, proposals, tables
from market.base.db import Connection
from market.base.web import Door, attachment
from market.money.payments.refunds import lists, operations, queries
from market.money.payments.refunds.lists import FullList, MadeList, NewTransferList
from market.money.payments.refunds.model import (
    Failing,
    NewCardRefund,
    NewRefund,
    Refund,
    RefundState,
)
from market.money.payments.refunds.queries import TransferList

REFUND: Final = ResponseSpec(Refund, description="The refund 退款", generate_examples=False)
PAGE: Final = ResponseSpec(pages.Page[Refund], description="A page", generate_examples=False)
LIST: Final = ResponseSpec(
    MadeList, description="The transfer list 付款清单", generate_examples=False
)
FULL_LIST: Final = ResponseSpec(
    FullList, description="The list with its refunds", generate_examples=False
)
LISTS: Final = ResponseSpec(pages.Page[TransferList], description="A page", generate_examples=False)


@post(
    "/v1/units/{unit_id:uuid}/refunds",
    tags=["refunds"],
    operation_id="propose_refund",
    summary="申请退还预存款 Propose to refund an organisation's credit, as finance",
    opt={"key": "required"},
    responses={201: REFUND},
)
async def propose_refund(
    door: NamedDependency[Door], unit_id: FromPath[UUID], data: JSONBody[NewRefund]
) -> Response[bytes]:
    """提出后款项即予留出；收款账户须为该单位自己的账户。

    It is reserved at once; the account is in the organisation's own name.
    """
    actor = door.actor
    return await door.act(
        lambda conn: operations.propose_refund(conn, actor, unit_id, data), status=201
    )


@post(
    "/v1/online-payments/{payment_id:uuid}/refunds",
    tags=["refunds"],
    operation_id="propose_card_refund",
    summary="申请退回原付款卡 Propose to refund credit to the charge of a payment, as finance",
    opt={"key": "required"},
    responses={201: REFUND},
)
async def propose_card_refund(
    door: NamedDependency[Door], payment_id: FromPath[UUID], data: JSONBody[NewCardRefund]
) -> Response[bytes]:
    """可退一部分或全部，可分多次；提出后款项即予留出，批准后发往 Stripe。

    A part or all of it, several times; it is reserved at once, and sent once approved.
    """
    actor = door.actor
    return await door.act(
        lambda conn: operations.propose_card_refund(conn, actor, payment_id, data), status=201
    )


@get(
    "/v1/refunds",
    tags=["refunds"],
    operation_id="list_refunds",
    summary="列出退款 List refunds, the newest first",
    responses={200: PAGE},
)
async def list_refunds(
    door: NamedDependency[Door],
    in_state: pages.InState[RefundState | None] = None,
    organisation_id: FromQuery[UUID | None] = None,
    online_payment_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """客户单位只看到自己的。

    An organisation sees its own.
    """
    actor = door.actor
    key = pages.key_after(cursor, tuple[UUID])
    after = key[0] if key else None
    return await door.page(
        lambda conn, most: queries.refunds(
            conn,
            actor,
            state=in_state,
            organisation_id=organisation_id,
            online_payment_id=online_payment_id,
            after=after,
            limit=most,
        ),
        limit=limit,
        key=lambda refund: (refund.id,),
    )


@get(
    "/v1/refunds/{refund_id:uuid}",
    tags=["refunds"],
    operation_id="get_refund",
    summary="查看退款 Read a refund",
    responses={200: REFUND},
)
async def get_refund(door: NamedDependency[Door], refund_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.find_refund(conn, actor, refund_id))


@put(
    "/v1/refunds/{refund_id:uuid}/approval",
    tags=["refunds"],
    operation_id="approve_refund",
    summary="批准退款 Approve, as another person: the cashier may send it, or Stripe is told",
    responses={200: REFUND},
)
async def approve_refund(door: NamedDependency[Door], refund_id: FromPath[UUID]) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_refund(conn, actor, refund_id, expected_version=expected)
    )


@put(
    "/v1/refunds/{refund_id:uuid}/rejection",
    tags=["refunds"],
    operation_id="reject_refund",
    summary="驳回退款 Reject, as another person: it is credit again",
    responses={200: REFUND},
)
async def reject_refund(
    door: NamedDependency[Door], refund_id: FromPath[UUID], data: JSONBody[proposals.Rejecting]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.reject_refund(
            conn, actor, refund_id, data.note, expected_version=expected
        )
    )


@put(
    "/v1/refunds/{refund_id:uuid}/withdrawal",
    tags=["refunds"],
    operation_id="withdraw_refund",
    summary="撤回退款申请 Withdraw, as who proposed it, before it is decided: it is credit again",
    responses={200: REFUND},
)
async def withdraw_refund(
    door: NamedDependency[Door], refund_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.withdraw_refund(conn, actor, refund_id, expected_version=expected)
    )


@put(
    "/v1/refunds/{refund_id:uuid}/failure",
    tags=["refunds"],
    operation_id="fail_refund",
    summary="登记退款失败 Note that it did not go out, as finance: it is credit again",
    responses={200: REFUND},
)
async def fail_refund(
    door: NamedDependency[Door], refund_id: FromPath[UUID], data: JSONBody[Failing]
) -> Response[bytes]:
    """仅限退款付出（或已通知 Stripe）之前；付出之后退回的，作为银行流水匹配。

    Only before it is paid, or Stripe was told; what came back later is a line to match.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.fail_refund(
            conn, actor, refund_id, data.note, expected_version=expected
        )
    )


@post(
    "/v1/units/{unit_id:uuid}/refund-lists",
    tags=["refunds"],
    operation_id="make_transfer_list",
    summary="生成退款付款清单 Make the list of all approved refunds, as the cashier",
    opt={"key": "required"},
    responses={201: LIST},
)
async def make_transfer_list(
    door: NamedDependency[Door], unit_id: FromPath[UUID], data: JSONBody[NewTransferList]
) -> Response[bytes]:
    """按账户的币种编制；每笔退款只进入一份清单，不再进入另一份。

    `held_back` 列出暂不付款的退款：预存款须留作抵付拒付，或未在平台发起的退款已退而尚未说明的款项。

    In the currency of the account; each refund is on one list for ever. `held_back` tells of
    approved refunds that stay: a chargeback asks their payer's credit back, or what went back past
    the market is not explained yet.
    """
    actor = door.actor
    return await door.act(
        lambda conn: lists.make_list(conn, actor, unit_id, data.bank_account_id), status=201
    )


@get(
    "/v1/units/{unit_id:uuid}/refund-lists",
    tags=["refunds"],
    operation_id="list_transfer_lists",
    summary="列出退款付款清单 List transfer lists, the newest first",
    responses={200: LISTS},
)
async def list_transfer_lists(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看。

    For finance, cashier, leader and auditor.
    """
    actor = door.actor
    key = pages.key_after(cursor, tuple[UUID])
    after = key[0] if key else None
    return await door.page(
        lambda conn, most: lists.find_lists(conn, actor, unit_id, after=after, limit=most),
        limit=limit,
        key=lambda made: (made.id,),
    )


class ListFormat(StrEnum):
    """How a list leaves."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


@get(
    "/v1/refund-lists/{list_id:uuid}",
    tags=["refunds"],
    operation_id="get_transfer_list",
    summary="下载退款付款清单 Read a transfer list, or download it for the bank",
    responses={200: FULL_LIST},
)
async def get_transfer_list(
    door: NamedDependency[Door],
    list_id: FromPath[UUID],
    format: FromQuery[ListFormat] = ListFormat.JSON,  # noqa: A002  # the word that callers expect
) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看；文件中不含其后失败的退款。

    For finance, cashier, leader and auditor; a file leaves out what failed meanwhile.
    """
    actor = door.actor

    async def found(conn: Connection) -> Any:
        made = await lists.find_list(conn, actor, list_id)
        if format is ListFormat.JSON:
            return made
        sheet = lists.sheet_of(made)
        is_csv = format is ListFormat.CSV
        return Response(
            tables.as_csv(sheet) if is_csv else tables.as_xlsx(sheet),
            media_type=tables.CSV_TYPE if is_csv else tables.XLSX_TYPE,
            headers=attachment(f"{sheet.title}.{format.value}"),
        )

    return await door.read(found, at_once=True, lasts=False)


ROUTES: Final = [
    propose_refund,
    propose_card_refund,
    withdraw_refund,
    list_refunds,
    get_refund,
    approve_refund,
    reject_refund,
    fail_refund,
    make_transfer_list,
    list_transfer_lists,
    get_transfer_list,
]
