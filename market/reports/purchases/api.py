"""The route of the purchase documents."""

from datetime import date
from typing import Final
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from market.base import db
from market.base.files import Shelf
from market.base.web import Door, attachment
from market.reports.purchases import operations
from market.reports.purchases.model import Wanted

ZIP: Final = "application/zip"
A_ZIP: Final = {
    200: ResponseSpec(
        bytes, description="ZIP 压缩包 The documents", media_type=ZIP, generate_examples=False
    )
}


@get(
    "/v1/organisations/{organisation_id:uuid}/purchase-documents",
    tags=["reports"],
    operation_id="get_purchase_documents",
    summary="打包下载采购资料 All documents of a contract or a span in one ZIP, with a manifest",
    responses=A_ZIP,
    media_type=ZIP,
)
async def get_purchase_documents(
    door: NamedDependency[Door],
    organisation_id: FromPath[UUID],
    contract_id: FromQuery[UUID | None] = None,
    from_on: FromQuery[date | None] = None,
    until_on: FromQuery[date | None] = None,
) -> Stream:
    """供该企业的全体人员下载；不指明合同和期间时，包含全部资料。

    For everybody who works for the enterprise; without a contract or a span, all there is.
    """
    actor, wanted = door.actor, Wanted(contract_id, from_on, until_on)
    async with db.lease(door.pool) as conn, db.look(conn, actor):
        bundle = await operations.gather(conn, actor, organisation_id, wanted)
    return Stream(
        operations.pack(door.pool, Shelf.of(door.settings), actor, bundle),
        media_type=ZIP,
        headers=attachment(f"采购资料 {bundle.buyer.name_zh}.zip"),
    )


ROUTES: Final = [get_purchase_documents]
