"""What a transfer takes: the bytes of its tables and their indexes, before and after a cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from market.base.embedded import Cluster
from tests.bench import place
from tests.bench.measure import Cell
from tests.bench.pgbench import Script
from tests.bench.place import LIMIT, PGLEDGER

# Without what a transfer only changes: the accounts, and the balances that are kept.
TABLES: Final = {
    LIMIT: ("transfer", "posting", "controlled_entry"),
    PGLEDGER: ("pgledger_transfers", "pgledger_entries"),
}


class Kept(NamedTuple):
    """So many bytes for so many transfers."""

    size_bytes: int
    transfers: int


async def kept(running: Cluster, cell: Cell) -> dict[str, Kept]:
    """Of those who post in SQL alone, by their names in the cell."""
    return {
        name: await _kept(running, contender.database)
        for name, contender in cell.contenders.items()
        if isinstance(contender, Script) and cell.name == "ledger, single"
    }


async def _kept(running: Cluster, database: str) -> Kept:
    dsn, tables = running.dsn("postgres", database), TABLES[database]
    size = "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest('{%s}'::text[]) AS name"
    return Kept(
        int(await place.ask(dsn, size % ",".join(tables))),
        await place.ask(dsn, f"SELECT count(*) FROM {tables[0]}"),
    )


def a_transfer(before: Mapping[str, Kept], after: Mapping[str, Kept]) -> dict[str, float]:
    return {
        name: (now.size_bytes - before[name].size_bytes)
        / max(now.transfers - before[name].transfers, 1)
        for name, now in after.items()
    }
