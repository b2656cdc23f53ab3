"""Files over HTTP: send one as a form, download one as an attachment."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import ETag
from litestar.di import NamedDependency
from litestar.exceptions import TooManyRequestsException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath
from litestar.response import File as Download

from market.base import db, files, uploads
from market.base.files import File, Shelf
from market.base.web import Door
from market.identity.files import operations

FORM: Final = Schema(
    type=OpenAPIType.OBJECT,
    properties={"file": Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)},
    required=["file"],
    additional_properties=False,
)


@dataclass
class FileForm(Operation):
    """Documents the form, which the handler reads from the stream by itself."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            content={uploads.FORM: OpenAPIMediaType(schema=FORM)},
            required=True,
            description="One part named file, with its name. 一个名为 file 的部分，带文件名。",
        )


@post(
    "/v1/files",
    tags=["files"],
    operation_id="store_file",
    summary="上传文件 Send a file: PDF, PNG, JPEG, XLSX, DOCX, XML, CSV or TXT",
    operation_class=FileForm,
    responses={201: ResponseSpec(File, description="The file is kept", generate_examples=False)},
    request_max_body_size=None,
    raises=[TooManyRequestsException],
)
async def store_file(door: NamedDependency[Door]) -> Response[bytes]:
    """上传时所代表的单位首先可以查看；其后的办理使其他单位也可查看。

    The acting organisation is the file's first reader; acts share it with others.
    """
    actor = door.actor
    async with uploads.received(door.request, _shelf(door)) as upload:
        return await door.act(
            lambda conn: operations.store_file(conn, actor, upload),
            status=201,
        )


@get(
    "/v1/files/{file_id:uuid}",
    tags=["files"],
    operation_id="get_file",
    summary="下载文件 Download a file",
    media_type="application/octet-stream",
)
async def get_file(door: NamedDependency[Door], file_id: FromPath[UUID]) -> Download:
    """一律作为附件下载，浏览器不会把它显示成平台的页面。

    Always an attachment, so that no browser shows it as a page of the market.
    """
    async with db.lease(door.pool) as conn, db.look(conn, door.actor):
        file = await files.find(conn, door.actor, file_id)
    return Download(
        _shelf(door).path_of(file.sha256),
        filename=file.name,
        media_type=file.media_type,
        content_disposition_type="attachment",
        etag=ETag(value=file.sha256),
        headers={"X-Content-Type-Options": "nosniff"},
    )


def _shelf(door: Door) -> Shelf:
    return Shelf.of(door.request.app.state.settings)


ROUTES: Final = [store_file, get_file]
