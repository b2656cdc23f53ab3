"""The Structs fit their rows, and the moves are those that the database knows."""

from __future__ import annotations

from typing import get_args

import msgspec
from msgspec import structs

from market.base import db, words
from market.base.access import SYSTEM
from market.base.db import Connection, columns
from market.base.embedded import Dsns
from market.trade.contracts import queries
from market.trade.contracts.model import (
    MOVES,
    Contract,
    ContractState,
    FullContract,
    Instalment,
    Kind,
    Milestone,
    QuantityLine,
    Review,
    StatutoryClass,
    SubClass,
)
from tests.world import contracts
from tests.world.contracts import Cast


async def test_the_structs_fit_their_rows_strictly(conn: Connection, people: Cast) -> None:
    deal = await contracts.signed(conn, people)
    async with db.look(conn, SYSTEM):
        found = await queries.find_full(conn, SYSTEM, deal.contract.id)
        root = await conn.fetchrow(f"SELECT {columns(Contract)} FROM contract")
        line = await conn.fetchrow(f"SELECT {columns(QuantityLine)} FROM quantity_line")
        milestone = await conn.fetchrow(f"SELECT {columns(Milestone)} FROM milestone")
        instalment = await conn.fetchrow(f"SELECT {columns(Instalment)} FROM instalment")
        review = await conn.fetchrow(f"SELECT {columns(Review)} FROM contract_review")
    for kind, record in (
        (Contract, root),
        (QuantityLine, line),
        (Milestone, milestone),
        (Instalment, instalment),
        (Review, review),
    ):
        assert record is not None
        msgspec.convert(dict(record), kind)
    assert msgspec.convert(structs.asdict(found), FullContract, from_attributes=True) == found


async def test_the_database_knows_the_same_moves(shared_database: Dsns) -> None:
    auditor = await db.connect(shared_database.auditor)
    records = await auditor.fetch(
        "SELECT subject, move, state_from, state_to FROM legal_move WHERE subject = 'contract'"
    )
    await auditor.close()
    assert {tuple(record) for record in records} == set(MOVES.rows())


def test_every_class_has_words_and_no_other_has() -> None:
    assert set(words.SERVICES) == set(get_args(Kind))
    classes = {*get_args(Kind), *get_args(StatutoryClass), *get_args(SubClass)}
    assert set(words.CLASSES) == classes


def test_every_state_is_reached_from_an_order() -> None:
    reached = set(MOVES.births.values())
    for _ in ContractState:
        reached |= {to for (_, before), to in MOVES.table.items() if before in reached}
    assert reached == set(ContractState)
