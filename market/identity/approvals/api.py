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
    summary="待我审批的人员和政策 List what of people and policies waits for one's approval",
    responses={200: WAITING},
)
async def list_approvals(door: NamedDependency[Door]) -> Response[bytes]:
    """只列角色授予、签约权限、更名、动态口令重置和政策，不含其他。

    等待负责人、第二人或其他管理人审批的其余事项，各有列表，路径见下文。

    Grants of roles, signing authorities, renamings, resets of second factors, and policies; nothing
    else. What waits for a leader, a second person or a manager beyond these has lists of its own:
    `/v1/credit-notes?state=proposed`, `/v1/write-offs?state=proposed`,
    `/v1/void-proposals?state=proposed`, `/v1/refunds?state=proposed`,
    `/v1/stripe-explanations?state=proposed`, `/v1/stripe-explanation-undos?state=proposed`,
    `/v1/contracts?state=leader_review` (`tech_review`, `finance_review`),
    `/v1/units/{unit_id}/opening-balance`, `/v1/units/{unit_id}/opening-supplements`,
    `/v1/enterprise-requests/{request_id}/awards`, and matches at the lines of
    `/v1/units/{unit_id}/suspense`.
    """
    actor = door.actor
    return await door.read(lambda conn: queries.waiting(conn, actor))


ROUTES: Final = [list_approvals]
