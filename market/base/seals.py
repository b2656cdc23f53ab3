"""Seals: a chain of hashes over every event and every transfer, in the order of commits.

A seal covers what was committed since the one before, up to the horizon below which nobody can
still commit, so that no act waits for another. Its hash is sha256 of the previous seal's hash and
its lines, joined by line feeds; the view ``sealable`` makes the lines, and
``migrations/0004_ledger.sql`` says how. Whoever keeps a printed head can show later that nothing
before it was changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

import msgspec

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection, columns

GENESIS: Final = bytes(32)
LOCK: Final = 0x5EA1  # the advisory lock of all who seal
PREFETCH: Final = 2_000
# What is imported comes by the million, and a statement has seconds: a seal that has so many rows
# ends with the transaction that brought the last of them.
MOST_AT_ONCE: Final = 20_000
LEAF_KIND: Final = {"event": b"e", "transfer": b"t"}


class Seal(msgspec.Struct, frozen=True):
    """One seal; it covers ``rows`` lines of the transactions in [from, to)."""

    number: int
    from_epoch: int
    from_xid: int
    to_epoch: int
    to_xid: int
    rows: int
    previous_hash: bytes
    hash: bytes
    sealed_at: datetime

    def __str__(self) -> str:
        """As it is printed and asked for again: ``NUMBER:HASH``."""
        return f"{self.number}:{self.hash.hex()}"


class Span(msgspec.Struct, frozen=True):
    """The transactions from one position of the log up to, and without, another."""

    from_epoch: int
    from_xid: int
    to_epoch: int
    to_xid: int


class Chain:
    """The hash of a seal in the making, and a leaf for each of its lines."""

    def __init__(self, previous_hash: bytes) -> None:
        self._sha256 = hashlib.sha256(previous_hash)
        self.leaves = bytearray()
        self.rows = 0

    def add(self, source: str, row_id: int, line: str) -> None:
        text = line.encode()
        self._sha256.update(b"\n" + text if self.rows else text)
        self.leaves += LEAF_KIND[source] + row_id.to_bytes(8, "big")
        self.leaves += hashlib.sha256(text).digest()[:8]
        self.rows += 1

    @property
    def hash(self) -> bytes:
        return self._sha256.digest()


async def keep_up(conn: Connection) -> None:
    """Seal all that was committed since the last seal, each seal an act of its own."""
    while (made := await seal(conn)) is not None and made.rows >= MOST_AT_ONCE:
        pass


async def seal(conn: Connection) -> Seal | None:
    """Seal what was committed since the last seal, or its beginning; None when there is nothing.

    For the worker's connection. Two at once take turns, and the second finds nothing left.
    """
    async with db.act(conn, SYSTEM):
        await conn.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        last = await head(conn)
        span = await _span_after(conn, last)
        chain = Chain(last.hash if last else GENESIS)
        async for source, row_id, line in _lines(conn, span):
            chain.add(source, row_id, line)
        if chain.rows == 0:
            return None
        return await _insert(conn, last, span, chain)


async def head(conn: Connection) -> Seal | None:
    """The newest seal."""
    record = await conn.fetchrow(f"SELECT {columns(Seal)} FROM seal ORDER BY number DESC LIMIT 1")
    return Seal(*record) if record else None


async def unsealed(conn: Connection) -> int:
    """How many events and transfers no seal covers yet."""
    count: int = await conn.fetchval(
        """SELECT count(*) FROM sealable
           WHERE (epoch, xid) >= (coalesce((SELECT max(to_epoch) FROM seal), 0), coalesce(
               (SELECT to_xid FROM seal ORDER BY number DESC LIMIT 1), '0'))"""
    )
    return count


async def _span_after(conn: Connection, last: Seal | None) -> Span:
    """From the last seal's end to the horizon: all below it has ended, as every snapshot agrees.

    Where there are too many, to the end of the transaction that brought the last of the first.
    """
    record = await conn.fetchrow(
        """WITH ends (epoch, xid) AS (
               SELECT current_epoch(), pg_snapshot_xmin(pg_current_snapshot())
               UNION ALL
               (SELECT epoch, (xid::text::bigint + 1)::text::xid8 FROM sealable
                WHERE (epoch, xid) >= ($1, $2::text::xid8)
                ORDER BY epoch, xid OFFSET $3::integer - 1 LIMIT 1))
           SELECT $1::integer, $2::text::xid8, epoch, xid FROM ends ORDER BY epoch, xid LIMIT 1""",
        last.to_epoch if last else 0,
        str(last.to_xid) if last else "0",
        MOST_AT_ONCE,
    )
    assert record is not None
    return Span(*record)


async def _lines(conn: Connection, span: Span) -> AsyncIterator[tuple[str, int, str]]:
    rows = conn.cursor(
        """SELECT source, id, line FROM sealable
           WHERE (epoch, xid) >= ($1, $2::text::xid8) AND (epoch, xid) < ($3, $4::text::xid8)
           ORDER BY epoch, xid, source, id""",
        span.from_epoch,
        str(span.from_xid),
        span.to_epoch,
        str(span.to_xid),
        prefetch=PREFETCH,
    )
    async for source, row_id, line in rows:
        yield source, row_id, line


async def _insert(conn: Connection, last: Seal | None, span: Span, chain: Chain) -> Seal:
    record = await conn.fetchrow(
        f"""INSERT INTO seal (number, from_epoch, from_xid, to_epoch, to_xid, rows, previous_hash,
                              hash, leaves)
            VALUES ($1, $2, $3::text::xid8, $4, $5::text::xid8, $6, $7, $8, $9)
            RETURNING {columns(Seal)}""",
        last.number + 1 if last else 1,
        span.from_epoch,
        str(span.from_xid),
        span.to_epoch,
        str(span.to_xid),
        chain.rows,
        last.hash if last else GENESIS,
        chain.hash,
        bytes(chain.leaves),
    )
    assert record is not None
    return Seal(*record)
