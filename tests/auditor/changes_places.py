"""The same for what people said that a line of Stripe's balance is, which its category forbids."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import Change
from tests.auditor.changes_explanations import APPROVED, LINE_OF

PAID_AGAIN: Final = """(SELECT online_payment_id FROM stripe_explanation
    WHERE belongs_to = 'receivable' AND state = 'approved')"""

PLACES: Final = (
    *(
        Change(
            f"what category a line is of that was explained as {place}",
            "I9 a line was explained by people only as what Stripe's category of it leaves open",
            "stripe_explanation",
            APPROVED.format(f"belongs_to = '{place}'"),
            f"UPDATE stripe_line SET category = '{category}' WHERE id = {LINE_OF}",
        )
        for place, category in (
            ("stripe_fees", "topup"),
            ("stripe_in_transit", "refund"),
            ("exchange_difference", "charge"),
            ("interest_income", "dispute_reversal"),
            ("write_off", "payout"),
            ("customer_credit", "other_adjustment"),
            ("refund_pending", "charge_failure"),
        )
    ),
    *(
        Change(
            f"{what} a line is of that was written off",
            "I9 what goes back of a charge was a loss only where nobody here made that, or nothing",
            "stripe_explanation",
            APPROVED.format("belongs_to = 'write_off'"),
            f"""UPDATE stripe_line SET category = '{category}', {of} WHERE id = {LINE_OF};
               UPDATE stripe_explanation SET decided_at = market_now() WHERE id = '{{id}}'""",
        )
        for what, category, of in (
            ("that a refund of a payment", "refund", f"online_payment_id = {PAID_AGAIN}"),
            ("that a refund of some credit", "charge_failure", "charge_id = 'ch_dashboard'"),
            ("that a refund of no charge", "refund", "charge_id = NULL"),
            ("that what came back of no loss", "refund_failure", "charge_id = NULL"),
        )
    ),
)
