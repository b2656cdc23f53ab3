"""What fits, over HTTP."""

from typing import Annotated, Final, TypeAlias
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from market.base.web import Door
from market.trade.discovery.fit import operations
from market.trade.discovery.fit.model import FittingOffering, FittingRequest

Most: TypeAlias = Annotated[int, QueryParameter(ge=1, le=50)]


@get(
    "/v1/units/{unit_id:uuid}/fitting-requests",
    tags=["enterprise requests"],
    operation_id="list_fitting_requests",
    summary="适合本单位的企业需求 Open requests that fit a unit, the best first, each explained",
    responses={
        200: ResponseSpec(list[FittingRequest], description="The best", generate_examples=False)
    },
)
async def list_fitting_requests(
    door: NamedDependency[Door], unit_id: FromPath[UUID], limit: Most = 20
) -> Response[bytes]:
    """只列公开征集的；单独邀请本单位的另有列表。

    Of those shown to everybody; what the unit is invited to stands in a list of its own.
    """
    actor = door.actor
    return await door.read(
        lambda conn: operations.fitting_requests(conn, actor, unit_id, limit=limit)
    )


@get(
    "/v1/enterprise-requests/{request_id:uuid}/fitting-offerings",
    tags=["enterprise requests"],
    operation_id="list_fitting_offerings",
    summary="适合该需求的服务项目 Offerings that fit a request, the best first, each explained",
    responses={
        200: ResponseSpec(list[FittingOffering], description="The best", generate_examples=False)
    },
)
async def list_fitting_offerings(
    door: NamedDependency[Door], request_id: FromPath[UUID], limit: Most = 20
) -> Response[bytes]:
    actor = door.actor
    return await door.read(
        lambda conn: operations.fitting_offerings(conn, actor, request_id, limit=limit)
    )


ROUTES: Final = [list_fitting_requests, list_fitting_offerings]
