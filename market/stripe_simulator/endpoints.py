"""Stripe's API as far as it is kept here: every address on one screen, with what it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from market.stripe_simulator import (
    checkout,
    disputes,
    files,
    funds,
    listing,
    payers,
    payments,
    refunds,
    webhooks,
)
from market.stripe_simulator.account import Account, Object
from market.stripe_simulator.forms import Params

ALWAYS: Final = frozenset({"expand"})


class Endpoint(NamedTuple):
    """An address: the parameters that it takes, and the act behind it.

    `sdk` names the SDK's TypedDict that its parameters are held against by a test.
    """

    method: str
    path: str
    act: Callable[..., Object]
    takes: frozenset[str]
    sdk: str | None = None

    def answer(self, account: Account, tree: dict[str, Any], names: dict[str, str]) -> Object:
        return self.act(account, Params(tree, self.takes | ALWAYS), **names)


def _retrieve(kind: str) -> Callable[..., Object]:
    def retrieve(account: Account, _params: Params, name: str) -> Object:
        return account.find(kind, name)

    return retrieve


def _list(kind: str, url: str, filters: str) -> Callable[..., Object]:
    names = tuple(filters.split())

    def listed(account: Account, params: Params) -> Object:
        return listing.page(account, kind, params, names, url)

    return listed


def _reading(kind: str, path: str, filters: str, sdk: str) -> tuple[Endpoint, Endpoint]:
    """The two reads that every kind has: one object, and the list of them."""
    takes = listing.PAGE | frozenset(filters.split())
    return (
        Endpoint(
            "GET", f"{path}/{{name:str}}", _retrieve(kind), frozenset(), f"{sdk}RetrieveParams"
        ),
        Endpoint("GET", path, _list(kind, path, filters), takes, f"{sdk}ListParams"),
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/v1/customers",
        payers.create_customer,
        _words("description email metadata name phone preferred_locales"),
        "CustomerCreateParams",
    ),
    *_reading("customer", "/v1/customers", "created email", "Customer"),
    Endpoint(
        "POST",
        "/v1/payment_methods",
        payers.create_payment_method,
        payers.METHOD_DATA,
        "PaymentMethodCreateParams",
    ),
    *_reading("payment_method", "/v1/payment_methods", "customer type", "PaymentMethod"),
    Endpoint(
        "POST",
        "/v1/payment_intents",
        payments.create_payment_intent,
        _words(
            "allowed_payment_method_types amount confirm currency customer description metadata"
            " payment_method payment_method_data receipt_email return_url"
        ),
        "PaymentIntentCreateParams",
    ),
    *_reading("payment_intent", "/v1/payment_intents", "created customer", "PaymentIntent"),
    Endpoint(
        "POST",
        "/v1/payment_intents/{intent_id:str}",
        payments.update_payment_intent,
        _words("description metadata"),
        "PaymentIntentUpdateParams",
    ),
    Endpoint(
        "POST",
        "/v1/payment_intents/{intent_id:str}/confirm",
        payments.confirm_payment_intent,
        _words("payment_method payment_method_data return_url"),
        "PaymentIntentConfirmParams",
    ),
    Endpoint(
        "POST",
        "/v1/payment_intents/{intent_id:str}/cancel",
        payments.cancel_payment_intent,
        _words("cancellation_reason"),
        "PaymentIntentCancelParams",
    ),
    *_reading("charge", "/v1/charges", "created customer payment_intent", "Charge"),
    Endpoint(
        "POST",
        "/v1/checkout/sessions",
        checkout.create_session,
        _words(
            "allowed_payment_method_types cancel_url client_reference_id customer customer_email"
            " expires_at line_items locale metadata mode payment_intent_data success_url"
        ),
        "checkout.SessionCreateParams",
    ),
    *_reading(
        "checkout.session",
        "/v1/checkout/sessions",
        "created customer payment_intent status",
        "checkout.Session",
    ),
    Endpoint(
        "POST",
        "/v1/checkout/sessions/{session_id:str}/expire",
        checkout.expire_session,
        frozenset(),
        "checkout.SessionExpireParams",
    ),
    Endpoint(
        "POST",
        "/v1/refunds",
        refunds.create_refund,
        _words("amount charge metadata payment_intent reason"),
        "RefundCreateParams",
    ),
    *_reading("refund", "/v1/refunds", "charge created payment_intent", "Refund"),
    Endpoint(
        "POST",
        "/v1/refunds/{refund_id:str}/cancel",
        refunds.cancel_refund,
        frozenset(),
        "RefundCancelParams",
    ),
    *_reading("dispute", "/v1/disputes", "charge created payment_intent", "Dispute"),
    Endpoint(
        "POST",
        "/v1/disputes/{dispute_id:str}",
        disputes.update_dispute,
        _words("evidence metadata submit"),
        "DisputeUpdateParams",
    ),
    Endpoint(
        "POST",
        "/v1/disputes/{dispute_id:str}/close",
        disputes.close_dispute,
        frozenset(),
        "DisputeCloseParams",
    ),
    Endpoint("GET", "/v1/balance", funds.read_balance, frozenset(), "BalanceRetrieveParams"),
    *_reading(
        "balance_transaction",
        "/v1/balance_transactions",
        "created currency payout source type",
        "BalanceTransaction",
    ),
    *_reading("payout", "/v1/payouts", "arrival_date created status", "Payout"),
    *_reading("event", "/v1/events", "created type", "Event"),
    Endpoint(
        "POST",
        "/v1/webhook_endpoints",
        webhooks.create_endpoint,
        _words("api_version description enabled_events metadata url"),
        "WebhookEndpointCreateParams",
    ),
    Endpoint(
        "POST",
        "/v1/webhook_endpoints/{endpoint_id:str}",
        webhooks.update_endpoint,
        _words("disabled enabled_events url"),
        "WebhookEndpointUpdateParams",
    ),
    Endpoint(
        "DELETE",
        "/v1/webhook_endpoints/{endpoint_id:str}",
        webhooks.delete_endpoint,
        frozenset(),
        "WebhookEndpointDeleteParams",
    ),
    *_reading("webhook_endpoint", "/v1/webhook_endpoints", "", "WebhookEndpoint"),
    Endpoint("POST", "/v1/files", files.create_file, _words("file purpose"), "FileCreateParams"),
    *_reading("file", "/v1/files", "created purpose", "File"),
)
