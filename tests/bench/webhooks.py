"""The cells of Stripe's events: kept by shared commits, one by one, and by pgbench; and a burst."""

from __future__ import annotations

import hashlib
import hmac
import time
from itertools import count
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec

from market.base.access import SYSTEM
from market.base.stripe_accounts import StripeAccount
from tests.bench import measure, place
from tests.bench.load import Requests
from tests.bench.measure import Cell, Http, Results
from tests.bench.pgbench import Script
from tests.bench.place import LIMIT, Server
from tests.bench.world import World

CELL: Final = "webhook"
EVENTS: Final = 10_000
BURST: Final = f"burst of {EVENTS:,} webhooks at half the peak"
SECRET: Final = "whsec_of-the-bench"
# As large as an event about a charge is, nearly all of it about the charge.
CHARGE: Final = "ch_3QbenchAAAAAAAAAAAAAAAA"
ABOUT: Final = {"id": CHARGE, "object": "charge", "metadata": {"note": "x" * 2500}}


class Events:
    """Events to one unit, no two alike; knows how many it made."""

    def __init__(self, about: World) -> None:
        assert about.unit.number_prefix is not None, "a legal person has a prefix"
        self.unit = about.unit.number_prefix
        self.made = 0

    def account(self, folder: Path) -> Path:
        """The file of accounts that a server is told of."""
        account = StripeAccount(
            unit=self.unit, key="sk_test_of_the_bench", webhook_secrets=(SECRET,)
        )
        file = folder / "stripe.json"
        file.write_bytes(msgspec.json.encode([account]))
        file.chmod(0o600)
        return file

    def requests(self, way: str = "events") -> Requests:
        run = uuid4().hex
        for number in count():
            self.made += 1
            yield self._request(f"evt_{run}{number}", way)

    def _request(self, event_id: str, way: str) -> bytes:
        event = {"id": event_id, "object": "event", "type": "charge.updated"}
        content = msgspec.json.encode({**event, "data": {"object": ABOUT}})
        stamp = b"%d" % time.time()
        signature = hmac.new(SECRET.encode(), stamp + b"." + content, hashlib.sha256).hexdigest()
        head = (
            f"POST /stripe/{self.unit}/{way} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
            f"Stripe-Signature: t={stamp.decode()},v1={signature}\r\n\r\n"
        )
        return head.encode() + content


def intake(ours: Server, events: Events, about: World) -> Cell:
    """Each is verified and kept before it is answered."""
    return Cell(
        CELL,
        {
            "ours": Http(ours, events.requests),
            "one by one": Http(ours, lambda: events.requests("one-event")),
            "pgbench": _insert(about),
        },
    )


def _insert(about: World) -> Script:
    """What is sent for one event, a commit for each, and nothing verified."""
    payload = msgspec.json.encode({"data": {"object": ABOUT}}).decode().replace(":", "\\x3a")
    return Script(
        f"""BEGIN;
INSERT INTO stripe_event (books_unit_id, event_id, name, object_id, payload) \
SELECT '{about.unit.id}'::uuid, 'evt_' || uuidv7() || left(w.actor, 0), 'charge.updated', \
'{CHARGE}', E'{payload}' FROM (SELECT set_config('market.actor', '{SYSTEM.person_id}', true) \
AS actor, set_config('market.organisation', '', true) AS organisation OFFSET 0) AS w \
ON CONFLICT DO NOTHING;
COMMIT;
""",
        database=LIMIT,
    )


async def burst(ours: Server, events: Events, peak: float) -> Results:
    """At half of what can be kept, each counted from when it was due."""
    rate = peak / 2
    return await measure.at_rate(ours, events.requests(), rate=rate, seconds=EVENTS / rate)


async def lost(dsn: str, events: Events) -> list[str]:
    """All were answered: all must be there."""
    kept = await place.ask(dsn, "SELECT count(*) FROM stripe_event WHERE event_id LIKE 'evt_%'")
    return [] if kept == events.made else [f"of {events.made} events answered, {kept} are kept"]
