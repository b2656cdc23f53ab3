"""A unit's offerings from a file: how far it has come, each bad line, the result."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from market import offering_files
from market.base.settings import load
from market.cli import database
from market.cli.telling import REFUSED, command, console, say, say_both


@click.command("import-offerings", short_help="导入服务项目 · Import offerings from a CSV file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--unit",
    required=True,
    help="所属单位的名称、统一社会信用代码、编号前缀或编号 "
    "Whose offerings: the unit's name, USCC, number prefix or id.",
)
@click.option(
    "--by",
    required=True,
    help="导入人的登录邮箱，须为该单位会员或经办 The e-mail of who imports, its member or clerk.",
)
@click.option(
    "--reviewed-by",
    help="已另行审核的人的登录邮箱；不给则导入为草稿 Who passed them elsewhere; without, drafts.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="只说明每行的结果，不写入 Only say what would become of each line.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="有误的行和结果，每行一个 JSON 对象 Bad lines and result, one object a line.",
)
@command
def import_offerings(
    file: Path, unit: str, by: str, reviewed_by: str | None, dry_run: bool, as_json: bool
) -> int:
    """导入服务项目 · Import a unit's offerings from a CSV file.

    \b
    market import-offerings 项目.csv --unit 东纺技协 --by clerk@e.cn --dry-run
    market import-offerings 项目.csv --unit 东纺技协 --by clerk@e.cn --reviewed-by li@e.cn

    首行为列名，与接口中新建服务项目的字段相同，但以 members（会员编号）代替 member_ids；
    一格多项以 | 分隔。price_minor 以分为单位，只写数字：12,000.00 元写作 1200000。
    可重复导入同一文件，已有的行会跳过。只有能登录本服务器的人可以运行，并对所写的两人负责。

    The first line names the columns: the API's fields of a new offering, with members (by their
    numbers) for member_ids; lists stand in one cell, divided by |. price_minor is in fen, digits
    only: 12,000.00 yuan is 1200000. The file may be imported again: lines that are there already
    are passed over. Only whoever holds this server's shell can run it, and answers for the two who
    are named.

    文件达 50,000 行且多于现有项目时整批装入（使用外部数据库的，须设置 MIGRATE_DATABASE_URL）：
    先移除目录索引，装入后重建；其间目录较慢，重建时服务项目暂不能改动。导入若被强行终止，
    内嵌数据库在下次启动时补建索引，外部数据库请运行 market migrate。有人正长时间读取目录
    （如备份）时索引保留，导入较慢。

    A file of 50,000 lines or more, and of more than there are offerings, is loaded (into a given
    database only with MIGRATE_DATABASE_URL): the indexes of the catalogue are taken away and made
    anew behind it. Until then its pages are slow, and while they are made no offering can be
    changed. If the import is killed, the next start makes them in the embedded database, and market
    migrate in a given one. While somebody reads the catalogue for long, as a backup does, the
    indexes stay and the import takes longer.
    """
    database.require_existing(load(os.environ))  # before processes are forked for nothing
    order = offering_files.Order(file, unit, by, reviewed_by, dry_run)
    size = file.stat().st_size
    with (
        offering_files.readers() as reading,
        database.existing_migrated() as (_, dsns),
        _telling(size, as_json) as tell,
    ):
        loading = offering_files.import_offerings(dsns.app, order, reading, tell, dsns.given_owner)
        outcome = asyncio.run(loading)
    if as_json:
        click.echo(msgspec.json.encode(msgspec.structs.replace(outcome, faults=[])))
    done = "试运行，未写入 nothing written, would import" if dry_run else "已导入 imported"
    say(f"{done}: {outcome.imported}")
    say(f"已有 there already: {outcome.already_there} · 有误 bad lines: {len(outcome.faults)}")
    return REFUSED if outcome.faults else 0


@contextmanager
def _telling(size_bytes: int, as_json: bool) -> Iterator[Callable[[offering_files.Progress], None]]:
    """A bar on stderr, where it is a terminal, and each bad line as soon as it is known."""
    shown = (
        TextColumn("导入 importing"),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[imported]}"),
    )
    with Progress(*shown, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=size_bytes, imported=0)
        imported = 0

        def tell(progress: offering_files.Progress) -> None:
            nonlocal imported
            imported += progress.outcome.imported
            if progress.slowly:
                say_both(
                    "目录正被长时间读取（如备份），或另一导入正在进行，因此保留索引，导入较慢。"
                    "如要更快，请按 Ctrl-C 停止，待其结束后重新导入同一文件，已有的行会跳过。",
                    "Somebody reads the catalogue for long, as a backup does, or imports as well: "
                    "its indexes stay, and this takes longer. To have it fast, press Ctrl-C and "
                    "import the file again when that is over; what is there is passed over.",
                )
            words = f"{imported}"
            if progress.indexes is not None:
                words += f" · 待建索引 indexes to make: {progress.indexes}"
            bar.update(task, completed=progress.read_bytes, imported=words)
            for fault in progress.outcome.faults:
                if as_json:
                    click.echo(msgspec.json.encode(fault))
                else:
                    column = f" · {fault.column}" if fault.column else ""
                    say(f"第 {fault.line} 行 line {fault.line}{column}")
                    say(f"    {fault.zh}\n    {fault.en}")

        yield tell
