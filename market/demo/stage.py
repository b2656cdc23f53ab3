"""The stage: who has come on, what they are called, and how progress is told."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final, NamedTuple, TypeAlias

from market.demo.city import PASSWORD
from market.demo.client import PAUSE_SECONDS, Journal, Tell, Visitor, hosts_now

Mails: TypeAlias = Callable[[str], Awaitable[list[str]]]

CITY_TIME: Final = timezone(timedelta(hours=8))
# What no event has told is looked for anew every minute.
PATIENCE_SECONDS: Final = 150
TOKEN: Final = re.compile(r"#([A-Za-z0-9_-]{20,})")

CALENDAR: Final = "calendar"
TURNED: Final = f"{CALENDAR}: day "


class World(NamedTuple):
    """What there is in the city beside the market.

    ``mails`` reads what was sent to an address, the newest first: there is no other mailbox.
    ``stripe_url`` is the simulator's address, ``stripe_key`` opens the account of a unit at it.
    ``set_days`` puts the market's time so many days off the host's, ``days_off`` is how many it is
    off at the beginning: a story of several days ends on the host's own.
    """

    mails: Mails
    stripe_url: str
    stripe_key: str
    set_days: Callable[[int], Awaitable[None]]
    days_off: int


class Stage:
    """Visitors by name, signed in when they first act; ids by name, as the story made them."""

    def __init__(self, base_url: str, journal: Journal, world: World, tell: Tell) -> None:
        self.base_url = base_url
        self.journal = journal
        self.world = world
        self.tell = tell
        self.ids: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.emails: dict[str, str] = {}
        self.homes: dict[str, str] = {}
        self._present: dict[str, Visitor] = {}
        turned = [act for act in journal.done if act.startswith(TURNED)]
        self._day = max((int(act.rpartition(" ")[2]) for act in turned), default=0)
        self._stranger = Visitor(base_url, journal, self._nobody, tell, self.now)

    @property
    def today(self) -> date:
        """The city's date on which the story began, whatever the host's zone says."""
        if "today" not in self.journal.done:
            self.journal.add("today", self.now().astimezone(CITY_TIME).date().isoformat())
        return date.fromisoformat(self.journal.done["today"])

    @property
    def _first_day(self) -> int:
        if CALENDAR not in self.journal.done:
            self.journal.add(CALENDAR, self.world.days_off)
        return int(self.journal.done[CALENDAR])

    @property
    def days_off(self) -> int:
        """How many days the market's time is off the host's."""
        return self._first_day + self._day

    def now(self) -> datetime:
        """The market's time."""
        return hosts_now() + timedelta(days=self.days_off)

    async def turn_to_day(self, day: int) -> None:
        """So many days after the beginning; everybody has to sign in again."""
        act = f"{TURNED}{day}"
        if act in self.journal.done:
            return
        await self.world.set_days(self._first_day + day)
        self.journal.add(act, None)
        self._day = day
        for visitor in self._present.values():
            await visitor.leave()
        self._present.clear()

    def introduce(self, key: str, email: str, home: str | None = None) -> None:
        """Somebody with a login; ``home`` is the key of the organisation acted for."""
        self.emails[key] = email
        if home is not None:
            self.homes[key] = home

    def stranger(self) -> Visitor:
        return self._stranger

    def person(self, key: str) -> Visitor:
        if key not in self._present:
            self._present[key] = Visitor(
                self.base_url, self.journal, self._sign_in(key), self.tell, self.now
            )
        return self._present[key]

    def secret_of(self, key: str) -> str | None:
        """Of the device that somebody has set up to show one-time codes."""
        device = self.journal.done.get(device_of(key))
        return str(device["secret"]) if device else None

    async def token_for(self, email: str) -> str:
        """The token in the newest mail to an address that carries one."""
        for body in await self.world.mails(email):
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

    async def once(self, name: str, act: Callable[[], Awaitable[object]]) -> None:
        """Something without a key of its own, which does no harm where its end was not noted."""
        if name not in self.journal.done:
            await act()
            self.journal.add(name, None)

    async def until(self, what: str, seen: Callable[[], Awaitable[Any]]) -> Any:
        """Ask again and again until something is seen: the worker, and Stripe, take a moment."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := await seen()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: {PATIENCE_SECONDS} s")
            await asyncio.sleep(PAUSE_SECONDS)
        return found

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
