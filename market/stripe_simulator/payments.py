"""PaymentIntents: made, confirmed, asked about at the payer's bank, paid or called off."""

from __future__ import annotations

import secrets
from typing import Final

from market.stripe_simulator import charges, errors, payers
from market.stripe_simulator.account import Account, Object
from market.stripe_simulator.cards import Authentication
from market.stripe_simulator.forms import Params

# Smallest amount of a charge in Stripe's minor units; others than these are not judged.
LEAST_AMOUNT: Final = {"cny": 400, "usd": 50, "eur": 50, "hkd": 400, "jpy": 50, "gbp": 30}
CANCELLABLE: Final = frozenset(
    {"requires_payment_method", "requires_confirmation", "requires_action", "processing"}
)


def create_payment_intent(account: Account, params: Params) -> Object:
    amount, currency = params.amount("amount"), params.needed("currency").lower()
    if amount is None:
        raise errors.missing("amount")
    customer = params.text("customer")
    if customer is not None:
        account.find("customer", customer, "customer")
    intent = new_intent(
        account,
        amount,
        currency,
        customer=customer,
        description=params.text("description"),
        metadata=params.texts("metadata"),
        receipt_email=params.text("receipt_email"),
        kinds=params.items("allowed_payment_method_types") or ["card"],
    )
    method = payers.chosen(account, params)
    if method is not None:
        intent.update(payment_method=method["id"], status="requires_confirmation")
    if params.flag("confirm"):
        return confirm(account, intent, params.text("return_url"))
    return intent


def new_intent(
    account: Account,
    amount: int,
    currency: str,
    *,
    customer: str | None,
    description: str | None,
    metadata: dict[str, str],
    receipt_email: str | None,
    kinds: list[str],
) -> Object:
    require_payable(amount, currency, kinds)
    intent = account.add(
        "payment_intent",
        allowed_payment_method_types=kinds,
        amount=amount,
        amount_capturable=0,
        amount_details={"tip": {}},
        amount_received=0,
        application=None,
        application_fee_amount=None,
        automatic_payment_methods=None,
        canceled_at=None,
        cancellation_reason=None,
        capture_method="automatic_async",
        confirmation_method="automatic",
        currency=currency,
        customer=customer,
        description=description,
        last_payment_error=None,
        latest_charge=None,
        livemode=False,
        metadata=metadata,
        next_action=None,
        on_behalf_of=None,
        payment_method=None,
        payment_method_configuration_details=None,
        payment_method_options={},
        payment_method_types=kinds,
        processing=None,
        receipt_email=receipt_email,
        review=None,
        setup_future_usage=None,
        shipping=None,
        source=None,
        statement_descriptor=None,
        statement_descriptor_suffix=None,
        status="requires_payment_method",
        transfer_data=None,
        transfer_group=None,
    )
    intent["client_secret"] = f"{intent['id']}_secret_{secrets.token_urlsafe(18)}"
    account.emit("payment_intent.created", intent)
    return intent


def require_payable(amount: int, currency: str, kinds: list[str]) -> None:
    if amount < LEAST_AMOUNT.get(currency, 1):
        raise errors.invalid(
            "amount",
            "Amount must be at least what Stripe charges in this currency.",
            "amount_too_small",
        )
    for kind in kinds:
        if kind not in payers.KINDS:
            raise errors.invalid(
                "allowed_payment_method_types", f"Invalid payment method type: {kind}"
            )


def update_payment_intent(account: Account, params: Params, intent_id: str) -> Object:
    intent = account.find("payment_intent", intent_id, "intent")
    intent["metadata"].update(params.texts("metadata"))
    description = params.text("description")
    if description is not None:
        intent["description"] = description
    return intent


def confirm_payment_intent(account: Account, params: Params, intent_id: str) -> Object:
    intent = account.find("payment_intent", intent_id, "intent")
    if intent["status"] not in {
        "requires_payment_method",
        "requires_confirmation",
        "requires_action",
    }:
        raise _unexpected(intent, "confirm")
    method = payers.chosen(account, params)
    if method is not None:
        intent["payment_method"] = method["id"]
    if intent["payment_method"] is None:
        raise errors.missing("payment_method")
    return confirm(account, intent, params.text("return_url"))


def _unexpected(intent: Object, act: str) -> errors.StripeError:
    return errors.StripeError(
        400,
        f"You cannot {act} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )


def confirm(account: Account, intent: Object, return_url: str | None) -> Object:
    """Charge at once, or send the payer to a page of his bank or wallet first."""
    method = account.find("payment_method", intent["payment_method"], "payment_method")
    if method["type"] not in intent["payment_method_types"]:
        raise errors.invalid(
            "payment_method", f"This PaymentIntent takes no {method['type']} payments."
        )
    card = payers.card_of(method)
    if card is None or card.authentication is Authentication.ALWAYS:
        if return_url is None and card is None:
            raise errors.missing("return_url")
        intent.update(
            status="requires_action", next_action=_next_action(account, intent, return_url)
        )
        account.emit("payment_intent.requires_action", intent)
        return intent
    return charges.charge(account, intent)


def _next_action(account: Account, intent: Object, return_url: str | None) -> Object:
    url = f"{account.address}/authenticate/{intent['id']}"
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": return_url, "url": url},
    }


def authenticate(account: Account, intent: Object, *, passed: bool) -> Object:
    """The payer answers his bank or wallet: what follows is a charge, or a fresh start."""
    if intent["status"] != "requires_action":
        raise _unexpected(intent, "authenticate")
    if passed:
        return charges.charge(account, intent)
    intent.update(
        status="requires_payment_method",
        next_action=None,
        payment_method=None,
        last_payment_error={
            "code": "payment_intent_authentication_failure",
            "message": "The provided PaymentMethod has failed authentication.",
            "type": "invalid_request_error",
        },
    )
    account.emit("payment_intent.payment_failed", intent)
    return intent


def cancel_payment_intent(account: Account, params: Params, intent_id: str) -> Object:
    intent = account.find("payment_intent", intent_id, "intent")
    if intent["status"] not in CANCELLABLE:
        raise _unexpected(intent, "cancel")
    reasons = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
    intent.update(
        status="canceled",
        canceled_at=account.now(),
        cancellation_reason=params.choice("cancellation_reason", reasons),
        next_action=None,
    )
    account.emit("payment_intent.canceled", intent)
    return intent
