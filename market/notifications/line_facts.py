"""What letters say of a line of Stripe's balance: whose payment it is of, and where it may go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.errors import Phrase
from market.money.payments.stripe_explanations import places
from market.money.payments.stripe_explanations import queries as explanations
from market.money.payments.stripe_explanations.places import Kind
from market.money.payments.stripe_lines import aside_queries as lines
from market.notifications.model import Facts
from market.notifications.queries import facts

NO_PAYMENT: Final = Phrase("平台未能识别的付款", "a payment that is not known here")
# By which fact a line that was left is told, by what it is; these kinds have one letter each.
OF_ONE_LETTER: Final[Mapping[Kind, str]] = {
    Kind.OF_ITS_RULE: "is_of_its_rule",
    Kind.PAST_MARKET: "is_past_market",
    Kind.OF_PAST_CHARGE: "is_of_past_charge",
    Kind.GOES_BACK: "is_fallen",
    Kind.OTHER: "is_other",
}
OF_REFUND: Final = ("is_refund", "is_other_refund")
OF_CHARGEBACK: Final = ("is_given_back", "is_aside", "is_in_part")
TOLD: Final = (*OF_ONE_LETTER.values(), *OF_REFUND, *OF_CHARGEBACK)
NOTHING_NAMED: Final = Phrase("未涉及平台的付款或退款", "no payment and no refund of this market")


async def about_stripe_line(conn: Connection, line_id: UUID) -> Facts:
    """``has_left``: of what a payer paid, so much found nothing to pay, and is his credit.

    ``amount``, of a line that was not explained: what it left in suspense, in the balance's own
    currency. Exactly one of these tells what it is then: ``is_refund`` that nobody proposed here;
    ``is_other_refund``, of ours, but not as asked; ``is_fallen``, of a charge that failed after its
    money came, or was not captured; ``is_given_back``, of a lost chargeback whose payment is none
    of ours; of another chargeback ``is_in_part`` what its rule left, ``is_aside`` what only people
    explain by now; ``is_of_its_rule``, which nobody may explain otherwise; ``is_past_market``, a
    charge that no payment here can be booked by; ``is_of_past_charge``, of one that is somebody's
    credit; or ``is_other``. ``payment``: which payment it is of;
    ``places``: what may be said of it.
    """
    record = await conn.fetchrow(
        """SELECT l.id AS line_id, l.books_unit_id, p.buyer_id, l.online_payment_id, l.category,
                  l.balance_transaction_id AS line, b.name_zh AS buyer_zh, b.name_en AS buyer_en,
                  coalesce(l.paid_minor, l.amount_minor) AS amount_minor,
                  coalesce(l.paid_currency, l.currency) AS currency,
                  NOT l.is_explained OR l.explanation_id IS NOT NULL AS is_left,
                  f.left_minor, f.left_minor > 0 AS has_left,
                  (SELECT r.number FROM refund r
                   WHERE (r.books_unit_id, r.stripe_refund_id) = (l.books_unit_id, l.source_id))
                      AS refund,
                  l.category = 'dispute_reversal' AND EXISTS (
                      SELECT FROM chargeback c
                      WHERE (c.books_unit_id, c.dispute_id) = (l.books_unit_id, l.source_id)
                        AND c.state = 'reinstated' AND c.online_payment_id IS NULL)
                      AS is_back_to_nobody,
                  (SELECT string_agg(i.number, '、' ORDER BY t.position)
                   FROM online_payment_part t JOIN invoice i ON i.id = t.invoice_id
                   WHERE t.online_payment_id = l.online_payment_id) AS numbers
           FROM stripe_line l LEFT JOIN online_payment p ON p.id = l.online_payment_id
           LEFT JOIN organisation b ON b.id = p.buyer_id
           CROSS JOIN LATERAL (
               SELECT CASE WHEN l.category = 'charge' AND p.id IS NOT NULL
                           THEN coalesce(l.paid_minor, l.amount_minor)
                                - (SELECT coalesce(sum(a.amount_minor), 0)::bigint
                                   FROM allocation a WHERE a.stripe_line_id = l.id)
                           ELSE 0 END AS left_minor) AS f
           WHERE l.id = $1""",
        line_id,
    )
    found = facts(record)
    left = await _left_by(conn, line_id, found) if found["is_left"] else {}
    return {**found, "payment": payment_of(found), **dict.fromkeys(TOLD, False), **left}


async def _left_by(conn: Connection, line_id: UUID, found: Facts) -> Facts:
    line = await lines.find_line(conn, SYSTEM, line_id)
    left_minor = await explanations.suspense_of(conn, line)
    open_to = await places.open_to(conn, line, left_minor)
    told = _told_as(places.kind_of(line, open_to), found, is_whole=left_minor == line.amount_minor)
    return {
        "amount_minor": left_minor,
        "currency": line.currency,
        "places": places.in_words(open_to),
        told: True,
    }


def _told_as(kind: Kind, found: Facts, *, is_whole: bool) -> str:
    """One of TOLD."""
    if kind == Kind.REFUND:
        return "is_refund" if found["refund"] is None else "is_other_refund"
    if kind == Kind.OF_CHARGEBACK:
        if found["is_back_to_nobody"]:
            return "is_given_back"
        return "is_aside" if is_whole else "is_in_part"
    return OF_ONE_LETTER[kind]


async def places_of(conn: Connection, line_id: UUID) -> Phrase:
    """What may be said of what a line left in suspense."""
    line = await lines.find_line(conn, SYSTEM, line_id)
    left_minor = await explanations.suspense_of(conn, line)
    return places.in_words(await places.open_to(conn, line, left_minor))


def payment_of(found: Facts) -> Phrase:
    """Whose payment of which invoices, with our number of it."""
    payment_id = found["online_payment_id"]
    if payment_id is None:
        return NO_PAYMENT
    buyer_zh, numbers = found["buyer_zh"], str(found["numbers"])
    return Phrase(
        f"{buyer_zh} 为请款单 {numbers} 所作的在线付款（{payment_id}）",
        f"what {found['buyer_en'] or buyer_zh} paid online for invoice "
        f"{numbers.replace('、', ', ')} ({payment_id})",
    )


def named_by(found: Facts) -> Phrase:
    """The payment or the refund of ours that an explanation names."""
    buyer_zh, refund = found["buyer_zh"], found["refund"]
    if found["online_payment_id"] is not None:
        return payment_of(found)
    if refund is None and found["buyer_id"] is not None:
        return Phrase(
            f"{buyer_zh} 未在平台发起的付款",
            f"what {found['buyer_en'] or buyer_zh} paid without this market",
        )
    if refund is None:
        return NOTHING_NAMED
    return Phrase(
        f"对 {buyer_zh} 的退款 {refund}", f"refund {refund} to {found['buyer_en'] or buyer_zh}"
    )
