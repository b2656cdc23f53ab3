"""Where Stripe sends its events, and where its page sends a payer back to.

Neither is a part of the API that programs of ours use, so the description leaves them out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from market.base.web import JSON, Door
from market.money.payments.stripe_events import operations

DONE: Final = Path(__file__).with_name("payment-done.html").read_text("utf-8")
POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
PUBLIC: Final = {"public": True}


@post("/stripe/{unit:str}/events", opt=PUBLIC, include_in_schema=False, status_code=200)
async def receive_stripe_event(door: NamedDependency[Door], unit: FromPath[str]) -> Response[bytes]:
    """``unit`` is the number prefix under which the unit's account is set up."""
    intake: operations.Intake = door.request.app.state.stripe_intake
    received = await intake.receive(
        unit, await door.request.body(), door.request.headers.get("stripe-signature")
    )
    return Response(msgspec.json.encode(received), media_type=JSON)


@get("/payment-done", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def payment_done() -> Response[str]:
    """Where Stripe's page leads when a payer is done with it, or gave up."""
    return Response(DONE, media_type="text/html", headers={"Content-Security-Policy": POLICY})


ROUTES: Final = [receive_stripe_event, payment_done]
