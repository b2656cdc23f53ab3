"""The JSON routes of payments and customer credit."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.web import A_PDF, Door
from market.money.payments import document, operations
from market.money.payments.model import Allocation, Credit, CreditUse, Undoing, UsingCredit

PAYMENTS: Final = ResponseSpec(
    list[Allocation], description="The oldest first", generate_examples=False
)
USE: Final = ResponseSpec(CreditUse, description="The use 预存款抵付", generate_examples=False)
CREDITS: Final = ResponseSpec(pages.Page[Credit], description="A page", generate_examples=False)


@get(
    "/v1/invoices/{invoice_id:uuid}/payments",
    tags=["payments"],
    operation_id="list_payments",
    summary="列出请款单的收款 List what was applied to an invoice, and what was taken back",
    responses={200: PAYMENTS},
)
async def list_payments(door: NamedDependency[Door], invoice_id: FromPath[UUID]) -> Response[bytes]:
    """买方只看到自己请款单的。

    The buyer sees those of its own invoices.
    """
    actor = door.actor
    return await door.read(lambda conn: operations.payments_of(conn, actor, invoice_id))


@get(
    "/v1/payments/{payment_id:uuid}/document",
    tags=["payments"],
    operation_id="get_receipt_document",
    summary="下载收据 Download the receipt for a payment as PDF",
    responses=A_PDF,
)
async def get_receipt_document(
    door: NamedDependency[Door], payment_id: FromPath[UUID]
) -> Response[bytes]:
    """所填编号为该请款单收款记录中一笔的编号。

    The id is that of an entry in the invoice's payments.
    """
    actor = door.actor
    return await door.document(lambda conn: document.receipt_document(conn, actor, payment_id))


@post(
    "/v1/invoices/{invoice_id:uuid}/credit-uses",
    tags=["payments"],
    operation_id="use_credit",
    summary="用预存款抵付 Pay an invoice from its buyer's credit, as finance",
    opt={"key": "required"},
    responses={201: USE},
)
async def use_credit(
    door: NamedDependency[Door], invoice_id: FromPath[UUID], data: JSONBody[UsingCredit]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: operations.use_credit(conn, actor, invoice_id, data.amount_minor), status=201
    )


@get(
    "/v1/credit-uses/{use_id:uuid}",
    tags=["payments"],
    operation_id="get_credit_use",
    summary="查看预存款抵付 Read a use of credit",
    responses={200: USE},
)
async def get_credit_use(door: NamedDependency[Door], use_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.find_use(conn, actor, use_id))


@put(
    "/v1/credit-uses/{use_id:uuid}/undo",
    tags=["payments"],
    operation_id="undo_credit_use",
    summary="撤销预存款抵付 Undo a use of credit, with a reason",
    responses={200: USE},
)
async def undo_credit_use(
    door: NamedDependency[Door], use_id: FromPath[UUID], data: JSONBody[Undoing]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(lambda conn: operations.undo_credit_use(conn, actor, use_id, data.reason))


@get(
    "/v1/units/{unit_id:uuid}/credits",
    tags=["payments"],
    operation_id="list_credits",
    summary="列出客户预存款 List what customers have left with a unit",
    responses={200: CREDITS},
)
async def list_credits(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看。

    For finance, cashier, leader and auditor.
    """
    actor = door.actor
    after = pages.key_after(cursor, tuple[UUID, str])
    return await door.page(
        lambda conn, most: operations.list_credits(conn, actor, unit_id, after=after, limit=most),
        limit=limit,
        key=lambda credit: (credit.organisation_id, credit.currency),
    )


ROUTES: Final = [
    list_payments,
    get_receipt_document,
    use_credit,
    get_credit_use,
    undo_credit_use,
    list_credits,
]
