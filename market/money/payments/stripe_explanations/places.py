"""Which places a person may name for a line in suspense, by what Stripe says that it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from market.base.access import require
from market.base.db import Connection
from market.base.errors import Phrase, listed
from market.money.payments.online import queries as online
from market.money.payments.refunds import card_queries as cards
from market.money.payments.stripe_balance import attempts
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_explanations import model, past_queries, queries
from market.money.payments.stripe_explanations.model import BelongsTo, Explaining, LineExplanation

Places = frozenset[BelongsTo]

BY_RULE_ALONE: Final[Places] = frozenset()
FEES: Final[Places] = frozenset({BelongsTo.STRIPE_FEES, BelongsTo.WRITE_OFF})
BANK: Final[Places] = frozenset({BelongsTo.STRIPE_IN_TRANSIT})
REFUNDED: Final[Places] = frozenset({BelongsTo.CUSTOMER_CREDIT, BelongsTo.REFUND_PENDING})
# They take a charge back, and are no refund that anybody asked for here.
CREDITED: Final[Places] = frozenset({BelongsTo.CUSTOMER_CREDIT})
# What went back of a charge; what comes back of that is credit, which its payer may pay with.
GONE: Final[Places] = CREDITED | {BelongsTo.RECEIVABLE}
# What the rule itself left of a chargeback: its money, its payer and its state are settled by then.
LEFT: Final[Places] = frozenset(
    {BelongsTo.STRIPE_FEES, BelongsTo.EXCHANGE_DIFFERENCE, BelongsTo.WRITE_OFF}
)
ANY: Final[Places] = LEFT | BANK | {BelongsTo.INTEREST_INCOME}

# By Stripe's reporting category. What is not here belongs to nothing of ours.
PLACES: Final[Mapping[str, Places]] = {
    "charge": BY_RULE_ALONE,
    "dispute": LEFT,
    "dispute_reversal": LEFT,
    "payout": BY_RULE_ALONE,
    "payout_reversal": BY_RULE_ALONE,
    "refund": REFUNDED | GONE,
    "refund_failure": REFUNDED,
    "charge_failure": GONE,
    "partial_capture_reversal": GONE,
    "topup": BANK,
    "topup_reversal": BANK,
    "fee": FEES,
    "network_cost": FEES,
    "tax": FEES,
}
# By its code, which is what one sends; Chinese readers are told what it stands for, too.
NAMES: Final[Mapping[BelongsTo, Phrase]] = {
    place: Phrase(f"{place}（{zh}）", place)
    for place, zh in (
        (BelongsTo.STRIPE_FEES, "Stripe 手续费"),
        (BelongsTo.CUSTOMER_CREDIT, "从某笔付款退回，或客户的收款"),
        (BelongsTo.RECEIVABLE, "所付请款单重新列为应收"),
        (BelongsTo.REFUND_PENDING, "平台的退款"),
        (BelongsTo.STRIPE_IN_TRANSIT, "与本单位银行之间的往来"),
        (BelongsTo.EXCHANGE_DIFFERENCE, "汇兑差额"),
        (BelongsTo.INTEREST_INCOME, "利息"),
        (BelongsTo.WRITE_OFF, "损失或其收回"),
    )
}
CHARGEBACKS: Final = ("dispute", "dispute_reversal")


async def require_place(
    conn: Connection, line: StripeLine, asked: Explaining | LineExplanation, left_minor: int
) -> None:
    """``left_minor`` is what stands in suspense. Raises LineOfItsRule, PlaceNotOfLine."""
    if asked.belongs_to == BelongsTo.RULE:
        return
    if asked.belongs_to == BelongsTo.WRITE_OFF and line.online_payment_id is not None:
        await online.lock_payment(conn, line.online_payment_id)
    places = await places_of(conn, line, left_minor)
    require(bool(places), model.LineOfItsRule)
    named = listed(NAMES[place] for place in BelongsTo if place in places)
    require(asked.belongs_to in places, model.PlaceNotOfLine(places=named))


async def places_of(conn: Connection, line: StripeLine, left_minor: int) -> Places:
    """None where its rule alone books it."""
    if line.category in CHARGEBACKS:
        return await _of_chargeback(conn, line, left_minor)
    if line.category == "charge":
        return await _of_charge(conn, line, left_minor)
    places = PLACES.get(line.category, ANY)
    if line.category in attempts.GOING_BACK and await _is_of_no_credit(conn, line):
        return places | {BelongsTo.WRITE_OFF}
    return places


async def _of_chargeback(conn: Connection, line: StripeLine, left_minor: int) -> Places:
    """What comes back of what a loss took of a payer's is his again, and nothing else."""
    is_whole = left_minor == line.amount_minor
    if is_whole and not await queries.is_left_by_rule(conn, line):
        return BY_RULE_ALONE
    charge = await past_queries.charge_of(conn, line.id) if left_minor > 0 else None
    if charge is None or charge.currency != line.currency:
        return LEFT
    return CREDITED if left_minor <= charge.gone_minor else LEFT | CREDITED


async def _is_of_no_credit(conn: Connection, line: StripeLine) -> bool:
    """A loss: nobody here made the charge, or nothing of it is left; or what came back of one."""
    if await past_queries.is_of_nobody(conn, line):
        return True
    past = await past_queries.charge_of(conn, line.id)
    if past is not None:
        return line.amount_minor < 0 and past.left_minor == 0
    if line.online_payment_id is None or line.amount_minor > 0:
        return False
    charge = await cards.charge_of(conn, line.online_payment_id)
    return charge.captured_minor is not None and charge.left_minor + charge.unexplained_minor <= 0


async def _of_charge(conn: Connection, line: StripeLine, left_minor: int) -> Places:
    """Somebody's credit, where no payment of ours can have it by its rule.

    What a lost chargeback left of one that was an attempt of ours is what its payer paid, and
    nothing else.
    """
    is_partly_lost = left_minor != line.amount_minor
    if is_partly_lost and await past_queries.buyer_named_by(conn, line) is not None:
        return CREDITED
    is_past_us = left_minor > 0 and not await past_queries.can_be_booked(conn, line)
    # A lost chargeback took of it, so that its rule books it no more.
    places = ANY if is_partly_lost else BY_RULE_ALONE
    return places | CREDITED if is_past_us else places
