"""Checkout sessions: a page of Stripe's on which somebody pays."""

from __future__ import annotations

from typing import Final

from market.stripe_simulator import errors, payers, payments
from market.stripe_simulator.account import DAY, Account, Object
from market.stripe_simulator.forms import Params

LINE: Final = frozenset({"price_data", "quantity"})
PRICE: Final = frozenset({"currency", "product_data", "unit_amount"})
PRODUCT: Final = frozenset({"name", "description"})
INTENT: Final = frozenset({"description", "metadata", "receipt_email"})
TEXTS: Final = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
SHORTEST_SECONDS: Final = 30 * 60


def create_session(account: Account, params: Params) -> Object:
    if (params.choice("mode", ("payment",))) is None:
        raise errors.missing("mode")
    lines = [_line(line) for line in params.branches("line_items", LINE)]
    currencies = {currency for currency, _ in lines}
    if len(currencies) != 1:
        raise errors.invalid("line_items", "Name line items, all in one currency.")
    total = sum(amount for _, amount in lines)
    customer = params.text("customer")
    if customer is not None:
        account.find("customer", customer, "customer")
    session = _new_session(account, params, total, currencies.pop(), customer)
    session["url"] = f"{account.address}/c/pay/{session['id']}"
    account.later(session["expires_at"] - account.now(), _lapse, session)
    return session


def _line(line: Params) -> tuple[str, int]:
    """A line's currency and amount in minor units."""
    price = line.branch("price_data", PRICE)
    if price is None:
        raise errors.missing(line.named("price_data"))
    product = price.branch("product_data", PRODUCT)
    if product is None:
        raise errors.missing(price.named("product_data"))
    product.needed("name")
    amount = price.amount("unit_amount")
    if amount is None:
        raise errors.missing(price.named("unit_amount"))
    return price.needed("currency").lower(), amount * (line.amount("quantity") or 1)


def _expiry(account: Account, params: Params) -> int:
    asked = params.integer("expires_at")
    now = account.now()
    if asked is not None and not now + SHORTEST_SECONDS <= asked <= now + DAY:
        raise errors.invalid(
            "expires_at", "expires_at must be between 30 minutes and 24 hours from now."
        )
    return asked or now + DAY


def _new_session(
    account: Account, params: Params, total: int, currency: str, customer: str | None
) -> Object:
    said = params.branch("payment_intent_data", INTENT)
    kinds = params.items("allowed_payment_method_types") or ["card"]
    intent = {
        "description": said.text("description") if said is not None else None,
        "metadata": said.texts("metadata") if said is not None else {},
        "receipt_email": said.text("receipt_email") if said is not None else None,
    }
    payments.require_payable(total, currency, kinds)
    return account.add(
        "checkout.session",
        after_expiration=None,
        allow_promotion_codes=None,
        allowed_payment_method_types=kinds,
        amount_subtotal=total,
        amount_total=total,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        billing_address_collection=None,
        cancel_url=params.text("cancel_url"),
        client_reference_id=params.text("client_reference_id"),
        client_secret=None,
        consent=None,
        consent_collection=None,
        currency=currency,
        custom_fields=[],
        custom_text=dict.fromkeys(TEXTS),
        customer=customer,
        customer_creation=None,
        customer_details=None,
        customer_email=params.text("customer_email"),
        expires_at=_expiry(account, params),
        invoice=None,
        invoice_creation=None,
        livemode=False,
        locale=params.text("locale"),
        metadata=params.texts("metadata"),
        mode="payment",
        payment_intent=None,
        payment_link=None,
        payment_method_collection="if_required",
        payment_method_options={},
        payment_method_types=kinds,
        payment_status="unpaid",
        setup_intent=None,
        shipping_address_collection=None,
        shipping_cost=None,
        shipping_options=[],
        status="open",
        submit_type=None,
        subscription=None,
        success_url=params.needed("success_url"),
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode="hosted_page",
        url=None,
        _intent=intent,
    )


def expire_session(account: Account, _params: Params, session_id: str) -> Object:
    session = account.find("checkout.session", session_id, "session")
    if session["status"] != "open":
        raise errors.invalid(
            "session", "Only Checkout Sessions with a status of open can be expired."
        )
    _expire(account, session)
    return session


def _lapse(account: Account, session: Object) -> None:
    if session["status"] == "open":
        _expire(account, session)


def _expire(account: Account, session: Object) -> None:
    session.update(status="expired", url=None)
    if session["payment_intent"] is not None:
        intent = account.find("payment_intent", session["payment_intent"])
        intent.update(status="canceled", canceled_at=account.now(), next_action=None)
        account.emit("payment_intent.canceled", intent)
    account.emit("checkout.session.expired", session)


def pay(account: Account, session: Object, method: Object) -> Object:
    """Somebody pays on the page; his PaymentIntent is made with his first attempt."""
    if session["status"] != "open":
        raise errors.invalid("session", "This Checkout Session is no longer open.")
    if session["payment_intent"] is None:
        intent = payments.new_intent(
            account,
            session["amount_total"],
            session["currency"],
            customer=session["customer"],
            kinds=session["payment_method_types"],
            **session["_intent"],
        )
        session["payment_intent"] = intent["id"]
    intent = account.find("payment_intent", session["payment_intent"])
    intent["payment_method"] = method["id"]
    payments.confirm(account, intent, f"{account.address}/c/pay/{session['id']}/back")
    complete(account, session)
    return intent


def complete(account: Account, session: Object) -> None:
    """Close a session whose payment came through."""
    intent = account.find("payment_intent", session["payment_intent"])
    if session["status"] == "open" and intent["status"] == "succeeded":
        session.update(status="complete", payment_status="paid", url=None)
        session["customer_details"] = {**payers.NOBODY, "tax_exempt": "none", "tax_ids": []}
        account.emit("checkout.session.completed", session)


def session_of(account: Account, intent: Object) -> Object | None:
    sessions = account.objects["checkout.session"].values()
    return next((one for one in sessions if one["payment_intent"] == intent["id"]), None)
