"""One Stripe account: everything that one secret key sees, in memory."""

from __future__ import annotations

import copy
import secrets
import string
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from market.stripe_simulator import errors

Object = dict[str, Any]
Due: TypeAlias = "Callable[[Account, Object], None]"

DAY: Final = 86_400
# The version of Stripe's API whose shapes these are.
API_VERSION: Final = "2026-10-28.endive"
# Prefixes of identifiers, by the kind that `object` names.
PREFIX: Final = {
    "customer": "cus",
    "payment_method": "pm",
    "payment_intent": "pi",
    "charge": "ch",
    "refund": "re",
    "dispute": "du",
    "balance_transaction": "txn",
    "payout": "po",
    "checkout.session": "cs_test",
    "event": "evt",
    "webhook_endpoint": "we",
    "file": "file",
}
_ALPHABET: Final = string.ascii_letters + string.digits


class Clock:
    """The time of the whole simulator, in seconds: the world's, moved ahead by hand."""

    def __init__(self) -> None:
        self.ahead_seconds = 0

    def now(self) -> int:
        return int(time.time()) + self.ahead_seconds


class Account:
    """The objects of one account, in the order in which they were made."""

    def __init__(self, key: str, clock: Clock, address: str) -> None:
        self.key = key
        self.clock = clock
        self.address = address
        self.objects: dict[str, dict[str, Object]] = {kind: {} for kind in PREFIX}
        self.answers: dict[str, Any] = {}  # by idempotency key
        self.running: set[str] = set()  # idempotency keys being worked on
        self.waiting: list[Any] = []  # webhook deliveries to come
        # What falls due and when: an act of a module's, so that it can be kept on disk.
        self.after: list[tuple[int, Due, Object]] = []
        self.settles_in: str | None = None  # the currency that others are changed into
        self.takes_from_bank = False  # whether a balance below zero is made up from the bank
        self.rates: dict[tuple[str, str], float] = {}  # of major units
        self.spoilt: list[tuple[Object, str, Any]] = []  # what lacks a field, and what stood there
        self.refunds_ask = False  # whether a refund waits for its payer to say where it goes
        self.request: str | None = None  # the request that is being answered
        self.request_key: str | None = None

    def now(self) -> int:
        return self.clock.now()

    def add(self, kind: str, **fields: Any) -> Object:
        """A new object of a kind, with the three fields that all have."""
        name = f"{PREFIX[kind]}_{''.join(secrets.choice(_ALPHABET) for _ in range(24))}"
        made: Object = {"id": name, "object": kind, "created": self.now(), **fields}
        self.objects[kind][name] = made
        return made

    def find(self, kind: str, name: str, param: str = "id") -> Object:
        found = self.objects[kind].get(name)
        if found is None:
            raise errors.no_such(kind, name, param)
        return found

    def all(self, kind: str) -> Iterator[Object]:
        """The objects of a kind, the newest first, as Stripe lists them."""
        return reversed(self.objects[kind].values())

    def emit(self, event_type: str, about: Object) -> None:
        """An event with the object as it is now, and a delivery for each endpoint that wants it."""
        event = self.add(
            "event",
            type=event_type,
            api_version=API_VERSION,
            data={"object": copy.deepcopy(about)},
            livemode=False,
            pending_webhooks=0,
            request={"id": self.request, "idempotency_key": self.request_key},
        )
        for endpoint in self.objects["webhook_endpoint"].values():
            wanted = endpoint["enabled_events"]
            if endpoint["status"] == "enabled" and ("*" in wanted or event_type in wanted):
                event["pending_webhooks"] += 1
                self.waiting.append((endpoint, event))

    def later(self, seconds: int, act: Due, about: Object) -> None:
        """Do an act to an object when the clock has moved on by so many seconds."""
        self.after.append((self.now() + seconds, act, about))

    def run_due(self) -> None:
        """Do what has fallen due, in the order of its time; acts may add others."""
        while due := [item for item in self.after if item[0] <= self.now()]:
            first = min(due, key=lambda item: item[0])
            self.after.remove(first)
            _, act, about = first
            act(self, about)
