"""Charges: the money that a PaymentIntent takes, or is refused."""

from __future__ import annotations

from typing import Any

from market.stripe_simulator import disputes, errors, funds, payers
from market.stripe_simulator.account import Account, Object
from market.stripe_simulator.cards import Card


def charge(account: Account, intent: Object) -> Object:
    """Take the money, or be declined: 402, with the intent as it then is."""
    method = account.find("payment_method", intent["payment_method"], "payment_method")
    card = payers.card_of(method)
    made = _new_charge(account, intent, method)
    intent.update(latest_charge=made["id"], next_action=None)
    if card is not None and card.decline is not None:
        raise _declined(account, intent, made, card)
    amount, currency, rate = funds.settled(account, intent["amount"], intent["currency"])
    line = funds.book(
        account,
        "charge" if card is not None else "payment",
        amount,
        currency,
        source=made["id"],
        fees=funds.charge_fees(amount, currency),
        wait_seconds=funds.AVAILABLE_SECONDS,
        description=intent["description"],
        exchange_rate=rate,
    )
    made.update(
        amount_captured=made["amount"],
        balance_transaction=line["id"],
        captured=True,
        paid=True,
        status="succeeded",
    )
    intent.update(amount_received=intent["amount"], status="succeeded", last_payment_error=None)
    account.emit("charge.succeeded", made)
    account.emit("payment_intent.succeeded", intent)
    if card is not None and card.dispute is not None:
        disputes.open_dispute(account, made, card.dispute)
    return intent


def _declined(account: Account, intent: Object, made: Object, card: Card) -> errors.StripeError:
    message = "Your card was declined."
    made.update(
        failure_code=card.code,
        failure_message=message,
        outcome=_outcome("declined_by_network", "issuer_declined", card.decline),
        status="failed",
    )
    method = account.find("payment_method", intent["payment_method"])
    error = {
        "charge": made["id"],
        "code": card.code,
        "decline_code": card.decline,
        "message": message,
        "payment_method": method,
        "type": "card_error",
    }
    intent.update(status="requires_payment_method", payment_method=None, last_payment_error=error)
    account.emit("charge.failed", made)
    account.emit("payment_intent.payment_failed", intent)
    return errors.StripeError(
        402,
        message,
        kind="card_error",
        code=card.code,
        decline_code=card.decline,
        charge=made["id"],
        payment_intent=dict(intent),
        payment_method=method,
    )


def _outcome(network: str, kind: str, reason: str | None) -> Object:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 21,
        "seller_message": "Payment complete." if reason is None else "The bank declined it.",
        "type": kind,
    }


def _new_charge(account: Account, intent: Object, method: Object) -> Object:
    return account.add(
        "charge",
        amount=intent["amount"],
        amount_captured=0,
        amount_refunded=0,
        application=None,
        application_fee=None,
        application_fee_amount=None,
        balance_transaction=None,
        billing_details=dict(payers.NOBODY),
        calculated_statement_descriptor="STRIPE",
        captured=False,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        failure_balance_transaction=None,
        failure_code=None,
        failure_message=None,
        fraud_details={},
        livemode=False,
        metadata=dict(intent["metadata"]),
        on_behalf_of=None,
        outcome=_outcome("approved_by_network", "authorized", None),
        paid=False,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": method["type"], method["type"]: _used(method)},
        receipt_email=intent["receipt_email"],
        receipt_number=None,
        receipt_url=None,
        refunded=False,
        review=None,
        shipping=None,
        source=None,
        source_transfer=None,
        statement_descriptor=None,
        statement_descriptor_suffix=None,
        status="pending",
        transfer_data=None,
        transfer_group=None,
    )


def _used(method: Object) -> dict[str, Any]:
    if method["type"] != "card":
        return {}
    face = method["card"]
    return {name: face[name] for name in ("brand", "country", "exp_month", "exp_year", "last4")}
