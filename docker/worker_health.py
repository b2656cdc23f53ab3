"""Exit 0 when the worker has a connection to the database besides this one."""

import asyncio
import os
import sys

import asyncpg


async def connections() -> int:
    """Count the worker's connections, this one among them."""
    conn = await asyncpg.connect(os.environ["WORKER_DATABASE_URL"], timeout=2)
    try:
        count = "SELECT count(*)::int FROM pg_stat_activity WHERE usename = current_user"
        return int(await conn.fetchval(count))
    finally:
        await conn.close()


sys.exit(0 if asyncio.run(connections()) > 1 else 1)
