"""Contracts under performance for tests, made by the operations that real people use.

``deliver`` and ``accept`` take one milestone of a signed ``Deal`` further, ``complete`` all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import msgspec

from market.base import files
from market.base.access import Actor
from market.base.db import Connection
from market.base.files import Shelf
from market.identity.files import operations as stored
from market.trade.performance import operations
from market.trade.performance.model import AcceptanceInput, DeliveryInput, Performance
from tests.world.contracts import Deal


def certificate(**changes: Any) -> AcceptanceInput:
    usual = {
        "inspector": "检验员甲",
        "standard": "GB/T 11374-2012 热喷涂涂层",
        "result": "尺寸与硬度合格，同意验收",
    }
    return msgspec.convert(usual | changes, AcceptanceInput)


def milestones(deal: Deal) -> list[UUID]:
    return [milestone.id for milestone in deal.contract.milestones]


async def evidence(conn: Connection, actor: Actor, name: str = "检验报告.pdf") -> UUID:
    """A file that the actor's organisation sent in."""

    async def content() -> AsyncIterator[bytes]:
        yield b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n" + name.encode()

    with TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder), limit_bytes=1000)
        async with files.receive(shelf, name, content()) as upload:
            return (await stored.store_file(conn, actor, upload)).id


async def delivery(conn: Connection, deal: Deal, **changes: Any) -> DeliveryInput:
    usual = {"note": "修复完成，请验收", "files": [await evidence(conn, deal.cast.clerk)]}
    return msgspec.convert(usual | changes, DeliveryInput)


async def start(conn: Connection, deal: Deal, place: int = 0) -> Performance:
    return await operations.start_milestone(conn, deal.cast.clerk, milestones(deal)[place])


async def deliver(conn: Connection, deal: Deal, place: int = 0, **changes: Any) -> Performance:
    """Start the milestone unless that is done, and deliver it with one file."""
    await start(conn, deal, place)
    given = await delivery(conn, deal, **changes)
    return await operations.deliver_milestone(conn, deal.cast.clerk, milestones(deal)[place], given)


async def accept(conn: Connection, deal: Deal, place: int = 0, **changes: Any) -> Performance:
    """Take the milestone all the way to its certificate."""
    await deliver(conn, deal, place)
    return await operations.accept_milestone(
        conn, deal.cast.buyer, milestones(deal)[place], certificate(**changes)
    )


async def complete(conn: Connection, deal: Deal) -> list[Performance]:
    """Accept every milestone, which completes the contract."""
    return [await accept(conn, deal, place) for place in range(len(milestones(deal)))]
