"""The JSON route of a unit's chargebacks."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from market.base.web import Door
from market.money.payments.chargebacks import operations
from market.money.payments.chargebacks.views import ListedChargeback

CHARGEBACKS: Final = ResponseSpec(
    list[ListedChargeback], description="拒付 The newest first", generate_examples=False
)


@get(
    "/v1/units/{unit_id:uuid}/chargebacks",
    tags=["online payments"],
    operation_id="list_chargebacks",
    summary="列出拒付 List the chargebacks of a unit, with the day until which evidence counts",
    responses={200: CHARGEBACKS},
)
async def list_chargebacks(door: NamedDependency[Door], unit_id: FromPath[UUID]) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看；至多列出最近的一百笔。

    For finance, cashier, leader and auditor; at most the newest hundred.
    """
    actor = door.actor
    return await door.read(lambda conn: operations.list_chargebacks(conn, actor, unit_id))


ROUTES: Final = [list_chargebacks]
