"""`python -m market.stripe_simulator [PORT]`: serve until it is stopped."""

from __future__ import annotations

import asyncio
import signal
import sys

from market.stripe_simulator.app import serving


async def main(port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with serving(port) as simulator:
        print(simulator.address, flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
