"""The one file of a multipart form, streamed from the request into the shelf.

The framework's own form reader would first put the whole body aside, whatever its size.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final

from litestar import Request
from litestar.datastructures import State
from litestar.utils.scope.state import ScopeState
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
)

from market.base import files
from market.base.errors import Malformed, MarketError, WrongMediaType
from market.base.files import Shelf, Upload

FORM: Final = "multipart/form-data"
PART: Final = "file"
# Boundaries and headers of the one part, beside the file's own bytes.
FRAME_BYTES: Final = 16_384
MOST_DRAINED_BYTES: Final = 256 * 1024 * 1024


class FilePartMissing(Malformed):
    """The form is not one part named "file" with a file's name."""

    code = "file_part_missing"
    zh = "请以 multipart/form-data 上传，表单中只放一个名为 file 的部分，并带文件名。"
    en = "Send multipart/form-data with a single part named file that carries the file's name."


@asynccontextmanager
async def received(request: Request[Any, Any, State], shelf: Shelf) -> AsyncIterator[Upload]:
    """The upload of a request, checked; its bytes are gone at the end unless they were stored.

    Raises WrongMediaType, FilePartMissing, and all that ``files.receive`` refuses. The handler
    sets ``request_max_body_size=None``: the shelf's limit stops the stream.
    """
    stream = request.stream()
    try:
        _refuse_announced_excess(request, shelf)
        async with aclosing(_file_part(stream, _boundary(request))) as part:
            name = await anext(part, None)
            if not isinstance(name, str):
                raise FilePartMissing
            async with files.receive(shelf, name, _bytes_of(part)) as upload:
                _remember(request, upload)
                yield upload
    except MarketError:
        await _drain(stream)
        raise


async def _drain(stream: AsyncIterator[bytes]) -> None:
    """Let the sender finish: whoever is cut off while sending never reads why he was refused."""
    left = MOST_DRAINED_BYTES
    async for chunk in stream:
        left -= len(chunk)
        if left < 0:
            return


def _remember(request: Request[Any, Any, State], upload: Upload) -> None:
    """The stream is gone; what remains of the body is what a keyed repeat is compared by."""
    content = f"{upload.name}\n{upload.sha256}".encode()
    ScopeState.from_scope(request.scope).body = content


def _boundary(request: Request[Any, Any, State]) -> str:
    media_type, options = request.content_type
    if media_type != FORM:
        raise WrongMediaType(expected=FORM)
    if not options.get("boundary"):
        raise FilePartMissing
    return options["boundary"]


def _refuse_announced_excess(request: Request[Any, Any, State], shelf: Shelf) -> None:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > shelf.limit_bytes + FRAME_BYTES:
        raise files.FileTooLarge(limit_mib=files.in_mib(shelf.limit_bytes))


async def _file_part(
    stream: AsyncIterator[bytes], boundary: str
) -> AsyncGenerator[str | bytes, None]:
    """The file's name, then its bytes; the form must end after it."""
    try:
        with PushMultipartParser(boundary, max_segment_count=1, strict=True) as parser:
            async for chunk in stream:
                for found in parser.parse(chunk) if chunk else ():
                    if isinstance(found, MultipartSegment):
                        yield _name_of(found)
                    elif found:
                        yield bytes(found)
    except MultipartError as broken:
        raise FilePartMissing from broken


def _name_of(segment: MultipartSegment) -> str:
    if segment.name != PART or not segment.filename:
        raise FilePartMissing
    return str(segment.filename)


async def _bytes_of(part: AsyncGenerator[str | bytes, None]) -> AsyncIterator[bytes]:
    async for chunk in part:
        assert isinstance(chunk, bytes)
        yield chunk
