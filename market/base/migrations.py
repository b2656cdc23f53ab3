"""The database's shape: numbered SQL files, applied once each, in order, forward only.

The runner is ours because none of those tried holds both an advisory lock (several processes may
start at once) and a check that no applied file was edited or lost. Each file runs in its own
transaction as market_owner. Before the files it makes the roles of the application.
"""

import hashlib
import itertools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import unquote, urlsplit

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from market.base import indexes
from market.base.settings import StartFault

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Subscriptions = Mapping[str, Iterable[str]]

LOCK: Final = 7_275_738_101  # The advisory lock of all who migrate this database.
OLDEST_MAJOR: Final = 18
PACKAGED: Final = Path(__file__).parent.parent / "_migrations"
IN_REPOSITORY: Final = Path(__file__).parents[2] / "migrations"
FILE_NAME: Final = re.compile(r"([0-9]{4})_[a-z0-9_]+\.sql")
LOGINS: Final = ("market_app", "market_worker", "market_auditor")


class Migration(NamedTuple):
    number: int
    name: str
    sha256: str
    sql: str


async def migrate(
    owner_dsn: str,
    urls: Iterable[str] = (),
    *,
    subscriptions: Subscriptions | None = None,
    folder: Path | None = None,
) -> list[str]:
    """Bring the database to this program's shape; returns the names of the files applied.

    `urls` are the addresses of the application's roles: the password in one becomes the role's.
    Raises StartFault, having applied what stood before the fault.
    """
    files = found_files(folder)
    conn = await asyncpg.connect(owner_dsn, server_settings={"search_path": "public"})
    try:
        await conn.execute("SELECT pg_advisory_lock($1)", LOCK)
        await ensure_roles(conn, urls)
        await conn.execute("SET ROLE market_owner")
        # First, as they were: a migration may change or drop an index that a killed import left.
        await indexes.make_what_was_left(conn)
        applied = await _apply_missing(conn, files)
        await sync_subscriptions(conn, subscriptions)
        return applied
    finally:
        await conn.close()


async def pending(conn: Connection) -> list[str]:
    """The names of this program's files that the database has not seen."""
    try:
        known = {row["name"] for row in await conn.fetch("SELECT name FROM schema_migration")}
    except asyncpg.UndefinedTableError:
        known = set()
    return [name for name in _names(_folder()) if name not in known]


async def sync_subscriptions(conn: Connection, table: Subscriptions | None) -> None:
    """Make event_subscription equal to the program's table of jobs by event name."""
    if table is None:
        return
    pairs = sorted({(event, job) for event, jobs in table.items() for job in jobs})
    events, jobs = [event for event, _ in pairs], [job for _, job in pairs]
    async with conn.transaction():
        await conn.execute(
            "DELETE FROM event_subscription WHERE (event_name, job) NOT IN "
            "(SELECT * FROM unnest($1::text[], $2::text[]))",
            events,
            jobs,
        )
        await conn.execute(
            "INSERT INTO event_subscription (event_name, job) "
            "SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING",
            events,
            jobs,
        )


# Files


def found_files(folder: Path | None = None) -> list[Migration]:
    """The migrations of this program in order. Raises StartFault when two share a number."""
    place = folder or _folder()
    files = [_read(place / name) for name in _names(place)]
    for earlier, later in itertools.pairwise(files):
        if earlier.number == later.number:
            raise StartFault(
                f"迁移文件 {earlier.name} 与 {later.name} 编号相同，请给后者新的编号。",
                f"The migrations {earlier.name} and {later.name} share a number; give the later "
                "one a new number.",
            )
    return files


def _folder() -> Path:
    return PACKAGED if PACKAGED.is_dir() else IN_REPOSITORY


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.sql"))


def _read(path: Path) -> Migration:
    match = FILE_NAME.fullmatch(path.name)
    if match is None:
        raise StartFault(
            f"迁移文件名 {path.name} 不合规，应为 0001_名称.sql（小写字母、数字、下划线）。",
            f"The migration {path.name} must be named like 0001_name.sql (lower-case letters, "
            "digits, underscores).",
        )
    sql = path.read_text(encoding="utf-8")  # Line ends are made one kind, so a check-out is too.
    return Migration(int(match[1]), path.name, hashlib.sha256(sql.encode()).hexdigest(), sql)


# The runner


async def _apply_missing(conn: Connection, files: list[Migration]) -> list[str]:
    await conn.execute("""
        CREATE TABLE IF NOT EXISTS schema_migration (
            number integer PRIMARY KEY,
            name text NOT NULL UNIQUE,
            sha256 text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        GRANT SELECT ON schema_migration TO market_app;
        """)
    rows = await conn.fetch("SELECT number, name, sha256 FROM schema_migration ORDER BY number")
    check_drift(files, [(row["number"], row["name"], row["sha256"]) for row in rows])
    missing = files[len(rows) :]
    for file in missing:
        await _apply(conn, file)
    return [file.name for file in missing]


def check_drift(files: list[Migration], applied: list[tuple[int, str, str]]) -> None:
    """What was applied must be the beginning of what is here. Raises StartFault if not."""
    for row, file in itertools.zip_longest(applied, files[: len(applied)]):
        if file is None or file.number > row[0]:
            raise StartFault(
                f"数据库已应用迁移 {row[1]}，但程序中没有它：程序比数据库旧，或文件丢失。"
                "请使用较新的程序。",
                f"The database has the migration {row[1]}, which this program lacks: the program "
                "is older than the database, or the file was lost. Use the newer program.",
            )
        if file.number < row[0]:
            raise StartFault(
                f"迁移 {file.name} 的编号小于已应用的 {row[1]}，请给它更大的编号。",
                f"The migration {file.name} is numbered below {row[1]}, which is applied already; "
                "give it a higher number.",
            )
        if (file.name, file.sha256) != row[1:]:
            raise StartFault(
                f"迁移 {row[1]} 应用之后被修改或改名。请还原它，另写一个新的迁移。",
                f"The migration {row[1]} was edited or renamed after it was applied. Put it back "
                "as it was, and write a new one.",
            )


async def _apply(conn: Connection, file: Migration) -> None:
    try:
        async with conn.transaction():
            await conn.execute(file.sql)
            await conn.execute(
                "INSERT INTO schema_migration (number, name, sha256) VALUES ($1, $2, $3)",
                file.number,
                file.name,
                file.sha256,
            )
    except asyncpg.PostgresError as error:
        line = _line(file.sql, error)
        raise StartFault(
            f"迁移 {file.name}{f' 第 {line} 行' if line else ''} 失败，未作任何更改：{error}",
            f"The migration {file.name}{f', line {line},' if line else ''} failed and changed "
            f"nothing: {error}",
        ) from error


def _line(sql: str, error: asyncpg.PostgresError) -> int | None:
    position = error.as_dict().get("position")
    return sql.count("\n", 0, int(position)) + 1 if position else None


# Roles


async def ensure_roles(conn: Connection, urls: Iterable[str] = ()) -> None:
    """Make the application's roles and what they may do by default; repeating it changes nothing.

    The owner owns and does not log in, the application and the worker own nothing, the auditor
    reads everything. Raises StartFault when this login may not do it.
    """
    await _require_version(conn)
    try:
        for role in ("market_owner", *LOGINS):
            await _create_role(conn, role)
        await _set_passwords(conn, urls)
        await _join_roles(conn)
        await _prepare_database(conn)
        await _close_large_objects(conn)
    except asyncpg.InsufficientPrivilegeError as error:
        raise StartFault(
            f"此数据库用户无权建立角色：{error}。请以超级用户运行一次 market migrate。",
            f"This database user may not make the roles: {error}. Run market migrate once as a "
            "superuser.",
        ) from error


async def _require_version(conn: Connection) -> None:
    found = conn.get_server_version()
    if found.major < OLDEST_MAJOR:
        raise StartFault(
            f"数据库为 PostgreSQL {found.major}，至少需要 {OLDEST_MAJOR}。",
            f"The database is PostgreSQL {found.major}; at least {OLDEST_MAJOR} is needed.",
        )


async def _create_role(conn: Connection, role: str) -> None:
    if await conn.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
        return
    login = "LOGIN" if role in LOGINS else "NOLOGIN"
    row_security = " BYPASSRLS" if role == "market_auditor" else ""
    try:
        await conn.execute(f"CREATE ROLE {role} {login}{row_security}")
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        return  # Roles belong to the cluster: another database's migration was faster.


async def _set_passwords(conn: Connection, urls: Iterable[str]) -> None:
    for parts in map(urlsplit, urls):
        role, password = unquote(parts.username or ""), unquote(parts.password or "")
        if role in LOGINS and password:
            alter = "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)"
            await conn.execute(await conn.fetchval(alter, role, password))


async def _join_roles(conn: Connection) -> None:
    """Grant only what is missing: a needless GRANT can collide with another database's."""
    has = "SELECT pg_has_role($1, $2, $3)"
    if not await conn.fetchval(has, "market_worker", "market_app", "USAGE"):
        await conn.execute("GRANT market_app TO market_worker WITH INHERIT TRUE")
    me = await conn.fetchval("SELECT current_user")
    if not await conn.fetchval(has, me, "market_owner", "SET"):
        await conn.execute("GRANT market_owner TO CURRENT_USER WITH SET TRUE")


async def _prepare_database(conn: Connection) -> None:
    owner = await conn.fetchval(
        "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'public'"
    )
    if owner == "market_owner":
        return
    database = await conn.fetchval("SELECT quote_ident(current_database())")
    async with conn.transaction():
        await conn.execute(f"""
            REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;
            GRANT CREATE, TEMPORARY ON DATABASE {database} TO market_owner;
            REVOKE CREATE ON SCHEMA public FROM PUBLIC;
            ALTER SCHEMA public OWNER TO market_owner;
            ALTER DEFAULT PRIVILEGES FOR ROLE market_owner
                REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
            ALTER DEFAULT PRIVILEGES FOR ROLE market_owner
                GRANT SELECT ON TABLES TO market_auditor;
            ALTER DEFAULT PRIVILEGES FOR ROLE market_owner
                GRANT USAGE ON SCHEMAS TO market_auditor;
            """)


async def _close_large_objects(conn: Connection) -> None:
    """PostgreSQL lets everybody keep bytes outside the tables, unseen by policies and audit."""
    functions = await conn.fetchval("""
        SELECT string_agg(oid::regprocedure::text, ', ') FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^lo(_|read$|write$)'
          AND has_function_privilege('market_app', oid, 'EXECUTE')
        """)
    if functions:
        await conn.execute(f"REVOKE EXECUTE ON FUNCTION {functions} FROM PUBLIC")
