"""The SQL of payouts as lines bring them: which are awaited, seen, and on their way."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from market.base.db import Connection, columns
from market.money.reconciliation.matching.suggesting import AwaitedPayout


class OfPayout(msgspec.Struct, frozen=True):
    """A live match of a payout; it is booked unless it waits."""

    id: UUID
    amount_minor: int
    is_booked: bool


async def matches_of_payout(conn: Connection, payout_id: UUID) -> list[OfPayout]:
    records = await conn.fetch(
        """SELECT id, amount_minor, state <> 'waiting' FROM match
           WHERE payout_id = $1 AND state <> 'undone'""",
        payout_id,
    )
    return [OfPayout(*record) for record in records]


async def lock_transit(conn: Connection, books_unit_id: UUID, currency: str) -> None:
    """It is a tally account, which nobody locks: who asks what is there is the only one who does.

    After a payout.
    """
    await conn.execute(
        "SELECT pg_advisory_xact_lock(hashtext('transit.' || $1::uuid || $2::text))",
        books_unit_id,
        currency,
    )


async def on_their_way(conn: Connection, books_unit_id: UUID, currency: str) -> tuple[int, int]:
    """What payouts are still to bring to the bank, and to take from it (below zero)."""
    record = await conn.fetchrow(
        """SELECT coalesce(sum(line_minor) FILTER (WHERE line_minor > 0), 0)::bigint,
                  coalesce(sum(line_minor) FILTER (WHERE line_minor < 0), 0)::bigint
           FROM (SELECT CASE p.state WHEN 'sent' THEN p.amount_minor ELSE -p.amount_minor END
                            AS line_minor, p.state = 'failed' AS has_failed,
                        (SELECT count(*) FROM match m
                         WHERE m.payout_id = p.id AND m.state NOT IN ('waiting', 'undone')) AS seen
                 FROM payout p WHERE p.books_unit_id = $1 AND p.currency = $2) AS v
           WHERE seen = has_failed::int""",
        books_unit_id,
        currency,
    )
    assert record is not None, "a sum has a row"
    return record[0], record[1]


async def payouts_awaited(
    conn: Connection, books_unit_id: UUID, line_amounts: Sequence[int]
) -> list[AwaitedPayout]:
    """Payouts of late that lines of these amounts may be, the oldest first."""
    records = await conn.fetch(
        f"""SELECT {columns(AwaitedPayout)} FROM (
                SELECT p.id, p.currency, p.state = 'failed' AS has_failed,
                       CASE p.state WHEN 'sent' THEN p.amount_minor ELSE -p.amount_minor END
                           AS line_minor, coalesce(p.failed_on, p.sent_on) AS on_day,
                       (SELECT count(*) FROM match m
                        WHERE m.payout_id = p.id AND m.state <> 'undone') AS seen
                FROM payout p
                WHERE p.books_unit_id = $1 AND p.sent_on > market_today() - 60) AS v
            WHERE line_minor = ANY($2::bigint[]) AND seen = has_failed::int
            ORDER BY on_day, id""",
        books_unit_id,
        line_amounts,
    )
    return [AwaitedPayout(*record) for record in records]
