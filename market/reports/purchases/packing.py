"""A ZIP that is written while it is sent: entry by entry, the same bytes for the same input."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO, Final, TypeAlias
from zipfile import ZIP_DEFLATED, ZipFile

CHUNK_BYTES: Final = 65_536
# What an entry is made of: bytes, or a file that was opened before its entry begins.
Content: TypeAlias = "bytes | IO[bytes]"


class Digest:
    """What was packed into an entry: its size and its SHA-256."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self._hash = hashlib.sha256()

    def update(self, chunk: bytes) -> None:
        self.size_bytes += len(chunk)
        self._hash.update(chunk)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class Packer:
    """Entries go in, pieces of the ZIP come out. Names bear the date 1980-01-01, as without one."""

    def __init__(self) -> None:
        self._pieces = _Pieces()
        self._zip = ZipFile(self._pieces, "w", ZIP_DEFLATED, compresslevel=1)

    async def pack(self, path: str, content: Content, digest: Digest) -> AsyncIterator[bytes]:
        with self._zip.open(path, "w") as entry:
            async for chunk in _chunks(content):
                digest.update(chunk)
                entry.write(chunk)
                yield self._pieces.taken()
        yield self._pieces.taken()

    def end(self) -> bytes:
        """The directory, without which it is no ZIP."""
        self._zip.close()
        return self._pieces.taken()


class _Pieces(io.RawIOBase):
    """What was written since it was last taken; without a way back, so that nothing is kept."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: object) -> int:
        self._written.append(bytes(piece))  # type: ignore[call-overload]  # any buffer
        return len(self._written[-1])

    def taken(self) -> bytes:
        piece, self._written = b"".join(self._written), []
        return piece


def opened(path: Path) -> IO[bytes]:
    """Raises OSError when it is not there, before its entry has begun."""
    return path.open("rb")


async def _chunks(content: Content) -> AsyncIterator[bytes]:
    if isinstance(content, bytes):
        for chunk in _slices(content):
            yield chunk
        return
    with content:
        while chunk := await asyncio.to_thread(content.read, CHUNK_BYTES):
            yield chunk


def _slices(content: bytes) -> Iterator[bytes]:
    return (content[at : at + CHUNK_BYTES] for at in range(0, len(content), CHUNK_BYTES))
