"""The room's tables and its Structs say the same."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.embedded import Dsns
from market.base.moves import Moves
from market.money.invoicing import model, operations
from market.money.invoicing.credit_notes import model as notes
from market.money.invoicing.fapiao import model as fapiao
from market.money.invoicing.fapiao import queries as fapiao_queries
from market.money.invoicing.red_fapiao import model as red
from market.money.invoicing.voiding import model as voiding
from market.money.invoicing.voiding import operations as voiding_operations
from market.money.invoicing.voiding import queries as voiding_queries
from tests.world import invoicing as world


@pytest.mark.parametrize(
    "moves",
    [model.MOVES, fapiao.MOVES, voiding.MOVES, notes.MOVES, red.MOVES],
    ids=lambda moves: moves.subject,
)
async def test_legal_moves_are_the_rooms_moves(shared_database: Dsns, moves: Moves[Any]) -> None:
    auditor = await db.connect(shared_database.auditor)
    records = await auditor.fetch(
        "SELECT subject, move, state_from, state_to FROM legal_move WHERE subject = $1",
        moves.subject,
    )
    await auditor.close()

    assert {tuple(record) for record in records} == set(moves.rows())


async def test_every_row_is_what_its_struct_says(conn: Connection) -> None:
    deal = await world.zr01(conn)
    recognition = await world.recognised(conn, deal)
    exempt = await world.issued(conn, deal)
    deal = await world.fw01(conn)
    await world.started(conn, deal)
    first, second = [await world.issued(conn, deal, place) for place in range(2)]
    await world.received(conn, deal, first, 100)
    await world.fapiao_issued(conn, deal, first)
    note = await world.credited(conn, deal, first, 100)
    proposed = await voiding_operations.propose_void(conn, deal.finance, second.id, "期次有误")
    async with db.look(conn, SYSTEM):
        rows: list[msgspec.Struct] = [
            recognition,
            exempt,
            await operations.find_invoice(conn, SYSTEM, first.id),
            *await world.tax_points(conn, first),
            note,
            await world.red_recorded(conn, deal, note),
            *await fapiao_queries.fapiao_listed(conn, SYSTEM),
            await voiding_queries.find_proposal(conn, SYSTEM, proposed.id),
        ]

    for row in rows:
        assert msgspec.convert(msgspec.to_builtins(row), type(row)) == row
