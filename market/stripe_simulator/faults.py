"""Faults on demand: what a network, a proxy or Stripe itself does on a bad day."""

from __future__ import annotations

import fnmatch
from enum import StrEnum
from typing import Final, TypeVar

from market.stripe_simulator import errors
from market.stripe_simulator.forms import Params


class Fault(StrEnum):
    """What goes wrong with a request; `after` means that Stripe has done its work."""

    RATE_LIMITED = "rate_limited"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    SILENT_BEFORE = "silent_before"
    SILENT_AFTER = "silent_after"
    CUT_BEFORE = "cut_before"
    CUT_AFTER = "cut_after"
    TRUNCATED = "truncated"
    SLOW = "slow"


class Mishap(StrEnum):
    """What goes wrong with the delivery of an event."""

    DROPPED = "dropped"
    DOUBLED = "doubled"
    DELAYED = "delayed"
    REORDERED = "reordered"


Kind = TypeVar("Kind", Fault, Mishap)

ORDER: Final = frozenset({"kind", "target", "times", "skip", "seconds"})


class Order:
    """One order: after `skip` occasions that its target fits, the next `times` go wrong.

    The target of a fault is a method and a path, of a mishap an event type; `*` fits anything:
    `POST /v1/refunds`, `charge.dispute.*`.
    """

    def __init__(self, kind: str, target: str, times: int, skip: int, seconds: int | None) -> None:
        self.kind = kind
        self.target = target
        self.times = times
        self.skip = skip
        self.seconds = seconds

    def strikes(self, occasion: str) -> bool:
        if self.times < 1 or not fnmatch.fnmatchcase(occasion, self.target):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class Faults:
    """The orders that are not carried out yet."""

    def __init__(self) -> None:
        self.orders: list[Order] = []

    def add(self, params: Params) -> Order:
        kind = params.choice("kind", [*Fault, *Mishap])
        if kind is None:
            raise errors.missing("kind")
        order = Order(
            kind,
            params.text("target") or "*",
            params.integer("times") or 1,
            params.integer("skip") or 0,
            params.integer("seconds"),
        )
        self.orders.append(order)
        return order

    def clear(self) -> None:
        self.orders.clear()

    def strike(self, occasion: str, kinds: type[Kind]) -> tuple[Kind, Order] | None:
        """The fault that strikes now, if one does; at most one a time, the oldest order first."""
        for order in self.orders:
            if order.kind in set(kinds) and order.strikes(occasion):
                return kinds(order.kind), order
        return None
