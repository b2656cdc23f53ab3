"""What growth costs: the same catalogue ten times as large, both served and measured in turn.

The offerings come by `market import-offerings`, so that its rate is seen as well.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote
from uuid import UUID

import asyncpg

from market import offering_files
from market.base import db, pages
from market.base.access import Role
from market.base.embedded import Cluster, Dsns
from market.offering_files import Order
from market.trade.catalogue import listings
from tests.bench import offerings_file, place, report
from tests.bench.load import Requests
from tests.bench.measure import Cell, Http
from tests.bench.place import Server
from tests.bench.reading import again_and_again, get
from tests.world import catalogue, identity

PLACES: Final = 2000
COMMON: Final = ("修复", "检测 轴承", "数控车床", "repair bearing", "锅炉", "安全")
MEMBERS: Final = 20


class Grown(NamedTuple):
    """A catalogue of some size, and places in it from which to read on."""

    size: int
    ids: list[UUID]
    places: list[tuple[int, UUID]]


async def grow(running: Cluster, size: int, folder: Path) -> Grown:
    """A database of that many offerings, all published by import."""
    name = database(size)
    await place.execute(running.dsn("postgres", "postgres"), f"CREATE DATABASE {name}")
    addresses = running.dsns(name)
    await place.migrate(addresses)
    order = await _order(addresses, size, folder)
    began = time.perf_counter()
    with offering_files.readers() as reading:
        outcome = await offering_files.import_offerings(
            addresses.app, order, reading, lambda _: None, addresses.owner
        )
    seconds = time.perf_counter() - began
    assert outcome.imported == size, outcome
    report.say(f"import-offerings: {size:,} in {seconds:.0f} s, {size / seconds:,.0f} a second")
    owner = await asyncpg.connect(addresses.owner)
    await owner.execute("VACUUM ANALYZE")
    found = await owner.fetch(
        "SELECT id, published_at FROM offering_card ORDER BY md5(id::text) LIMIT $1", PLACES
    )
    await owner.close()
    marks = [(listings.microseconds(at), offering_id) for offering_id, at in found]
    return Grown(size, [offering_id for offering_id, _ in found], marks)


def database(size: int) -> str:
    return f"grown_{size}"


async def _order(addresses: Dsns, size: int, folder: Path) -> Order:
    conn = await db.connect(addresses.app)
    unit = await identity.unit(conn)
    clerk = await identity.person(conn, unit, Role.CLERK)
    reviewer = await identity.person(conn, unit, Role.TECH_REVIEWER)
    for _ in range(MEMBERS):
        await catalogue.enrolled_member(conn, unit)
    emails = [await identity.email_of(conn, one) for one in (clerk, reviewer)]
    await conn.close()
    owner = await asyncpg.connect(addresses.owner)
    numbers = [record[0] for record in await owner.fetch("SELECT number FROM member")]
    await owner.close()
    file = folder / f"{size}.csv"
    await asyncio.to_thread(offerings_file.write, file, size, numbers, seed=7)
    return Order(file, str(unit.id), emails[0], emails[1], False)


def cells(grown: Sequence[tuple[Server, Grown]]) -> list[Cell]:
    """Reading at the smallest size, and at the largest."""
    (small, few), (large, many) = grown[0], grown[-1]
    reads = {
        "growth: detail": _details,
        "growth: listing": _listings,
        "growth: newest search": _newest,
        "growth: ranked search": _ranked,
    }
    found = [
        Cell(
            name,
            {
                "fewest": Http(small, lambda read=read: read(few)),  # type: ignore[misc]
                "most": Http(large, lambda read=read: read(many)),  # type: ignore[misc]
            },
        )
        for name, read in reads.items()
    ]
    alone = Http(large, lambda: _ranked(many))
    return [*found, Cell("growth: ranked search, one at a time", {"most": alone}, connections=1)]


def _details(grown: Grown) -> Requests:
    return again_and_again(
        lambda chance: get(f"/v1/offerings/{chance.choice(grown.ids)}"), different=PLACES
    )


def _listings(grown: Grown) -> Requests:
    """By kind and region, from anywhere."""

    def one(chance: random.Random) -> bytes:
        region, cursor = chance.choice(offerings_file.REGIONS[:6]), chance.choice(grown.places)
        where = f"kind=service&region={region}&cursor={pages.cursor_of(cursor)}"
        return get(f"/v1/offerings?{where}")

    return again_and_again(one, different=PLACES)


def _newest(grown: Grown) -> Requests:
    del grown
    return again_and_again(
        lambda chance: get(f"/v1/offerings?sort=newest&q={quote(chance.choice(COMMON))}")
    )


def _ranked(grown: Grown) -> Requests:
    del grown
    return again_and_again(lambda chance: get(f"/v1/offerings?q={quote(chance.choice(COMMON))}"))
