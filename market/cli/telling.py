"""How a command speaks: to people on stderr, in both languages, with an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

import asyncpg
from rich.console import Console

from market.base.errors import MarketError
from market.base.settings import StartFault
from market.demo.client import Refused

P = ParamSpec("P")

REFUSED: Final = 1
CANNOT_START: Final = 2

console: Final = Console(stderr=True, highlight=False)
paper: Final = Console(highlight=False)


def say(text: str, *, style: str | None = None) -> None:
    """As it is: brackets in a path are no markup, and where nobody reads along no line breaks."""
    console.print(text, style=style, markup=False, soft_wrap=not console.is_terminal)


def show(text: str) -> None:
    """A text for people on stdout: its lines broken between words where somebody reads along."""
    paper.print(text, markup=False, soft_wrap=not paper.is_terminal)


def say_both(zh: str, en: str) -> None:
    say(f"{zh}\n{en}")


def complain(zh: str, en: str) -> None:
    say(f"{zh}\n{en}", style="red")


def command(run: Callable[P, int | None]) -> Callable[P, None]:
    """Give refusals their words and exit codes, once for all commands."""

    @wraps(run)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = run(*args, **kwargs)
        except StartFault as fault:
            complain(fault.zh, fault.en)
            sys.exit(CANNOT_START)
        except Refused as refused:
            complain("演示中断，再次运行会接着办。", "The story broke off; run it again.")
            say(str(refused))
            sys.exit(REFUSED)
        except MarketError as refusal:
            complain(refusal.detail("zh-CN"), refusal.detail("en"))
            sys.exit(REFUSED)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
            complain(
                f"数据库拒绝了连接或操作：{fault}。请检查数据库地址和口令；"
                "新的数据库请先运行 market migrate。",
                f"The database refused: {fault}. Check its address and password; a new database "
                "is prepared by market migrate.",
            )
            sys.exit(CANNOT_START)
        except OSError as fault:
            complain(
                f"无法读写文件或连接数据库：{fault}", f"Cannot read, write or connect: {fault}"
            )
            sys.exit(CANNOT_START)
        sys.exit(code or 0)

    return told
