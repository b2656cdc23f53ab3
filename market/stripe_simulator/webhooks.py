"""Endpoints and the deliveries to them: signed, sent again for three days, in no sure order."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from typing import Final, NamedTuple

import httpx

from market.stripe_simulator import errors
from market.stripe_simulator.account import Account, Object
from market.stripe_simulator.faults import Faults, Mishap
from market.stripe_simulator.forms import Params

# When an event that was not taken is sent again, in seconds after the time before.
AGAIN_SECONDS: Final = (5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 12 * 3600, 12 * 3600)
PATIENCE_SECONDS: Final = 10
# How long the former secret of an endpoint signs as well after a new one was made.
ROTATION_SECONDS: Final = 86_400


class Delivery(NamedTuple):
    """An event on its way to an endpoint: its attempt, and not before when it goes."""

    endpoint: Object
    event: Object
    due_at: int
    attempt: int = 0


def create_endpoint(account: Account, params: Params) -> Object:
    wanted = params.items("enabled_events")
    if not wanted:
        raise errors.missing("enabled_events")
    return account.add(
        "webhook_endpoint",
        api_version=params.text("api_version"),
        application=None,
        description=params.text("description"),
        enabled_events=wanted,
        livemode=False,
        metadata=params.texts("metadata"),
        secret=_secret(),
        status="enabled",
        url=params.needed("url"),
    )


def update_endpoint(account: Account, params: Params, endpoint_id: str) -> Object:
    endpoint = account.find("webhook_endpoint", endpoint_id)
    url, wanted = params.text("url"), params.items("enabled_events")
    endpoint.update(url=url or endpoint["url"], enabled_events=wanted or endpoint["enabled_events"])
    if params.text("disabled") is not None:
        endpoint["status"] = "disabled" if params.flag("disabled") else "enabled"
    return endpoint


def delete_endpoint(account: Account, _params: Params, endpoint_id: str) -> Object:
    account.find("webhook_endpoint", endpoint_id)
    del account.objects["webhook_endpoint"][endpoint_id]
    return {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}


def roll_secret(account: Account, endpoint: Object) -> str:
    """A new secret; for a day the old one signs beside it."""
    endpoint["_former"] = (endpoint["secret"], account.now() + ROTATION_SECONDS)
    endpoint["secret"] = _secret()
    return str(endpoint["secret"])


def _secret() -> str:
    return f"whsec_{secrets.token_urlsafe(24)}"


def signature(endpoint: Object, body: bytes, now: int) -> str:
    """The header `Stripe-Signature`: one `v1` for each secret that holds now."""
    holding = [endpoint["secret"]]
    former = endpoint.get("_former")
    if former is not None and former[1] > now:
        holding.append(former[0])
    signed = f"{now}.".encode() + body
    marks = (hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in holding)
    return ",".join([f"t={now}", *(f"v1={mark}" for mark in marks)])


class Postman:
    """Carries what the accounts have waiting; faults of the way strike here."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.bag: list[Delivery] = []
        self.held: list[Delivery] = []  # these let one other go before them
        self.client = httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False)

    def collect(self, account: Account) -> None:
        """Take what waits into the bag, with the mishaps that were ordered for it."""
        for endpoint, event in account.waiting:
            self._take(Delivery(endpoint, event, account.now()))
        account.waiting.clear()

    def _take(self, delivery: Delivery) -> None:
        struck = self.faults.strike(delivery.event["type"], Mishap)
        if struck is None:
            self.bag += [delivery, *self.held]
            self.held.clear()
            return
        mishap, order = struck
        if mishap is Mishap.DOUBLED:
            self.bag += [delivery, delivery]
        elif mishap is Mishap.DELAYED:
            self.bag.append(delivery._replace(due_at=delivery.due_at + (order.seconds or 3600)))
        elif mishap is Mishap.REORDERED:
            self.held.append(delivery)

    async def deliver(self, now: int) -> int:
        """Send what is due, one after the other; tells how many were taken."""
        self.bag += self.held
        self.held.clear()
        due = [delivery for delivery in self.bag if delivery.due_at <= now]
        self.bag = [delivery for delivery in self.bag if delivery.due_at > now]
        taken = 0
        for delivery in due:
            if await self._send(delivery, now):
                taken += 1
            elif delivery.attempt < len(AGAIN_SECONDS):
                wait = AGAIN_SECONDS[delivery.attempt]
                self.bag.append(delivery._replace(due_at=now + wait, attempt=delivery.attempt + 1))
        return taken

    async def _send(self, delivery: Delivery, now: int) -> bool:
        body = json.dumps(delivery.event, indent=2).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            # Not behind the world's time, whatever day is played: old signatures are refused.
            "Stripe-Signature": signature(delivery.endpoint, body, max(now, int(time.time()))),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            answer = await self.client.post(delivery.endpoint["url"], content=body, headers=headers)
        except httpx.HTTPError:
            return False
        if answer.is_success:
            delivery.event["pending_webhooks"] = max(0, delivery.event["pending_webhooks"] - 1)
        return answer.is_success

    async def close(self) -> None:
        await self.client.aclose()
