"""The JSON route by which books begin."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from market.base.web import Door
from market.ledger.opening.api import OPENING
from market.money.statements.opening import operations


@put(
    "/v1/opening-balances/{opening_id:uuid}/approval",
    tags=["ledger"],
    operation_id="approve_opening_balance",
    summary="批准期初余额 Approve, as a leader and another person: the books begin",
    responses={200: OPENING},
)
async def approve_opening_balance(
    door: NamedDependency[Door], opening_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_opening_balance(
            conn, actor, opening_id, expected_version=expected
        )
    )


ROUTES: Final = [approve_opening_balance]
