"""The market's time, put days off the host's for a demonstration; only the owner can."""

from __future__ import annotations

from datetime import timedelta

from market.base.db import Connection


async def set_days(conn: Connection, days: int) -> None:
    """In hours and not in days, which the change to summer time would make longer or shorter."""
    await conn.execute("UPDATE clock_offset SET shift = make_interval(hours => $1)", days * 24)


async def days_off(conn: Connection) -> int:
    shift: timedelta = await conn.fetchval("SELECT shift FROM clock_offset")
    return round(shift / timedelta(days=1))
