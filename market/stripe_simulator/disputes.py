"""Disputes: a holder takes his money back; evidence may win it again."""

from __future__ import annotations

from typing import Final

from market.stripe_simulator import errors, files, funds
from market.stripe_simulator.account import DAY, Account, Object
from market.stripe_simulator.forms import Params

ANSWER_SECONDS: Final = 7 * DAY
JUDGEMENT_SECONDS: Final = 2 * DAY
OPEN: Final = frozenset({"needs_response", "under_review"})
MOST_CHARACTERS: Final = 150_000
# Stripe's own words for a test: with them in `uncategorized_text` the case ends at once.
WINNING, LOSING = "winning_evidence", "losing_evidence"

FILES: Final = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)
TEXTS: Final = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
)
EVIDENCE: Final = frozenset({*FILES, *TEXTS})


def open_dispute(
    account: Account, charge: Object, reason: str, amount_minor: int | None = None
) -> Object:
    """The bank takes the amount and Stripe its fee, at once."""
    if charge["disputed"] or charge["status"] != "succeeded":
        raise errors.invalid("charge", "This charge cannot be disputed.")
    amount = amount_minor or charge["amount"] - charge["amount_refunded"]
    taken, currency, rate = funds.settled(account, amount, charge["currency"])
    dispute = account.add(
        "dispute",
        amount=amount,
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence=dict.fromkeys((*FILES, *TEXTS)) | {"enhanced_evidence": {}},
        evidence_details={
            "due_by": account.now() + ANSWER_SECONDS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        is_charge_refundable=False,
        livemode=False,
        metadata={},
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="needs_response",
    )
    fee = funds.fee_part("stripe_fee", funds.DISPUTE_FEE_MINOR, currency, "Dispute fee")
    line = funds.book(
        account,
        "adjustment",
        -taken,
        currency,
        source=dispute["id"],
        fees=[fee],
        category="dispute",
        description=f"Chargeback withdrawal for {charge['id']}",
        exchange_rate=rate,
    )
    dispute["balance_transactions"].append(line)
    charge["disputed"] = True
    account.emit("charge.dispute.created", dispute)
    account.emit("charge.dispute.funds_withdrawn", dispute)
    account.later(ANSWER_SECONDS, _lapse, dispute)
    return dispute


def update_dispute(account: Account, params: Params, dispute_id: str) -> Object:
    dispute = account.find("dispute", dispute_id, "dispute")
    if dispute["status"] != "needs_response":
        raise errors.invalid("dispute", "This dispute is no longer open for evidence.")
    evidence = params.branch("evidence", EVIDENCE)
    for name in evidence.tree if evidence is not None else ():
        assert evidence is not None
        value = evidence.text(name)
        if name in FILES and value is not None:
            files.require_evidence(account, value, f"evidence[{name}]")
        dispute["evidence"][name] = value
    _require_short(dispute)
    dispute["metadata"].update(params.texts("metadata"))
    details = dispute["evidence_details"]
    details["has_evidence"] = any(dispute["evidence"][name] for name in EVIDENCE)
    if params.text("submit") != "false" and details["has_evidence"]:
        _submit(account, dispute)
    else:
        account.emit("charge.dispute.updated", dispute)
    return dispute


def _require_short(dispute: Object) -> None:
    """Stripe takes so many characters of all texts together."""
    if sum(len(dispute["evidence"][name] or "") for name in TEXTS) > MOST_CHARACTERS:
        raise errors.invalid(
            "evidence", f"The evidence may have {MOST_CHARACTERS} characters in all."
        )


def _submit(account: Account, dispute: Object) -> None:
    details = dispute["evidence_details"]
    details.update(submission_count=details["submission_count"] + 1, submission_method="manual")
    dispute["status"] = "under_review"
    account.emit("charge.dispute.updated", dispute)
    said = dispute["evidence"]["uncategorized_text"]
    if said in {WINNING, LOSING}:
        judge(account, dispute, won=said == WINNING)
    else:
        account.later(JUDGEMENT_SECONDS, _judge_open, dispute)


def _judge_open(account: Account, dispute: Object) -> None:
    """Left to itself, a case with evidence is lost: whoever wants it won says so."""
    if dispute["status"] == "under_review":
        judge(account, dispute, won=False)


def _lapse(account: Account, dispute: Object) -> None:
    if dispute["status"] == "needs_response":
        dispute["evidence_details"]["past_due"] = True
        judge(account, dispute, won=False)


def close_dispute(account: Account, _params: Params, dispute_id: str) -> Object:
    """The account concedes."""
    dispute = account.find("dispute", dispute_id, "dispute")
    if dispute["status"] != "needs_response":
        raise errors.invalid("dispute", "This dispute is already closed.")
    return judge(account, dispute, won=False)


def give_back(account: Account, dispute: Object, amount_minor: int | None = None) -> Object:
    """The bank thinks better of a case that it had decided for its holder; of all, or of a part.

    The amount is of the balance's currency. It is lost until all of it is back.
    """
    left = _taken_minor(dispute)
    amount = left if amount_minor is None else amount_minor
    if dispute["status"] != "lost":
        raise errors.invalid("dispute", "This dispute was not lost.")
    if amount > left:
        raise errors.invalid("amount", "No more comes back than was taken.")
    _bring_back(account, dispute, amount)
    if amount == left:
        dispute["status"] = "won"
    return dispute


def _taken_minor(dispute: Object) -> int:
    """In the balance's currency, without what came back."""
    moved: int = sum(line["amount"] for line in dispute["balance_transactions"])
    return -moved


def _bring_back(account: Account, dispute: Object, amount_minor: int) -> None:
    taken = dispute["balance_transactions"][0]
    line = funds.book(
        account,
        "adjustment",
        amount_minor,
        taken["currency"],
        source=dispute["id"],
        category="dispute_reversal",
        description=f"Chargeback reversal for {dispute['charge']}",
        exchange_rate=taken["exchange_rate"],
    )
    dispute["balance_transactions"].append(line)
    account.emit("charge.dispute.funds_reinstated", dispute)


def judge(
    account: Account, dispute: Object, *, won: bool, amount_minor: int | None = None
) -> Object:
    """The bank decides; what is won comes back, without the fee, or only so much of it."""
    if dispute["status"] not in OPEN:
        raise errors.invalid("dispute", "This dispute is already closed.")
    dispute["status"] = "won" if won else "lost"
    if won:
        _bring_back(account, dispute, amount_minor or _taken_minor(dispute))
    account.emit("charge.dispute.closed", dispute)
    return dispute
