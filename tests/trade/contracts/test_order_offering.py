"""A buyer orders a published offering."""

from __future__ import annotations

import pytest

from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.trade.contracts import model, operations
from tests.world import catalogue, contracts, identity


async def test_an_order_becomes_a_draft_that_pins_the_version(conn: Connection) -> None:
    deal = await contracts.ordered(conn)
    contract = deal.contract
    assert contract.state == "drafting"
    assert (contract.offering_id, contract.offering_version) == (deal.offering.id, 1)
    assert (contract.provider_unit_id, contract.books_unit_id) == (deal.cast.unit.id,) * 2
    assert contract.buyer_id == deal.cast.enterprise.id
    assert (contract.total_minor, contract.net_minor, contract.vat_minor) == (
        86_000_00,
        81_132_08,
        4_867_92,
    )
    assert [(line.unit, line.quantity) for line in contract.lines] == [("lot", 1)]
    assert contract.buyer_reference == "CG-2026-031"
