"""Refunds: to the card or wallet that paid, whole or in parts, never more than it paid."""

from __future__ import annotations

from typing import Final

from market.stripe_simulator import errors, funds, payers
from market.stripe_simulator.account import DAY, Account, Object
from market.stripe_simulator.forms import Params

FAILURE_SECONDS: Final = 2 * DAY
REASONS: Final = ("duplicate", "fraudulent", "requested_by_customer")


def create_refund(account: Account, params: Params) -> Object:
    charge = _charge(account, params)
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.amount("amount") or left
    reason = params.choice("reason", REASONS)
    _require_refundable(charge, amount, left)
    asks = account.refunds_ask
    refund = account.add(
        "refund",
        amount=amount,
        balance_transaction=None,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details={"type": charge["payment_method_details"]["type"]},
        failure_balance_transaction=None,
        failure_reason=None,
        metadata=params.texts("metadata"),
        payment_intent=charge["payment_intent"],
        reason=reason,
        receipt_number=None,
        source_transfer_reversal=None,
        status="requires_action" if asks else "succeeded",
        transfer_reversal=None,
    )
    charge["amount_refunded"] += refund["amount"]
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    if asks:
        account.emit("refund.created", refund)
    else:
        _take(account, refund, charge)
    return refund


def _charge(account: Account, params: Params) -> Object:
    name, intent_id = params.text("charge"), params.text("payment_intent")
    if name is None and intent_id is not None:
        name = account.find("payment_intent", intent_id, "payment_intent")["latest_charge"]
        if name is None:
            raise errors.invalid(
                "payment_intent", "This PaymentIntent does not have a successful charge to refund."
            )
    if name is None:
        raise errors.missing("charge")
    return account.find("charge", name, "charge")


def _require_refundable(charge: Object, amount: int, left: int) -> None:
    if charge["status"] != "succeeded":
        raise errors.invalid("charge", "This charge was not successful.")
    if charge["disputed"]:
        raise errors.StripeError(
            400,
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    if left == 0:
        raise errors.StripeError(
            400,
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
        )
    if amount > left:
        raise errors.invalid(
            "amount",
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
        )


def _take(account: Account, refund: Object, charge: Object) -> None:
    amount, currency, rate = funds.settled(account, refund["amount"], refund["currency"])
    line = funds.book(
        account,
        "refund" if refund["destination_details"]["type"] == "card" else "payment_refund",
        -amount,
        currency,
        source=refund["id"],
        exchange_rate=rate,
        description=f"REFUND FOR CHARGE ({charge['id']})",
    )
    refund["balance_transaction"] = line["id"]
    card = payers.card_of(account.find("payment_method", charge["payment_method"]))
    if card is not None and card.refund_pends:
        refund["status"] = "pending"
        account.later(FAILURE_SECONDS, _succeed, refund)
    account.emit("refund.created", refund)
    account.emit("charge.refunded", charge)
    if card is not None and card.refund_fails:
        account.later(FAILURE_SECONDS, _fail, refund)


def _succeed(account: Account, refund: Object) -> None:
    if refund["status"] == "pending":
        refund["status"] = "succeeded"
        account.emit("refund.updated", refund)


def _fail(account: Account, refund: Object) -> None:
    if refund["status"] in {"succeeded", "pending"}:
        fail_refund(account, refund)


def fail_refund(account: Account, refund: Object) -> Object:
    """The bank sends a refund back: its money is in the balance again."""
    if refund["status"] not in {"succeeded", "pending"}:
        raise errors.invalid("refund", "This refund cannot fail any more.")
    taken = account.find("balance_transaction", refund["balance_transaction"])
    line = funds.book(
        account,
        "refund_failure",
        -taken["amount"],
        taken["currency"],
        source=refund["id"],
        exchange_rate=taken["exchange_rate"],
    )
    refund.update(
        status="failed",
        failure_balance_transaction=line["id"],
        failure_reason="lost_or_stolen_card",
    )
    _free(account, refund)
    account.emit("refund.failed", refund)
    return refund


def take_otherwise(account: Account, refund: Object, amount_minor: int) -> Object:
    """Its line moves another amount than it is of, which nobody can explain."""
    line = account.find("balance_transaction", refund["balance_transaction"] or "")
    line.update(amount=-amount_minor, net=-amount_minor)
    return refund


def _free(account: Account, refund: Object) -> None:
    charge = account.find("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False


def cancel_refund(account: Account, _params: Params, refund_id: str) -> Object:
    """A refund can be called off only while the payer has to say where it is to go."""
    refund = account.find("refund", refund_id, "refund")
    if refund["status"] != "requires_action":
        raise errors.invalid("refund", "This refund cannot be canceled.")
    refund["status"] = "canceled"
    _free(account, refund)
    account.emit("refund.updated", refund)
    return refund


def answer_refund(account: Account, refund: Object) -> Object:
    """The payer has said where it is to go."""
    if refund["status"] != "requires_action":
        raise errors.invalid("refund", "This refund asks nothing.")
    refund["status"] = "succeeded"
    _take(account, refund, account.find("charge", refund["charge"]))
    account.emit("refund.updated", refund)
    return refund
