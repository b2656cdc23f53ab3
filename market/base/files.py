"""Uploaded files: bytes in a folder outside the web root, under their SHA-256; rows say who reads.

``receive`` takes the bytes in and checks them while no transaction is open; ``store`` then keeps
them within the act that needs them. An organisation reads a file when it is listed as its reader.
"""

import asyncio
import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Final, Self
from uuid import UUID

import msgspec

from market.base import events, file_types, policies
from market.base.access import Actor, Role
from market.base.db import Connection, columns, one
from market.base.errors import Conflict, Forbidden, Invalid, TooLarge, TooMany
from market.base.file_types import MediaType
from market.base.settings import Settings

LONGEST_NAME: Final = 200


MIB: Final = 1024 * 1024


def in_mib(size_bytes: int) -> str:
    """As people read a size: three digits at most."""
    return f"{size_bytes / MIB:.3g}"


class FileTooLarge(TooLarge):
    """An upload over the limit of the settings."""

    code = "file_too_large"
    zh = "文件超过 {limit_mib} MiB 的上限。请压缩或拆分后重新上传。"
    en = "The file is over the limit of {limit_mib} MiB. Compress or split it and try again."


class FileEmpty(Invalid):
    """An upload without a single byte."""

    code = "file_empty"
    zh = "文件“{name}”是空的。请检查后重新上传。"
    en = "'{name}' is empty. Check it and send it again."


class FileNameUnusable(Invalid):
    """Nothing is left of the name once paths and invisible characters are taken away."""

    code = "file_name_unusable"
    zh = "文件名不可用。请用普通文字命名，并带扩展名，例如“检测报告.pdf”。"
    en = "The file's name cannot be used. Give it a plain name with an ending, such as report.pdf."


class NoReader(Forbidden):
    """A file belongs to an organisation, so its sender must act for one."""

    code = "file_needs_organisation"
    zh = "上传文件须代表一个单位。请先选择所代表的单位。"
    en = "Files belong to an organisation. Choose the one you act for, then send the file."


class StorageFull(Conflict):
    """What one organisation fills, the others cannot use."""

    code = "storage_full"
    zh = "本单位上传的文件已达 {limit_mib} MiB 的上限。请联系管理员提高上限后再上传。"
    en = "Your organisation has used up its {limit_mib} MiB. Ask an administrator to raise them."


class DailyUploadsSpent(TooMany):
    """Nobody works through so many by hand."""

    code = "daily_uploads_spent"
    zh = "您今天上传的文件已达上限。请在 {retry_after_seconds} 秒后（次日）再上传。"
    en = "You have uploaded as much as one may a day. Go on tomorrow, in {retry_after_seconds} s."


class Usage(msgspec.Struct, frozen=True):
    """What the organisation has uploaded until now, and its person today."""

    today: date
    organisation_bytes: int
    person_day_bytes: int
    person_day_files: int
    day_ends_in_seconds: int


class Shelf(msgspec.Struct, frozen=True):
    """Where the bytes lie, how many a file may have, and how its type is found or refused."""

    folder: Path
    limit_bytes: int
    type_of: Callable[[Path, str], MediaType] = file_types.type_of

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.data / "files", settings.upload_limit_bytes)

    @classmethod
    def for_statements(cls, settings: Settings, type_of: Callable[[Path, str], MediaType]) -> Self:
        """A bank's file of a hundred thousand lines is larger than any paper."""
        return cls(settings.data / "files", settings.statement_limit_bytes, type_of)

    def path_of(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256


class Upload(msgspec.Struct, frozen=True):
    """A file taken in and checked, not yet kept: ``path`` is gone when its ``receive`` ends."""

    shelf: Shelf
    path: Path
    name: str
    media_type: MediaType
    size_bytes: int
    sha256: str


class File(msgspec.Struct, frozen=True):
    """A kept file; ``sha256`` in hexadecimal, as sha256sum prints it."""

    id: UUID
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    uploaded_by: UUID
    created_at: datetime

    @property
    def version(self) -> int:
        """A file never changes."""
        return 1


@asynccontextmanager
async def receive(shelf: Shelf, name: str, chunks: AsyncIterable[bytes]) -> AsyncIterator[Upload]:
    """Take an upload in, chunk by chunk, and check its name, size and content.

    Raises FileNameUnusable, FileTooLarge (as soon as the limit is passed), FileEmpty,
    and what the shelf refuses: FileTypeRefused, FileNameMisleads, FileDamaged.
    """
    cleaned = clean_name(name)
    target = await asyncio.to_thread(_temporary, shelf)
    path = Path(target.name)
    try:
        size_bytes, sha256 = await _write(target, chunks, shelf.limit_bytes)
        if size_bytes == 0:
            raise FileEmpty(name=cleaned)
        media_type = await asyncio.to_thread(shelf.type_of, path, cleaned)
        yield Upload(shelf, path, cleaned, media_type, size_bytes, sha256)
    finally:
        _discard(target)


async def store(
    conn: Connection, actor: Actor, upload: Upload, *, for_roles: Iterable[Role] = ()
) -> File:
    """Keep a received file; the acting organisation is its first reader.

    With ``for_roles`` it is read in these roles only. The bytes reach their place before the row:
    a crash between leaves bytes that nobody knows, never a row without bytes.

    Raises NoReader, StorageFull, DailyUploadsSpent.
    """
    if actor.organisation_id is None:
        raise NoReader
    await _check_quota(conn, actor, upload)
    await asyncio.to_thread(_shelve, upload)
    record = await conn.fetchrow(
        """WITH kept AS (
               SELECT uuidv7() AS id, market_now() AS created_at
           ), row AS (
               INSERT INTO file (id, sha256, size_bytes, media_type, name, uploaded_by,
                                 organisation_id, for_roles, created_at)
               SELECT id, decode($1, 'hex'), $2, $3, $4, $5, $6, $7, created_at FROM kept
           ), reader AS (
               INSERT INTO file_reader (file_id, organisation_id) SELECT id, $6 FROM kept
           )
           SELECT id, $4::text, $3::text, $2::bigint, $1::text, $5::uuid, created_at FROM kept""",
        upload.sha256,
        upload.size_bytes,
        upload.media_type.value,
        upload.name,
        actor.person_id,
        actor.organisation_id,
        sorted(for_roles) or None,
    )
    kept = one(File, record)
    await events.record(conn, actor, "file.stored", about=kept)
    return kept


async def _check_quota(conn: Connection, actor: Actor, upload: Upload) -> None:
    """Two uploads at once may both pass: the limits keep order, they are no wall."""
    record = await conn.fetchrow(f"SELECT {columns(Usage)} FROM upload_usage()")
    used = one(Usage, record)
    limits = await policies.current(
        conn, "files.quota", on=used.today, unit_id=actor.organisation_id
    )
    most = limits.body["organisation_bytes"]
    if used.organisation_bytes + upload.size_bytes > most:
        raise StorageFull(limit_mib=in_mib(most))
    if (
        used.person_day_bytes + upload.size_bytes > limits.body["person_day_bytes"]
        or used.person_day_files >= limits.body["person_day_files"]
    ):
        raise DailyUploadsSpent(retry_after_seconds=used.day_ends_in_seconds)


async def share(conn: Connection, file_id: UUID, organisations: Iterable[UUID]) -> None:
    """Let more organisations read a file; those that read it already stay readers."""
    await conn.execute(
        """INSERT INTO file_reader (file_id, organisation_id)
           SELECT $1, organisation_id FROM unnest($2::uuid[]) AS organisation_id
           ON CONFLICT DO NOTHING""",
        file_id,
        list(organisations),
    )


async def find(conn: Connection, actor: Actor, file_id: UUID) -> File:
    """A file that the actor's organisations read, in his roles; NotFound to all others."""
    record = await conn.fetchrow(
        """SELECT f.id, f.name, f.media_type, f.size_bytes, encode(f.sha256, 'hex'),
                  f.uploaded_by, f.created_at
           FROM file f
           WHERE f.id = $1 AND ($2::uuid[] IS NULL OR EXISTS (
               SELECT FROM file_reader r WHERE r.file_id = f.id AND r.organisation_id = ANY ($2))
               AND (f.for_roles IS NULL OR f.for_roles && $3))
        """,
        file_id,
        actor.visible,
        sorted(actor.roles),
    )
    return one(File, record)


def clean_name(name: str) -> str:
    """The last part of a path, composed, without controls and invisible characters.

    An override of the writing direction, which shows fdp.exe as exe.pdf, is one of those.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(" " if c.isspace() else c for c in last if c.isprintable() or c.isspace())
    words = " ".join(seen.split()).strip(". ")
    ending = PurePosixPath(words).suffix
    stem = words.removesuffix(ending)[: LONGEST_NAME - len(ending)].rstrip()
    if not stem or len(ending) > LONGEST_NAME // 2:
        raise FileNameUnusable
    return stem + ending


def _temporary(shelf: Shelf) -> IO[bytes]:
    incoming = shelf.folder / "incoming"
    incoming.mkdir(mode=0o750, parents=True, exist_ok=True)
    return tempfile.NamedTemporaryFile(dir=incoming, delete=False)


def _discard(target: IO[bytes]) -> None:
    target.close()
    Path(target.name).unlink()


async def _write(
    target: IO[bytes], chunks: AsyncIterable[bytes], limit_bytes: int
) -> tuple[int, str]:
    """Write all chunks durably; the size and the SHA-256 of what was written."""
    digest, size_bytes = hashlib.sha256(), 0
    async for chunk in chunks:
        size_bytes += len(chunk)
        if size_bytes > limit_bytes:
            raise FileTooLarge(limit_mib=in_mib(limit_bytes))
        digest.update(chunk)
        await asyncio.to_thread(target.write, chunk)
    await asyncio.to_thread(_flush, target)
    return size_bytes, digest.hexdigest()


def _flush(target: IO[bytes]) -> None:
    target.flush()
    os.fsync(target.fileno())


def _shelve(upload: Upload) -> None:
    """Link the bytes under their hash, in the place of what is not them any more.

    A second time, and for equal content, it does nothing.
    """
    place = upload.shelf.path_of(upload.sha256)
    place.parent.mkdir(mode=0o750, exist_ok=True)
    if _holds(place, upload.sha256):
        return
    fresh = upload.path.with_suffix(".link")
    os.link(upload.path, fresh)
    fresh.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _holds(place: Path, sha256: str) -> bool:
    """Whether the bytes lie there, readable and whole."""
    try:
        with place.open("rb") as kept:
            return hashlib.file_digest(kept, "sha256").hexdigest() == sha256
    except OSError:
        return False
