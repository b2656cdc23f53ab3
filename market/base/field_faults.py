"""What is wrong with a field, in words: found in the message of msgspec, told in two languages.

The message names types as Python does and keeps the choices of an enumeration to itself; both are
told here as a person would, from the type that the handler declares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, get_args

import msgspec

from market.base import fields
from market.base.errors import Fault, Language, Phrase


class Place(NamedTuple):
    """Where in a request, what msgspec says of it, and the type that was expected there."""

    pointer: str
    message: str
    kind: msgspec.inspect.Type | None


class FieldFault(msgspec.Struct, frozen=True):
    """A schema rule that a field broke; a pattern over msgspec's message finds the sentence."""

    code: str
    pattern: str
    zh: str
    en: str


def _pattern(kind: Any) -> str:
    return str(next(meta.pattern for meta in get_args(kind) if isinstance(meta, msgspec.Meta)))


LINE_WORDS: Final = Phrase(
    "一行文字，不能只有空白，不含换行等不可见字符",
    "one line of text, not blank, without line breaks or invisible characters",
)
SHA256_WORDS: Final = Phrase(
    "64 位小写十六进制的 SHA-256", "a SHA-256 as 64 lower-case hexadecimal digits"
)
# Each pattern of an input, in words; a test finds those that lack them.
FORMATS: Final = {
    fields.ONE_LINE: LINE_WORDS,
    r"^[^\x00-\x1f]+$": LINE_WORDS,
    fields.MANY_LINES: Phrase(
        "文字，不能只有空白，除换行和制表外不含不可见字符",
        "text, not blank, without invisible characters but line breaks and tabs",
    ),
    _pattern(fields.Code): Phrase(
        "2 至 32 个大写字母、数字或连字符，如 FW-001",
        "2 to 32 capitals, digits or dashes, such as FW-001",
    ),
    _pattern(fields.Email): Phrase(
        "邮箱地址，如 name@example.cn", "an e-mail address such as name@example.cn"
    ),
    _pattern(fields.Currency): Phrase(
        "ISO 4217 币种代码，人民币为 CNY", "an ISO 4217 code; that of the yuan is CNY"
    ),
    r"^[A-Za-z0-9_=-]*$": Phrase("上一页 next 所给的值", "the value of next in the page before"),
    r"^20[0-9]{2}-(0[1-9]|1[0-2])(?!\s)$": Phrase("月份，如 2026-03", "a month such as 2026-03"),
    r"^[0-9A-Z]{18}(?!\s)$": Phrase("18 位数字或大写字母", "18 digits or capitals"),
    r"^[A-Z]{2,6}(?!\s)$": Phrase("2 至 6 个大写字母，如 JX", "2 to 6 capitals, such as JX"),
    r"^[0-9]{6}(?!\s)$": Phrase("6 位行政区划代码，如 510100", "6 digits, such as 510100"),
    r"^[1-9][0-9]{5}(?!\s)$": Phrase("6 位行政区划代码，如 510100", "6 digits, such as 510100"),
    r"^[A-T][0-9]{2}(?!\s)$": Phrase(
        "GB/T 4754 行业代码，如 C34", "an industry of GB/T 4754, such as C34"
    ),
    r"^[0-9]{20}(?!\s)$": Phrase("20 位数字", "20 digits"),
    r"^[0-9a-f]{64}(?!\s)$": SHA256_WORDS,
    r"^\+?[0-9][0-9 ()-]{4,38}(?!\s)$": Phrase(
        "电话号码，如 +86 28 8660 0000", "a telephone number such as +86 28 8660 0000"
    ),
    r"^[0-9A-Za-z.-]{1,40}(?!\s)$": Phrase(
        "文本版本，如 2026-01", "the version of the text, such as 2026-01"
    ),
    r"^[0-9A-Za-z][0-9A-Za-z-]{0,39}(?!\s)$": Phrase(
        "1 至 40 个字母、数字或连字符", "1 to 40 letters, digits or dashes"
    ),
    r"^[0-9A-Za-z][0-9A-Za-z.\-/]{0,63}(?!\s)$": Phrase(
        "1 至 64 个字母、数字、点、斜线或连字符", "1 to 64 letters, digits, dots, slashes or dashes"
    ),
    r"^[0-9A-Za-z](?:[ -]?[0-9A-Za-z]){3,39}(?!\s)$": Phrase(
        "4 至 40 位账号，可用空格或连字符分隔", "4 to 40 letters or digits, in groups if need be"
    ),
    r"^[a-z0-9][a-z0-9-]{1,99}(?!\s)$": Phrase(
        "2 至 100 个小写字母、数字或连字符", "2 to 100 small letters, digits or dashes"
    ),
    r"^[a-z_]{1,40}(?!\s)$": Phrase("小写字母代码", "a code in small letters"),
    r"^[a-z_]+(\.[a-z_]+)*(?!\s)$": Phrase("小写字母名称", "a name in small letters"),
    r"^[a-z_.]+(?!\s)$": Phrase("小写字母名称", "a name in small letters"),
    r"^[A-Za-z0-9_-]{43}(?!\s)$": Phrase("邮件链接中的令牌", "the token of the link in the mail"),
    r"^([0-9]{6}|[A-HJ-NP-Za-hj-np-z2-9]{4}(-[A-HJ-NP-Za-hj-np-z2-9]{4}){3})(?!\s)$": Phrase(
        "6 位动态口令，或一个恢复码，如 ABCD-EFGH-JKLM-NPQR",
        "the 6 digits of a one-time code, or a recovery code such as ABCD-EFGH-JKLM-NPQR",
    ),
    r"^(?=.*%Y)(?=.*%m)(?=.*%d)(?:%[YmdHMS]|[-/. :T年月日]){5,20}(?!\s)$": Phrase(
        "日期格式，如 %Y-%m-%d", "a form of date such as %Y-%m-%d"
    ),
}
# Messages show a pattern as Python writes it.
SHOWN_FORMATS: Final = {repr(pattern): words for pattern, words in FORMATS.items()}
# A name is a line that forbids more: it stands in letters to strangers.
NAME_WORDS: Final = Phrase(
    "一行文字，不含网址和不可见字符", "one line of text without addresses of pages"
)
ANY_FORMAT: Final = Phrase("接口文档所示的格式", "the documented format")

TYPES: Final = {
    "str": Phrase("文本", "text"),
    "int": Phrase("整数", "a whole number"),
    "float": Phrase("数字", "a number"),
    "bool": Phrase("真假值（true 或 false）", "true or false"),
    "array": Phrase("列表", "a list"),
    "object": Phrase("对象", "an object"),
    "null": Phrase("空值", "null"),
    "uuid": Phrase("编号（UUID）", "a UUID"),
    "date": Phrase("日期", "a date"),
    "datetime": Phrase("时刻", "an instant"),
}
MOST: Final = str(fields.MOST)
AT: Final = re.compile(r" - at `(?:key in )?\$(?P<path>[^`]*)`")
STEP: Final = re.compile(r"[^.\[\]]+")

FIELD_FAULTS: Final = (
    FieldFault(
        "missing_field",
        r"missing required field `(?P<name>[^`]+)`"
        r"|Missing required (?:query )?parameter '(?P<q>\w+)'",
        "缺少必填项。请补上。",
        "A required field is missing. Add it.",
    ),
    FieldFault(
        "unknown_field",
        r"contains unknown field `(?P<name>[^`]+)`(; known: (?P<known>.*))?",
        "没有这个字段。请去掉它，或核对拼写。{known}",
        "There is no such field. Leave it out, or check its spelling.{known}",
    ),
    FieldFault(
        "too_long",
        r"of length <= (?P<bound>\d+)",
        "内容过长，最多 {bound} 个字符（或项）。请缩短。",
        "Too long: at most {bound} characters (or items). Shorten it.",
    ),
    FieldFault(
        "too_short",
        r"of length >= (?P<bound>\d+)",
        "内容过短，至少 {bound} 个字符（或项）。请补充。",
        "Too short: at least {bound} characters (or items). Add to it.",
    ),
    FieldFault(
        "too_large_number",
        r"`(?:int|float)` <=? (?P<bound>-?\d+)|Integer value out of range",
        "数值过大，最大为 {bound}。请改正。",
        "The number is too large: at most {bound}. Correct it.",
    ),
    FieldFault(
        "too_small_number",
        r"`(?:int|float)` >=? (?P<bound>-?\d+)",
        "数值过小，最小为 {bound}。请改正。",
        "The number is too small: at least {bound}. Correct it.",
    ),
    FieldFault(
        "bad_pattern",
        r"matching regex (?P<regex>'.*')",
        "格式不对，应为：{format}。请改正。",
        "The format is wrong: expected {format}. Correct it.",
    ),
    FieldFault(
        "not_a_choice",
        r"Invalid enum value|Invalid value",
        "不在可选范围之内。可选：{choices}。请选择其一。",
        "Not one of the choices, which are {choices}. Take one of them.",
    ),
    FieldFault(
        "not_a_uuid",
        r"Invalid UUID",
        "应为 UUID，如 0197a3c5-e0b1-7d5e-9f0a-4b6c8d2e1f30。请核对编号。",
        "Expected a UUID, such as 0197a3c5-e0b1-7d5e-9f0a-4b6c8d2e1f30. Check the id.",
    ),
    FieldFault(
        "not_a_date",
        r"Invalid RFC3339 encoded date(?!time)",
        "应为日期，如 2026-03-31。请改正。",
        "Expected a date, such as 2026-03-31. Correct it.",
    ),
    FieldFault(
        "not_an_instant",
        r"Invalid RFC3339 encoded datetime",
        "应为时刻，如 2026-03-31T08:00:00Z。请改正。",
        "Expected an instant, such as 2026-03-31T08:00:00Z. Correct it.",
    ),
    FieldFault(
        "no_time_zone",
        r"with a timezone component",
        "时刻须带时区，如 2026-03-31T08:00:00Z 或 2026-03-31T16:00:00+08:00。请补上。",
        "An instant names its time zone, such as 2026-03-31T08:00:00Z or "
        "2026-03-31T16:00:00+08:00. Add it.",
    ),
    FieldFault(
        "wrong_type",
        r"Expected `(?P<expected>[^`]+)`, got `(?P<got>[^`]+)`",
        "类型不对：应为{expected}，收到的是{got}。请改正。",
        "Wrong type: expected {expected}, got {got}. Correct it.",
    ),
)
OTHER_FIELD_FAULT: Final = FieldFault(
    "bad_value",
    "",
    "内容无法识别。请按接口文档填写。",
    "The value cannot be read. Follow the documentation.",
)


def place_in(shape: msgspec.inspect.Type, fault: msgspec.ValidationError) -> Place:
    """Where in a Struct of that shape msgspec found something wrong."""
    message = str(fault)
    found = AT.search(message)
    steps = STEP.findall(found["path"]) if found else []
    return Place("".join(f"/{step}" for step in steps), message, kind_at(shape, steps))


def fault_of(place: Place, language: Language) -> Fault:
    """The sentence for a place; a field that is missing or unknown is itself the place."""
    for rule in FIELD_FAULTS:
        match = re.search(rule.pattern, place.message)
        if match:
            found = {name: value for name, value in match.groupdict().items() if value}
            name = found.get("name") or found.get("q")
            pointer = f"{place.pointer}/{name}" if name else place.pointer
            sentence = rule.zh if language == "zh-CN" else rule.en
            return Fault(pointer, rule.code, sentence.format_map(_told(found, place, language)))
    rule = OTHER_FIELD_FAULT
    return Fault(place.pointer, rule.code, rule.zh if language == "zh-CN" else rule.en)


def _told(found: dict[str, str], place: Place, language: Language) -> dict[str, str]:
    """What msgspec found, as a person would say it."""
    told = {"bound": found.get("bound", MOST)}
    told["format"] = _format(found.get("regex", "")).told(language)
    told["expected"] = _type_words(found.get("expected", ""), language)
    told["got"] = _type_words(found.get("got", ""), language)
    told["known"] = _known(found["known"], language) if "known" in found else ""
    told["choices"] = ("、" if language == "zh-CN" else ", ").join(choices(place.kind))
    return told


def _known(names: str, language: Language) -> str:
    if language == "zh-CN":
        return f"可用：{names.replace(', ', '、')}。"
    return f" Known are: {names}."


def _format(shown: str) -> Phrase:
    if shown in SHOWN_FORMATS:
        return SHOWN_FORMATS[shown]
    return NAME_WORDS if shown.startswith(repr(fields.ONE_LINE)[:-1]) else ANY_FORMAT


def _type_words(names: str, language: Language) -> str:
    told = [
        TYPES[name].told(language) if name in TYPES else name for name in names.split(" | ") if name
    ]
    return ("或" if language == "zh-CN" else " or ").join(told)


def choices(kind: msgspec.inspect.Type | None) -> list[str]:
    """The values of an enumeration or of literals."""
    match kind:
        case msgspec.inspect.EnumType(cls=enumeration):
            return [str(member.value) for member in enumeration]
        case msgspec.inspect.LiteralType(values=values):
            return [str(value) for value in values]
        case msgspec.inspect.UnionType(types=kinds):
            return [choice for each in kinds for choice in choices(each)]
        case msgspec.inspect.Metadata(type=inner):
            return choices(inner)
    return []


def kind_at(kind: msgspec.inspect.Type, steps: list[str]) -> msgspec.inspect.Type | None:
    """The type at the end of a path of field names and positions."""
    if not steps:
        return kind
    for inner in _inside(kind, steps[0]):
        found = kind_at(inner, steps[1:])
        if found is not None:
            return found
    return None


def _inside(kind: msgspec.inspect.Type, step: str) -> Iterator[msgspec.inspect.Type]:
    match kind:
        case msgspec.inspect.StructType(fields=members):
            yield from (member.type for member in members if member.encode_name == step)
        case msgspec.inspect.CollectionType(item_type=item):
            yield item
        case msgspec.inspect.DictType(value_type=value):
            yield value
        case msgspec.inspect.UnionType(types=kinds):
            for each in kinds:
                yield from _inside(each, step)
        case msgspec.inspect.Metadata(type=inner):
            yield from _inside(inner, step)
