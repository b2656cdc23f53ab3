"""Which places a person may name for a line in suspense, by what Stripe says that it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Final

from market.base.db import Connection
from market.base.errors import Phrase, listed
from market.money.payments.online import queries as online
from market.money.payments.refunds import card_queries as cards
from market.money.payments.stripe_balance import attempts, past_charges
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_balance.past_charges import PastCharge
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
# What letters, refusals and the description of the API call each.
WORDS: Final[Mapping[BelongsTo, Phrase]] = {
    BelongsTo.RULE: Phrase("按其类别的规则重记", "what its own rule says"),
    BelongsTo.STRIPE_FEES: Phrase("Stripe 手续费", "Stripe's fees"),
    BelongsTo.CUSTOMER_CREDIT: Phrase("客户的预存款", "the customer's credit"),
    BelongsTo.RECEIVABLE: Phrase("所付请款单重新欠付", "invoices that are owed again"),
    BelongsTo.REFUND_PENDING: Phrase("本平台的退款", "a refund of this market"),
    BelongsTo.STRIPE_IN_TRANSIT: Phrase(
        "与本单位银行之间的往来", "what is between Stripe and the unit's bank"
    ),
    BelongsTo.EXCHANGE_DIFFERENCE: Phrase("汇兑差额", "a difference of exchange"),
    BelongsTo.INTEREST_INCOME: Phrase("利息", "interest"),
    BelongsTo.WRITE_OFF: Phrase("损失或其收回", "a loss, or what came back of one"),
}
CHARGEBACKS: Final = ("dispute", "dispute_reversal")


class Kind(StrEnum):
    """What a line in suspense is to who explains it: one of these.

    OF_ITS_RULE: nobody explains it otherwise. PAST_MARKET: a charge that no payment of ours can be
    booked by; OF_PAST_CHARGE: what goes back, or comes back, of one that is somebody's credit.
    GOES_BACK: a charge that failed after its money came, or was not captured.
    """

    OF_ITS_RULE = "of_its_rule"
    PAST_MARKET = "past_market"
    OF_PAST_CHARGE = "of_past_charge"
    REFUND = "refund"
    GOES_BACK = "goes_back"
    OF_CHARGEBACK = "of_chargeback"
    OTHER = "other"


async def require_place(
    conn: Connection, line: StripeLine, asked: Explaining | LineExplanation, left_minor: int
) -> None:
    """``left_minor`` is what stands in suspense. Raises LineOfItsRule, PlaceNotOfLine."""
    if asked.belongs_to == BelongsTo.WRITE_OFF and line.online_payment_id is not None:
        await online.lock_payment(conn, line.online_payment_id)
    open_places = await open_to(conn, line, left_minor)
    if asked.belongs_to not in open_places:
        raise (
            model.LineOfItsRule
            if kind_of(line, open_places) == Kind.OF_ITS_RULE
            else model.PlaceNotOfLine(places=in_words(open_places))
        )


def in_words(places: Sequence[BelongsTo]) -> Phrase:
    """Each by its code, which is what one sends, and by what it stands for."""
    return listed(
        Phrase(f"{place}（{WORDS[place].zh}）", f"{place} ({WORDS[place].en})") for place in places
    )


async def open_to(conn: Connection, line: StripeLine, left_minor: int) -> list[BelongsTo]:
    """What may be said of a line now, in the order of the enum.

    Its rule, too, unless it has booked a part of the line, or knows no payment of ours that a
    charge, or what takes one back, is of.
    """
    places = await places_of(conn, line, left_minor)
    if left_minor == line.amount_minor and not _is_of_customer(places):
        places |= {BelongsTo.RULE}
    return [place for place in BelongsTo if place in places]


def kind_of(line: StripeLine, open_places: Collection[BelongsTo]) -> Kind:
    """By what is open to it first, then by what Stripe says that it is."""
    if set(open_places) <= {BelongsTo.RULE}:
        return Kind.OF_ITS_RULE
    if _is_of_customer(open_places):
        return Kind.PAST_MARKET if line.category == "charge" else Kind.OF_PAST_CHARGE
    if line.category in attempts.REFUNDS:
        return Kind.REFUND
    if line.category in attempts.GOING_BACK:
        return Kind.GOES_BACK
    return Kind.OF_CHARGEBACK if line.category in CHARGEBACKS else Kind.OTHER


def _is_of_customer(places: Collection[BelongsTo]) -> bool:
    """Whether people say whose credit it is: a charge past the market, or what is of one."""
    of_payment = (BelongsTo.RECEIVABLE, BelongsTo.REFUND_PENDING)
    return BelongsTo.CUSTOMER_CREDIT in places and not any(one in places for one in of_payment)


async def places_of(conn: Connection, line: StripeLine, left_minor: int) -> Places:
    """None where its rule alone books it."""
    if line.category in CHARGEBACKS:
        return await _of_chargeback(conn, line, left_minor)
    if line.category == "charge":
        return await _of_charge(conn, line, left_minor)
    places = PLACES.get(line.category, ANY)
    if line.category not in attempts.GOING_BACK:
        return places
    past = await past_charges.of_line(conn, line.id)
    if past is not None:
        places = CREDITED
    is_loss = await _is_of_no_credit(conn, line, past)
    return places | {BelongsTo.WRITE_OFF} if is_loss else places


async def _of_chargeback(conn: Connection, line: StripeLine, left_minor: int) -> Places:
    """What comes back of what a loss took of a payer's is his again, and nothing else."""
    is_whole = left_minor == line.amount_minor
    if is_whole and not await queries.is_left_by_rule(conn, line):
        return BY_RULE_ALONE
    charge = await past_charges.of_line(conn, line.id) if left_minor > 0 else None
    is_back = charge is not None and await past_queries.taken_by_loss(conn, line) > 0
    return CREDITED if is_back else LEFT


async def _is_of_no_credit(conn: Connection, line: StripeLine, past: PastCharge | None) -> bool:
    """A loss: nobody here made the charge, or nothing of it is left; or what came back of one."""
    if await past_queries.is_of_nobody(conn, line):
        return True
    if past is not None:
        return line.amount_minor < 0 and past.left_minor == 0
    if line.online_payment_id is None or line.amount_minor > 0:
        return False
    charge = await cards.charge_of(conn, line.online_payment_id)
    return charge.captured_minor is not None and charge.left_minor + charge.unexplained_minor <= 0


async def _of_charge(conn: Connection, line: StripeLine, left_minor: int) -> Places:
    """Somebody's credit, where no payment of ours can have it by its rule.

    Nor has it one that a lost chargeback took. Gone whole it may be nobody's beside that loss,
    unless somebody was to pay by it; what has not gone is somebody's.
    """
    if left_minor <= 0:
        return BY_RULE_ALONE
    lost = await past_queries.lost_of(conn, line)
    if not lost.is_lost:
        return BY_RULE_ALONE if await past_queries.can_be_booked(conn, line) else CREDITED
    if await past_queries.buyer_named_by(conn, line) is not None:
        return CREDITED
    return CREDITED | {BelongsTo.WRITE_OFF} if lost.is_whole else CREDITED
