"""What reaches the shelf: name, size, content; and the one file of a form."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar, Request, Response, post
from litestar.datastructures import State

from market.base import files, uploads
from market.base.errors import MarketError, WrongMediaType
from market.base.file_types import FileTypeRefused, MediaType
from market.base.files import FileEmpty, FileNameUnusable, FileTooLarge, Shelf, Upload

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "files", limit_bytes=1000)


async def chunks_of(content: bytes, size: int = 7) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def received(shelf: Shelf, name: str, content: bytes) -> Upload:
    async with files.receive(shelf, name, chunks_of(content)) as upload:
        assert upload.path.read_bytes() == content
        return upload


async def test_an_upload_carries_its_type_size_and_hash(shelf: Shelf) -> None:
    upload = await received(shelf, "报告.pdf", PDF)
    assert (upload.name, upload.media_type, upload.size_bytes, upload.sha256) == (
        "报告.pdf",
        MediaType.PDF,
        len(PDF),
        hashlib.sha256(PDF).hexdigest(),
    )


async def test_an_upload_that_nobody_stores_leaves_nothing_behind(shelf: Shelf) -> None:
    upload = await received(shelf, "报告.pdf", PDF)
    assert not upload.path.exists()
    assert list((shelf.folder / "incoming").iterdir()) == []


async def test_an_empty_file_is_refused(shelf: Shelf) -> None:
    with pytest.raises(FileEmpty):
        await received(shelf, "报告.pdf", b"")


async def test_the_stream_is_left_as_soon_as_the_limit_is_passed(shelf: Shelf) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 100
            yield b"a" * 100

    with pytest.raises(FileTooLarge):
        async with files.receive(shelf, "a.txt", endless()):
            pass
    assert taken == 1100
    assert list((shelf.folder / "incoming").iterdir()) == []


async def test_a_program_named_pdf_is_refused(shelf: Shelf) -> None:
    with pytest.raises(FileTypeRefused):
        await received(shelf, "报告.pdf", b"MZ\x90\x00" + b"\x00" * 100)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/报告.pdf", "报告.pdf"),
        ("C:\\Users\\甲\\报告.pdf", "报告.pdf"),
        ("报\x00告\r\n.pdf", "报告.pdf"),
        ("\u202efdp.报告.pdf", "fdp.报告.pdf"),
        ("  检测   报告.pdf ", "检测 报告.pdf"),
        (".hidden.pdf", "hidden.pdf"),
        ("e\u0301tude.pdf", "\u00e9tude.pdf"),
        ("长" * 500 + ".pdf", "长" * 196 + ".pdf"),
    ],
)
def test_a_name_keeps_its_words_and_loses_its_paths(sent: str, kept: str) -> None:
    assert files.clean_name(sent) == kept


@pytest.mark.parametrize("name", ["", "..", "../", "///", "\u202e", "a." + "b" * 300, " . "])
def test_a_name_without_words_is_refused(name: str) -> None:
    with pytest.raises(FileNameUnusable):
        files.clean_name(name)


def form(name: str, content: bytes, part: str = "file") -> dict[str, Any]:
    return {"files": {part: (name, content)}}


async def answer_to(shelf: Shelf, **request: Any) -> str:
    """What a small application answers with: name and size, or the code of its refusal."""

    @post("/", request_max_body_size=None, status_code=200)
    async def take(request: Request[Any, Any, State]) -> Response[bytes]:
        try:
            async with uploads.received(request, shelf) as upload:
                answer = f"{upload.name} {upload.size_bytes}"
                assert await request.body() == f"{upload.name}\n{upload.sha256}".encode()
                return Response(answer.encode())
        except MarketError as refusal:
            return Response(refusal.code.encode())

    transport = httpx.ASGITransport(app=Litestar([take], openapi_config=None))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://market") as client:
        response = await client.post("/", **request)
    return response.text


async def test_the_one_file_of_a_form_is_taken(shelf: Shelf) -> None:
    assert await answer_to(shelf, **form("报告.pdf", PDF)) == f"报告.pdf {len(PDF)}"


@pytest.mark.parametrize(
    "request_",
    [
        form("报告.pdf", PDF, part="photo"),
        {"files": [("file", ("a.pdf", PDF)), ("file", ("b.pdf", PDF))]},
        {"files": {"file": (None, PDF)}},
        {"content": b"", "headers": {"content-type": "multipart/form-data; boundary=b"}},
        {"content": b"--b--\r\n", "headers": {"content-type": "multipart/form-data; boundary=b"}},
        {"content": b"noise", "headers": {"content-type": "multipart/form-data; boundary=b"}},
        {"content": b"--b\r\n\r\n", "headers": {"content-type": "multipart/form-data"}},
        {
            "content": b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"'
            b"\r\n\r\ncut off",
            "headers": {"content-type": "multipart/form-data; boundary=b"},
        },
    ],
)
async def test_any_other_form_is_refused(shelf: Shelf, request_: dict[str, Any]) -> None:
    assert await answer_to(shelf, **request_) == uploads.FilePartMissing.code


async def test_another_content_type_is_refused(shelf: Shelf) -> None:
    assert await answer_to(shelf, json={"file": "a"}) == WrongMediaType.code


async def test_a_large_file_is_refused_announced_or_not(shelf: Shelf) -> None:
    large = form("a.txt", b"a" * 100_000)
    assert await answer_to(shelf, **large) == FileTooLarge.code

    async def unannounced() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(20):
            yield b"a" * 100

    sent = {"content-type": "multipart/form-data; boundary=b"}
    assert await answer_to(shelf, content=unannounced(), headers=sent) == FileTooLarge.code
