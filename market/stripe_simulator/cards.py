"""The test cards: what each number, or its ready-made payment method, does."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Authentication(StrEnum):
    """When a card asks its holder."""

    NEVER = "never"
    ALWAYS = "always"


class Card(NamedTuple):
    """A test card. `decline` is Stripe's decline code, `dispute` the reason of its disputes."""

    number: str
    token: str
    brand: str = "visa"
    decline: str | None = None
    code: str = "card_declined"
    authentication: Authentication = Authentication.NEVER
    dispute: str | None = None
    refund_fails: bool = False
    refund_pends: bool = False


CARDS: Final = (
    Card("4242424242424242", "pm_card_visa"),
    Card("5555555555554444", "pm_card_mastercard", brand="mastercard"),
    Card("6200000000000005", "pm_card_unionpay", brand="unionpay"),
    Card("4000000000000002", "pm_card_visa_chargeDeclined", decline="generic_decline"),
    Card(
        "4000000000009995",
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        decline="insufficient_funds",
    ),
    Card(
        "4000000000000069",
        "pm_card_chargeDeclinedExpiredCard",
        decline="expired_card",
        code="expired_card",
    ),
    Card(
        "4000000000000119",
        "pm_card_chargeDeclinedProcessingError",
        decline="processing_error",
        code="processing_error",
    ),
    Card(
        "4000002760003184", "pm_card_authenticationRequired", authentication=Authentication.ALWAYS
    ),
    Card("4000000000000259", "pm_card_createDispute", dispute="fraudulent"),
    Card(
        "4000000000002685",
        "pm_card_createDisputeProductNotReceived",
        dispute="product_not_received",
    ),
    Card("4000000000005126", "pm_card_refundFail", refund_fails=True),
    Card("4000000000007726", "pm_card_pendingRefund", refund_pends=True),
)

BY_NUMBER: Final = {card.number: card for card in CARDS}
BY_TOKEN: Final = {card.token: card for card in CARDS}
