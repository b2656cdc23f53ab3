"""The demonstration: a city's story, played over HTTP on a server that it starts itself."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

import click

from market import serving
from market.base import logs, mail
from market.base.embedded import Dsns
from market.base.settings import Settings, StartFault, load
from market.cli import administrators, audits, calendar, database, stripe_stand_in
from market.cli.processes import say_address
from market.cli.telling import command, say, say_both
from market.demo import cards, city, play
from market.demo.stage import World
from market.identity.administrators.model import NewAdministrator
from market.identity.people.model import EmailTaken
from market.identity.units.model import NewRoot


@click.command(short_help="演示 · Play a city's main job.")
@click.option(
    "--exit",
    "leave",
    is_flag=True,
    help="演示后即结束，不再提供服务 End after the story instead of serving on.",
)
@command
def demo(leave: bool) -> None:
    """演示一座城市的主流程 · Play a city's main job through the HTTP API.

    \b
    market demo            # then serves on, with the logins printed
    market demo --exit     # then ends

    银行卡一章使用本机的 Stripe 模拟器，不收真钱。Cards are paid at a simulator of Stripe on this
    machine, with no real money.

    再次运行不会重复办理，中断后可以续跑。A second run adds nothing twice; an interrupted one goes
    on.
    """
    settings = load(os.environ)
    if settings.database_url is not None:
        raise StartFault(
            "演示只在内嵌数据库上运行。请去掉 DATABASE_URL 等变量后重试。",
            "The demonstration runs on the embedded database alone. Unset DATABASE_URL and the "
            "others, then run it again.",
        )
    stripe_stand_in.require_no_other(settings)
    with database.migrated() as (settings, dsns):
        if "MARKET_LOG_LEVEL" not in os.environ:
            logs.configure("error")  # the story is what people read here
        asyncio.run(_demo(settings, dsns, leave=leave))


async def _demo(settings: Settings, dsns: Dsns, *, leave: bool) -> None:
    days_off = await _begin_calendar(dsns)
    await _ensure_administrators(settings, dsns)

    async def run(stop: asyncio.Event) -> None:
        async with (
            stripe_stand_in.beside(settings, days_off) as (with_stripe, stripe_url),
            serving.served(with_stripe, dsns, with_worker=True),
        ):
            story = play.play(
                settings.public_url,
                settings.data / "demo.jsonl",
                world=World(
                    mails=lambda address: _mails_to(dsns, address),
                    stripe_url=stripe_url,
                    stripe_key=stripe_stand_in.KEY,
                    set_days=lambda days: _set_days(dsns, days),
                    days_off=days_off,
                ),
                tell=click.echo,
                stays=not leave,
            )
            if not await serving.unless_stopped(story, stop):
                say_both("已停止，再次运行会接着办。", "Stopped; a second run goes on from here.")
                return
            head = await audits.sealed(dsns)
            click.echo(f"\n封存头 seal head {head}")
            if not leave:
                say_address(settings)
                say("按 Ctrl+C 结束 Ctrl+C ends")
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
            await administrators.create(settings, dsns, new, city.PASSWORD)


async def _begin_calendar(dsns: Dsns) -> int:
    """How many days the market's time is off the host's.

    A new market's story begins some days ago, so that it ends today: one-time codes, which go by
    the market's time, are then those of everybody's device.
    """
    async with database.connected(dsns.owner) as conn:
        if not await conn.fetchval("SELECT EXISTS (SELECT FROM organisation)"):
            await calendar.set_days(conn, -cards.AT_THE_BANK)
        return await calendar.days_off(conn)


async def _set_days(dsns: Dsns, days: int) -> None:
    async with database.connected(dsns.owner) as conn:
        await calendar.set_days(conn, days)


async def _mails_to(dsns: Dsns, address: str) -> list[str]:
    async with database.connected(dsns.worker) as conn:
        return await mail.bodies_to(conn, address)
