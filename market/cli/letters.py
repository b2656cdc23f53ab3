"""The mails that were written, for whoever has no mail relay or asks what somebody was told."""

from __future__ import annotations

import asyncio
from typing import Final

import click
import msgspec

from market.base import clock, mail
from market.base.embedded import Dsns
from market.cli import database
from market.cli.telling import command, say, show

RULE: Final = "─" * 40


@click.command(short_help="查看邮件 · Show the newest mails.")
@click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="最多几封 How many at most.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="每行一个 JSON 对象，最新的在前 One JSON object a line on stdout, the newest first.",
)
@command
def mails(limit: int, as_json: bool) -> None:
    """查看邮件 · Show the newest mails, sent or not; the newest comes last.

    \b
    market mails --limit 3
    market mails --limit 1000 | less
    """
    with database.existing_migrated() as (_, dsns):
        letters = asyncio.run(_kept(dsns, limit))
    if as_json:
        for letter in letters:
            click.echo(msgspec.json.encode(letter))
        return
    for letter in reversed(letters):
        show(_printed(letter))
    say(f"邮件 mails {len(letters)}")


def _printed(letter: mail.Mail) -> str:
    at = letter.created_at.astimezone(clock.SHANGHAI)
    return "\n".join(
        [
            RULE,
            f"收件人 to       {letter.to_address}",
            f"时间   at       {at:%Y-%m-%d %H:%M} 北京时间 Beijing time",
            f"状态   state    {_state(letter)}",
            f"主题   subject  {letter.subject}",
            *([f"附件   attached {letter.attachment_name}"] if letter.attachment_name else []),
            "",
            letter.body,
            "",
        ]
    )


def _state(letter: mail.Mail) -> str:
    if letter.sent_at:
        return "已发送 sent"
    if letter.last_fault:
        return f"发送失败 {letter.tries} 次 failed: {' '.join(letter.last_fault.split())}"
    return "未发送 not sent"


async def _kept(dsns: Dsns, limit: int) -> list[mail.Mail]:
    async with database.connected(dsns.worker) as conn:
        return await mail.kept(conn, limit=limit)
