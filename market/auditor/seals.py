"""The chain of seals, recomputed: each link, each hash, and the row that no longer fits."""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

from market.auditor.model import Fault
from market.base.db import Connection

GENESIS: Final = bytes(32)
LEAF: Final = 17
PREFETCH: Final = 2_000  # rows in one round trip
SOURCES: Final = {b"e": "event", b"t": "transfer"}
HOLDS_ZH: Final = "封存链完整，封存的行未被改动"
HOLDS_EN: Final = "the seals hold and nothing under them has changed"


class Link(NamedTuple):
    """One seal as it is stored."""

    number: int
    from_epoch: int
    from_xid: int
    to_epoch: int
    to_xid: int
    rows: int
    previous_hash: bytes
    hash: bytes
    leaves: bytes


async def faults(conn: Connection, expected_head: str | None = None) -> list[Fault]:
    """Every broken link and every row that a seal remembers differently.

    ``expected_head`` is ``number:hash`` as it was printed earlier: it must still be there.
    """
    found: list[Fault] = []
    previous = GENESIS
    heads = set()
    position = (0, 0)
    number = 0
    async for link in _links(conn):
        number += 1
        if link.number != number:
            found.append(_fault("seal", str(link.number), f"seal {number} is missing"))
            number = link.number
        if link.previous_hash != previous:
            found.append(_fault("seal", str(link.number), "does not follow the seal before it"))
        if (link.from_epoch, link.from_xid) != position:
            found.append(_fault("seal", str(link.number), "does not begin where the last ended"))
        found.extend(await _touched(conn, link))
        previous, position = link.hash, (link.to_epoch, link.to_xid)
        heads.add(f"{link.number}:{link.hash.hex()}")
    if expected_head is not None and expected_head not in heads:
        found.append(_fault("seal", expected_head, "this head is not among the seals"))
    return found


async def _links(conn: Connection):  # type: ignore[no-untyped-def]
    records = conn.cursor(
        """SELECT number, from_epoch, from_xid::text::bigint, to_epoch, to_xid::text::bigint, rows,
                  previous_hash, hash, leaves
           FROM seal ORDER BY number"""
    )
    async for record in records:
        yield Link(*record)


async def _touched(conn: Connection, link: Link) -> list[Fault]:
    """The rows of one seal that changed, vanished or appeared; or the seal, if only it did."""
    digest = hashlib.sha256(link.previous_hash)
    kept = _leaves(link.leaves)
    present: dict[tuple[str, int], bytes] = {}
    first = True
    records = conn.cursor(
        """SELECT source, id, line FROM sealable
           WHERE (epoch, xid) >= ($1, $2::text::xid8) AND (epoch, xid) < ($3, $4::text::xid8)
           ORDER BY epoch, xid, source, id""",
        link.from_epoch,
        str(link.from_xid),
        link.to_epoch,
        str(link.to_xid),
        prefetch=PREFETCH,
    )
    async for source, row_id, line in records:
        text = line.encode()
        digest.update(text if first else b"\n" + text)
        first = False
        present[source, row_id] = hashlib.sha256(text).digest()[:8]
    changed = [
        _fault(source, str(row_id), f"differs from what seal {link.number} covers")
        for (source, row_id), leaf in kept.items()
        if (source, row_id) in present and present[source, row_id] != leaf
    ]
    gone = [
        _fault(source, str(row_id), f"is missing, though seal {link.number} covers it")
        for source, row_id in kept.keys() - present.keys()
    ]
    new = [
        _fault(source, str(row_id), f"appeared under seal {link.number} afterwards")
        for source, row_id in present.keys() - kept.keys()
    ]
    touched = [*changed, *gone, *new]
    if digest.digest() == link.hash:
        return [_fault("seal", str(link.number), "its leaves are not its rows'")] if touched else []
    return touched or [_fault("seal", str(link.number), "its hash is not that of its rows")]


def _leaves(packed: bytes) -> dict[tuple[str, int], bytes]:
    leaves = {}
    for start in range(0, len(packed), LEAF):
        leaf = packed[start : start + LEAF]
        leaves[SOURCES[leaf[:1]], int.from_bytes(leaf[1:9], "big")] = leaf[9:]
    return leaves


def _fault(table: str, row_id: str, found: str) -> Fault:
    return Fault("I10", table, row_id, found, HOLDS_ZH, HOLDS_EN)
