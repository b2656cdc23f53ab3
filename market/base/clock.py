"""The market's time: ``market_now()`` in PostgreSQL, read from here by Python too.

Rules never ask the operating system's clock: the database's can be shifted by its owner, for
demonstrations and tests.
"""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from market.base.db import Connection

# The city's own time: what people are told is told by it.
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


async def now(conn: Connection) -> datetime:
    instant: datetime = await conn.fetchval("SELECT market_now()")
    return instant


async def today(conn: Connection) -> date:
    """The date in Asia/Shanghai."""
    day: date = await conn.fetchval("SELECT market_today()")
    return day


def day_of(instant: datetime) -> date:
    """The date of an instant in Asia/Shanghai."""
    return instant.astimezone(SHANGHAI).date()
