"""Stripe's accounts come from a file, because each unit with books of its own has one.

The file is JSON, readable by its owner alone::

    [{"unit": "SZGH", "key": "sk_live_…", "webhook_secrets": ["whsec_…"]}]

``unit`` is the unit's number prefix. During the rotation of a secret both stand there. ``api_base``
replaces Stripe's own address by that of `market.stripe_simulator`, in tests and to try it.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Final

import msgspec

SHAPE: Final = (
    "每个账户须有 unit（单位的编号前缀，2 至 6 个大写字母）、key（sk_ 或 rk_ 开头）和 "
    "webhook_secrets（1 至 4 个 whsec_ 开头的密钥），可有 api_base（http 或 https 地址），"
    "不得有其他项"
)

Secret = Annotated[str, msgspec.Meta(pattern=r"^whsec_[!-~]{8,200}$")]


class StripeAccount(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """One unit's account with Stripe."""

    unit: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2,6}$")]
    key: Annotated[str, msgspec.Meta(pattern=r"^(sk|rk)_(live|test)_[!-~]{1,200}$")]
    webhook_secrets: Annotated[tuple[Secret, ...], msgspec.Meta(min_length=1, max_length=4)]
    api_base: Annotated[str, msgspec.Meta(pattern=r"^https?://[!-~]+$")] | None = None

    def __repr__(self) -> str:
        return f"StripeAccount({self.unit})"


class UnreadableAccounts(Exception):
    """The file cannot be used; says why in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


def read_accounts(path: Path) -> tuple[StripeAccount, ...]:
    """Raises UnreadableAccounts, which names no secret."""
    try:
        if path.is_dir():
            raise UnreadableAccounts(
                f"{path} 是文件夹，应为文件。请写明文件夹中的账户文件",
                f"names {path}, which is a folder. Name the file in it",
            )
        if path.stat().st_mode & 0o077:
            raise UnreadableAccounts(
                f"文件 {path} 可被他人读取。请执行 chmod 600 {path}",
                f"names {path}, which others may read. Run chmod 600 {path}",
            )
        accounts = msgspec.json.decode(path.read_bytes(), type=tuple[StripeAccount, ...])
    except OSError as fault:
        zh = "文件不存在" if isinstance(fault, FileNotFoundError) else "没有权限或磁盘出错"
        raise UnreadableAccounts(
            f"无法读取文件 {path}：{zh}", f"names {path}: {fault.strerror}"
        ) from fault
    except msgspec.MsgspecError as fault:
        raise UnreadableAccounts(
            f"文件 {path} {_content_fault(fault)}",
            f"names {path}, whose content is not right: {fault}",
        ) from fault
    for what in ("unit", "key"):
        [(found, times)] = Counter(getattr(one, what) for one in accounts).most_common(1) or [
            ("", 0)
        ]
        if times > 1:
            told = found if what == "unit" else found[:12] + "…"
            raise UnreadableAccounts(
                f"文件 {path} 中 {told} 出现了不止一次", f"names {path}, where {told} stands twice"
            )
    return accounts


def _content_fault(fault: msgspec.MsgspecError) -> str:
    """What the Chinese sentence says of it: the place is told, a pattern is not."""
    place = re.search(r"`\$(?:\[(\d+)\])?(?:\.(\w+))?", str(fault))
    if place is None or place[1] is None:
        return f"的内容应为账户的 JSON 列表：{SHAPE}"
    where = f"第 {int(place[1]) + 1} 个账户" + (f"的 {place[2]}" if place[2] else "")
    return f"中{where}不符或有多余、缺少的项。{SHAPE}"
