"""Auditing, and sealing what an audit later relies on."""

from __future__ import annotations

import asyncio
import re
from typing import Final

import click
import msgspec

from market.auditor import audit
from market.auditor.model import Report
from market.base import seals
from market.base.embedded import Dsns
from market.base.settings import StartFault
from market.cli import database
from market.cli.telling import REFUSED, command, say

HEAD: Final = re.compile(r"[0-9]+:[0-9a-f]{64}")


@click.command(short_help="审计 · Audit everything; reads only.")
@click.option(
    "--head",
    metavar="N:HASH",
    help="此前打印的封存头，须仍在其中 A head printed earlier; it must still be there.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="以一个 JSON 对象输出到 stdout The report as one JSON object on stdout.",
)
@command
def check(head: str | None, as_json: bool) -> int:
    """审计 · Audit everything from the tables alone; reads only.

    \b
    market check                        # exit code 1 names every fault by table and id
    market check --head 12:5f0c…        # also: that head is still among the seals
    """
    if head is not None and HEAD.fullmatch(head) is None:
        raise StartFault(
            "--head 的格式为 序号:哈希（64 位十六进制），请原样使用 market seal 打印的内容。",
            "--head reads NUMBER:HASH (64 hexadecimal digits), as market seal printed it.",
        )
    with database.existing() as (_, dsns):
        report = asyncio.run(audit.run(dsns.auditor, expected_head=head))
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        _print_report(report)
    return REFUSED if report.faults else 0


def _print_report(report: Report) -> None:
    for fault in report.faults:
        click.echo(f"{fault.invariant} {fault.table} {fault.id}: {fault.found}")
        click.echo(f"   应当 {fault.zh}\n   expected: {fault.en}")
    count = len(report.faults)
    verdict = f"发现问题 faults {count}" if count else "全部成立 all hold"
    say(f"检查 checks {report.checks} · {verdict}")
    say(f"尚未封存 not sealed yet {report.unsealed}")
    say(f"封存头 head {report.head or '—'}")


@click.command(short_help="封存日志 · Seal what is not sealed yet.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="以一个 JSON 对象输出到 stdout One JSON object on stdout.",
)
@command
def seal(as_json: bool) -> None:
    """封存日志 · Seal the events and transfers that are not sealed yet; print the head.

    \b
    market seal                         # keep what it prints, away from this machine
    market check --head 12:5f0c…        # later: nothing before that head was changed
    """
    with database.existing_migrated() as (_, dsns):
        head = asyncio.run(sealed(dsns))
    if as_json:
        click.echo(msgspec.json.encode(shown(head) if head else None))
    elif head is None:
        say("尚无可封存的内容 nothing to seal yet")
    else:
        click.echo(str(head))


def shown(head: seals.Seal) -> dict[str, object]:
    """The seal with its hashes as `market check --head` reads them."""
    shown = msgspec.structs.asdict(head)
    hashes = {"previous_hash": head.previous_hash.hex(), "hash": head.hash.hex()}
    return {"head": str(head), **shown, **hashes}


async def sealed(dsns: Dsns) -> seals.Seal | None:
    """Seal what is not sealed yet; the head of the chain."""
    async with database.connected(dsns.worker) as conn:
        await seals.keep_up(conn)
        return await seals.head(conn)
