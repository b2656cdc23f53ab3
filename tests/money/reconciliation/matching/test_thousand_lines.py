"""A month's file of a busy account: a thousand lines in one act."""

from __future__ import annotations

from market.base.db import Connection
from tests.world import money
from tests.world.money import Line

LINES = 1_000


async def test_a_thousand_lines_are_taken_in_by_one_act(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    lines = [Line(100_00 + n, f"客户{n}", f"货款 {n}") for n in range(LINES)]
    data = await money.csv_file(conn, bank, lines)

    done = await money.import_bytes(conn, bank, data)

    assert (done.new_count, done.suspense_count) == (LINES, LINES)
    total = sum(line.amount_minor for line in lines)
    assert await money.balance(conn, bank.account.books_unit_id, "suspense") == total
