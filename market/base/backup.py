"""Backup and restore: one tar file with the database, the uploaded files and a manifest.

The dump is taken before the files are read. A file is stored before the row that names it commits
and is never changed or deleted, so every file that the dump knows is there when it is copied.

A restore goes into an empty database and an empty files folder only. Its SQL and the opening of a
new epoch are one transaction: a restored cluster counts its transaction ids anew, and nobody may
ever see the rows without the epoch that tells old positions in the log from new ones.
"""

import asyncio
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Final
from urllib.parse import unquote, urlsplit

import asyncpg
import msgspec

import market
from market.base import migrations, postmaster
from market.base.settings import StartFault

FORMAT: Final = 1
FILES: Final = "files"
DUMP: Final = "database.dump"
MANIFEST: Final = "manifest.json"
CHUNK_BYTES: Final = 1024 * 1024

Progress = Callable[[str, str], None]
"""Called with what is being done, in Chinese and in English."""


class Entry(msgspec.Struct, frozen=True):
    name: str
    size_bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup holds; it is the last member of the tar file."""

    format: int
    market_version: str
    postgres_version: str
    migrations: list[str]
    made_at: datetime
    entries: list[Entry]


def quiet(zh: str, en: str) -> None:
    """Progress that is told to nobody."""


async def backup(
    owner_dsn: str, data_dir: Path, target: Path, *, progress: Progress = quiet
) -> Manifest:
    """Write the backup to `target`, which must not exist yet; it appears whole or not at all.

    Raises StartFault.
    """
    _require_absent(target)
    conn = await asyncpg.connect(owner_dsn)
    try:
        version = await conn.fetchval("SHOW server_version")
        names = await conn.fetch("SELECT name FROM schema_migration ORDER BY number")
    except asyncpg.UndefinedTableError:
        raise StartFault(
            "数据库是空的，没有可备份的内容。",
            "The database is empty; there is nothing to back up.",
        ) from None
    finally:
        await conn.close()
    applied = [row["name"] for row in names]
    return await asyncio.to_thread(
        _write, owner_dsn, data_dir, target, (version, applied), progress
    )


async def restore(
    owner_dsn: str,
    data_dir: Path,
    source: Path,
    *,
    urls: Iterable[str] = (),
    progress: Progress = quiet,
    verified: Manifest | None = None,
) -> Manifest:
    """Restore `source` into an empty database and files folder, and open a new epoch.

    `urls` give the application's roles their passwords, as in `migrations.migrate`. What an older
    program backed up is to be migrated afterwards. ``verified``: what `verify` found of it before.
    Raises StartFault and then has changed nothing.
    """
    manifest = verified or await verify(source, progress)
    conn = await asyncpg.connect(owner_dsn)
    try:
        await _require_empty(conn, data_dir / FILES)
        await migrations.ensure_roles(conn, urls)
    finally:
        await conn.close()
    await asyncio.to_thread(_read, owner_dsn, data_dir, source, progress)
    return manifest


async def verify(source: Path, progress: Progress = quiet) -> Manifest:
    """That a backup is whole and of this program, without a database. Raises StartFault."""
    return await asyncio.to_thread(_verify, source, progress)


# Writing


def _require_absent(target: Path) -> None:
    if target.exists():
        raise StartFault(
            f"{target} 已存在，备份不会覆盖它。请另取一个名称。",
            f"{target} exists, and a backup overwrites nothing. Choose another name.",
        )


def _write(
    owner_dsn: str,
    data_dir: Path,
    target: Path,
    found: tuple[str, list[str]],
    progress: Progress,
) -> Manifest:
    with _beside(target.parent) as workshop:
        progress("正在导出数据库……", "Dumping the database…")
        dump = workshop / DUMP
        # Rights on PostgreSQL's own functions are not the owner's: `ensure_roles` sets them.
        own = ("--role=market_owner", "--exclude-schema=pg_catalog")
        _run(owner_dsn, "pg_dump", "--format=custom", *own, f"--file={dump}")
        progress("正在收集文件……", "Collecting the files…")
        tar, version = workshop / target.name, found[0]
        with tarfile.open(tar, "w", format=tarfile.PAX_FORMAT) as archive:
            entries = [_add(archive, path, name) for path, name in _members(dump, data_dir)]
            manifest = Manifest(
                FORMAT, market.__version__, version, found[1], datetime.now(UTC), entries
            )
            _add_manifest(archive, manifest)
        _settle(tar, target)
    return manifest


def _members(dump: Path, data_dir: Path) -> Iterator[tuple[Path, str]]:
    yield dump, DUMP
    files = data_dir / FILES
    for path in sorted(files.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path, f"{FILES}/{path.relative_to(files).as_posix()}"


def _add(archive: tarfile.TarFile, path: Path, name: str) -> Entry:
    with path.open("rb") as file:
        member = archive.gettarinfo(arcname=name, fileobj=file)
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        hashing = _Hashing(file)
        archive.addfile(member, hashing)
    return Entry(name, member.size, hashing.sha256)


def _add_manifest(archive: tarfile.TarFile, manifest: Manifest) -> None:
    text = msgspec.json.format(msgspec.json.encode(manifest))
    member = tarfile.TarInfo(MANIFEST)
    member.size, member.mode = len(text), 0o600
    archive.addfile(member, io.BytesIO(text))


def _settle(made: Path, target: Path) -> None:
    """Give the finished file its name, so that a crash leaves either all of it or nothing."""
    made.chmod(0o600)  # It holds personal data.
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(target)


# Reading


def _verify(source: Path, progress: Progress) -> Manifest:
    """Compare every member with the manifest. Raises StartFault naming the first difference."""
    progress("正在核对备份……", "Verifying the backup…")
    try:
        with tarfile.open(source, "r:") as archive:
            members = [member for member in archive if member.name != MANIFEST]
            manifest = _manifest(archive)
            entries = [_entry(archive, member) for member in members]
    except FileNotFoundError:
        raise StartFault(f"没有找到备份 {source}。", f"There is no backup {source}.") from None
    except (tarfile.TarError, EOFError, KeyError, msgspec.MsgspecError) as error:
        raise _damaged(source, str(error)) from error
    _compare(source, manifest, entries)
    return manifest


def _manifest(archive: tarfile.TarFile) -> Manifest:
    return msgspec.json.decode(_content(archive, archive.getmember(MANIFEST)).read(), type=Manifest)


def _compare(source: Path, manifest: Manifest, entries: list[Entry]) -> None:
    if manifest.format != FORMAT:
        raise StartFault(
            f"备份格式为 {manifest.format}，此程序只认识 {FORMAT}。请使用较新的程序。",
            f"The backup has format {manifest.format}; this program knows {FORMAT}. Use the newer "
            "program.",
        )
    known = [file.name for file in migrations.found_files()]
    if manifest.migrations != known[: len(manifest.migrations)]:
        raise StartFault(
            "备份来自较新的或不同的程序，请用制作它的版本恢复。",
            "The backup was made by a newer or another program; restore it with that version.",
        )
    differing = {entry.name for entry in set(manifest.entries) ^ set(entries)}
    if differing:
        raise _damaged(source, ", ".join(sorted(differing)))


def _damaged(source: Path, what: str) -> StartFault:
    return StartFault(
        f"备份 {source} 已损坏或被改动（{what}），未作任何更改。请使用另一份备份。",
        f"The backup {source} is damaged or was changed ({what}); nothing was touched. Use "
        "another backup.",
    )


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    hashing = _Hashing(_content(archive, member))
    while hashing.read(CHUNK_BYTES):
        pass
    return Entry(member.name, member.size, hashing.sha256)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(member) if member.isreg() else None
    if content is None or not _stays_inside(member.name):
        raise tarfile.TarError(f"{member.name} is not a plain file of the backup")
    return content


def _stays_inside(name: str) -> bool:
    known = name in (DUMP, MANIFEST) or name.startswith(f"{FILES}/")
    return known and ".." not in PurePosixPath(name).parts


async def _require_empty(conn: migrations.Connection, files: Path) -> None:
    occupied = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')"
    )
    if occupied or await asyncio.to_thread(_has_content, files):
        raise StartFault(
            f"恢复只能进入空的数据库和空的文件夹（{files}）。请另建数据库，或另设 MARKET_DATA。",
            f"A restore goes into an empty database and an empty folder ({files}) only. Make "
            "another database, or set MARKET_DATA to another folder.",
        )


def _has_content(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _read(owner_dsn: str, data_dir: Path, source: Path, progress: Progress) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    with _beside(data_dir) as workshop:
        progress("正在取出文件……", "Unpacking the files…")
        with tarfile.open(source, "r:") as archive:
            for member in archive:
                _unpack(archive, member, workshop)
        (workshop / FILES).mkdir(mode=0o700, exist_ok=True)
        script = workshop / "restore.sql"
        _run("", "pg_restore", "--role=market_owner", f"--file={script}", str(workshop / DUMP))
        progress("正在恢复数据库……", "Restoring the database…")
        with suppress(FileNotFoundError):
            (data_dir / FILES).rmdir()
        (workshop / FILES).rename(data_dir / FILES)
        try:
            _play(owner_dsn, script)
        except BaseException:
            shutil.rmtree(data_dir / FILES)
            raise


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, workshop: Path) -> None:
    """Write one member; tarfile's own safe extraction is missing before Python 3.11.4."""
    path = workshop / member.name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("xb") as file:
        path.chmod(0o600)
        shutil.copyfileobj(_content(archive, member), file, CHUNK_BYTES)


def _play(owner_dsn: str, script: Path) -> None:
    """Rows and new epoch in one transaction."""
    once = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
    epoch = "--command=SELECT public.open_epoch()"
    _run(owner_dsn, "psql", *once, "--output=/dev/null", f"--file={script}", epoch)


# What both need


class _Hashing:
    """A file that keeps the SHA-256 of what was read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self._hash.update(content)
        return content

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A private folder on the same file system, so that a rename ends the work at one stroke."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".market-", dir=folder) as made:
        yield Path(made)


def _run(dsn: str, name: str, *words: str) -> None:
    """Run a bundled program on the database at `dsn`, whose password no process list may show."""
    parts = urlsplit(dsn)
    environ = dict(os.environ)
    if parts.password:
        environ["PGPASSWORD"] = unquote(parts.password)
        user, _, place = parts.netloc.rpartition("@")
        parts = parts._replace(netloc=f"{user.partition(':')[0]}@{place}")
    where = [f"--dbname={parts.geturl()}"] if dsn else []
    ended = subprocess.run(
        [str(postmaster.binary(name)), *where, *words],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if ended.returncode:
        raise StartFault(
            f"{name} 失败：{ended.stderr.strip()}", f"{name} failed: {ended.stderr.strip()}"
        )
