"""What proposals do by themselves: what the clock did to them is written down.

Every minute what deadlines have opened, and which counter-offers nobody answered in time; at the
turn of the day in Shanghai what is past its last valid day, which the same act finds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from market.base.db import Pool
from market.trade.proposals import operations
from market.trade.proposals.counter_offers import operations as counter_offers

# When (cron, UTC), and what.
PERIODIC: Final[dict[str, tuple[str, Callable[[Pool], Awaitable[None]]]]] = {
    "proposals.write_due": ("* * * * *", operations.write_due),
    "proposals.lapse_counter_offers": ("* * * * *", counter_offers.lapse_due),
}
