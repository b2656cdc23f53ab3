"""Answers have the shapes that the SDK declares, and no parameter is taken that it lacks."""

from __future__ import annotations

import io
from typing import Any, Final

import pytest
import stripe
import stripe.checkout

from market.stripe_simulator import account
from market.stripe_simulator.endpoints import ENDPOINTS, Endpoint
from tests.stripe_simulator import shapes
from tests.stripe_simulator.conftest import Till

CLASSES: Final[dict[str, type[stripe.StripeObject]]] = {
    "customer": stripe.Customer,
    "payment_method": stripe.PaymentMethod,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "balance_transaction": stripe.BalanceTransaction,
    "payout": stripe.Payout,
    "event": stripe.Event,
    "webhook_endpoint": stripe.WebhookEndpoint,
    "file": stripe.File,
}
LISTED: Final = {
    endpoint.path: endpoint
    for endpoint in ENDPOINTS
    if endpoint.method == "GET" and "{" not in endpoint.path and endpoint.path != "/v1/balance"
}


async def play(till: Till) -> None:
    """One of everything, in as many states as there are."""
    v1 = till.v1
    await v1.webhook_endpoints.create_async({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    await v1.customers.create_async({"name": "川江化工", "email": "a@example.com"})
    intent = await till.paid()
    await v1.refunds.create_async({"payment_intent": intent.id, "amount": 100})
    for method in ("pm_card_visa_chargeDeclined", "pm_card_createDispute", "pm_card_refundFail"):
        try:
            made = await till.paid(method=method)
        except stripe.CardError:
            continue
        if method == "pm_card_refundFail":
            await v1.refunds.create_async({"payment_intent": made.id})
    alipay = {"allowed_payment_method_types": ["alipay"], "return_url": "https://example.com/"}
    await v1.payment_intents.create_async(
        {
            "amount": 9_000,
            "currency": "cny",
            "confirm": True,
            "payment_method_data": {"type": "alipay"},
            **alipay,  # type: ignore[typeddict-item]
        }
    )
    await v1.files.create_async({"purpose": "dispute_evidence", "file": io.BytesIO(b"%PDF-")})
    await v1.checkout.sessions.create_async(
        {
            "mode": "payment",
            "success_url": "https://example.com/",
            "line_items": [
                {
                    "price_data": {
                        "currency": "cny",
                        "unit_amount": 900,
                        "product_data": {"name": "FW-01"},
                    }
                }
            ],
        }
    )
    await till.control("fees", amount=5_000)
    await till.wait(3)
    payouts = await v1.payouts.list_async()
    await till.control("payouts/fail", payout=payouts.data[0].id)


async def test_every_object_is_as_the_sdk_declares_it(till: Till) -> None:
    await play(till)
    found: list[str] = []
    for path in LISTED:
        answer = await till.http.get(
            till.address + path,
            params={"limit": 100},
            headers={"Authorization": f"Bearer {till.key}"},
        )
        data: list[dict[str, Any]] = answer.json()["data"]
        assert data, f"nothing of {path} was made"
        for one in data:
            found += shapes.faults(one, CLASSES[one["object"]], one["object"])
    assert not found, "\n".join(sorted(set(found)))


async def test_the_balance_is_as_the_sdk_declares_it(till: Till) -> None:
    await till.paid()
    answer = await till.http.get(
        f"{till.address}/v1/balance", headers={"Authorization": f"Bearer {till.key}"}
    )
    assert not list(shapes.faults(answer.json(), stripe.Balance, "balance"))


@pytest.mark.parametrize(
    "endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}"
)
def test_every_parameter_taken_is_one_of_stripes(endpoint: Endpoint) -> None:
    assert endpoint.sdk is not None
    assert endpoint.takes <= shapes.parameters(endpoint.sdk)


def test_the_version_is_the_one_that_the_sdk_asks_for() -> None:
    assert stripe.api_version == account.API_VERSION


def test_a_shape_that_is_wrong_is_seen() -> None:
    wrong = {"id": 7, "object": "refund", "amount": 1, "created": 1, "currency": "cny", "sum": 2}
    assert set(shapes.faults(wrong, stripe.Refund, "refund")) == {
        "refund.id: 7 is not of str",
        "refund.sum: Stripe knows no such field",
    }
