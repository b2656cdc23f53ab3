"""The first people of a new market, made on the server's own shell."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import click
import msgspec

from market.base import field_faults
from market.base.embedded import Dsns
from market.base.settings import Settings, StartFault
from market.cli import database
from market.cli.telling import command, say, say_both
from market.identity.administrators import operations
from market.identity.administrators.model import Administrator, NewAdministrator
from market.identity.passwords.model import check_password, hasher

ENOUGH_ADMINISTRATORS: Final = 2
DEFAULT_ROOT: Final = "市总工会"
SHAPE: Final = msgspec.inspect.type_info(NewAdministrator)
OPTIONS: Final = {
    "/name": "--name",
    "/email": "--email",
    "/root/name_zh": "--root",
    "/root/region": "--region",
}


@click.command("create-administrator", short_help="建立管理员 · Create an administrator.")
@click.option("--name", prompt="姓名 name", help="姓名 As colleagues know the person.")
@click.option("--email", prompt="邮箱 e-mail", help="登录邮箱 With which the person signs in.")
@click.password_option(
    prompt="密码 password",
    help="至少 10 个字符，不给则询问 At least 10 characters; asked for when left out.",
)
@click.option(
    "--root",
    default=DEFAULT_ROOT,
    show_default=True,
    help="首次运行时建立的最上级单位 The unit at the top, the first time.",
)
@click.option(
    "--region",
    default="510100",
    show_default=True,
    help="其行政区划代码 Its GB/T 2260 code.",
)
@command
def create_administrator(name: str, email: str, password: str, root: str, region: str) -> None:
    """建立管理员 · Create an administrator; run it for two people.

    \b
    market create-administrator --name 王芳 --email wang@zgh.example.cn

    须为两个人各运行一次：资金角色由一人提出、另一人批准，谁都不能兼办。先运行 market serve 或
    market migrate 建立数据库。只有能登录本服务器的人可以运行。

    One of them proposes a money role, the other approves it: nobody can do both. The database is
    made by market serve or market migrate before. Only whoever holds this server's shell can run
    it.
    """
    new = _new({"name": name, "email": email, "root": {"name_zh": root, "region": region}})
    with database.existing_migrated() as (settings, dsns):
        made = asyncio.run(create(settings, dsns, new, password))
    say(f"已建立管理员 administrator {made.person.name} · {made.root.name_zh}")
    if made.administrators_count > 1 and root not in (DEFAULT_ROOT, made.root.name_zh):
        say_both(
            f"最上级单位早已建立，--root {root} 未采用。",
            f"The unit at the top was there before: --root {root} was not used.",
        )
    if made.administrators_count < ENOUGH_ADMINISTRATORS:
        say_both(
            "还须再建立一名，资金角色才能有人批准。",
            "Create a second one, to approve money roles.",
        )


def _new(given: dict[str, Any]) -> NewAdministrator:
    """Raises StartFault that names the option at fault."""
    try:
        return msgspec.convert(given, NewAdministrator)
    except msgspec.ValidationError as fault:
        place = field_faults.place_in(SHAPE, fault)
        zh, en = field_faults.fault_of(place, "zh-CN"), field_faults.fault_of(place, "en")
        option = OPTIONS.get(zh.pointer, zh.pointer)
        raise StartFault(f"{option}：{zh.detail}", f"{option}: {en.detail}") from None


async def create(
    settings: Settings, dsns: Dsns, new: NewAdministrator, password: str
) -> Administrator:
    check_password(password, new.email)
    hashed = await hasher(settings.password_cost).hash(password)
    async with database.connected(dsns.app) as conn:
        return await operations.create_administrator(conn, new, hashed)
