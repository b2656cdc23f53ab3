"""The stage: who has come on, what they are called, and how progress is told."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final, TypeAlias

from market.demo.city import PASSWORD
from market.demo.client import Journal, Tell, Visitor

Mails: TypeAlias = Callable[[str], Awaitable[list[str]]]

CITY_TIME: Final = timezone(timedelta(hours=8))
TOKEN: Final = re.compile(r"#([A-Za-z0-9_-]{20,})")


class Stage:
    """Visitors by name, signed in when they first act; ids by name, as the story made them.

    ``mails`` reads what was sent to an address, the newest first: the demonstration has no other
    mailbox.
    """

    def __init__(self, base_url: str, journal: Journal, mails: Mails, tell: Tell) -> None:
        self.base_url = base_url
        self.journal = journal
        self.mails = mails
        self.tell = tell
        self.ids: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.emails: dict[str, str] = {}
        self.homes: dict[str, str] = {}
        self._present: dict[str, Visitor] = {}
        self._stranger = Visitor(base_url, journal, self._nobody, tell)

    @property
    def today(self) -> date:
        """The city's date on which the story began, whatever the host's zone says."""
        if "today" not in self.journal.done:
            self.journal.add("today", datetime.now(CITY_TIME).date().isoformat())
        return date.fromisoformat(self.journal.done["today"])

    def introduce(self, key: str, email: str, home: str | None = None) -> None:
        """Somebody with a login; ``home`` is the key of the organisation acted for."""
        self.emails[key] = email
        if home is not None:
            self.homes[key] = home

    def stranger(self) -> Visitor:
        return self._stranger

    def person(self, key: str) -> Visitor:
        if key not in self._present:
            self._present[key] = Visitor(self.base_url, self.journal, self._sign_in(key), self.tell)
        return self._present[key]

    def secret_of(self, key: str) -> str | None:
        """Of the device that somebody has set up to show one-time codes."""
        device = self.journal.done.get(device_of(key))
        return str(device["secret"]) if device else None

    async def token_for(self, email: str) -> str:
        """The token in the newest mail to an address that carries one."""
        for body in await self.mails(email):
            found = TOKEN.search(body)
            if found:
                return found[1]
        raise LookupError(f"no mail with a link reached {email}")

    def _sign_in(self, key: str) -> Callable[[Visitor], Awaitable[None]]:
        async def enter(visitor: Visitor) -> None:
            home = self.homes.get(key)
            organisation_id = self.ids[home] if home else None
            await visitor.sign_in(self.emails[key], PASSWORD, organisation_id, self.secret_of(key))

        return enter

    async def _nobody(self, _visitor: Visitor) -> None:
        """A stranger has nothing to sign in with."""

    async def leave(self) -> None:
        for visitor in (self._stranger, *self._present.values()):
            await visitor.leave()


def city_time(instant: str) -> str:
    """An instant of the API, as the city's clocks show it."""
    here = datetime.fromisoformat(instant).astimezone(CITY_TIME)
    return f"{here:%Y-%m-%d %H:%M}（北京时间 Beijing time）"


def device_of(key: str) -> str:
    """What the act of setting up somebody's device is called."""
    return f"set up the device of {key}"


def id_of(answer: Any) -> str:
    return str(answer["id"])
