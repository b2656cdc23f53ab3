"""The one executable: ``market serve | work | migrate | demo | check | seal | mails | …``.

Messages for people go to stderr, results to stdout. Exit codes: 0 done, 1 refused or at fault,
2 cannot start (settings, database, migrations).
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Final, ParamSpec

import click
import msgspec
from rich.console import Console
from rich.progress import Progress

import market
from market import importing, serving, worker
from market.auditor import audit
from market.auditor.model import Report
from market.base import backup, db, embedded, logs, mail, migrations, seals
from market.base.embedded import Dsns
from market.base.errors import MarketError
from market.base.settings import Settings, StartFault, load
from market.demo import city, play
from market.demo.client import Refused
from market.identity.administrators import operations as administrators
from market.identity.administrators.model import Administrator, NewAdministrator
from market.identity.passwords.model import check_password, hasher
from market.identity.people.model import EmailTaken
from market.identity.units.model import NewRoot

P = ParamSpec("P")

REFUSED: Final = 1
CANNOT_START: Final = 2
ENOUGH_ADMINISTRATORS: Final = 2

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
        except Refused as refused:
            said.print("[red]演示中断，再次运行会接着办。The story broke off; run it again.[/red]")
            said.print(str(refused), markup=False)
            sys.exit(REFUSED)
        except MarketError as refusal:
            said.print(f"[red]{refusal.detail('zh-CN')}\n{refusal.detail('en')}[/red]")
            sys.exit(REFUSED)
        except msgspec.ValidationError as fault:
            said.print(f"[red]参数有误 an argument is wrong: {fault}[/red]")
            sys.exit(REFUSED)
        except OSError as fault:
            said.print(f"[red]无法读写文件 cannot read or write: {fault}[/red]")
            sys.exit(CANNOT_START)
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
    applying = migrations.migrate(dsns.owner, dsns.logins, subscriptions=worker.SUBSCRIPTIONS)
    return asyncio.run(applying)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(market.__version__)
def main() -> None:
    """四技服务市场 · a technology-services marketplace for a workers' technical association.

    \b
    market demo            演示：一座城市的主流程  play a city's main job
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
        serving.run(
            serving.serve(
                settings, dsns, with_worker=with_worker, ready=lambda: _tell_address(settings)
            )
        )


def _tell_address(settings: Settings) -> None:
    said.print(f"服务地址 address {settings.public_url} · 文档 docs {settings.public_url}/docs")


@main.command()
@click.option("--once", is_flag=True, help="Run the jobs that are due now, then end.")
@command
def work(once: bool) -> None:
    """处理后台任务 · Run the jobs: notices, due dates, seals."""
    with _migrated() as (settings, dsns):
        if once:
            asyncio.run(worker.drain(dsns))
        else:
            serving.run(serving.until_signal(lambda stop: worker.run(settings, dsns, stop)))


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
        click.echo(str(head))


async def _seal(dsns: Dsns) -> seals.Seal | None:
    async with _connected(dsns.worker) as conn:
        await seals.keep_up(conn)
        return await seals.head(conn)


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[db.Connection]:
    conn = await db.connect(dsn)
    try:
        yield conn
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
    async with _connected(dsns.worker) as conn:
        return await mail.kept(conn, limit=limit)


@main.command()
@click.option("--head", metavar="N:HASH", help="A head printed earlier; it must still be there.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object on stdout.")
@command
def check(head: str | None, as_json: bool) -> int:
    """审计 · Audit everything from the tables alone; reads only.

    \b
    market check                        # exit code 1 names every fault by table and id
    market check --head 12:5f0c…        # also: that head is still among the seals
    """
    _require_head(head)
    with _existing() as (_, dsns):
        report = asyncio.run(audit.run(dsns.auditor, expected_head=head))
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        _print_report(report)
    return REFUSED if report.faults else 0


def _require_head(head: str | None) -> None:
    if head is not None and re.fullmatch(r"[0-9]+:[0-9a-f]{64}", head) is None:
        raise StartFault(
            "--head 的格式为 序号:哈希（64 位十六进制），请原样使用 market seal 打印的内容。",
            "--head reads NUMBER:HASH (64 hexadecimal digits), as market seal printed it.",
        )


@contextmanager
def _existing() -> Iterator[tuple[Settings, Dsns]]:
    """The settings and a database that is there already: nothing is made or migrated."""
    settings = load(os.environ)
    if settings.database_url is None and not (settings.data / "pg").exists():
        raise StartFault(
            f"{settings.data} 中没有数据库，没有可审计的内容。请核对 MARKET_DATA。",
            f"There is no database in {settings.data}, so nothing to audit. Check MARKET_DATA.",
        )
    with _database() as found:
        yield found


def _print_report(report: Report) -> None:
    for fault in report.faults:
        click.echo(f"{fault.invariant} {fault.table} {fault.id}: {fault.found}")
        click.echo(f"   应当 expected: {fault.zh} · {fault.en}")
    count = len(report.faults)
    verdict = f"发现问题 faults {count}" if count else "全部成立 all hold"
    said.print(
        f"检查 checks {report.checks} · {verdict} · "
        f"尚未封存 not sealed yet {report.unsealed} · 封存头 head {report.head or '—'}"
    )


@main.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@command
def back_up(file: Path) -> None:
    """备份 · Write database and files into one file that does not exist yet."""
    with _migrated() as (settings, dsns):
        asyncio.run(backup.backup(dsns.owner, settings.data, file, progress=_tell))
    said.print(f"已备份 written: {file}")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, help="Do not ask.")
@command
def restore(file: Path, yes: bool) -> None:
    """恢复 · Restore a backup into an empty database; opens a new epoch."""
    if not yes:
        click.confirm(
            "恢复到当前配置的空数据库？Restore into the configured empty database?", abort=True
        )
    with _database() as (settings, dsns):
        restoring = backup.restore(
            dsns.owner, settings.data, file, urls=dsns.logins, progress=_tell
        )
        asyncio.run(restoring)
    said.print("已恢复 restored")


def _tell(zh: str, en: str) -> None:
    said.print(f"{zh} · {en}")


@main.command("create-administrator")
@click.option("--name", prompt="姓名 name", help="As colleagues know the person.")
@click.option("--email", prompt="邮箱 e-mail", help="With which the person signs in.")
@click.password_option(help="At least 10 characters; asked for when left out.")
@click.option(
    "--root", default="市总工会", show_default=True, help="The unit at the top, the first time."
)
@click.option("--region", default="510100", show_default=True, help="Its GB/T 2260 code.")
@command
def create_administrator(name: str, email: str, password: str, root: str, region: str) -> None:
    """建立管理员 · Create an administrator; run it for two people.

    One of them proposes a money role, the other approves it: nobody can do both. Only whoever
    holds this server's shell can run it.
    """
    new = msgspec.convert(
        {"name": name, "email": email, "root": {"name_zh": root, "region": region}},
        NewAdministrator,
    )
    with _migrated() as (settings, dsns):
        made = asyncio.run(_create_administrator(settings, dsns, new, password))
    said.print(f"已建立管理员 administrator {made.person.name} · {made.root.name_zh}")
    if made.administrators_count < ENOUGH_ADMINISTRATORS:
        said.print(
            "还须再建立一名，资金角色才能有人批准。Create a second one, to approve money roles."
        )


async def _create_administrator(
    settings: Settings, dsns: Dsns, new: NewAdministrator, password: str
) -> Administrator:
    check_password(password, new.email)
    hashed = await hasher(settings.password_cost).hash(password)
    async with _connected(dsns.app) as conn:
        return await administrators.create_administrator(conn, new, hashed)


@main.command("import-offerings")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--unit", required=True, help="Whose offerings: the unit's name, USCC or id.")
@click.option("--by", required=True, help="Who imports: the e-mail of its member or clerk.")
@click.option("--reviewed-by", help="Who passed them elsewhere; left out, drafts are imported.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of each line.")
@click.option("--json", "as_json", is_flag=True, help="Bad lines and result, one object a line.")
@command
def import_offerings(
    file: Path, unit: str, by: str, reviewed_by: str | None, dry_run: bool, as_json: bool
) -> int:
    """导入服务项目 · Import a unit's offerings from a CSV file.

    \b
    market import-offerings 项目.csv --unit 东纺技协 --by clerk@e.cn --dry-run
    market import-offerings 项目.csv --unit 东纺技协 --by clerk@e.cn --reviewed-by li@e.cn

    The first line names the columns: the API's fields of a new offering, with members (by their
    numbers) for member_ids; lists stand in one cell, divided by |. The file may be imported again:
    lines that are there already are passed over. Only whoever holds this server's shell can run it,
    and answers for the two who are named.

    A file of 50,000 lines or more, and of more than there are offerings, is loaded: the indexes of
    the catalogue are made anew behind it, and until then its pages are slow.
    """
    order = importing.Order(file, unit, by, reviewed_by, dry_run)
    size = file.stat().st_size
    with importing.readers() as pool, _migrated() as (_, dsns), _telling(size, as_json) as tell:
        loading = importing.import_offerings(dsns.app, order, pool, tell, dsns.given_owner)
        outcome = asyncio.run(loading)
    if as_json:
        click.echo(msgspec.json.encode(msgspec.structs.replace(outcome, faults=[])))
    done = "试运行，未写入 nothing written, would import" if dry_run else "已导入 imported"
    said.print(
        f"{done}: {outcome.imported} · 已有 there already: {outcome.already_there} · "
        f"有误 bad lines: {len(outcome.faults)}"
    )
    return REFUSED if outcome.faults else 0


@contextmanager
def _telling(size_bytes: int, as_json: bool) -> Iterator[Callable[[importing.Progress], None]]:
    """A bar on stderr, where it is a terminal, and each bad line as soon as it is known."""
    with Progress(*Progress.get_default_columns(), "{task.fields[imported]}", console=said) as bar:
        task = bar.add_task("导入 importing", total=size_bytes, imported=0)
        imported = 0

        def tell(progress: importing.Progress) -> None:
            nonlocal imported
            imported += progress.outcome.imported
            words = f"{imported}"
            if progress.indexes is not None:
                words += f" · 待建索引 indexes to make: {progress.indexes}"
            bar.update(task, completed=progress.read_bytes, imported=words)
            for fault in progress.outcome.faults:
                if as_json:
                    click.echo(msgspec.json.encode(fault))
                else:
                    column = f" {fault.column}" if fault.column else ""
                    said.print(
                        f"第 {fault.line} 行 line {fault.line}{column}: {fault.zh}\n    {fault.en}",
                        markup=False,
                    )

        yield tell


@main.command()
@click.option("--exit", "leave", is_flag=True, help="End after the story instead of serving on.")
@command
def demo(leave: bool) -> None:
    """演示一座城市的主流程 · Play a city's main job through the HTTP API.

    \b
    market demo            # then serves on, with the logins printed
    market demo --exit     # then ends
    A second run adds nothing twice; an interrupted one goes on.
    """
    settings = load(os.environ)
    if settings.database_url is not None:
        raise StartFault(
            "演示只在内嵌数据库上运行。请去掉 DATABASE_URL 等变量后重试。",
            "The demonstration runs on the embedded database alone. Unset DATABASE_URL and the "
            "others, then run it again.",
        )
    with _migrated() as (settings, dsns):
        if "MARKET_LOG_LEVEL" not in os.environ:
            logs.configure("warning")  # the story is what people read here
        asyncio.run(_demo(settings, dsns, leave=leave))


async def _demo(settings: Settings, dsns: Dsns, *, leave: bool) -> None:
    await _ensure_administrators(settings, dsns)

    async def run(stop: asyncio.Event) -> None:
        async with serving.served(settings, dsns, with_worker=True):
            story = play.play(
                settings.public_url,
                settings.data / "demo.jsonl",
                mails=lambda address: _mails_to(dsns, address),
                tell=click.echo,
            )
            if not await serving.unless_stopped(story, stop):
                said.print("已停止，再次运行会接着办。Stopped; a second run goes on from here.")
                return
            head = await _seal(dsns)
            click.echo(f"\n封存头 seal head {head}")
            if not leave:
                _tell_address(settings)
                said.print("按 Ctrl+C 结束 Ctrl+C ends")
                await stop.wait()

    await serving.until_signal(run)


async def _ensure_administrators(settings: Settings, dsns: Dsns) -> None:
    root = city.UNITS[0]
    for person in city.ADMINISTRATORS:
        new = NewAdministrator(
            name=person.name,
            email=person.email,
            root=NewRoot(name_zh=root.name_zh, name_en=root.name_en, region="510100"),
        )
        with suppress(EmailTaken):
            await _create_administrator(settings, dsns, new, city.PASSWORD)


async def _mails_to(dsns: Dsns, address: str) -> list[str]:
    async with _connected(dsns.worker) as conn:
        return await mail.bodies_to(conn, address)
