"""Idempotency keys as Stripe keeps them: the first answer again, for the same parameters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from market.stripe_simulator.account import Account
from market.stripe_simulator.errors import StripeError


class Kept(NamedTuple):
    """What a key was first used for, and what was answered."""

    address: str
    tree: dict[str, Any]
    status: int
    body: bytes


def kept_answer(account: Account, key: str, address: str, tree: dict[str, Any]) -> Kept | None:
    """The answer that a key already has. Other parameters under the same key are refused."""
    kept: Kept | None = account.answers.get(key)
    if kept is not None and (kept.address, kept.tree) != (address, tree):
        raise StripeError(
            400,
            "Keys for idempotent requests can only be used with the same parameters they were"
            f" first used with. Try using a key other than '{key}' if you meant to execute a"
            " different request.",
            kind="idempotency_error",
        )
    return kept


@contextmanager
def running(account: Account, key: str) -> Iterator[None]:
    """A key is worked on by one request at a time; another one gets 409."""
    if key in account.running:
        raise StripeError(
            409,
            "There is currently another in-progress request using this Idempotent Key.",
            kind="idempotency_error",
            code="idempotency_key_in_use",
        )
    account.running.add(key)
    try:
        yield
    finally:
        account.running.discard(key)
