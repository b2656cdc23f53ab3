"""What invoicing does by itself: at events of lower rooms, and every day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from market.base.db import Pool
from market.base.events import Job, Subscriptions
from market.money.invoicing.reminders import operations as reminders
from market.money.invoicing.tax_points import operations as tax_points

SUBSCRIPTIONS: Final[Subscriptions] = {
    "milestone.started": ("invoicing.count_receipts_at_start",),
}
JOBS: Final[dict[str, Job]] = {
    "invoicing.count_receipts_at_start": tax_points.count_receipts_at_start,
}
# When (cron, UTC), and what. A tax point takes the date on which its invoice is due, at any hour;
# reminders are written in the city's morning.
PERIODIC: Final[dict[str, tuple[str, Callable[[Pool], Awaitable[None]]]]] = {
    "invoicing.due_tax_points": ("0 1 * * *", tax_points.reach_due_dates),
    "invoicing.reminders": ("30 1 * * *", reminders.remind_of_late),
}
