"""The JSON route of the lines of Stripe's balance."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery

from market.base import pages
from market.base.web import Door
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_lines import operations

LINES: Final = ResponseSpec(pages.Page[StripeLine], description="A page", generate_examples=False)


@get(
    "/v1/units/{unit_id:uuid}/stripe-lines",
    tags=["online payments"],
    operation_id="list_stripe_lines",
    summary="列出 Stripe 结算明细 List the lines of a unit's balance with Stripe",
    responses={200: LINES},
)
async def list_stripe_lines(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看；每条以 `stripe_line:<id>` 记账。

    For finance, cashier, leader and auditor; each is posted as `stripe_line:<id>`.
    """
    actor = door.actor
    after = pages.key_after(cursor, tuple[datetime, UUID])
    return await door.page(
        lambda conn, most: operations.list_lines(conn, actor, unit_id, after=after, limit=most),
        limit=limit,
        key=lambda line: (line.moved_at, line.id),
    )


ROUTES: Final = [list_stripe_lines]
