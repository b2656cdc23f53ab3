"""Faults on demand, and webhooks: signed, dropped, doubled, late, in another order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import pytest
import stripe
from granian.constants import Interfaces
from granian.server.embed import Server

from market.stripe_simulator.app import free_port, until_answering
from market.stripe_simulator.faults import Fault
from tests.stripe_simulator.conftest import Till

REFUND: Final = "POST /v1/refunds"
# Which faults let Stripe do its work first.
DONE: Final = {
    Fault.RATE_LIMITED: False,
    Fault.ERROR_BEFORE: False,
    Fault.ERROR_AFTER: True,
    Fault.CUT_BEFORE: False,
    Fault.CUT_AFTER: True,
    Fault.TRUNCATED: True,
    Fault.SILENT_BEFORE: False,
    Fault.SILENT_AFTER: True,
}


@pytest.mark.parametrize("fault", [fault for fault in DONE if "silent" not in fault])
async def test_a_fault_strikes_once_and_the_same_key_makes_it_good(
    till: Till, fault: Fault
) -> None:
    intent = await till.paid()
    await till.control("faults", kind=fault, target=REFUND)
    key: stripe.RequestOptions = {"idempotency_key": "refund-1"}
    with pytest.raises(stripe.StripeError):
        await till.v1.refunds.create_async({"payment_intent": intent.id, "amount": 100}, key)
    made = (await till.v1.refunds.list_async({"payment_intent": intent.id})).data
    assert bool(made) is DONE[fault]
    again = await till.v1.refunds.create_async({"payment_intent": intent.id, "amount": 100}, key)
    charge = await till.v1.charges.retrieve_async(str(intent.latest_charge))
    assert (again.amount, charge.amount_refunded) == (100, 100)


@pytest.mark.parametrize("fault", [fault for fault in DONE if "silent" in fault])
async def test_silence_tells_nothing_of_what_was_done(till: Till, fault: Fault) -> None:
    await till.control("faults", kind=fault, target="POST /v1/customers")
    request = asyncio.create_task(till.v1.customers.create_async({"name": "安溪水泥"}))
    done = False
    for _ in range(50):  # the request is under way; nothing answers it
        done = bool((await till.v1.customers.list_async()).data)
        if done:
            break
    assert not request.done()
    request.cancel()
    assert done is DONE[fault]


async def test_a_key_at_work_is_not_used_twice(till: Till) -> None:
    await till.control("faults", kind=Fault.SLOW, target="POST /v1/customers", seconds=1)
    key: stripe.RequestOptions = {"idempotency_key": "customer-1"}
    said: Any = {"name": "龙湾热电"}
    first, second = await asyncio.gather(
        till.v1.customers.create_async(said, key),
        till.v1.customers.create_async(said, key),
        return_exceptions=True,
    )
    told = [one for one in (first, second) if isinstance(one, stripe.StripeError)]
    assert [one.http_status for one in told] == [409]
    assert [one.error.code for one in told if one.error] == ["idempotency_key_in_use"]
    assert len((await till.v1.customers.list_async()).data) == 1


async def test_a_fault_may_wait_for_its_turn(till: Till) -> None:
    await till.control(
        "faults", kind=Fault.ERROR_BEFORE, target="POST /v1/customers", skip=1, times=2
    )
    outcomes = []
    for _ in range(4):
        try:
            await till.v1.customers.create_async({})
            outcomes.append("made")
        except stripe.APIError:
            outcomes.append("failed")
    assert outcomes == ["made", "failed", "failed", "made"]


# Webhooks


class Mailbox:
    """A server of ours that takes events; `open` tells whether it answers with 200."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{free_port()}/"
        self.taken: list[tuple[bytes, str]] = []
        self.open = True

    async def app(self, scope: Any, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = dict(scope["headers"])
        if self.open and body:
            self.taken.append((body, headers[b"stripe-signature"].decode()))
        await send(
            {"type": "http.response.start", "status": 200 if self.open else 500, "headers": []}
        )
        await send({"type": "http.response.body", "body": b""})

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.taken]


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    port = int(box.url.rsplit(":", 1)[1].strip("/"))
    server = Server(
        box.app,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        websockets=False,
    )
    task = asyncio.create_task(server.serve())
    await until_answering(port, task)
    yield box
    server.stop()  # type: ignore[no-untyped-call]
    await asyncio.wait([task], timeout=2)


@pytest.fixture
async def endpoint(till: Till, mailbox: Mailbox) -> AsyncIterator[Any]:
    """An endpoint whose events go out only when the test says so."""
    await till.control("posting", at_once="false")
    made = await till.v1.webhook_endpoints.create_async(
        {"url": mailbox.url, "enabled_events": ["payment_intent.succeeded", "charge.*"]}  # type: ignore[list-item]
    )
    yield made
    await till.v1.webhook_endpoints.delete_async(made.id)
    await till.control("posting", at_once="true")


async def test_events_are_signed_as_the_sdk_wants_them(
    till: Till, mailbox: Mailbox, endpoint: Any
) -> None:
    intent = await till.paid()
    await till.control("deliver")
    body, signature = mailbox.taken[-1]
    event = stripe.Webhook.construct_event(body, signature, endpoint.secret)
    assert event.type == "payment_intent.succeeded"
    assert event.data.object["id"] == intent.id
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", signature, endpoint.secret)


async def test_both_secrets_sign_while_one_is_changed_for_another(
    till: Till, mailbox: Mailbox, endpoint: Any
) -> None:
    fresh = (await till.control("webhook_endpoints/roll", endpoint=endpoint.id))["secret"]
    await till.paid()
    await till.control("deliver")
    body, signature = mailbox.taken[-1]
    for secret in (endpoint.secret, fresh):
        assert stripe.Webhook.construct_event(body, signature, secret)
    await till.wait(2)
    await till.paid()
    await till.control("deliver")
    body, signature = mailbox.taken[-1]
    assert stripe.Webhook.construct_event(body, signature, fresh)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, endpoint.secret)


async def test_an_event_that_was_not_taken_comes_again(
    till: Till, mailbox: Mailbox, endpoint: Any
) -> None:
    mailbox.open = False
    await till.paid()
    assert (await till.control("deliver"))["taken"] == 0
    mailbox.open = True
    assert (await till.control("deliver"))["taken"] == 0, "not before its time"
    await till.control("clock", seconds=5 * 60)
    assert (await till.control("deliver"))["taken"] == len(mailbox.taken) == 1


@pytest.mark.parametrize(
    ("mishap", "after"),
    [
        ("dropped", ["charge.succeeded"]),
        ("doubled", ["charge.succeeded", "payment_intent.succeeded", "payment_intent.succeeded"]),
        ("delayed", ["charge.succeeded"]),
    ],
)
async def test_events_get_lost_come_twice_or_late(
    till: Till, mailbox: Mailbox, endpoint: Any, mishap: str, after: list[str]
) -> None:
    await till.v1.webhook_endpoints.update_async(endpoint.id, {"enabled_events": ["*"]})
    await till.control("faults", kind=mishap, target="payment_intent.succeeded", seconds=600)
    await till.paid()
    await till.control("deliver")
    wanted = {"charge.succeeded", "payment_intent.succeeded"}
    assert [kind for kind in mailbox.types() if kind in wanted] == after
    await till.control("clock", seconds=600)
    await till.control("deliver")
    assert ("payment_intent.succeeded" in mailbox.types()) is (mishap != "dropped")


async def test_events_may_change_places(till: Till, mailbox: Mailbox, endpoint: Any) -> None:
    await till.v1.webhook_endpoints.update_async(
        endpoint.id, {"enabled_events": ["charge.succeeded", "payment_intent.succeeded"]}
    )
    await till.control("faults", kind="reordered", target="charge.succeeded")
    await till.paid()
    await till.control("deliver")
    assert mailbox.types() == ["payment_intent.succeeded", "charge.succeeded"]
