"""The SQL of payouts as lines bring them: which are awaited, seen, and on their way."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns
from market.money.payments.stripe_lines.model import Payout
from market.money.reconciliation.matching.suggesting import AwaitedPayout


class OfPayout(msgspec.Struct, frozen=True):
    """A live match of a payout; it is booked unless it waits."""

    id: UUID
    bank_line_id: UUID
    amount_minor: int
    is_booked: bool


class SeenPayout(Payout, frozen=True):
    """A payout with the bank's lines that are matched with it, or wait to be.

    By ``arrival`` it was seen at the bank, by ``return`` it went back there once it had failed.
    """

    arrival_line_id: UUID | None
    arrival_match_id: UUID | None
    return_line_id: UUID | None
    return_match_id: UUID | None


async def payouts_of(conn: Connection, actor: Actor, books_unit_id: UUID) -> list[SeenPayout]:
    """The newest first."""
    records = await conn.fetch(
        f"""SELECT {columns(Payout, "p")}, a.bank_line_id, a.id, r.bank_line_id, r.id
            FROM payout p
            LEFT JOIN match a ON a.payout_id = p.id AND a.state <> 'undone'
                AND a.amount_minor = p.amount_minor
            LEFT JOIN match r ON r.payout_id = p.id AND r.state <> 'undone'
                AND r.amount_minor = -p.amount_minor
            WHERE p.books_unit_id = $1 AND ($2::uuid[] IS NULL OR p.books_unit_id = ANY($2))
            ORDER BY p.id DESC LIMIT 100""",
        books_unit_id,
        actor.visible,
    )
    return [SeenPayout(*record) for record in records]


async def stripes_names(conn: Connection, books_unit_id: UUID) -> list[str]:
    """Under which payouts came that two people have said are such; no organisation's here."""
    records = await conn.fetch(
        """SELECT v.name
           FROM (SELECT DISTINCT l.counterparty_name AS name,
                        lower(replace(normalize(l.counterparty_name, NFKC), ' ', '')) AS squeezed
                 FROM match m JOIN bank_line l ON l.id = m.bank_line_id
                 WHERE m.books_unit_id = $1 AND m.rest_to = 'stripe_in_transit'
                   AND m.state = 'confirmed') AS v
           WHERE NOT EXISTS (
               SELECT FROM organisation o WHERE v.squeezed IN (
                   lower(replace(normalize(o.name_zh, NFKC), ' ', '')),
                   lower(replace(normalize(o.name_en, NFKC), ' ', ''))))""",
        books_unit_id,
    )
    return [record[0] for record in records]


async def matches_of_payout(conn: Connection, payout_id: UUID) -> list[OfPayout]:
    records = await conn.fetch(
        """SELECT id, bank_line_id, amount_minor, state <> 'waiting' FROM match
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
                SELECT p.id, p.currency, p.state = 'failed' AS has_failed, p.sent_on,
                       coalesce(p.failed_on, p.due_on, p.sent_on) AS expected_on,
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
