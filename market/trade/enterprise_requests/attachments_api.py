"""The files of a published enterprise request over HTTP."""

from typing import Final
from uuid import UUID

from litestar import get
from litestar.datastructures import ETag
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import File as Download

from market.base import db
from market.base.files import Shelf
from market.base.web import Door
from market.trade.enterprise_requests import queries


@get(
    "/v1/enterprise-requests/{request_id:uuid}/attachments/{file_id:uuid}",
    tags=["enterprise requests"],
    operation_id="get_enterprise_request_attachment",
    summary="下载需求附件 Download a file of a published request",
    media_type="application/octet-stream",
)
async def get_attachment(
    door: NamedDependency[Door], request_id: FromPath[UUID], file_id: FromPath[UUID]
) -> Download:
    """以读者所见的文件名，一律作为附件下载。

    Under the name that its readers see; always an attachment.
    """
    async with db.lease(door.pool) as conn, db.look(conn, door.actor):
        found = await queries.find_attachment(conn, door.actor, request_id, file_id)
    return Download(
        Shelf.of(door.settings).path_of(found.sha256),
        filename=found.name,
        media_type=found.media_type,
        content_disposition_type="attachment",
        etag=ETag(value=found.sha256),
        headers={"X-Content-Type-Options": "nosniff"},
    )


ROUTES: Final = [get_attachment]
