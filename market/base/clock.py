"""The market's time: ``market_now()`` in PostgreSQL, read from here by Python too.

Rules never ask the operating system's clock: the database's can be shifted by its owner, for
demonstrations and tests.
"""

from datetime import date, datetime

from market.base.db import Connection


async def now(conn: Connection) -> datetime:
    instant: datetime = await conn.fetchval("SELECT market_now()")
    return instant


async def today(conn: Connection) -> date:
    """The date in Asia/Shanghai."""
    day: date = await conn.fetchval("SELECT market_today()")
    return day
