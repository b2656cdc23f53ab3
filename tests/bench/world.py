"""What is measured on: offerings by the ten thousand, and people who may sign in.

A few offerings are published by their people; the others are copies of these, with titles, prices
and times of their own, and with the events that tell of them, so that the auditor finds nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from market.base import clock, db, pinyin
from market.base.access import Actor, Role
from market.base.db import Connection, Record, columns
from market.base.embedded import Dsns
from market.identity import letters
from market.identity.organisations.model import Organisation
from market.identity.sessions import operations as sessions
from market.trade.catalogue import indexing
from market.trade.catalogue.cards import Listed, Published
from market.trade.catalogue.model import Offering, Version
from market.trade.catalogue.terms import price_band, price_key
from tests.world import catalogue, identity, ledger, money
from tests.world.money import Bank

SUBJECTS: Final = [
    ("service", "advanced_manufacturing", "C34", "510100", "大型轴类零件在线修复", "Shaft repair"),
    ("service", "energy_saving", "C30", "510182", "水泥磨减速机油膜改造", "Oil film refit"),
    ("service", "electronics", "C35", "510104", "进口数控系统故障诊断与修复", "CNC diagnosis"),
    ("service", "environment", "N77", "510100", "废水氨氮超标应急处理", "Ammonia emergency"),
    ("consulting", "energy_saving", "D44", "510104", "中小企业电平衡测试与节电诊断", "Power test"),
    (
        "consulting",
        "advanced_manufacturing",
        "C34",
        "510112",
        "机加工车间布局优化",
        "Layout advice",
    ),
    ("consulting", "environment", "N77", "510182", "污水站提标改造方案论证", "Effluent upgrade"),
    ("consulting", "new_materials", "C26", "510100", "危化品装置安全技术评价", "Safety appraisal"),
    ("training", "advanced_manufacturing", "P83", "510100", "五轴编程技术培训", "Five-axis course"),
    ("training", "electronics", "P83", "510112", "电池组性能检测培训", "Battery test course"),
    ("training", "energy_saving", "P83", "510182", "余热发电机组运行调整培训", "Waste heat course"),
    ("training", "transport", "P83", "510104", "振动监测与轴承诊断培训", "Vibration course"),
]
AMOUNT_MINOR: Final = 1_00
BARE_CAUSE: Final = "bench"
LONGEST: Final = "现场测量、拆检、处理、复核、试运行，全过程留有记录，交付检验报告与改进建议。" * 12


class World(NamedTuple):
    """Who and what requests are about."""

    unit: Organisation
    finance: Actor
    session: str
    offerings: int
    newest: datetime
    today: date
    owners: list[UUID]
    lines: list[tuple[UUID, UUID]]
    idle_account: UUID
    statement: bytes

    @property
    def session_hash(self) -> bytes:
        return letters.digest_of(self.session)


async def build(addresses: Dsns, *, offerings: int, lines: int, imported: int = 100) -> World:
    """``lines`` of the bank wait to be matched, ``imported`` ones to be imported."""
    conn = await db.connect(addresses.app)
    unit = await identity.unit(conn)
    finance = await identity.person(conn, unit, Role.FINANCE)
    patterns = [await _published(conn, unit, n) for n in range(len(SUBJECTS))]
    opened = await sessions.open_session(
        conn, finance.person_id, organisation_id=unit.id, address=None, device=None
    )
    today = await clock.today(conn)
    owners = {one.name_zh: one.id for one in [await identity.enterprise(conn) for _ in range(32)]}
    leader = await identity.person(conn, unit, Role.LEADER)
    bank, idle = [await money.bank_of(conn, unit, finance, leader) for _ in range(2)]
    waiting = await _bank_lines(conn, bank, owners, lines)
    statement = await _statement(conn, idle, list(owners), imported)
    for owner_id in owners.values():  # so that everybody finds his account
        leg = ledger.leg(ledger.SUSPENSE, ledger.customer_credit(owner_id), AMOUNT_MINOR)
        await ledger.post(conn, unit.id, leg, named=ledger.cause(BARE_CAUSE), on=today)
    await conn.close()
    owner = await asyncpg.connect(addresses.owner)
    await db.prepare_connection(owner)
    await _copied(owner, [one.id for one in patterns], offerings)
    await owner.execute("VACUUM ANALYZE")
    published_at = await owner.fetchval("SELECT max(published_at) FROM offering_card")
    await owner.close()
    return World(
        unit,
        finance,
        opened.token,
        offerings,
        published_at,
        today,
        [*owners.values()],
        waiting,
        idle.account.id,
        statement,
    )


async def _bank_lines(
    conn: Connection, bank: Bank, owners: Mapping[str, UUID], lines: int
) -> list[tuple[UUID, UUID]]:
    """Transfers of the same amount from each in turn, whose remark says nothing."""
    names = list(owners)
    paid = [money.Line(AMOUNT_MINOR, names[n % len(names)]) for n in range(lines)]
    await money.imported(conn, bank, paid)
    async with db.look(conn, bank.finance):
        found = await conn.fetch(
            "SELECT id, counterparty_name FROM bank_line WHERE bank_account_id = $1 ORDER BY id",
            bank.account.id,
        )
    return [(line_id, owners[name]) for line_id, name in found]


async def _statement(conn: Connection, bank: Bank, payers: list[str], lines: int) -> bytes:
    """A bank's file: most money comes from known payers, some goes, each line is its own."""
    chance = random.Random(7)
    return await money.csv_file(
        conn,
        bank,
        [
            money.Line(
                chance.randrange(1_00, 90_000_00) * chance.choice((1, 1, 1, -1)),
                chance.choice([*payers, "外地客户", "电力公司"]),
                f"往来款{n}",
                days_ago=28 - n * 28 // lines,
                reference=f"R{n:07d}",
            )
            for n in range(lines)
        ],
        opening_minor=1_000_000_000_00,
    )


def copy_id(number: int) -> UUID:
    """The id of a copy, which pgbench can reckon too."""
    return UUID(f"0000000000007000800{number:013}")


async def _published(conn: Connection, unit: Organisation, number: int) -> Offering:
    kind, field, industry, region, zh, en = SUBJECTS[number]
    return await catalogue.published_offering(
        conn,
        unit,
        kind=kind,
        technical_field=field,
        industry=industry,
        region=region,
        title_zh=zh,
        title_en=en,
        description=LONGEST,
        price_minor=10_000_00 * (number + 1),
    )


async def _copied(owner: Connection, patterns: list[UUID], copies: int) -> None:
    await owner.execute("SET session_replication_role = replica")
    await owner.execute(
        """CREATE TEMP TABLE copy AS
           SELECT n, ($1::uuid[])[1 + n % cardinality($1)] AS of, uuidv7() AS version_id,
                  ('0000000000007000800' || lpad(n::text, 13, '0'))::uuid AS id
           FROM generate_series(0, $2 - 1) AS n""",
        patterns,
        copies,
    )
    changed = {
        "id": "k.id",
        "code": "'B-' || lpad(k.n::text, 7, '0')",
        "title_zh": "p.title_zh || '第' || k.n || '期'",
        "title_en": "p.title_en || ' No. ' || k.n",
        "price_minor": "p.price_minor + 100 * (k.n % 997)",
    }
    of_version = changed | {
        "id": "k.version_id",
        "offering_id": "k.id",
        "published_at": "p.published_at - k.n * interval '7 seconds'",
    }
    await _copy_rows(owner, "offering", "p.id = k.of", changed)
    await _copy_rows(owner, "offering_version", "p.offering_id = k.of", of_version)
    reviewed = {"id": "uuidv7()", "offering_id": "k.id"}
    await _copy_rows(owner, "offering_review", "p.offering_id = k.of", reviewed)
    told = {"id": None, "xid": None, "epoch": None, "subject_id": "k.id"}
    await _copy_rows(owner, "event", "p.subject_id = k.of", told)
    await _copy_cards(owner)
    await owner.execute("SET session_replication_role = DEFAULT; DROP TABLE copy")


async def _copy_rows(
    owner: Connection, table: str, on: str, changed: Mapping[str, str | None]
) -> None:
    """Every column as it was but those named; None leaves a column to its default."""
    names = [
        record[0]
        for record in await owner.fetch(
            """SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0
               AND NOT attisdropped AND attgenerated = '' ORDER BY attnum""",
            table,
        )
    ]
    values = {name: changed.get(name, f"p.{name}") for name in names}
    given = {name: value for name, value in values.items() if value is not None}
    await owner.execute(
        f"""INSERT INTO {table} ({", ".join(given)})
            SELECT {", ".join(given.values())} FROM copy k JOIN {table} p ON {on} ORDER BY k.n"""
    )


async def _copy_cards(owner: Connection) -> None:
    """Cards and what search finds them by, made as `cards.write_card` makes them."""
    records = await owner.fetch(
        f"""SELECT {columns(Version, "v")}, u.name_zh, u.name_en, o.version
            FROM copy k JOIN offering o ON o.id = k.id JOIN offering_version v
            ON v.offering_id = k.id JOIN organisation u ON u.id = v.unit_id ORDER BY k.n"""
    )
    await owner.copy_records_to_table(
        "offering_card",
        columns=[*CARD, "number", "version", "item", "detail"],
        records=_cards(records),
    )
    await owner.execute(
        f"CREATE TEMP TABLE found AS SELECT {', '.join(CARD)}, ''::text AS words "
        "FROM offering_card LIMIT 0"
    )
    await owner.copy_records_to_table("found", columns=[*CARD, "words"], records=_found(records))
    await owner.execute(
        f"""INSERT INTO offering_search ({", ".join(CARD)}, levels, tsv)
            SELECT {", ".join(CARD)}, '{{}}', words::tsvector FROM found"""
    )
    await owner.execute("DROP TABLE found")


CARD: Final = (
    "id", "published_at", "price_key", "title_key", "kind", "price_band", "technical_field",
    "industry", "region", "unit_id",
)  # fmt: skip


def _facts(shown: Published) -> tuple[Any, ...]:
    return (
        shown.offering_id,
        shown.published_at,
        price_key(shown),
        pinyin.sort_key(shown.title_zh),
        shown.kind,
        price_band(shown),
        shown.technical_field,
        shown.industry,
        shown.region,
        shown.unit_id,
    )


def _cards(records: list[Record]) -> Iterator[tuple[Any, ...]]:
    for *values, version in records:
        shown = Published(*values)
        item = msgspec.json.encode(msgspec.convert(shown, Listed, from_attributes=True))
        yield (*_facts(shown), shown.number, version, item, msgspec.json.encode(shown))


def _found(records: list[Record]) -> Iterator[tuple[Any, ...]]:
    for *values, _ in records:
        shown = Published(*values)
        units = (shown.unit_name_zh, shown.unit_name_en or "")
        yield (*_facts(shown), indexing.vector(shown, units))
