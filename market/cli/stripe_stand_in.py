"""Stripe for the demonstration: the simulator beside the market, and one unit's account at it.

Its state is kept in the data folder, so that a story that broke off goes on with the same money.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
import msgspec

from market.base.settings import Settings, StartFault
from market.base.stripe_accounts import StripeAccount
from market.stripe_simulator.app import serving

KEPT_IN: Final = "stripe-simulator"
UNIT: Final = "AX"
KEY: Final = "sk_test_demo"
DAY_SECONDS: Final = 86_400


def require_no_other(settings: Settings) -> None:
    """The demonstration plays with invented money, and never with an account of somebody's."""
    if settings.stripe_accounts:
        raise StartFault(
            "演示只用它自带的 Stripe 模拟器。请去掉 MARKET_STRIPE_ACCOUNTS 后重试。",
            "The demonstration uses its own simulator of Stripe alone. Unset "
            "MARKET_STRIPE_ACCOUNTS, then run it again.",
        )


@asynccontextmanager
async def beside(settings: Settings, days_off: int) -> AsyncIterator[tuple[Settings, str]]:
    """The settings with the unit's account in them, and where the simulator answers.

    A new simulator begins as many days off the host's time as the market does.
    """
    place = settings.data / KEPT_IN
    is_new = not place.exists()
    async with serving(kept_in=place) as simulator:
        if is_new:
            simulator.clock.ahead_seconds = days_off * DAY_SECONDS
        secret = await have_events_sent(simulator.address, settings.public_url)
        account = StripeAccount(
            unit=UNIT, key=KEY, webhook_secrets=(secret,), api_base=simulator.address
        )
        yield (
            msgspec.structs.replace(settings, stripe_accounts=(account,)),
            simulator.address,
        )


async def have_events_sent(address: str, public_url: str) -> str:
    """From the account at the simulator to a market; the secret that they are signed with."""
    login = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=address, headers=login, trust_env=False) as http:
        path = "/v1/webhook_endpoints"
        for old in (await http.get(path)).raise_for_status().json()["data"]:
            (await http.delete(f"{path}/{old['id']}")).raise_for_status()
        wanted = {"url": f"{public_url}/stripe/{UNIT}/events", "enabled_events[0]": "*"}
        made = (await http.post(path, data=wanted)).raise_for_status()
        return str(made.json()["secret"])
