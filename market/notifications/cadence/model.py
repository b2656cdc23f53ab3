"""A person's choice of cadence, and the letters about messages and about what searches found."""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from market.base.errors import Language
from market.base.fields import Input
from market.identity.letters import Letter


class NoticeTopic(StrEnum):
    """What a person may choose to be told of less often."""

    DEAL_MESSAGES = "deal_messages"
    SAVED_SEARCHES = "saved_searches"


class Cadence(StrEnum):
    """How often; without a choice, people are told at once."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


class NoticeSetting(msgspec.Struct, frozen=True):
    """A person's choice for one topic."""

    id: UUID
    person_id: UUID
    topic: NoticeTopic
    cadence: Cadence
    version: int


class CadenceInput(Input, frozen=True):
    """How often to tell me: at once, once a day, or never by e-mail."""

    cadence: Cadence


class Addressee(msgspec.Struct, frozen=True):
    """Somebody on the other side of a new message, and how he wants to be told.

    ``reads``: he has read all that the other side wrote before it.
    """

    person_id: UUID
    name: str
    email: str
    language: Language
    title: str
    cadence: Cadence
    reads: bool


class UnreadDeal(msgspec.Struct, frozen=True):
    """How much of one deal a daily letter tells one person, and the last waiting row of it."""

    person_id: UUID
    name: str
    email: str
    language: Language
    title: str
    unread: int
    last: int


class Seeker(msgspec.Struct, frozen=True):
    """Somebody whose saved search found something, and how he wants to be told."""

    person_id: UUID
    name: str
    email: str
    language: Language
    cadence: Cadence


class Find(msgspec.Struct, frozen=True):
    """What a daily letter tells one person that was published, and its waiting row."""

    person_id: UUID
    name: str
    email: str
    language: Language
    title_zh: str
    title_en: str | None
    last: int

    @property
    def title(self) -> str:
        """As the reader reads it; a request has a title in one language."""
        return (self.title_en or self.title_zh) if self.language == "en" else self.title_zh


NEW_MESSAGE: Final = Letter(
    subject_zh="新留言：{title}",
    body_zh="{reader}：\n\n洽谈“{title}”有对方的新留言，请登录平台查看并回复。\n"
    "在您阅读之前，该洽谈的后续留言不再逐条通知。通知频率可在通知设置中修改。",
    subject_en="New message: {title}",
    body_en="{reader},\n\nthe other side wrote in the deal '{title}'. Sign in to read and answer. "
    "Until you have read it, further messages there bring no further mail. How often you are told "
    "can be changed in your notice settings.",
)
DAILY: Final = Letter(
    subject_zh="未读留言 {count} 条",
    body_zh="{reader}：\n\n您参与的洽谈有未读留言：\n\n{deals}\n\n请登录平台查看。"
    "通知频率可在通知设置中修改。",
    subject_en="Unread messages: {count}",
    body_en="{reader},\n\nthere are unread messages in your deals:\n\n{deals}\n\nSign in to read "
    "them. How often you are told can be changed in your notice settings.",
)
FOUND: Final = Letter(
    subject_zh="订阅搜索有新内容：{title}",
    body_zh="{reader}：\n\n您的订阅搜索“{search}”有新发布的内容：\n\n· {title}\n\n"
    "请登录平台查看。通知频率可在通知设置中修改。",
    subject_en="Your saved search found: {title}",
    body_en="{reader},\n\nsomething was published that fits your saved search '{search}':\n\n"
    "· {title}\n\nSign in to read it. How often you are told can be changed in your notice "
    "settings.",
)
DAILY_FINDS: Final = Letter(
    subject_zh="订阅搜索有 {count} 项新内容",
    body_zh="{reader}：\n\n您的订阅搜索有新发布的内容：\n\n{titles}\n\n"
    "请登录平台查看。通知频率可在通知设置中修改。",
    subject_en="Your saved searches found {count}",
    body_en="{reader},\n\nthis was published and fits your saved searches:\n\n{titles}\n\n"
    "Sign in to read it. How often you are told can be changed in your notice settings.",
)
