"""A backup restored into an empty cluster holds, and the market goes on from there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from market.auditor import audit
from market.base import backup, db, embedded, seals
from market.base.embedded import Dsns
from tests.auditor.test_command import MARKET
from tests.world import invoicing


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder without anything; not below pytest's own, whose permissions come and go."""
    folder = Path(tempfile.mkdtemp(prefix="market-restore-"))
    folder.chmod(0o711)
    yield folder
    if (folder / "pg").exists():
        embedded.found(folder / "pg").stop()
    shutil.rmtree(folder)


def market(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    environ = kept | {"MARKET_DATA": str(data), "MARKET_PASSWORD_COST": "cheap"}
    return subprocess.run(
        [MARKET, *words], env=environ, capture_output=True, text=True, check=False
    )


async def test_a_restored_market_holds_and_seals_and_posts_on(original: Dsns, data: Path) -> None:
    before = await audit.run(original.auditor)
    kept = data / "market.tar"
    await backup.backup(original.owner, data, kept)
    with embedded.cluster(data / "pg", fast=True):  # keeps it running between the commands
        restored = market(data, "restore", str(kept), "--yes")
        assert restored.returncode == 0, restored.stderr
        assert before.head is not None
        checked = market(data, "check", "--head", before.head)
        assert (checked.returncode, checked.stdout) == (0, "")

        addresses = embedded.found(data / "pg").dsns()
        assert await _epochs(addresses) == [1, 2]
        app, worker = await db.connect(addresses.app), await db.connect(addresses.worker)
        deal = await invoicing.fw01(app)
        await invoicing.issued(app, deal)
        sealed = await seals.seal(worker)
        await app.close()
        await worker.close()
        assert sealed is not None
        assert (sealed.number, sealed.from_epoch, sealed.to_epoch) == (2, 1, 2)
        after = await audit.run(addresses.auditor, expected_head=before.head)
        assert (after.faults, after.unsealed) == ([], 0)


async def _epochs(addresses: Dsns) -> list[int]:
    conn = await asyncpg.connect(addresses.auditor)
    try:
        return [row["number"] for row in await conn.fetch("SELECT number FROM epoch ORDER BY 1")]
    finally:
        await conn.close()
