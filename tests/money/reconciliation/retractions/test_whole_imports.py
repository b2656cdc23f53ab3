"""An import is taken back whole: however many lines, statements of its file and closed months."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from market.auditor import audit
from market.base import clock, db
from market.base.access import Role
from market.base.db import Connection
from market.base.embedded import Dsns
from market.ledger import operations as ledger
from market.money.reconciliation.retractions import operations
from market.money.statements import operations as statements
from tests.conftest import Clone
from tests.world import identity, money
from tests.world import ledger as books
from tests.world.money import Bank, Line


@pytest.fixture
async def audited(stocked: Clone) -> AsyncIterator[tuple[Connection, Dsns]]:
    """A market of one's own, in which the auditor finds no fault at the end."""
    async with stocked() as addresses:
        conn = await db.connect(addresses.app)
        yield conn, addresses
        await conn.close()
        assert (await audit.run(addresses.auditor)).faults == []


async def test_lines_by_the_thousand_are_posted_back(audited: tuple[Connection, Dsns]) -> None:
    conn, _ = audited
    bank = await money.unit_bank(conn)
    lines = [Line(number, reference=str(number)) for number in range(1, 2_101)]
    taken = await money.imported(conn, bank, lines)

    retraction = await money.taken_back(conn, bank, taken)

    assert (retraction.lines, retraction.amount_minor) == (2_100, 2_100 * 2_101 // 2)
    for account in (("bank", bank.account.id), ("suspense", None)):
        assert await money.balance(conn, bank.account.books_unit_id, *account) == 0


def days(bank: Bank, *told: tuple[date, int]) -> bytes:
    """An MT940 of one statement a day, each with one movement in."""
    reached, pages = money.OPENING_MINOR, []
    for number, (on, amount_minor) in enumerate(told, 1):
        before, reached = reached, reached + amount_minor
        fields = [
            f":20:S{number}",
            f":25:{bank.account.number}",
            f":28C:{number}/1",
            f":60F:C{on - timedelta(days=1):%y%m%d}CNY{figure(before)}",
            f":61:{on:%y%m%d}C{figure(amount_minor)}NTRFNONREF//{number:016d}",
            f":86:166?20货款{number}",
            f":62F:C{on:%y%m%d}CNY{figure(reached)}",
            "-",
        ]
        pages.append("\r\n".join(fields))
    return "\r\n".join(pages).encode("gb18030")


def figure(amount_minor: int) -> str:
    return "{},{:02d}".format(*divmod(amount_minor, 100))


async def test_all_statements_of_the_file_go_whichever_is_named(
    audited: tuple[Connection, Dsns],
) -> None:
    conn, _ = audited
    bank = await money.unit_bank(conn)
    today = await clock.today(conn)
    file = days(bank, (today - timedelta(days=2), 3_00), (today - timedelta(days=1), 4_00))
    taken = await money.import_bytes(conn, bank, file, name="明细.sta")
    first, second = taken.statements

    proposed = await operations.propose_retraction(conn, bank.finance, second.id, "误导入")
    same = await operations.propose_retraction(conn, bank.finance, first.id, "误导入")
    await operations.approve_retraction(conn, bank.leader, proposed.id)

    assert (same.id, proposed.lines, proposed.amount_minor) == (proposed.id, 2, 7_00)
    for one in taken.statements:
        found = await statements.find_statement(conn, bank.finance, one.id)
        assert found.state == "retracted"
    again = await money.import_bytes(conn, bank, file, name="明细.sta")
    assert (again.repeated, again.new_count) == (False, 2)


async def test_what_was_booked_in_a_closed_month_is_booked_back_in_the_open_one(
    audited: tuple[Connection, Dsns],
) -> None:
    conn, addresses = audited
    bank = await money.unit_bank(conn)
    today, unit_id = await clock.today(conn), bank.account.books_unit_id
    ago = today.day + 3  # in the month before
    taken = await money.imported(conn, bank, [Line(5_00, days_ago=ago)])
    last_month = (today - timedelta(days=ago)).replace(day=1)
    await ledger.number_vouchers(conn)
    await books.set_period(addresses.owner, unit_id, last_month, "closed")

    await money.taken_back(conn, bank, taken)

    line = await money.line_of(conn, bank.finance, taken.outcomes[0].line_id)
    there, back = line.postings
    assert (there.period, back.period) == (last_month, today.replace(day=1))
    assert there.effective_on == back.effective_on
    until = today.replace(day=1) - timedelta(days=1)
    async with db.look(conn, bank.finance):
        closed = await ledger.trial_balance(conn, bank.finance, unit_id, until)
        now = await ledger.trial_balance(conn, bank.finance, unit_id, today)
    assert {one.kind: one.balance_minor for one in closed} == {"bank": 5_00, "suspense": 5_00}
    assert {one.kind: one.balance_minor for one in now} == {"bank": 0, "suspense": 0}


async def test_a_leader_of_the_parent_unit_decides_as_well(conn: Connection) -> None:
    top = await identity.root(conn)
    bank = await money.unit_bank(conn)
    above = await identity.person(conn, top, Role.LEADER)
    proposed = await money.retraction(conn, bank, await money.imported(conn, bank, [Line(5_00)]))

    approved = await operations.approve_retraction(conn, above, proposed.id)

    assert (approved.state, approved.decided_by) == ("approved", above.person_id)
    assert await money.balance(conn, bank.account.books_unit_id, "suspense") == 0
