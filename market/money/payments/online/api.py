"""The JSON routes of online payments."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base.web import Door
from market.money.payments.online import operations
from market.money.payments.online.model import FullOnlinePayment, OnlinePayment, Starting

PAYMENT: Final = ResponseSpec(
    FullOnlinePayment, description="在线付款 The attempt", generate_examples=False
)
PAYMENTS: Final = ResponseSpec(
    list[OnlinePayment], description="The newest first", generate_examples=False
)


@post(
    "/v1/online-payments",
    tags=["online payments"],
    operation_id="start_online_payment",
    summary="发起在线付款 Pay invoices by card or wallet, whole as far as they are open",
    opt={"key": "required"},
    responses={201: PAYMENT},
)
async def start_online_payment(
    door: NamedDependency[Door], data: JSONBody[Starting]
) -> Response[bytes]:
    """片刻后再读取：Stripe 受理后即有付款地址 `pay_url` 或 `client_secret`。

    Read it again after a moment: Stripe then has it, and tells `pay_url` or `client_secret`.
    """
    actor, rails = door.actor, door.request.app.state.rails
    return await door.act(
        lambda conn: operations.start_payment(conn, actor, rails, data), status=201
    )


@get(
    "/v1/online-payments/{payment_id:uuid}",
    tags=["online payments"],
    operation_id="get_online_payment",
    summary="查看在线付款 Read how a payment stands, and where to pay",
    responses={200: PAYMENT},
)
async def get_online_payment(
    door: NamedDependency[Door], payment_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.find_payment(conn, actor, payment_id))


@put(
    "/v1/online-payments/{payment_id:uuid}/cancel",
    tags=["online payments"],
    operation_id="cancel_online_payment",
    summary="取消在线付款 Ask Stripe to call the payment off",
    responses={200: PAYMENT},
)
async def cancel_online_payment(
    door: NamedDependency[Door], payment_id: FromPath[UUID]
) -> Response[bytes]:
    """状态变为 canceled（已取消）之前，付款人仍可能已经付款。

    Until its state says canceled, the payer may still have paid.
    """
    actor = door.actor
    expected = door.expected_version
    return await door.act(
        lambda conn: operations.cancel_payment(conn, actor, payment_id, expected_version=expected)
    )


@get(
    "/v1/invoices/{invoice_id:uuid}/online-payments",
    tags=["online payments"],
    operation_id="list_online_payments",
    summary="列出请款单的在线付款 List the attempts to pay an invoice online",
    responses={200: PAYMENTS},
)
async def list_online_payments(
    door: NamedDependency[Door], invoice_id: FromPath[UUID]
) -> Response[bytes]:
    """至多列出最近的一百笔。

    At most the newest hundred.
    """
    actor = door.actor
    return await door.read(lambda conn: operations.payments_of(conn, actor, invoice_id))


ROUTES: Final = [
    start_online_payment,
    get_online_payment,
    cancel_online_payment,
    list_online_payments,
]
