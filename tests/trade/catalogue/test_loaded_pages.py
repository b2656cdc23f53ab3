"""What loading leaves to its readers; on a database of its own, where no row is another's."""

from __future__ import annotations

import json
from pathlib import Path

from market.base import db
from market.trade.catalogue.importing import loading, operations, packing, stretches
from tests.trade.catalogue.test_importing import Office, office, written

__all__ = ["office"]


async def test_who_reads_a_loaded_row_first_writes_nothing(office: Office, tmp_path: Path) -> None:
    """Else making the indexes would write all tables again, and each page to the log."""
    file = written(tmp_path, office, *({"code": f"SEEN-{n}"} for n in range(100)))
    loader = await db.connect(office.addresses.owner)
    desk = await operations.open_desk(
        office.conn,
        unit=office.unit.name_zh,
        importer=office.emails[office.clerk],
        reviewer=office.emails[office.reviewer],
    )
    [stretch] = stretches.read(file, "utf-8-sig")
    batch = await operations.stamp(loader, *stretch.lines())
    assert await loading.prepare(loader)
    # A commit that is not in the log yet is marked on no page, and tests do not wait for the log.
    await loader.execute("SET synchronous_commit = on")
    await loading.load_batch(loader, desk, packing.pack(desk, stretch.header, batch))
    await loader.execute("RESET ROLE; CHECKPOINT")
    for table in loading.WRITTEN:
        told = await loader.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT count(*) FROM {table}"
        )
        assert json.loads(told)[0]["Plan"]["Shared Dirtied Blocks"] == 0, table
    await loader.close()
