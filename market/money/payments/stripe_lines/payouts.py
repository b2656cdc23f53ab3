"""What a line of the balance does to its payout: on its way, in either direction, or back."""

from __future__ import annotations

from market.base import events
from market.base.db import Connection
from market.base.events import Happening
from market.money.payments.stripe_balance import queries as balances
from market.money.payments.stripe_balance.faults import Unbookable
from market.money.payments.stripe_balance.model import Balance, StripeLine
from market.money.payments.stripe_lines import queries
from market.money.payments.stripe_lines.model import PAYOUT_MOVES, PayoutState


async def send(conn: Connection, line: StripeLine, told: Balance) -> list[Happening]:
    sent = await queries.insert_payout(conn, line.books_unit_id, told, line.booked_on)
    if sent is None:
        raise Unbookable("a payout that is on its way already")
    return [events.happening("payout.sent", about=sent, move=("send", None))]


async def fail(conn: Connection, line: StripeLine) -> list[Happening]:
    """All of it is back, whichever way it went; what was sent before the books began has no row."""
    found = await queries.lock_payout(conn, line.books_unit_id, line.source_id or "")
    if found is None and await balances.began_on(conn, line.books_unit_id) is not None:
        return []
    if found is None or (found.state, found.amount_minor) != (PayoutState.SENT, line.amount_minor):
        raise Unbookable("no payout is on its way that this could be")
    before = PayoutState(found.state)
    to = PAYOUT_MOVES.after("fail", before)
    failed = await queries.fail_payout(conn, found, to, line.booked_on)
    return [events.happening("payout.failed", about=failed, move=("fail", before))]
