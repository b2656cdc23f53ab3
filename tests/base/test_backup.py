import io
import secrets
import stat
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable
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


@pytest.fixture
async def made(fresh_database: Callable[[], Awaitable[Dsns]], tmp_path: Path) -> Made:
    """A database with a trace in it, an uploaded file, and their backup."""
    dsns, data, target = await fresh_database(), tmp_path / "data", tmp_path / "kept" / "market.tar"
    (data / "files" / "ab").mkdir(parents=True)
    (data / "files" / "ab" / "合同.pdf").write_bytes(b"%PDF-1.7 signed")
    await execute(
        dsns.owner,
        "SET ROLE market_owner; CREATE TABLE trace (word text); INSERT INTO trace VALUES ('甲')",
    )
    await backup.backup(dsns.owner, data, target)
    return Made(dsns, data, target)


@pytest.fixture
async def empty_database(cluster: Callable[[str], Dsns]) -> AsyncIterator[Dsns]:
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


async def test_a_restore_over_uploaded_files_is_refused(made: Made, empty_database: Dsns) -> None:
    with pytest.raises(StartFault, match="empty"):
        await backup.restore(empty_database.owner, made.data, made.backup)
    assert await value(empty_database.owner, "SELECT to_regclass('trace')") is None


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
    made: Made,
    empty_database: Dsns,
    tmp_path: Path,
    change: Callable[[str, bytes], bytes | None],
    says: str,
) -> None:
    rewrite(made.backup, change)
    with pytest.raises(StartFault, match=says):
        await backup.restore(empty_database.owner, tmp_path / "new", made.backup)
    assert await value(empty_database.owner, "SELECT to_regclass('trace')") is None
    assert not (tmp_path / "new").exists()


async def test_a_member_that_would_leave_the_folder_is_refused(
    made: Made, empty_database: Dsns, tmp_path: Path
) -> None:
    with tarfile.open(made.backup, "a") as archive:
        archive.addfile(tarfile.TarInfo("files/../../stray"))
    with pytest.raises(StartFault, match="stray"):
        await backup.restore(empty_database.owner, tmp_path / "new", made.backup)


async def test_a_truncated_file_and_no_file_are_refused(made: Made, empty_database: Dsns) -> None:
    made.backup.write_bytes(made.backup.read_bytes()[:5000])
    with pytest.raises(StartFault, match="damaged"):
        await backup.restore(empty_database.owner, made.data, made.backup)
    made.backup.unlink()
    with pytest.raises(StartFault, match="no backup"):
        await backup.restore(empty_database.owner, made.data, made.backup)


async def test_a_restore_that_fails_leaves_neither_rows_nor_files(
    made: Made, empty_database: Dsns, tmp_path: Path
) -> None:
    await execute(made.dsns.owner, "DROP FUNCTION open_epoch()")
    target = made.backup.with_name("broken.tar")
    await backup.backup(made.dsns.owner, made.data, target)
    with pytest.raises(StartFault, match="open_epoch"):
        await backup.restore(empty_database.owner, tmp_path / "new", target)
    assert await value(empty_database.owner, "SELECT to_regclass('trace')") is None
    assert list((tmp_path / "new").iterdir()) == []


async def test_an_empty_database_has_nothing_to_back_up(
    empty_database: Dsns, tmp_path: Path
) -> None:
    with pytest.raises(StartFault, match="nothing to back up"):
        await backup.backup(empty_database.owner, tmp_path, tmp_path / "market.tar")
