"""Books as files, for whoever holds the server's shell; nothing is left of one that broke off."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Final
from uuid import UUID

import click
import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from market.base import db, tables
from market.base.access import SYSTEM
from market.base.embedded import Dsns
from market.base.settings import StartFault
from market.cli import database
from market.cli.telling import command, console, say
from market.reports.journals import operations, queries, writing
from market.reports.journals.model import (
    ENDINGS,
    Books,
    Format,
    Record,
    UnitNotNamed,
    Wanted,
)
from market.reports.journals.operations import Desk

STATEMENT_MS: Final = 600_000  # a shell waits longer than a request
MOST_XLSX_ROWS: Final = tables.MOST_XLSX_ROWS - 1
BY_ENDING: Final = {ending: kind for kind, ending in ENDINGS.items()} | {"hledger": Format.HLEDGER}
HELP: Final = {
    Record.JOURNAL: "序时账 · All postings by day: csv, xlsx, beancount, hledger.",
    Record.GENERAL_LEDGER: "总账明细账 · By account, with running balances: csv, xlsx.",
    Record.VOUCHERS: "记账凭证清单 · By number: csv, xlsx.",
}
DAY: Final = click.DateTime(["%Y-%m-%d"])
FORM: Final = "YYYY-MM-DD"


class Written(msgspec.Struct, frozen=True):
    """What ``--json`` tells of a file."""

    file: str
    unit_id: UUID
    from_on: date
    until_on: date
    postings: int
    left_out: int
    size_bytes: int
    sha256: str


class Order(msgspec.Struct, frozen=True):
    """What is to be written where."""

    record: Record
    kind: Format
    file: Path
    unit: str
    wanted: Wanted


@click.group("export", short_help="导出账簿 · Export books.")
def export() -> None:
    """导出账簿 · Export the books of a unit; the ledger itself is only read.

    \b
    market export journal 账.beancount --unit 锦川市职工技术协会
    market export journal 账.journal --unit 锦川市职工技术协会 --from 2026-01-01 --until 2026-03-31
    market export general-ledger 明细账.xlsx --unit 锦川市职工技术协会
    market export vouchers 凭证.csv --unit 锦川市职工技术协会

    文件的扩展名决定格式：csv、xlsx，序时账另有 beancount（beancount 3）和 journal（hledger）。
    不给日期时，从建账之日到今天。尚未编号的记账先编号。文件写完才出现，不覆盖已有的文件。

    The file's ending decides: csv, xlsx, for the journal also beancount (beancount 3) and journal
    (hledger). Without days, since the books began and until today. Postings without a voucher get
    theirs first. The file appears when it is complete, and none that exists is overwritten.
    """


def _written(record: Record) -> click.Command:
    """The command of one record; they differ in their words and formats alone."""
    kinds = [kind.value for kind in writing.FORMATS[record]]

    @click.command(record.value, help=HELP[record], short_help=HELP[record])
    @click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
    @click.option(
        "--unit",
        required=True,
        help="账套所属单位的名称、统一社会信用代码、编号前缀或 id Name, USCC, number prefix or id.",
    )
    @click.option("--from", "from_on", type=DAY, metavar=FORM, help="起始日期 The first day.")
    @click.option("--until", "until_on", type=DAY, metavar=FORM, help="截止日期 The last day.")
    @click.option(
        "--format",
        "kind",
        type=click.Choice(kinds),
        help="格式，不给则看扩展名 The format, if not by the ending.",
    )
    @click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="以一个 JSON 对象说明所写的文件 What was written, as one JSON object on stdout.",
    )
    @command
    def run(
        file: Path,
        unit: str,
        from_on: datetime | None,
        until_on: datetime | None,
        kind: str | None,
        as_json: bool,
    ) -> None:
        wanted = Wanted(from_on and from_on.date(), until_on and until_on.date())
        order = Order(record, _format(record, file, kind), file, unit, wanted)
        if file.exists():
            raise StartFault(
                f"{file} 已存在，请另取文件名。", f"{file} exists. Choose another name."
            )
        folder = file.absolute().parent
        if not folder.is_dir():
            raise StartFault(
                f"文件夹 {folder} 不存在。请先建立它，或另选文件夹。",
                f"There is no folder {folder}. Make it first, or choose another.",
            )
        with database.existing_migrated() as (_, dsns):
            written = asyncio.run(write(dsns, order))
        if as_json:
            click.echo(msgspec.json.encode(written))
        say(f"已导出 written: {file} · 记账 postings {written.postings}")
        if written.left_out:
            say(f"尚未编号而未列入 without a number yet and left out: {written.left_out}")

    return run


def _format(record: Record, file: Path, named: str | None) -> Format:
    kind = Format(named) if named else BY_ENDING.get(file.suffix.lower().removeprefix("."))
    if kind not in writing.FORMATS[record]:
        kinds = [each.value for each in writing.FORMATS[record]]
        raise StartFault(
            f"不能从 {file.name} 的扩展名得知格式。请用 --format 指明：{'、'.join(kinds)}。",
            f"The ending of {file.name} names no format. Give --format: {', '.join(kinds)}.",
        )
    return kind


async def write(dsns: Dsns, order: Order) -> Written:
    """Into a neighbour of the file first, which takes its name when it is complete."""
    pool = await db.open_pool(dsns.app, size=1, statement_timeout_ms=STATEMENT_MS)
    try:
        desk = Desk(pool, SYSTEM)
        unit_id = await _unit_named(desk, order.unit)
        books = await operations.gather(desk, unit_id, order.wanted)
        writing.require_room(books, order.record, order.kind, MOST_XLSX_ROWS)
        return await _kept(desk, books, order)
    finally:
        await db.close_pool(pool)


async def _unit_named(desk: Desk, named: str) -> UUID:
    async with desk.reading() as conn:
        found = await queries.units_named(conn, named)
    if len(found) != 1:
        raise UnitNotNamed(named=named)
    return found[0]


async def _kept(desk: Desk, books: Books, order: Order) -> Written:
    digest, size_bytes = hashlib.sha256(), 0
    with appearing(order.file) as file, _telling() as tell:
        async for piece in writing.pieces(desk, books, order.record, order.kind, tell):
            file.write(piece)
            digest.update(piece)
            size_bytes += len(piece)
    scope = books.scope
    return Written(
        file=str(order.file),
        unit_id=scope.books,
        from_on=scope.from_on,
        until_on=scope.until_on,
        postings=books.postings,
        left_out=books.left_out,
        size_bytes=size_bytes,
        sha256=digest.hexdigest(),
    )


@contextmanager
def appearing(file: Path) -> Iterator[IO[bytes]]:
    """A neighbour of the file that takes its name at the end, and is gone if that never comes."""
    with NamedTemporaryFile(dir=file.absolute().parent, prefix=".market-", delete=False) as new:
        try:
            yield new.file
            new.flush()
            Path(new.name).rename(file)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise


@contextmanager
def _telling() -> Iterator[writing.Tell]:
    """A bar on stderr, where it is a terminal."""
    shown = (
        TextColumn("导出 exporting"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*shown, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


for each in Record:
    export.add_command(_written(each))
