"""What a notice is: which letter an event makes, and who receives it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

import msgspec

from market.base import amounts, clock, mail
from market.base.access import Role
from market.base.errors import Language
from market.identity.letters import Letter

# What is known of an event's subject, by name. Names end in _zh and _en where a text has two
# languages, in _minor where they are amounts of the fact `currency`.
Facts: TypeAlias = Mapping[str, object]


class Audience(msgspec.Struct, frozen=True):
    """Who holds one of the roles at the organisations that ``fact`` names.

    Without roles the fact names the people themselves.
    """

    fact: str
    roles: tuple[Role, ...] = ()


class Notice(msgspec.Struct, frozen=True):
    """A letter to some audiences.

    With ``after`` only for a move that leads to that state, with ``given`` only when the fact of
    that name holds. With ``attached`` the PDF that is the fact of that name, if any, goes with it.
    """

    letter: Letter
    to: tuple[Audience, ...]
    after: str | None = None
    given: str | None = None
    attached: str | None = None

    def attachment(self, facts: Facts) -> mail.Attachment | None:
        found = facts[self.attached] if self.attached else None
        return found if isinstance(found, mail.Attachment) else None


Notices: TypeAlias = Mapping[str, tuple[Notice, ...]]


def words_of(facts: Facts, language: Language) -> dict[str, object]:
    """The facts as a letter in that language says them."""
    mine, other = ("_zh", "_en") if language == "zh-CN" else ("_en", "_zh")
    words: dict[str, object] = {}
    for name, value in facts.items():
        if name.endswith(mine):
            words[name.removesuffix(mine)] = value or facts[name.removesuffix(mine) + other]
        elif name.endswith("_minor") and isinstance(value, int):
            words[name.removesuffix("_minor")] = _printed(value, str(facts["currency"]))
        elif isinstance(value, datetime):
            words[name] = _told(value, language)
        elif not name.endswith(other):
            words[name] = "—" if value is None else value
    return words


def _printed(amount_minor: int, currency: str) -> str:
    return f"{amounts.printed(amount_minor, currency)} {currency}"


def _told(at: datetime, language: Language) -> str:
    """To the minute that has begun, by the clocks of the city: never later than the instant."""
    minute = at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return f"{minute}（北京时间）" if language == "zh-CN" else f"{minute} (Beijing time)"
