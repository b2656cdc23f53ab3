"""What requests do by themselves: every minute the deadlines that have passed are written down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from market.base.db import Pool
from market.trade.enterprise_requests import operations

# When (cron), and what.
PERIODIC: Final[dict[str, tuple[str, Callable[[Pool], Awaitable[None]]]]] = {
    "enterprise_requests.close_due": ("* * * * *", operations.close_due),
}
