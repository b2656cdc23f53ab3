"""What letters say of a line of Stripe's balance: whose payment it is of, and where it may go."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.errors import Phrase
from market.money.payments.stripe_explanations import places
from market.money.payments.stripe_explanations import queries as explanations
from market.money.payments.stripe_explanations.model import BelongsTo
from market.money.payments.stripe_lines import aside_queries as lines
from market.notifications.model import Facts
from market.notifications.queries import facts

NO_PAYMENT: Final = Phrase("平台未能识别的付款", "a payment that is not known here")
# What else a line may be, where its category alone is asked.
OTHERWISE: Final = ("is_refund", "is_fallen", "is_given_back", "is_in_part", "is_aside", "is_other")
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
        """SELECT s.id AS line_id, s.books_unit_id, s.buyer_id, s.amount_minor, s.currency,
                  s.category, s.line, s.left_minor, s.left_minor > 0 AS has_left, s.is_left,
                  s.is_back AND s.is_refund AND s.refund IS NULL AS is_refund,
                  s.is_back AND s.is_refund AND s.refund IS NOT NULL AS is_other_refund,
                  s.is_back AND NOT s.is_refund AS is_fallen, s.is_given_back,
                  s.is_of_chargeback AND NOT s.is_given_back
                      AND s.amount_minor <> s.moved_minor AS is_in_part,
                  s.is_of_chargeback AND NOT s.is_given_back
                      AND s.amount_minor = s.moved_minor AS is_aside,
                  NOT s.is_back AND NOT s.is_of_chargeback AS is_other,
                  s.online_payment_id, s.refund, s.buyer_zh, s.buyer_en,
                  (SELECT string_agg(i.number, '、' ORDER BY t.position)
                   FROM online_payment_part t JOIN invoice i ON i.id = t.invoice_id
                   WHERE t.online_payment_id = s.online_payment_id) AS numbers
           FROM (SELECT l.id, l.books_unit_id, p.buyer_id, l.online_payment_id, l.category,
                        b.name_zh AS buyer_zh, b.name_en AS buyer_en, u.is_left,
                        CASE WHEN u.is_left THEN f.amount_minor
                             ELSE coalesce(l.paid_minor, l.amount_minor) END AS amount_minor,
                        CASE WHEN u.is_left THEN l.currency
                             ELSE coalesce(l.paid_currency, l.currency) END AS currency,
                        l.amount_minor AS moved_minor, l.balance_transaction_id AS line,
                        takes_a_charge_back(l.category) AS is_back,
                        l.category IN ('refund', 'refund_failure') AS is_refund,
                        l.category IN ('dispute', 'dispute_reversal') AS is_of_chargeback,
                        (SELECT r.number FROM refund r WHERE r.books_unit_id = l.books_unit_id
                         AND r.stripe_refund_id = l.source_id) AS refund,
                        l.category = 'dispute_reversal' AND EXISTS (
                            SELECT FROM chargeback c
                            WHERE (c.books_unit_id, c.dispute_id) = (l.books_unit_id, l.source_id)
                              AND c.state = 'reinstated' AND c.online_payment_id IS NULL)
                            AS is_given_back,
                        CASE WHEN l.category = 'charge' AND p.id IS NOT NULL
                             THEN coalesce(l.paid_minor, l.amount_minor)
                                  - (SELECT coalesce(sum(a.amount_minor), 0)::bigint
                                     FROM allocation a WHERE a.stripe_line_id = l.id)
                             ELSE 0 END AS left_minor
                 FROM stripe_line l LEFT JOIN online_payment p ON p.id = l.online_payment_id
                 LEFT JOIN organisation b ON b.id = p.buyer_id
                 CROSS JOIN LATERAL (SELECT NOT l.is_explained OR l.explanation_id IS NOT NULL
                                         AS is_left) AS u
                 CROSS JOIN LATERAL (
                     SELECT (coalesce(sum(CASE WHEN k.kind = 'suspense' THEN t.amount_minor
                                               WHEN d.kind = 'suspense' THEN -t.amount_minor END),
                                      0) - (SELECT coalesce(sum(r.amount_minor), 0)
                                            FROM chargeback_recovery r
                                            WHERE r.stripe_line_id = l.id
                                              AND r.currency = l.currency))::bigint AS amount_minor
                     FROM posting q JOIN transfer t ON t.posting_id = q.id
                     JOIN account d ON d.id = t.debit_account AND d.currency = l.currency
                     JOIN account k ON k.id = t.credit_account
                     WHERE q.cause = 'stripe_line:' || l.id) AS f
                 WHERE l.id = $1) AS s""",
        line_id,
    )
    found = facts(record)
    return {**found, "payment": payment_of(found), **await _open_to(conn, found)}


async def _open_to(conn: Connection, found: Facts) -> Facts:
    line_id, left_minor = found["line_id"], found["amount_minor"]
    if not found["is_left"]:
        return {"is_of_its_rule": False, "is_past_market": False, "is_of_past_charge": False}
    assert isinstance(line_id, UUID), "it is one line's"
    assert isinstance(left_minor, int), "amounts are whole"
    line = await lines.find_line(conn, SYSTEM, line_id)
    open_to = await places.open_to(conn, line, left_minor)
    is_of_customer, is_charge = places.is_of_customer(open_to), line.category == "charge"
    told = {
        "is_of_its_rule": set(open_to) <= {BelongsTo.RULE},
        "is_past_market": is_of_customer and is_charge,
        "is_of_past_charge": is_of_customer and not is_charge,
    }
    if any(told.values()):
        told |= dict.fromkeys(OTHERWISE, False)
    return {**told, "places": places.in_words(open_to)}


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
