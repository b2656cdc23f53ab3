"""What is known of opening balances and their supplements, for letters."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from market.base import amounts
from market.base.db import Connection
from market.base.errors import Phrase
from market.notifications.model import Facts
from market.notifications.queries import facts

MOST: Final = 20


async def about_opening_balance(conn: Connection, opening_id: UUID) -> Facts:
    """``listed``: the first of its lines, one below the other."""
    record = await conn.fetchrow(
        """SELECT o.id, o.as_of, o.reason, o.prepared_by, ARRAY[o.books] AS unit_ids,
                  f.name AS file, u.name_zh AS unit_zh, u.name_en AS unit_en,
                  o.supplements IS NULL AS is_first, o.supplements IS NOT NULL AS is_supplement,
                  (SELECT count(*) FROM opening_balance_line WHERE opening_balance_id = o.id)
                      AS lines
           FROM opening_balance o JOIN organisation u ON u.id = o.books
           LEFT JOIN file f ON f.id = o.file_id
           WHERE o.id = $1""",
        opening_id,
    )
    found = facts(record)
    return {**found, "listed": await _listed(conn, opening_id, found["lines"])}


async def _listed(conn: Connection, opening_id: UUID, count: object) -> Phrase:
    """Organisations are named; a person is not, for letters lie in mailboxes."""
    records = await conn.fetch(
        """SELECT k.zh, k.en, s.name_zh, coalesce(s.name_en, s.name_zh), l.balance_minor, l.currency
           FROM opening_balance_line l JOIN account_kind k ON k.kind = l.kind
           LEFT JOIN organisation s ON s.id = l.subject
           WHERE l.opening_balance_id = $1 ORDER BY l.position LIMIT $2""",
        opening_id,
        MOST,
    )
    zh, en = [], []
    for kind_zh, kind_en, name_zh, name_en, balance_minor, currency in records:
        amount = f"{amounts.printed(balance_minor, currency)} {currency}"
        zh.append(f"· {kind_zh}{f'（{name_zh}）' if name_zh else ''}：{amount}")
        en.append(f"- {kind_en}{f' ({name_en})' if name_en else ''}: {amount}")
    if isinstance(count, int) and count > MOST:
        zh.append(f"……共 {count} 行")
        en.append(f"… {count} lines altogether")
    return Phrase("\n".join(zh), "\n".join(en))
