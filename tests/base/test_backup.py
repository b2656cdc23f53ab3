import io
import secrets
import shutil
import stat
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest

from market.base import backup
from market.base.embedded import Dsns
from market.base.settings import StartFault


class Made(NamedTuple):
    dsns: Dsns
    data: Path
    backup: Path


@pytest.fixture(scope="module")
async def made(
    clone: Callable[[], AbstractAsyncContextManager[Dsns]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Made]:
    """A database with a trace in it, an uploaded file, and their backup."""
    folder = tmp_path_factory.mktemp("made")
    data, target = folder / "data", folder / "kept" / "market.tar"
    (data / "files" / "ab").mkdir(parents=True)
    (data / "files" / "ab" / "合同.pdf").write_bytes(b"%PDF-1.7 signed")
    async with clone() as dsns:
        await execute(
            dsns.owner,
            "SET ROLE market_owner; CREATE TABLE trace (word text); "
            "INSERT INTO trace VALUES ('甲')",
        )
        await backup.backup(dsns.owner, data, target)
        yield Made(dsns, data, target)


@pytest.fixture
def copied(made: Made, tmp_path: Path) -> Path:
    """The backup, to be damaged."""
    return Path(shutil.copy(made.backup, tmp_path / "copied.tar"))


@pytest.fixture(scope="module")
async def untouched(cluster: Callable[[str], Dsns], template: str) -> AsyncIterator[Dsns]:
    """An empty database that refused restores leave empty."""
    async with empty(cluster) as dsns:
        yield dsns
        assert await value(dsns.owner, "SELECT to_regclass('trace')") is None


@pytest.fixture
async def empty_database(cluster: Callable[[str], Dsns], template: str) -> AsyncIterator[Dsns]:
    async with empty(cluster) as dsns:
        yield dsns


@asynccontextmanager
async def empty(cluster: Callable[[str], Dsns]) -> AsyncIterator[Dsns]:
    name = f"empty_{secrets.token_hex(4)}"
    await execute(cluster("postgres").owner, f"CREATE DATABASE {name}")
    yield cluster(name)
    await execute(cluster("postgres").owner, f"DROP DATABASE {name} WITH (FORCE)")


async def execute(dsn: str, sql: str) -> None:
    conn = await asyncpg.connect(dsn)
    try:
        await conn.execute(sql)
    finally:
        await conn.close()


async def value(dsn: str, sql: str) -> object:
    conn = await asyncpg.connect(dsn)
    try:
        return await conn.fetchval(sql)
    finally:
        await conn.close()


def rewrite(source: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """Write a tar file anew, each member changed or (None) left out."""
    content = {}
    with tarfile.open(source) as archive:
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None
            content[member.name] = change(member.name, file.read())
    with tarfile.open(source, "w") as archive:
        for name, text in content.items():
            if text is not None:
                member = tarfile.TarInfo(name)
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text))


def truncate(source: Path) -> None:
    source.write_bytes(source.read_bytes()[:5000])


async def test_a_restore_brings_back_rows_files_and_rights_and_opens_an_epoch(
    made: Made, empty_database: Dsns, tmp_path: Path
) -> None:
    told: list[str] = []
    await backup.restore(
        empty_database.owner,
        tmp_path / "new",
        made.backup,
        progress=lambda zh, en: told.extend((zh, en)),
    )
    assert await value(empty_database.auditor, "SELECT word FROM trace") == "甲"
    for count in ("schema_migration", "legal_move", "policy"):
        sql = f"SELECT count(*) FROM {count}"
        assert await value(empty_database.owner, sql) == await value(made.dsns.owner, sql)
    assert await value(empty_database.app, "SELECT current_epoch()") == (
        int(str(await value(made.dsns.app, "SELECT current_epoch()"))) + 1
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await value(empty_database.app, "SELECT word FROM trace")
    assert (tmp_path / "new" / "files" / "ab" / "合同.pdf").read_bytes() == b"%PDF-1.7 signed"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["files"]
    assert "Restoring the database…" in told


async def test_a_backup_is_private_and_overwrites_nothing(made: Made) -> None:
    assert stat.S_IMODE(made.backup.stat().st_mode) == 0o600
    assert [path.name for path in made.backup.parent.iterdir()] == ["market.tar"]
    with pytest.raises(StartFault, match="overwrites nothing"):
        await backup.backup(made.dsns.owner, made.data, made.backup)


async def test_a_restore_into_a_used_database_is_refused(made: Made, tmp_path: Path) -> None:
    with pytest.raises(StartFault, match="empty") as caught:
        await backup.restore(made.dsns.owner, tmp_path / "new", made.backup)
    assert "空的数据库" in caught.value.zh
    assert not (tmp_path / "new").exists()


async def test_a_restore_over_uploaded_files_is_refused(made: Made, untouched: Dsns) -> None:
    with pytest.raises(StartFault, match="empty"):
        await backup.restore(untouched.owner, made.data, made.backup)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda name, text: text + b" " if name.startswith("files/") else text, "合同.pdf"),
        (lambda name, text: None if name.startswith("files/") else text, "合同.pdf"),
        (lambda name, text: text[:-1] if name == "database.dump" else text, "database.dump"),
        (lambda name, text: None if name == "manifest.json" else text, "manifest.json"),
        (lambda name, text: text.replace(b'"format": 1', b'"format": 2'), "format 2"),
        (lambda name, text: text.replace(b"0001_base", b"0001_vase"), "another program"),
    ],
)
async def test_a_changed_backup_is_refused_before_anything_is_touched(
    copied: Path,
    untouched: Dsns,
    tmp_path: Path,
    change: Callable[[str, bytes], bytes | None],
    says: str,
) -> None:
    rewrite(copied, change)
    with pytest.raises(StartFault, match=says):
        await backup.restore(untouched.owner, tmp_path / "new", copied)
    assert not (tmp_path / "new").exists()


async def test_a_member_that_would_leave_the_folder_is_refused(
    copied: Path, untouched: Dsns, tmp_path: Path
) -> None:
    with tarfile.open(copied, "a") as archive:
        archive.addfile(tarfile.TarInfo("files/../../stray"))
    with pytest.raises(StartFault, match="stray"):
        await backup.restore(untouched.owner, tmp_path / "new", copied)


async def test_a_truncated_file_and_no_file_are_refused(
    copied: Path, untouched: Dsns, tmp_path: Path
) -> None:
    truncate(copied)
    with pytest.raises(StartFault, match="damaged"):
        await backup.restore(untouched.owner, tmp_path, copied)
    with pytest.raises(StartFault, match="no backup"):
        await backup.restore(untouched.owner, tmp_path, tmp_path / "absent.tar")


async def test_a_restore_that_fails_leaves_neither_rows_nor_files(
    made: Made,
    fresh_database: Callable[[], Awaitable[Dsns]],
    empty_database: Dsns,
    tmp_path: Path,
) -> None:
    broken, target = await fresh_database(), tmp_path / "broken.tar"
    await execute(broken.owner, "DROP FUNCTION open_epoch()")
    await backup.backup(broken.owner, made.data, target)
    with pytest.raises(StartFault, match="open_epoch"):
        await backup.restore(empty_database.owner, tmp_path / "new", target)
    assert await value(empty_database.owner, "SELECT to_regclass('policy')") is None
    assert list((tmp_path / "new").iterdir()) == []


async def test_an_empty_database_has_nothing_to_back_up(
    empty_database: Dsns, tmp_path: Path
) -> None:
    with pytest.raises(StartFault, match="nothing to back up"):
        await backup.backup(empty_database.owner, tmp_path, tmp_path / "market.tar")
