"""What an authority to sign covers: its kinds, its ceiling and its days, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import pytest

from market.base import clock
from market.base.db import Connection
from market.trade.signing import model
from market.trade.signing.model import Authority
from tests.world import contracts
from tests.world.contracts import Cast

FROM: Final = date(2026, 3, 1)
UNTIL: Final = date(2026, 3, 31)
PAPER: Final = Authority(
    id=UUID(int=1),
    kinds=["service", "training"],
    ceiling_minor=86_000_00,
    currency="CNY",
    from_on=FROM,
    to_on=UNTIL,
)


@pytest.mark.parametrize(
    ("changes", "on", "missing"),
    [
        ({}, FROM, None),
        ({}, UNTIL, None),
        ({}, FROM - timedelta(days=1), "it is not valid today"),
        ({}, UNTIL + timedelta(days=1), "it is not valid today"),
        ({"kind": "transfer"}, FROM, "it excludes kind transfer"),
        ({"total_minor": 86_000_01}, FROM, "its ceiling of 86,000.00 is below the total"),
        ({"currency": "USD"}, FROM, "its ceiling is in CNY, the contract in USD"),
    ],
)
async def test_it_covers_its_kinds_its_ceiling_and_its_days_only(
    conn: Connection, people: Cast, changes: dict[str, Any], on: date, missing: str | None
) -> None:
    deal = await contracts.ordered(conn, people)
    lack = model.lack_of(PAPER, msgspec.structs.replace(deal.contract, **changes), on)
    assert (lack is None) if missing is None else (lack is not None and missing in lack.en)


async def test_a_legal_representative_signs_anything(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people)
    anything = Authority(UUID(int=1), None, None, None, FROM, None)
    assert model.lack_of(anything, deal.contract, await clock.today(conn)) is None
