"""The canonical text: terms and figures put into the words of a template, as bytes to be signed.

Templates are Jinja, rendered in a sandbox where an unknown name is a fault; nothing that people
typed is ever read as a template. The same facts give the same bytes: NFC, UTF-8, lines ended by
a single line feed, no line with trailing spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Final

import msgspec
from jinja2 import DictLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from market.base import amounts
from market.trade.contracts.model import FullContract, Instalment, Milestone

LANGUAGE: Final = "zh-CN"
BLANK: Final = "（待填写）"
TEMPLATES_KEPT: Final = 32

UNITS: Final = {
    "lot": "项",
    "item": "件",
    "day": "日",
    "person": "人",
    "year": "年",
    "calendar_days": "日历日",
    "working_days": "工作日",
}
RIGHT_KINDS: Final = {
    "invention_patent": "发明专利",
    "utility_model": "实用新型专利",
    "design_patent": "外观设计专利",
    "software_copyright": "计算机软件著作权",
    "know_how": "技术秘密",
    "circuit_layout": "集成电路布图设计",
    "plant_variety": "植物新品种",
}


class PartyFacts(msgspec.Struct, frozen=True):
    """How the text names a party; address None: it has given none."""

    name: str
    uscc: str | None
    address: str | None


class RightFacts(msgspec.Struct, frozen=True):
    """The right that is transferred or licensed."""

    title: str
    kind: str
    number: str | None


class Facts(msgspec.Struct, frozen=True):
    """All that a text states. ``performer``: the unit that does the work for the provider."""

    contract: FullContract
    buyer: PartyFacts
    provider: PartyFacts
    performer: str
    right: RightFacts | None
    royalty_ppm: int | None


def render(frame: str, body: str, facts: Facts) -> bytes:
    """The text of a contract; raises jinja2.UndefinedError when a template asks for more."""
    given = {name: getattr(facts, name) for name in Facts.__struct_fields__}
    return canonical(_compiled(frame, body).render(**given, blank=BLANK))


@lru_cache(maxsize=TEMPLATES_KEPT)
def _compiled(frame: str, body: str) -> Template:
    """Compiling takes longer than all else about a text, so it is done once."""
    environment = ImmutableSandboxedEnvironment(
        loader=DictLoader({"frame": frame, "body": body}),
        undefined=StrictUndefined,
        autoescape=False,  # plain text, shown as text/plain
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "day": day,
        "due": _due,
        "finish": finish,
        "figure": _in_currency(figure),
        "money": _in_currency(money),
        "percent": percent,
        "unit": UNITS.__getitem__,
    }
    return environment.get_template("body")


def canonical(text: str) -> bytes:
    """One form for one content."""
    lines = [line.rstrip() for line in unicodedata.normalize("NFC", text).splitlines()]
    one_gap = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    return (one_gap.strip("\n") + "\n").encode()


def _in_currency(write: Callable[[int, str], str]) -> Callable[[Context, int], str]:
    @pass_context
    def written(context: Context, amount_minor: int) -> str:
        return write(amount_minor, context["contract"].currency)

    return written


@pass_context
def _due(context: Context, instalment: Instalment) -> str:
    if instalment.due_on is not None:
        return f"于 {day(instalment.due_on)}前支付"
    since = "合同生效"
    if instalment.milestone_id is not None:
        titles = {milestone.id: milestone.title for milestone in context["contract"].milestones}
        since = f"里程碑“{titles[instalment.milestone_id]}”验收通过"
    return f"自{since}之日起 {instalment.due_days} 日内支付"


def finish(milestone: Milestone) -> str:
    """Days are written as days: on which day they end, the last signature decides."""
    if milestone.due_days is None or milestone.due_unit is None:
        assert milestone.due_on is not None, "a milestone is due on a day or in days"
        return f"应于 {day(milestone.due_on)}前完成"
    if milestone.due_days == 0:
        return "应于双方均签署之日完成"
    counted = f"{milestone.due_days} 个{UNITS[milestone.due_unit]}"
    by_notice = "（按国务院公布的放假安排计算）" if milestone.due_unit == "working_days" else ""
    return f"应于双方均签署后 {counted}内{by_notice}完成"


def day(value: date) -> str:
    return f"{value.year} 年 {value.month} 月 {value.day} 日"


def figure(amount_minor: int, currency: str) -> str:
    name = "元" if currency == "CNY" else currency
    return f"{amounts.printed(amount_minor, currency)} {name}"


def money(amount_minor: int, currency: str) -> str:
    """In figures and, for yuan, in capitals 大写, so that neither can be altered alone."""
    if currency != "CNY":
        return figure(amount_minor, currency)
    return f"{figure(amount_minor, currency)}（人民币{amounts.in_capitals(amount_minor)}）"


def percent(ppm: int) -> str:
    whole, rest = divmod(ppm, 10_000)
    decimals = f"{rest:04d}".rstrip("0")
    return f"{whole}.{decimals}%" if decimals else f"{whole}%"
