"""What runs: the server, the worker, and the migrations before them."""

from __future__ import annotations

import asyncio

import click

from market import serving, worker
from market.base import db
from market.base.access import SYSTEM
from market.base.embedded import Dsns
from market.base.settings import Settings
from market.cli import database
from market.cli.telling import command, complain, say
from market.identity.second_factor import codes, queries


@click.command()
@click.option(
    "--worker/--no-worker",
    "with_worker",
    default=True,
    help="同时处理后台任务（默认） Run the jobs in here too (the default).",
)
@command
def serve(with_worker: bool) -> None:
    """启动服务 · Serve the API.

    \b
    market serve                        # API and jobs in one process
    market serve --no-worker            # beside `market work`

    首次运行时建立内嵌数据库。The first run makes the embedded database.
    """
    with database.migrated() as (settings, dsns):
        database.require_prepared(dsns)
        warn_of_missing_key(settings, dsns)
        serving.run(
            serving.serve(
                settings, dsns, with_worker=with_worker, ready=lambda: say_address(settings)
            )
        )


def warn_of_missing_key(settings: Settings, dsns: Dsns) -> None:
    """People have devices, but the key that makes their codes is not here: a restore forgot it."""

    async def are_there_devices() -> bool:
        async with database.connected(dsns.app) as conn, db.look(conn, SYSTEM):
            return await queries.is_any_enabled(conn)

    key = codes.place_of_key(settings.data)
    if not key.exists() and asyncio.run(are_there_devices()):
        complain(
            f"缺少 {key}：已启用的动态口令都不会被接受，只能用恢复码登录。"
            "请停止服务，放回原来的文件后再启动。",
            f"{key} is missing: no code of any device will be accepted, only recovery codes. Stop, "
            "put the old file back and start again.",
        )


def say_address(settings: Settings) -> None:
    say(f"服务地址 address {settings.public_url} · 文档 docs {settings.public_url}/docs")


@click.command()
@click.option(
    "--once",
    is_flag=True,
    help="办完到期的任务即结束 Run the jobs that are due now, then end.",
)
@command
def work(once: bool) -> None:
    """处理后台任务 · Run the jobs: notices, due dates, seals."""
    with database.existing_migrated() as (settings, dsns):
        if once:
            asyncio.run(worker.drain(dsns))
        else:
            serving.run(serving.until_signal(lambda stop: worker.run(settings, dsns, stop)))


@click.command(short_help="升级数据库 · Bring the database to this version.")
@command
def migrate() -> None:
    """升级数据库 · Bring the database to this version; safe to run twice or at once."""
    with database.opened() as (_, dsns):
        applied = database.migrate(dsns)
    for name in applied:
        click.echo(name)
    say(f"已执行 applied: {len(applied)}")
