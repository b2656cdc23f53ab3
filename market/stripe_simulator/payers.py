"""Customers, and the cards and wallets that they pay with."""

from __future__ import annotations

import secrets
from typing import Final

from market.stripe_simulator import errors
from market.stripe_simulator.account import Account, Object
from market.stripe_simulator.cards import BY_NUMBER, BY_TOKEN, CARDS, Card
from market.stripe_simulator.forms import Params

KINDS: Final = ("card", "alipay", "wechat_pay")
METHOD_DATA: Final = frozenset({"type", "card", "alipay", "wechat_pay", "billing_details"})
CARD_DATA: Final = frozenset({"number", "exp_month", "exp_year", "cvc", "token"})
NOBODY: Final = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}


def create_customer(account: Account, params: Params) -> Object:
    made = account.add(
        "customer",
        address=None,
        balance=0,
        currency=None,
        default_source=None,
        delinquent=False,
        description=params.text("description"),
        discount=None,
        email=params.text("email"),
        invoice_prefix=secrets.token_hex(4).upper(),
        livemode=False,
        metadata=params.texts("metadata"),
        name=params.text("name"),
        phone=params.text("phone"),
        preferred_locales=params.items("preferred_locales"),
        shipping=None,
        tax_exempt="none",
        test_clock=None,
    )
    account.emit("customer.created", made)
    return made


def create_payment_method(account: Account, params: Params) -> Object:
    kind = params.choice("type", KINDS)
    if kind is None:
        raise errors.missing(params.named("type"))
    if kind == "card":
        return _card(account, _named_card(params))
    return _payment_method(account, kind, {})


def _named_card(params: Params) -> Card:
    said = params.branch("card", CARD_DATA)
    if said is None:
        raise errors.missing(params.named("card"))
    number = said.needed("number").replace(" ", "")
    card = BY_NUMBER.get(number)
    if card is None:
        raise errors.StripeError(
            402,
            "Your card was declined. Your request was in test mode, but used a non test card.",
            kind="card_error",
            code="card_declined",
            param="number",
        )
    return card


def _card(account: Account, card: Card) -> Object:
    face = {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "US",
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": f"fp{card.number[-8:]}",
        "funding": "credit",
        "generated_from": None,
        "last4": card.number[-4:],
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    return _payment_method(account, "card", face)


def _payment_method(account: Account, kind: str, face: Object) -> Object:
    return account.add(
        "payment_method",
        allow_redisplay="unspecified",
        billing_details=dict(NOBODY),
        customer=None,
        livemode=False,
        metadata={},
        type=kind,
        **{kind: face},
    )


def chosen(account: Account, params: Params) -> Object | None:
    """The payment method that a request names: by id, by a test token, or by its data."""
    name = params.text("payment_method")
    if name is not None:
        return (
            _card(account, BY_TOKEN[name])
            if name in BY_TOKEN
            else account.find("payment_method", name, "payment_method")
        )
    said = params.branch("payment_method_data", METHOD_DATA)
    return None if said is None else create_payment_method(account, said)


def card_of(method: Object) -> Card | None:
    if method["type"] != "card":
        return None
    last4, brand = method["card"]["last4"], method["card"]["brand"]
    return next(card for card in CARDS if card.number[-4:] == last4 and card.brand == brand)
