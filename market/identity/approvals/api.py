"""What waits for one's approval, over HTTP."""

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec

from market.base.web import Door
from market.identity.approvals import queries
from market.identity.approvals.model import Waiting

WAITING: Final = ResponseSpec(
    list[Waiting], description="待我审批 What waits for me", generate_examples=False
)


@get(
    "/v1/approvals",
    tags=["approvals"],
    operation_id="list_approvals",
    summary="待我审批 List what waits for one's approval, oldest first",
    responses={200: WAITING},
)
async def list_approvals(door: NamedDependency[Door]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.waiting(conn, actor))


ROUTES: Final = [list_approvals]
