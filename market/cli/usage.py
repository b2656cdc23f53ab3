"""A wrong word on the command line, told in Chinese before click tells it in English."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from click import exceptions


class Bilingual(click.Group):
    """The group of all commands; whatever its commands refuse passes through it."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _chinese_first():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _chinese_first():
            return super().invoke(ctx)


@contextmanager
def _chinese_first() -> Iterator[None]:
    try:
        yield
    except exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as fault:
        click.echo(f"{_in_chinese(fault)}。请用 --help 查看写法。", err=True)
        raise


def _in_chinese(fault: click.UsageError) -> str:
    match fault:
        case exceptions.NoSuchCommand():
            return f"没有命令 {fault.command_name}"
        case click.NoSuchOption():
            return f"没有选项 {fault.option_name}"
        case click.MissingParameter():
            return f"缺少 {_named(fault.param)}"
        case click.BadParameter():
            return f"{_named(fault.param)} 的值不符{_wanted(fault.param)}"
        case _:
            return "命令的写法有误"


def _named(param: click.Parameter | None) -> str:
    if param is None:
        return "参数"
    return "/".join(param.opts) if isinstance(param, click.Option) else param.human_readable_name


def _wanted(param: click.Parameter | None) -> str:
    """What would have been right, where its kind says so; else click alone says it, in English."""
    match param.type if param else None:
        case click.IntRange(min=least, max=most):
            return f"，须为 {least} 至 {most} 的整数"
        case click.Choice(choices=choices):
            return f"，可选：{'、'.join(str(choice) for choice in choices)}"
        case click.DateTime():
            return "，须为日期，如 2026-03-31"
        case click.Path(exists=True):
            return "，须为已有的文件"
        case _:
            return ""
