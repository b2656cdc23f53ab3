"""Credit that was a mistake is taken back although a loss took it: so much is owed for again."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from market.base.db import Connection
from market.base.events import Happening
from market.ledger import operations as ledger
from market.ledger.model import Leg, Posting
from market.money.payments.chargebacks import queries, recovering, recovery_queries
from market.money.payments.chargebacks.model import Chargeback
from market.money.payments.chargebacks.recovery_queries import Moved


class Share(msgspec.Struct, frozen=True):
    """What goes back of a recovery; without one, of what the loss took itself."""

    chargeback: Chargeback
    recovery_id: UUID | None
    amount_minor: int


async def give_back(
    conn: Connection, wrong: Posting, *, made_by: str, match_id: UUID
) -> tuple[list[Posting], list[Happening]]:
    """What is to be posted before credit that was a mistake goes, where a loss took of it.

    ``wrong`` takes the credit that the cause ``made_by`` made: as far as the payer has less,
    chargebacks give back what they took of it and are owed for again. It may be still too little:
    the rest was used.
    """
    leg = next((leg for leg in wrong.legs if leg.debit.kind == "customer_credit"), None)
    if leg is None or leg.debit.subject is None:
        return [], []
    payer_id, made = leg.debit.subject, []
    for share in await _shares(conn, wrong.books, payer_id, leg, made_by):
        recovery = await recovery_queries.insert_recovery(
            conn,
            share.chargeback,
            -share.amount_minor,
            wrong.effective_on,
            match_id=match_id,
            undoes_id=share.recovery_id or await _taken_at_loss(conn, share),
        )
        made.append((share.chargeback, recovery))
    happenings = [recovering.happening_of("chargeback.recovery_undone", *one) for one in made]
    return [recovering.posting_of(recovery, payer_id) for _, recovery in made], happenings


async def _taken_at_loss(conn: Connection, share: Share) -> UUID:
    """That the loss took so much of credit that was none: short by it, and made up at once."""
    chargeback = share.chargeback
    assert chargeback.decided_on is not None, "it is lost"
    await recovery_queries.add_short(conn, chargeback.id, share.amount_minor)
    taken = await recovery_queries.insert_recovery(
        conn, chargeback, share.amount_minor, chargeback.decided_on, at_loss=True
    )
    return taken.id


async def _shares(
    conn: Connection, books_unit_id: UUID, payer_id: UUID, leg: Leg, made_by: str
) -> list[Share]:
    """Which recoveries give back how much, where the leg takes more credit than there is.

    Each chargeback that could is locked first, so that none takes of the credit meanwhile.
    """
    place = books_unit_id, payer_id, leg.currency, made_by
    seen = await recovery_queries.credit_since(conn, *place)
    able = sorted({one.chargeback_id for one in seen if one.chargeback_id is not None})
    room = [await _with_room(conn, chargeback_id) for chargeback_id in able]
    if not room:
        return []
    has_minor = await ledger.balance(conn, books_unit_id, leg.debit, leg.currency)
    lacks_minor, shares = leg.amount_minor - has_minor, []
    moved = await recovery_queries.credit_since(conn, *place)
    for share in _taken_of(leg.amount_minor, moved, room):
        amount_minor = min(share.amount_minor, lacks_minor)
        if amount_minor > 0:
            shares.append(msgspec.structs.replace(share, amount_minor=amount_minor))
            lacks_minor -= amount_minor
    return shares


async def _with_room(conn: Connection, chargeback_id: UUID) -> tuple[Chargeback, int]:
    """Locked, with how much more may be owed of it: no more than Stripe kept."""
    chargeback = await queries.touch_chargeback(conn, chargeback_id)
    kept_minor = chargeback.taken_minor
    if chargeback.online_payment_id is None:
        kept_minor = await recovery_queries.kept_of_none(conn, chargeback)
    unpaid_minor = await recovery_queries.unpaid_of(conn, chargeback_id)
    return chargeback, max(0, kept_minor - unpaid_minor)


def _taken_of(
    made_minor: int, moved: Sequence[Moved], room: Sequence[tuple[Chargeback, int]]
) -> list[Share]:
    """What each recovery can have taken of credit since it was made, the first first.

    Credit has no origin: whatever else took of it took other credit, as far as there was any.
    """
    of_id = {chargeback.id: chargeback for chargeback, _ in room}
    room_minor = {chargeback.id: minor for chargeback, minor in room}
    left_minor, shares = made_minor, []
    for one, credit_minor in zip(moved, _lasting(moved), strict=True):
        chargeback = of_id.get(one.chargeback_id) if one.chargeback_id else None
        if chargeback is not None:
            share_minor = min(one.taken_minor, room_minor[chargeback.id], left_minor)
            shares.append(Share(chargeback, one.recovery_id, share_minor))
            room_minor[chargeback.id] -= share_minor
            left_minor -= share_minor
        left_minor = min(left_minor, credit_minor)
    return shares


def _lasting(moved: Sequence[Moved]) -> list[int]:
    """What the credit would have been each time, if nothing had gone that came back since.

    What was used or reserved and is credit again was in no use. What came back may be told before
    what went: until then nothing had gone.
    """
    credit_minor, gone = [one.credit_minor for one in moved], dict[str, int]()
    told = {one.cause: place for place, one in enumerate(moved)}
    for place, one in enumerate(moved):
        gone[one.cause] = place
        if one.brings_back is not None and told.get(one.brings_back, 0) < place:
            for between in range(gone.get(one.brings_back, 0), place):
                credit_minor[between] += one.credit_minor - moved[place - 1].credit_minor
            gone[one.brings_back] = place
    return credit_minor
