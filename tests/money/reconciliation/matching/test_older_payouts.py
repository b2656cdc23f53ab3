"""Lines that were matched before they named a payout are of one that was on its way by then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg

from market.auditor import audit
from market.base import db, migrations
from market.base.db import Connection
from market.money.reconciliation.matching.model import Match
from tests.conftest import Clone
from tests.world import invoicing, money
from tests.world.invoicing import Deal
from tests.world.money import Bank, Line
from tests.world.stripe import booked, line, payouts_of, two_took

CHECK = "a line that is a payout has its books"
[MIGRATION] = [one for one in migrations.found_files() if one.number == 100]
# As matches were before 0090, and as that left them.
BEFORE = """
    SET session_replication_role = replica;
    UPDATE match SET created_at = created_at - interval '99 days', needs_second = false;
    UPDATE match SET payout_id = NULL WHERE id = '{failed}';
    UPDATE match SET payout_id = NULL WHERE id = '{unknown}';
    UPDATE match SET payout_id = (SELECT id FROM payout WHERE payout_id = 'po_later')
    WHERE id = '{early}';
    SET session_replication_role = DEFAULT;
    DROP INDEX match_in_transit;
"""


async def sent(conn: Connection, deal: Deal, source: str, minor: int, days_ago: int) -> None:
    moved_at = datetime.now(UTC) - timedelta(days=days_ago)
    await booked(conn, deal, line("payout", -minor, source_id=source, moved_at=moved_at))


async def arrived(conn: Connection, deal: Deal, bank: Bank, source: str) -> Match:
    """Three days ago, on an account of its own."""
    own = await money.second_account(conn, bank)
    [payout] = [one for one in await payouts_of(conn, deal) if one.payout_id == source]
    came = Line(payout.amount_minor, "STRIPE PAYMENTS", days_ago=3)
    [outcome] = (await money.imported(conn, own, [came])).outcomes
    return await two_took(conn, deal, outcome.line_id, payout)


async def test_what_failed_and_what_came_before_it_was_sent_are_paired_anew(clone: Clone) -> None:
    """What is left is of no payout known here; one person matched it, as he might then."""
    async with clone() as addresses:
        conn, owner = await db.connect(addresses.app), await asyncpg.connect(addresses.owner)
        deal = await invoicing.fw01(conn)
        bank = await money.bank(conn, deal)
        await sent(conn, deal, "po_failed", 5_00, days_ago=9)
        await sent(conn, deal, "po_first", 7_00, days_ago=8)
        await sent(conn, deal, "po_later", 7_00, days_ago=0)
        failed, early, unknown = [
            await arrived(conn, deal, bank, source)
            for source in ("po_failed", "po_first", "po_later")
        ]
        await booked(conn, deal, line("payout_reversal", 5_00, source_id="po_failed"))
        await owner.execute(BEFORE.format(failed=failed.id, unknown=unknown.id, early=early.id))
        await owner.execute(MIGRATION.sql)
        found = {one.payout_id: one.arrival_match_id for one in await payouts_of(conn, deal)}
        report = await audit.run(addresses.auditor)
        await conn.close()
        await owner.close()
    assert found == {"po_failed": failed.id, "po_first": early.id, "po_later": None}
    assert [fault for fault in report.faults if fault.en.startswith(CHECK)] == []
