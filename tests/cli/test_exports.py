"""Books that leave by the server's shell: the same bytes as over HTTP, a whole file or none."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result

from market.base.access import Actor, Role
from market.cli import exports, main
from market.identity.organisations.model import Organisation
from tests.conftest import Clone
from tests.world import identity, ledger, site
from tests.world.site import Site

UNTIL = date(2026, 3, 31)


class Shell(NamedTuple):
    """Where the command is run, on the books of one unit."""

    site: Site
    unit: Organisation
    finance: Actor
    env: dict[str, str | None]

    async def export(self, *words: str) -> Result:
        runner = CliRunner(env=self.env)
        return await asyncio.to_thread(runner.invoke, main, ["export", *words])


@pytest.fixture(scope="module")
async def shell(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shell]:
    folder = tmp_path_factory.mktemp("exports")
    async with clone() as addresses, site.opened(addresses, folder) as market:
        unit = await identity.unit(market.conn)
        finance = await identity.person(market.conn, unit, Role.FINANCE)
        for amount in (1_00, 2_00):
            pair = ledger.leg(ledger.SUSPENSE, ledger.NET_ASSETS, amount)
            await ledger.post(market.conn, unit.id, pair)
        env: dict[str, str | None] = {
            "MARKET_DATA": str(folder),
            "DATABASE_URL": addresses.app,
            "WORKER_DATABASE_URL": addresses.worker,
        }
        yield Shell(market, unit, finance, env)


def names_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


@pytest.mark.parametrize(
    ("record", "name", "query"),
    [
        ("journal", "账.beancount", "journal?format=beancount"),
        ("journal", "账.journal", "journal?format=hledger"),
        ("general-ledger", "明细账.csv", "general-ledger?format=csv"),
        ("vouchers", "凭证.xlsx", "vouchers?format=xlsx"),
    ],
)
async def test_the_file_is_what_is_sent_over_http(
    shell: Shell, tmp_path: Path, record: str, name: str, query: str
) -> None:
    file = tmp_path / name
    words = [record, str(file), "--unit", shell.unit.name_zh, "--until", f"{UNTIL}", "--json"]
    ended = await shell.export(*words)
    assert ended.exit_code == 0, ended.output
    path = f"/v1/units/{shell.unit.id}/{query}&until_on={UNTIL}"
    sent = await shell.site.send(shell.finance, "GET", path)
    assert sent.content == file.read_bytes()
    told = json.loads(ended.stdout)
    assert told["sha256"] == hashlib.sha256(sent.content).hexdigest()
    assert (told["postings"], told["left_out"], told["size_bytes"]) == (2, 0, len(sent.content))
    assert (told["file"], told["until_on"]) == (str(file), f"{UNTIL}")
    assert names_in(tmp_path) == [name]


async def test_a_unit_is_named_by_its_number_prefix_too(shell: Shell, tmp_path: Path) -> None:
    prefix = shell.unit.number_prefix
    assert prefix is not None
    ended = await shell.export("journal", str(tmp_path / "账.csv"), "--unit", prefix)
    assert ended.exit_code == 0, ended.output


async def test_no_file_is_overwritten(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "账.csv"
    file.write_text("kept")
    ended = await shell.export("journal", str(file), "--unit", str(shell.unit.id))
    assert (ended.exit_code, file.read_text()) == (2, "kept")
    assert "已存在" in ended.output


@pytest.mark.parametrize(
    ("record", "name", "unit", "code", "told"),
    [
        ("journal", "账.txt", None, 2, "--format"),
        ("vouchers", "账.beancount", None, 2, "--format"),
        ("journal", "账.csv", "没有这个单位", 1, "没有这个单位"),
        ("journal", "没有/账.csv", None, 2, "没有 不存在"),
    ],
)
async def test_a_wrong_word_is_told_and_leaves_nothing_behind(
    shell: Shell, tmp_path: Path, record: str, name: str, unit: str | None, code: int, told: str
) -> None:
    words = [record, str(tmp_path / name), "--unit", unit or str(shell.unit.id)]
    ended = await shell.export(*words)
    assert (ended.exit_code, names_in(tmp_path)) == (code, []), ended.output
    assert told in ended.output


def test_what_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    def break_off() -> None:
        with exports.appearing(tmp_path / "账.csv") as file:
            file.write(b"half")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        break_off()
    assert names_in(tmp_path) == []
