"""The one executable: ``market serve | work | migrate | demo | check | seal | mails | …``.

Messages for people go to stderr, results to stdout. Exit codes: 0 done, 1 refused or at fault,
2 cannot start (settings, database, migrations).
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Final, ParamSpec

import click
import msgspec
from rich.console import Console
from rich.table import Table

import market
from market import serving, worker
from market.base import backup, db, embedded, logs, mail, migrations, seals
from market.base.access import SYSTEM
from market.base.embedded import Dsns
from market.base.errors import MarketError
from market.base.settings import Settings, StartFault, load

P = ParamSpec("P")

REFUSED: Final = 1
CANNOT_START: Final = 2

said = Console(stderr=True, highlight=False)


def command(run: Callable[P, int | None]) -> Callable[P, None]:
    """Give refusals their words and exit codes, once for all commands."""

    @wraps(run)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = run(*args, **kwargs)
        except StartFault as fault:
            said.print(f"[red]{fault}[/red]")
            sys.exit(CANNOT_START)
        except MarketError as refusal:
            said.print(f"[red]{refusal.detail('zh-CN')}\n{refusal.detail('en')}[/red]")
            sys.exit(REFUSED)
        sys.exit(code or 0)

    return told


@contextmanager
def _database() -> Iterator[tuple[Settings, Dsns]]:
    """The settings and the database that they name, or else the embedded one, started."""
    settings = load(os.environ)
    logs.configure(settings.log_level)
    with embedded.dsns(settings) as dsns:
        yield settings, dsns


@contextmanager
def _migrated() -> Iterator[tuple[Settings, Dsns]]:
    """The same, with every migration applied when the database is our own embedded one."""
    with _database() as (settings, dsns):
        if settings.database_url is None:
            _migrate(dsns)
        yield settings, dsns


def _migrate(dsns: Dsns) -> list[str]:
    urls = (dsns.app, dsns.worker, dsns.auditor)
    return asyncio.run(
        migrations.migrate(dsns.owner, urls, subscriptions=worker.SUBSCRIPTIONS)
    )


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(market.__version__)
def main() -> None:
    """四技服务市场 · a technology-services marketplace for a workers' technical association.

    \b
    market demo            演示:一座城市的主流程  play a city's main job
    market serve           启动服务  serve the API on 127.0.0.1:8000
    market check           审计全部账目  audit everything from the tables alone
    """


@main.command()
@click.option("--worker/--no-worker", "with_worker", default=True, help="Run the jobs in here too.")
@command
def serve(with_worker: bool) -> None:
    """启动服务 · Serve the API.

    \b
    market serve                        # API and jobs in one process
    market serve --no-worker            # beside `market work`
    """
    with _migrated() as (settings, dsns):
        said.print(f"服务地址 listening on {settings.public_url} · 文档 docs {settings.public_url}/docs")
        asyncio.run(serving.serve(settings, dsns, with_worker=with_worker))


@main.command()
@command
def work() -> None:
    """处理后台任务 · Run the jobs: notices, due dates, seals."""
    with _migrated() as (settings, dsns):
        asyncio.run(serving.until_signal(lambda stop: worker.run(settings, dsns, stop)))


@main.command()
@command
def migrate() -> None:
    """升级数据库 · Bring the database to this version; safe to run twice or at once."""
    with _database() as (_, dsns):
        applied = _migrate(dsns)
    for name in applied:
        click.echo(name)
    said.print(f"已执行 applied: {len(applied)}")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@command
def seal(as_json: bool) -> None:
    """封存日志 · Seal the events and transfers that are not sealed yet; print the head."""
    with _migrated() as (_, dsns):
        head = asyncio.run(_seal(dsns))
    if as_json:
        click.echo(msgspec.json.encode(head))
    elif head is None:
        said.print("尚无可封存的内容 nothing to seal yet")
    else:
        click.echo(f"{head.number}:{head.hash.hex()}")


async def _seal(dsns: Dsns) -> seals.Seal | None:
    conn = await db.connect(dsns.worker)
    try:
        async with db.act(conn, SYSTEM):
            await seals.seal(conn)
            return await seals.head(conn)
    finally:
        await conn.close()


@main.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
@command
def mails(limit: int, as_json: bool) -> None:
    """查看邮件 · Show the newest mails, sent or not."""
    with _migrated() as (_, dsns):
        letters = asyncio.run(_mails(dsns, limit))
    if as_json:
        for letter in letters:
            click.echo(msgspec.json.encode(letter))
        return
    for letter in letters:
        sent = "已发送 sent" if letter.sent_at else "未发送 kept"
        click.echo(f"{letter.created_at:%Y-%m-%d %H:%M} {letter.to_address} [{sent}]")
        click.echo(f"{letter.subject}\n{letter.body}\n")


async def _mails(dsns: Dsns, limit: int) -> list[mail.Mail]:
    conn = await db.connect(dsns.worker)
    try:
        return await mail.kept(conn, limit=limit)
    finally:
        await conn.close()
