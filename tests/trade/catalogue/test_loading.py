"""A large file is loaded: the same rows, written another way, and no index lost over it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from market import offering_files
from market.auditor import audit
from market.base import db, indexes, migrations
from market.base.access import SYSTEM, Role
from market.base.errors import NotFound
from market.trade.catalogue import operations
from market.trade.catalogue.importing import loading, packing, stretches
from market.trade.catalogue.importing import operations as importer
from market.trade.catalogue.importing.model import Outcome
from tests.trade.catalogue.test_importing import SHOWN, Office, office, written
from tests.world import identity

__all__ = ["office"]

SAID = """SELECT o.unit_id, o.code, o.kind, o.state, o.published_number, o.maker_ids, o.moved_by,
        o.version, to_jsonb(v) - 'id' - 'published_by' - 'published_at' - 'offering_id',
        to_jsonb(o) - 'id' - 'created_at', v.published_by, v.published_at = c.published_at,
        e.name, e.actor, e.organisation, e.version, e.move, e.state_from, e.state_to, e.changed
    FROM offering o JOIN offering_version v ON v.offering_id = o.id
    JOIN offering_card c ON c.id = o.id
    JOIN event e ON e.subject_id = o.id AND e.name = 'offering.imported'
    WHERE o.code LIKE $1 ORDER BY o.code"""
LINES = (
    {"title_zh": "动力电池组性能检测（在线）", "members": ""},
    {"price_model": "quote", "price_minor": "", "kind": "consulting"},
    {"price_minor": "0", "price_model": "fixed", "free_or_paid": "free"},
    {"currency": "USD", "qualifications": "CNAS|特种设备", "code": "PLC-V2"},
)
# What no row of the four tables may do, whoever checked it.
ASTRAY = """SELECT count(*) FROM offering_card c
    LEFT JOIN offering o ON o.id = c.id
    LEFT JOIN offering_version v ON (v.offering_id, v.number) = (c.id, c.number)
    LEFT JOIN offering_search s ON s.id = c.id
    LEFT JOIN organisation u ON u.id = o.unit_id AND u.id = v.unit_id
    LEFT JOIN person p ON p.id = v.published_by
    WHERE num_nulls(o.id, v.id, s.id, u.id, p.id) > 0 OR o.published_number <> v.number"""


@pytest.fixture(autouse=True)
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offering_files, "LOADED_FROM", 1)
    monkeypatch.setattr("market.trade.catalogue.importing.loading.fewer_than", _few)


async def _few(*_: object) -> bool:
    return True


def file_of(folder: Path, office: Office, name: str) -> Path:
    lines = [
        {**line, "code": f"{name}-{n}", "members": office.numbers[1]}
        for n, line in enumerate(LINES)
    ]
    return written(folder, office, *lines)


def plain(rows: list[Any], name: str) -> str:
    return str(rows).replace(name, "CODE")


async def loaded(office: Office, file: Path) -> Outcome:
    return await office.imported(file, owner_dsn=office.addresses.owner)


async def definitions(office: Office) -> list[Any]:
    return await office.rows(
        """SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'offering%' ORDER BY indexdef"""
    )


async def test_what_is_loaded_is_what_is_imported(office: Office, tmp_path: Path) -> None:
    before = await definitions(office)
    assert await office.imported(file_of(tmp_path, office, "EACH")) == Outcome(4, 0, [])
    assert await loaded(office, file_of(tmp_path, office, "LOAD")) == Outcome(4, 0, [])
    each, load = await office.rows(SAID, "EACH-%"), await office.rows(SAID, "LOAD-%")
    assert plain(load, "LOAD") == plain(each, "EACH")
    shown = await office.rows(SHOWN, "LOAD-%")
    for offering_id, *_ in shown:
        await operations.redraw_card(office.conn, SYSTEM, offering_id)
    assert await office.rows(SHOWN, "LOAD-%") == shown
    assert await definitions(office) == before
    assert await office.rows(ASTRAY) == [(0,)]
    assert (await audit.run(office.addresses.auditor)).faults == []


async def test_loading_passes_over_what_is_there_and_tells_what_differs(
    office: Office, tmp_path: Path
) -> None:
    file = written(tmp_path, office, {"code": "MORE-1"}, {"code": "MORE-2"})
    assert await loaded(office, file) == Outcome(2, 0, [])
    longer = written(
        tmp_path, office, {"code": "MORE-2"}, {"code": "MORE-1", "region": "510104"}, {"code": "M3"}
    )
    again = await loaded(office, longer)
    assert (again.imported, again.already_there) == (1, 1)
    assert [(each.line, each.code) for each in again.faults] == [(4, "import_code_differs")]


async def test_a_batch_is_refused_once_its_importer_lost_his_role_or_for_a_unit_that_is_not_his(
    office: Office, tmp_path: Path
) -> None:
    leaver = await identity.person(office.conn, office.unit, Role.CLERK)
    [(email,)] = await office.rows("SELECT email FROM person WHERE id = $1", leaver.person_id)
    other = await identity.unit(office.conn)
    loader = await db.connect(office.addresses.owner)
    assert await loading.prepare(loader)
    desk = await importer.open_desk(
        office.conn,
        unit=office.unit.name_zh,
        importer=email,
        reviewer=office.emails[office.reviewer],
    )
    [stretch] = stretches.read(file_of(tmp_path, office, "LOST"), "utf-8-sig")
    batch = await importer.stamp(loader, *stretch.lines())

    async def refused(**changes: Any) -> None:
        changed = msgspec.structs.replace(desk, **changes)
        with pytest.raises(NotFound):
            await loading.load_batch(loader, changed, packing.pack(changed, stretch.header, batch))

    await refused(unit_id=other.id)
    await refused(unit_id=uuid4())
    await refused(reviewer_id=uuid4())
    await identity.left(office.conn, leaver)
    await refused()
    assert await office.rows("SELECT FROM offering WHERE code LIKE 'LOST-%'") == []
    await loader.close()


async def test_a_batch_that_fails_leaves_nothing_and_no_index_missing(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise asyncpg.DeadlockDetectedError

    before = await definitions(office)
    monkeypatch.setattr("market.trade.catalogue.importing.loading._record", fails)
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await loaded(office, file_of(tmp_path, office, "HALF"))
    assert await office.rows("SELECT FROM offering WHERE code LIKE 'HALF-%'") == []
    assert await definitions(office) == before


async def test_indexes_that_a_killed_import_left_are_made_by_the_next_start(
    office: Office,
) -> None:
    before = await definitions(office)
    killed, other = [await db.connect(office.addresses.owner) for _ in range(2)]
    assert await indexes.set_aside(killed, tuple(packing.TABLES))
    # While it lives nobody makes them behind its back.
    await indexes.make_what_was_left(other)
    assert await definitions(office) != before
    await killed.close()
    await other.execute("SELECT pg_advisory_lock($1), pg_advisory_unlock($1)", indexes.LOCK)
    await migrations.migrate(office.addresses.owner)
    assert await definitions(office) == before
    assert await office.rows("SELECT reloptions FROM pg_class WHERE relname = 'offering'") == [
        (None,)
    ]
    await other.close()


async def test_a_table_that_its_operator_does_not_have_vacuumed_stays_so(office: Office) -> None:
    keeper = await db.connect(office.addresses.owner)
    await keeper.execute("ALTER TABLE offering SET (autovacuum_enabled = false)")
    assert await indexes.set_aside(keeper, tuple(packing.TABLES))
    await indexes.make_what_was_left(keeper)
    kept = "SELECT reloptions FROM pg_class WHERE relname = ANY ($1) AND reloptions IS NOT NULL"
    assert await office.rows(kept, list(packing.TABLES)) == [(["autovacuum_enabled=false"],)]
    await keeper.execute("ALTER TABLE offering RESET (autovacuum_enabled)")
    await keeper.close()


async def test_behind_a_long_reader_nobody_queues_and_the_file_is_loaded_into_the_indexes(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "WAIT_MS", 20)
    monkeypatch.setattr(indexes, "PAUSE_SECONDS", 0)
    before = await definitions(office)
    keeper = await db.connect(office.addresses.owner)
    async with db.look(office.conn, SYSTEM):
        await office.conn.fetch("SELECT FROM offering_card")
        assert not await indexes.set_aside(keeper, tuple(packing.TABLES))
        outcome = await loaded(office, file_of(tmp_path, office, "LONG"))
    assert outcome == Outcome(4, 0, [])
    assert await definitions(office) == before
    assert await indexes.set_aside(keeper, tuple(packing.TABLES)), "nobody reads any more"
    await indexes.make_what_was_left(keeper)
    assert await definitions(office) == before
    await keeper.close()


async def test_readers_end_with_their_parent() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from market import offering_files\n"
        "with offering_files.readers(): print('reading', flush=True); input()",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert parent.stdout is not None
    assert await parent.stdout.readline() == b"reading\n"
    parent.kill()
    # They hold its output open as long as they live.
    assert await asyncio.wait_for(parent.stdout.read(), 30) == b""
    await parent.wait()


async def test_who_may_not_loads_nothing(office: Office, tmp_path: Path) -> None:
    """An owner's address without the power to load: the file is imported line by line."""
    file = file_of(tmp_path, office, "WEAK")
    outcome = await office.imported(file, owner_dsn=office.addresses.app)
    assert outcome == Outcome(4, 0, [])
