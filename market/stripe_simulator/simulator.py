"""The simulator as a whole: its accounts by key, its one clock, its faults, its postman."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final

from market.stripe_simulator import funds
from market.stripe_simulator.account import DAY, Account, Clock
from market.stripe_simulator.errors import StripeError
from market.stripe_simulator.faults import Faults
from market.stripe_simulator.webhooks import Postman

KEY: Final = re.compile(r"sk_test_\w+\Z")


class Simulator:
    """Everything that lives as long as the process. `address` is where it is reached."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.clock = Clock()
        self.accounts: dict[str, Account] = {}
        self.faults = Faults()
        self.postman = Postman(self.faults)
        # Whether events go out at once; otherwise `/_simulator/deliver` sends them.
        self.posts_at_once = True
        self.posting: set[asyncio.Task[int]] = set()
        # What is done after every change: nothing, unless its state is kept.
        self.changed: Callable[[], None] = lambda: None

    def account_of(self, authorization: str | None) -> Account:
        """The account that a key opens; any `sk_test_` key opens one of its own."""
        key = (authorization or "").removeprefix("Bearer ").strip()
        if not KEY.match(key):
            raise StripeError(401, "Invalid API Key provided.")
        return self.account(key)

    def account(self, key: str) -> Account:
        if key not in self.accounts:
            self.accounts[key] = Account(key, self.clock, self.address)
        return self.accounts[key]

    def move_to(self, address: str) -> None:
        self.address = address
        for account in self.accounts.values():
            account.address = address

    def move_on(self) -> None:
        """Do what has fallen due by now."""
        for account in self.accounts.values():
            account.run_due()

    def advance(self, seconds: int) -> None:
        """Let time pass, a day at a time, with what Stripe does each day: pay out."""
        while seconds > 0:
            step = min(seconds, DAY)
            self.clock.ahead_seconds += step
            seconds -= step
            self.move_on()
            if step == DAY:
                for account in self.accounts.values():
                    funds.pay_out(account)

    def collect(self) -> None:
        for account in self.accounts.values():
            self.postman.collect(account)

    def post_soon(self) -> None:
        """Send what is due in the background, if events go out at once."""
        self.collect()
        if self.posts_at_once and self.postman.bag:
            task = asyncio.create_task(self.postman.deliver(self.clock.now()))
            self.posting.add(task)
            task.add_done_callback(self.posting.discard)
        self.changed()

    async def post(self) -> int:
        """Send what is due, and wait until it is sent; tells how many were taken."""
        self.collect()
        return await self.postman.deliver(self.clock.now())
