"""The Structs fit their rows, and the moves are those that the database knows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection, columns
from market.base.embedded import Dsns
from market.base.moves import Moves
from market.trade.catalogue.cards import Published
from market.trade.catalogue.model import MOVES, REVISION_MOVES, Offering, Review, Version
from market.trade.catalogue.terms import (
    PriceBand,
    price_band,
    price_key,
    terms_of,
)
from tests.world import catalogue, identity


async def test_the_structs_fit_their_rows_strictly(conn: Connection) -> None:
    offering = await catalogue.published_offering(conn, await identity.unit(conn))
    async with db.look(conn, SYSTEM):
        for kind, sql in (
            (Offering, f"SELECT {columns(Offering)} FROM offering WHERE id = $1"),
            (Version, f"SELECT {columns(Version)} FROM offering_version WHERE offering_id = $1"),
            (Review, f"SELECT {columns(Review)} FROM offering_review WHERE offering_id = $1"),
        ):
            record = await conn.fetchrow(sql, offering.id)
            assert record is not None
            assert isinstance(msgspec.convert(dict(record), kind), kind)
        detail = await conn.fetchval("SELECT detail FROM offering_card WHERE id = $1", offering.id)
    assert msgspec.json.decode(detail, type=Published).offering_id == offering.id


@pytest.mark.parametrize("moves", [MOVES, REVISION_MOVES], ids=lambda moves: moves.subject)
async def test_the_database_knows_the_same_moves(shared_database: Dsns, moves: Moves[Any]) -> None:
    auditor = await db.connect(shared_database.auditor)
    records = await auditor.fetch(
        "SELECT subject, move, state_from, state_to FROM legal_move WHERE subject = $1",
        moves.subject,
    )
    await auditor.close()
    assert {tuple(record) for record in records} == set(moves.rows())


@pytest.mark.parametrize(
    ("price_minor", "currency", "band", "key"),
    [
        (0, "CNY", PriceBand.FREE, 0),
        (0, "USD", PriceBand.FREE, 0),
        (9_999_99, "CNY", PriceBand.UNDER_10000, 9_999_99),
        (10_000_00, "CNY", PriceBand.UNDER_50000, 10_000_00),
        (200_000_00, "CNY", PriceBand.FROM_200000, 200_000_00),
        (1_00, "USD", PriceBand.FOREIGN, 2**53),
        (None, "CNY", PriceBand.QUOTE, 2**53),
    ],
)
def test_price_bands_are_in_yuan(
    price_minor: int | None, currency: str, band: PriceBand, key: int
) -> None:
    terms = terms_of(
        catalogue.new_offering(
            member_ids=[SYSTEM.person_id], price_minor=price_minor, currency=currency
        )
    )
    assert (price_band(terms), price_key(terms)) == (band, key)
