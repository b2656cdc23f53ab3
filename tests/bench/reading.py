"""The cells of reading: detail, listing, search, and a detail read by somebody signed in."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote

from market.base import pages
from market.base.authentication import SESSION_COOKIE
from market.base.embedded import Dsns
from market.trade.catalogue import listings
from market.trade.catalogue.listings import Sort
from tests.bench import captured, rival_cursor, world
from tests.bench.load import Requests
from tests.bench.measure import Cell, Contender, Http
from tests.bench.pgbench import Script
from tests.bench.place import RIVAL, Server
from tests.bench.world import SUBJECTS, World

DETAIL_SQL: Final = "SELECT version, detail FROM offering_card WHERE id = {}"
SECONDS_APART: Final = 7  # of a copy's publication from the next one's


def get(path: str, *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def again_and_again(make: Callable[[random.Random], bytes], *, different: int = 4000) -> Requests:
    """The same requests in the same order for everybody, made before anything is measured."""
    chance = random.Random(7)
    made = [make(chance) for _ in range(different)]

    def requests() -> Requests:
        while True:
            yield from made

    return requests()


def detail(
    ours: Server, rival: Server, about: World, *, connections: int = 16, name: str = "detail"
) -> Cell:
    contenders: dict[str, Contender] = {
        "ours": Http(ours, lambda: _details("/v1/offerings", about)),
        "fastapi": Http(rival, lambda: _details("/v1/offerings", about)),
        "pgbench": _detail_script(about),
    }
    if connections != 16:
        del contenders["fastapi"]
    return Cell(name, contenders, connections)


def details(about: World) -> Requests:
    return _details("/v1/offerings", about)


def signed_in(ours: Server, rival: Server, about: World) -> Cell:
    cookie = f"Cookie: {SESSION_COOKIE}={about.session}"
    return Cell(
        "signed-in detail",
        {
            "ours": Http(ours, lambda: _details("/v1/offerings", about, cookie)),
            "fastapi": Http(rival, lambda: _details("/v1/mine/offerings", about, cookie)),
            "ours anonymous": Http(ours, lambda: _details("/v1/offerings", about)),
        },
    )


def _details(path: str, about: World, *headers: str) -> Requests:
    return again_and_again(
        lambda chance: get(f"{path}/{world.copy_id(chance.randrange(about.offerings))}", *headers)
    )


def _detail_script(about: World) -> Script:
    copy = "('0000000000007000800' || lpad(:n::text, 13, '0'))::uuid"
    return Script(
        f"\\set n random(0, {about.offerings - 1})\n{DETAIL_SQL.format(copy)};\n", plans="generic"
    )


def listing(ours: Server, rival: Server, about: World) -> Cell:
    return Cell(
        "listing",
        {
            "ours": Http(ours, lambda: _listings(about, pages.cursor_of)),
            "fastapi": Http(rival, lambda: _listings(about, rival_cursor.encoded)),
            "pgbench naive": _naive_script(about),
            "pgbench card": _listing_script(about),
        },
    )


def _listings(about: World, cursor: Callable[[tuple[int, object]], str]) -> Requests:
    """Two filters, from anywhere in the catalogue."""

    def one(chance: random.Random) -> bytes:
        kind, _, _, region, *_ = chance.choice(SUBJECTS)
        before = _microseconds(about, chance.randrange(about.offerings * 9 // 10))
        where = cursor((before, LAST))
        return get(f"/v1/offerings?kind={kind}&region={region}&limit=20&cursor={where}")

    return again_and_again(one)


LAST: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"


def _microseconds(about: World, number: int) -> int:
    return listings.microseconds(about.newest) - number * SECONDS_APART * 1_000_000


def _listing_script(about: World) -> Script:
    sql = listings.listing_sql(Sort.NEWEST, ("kind", "region"))
    return _script_of(about, sql, database="market")


def _naive_script(about: World) -> Script:
    return _script_of(about, NAIVE_SQL, database=RIVAL)


NAIVE_SQL: Final = """SELECT v.offering_id, v.number, v.unit_id, u.name_zh, u.name_en, v.code,
    v.kind, v.title_zh, v.title_en, v.summary, v.price_model, v.price_minor, v.royalty_ppm,
    v.currency, v.free_or_paid, v.lead_time_days, v.technical_field, v.industry, v.region,
    v.capacity, v.published_at
FROM offering o
JOIN offering_version v ON v.offering_id = o.id AND v.number = o.published_number
JOIN organisation u ON u.id = v.unit_id
WHERE (v.published_at, v.offering_id) < ($1, $2) AND o.state = 'published'
  AND v.kind = $4 AND v.region = $5
ORDER BY v.published_at DESC, v.offering_id DESC LIMIT $3"""
# What a team makes for such a statement: an index for each filter, in the order of the listing.
RIVAL_INDEXES: Final = (
    "CREATE INDEX ON offering_version (kind, published_at, offering_id)",
    "CREATE INDEX ON offering_version (region, published_at, offering_id)",
)


def _script_of(about: World, sql: str, *, database: str) -> Script:
    """pgbench's variables in the place of the statement's parameters."""
    kinds = "('{" + ",".join(one[0] for one in SUBJECTS) + "}'::text[])[:s]"
    regions = "('{" + ",".join(one[3] for one in SUBJECTS) + "}'::text[])[:s]"
    place = f"('{about.newest.isoformat()}'::timestamptz - :n * interval '1 second')"
    for parameter, value in {
        "$1": place, "$2": f"'{LAST}'::uuid", "$3": "21", "$4": kinds, "$5": regions,
    }.items():  # fmt: skip
        sql = sql.replace(parameter, value)
    most = about.offerings * 9 // 10 * SECONDS_APART
    variables = f"\\set n random(0, {most})\n\\set s random(1, {len(SUBJECTS)})\n"
    role = "postgres" if database == RIVAL else "market_app"
    plans = "generic" if database != RIVAL else "auto"  # as the one is sent, and as all are
    text = variables + sql.replace("\n", " ") + ";\n"
    return Script(text, plans=plans, role=role, database=database)


async def round_trips(addresses: Dsns, about: World, data: Path) -> dict[str, int]:
    """Of a detail and a listing, asked for by nobody in particular and by somebody signed in."""
    paths = {
        "detail": f"/v1/offerings/{world.copy_id(0)}",
        "listing": "/v1/offerings?kind=service&region=510100",
        "search": "/v1/offerings?q=%E4%BF%AE%E5%A4%8D",
    }
    counted = {}
    async with captured.application(addresses, data) as (app, client):
        for session in (None, about.session):
            if session:
                client.cookies.set(SESSION_COOKIE, session)
            for name, path in paths.items():
                what = f"signed-in {name}" if session else name
                counted[what] = await captured.round_trips(app, client, path)
    return counted


def searches(ours: Server) -> list[Cell]:
    """By words: newest first, by relevance, and the counts beside them."""
    words = ["修复", "培训", "电平衡 节电", "污水", "CNC", "轴承 诊断", "第77期", "检验报告"]
    kinds = {
        "search newest": "/v1/offerings?sort=newest&q={}",
        "search ranked": "/v1/offerings?q={}",
        "search facets": "/v1/offering-facets?q={}",
    }

    def cell(name: str, path: str) -> Cell:
        made = [get(path.format(quote(word))) for word in words]
        return Cell(name, {"ours": Http(ours, lambda: again_and_again(lambda c: c.choice(made)))})

    return [cell(name, path) for name, path in kinds.items()]
