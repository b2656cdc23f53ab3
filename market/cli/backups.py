"""Backup and restore, and what neither of them holds: the key of the second factors."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from market.base import backup
from market.cli import database
from market.cli.telling import command, say, say_both
from market.identity.second_factor import codes


@click.command("backup", short_help="备份 · Back up database and files.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@command
def back_up(file: Path) -> None:
    """备份 · Write database and files into one file that does not exist yet.

    \b
    market backup /mnt/备份/market-2026-11-28.tar

    备份不含 MARKET_DATA/second-factor.key，即第二因素的密钥：否则得到备份的人就能算出动态口令。
    请另行保管一份，与备份分开。

    The backup does not hold MARKET_DATA/second-factor.key, the key of the second factors, so that
    nobody makes a code out of a backup. Keep a copy of it elsewhere.
    """
    with database.existing() as (settings, dsns):
        asyncio.run(backup.backup(dsns.owner, settings.data, file, progress=say_both))
    say(f"已备份 written: {file}")
    key = codes.place_of_key(settings.data).absolute()
    if key.exists():
        say_both(
            f"备份不含 {key}（第二因素的密钥）。请另存一份，与备份分开保管。",
            f"The backup does not hold {key}, the key of the second factors. Keep a copy of it, "
            "apart from the backup.",
        )
    else:
        say_both(
            f"尚无第二因素的密钥；有人登记第二因素后，它在 {key}，不会进入备份，须另行保管。",
            f"There is no key of second factors yet. It will be {key}, in no backup: keep a copy "
            "of it apart once somebody has set up a second factor.",
        )


@click.command(short_help="恢复 · Restore a backup.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, help="不再询问 Do not ask.")
@command
def restore(file: Path, yes: bool) -> None:
    """恢复 · Restore a backup into an empty database; opens a new epoch.

    \b
    MARKET_DATA=/srv/market market restore /mnt/备份/market-2026-11-28.tar
    cp /mnt/密钥/second-factor.key /srv/market/

    备份不含第二因素的密钥。请在启动服务之前把原来的 second-factor.key 放回 MARKET_DATA。
    密钥已遗失时，登记过第二因素的人用恢复码登录，停用设备后重新登记；没有恢复码的，
    由一位管理员（企业为其管理人）提出重置，另一位批准。

    The key of the second factors is in no backup: put the old second-factor.key back into
    MARKET_DATA before anything serves. Where it is lost, people sign in with a recovery code,
    remove their device and set it up anew; who has no recovery code asks an administrator (in an
    enterprise, its manager) to propose a reset, which another one approves.
    """
    if not yes:
        click.confirm(
            "恢复到当前配置的空数据库？Restore into the configured empty database?", abort=True
        )
    verified = asyncio.run(backup.verify(file, say_both))  # before any database is made
    with database.opened() as (settings, dsns):
        restoring = backup.restore(
            dsns.owner,
            settings.data,
            file,
            urls=dsns.logins,
            progress=say_both,
            verified=verified,
        )
        asyncio.run(restoring)
    say("已恢复 restored")
    say_whether_the_key_is_there(codes.place_of_key(settings.data).absolute())


def say_whether_the_key_is_there(key: Path) -> None:
    if key.exists():
        say_both(
            f"第二因素的密钥在 {key}。请确认它与备份属于同一个市场，否则动态口令都不能通过。",
            f"The key of the second factors is {key}. Make sure that it belongs to what was "
            "restored: with another one no code is accepted.",
        )
    else:
        say_both(
            f"缺少第二因素的密钥 {key}。请在启动服务之前放回原来的文件；已遗失的，"
            "登记过第二因素的人须用恢复码登录后重新登记。详见 market restore --help。",
            f"The key of the second factors, {key}, is missing. Put the old file back before "
            "anything serves. Where it is lost, people sign in with a recovery code and set their "
            "device up anew; see market restore --help.",
        )
