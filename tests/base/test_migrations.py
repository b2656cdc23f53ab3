import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from market.base import migrations
from market.base.db import Connection
from market.base.embedded import Dsns
from market.base.settings import StartFault

FIRST = "CREATE TABLE thing (id integer PRIMARY KEY);\nGRANT SELECT ON thing TO market_app;\n"
SECOND = "ALTER TABLE thing ADD COLUMN name text;\n"


@pytest.fixture
async def empty_database(cluster: Callable[[str], Dsns], template: str) -> AsyncIterator[Dsns]:
    name = f"empty_{secrets.token_hex(4)}"
    conn = await asyncpg.connect(cluster("postgres").owner)
    await conn.execute(f"CREATE DATABASE {name}")
    yield cluster(name)
    await conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await conn.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_first.sql").write_text(FIRST)
    (tmp_path / "0002_second.sql").write_text(SECOND)
    (tmp_path / "README.md").write_text("not a migration")
    return tmp_path


async def value(dsn: str, sql: str) -> object:
    conn = await asyncpg.connect(dsn)
    try:
        return await conn.fetchval(sql)
    finally:
        await conn.close()


async def test_files_are_applied_in_order_once(empty_database: Dsns, folder: Path) -> None:
    owner = empty_database.owner
    assert await migrations.migrate(owner, folder=folder) == ["0001_first.sql", "0002_second.sql"]
    assert await migrations.migrate(owner, folder=folder) == []
    (folder / "0003_third.sql").write_text("CREATE VIEW things AS SELECT id FROM thing")
    assert await migrations.migrate(owner, folder=folder) == ["0003_third.sql"]


async def test_four_at_once_apply_each_file_once(empty_database: Dsns, folder: Path) -> None:
    runs = (migrations.migrate(empty_database.owner, folder=folder) for _ in range(4))
    applied = await asyncio.gather(*runs)
    assert sorted(applied) == [[], [], [], ["0001_first.sql", "0002_second.sql"]]


@pytest.mark.parametrize(
    ("name", "sql", "says"),
    [
        ("0001_first.sql", FIRST + "-- edited", "edited or renamed"),
        ("0002_second.sql", None, "lacks"),
        ("0001_first.sql", None, "lacks"),
    ],
)
async def test_an_applied_file_that_was_edited_or_lost_stops_everything(
    empty_database: Dsns, folder: Path, name: str, sql: str | None, says: str
) -> None:
    await migrations.migrate(empty_database.owner, folder=folder)
    (folder / name).unlink()
    if sql:
        (folder / name).write_text(sql)
    (folder / "0003_third.sql").write_text("CREATE TABLE third ()")
    with pytest.raises(StartFault, match=says) as caught:
        await migrations.migrate(empty_database.owner, folder=folder)
    assert name in caught.value.zh
    assert await value(empty_database.owner, "SELECT to_regclass('third')") is None


async def test_a_renamed_file_is_noticed(empty_database: Dsns, folder: Path) -> None:
    await migrations.migrate(empty_database.owner, folder=folder)
    (folder / "0002_second.sql").rename(folder / "0002_other.sql")
    with pytest.raises(StartFault, match="0002_second"):
        await migrations.migrate(empty_database.owner, folder=folder)


async def test_a_file_may_not_come_before_an_applied_one(
    empty_database: Dsns, folder: Path
) -> None:
    (folder / "0002_second.sql").rename(folder / "0005_fifth.sql")
    await migrations.migrate(empty_database.owner, folder=folder)
    (folder / "0004_late.sql").write_text("CREATE TABLE late ()")
    with pytest.raises(StartFault, match="higher number"):
        await migrations.migrate(empty_database.owner, folder=folder)


async def test_line_ends_of_another_system_are_no_edit(empty_database: Dsns, folder: Path) -> None:
    await migrations.migrate(empty_database.owner, folder=folder)
    (folder / "0001_first.sql").write_bytes(FIRST.replace("\n", "\r\n").encode())
    assert await migrations.migrate(empty_database.owner, folder=folder) == []


async def test_a_failing_file_changes_nothing_and_names_its_line(
    empty_database: Dsns, folder: Path
) -> None:
    (folder / "0002_second.sql").write_text("CREATE TABLE half ();\nCREATE TABLE thing (;\n")
    with pytest.raises(StartFault, match=r"0002_second\.sql, line 2"):
        await migrations.migrate(empty_database.owner, folder=folder)
    assert await value(empty_database.owner, "SELECT to_regclass('half')") is None
    assert await value(empty_database.owner, "SELECT count(*) FROM schema_migration") == 1


@pytest.mark.parametrize("name", ["0002_other.sql", "2_short.sql", "0003-dash.sql"])
async def test_a_doubled_number_or_a_wrong_name_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("")
    with pytest.raises(StartFault, match=name.replace(".", r"\.")):
        migrations.found_files(folder)


async def test_the_owner_owns_and_the_roles_are_as_agreed(
    empty_database: Dsns, folder: Path
) -> None:
    await migrations.migrate(empty_database.owner, folder=folder)
    conn = await asyncpg.connect(empty_database.owner)
    try:
        assert await conn.fetchval(
            "SELECT relowner::regrole::text FROM pg_class WHERE oid = 'thing'::regclass"
        ) == ("market_owner")
        found = await conn.fetch(
            "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles "
            "WHERE rolname LIKE 'market\\_%' ORDER BY rolname"
        )
        assert [tuple(row) for row in found] == [
            ("market_app", True, False, False, False),
            ("market_auditor", True, False, True, False),
            ("market_owner", False, False, False, False),
            ("market_worker", True, False, False, False),
        ]
    finally:
        await conn.close()
    assert await value(empty_database.worker, "SELECT count(*) FROM thing") == 0
    assert await value(empty_database.auditor, "SELECT count(*) FROM schema_migration") == 2
    for dsn in (empty_database.app, empty_database.worker, empty_database.auditor):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await value(dsn, "CREATE TABLE mine ()")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await value(empty_database.auditor, "DELETE FROM thing")


async def test_functions_are_executable_by_nobody_until_granted(
    empty_database: Dsns, folder: Path
) -> None:
    (folder / "0003_third.sql").write_text(
        "CREATE FUNCTION secret() RETURNS integer LANGUAGE sql AS 'SELECT 1'"
    )
    await migrations.migrate(empty_database.owner, folder=folder)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await value(empty_database.app, "SELECT secret()")


async def test_a_login_that_may_not_make_roles_is_told_what_to_do(
    empty_database: Dsns, folder: Path
) -> None:
    with pytest.raises(StartFault, match="superuser") as caught:
        await migrations.migrate(empty_database.app, folder=folder)
    assert "超级用户" in caught.value.zh


async def test_a_member_of_the_owner_may_migrate_once_the_roles_are_there(
    empty_database: Dsns, folder: Path
) -> None:
    await migrations.migrate(empty_database.owner, folder=folder)
    (folder / "0003_third.sql").write_text("ALTER TABLE thing ADD COLUMN size integer")
    conn = await asyncpg.connect(empty_database.owner)
    try:
        await conn.execute("CREATE ROLE deployer LOGIN PASSWORD 'x' IN ROLE market_owner")
        deployer = empty_database.app.replace("market_app", "deployer")
        if "TEST_DATABASE_URL" not in os.environ:
            assert await migrations.migrate(deployer, folder=folder) == ["0003_third.sql"]
    finally:
        await conn.execute("DROP ROLE deployer")
        await conn.close()


async def test_passwords_in_the_addresses_become_the_roles(
    empty_database: Dsns, folder: Path
) -> None:
    url = "postgresql://market_auditor:it's%20%24ecret@/market"
    hashed = "SELECT rolpassword FROM pg_authid WHERE rolname = 'market_auditor'"
    before = await value(empty_database.owner, hashed)
    if before is not None:
        pytest.skip("this server's roles have the passwords of this run")
    await migrations.migrate(empty_database.owner, [url], folder=folder)
    assert str(await value(empty_database.owner, hashed)).startswith("SCRAM-SHA-256$")
    await value(empty_database.owner, "ALTER ROLE market_auditor PASSWORD NULL")


async def test_pending_names_what_the_database_has_not_seen(
    empty_database: Dsns, conn: Connection
) -> None:
    assert await migrations.pending(conn) == []
    owner = await asyncpg.connect(empty_database.owner)
    try:
        assert await migrations.pending(owner) == [f.name for f in migrations.found_files()]
    finally:
        await owner.close()


async def test_subscriptions_become_what_the_program_says(
    fresh_database: Callable[[], Awaitable[Dsns]],
) -> None:
    dsns = await fresh_database()
    table = "SELECT string_agg(event_name || '>' || job, ' ' ORDER BY 1) FROM event_subscription"
    for wanted, found in [
        ({"invoice.issued": ["mail.tell", "cards.count"]}, 2),
        ({"invoice.issued": ["mail.tell"], "invoice.voided": ["mail.tell"]}, 2),
        (None, 2),
        ({}, 0),
    ]:
        await migrations.migrate(dsns.owner, subscriptions=wanted)
        kept = await value(dsns.owner, table)
        assert len(str(kept or "").split()) == found


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TEMPORARY TABLE mine (id integer)",
        "CREATE TABLE mine (id integer)",
        "CREATE SCHEMA mine",
    ],
)
async def test_the_application_makes_nothing_of_its_own(
    empty_database: Dsns, folder: Path, sql: str
) -> None:
    await migrations.migrate(
        empty_database.owner,
        (empty_database.app, empty_database.worker, empty_database.auditor),
        folder=folder,
    )
    for dsn in (empty_database.app, empty_database.worker, empty_database.auditor):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await value(dsn, sql)
