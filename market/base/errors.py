"""Refusals: what the market answers when it will not do what was asked.

A refusal is a class beside the rule that it guards. It carries a stable ``code`` and one sentence
in Chinese and in English that says what to do next; ``{placeholders}`` are filled from keywords,
a ``Phrase`` in the language of the sentence.
Handlers never catch them; ``market.app`` renders them as problem+json (RFC 9457).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

import msgspec

Language = Literal["zh-CN", "en"]


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong in a request: a JSON pointer (RFC 6901), a code, a sentence."""

    pointer: str
    code: str
    detail: str


class Phrase(msgspec.Struct, frozen=True):
    """A detail that has its own words in each language."""

    zh: str
    en: str

    @property
    def kept(self) -> str:
        """As it is kept with a row, in both languages."""
        return f"{self.zh} {self.en}"

    def told(self, language: Language) -> str:
        return self.zh if language == "zh-CN" else self.en


def listed(phrases: Iterable[Phrase]) -> Phrase:
    """Several as one, divided as the language divides."""
    several = list(phrases)
    return Phrase("、".join(each.zh for each in several), ", ".join(each.en for each in several))


class MarketError(Exception):
    """The root of all refusals. Abstract: raise a subclass that has a code of its own."""

    status: ClassVar[int]
    title_zh: ClassVar[str]
    title_en: ClassVar[str]
    code: ClassVar[str]
    zh: ClassVar[str]
    en: ClassVar[str]

    def __init__(self, *, pointer: str | None = None, **details: object) -> None:
        self.pointer = pointer
        self.details = details
        super().__init__()

    def __str__(self) -> str:
        return self.detail("en")  # when asked: most are made beside a condition that holds

    def title(self, language: Language) -> str:
        return self.title_zh if language == "zh-CN" else self.title_en

    def detail(self, language: Language) -> str:
        told = {
            name: value.told(language) if isinstance(value, Phrase) else value
            for name, value in self.details.items()
        }
        return (self.zh if language == "zh-CN" else self.en).format_map(told)

    def faults(self, language: Language) -> list[Fault]:
        """The places in the request that are at fault; empty when it is no single place."""
        if self.pointer is None:
            return []
        return [Fault(self.pointer, self.code, self.detail(language))]


class Invalid(MarketError):
    """The request makes no sense."""

    status = 422
    title_zh = "内容需要改正"
    title_en = "Something needs correcting"
    code = "invalid"
    zh = "请求内容有误。请按所列各项改正后重新提交。"
    en = "The request has faults. Mend those listed and send it again."


class Malformed(Invalid):
    """The request cannot even be read."""

    status = 400
    title_zh = "请求无法读取"
    title_en = "The request cannot be read"
    code = "malformed"
    zh = "请求无法读取。请检查格式后重新提交。"
    en = "The request cannot be read. Check its format and send it again."


class Unauthenticated(MarketError):
    """Who are you?"""

    status = 401
    title_zh = "尚未登录"
    title_en = "Not signed in"
    code = "not_signed_in"
    zh = "本次请求没有登录。请先登录，或提供有效的接口密钥。"
    en = "The request came from nobody known. Sign in first, or send a valid API key."


class Forbidden(MarketError):
    """You may see it, you may not do it."""

    status = 403
    title_zh = "无权办理"
    title_en = "Not allowed"
    code = "forbidden"
    zh = "您的角色不能办理此事。请由有相应角色的同事办理，或请管理员授予角色。"
    en = "Your role may not do this. Ask a colleague who has the role, or ask for it to be granted."


class NotFound(MarketError):
    """It does not exist, or you may not know that it does."""

    status = 404
    title_zh = "未找到"
    title_en = "Not found"
    code = "not_found"
    zh = "您所代表的单位看不到这样的记录。请核对编号，或切换所代表的单位。"
    en = "The organisation you act for sees no such record. Check the id, or act for another one."


class Conflict(MarketError):
    """It makes sense, but not in the present state."""

    status = 409
    title_zh = "与当前状态冲突"
    title_en = "Conflicts with the present state"
    code = "conflict"
    zh = "当前状态下不能这样做。请刷新后再试。"
    en = "This cannot be done in the present state. Reload and try again."


class TooSlow(MarketError):
    """The body did not arrive in time."""

    status = 408
    title_zh = "等待超时"
    title_en = "Took too long"
    code = "too_slow"
    zh = "请求内容没有按时到齐，本次请求没有办理。请检查网络后重新提交。"
    en = (
        "The body did not arrive in time and nothing was done. Check the network and send it again."
    )


class TooLarge(MarketError):
    """More than can be taken in."""

    status = 413
    title_zh = "内容过大"
    title_en = "Too large"
    code = "too_large"
    zh = "提交的内容过大，没有接收。请缩小或拆分后再提交。"
    en = "What you sent is too large and was not taken in. Make it smaller or split it."


class WrongMediaType(MarketError):
    """The body is of another kind than this route reads."""

    status = 415
    title_zh = "内容类型不符"
    title_en = "Wrong media type"
    code = "wrong_media_type"
    zh = "此接口只接收 {expected}。请修正 Content-Type 请求头和内容。"
    en = "This route reads {expected}. Correct the Content-Type header and the body."


class Stale(MarketError):
    """You edited an old version."""

    status = 412
    title_zh = "版本已过时"
    title_en = "Version is stale"
    code = "stale"
    zh = "您修改的是第 {expected} 版，现在已是第 {found} 版。请重新读取后再改。"
    en = "You edited version {expected}; it is now version {found}. Read it again, then edit."


class VersionRequired(Stale):
    """You named no version."""

    status = 428
    title_zh = "须指明版本"
    title_en = "Version required"
    code = "version_required"
    zh = "没有指明修改的是哪一版。请带 If-Match 头，其值为读取时得到的 ETag。"
    en = "The edit names no version. Send If-Match with the ETag that you were given when reading."


class TooMany(MarketError):
    """Slow down."""

    status = 429
    title_zh = "请求过于频繁"
    title_en = "Too many requests"
    code = "too_many"
    zh = "请求过于频繁。请在 {retry_after_seconds} 秒后再试。"
    en = "Too many requests. Try again in {retry_after_seconds} seconds."

    def __init__(self, *, retry_after_seconds: int = 60) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(retry_after_seconds=retry_after_seconds)


class Unavailable(MarketError):
    """The market is busy, or going down; nothing was done."""

    status = 503
    title_zh = "暂时不可用"
    title_en = "Unavailable for the moment"
    code = "unavailable"
    zh = "系统繁忙，本次请求没有办理。请在 {retry_after_seconds} 秒后重试。"
    en = "The market is busy and did nothing. Try again in {retry_after_seconds} seconds."

    def __init__(self, *, retry_after_seconds: int = 1) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(retry_after_seconds=retry_after_seconds)


def all_refusals(root: type[MarketError] = MarketError) -> Iterator[type[MarketError]]:
    """Every refusal class that is loaded, each once, parents first."""
    for refusal in root.__subclasses__():
        yield refusal
        yield from all_refusals(refusal)


def require_version(found: int, expected: int | None) -> None:
    """Refuse an edit of another version than the one that was read; None expects nothing."""
    if expected is not None and expected != found:
        raise Stale(expected=expected, found=found)
