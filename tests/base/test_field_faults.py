"""Faults of fields are told in words: choices, formats, bounds, types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest

from market.base import fields
from market.base.errors import Fault
from market.base.field_faults import Place, fault_of, kind_at
from tests.routes import application


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Inner(msgspec.Struct):
    """A nested input."""

    colour: Colour


class Sample(fields.Input, frozen=True):
    """One field of each kind."""

    colour: Colour | None = None
    size: Literal["small", "large"] | None = None
    inner: list[Inner] | None = None
    owner: UUID | None = None
    on: date | None = None
    at: datetime | None = None
    until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    count: Annotated[int, msgspec.Meta(le=5)] | None = None
    amount: fields.AmountMinor | None = None
    name: fields.Line | None = None
    email: fields.Email | None = None
    flag: bool | None = None
    currency: fields.Currency | None = None


def told(sent: dict[str, Any], language: Literal["zh-CN", "en"]) -> Fault:
    with pytest.raises(msgspec.ValidationError) as fault:
        msgspec.convert(sent, Sample)
    message = str(fault.value)
    path = re.search(r" - at `\$(?P<path>[^`]*)`", message)
    steps = re.findall(r"[^.\[\]]+", path["path"]) if path else []
    kind = kind_at(msgspec.inspect.type_info(Sample), steps)
    return fault_of(Place("".join(f"/{step}" for step in steps), message, kind), language)


CASES = [
    ({"colour": "green"}, "not_a_choice", "可选：red、blue", "red, blue"),
    ({"size": "medium"}, "not_a_choice", "可选：large、small", "large, small"),
    ({"inner": [{"colour": "green"}]}, "not_a_choice", "可选：red、blue", "red, blue"),
    ({"owner": "x"}, "not_a_uuid", "应为 UUID", "Expected a UUID"),
    ({"on": "2026-02-30"}, "not_a_date", "应为日期", "Expected a date"),
    ({"at": "yesterday"}, "not_an_instant", "应为时刻", "Expected an instant"),
    (
        {"until": "2026-12-25T08:00:00"},
        "no_time_zone",
        "须带时区，如 2026-03-31T08:00:00Z 或",
        "names its time zone, such as 2026-03-31T08:00:00Z",
    ),
    ({"count": 6}, "too_large_number", "最大为 5", "at most 5"),
    ({"amount": 2**53}, "too_large_number", "最大为 9007199254740991", "at most 9007199254740991"),
    ({"amount": 2**70}, "too_large_number", "最大为 9007199254740991", "at most 9007199254740991"),
    (
        {"name": 3},
        "wrong_type",
        "应为文本或空值，收到的是整数",
        "expected text or null, got a whole",
    ),
    (
        {"count": "3"},
        "wrong_type",
        "应为整数或空值，收到的是文本",
        "a whole number or null, got text",
    ),
    ({"flag": 3}, "wrong_type", "应为真假值（true 或 false）或空值", "true or false or null"),
    (
        {"email": "x"},
        "bad_pattern",
        "应为：邮箱地址，如",
        "an e-mail address such as",
    ),
    ({"name": "a\nb"}, "bad_pattern", "一行文字", "one line of text"),
    *[
        ({"currency": wrong}, "bad_pattern", "人民币为 CNY", "the yuan is CNY")
        for wrong in ("yuan", "RMB", "XYZ", "cny", "XXX", "CNYUSD", "CNY\n")
    ],
]


@pytest.mark.parametrize(("sent", "code", "zh", "en"), CASES)
def test_a_fault_is_told_in_words(sent: dict[str, Any], code: str, zh: str, en: str) -> None:
    chinese, english = told(sent, "zh-CN"), told(sent, "en")
    assert chinese.code == english.code == code
    assert zh in chinese.detail
    assert en in english.detail


def patterns(node: object) -> Iterator[str]:
    """Every pattern of the description of the API."""
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        for value in node.values():
            yield from patterns(value)
    elif isinstance(node, list):
        for value in node:
            yield from patterns(value)


def test_every_pattern_of_an_input_has_words() -> None:
    lacking = [
        pattern
        for pattern in set(patterns(application().openapi_schema.to_schema()))
        if "接口文档" in _sentence(pattern)
    ]
    assert lacking == []


def test_a_name_with_a_page_in_it_is_told_so() -> None:
    assert "不含网址" in _sentence(fields.ONE_LINE + "(?!www)")


def _sentence(pattern: str) -> str:
    """What is said of a text that misses the pattern; the message is msgspec's."""
    message = f"Expected `str` matching regex {pattern!r} - at `$.name`"
    return fault_of(Place("/name", message, None), "zh-CN").detail
