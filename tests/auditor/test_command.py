"""`market check` as people run it: what it prints and how it exits."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from market.auditor import audit
from market.base.embedded import Dsns

MARKET = Path(sys.executable).with_name("market")
NO_HEAD = "1:" + "0" * 64


class Ended(NamedTuple):
    code: int | None
    output: str

    @property
    def report(self) -> Any:
        return json.loads(self.output)


async def check(addresses: Dsns, *words: str) -> Ended:
    environ = os.environ | {
        "DATABASE_URL": addresses.app,
        "WORKER_DATABASE_URL": addresses.worker,
        "AUDITOR_DATABASE_URL": addresses.auditor,
        "MIGRATE_DATABASE_URL": addresses.owner,
    }
    process = await asyncio.create_subprocess_exec(
        MARKET, "check", *words, env=environ, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return Ended(process.returncode, output.decode())


async def test_the_command_finds_nothing_and_knows_an_earlier_head(original: Dsns) -> None:
    head = (await audit.run(original.auditor)).head
    assert head is not None
    whole = await check(original, "--json", "--head", head)
    assert (whole.code, whole.report["faults"], whole.report["head"]) == (0, [], head)
    other = await audit.run(original.auditor, expected_head=NO_HEAD)
    assert [(fault.table, fault.id) for fault in other.faults] == [("seal", NO_HEAD)]


async def test_the_command_names_the_row_that_was_changed(copy: Dsns) -> None:
    superuser = await asyncpg.connect(copy.owner)
    await superuser.execute("SET session_replication_role = replica")
    changed = await superuser.fetchval(
        """UPDATE transfer SET amount_minor = amount_minor + 1
           WHERE id = (SELECT min(id) FROM transfer) RETURNING id"""
    )
    await superuser.close()
    told = await check(copy, "--head", NO_HEAD)
    assert told.code == 1
    assert f"I10 transfer {changed}: differs from what seal 1 covers" in told.output
    assert f"I10 seal {NO_HEAD}" in told.output
    assert "封存链完整" in told.output
    assert "the seals hold" in told.output
