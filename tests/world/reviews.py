"""Reviews for tests, made by the operations that real people use."""

from __future__ import annotations

from typing import Any

import msgspec

from market.base.db import Connection
from market.trade.contracts.model import Party
from market.trade.reviews import operations
from market.trade.reviews.model import Review, ReviewInput
from tests.world import contracts, performance
from tests.world.contracts import Cast, Deal


def words(**changes: Any) -> ReviewInput:
    usual = {"quality": 5, "punctuality": 4, "communication": 5, "comment": "修复质量好，按期完成"}
    return msgspec.convert(usual | changes, ReviewInput)


async def completed(conn: Connection, people: Cast | None = None, **offering: Any) -> Deal:
    """A contract whose only milestone is accepted."""
    deal = await contracts.signed(conn, people, price_minor=10_600_00, **offering)
    await performance.complete(conn, deal)
    return deal


async def written(conn: Connection, deal: Deal, party: Party, **changes: Any) -> Review:
    actor = deal.cast.buyer if party == "buyer" else deal.cast.clerk
    return await operations.write_review(conn, actor, deal.contract.id, words(**changes))
