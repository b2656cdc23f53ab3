"""What both the simulator and Stripe's test mode do: one suite for the two."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import pytest
import stripe


async def paid(shop: stripe.StripeClient, method: str = "pm_card_visa", amount: int = 5_000) -> Any:
    return await shop.v1.payment_intents.create_async(
        {
            "amount": amount,
            "currency": "usd",
            "payment_method": method,
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "expand": ["latest_charge.balance_transaction"],
        }
    )


def key() -> stripe.RequestOptions:
    return {"idempotency_key": f"contract-{secrets.token_hex(12)}"}


async def test_a_card_pays_at_once_and_its_fees_are_told(shop: stripe.StripeClient) -> None:
    intent = await paid(shop)
    line = intent.latest_charge.balance_transaction
    assert (intent.status, intent.amount_received) == ("succeeded", 5_000)
    assert line.reporting_category == "charge"
    assert line.net == line.amount - line.fee
    assert line.fee == sum(part.amount for part in line.fee_details)


async def test_a_declined_card_tells_its_intent_and_leaves_it_open(
    shop: stripe.StripeClient,
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        await paid(shop, "pm_card_visa_chargeDeclined")
    error = refused.value.error
    assert error is not None
    assert (refused.value.http_status, error.code) == (402, "card_declined")
    assert error.decline_code == "generic_decline"
    assert error.payment_intent is not None
    assert error.payment_intent.status == "requires_payment_method"
    again = await shop.v1.payment_intents.confirm_async(
        error.payment_intent.id, {"payment_method": "pm_card_visa"}
    )
    assert again.status == "succeeded"


async def test_a_card_that_asks_its_holder_sends_the_payer_away(
    shop: stripe.StripeClient,
) -> None:
    intent = await shop.v1.payment_intents.create_async(
        {
            "amount": 5_000,
            "currency": "usd",
            "payment_method": "pm_card_authenticationRequired",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "return_url": "https://example.com/back",
        }
    )
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    assert intent.next_action.redirect_to_url.return_url == "https://example.com/back"
    cancelled = await shop.v1.payment_intents.cancel_async(intent.id)
    assert cancelled.status == "canceled"


async def test_a_paid_intent_is_neither_confirmed_nor_cancelled_again(
    shop: stripe.StripeClient,
) -> None:
    intent = await paid(shop)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
    assert refused.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.v1.payment_intents.cancel_async(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"


async def test_one_key_charges_once_and_says_that_it_repeats_itself(
    shop: stripe.StripeClient,
) -> None:
    once = key()
    said: Any = {"amount": 5_000, "currency": "usd", "allowed_payment_method_types": ["card"]}
    first = await shop.v1.payment_intents.create_async(said, once)
    second = await shop.v1.payment_intents.create_async(said, once)
    assert second.id == first.id
    assert second.last_response is not None
    assert second.last_response.headers["idempotent-replayed"] == "true"


async def test_one_key_is_good_for_one_request_only(shop: stripe.StripeClient) -> None:
    once = key()
    said: Any = {"amount": 5_000, "currency": "usd", "allowed_payment_method_types": ["card"]}
    await shop.v1.payment_intents.create_async(said, once)
    other: Any = {**said, "amount": 5_001}
    with pytest.raises(stripe.IdempotencyError):
        await shop.v1.payment_intents.create_async(other, once)


async def test_a_declined_card_is_declined_again_under_its_key(shop: stripe.StripeClient) -> None:
    once = key()
    said: Any = {
        "amount": 5_000,
        "currency": "usd",
        "payment_method": "pm_card_visa_chargeDeclined",
        "allowed_payment_method_types": ["card"],
        "confirm": True,
    }
    intents = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            await shop.v1.payment_intents.create_async(said, once)
        assert refused.value.error is not None
        intents.append(refused.value.error.payment_intent)
    assert intents[0] is not None
    assert intents[1] is not None
    assert intents[0].id == intents[1].id


async def test_a_request_that_makes_no_sense_leaves_its_key_free(
    shop: stripe.StripeClient,
) -> None:
    once = key()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.v1.payment_intents.create_async({"currency": "usd"}, once)  # type: ignore[typeddict-item]
    assert (refused.value.code, refused.value.param) == ("parameter_missing", "amount")
    made = await shop.v1.payment_intents.create_async({"amount": 5_000, "currency": "usd"}, once)
    assert made.amount == 5_000


async def test_refunds_end_where_the_charge_ends(shop: stripe.StripeClient) -> None:
    intent = await paid(shop)
    charge_id = intent.latest_charge.id
    part = await shop.v1.refunds.create_async(
        {"charge": charge_id, "amount": 2_000, "expand": ["balance_transaction"]}
    )
    assert part.balance_transaction.reporting_category == "refund"  # type: ignore[union-attr]
    assert part.balance_transaction.net == -2_000  # type: ignore[union-attr]
    with pytest.raises(stripe.InvalidRequestError):
        await shop.v1.refunds.create_async({"charge": charge_id, "amount": 3_001})
    await shop.v1.refunds.create_async({"payment_intent": intent.id})
    charge = await shop.v1.charges.retrieve_async(charge_id)
    assert (charge.amount_refunded, charge.refunded) == (5_000, True)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.v1.refunds.create_async({"charge": charge_id})
    assert refused.value.code == "charge_already_refunded"


async def test_refunds_at_once_never_exceed_the_charge(shop: stripe.StripeClient) -> None:
    intent = await paid(shop, amount=1_000)

    async def refund() -> int:
        try:
            made = await shop.v1.refunds.create_async(
                {"payment_intent": intent.id, "amount": 300}, key()
            )
        except stripe.StripeError:
            return 0
        return made.amount

    sums = await asyncio.gather(*(refund() for _ in range(6)))
    charge = await shop.v1.charges.retrieve_async(intent.latest_charge.id)
    assert charge.amount_refunded == sum(sums) <= 1_000


async def test_what_does_not_exist_is_404(shop: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.v1.charges.retrieve_async("ch_nothing")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


async def test_lists_are_walked_from_the_newest_by_cursor(shop: stripe.StripeClient) -> None:
    customer = await shop.v1.customers.create_async({"name": "锦机重工"})
    made = [
        (
            await shop.v1.payment_intents.create_async(
                {"amount": 1_000 + step, "currency": "usd", "customer": customer.id}
            )
        ).id
        for step in range(5)
    ]
    page = await shop.v1.payment_intents.list_async({"customer": customer.id, "limit": 2})
    assert [one.id for one in page.data] == made[:2:-1]
    assert page.has_more
    assert [one.id async for one in page.auto_paging_iter()] == made[::-1]
    newer = await shop.v1.payment_intents.list_async(
        {"customer": customer.id, "limit": 2, "ending_before": made[1]}
    )
    assert [one.id for one in newer.data] == [made[3], made[2]]


async def test_a_checkout_session_has_no_intent_before_somebody_pays(
    shop: stripe.StripeClient,
) -> None:
    session = await shop.v1.checkout.sessions.create_async(
        {
            "mode": "payment",
            "success_url": "https://example.com/{CHECKOUT_SESSION_ID}",
            "line_items": [
                {
                    "quantity": 2,
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 2_500,
                        "product_data": {"name": "Invoice"},
                    },
                }
            ],
        }
    )
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.payment_intent) == (5_000, None)
    ended = await shop.v1.checkout.sessions.expire_async(session.id)
    assert (ended.status, ended.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError):
        await shop.v1.checkout.sessions.expire_async(session.id)


async def test_a_key_that_is_none_opens_nothing(shop: stripe.StripeClient) -> None:
    with pytest.raises(stripe.AuthenticationError) as refused:
        await shop.v1.balance.retrieve_async(None, {"api_key": "no key"})
    assert refused.value.http_status == 401


async def test_a_parameter_that_does_not_exist_is_refused_by_name(
    shop: stripe.StripeClient,
) -> None:
    said: Any = {"amount": 1_000, "currency": "usd", "colour": "red"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.v1.payment_intents.create_async(said)
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "colour")
