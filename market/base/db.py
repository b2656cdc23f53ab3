"""PostgreSQL: the pool, the one way to open a transaction, and how rows become Structs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Literal, TypeAlias, TypeVar

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from market.base.access import Actor
from market.base.errors import NotFound, Unavailable
from market.base.settings import StartFault

Record: TypeAlias = asyncpg.Record
Connection: TypeAlias = "asyncpg.Connection[Record] | PoolConnectionProxy[Record]"
Pool: TypeAlias = "asyncpg.Pool[Record]"

T = TypeVar("T")
Kind = TypeVar("Kind", bound=msgspec.Struct)

TRIES: Final = 3
PAUSE_SECONDS: Final = 0.02
WAIT_FOR_CONNECTION_SECONDS: Final = 5
CLOSE_SECONDS: Final = 5
# The market has more statements than asyncpg keeps prepared; where a connection is one of few,
# none is planned twice.
STATEMENTS: Final = 2_000
# What a statement's answer may take beyond its own time-out, on its way.
GRACE_SECONDS: Final = 5


class TimedConnection(asyncpg.Connection):
    """A connection that is given up once a statement has no answer in the pool's time.

    PostgreSQL ends a statement that takes too long; who hears nothing of that waits for somebody
    who is not there any more, and would wait for ever.
    """

    async def execute(self, *what: Any, **how: Any) -> str:
        return await self._answered(super().execute(*what, **how))

    async def fetch(self, *what: Any, **how: Any) -> Any:
        return await self._answered(super().fetch(*what, **how))

    async def fetchrow(self, *what: Any, **how: Any) -> Any:
        return await self._answered(super().fetchrow(*what, **how))

    async def fetchval(self, *what: Any, **how: Any) -> Any:
        return await self._answered(super().fetchval(*what, **how))

    async def _answered(self, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except TimeoutError as silence:
            self.terminate()
            raise asyncpg.ConnectionDoesNotExistError("no answer came in time") from silence


class MarketConnection(TimedConnection):
    """A connection without reset query, one round trip less at each release.

    Session-level SET, LISTEN and session advisory locks are therefore forbidden; asyncpg still
    rolls an open transaction back. It remembers for whom its transaction acts.
    """

    acting: Actor | None = None

    def get_reset_query(self) -> str:
        return ""

    def act_as(self, actor: Actor | None) -> Actor | None:
        """Note for whom the open transaction acts; returns for whom it acted before."""
        before, self.acting = self.acting, actor
        return before


async def open_pool(
    dsn: str,
    *,
    size: int = 6,
    statement_timeout_ms: int = 5000,
    plans: Literal["auto", "generic", "custom"] = "auto",
) -> Pool:
    """A pool of at most ``size`` connections.

    ``generic`` plans each statement once for ever: twice as fast for the catalogue's keyset
    listings, ruinous for optional filters and for full-text search, which wants ``custom``: a plan
    each time, for the words that are looked for.
    """
    settings = {
        "application_name": "market",
        "statement_timeout": str(statement_timeout_ms),
        "lock_timeout": str(statement_timeout_ms),
        "idle_in_transaction_session_timeout": "30000",
        "timezone": "UTC",
    }
    if plans != "auto":
        settings["plan_cache_mode"] = f"force_{plans}_plan"
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        connection_class=MarketConnection,
        command_timeout=statement_timeout_ms / 1000 + GRACE_SECONDS,
        server_settings=settings,
        init=prepare_connection,
    )


async def connect(dsn: str) -> asyncpg.Connection[Record]:
    """One connection of its own, for commands that need no pool."""
    connection = await asyncpg.connect(
        dsn, connection_class=MarketConnection, statement_cache_size=STATEMENTS
    )
    await prepare_connection(connection)
    return connection


async def close_pool(pool: Pool) -> None:
    """Close the pool; past the deadline its connections are cut (a close can hang for ever)."""
    try:
        await asyncio.wait_for(pool.close(), CLOSE_SECONDS)
    except TimeoutError:
        pool.terminate()


async def refuse_power(pool: Pool) -> None:
    """Refuse to serve as a role that row-level security does not bind."""
    async with lease(pool) as conn:
        powerful = await conn.fetchval(
            """SELECT rolsuper OR rolbypassrls OR pg_has_role(oid, 'market_owner', 'MEMBER')
               FROM pg_roles WHERE rolname = current_user"""
        )
    if powerful:
        raise StartFault(
            "应用不得以超级用户、所有者或可绕过行级安全的角色连接数据库。请改用 market_app。",
            "The application must not connect as superuser, owner or a role with BYPASSRLS. "
            "Connect as market_app.",
        )


async def prepare_connection(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=_encode_jsonb,
        decoder=_decode_jsonb,
        format="binary",
    )
    # asyncpg asks the catalogue about array types at their first use; here, it asks in no act.
    await connection.fetchrow(
        "SELECT $1::uuid[], $2::bigint[], $3::text[], $4::date[], $5::integer[], $6::boolean[], "
        "ARRAY[ROW (1)]",
        *([] for _ in range(6)),
    )


def _encode_jsonb(value: object) -> bytes:
    return b"\x01" + msgspec.json.encode(value)


def _decode_jsonb(value: bytes) -> Any:
    return msgspec.json.decode(value[1:])


@asynccontextmanager
async def lease(pool: Pool) -> AsyncIterator[Connection]:
    """A connection from the pool; Unavailable (503) when none comes free in time."""
    try:
        connection = await pool.acquire(timeout=WAIT_FOR_CONNECTION_SECONDS)
    except (TimeoutError, asyncpg.TooManyConnectionsError) as busy:
        raise Unavailable from busy
    try:
        yield connection
    finally:
        await pool.release(connection)


@asynccontextmanager
async def act(conn: Connection, actor: Actor) -> AsyncIterator[None]:
    """A transaction in which ``actor`` acts, opened in one round trip.

    Inside another act of the same actor it joins that one; inside a transaction of another actor
    (or of none) it is a savepoint that hands the transaction back as it was.
    """
    if not conn.is_in_transaction():
        async with _transaction(conn, actor, "BEGIN"):
            yield
    elif acting(conn) == actor:
        yield
    else:
        async with _acting_as(conn, actor):
            yield


@asynccontextmanager
async def look(conn: Connection, actor: Actor, *, at_once: bool = False) -> AsyncIterator[None]:
    """The same, read only, for what row-level security guards.

    ``at_once``: all statements see one instant, so that their figures agree with each other.
    """
    if conn.is_in_transaction():
        async with act(conn, actor):
            yield
    else:
        level = " ISOLATION LEVEL REPEATABLE READ" if at_once else ""
        async with _transaction(conn, actor, f"BEGIN{level} READ ONLY"):
            yield


@asynccontextmanager
async def savepoint(conn: Connection) -> AsyncIterator[None]:
    """A part of an act that may fail alone."""
    async with _part(conn, "SAVEPOINT part", "RELEASE SAVEPOINT part"):
        yield


@asynccontextmanager
async def _part(conn: Connection, begin: str, end: str) -> AsyncIterator[None]:
    await conn.execute(begin)
    try:
        yield
    except BaseException:
        if not _is_lost(conn):
            await conn.execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
        raise
    await conn.execute(end)


@asynccontextmanager
async def _transaction(conn: Connection, actor: Actor, begin: str) -> AsyncIterator[None]:
    _act_as(conn, actor)
    try:
        await conn.execute(f"{begin}; {_say_who(actor)}")
        yield
    except BaseException:
        if not _is_lost(conn):
            await conn.execute("ROLLBACK")
        raise
    else:
        await conn.execute("COMMIT")
    finally:
        if not _is_lost(conn):
            _act_as(conn, None)


@asynccontextmanager
async def _acting_as(conn: Connection, actor: Actor) -> AsyncIterator[None]:
    """A savepoint for another actor; who acts is said in the same round trips."""
    before = _act_as(conn, actor)
    begin = f"SAVEPOINT part; {_say_who(actor)}"
    end = f"{_say_who(before)}; RELEASE SAVEPOINT part"
    try:
        async with _part(conn, begin, end):
            yield
    finally:
        if not _is_lost(conn):
            _act_as(conn, before)


def _is_lost(conn: Connection) -> bool:
    """A pool takes a connection back at once when the server cuts it, while it is still in use."""
    try:
        return conn.is_closed()
    except asyncpg.InterfaceError:
        return True


def _say_who(actor: Actor | None) -> str:
    """Simple-protocol text, so that it can ride with BEGIN; both values are UUIDs or empty."""
    person = actor.person_id if actor else ""
    organisation = actor.organisation_id or "" if actor else ""
    return (
        f"SELECT set_config('market.actor', '{person}', true), "
        f"set_config('market.organisation', '{organisation}', true)"
    )


def acting(conn: Connection) -> Actor | None:
    """In whose name the connection acts now."""
    return conn.acting  # type: ignore[union-attr, no-any-return]  # all are MarketConnections


def _act_as(conn: Connection, actor: Actor | None) -> Actor | None:
    return conn.act_as(actor)  # type: ignore[union-attr,no-any-return]  # likewise


async def retrying(pool: Pool, do: Callable[[Connection], Awaitable[T]]) -> T:
    """Run a whole act, again when PostgreSQL asks for it (40001, 40P01), three times at most.

    Only the outermost door retries. A connection that broke while committing is never retried:
    whether the act took effect is then unknown.
    """
    for attempt in range(1, TRIES + 1):
        try:
            async with lease(pool) as conn:
                return await do(conn)
        except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
            if attempt == TRIES:
                raise
        await asyncio.sleep(PAUSE_SECONDS * attempt * (1 + random.random()))  # noqa: S311
    raise AssertionError("the last try returns or raises")


def columns(kind: type[msgspec.Struct], alias: str = "") -> str:
    """The column list of a Struct, in the order of its fields."""
    prefix = f"{alias}." if alias else ""
    return ", ".join(prefix + name for name in kind.__struct_fields__)


def one(kind: type[Kind], record: Record | None) -> Kind:
    """The Struct of a row that must be there; NotFound otherwise."""
    if record is None:
        raise NotFound
    return kind(*record)
