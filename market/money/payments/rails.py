"""The rails that go through Stripe: one account for each unit with books of its own.

A unit without one is paid by bank transfer alone, and everything else of the market works.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import stripe
import structlog

from market.base import db
from market.base.db import Connection, Pool
from market.base.files import Shelf
from market.base.stripe_accounts import StripeAccount

# A call that is silent for so long is taken as lost, and what came of it is read later.
TIMEOUT_SECONDS: Final = 10
NO_UNIT: Final = (
    "没有以此为编号前缀的单位，该 Stripe 账户暂不使用。请核对 MARKET_STRIPE_ACCOUNTS 中的 unit。 "
    "No unit has this number prefix, so the account is not used. Check unit in "
    "MARKET_STRIPE_ACCOUNTS."
)

log = structlog.get_logger("market.stripe")

# Under this name Stripe keeps the id of our row with what it makes for it.
METADATA: Final = "online_payment"
REFUND_METADATA: Final = "refund"
EVIDENCE_METADATA: Final = "chargeback_evidence"


class Rail:
    """One unit's account: the SDK's services; ``shelf`` holds what is uploaded to it."""

    def __init__(
        self,
        unit_id: UUID,
        account: StripeAccount,
        http: stripe.HTTPClient,
        public_url: str,
        shelf: Shelf | None = None,
    ) -> None:
        self.unit_id = unit_id
        self.public_url = public_url
        self.shelf = shelf
        base = account.api_base
        places: Any = {"api": base, "files": base} if base else {}
        # Whoever repeats a call decides so himself, after reading what came of the first.
        client = stripe.StripeClient(
            account.key, base_addresses=places, http_client=http, max_network_retries=0
        )
        self.v1 = client.v1


class Rails:
    """The accounts that this process knows, found by the unit whose books they are."""

    def __init__(
        self,
        accounts: Sequence[StripeAccount],
        http: stripe.HTTPClient,
        public_url: str,
        shelf: Shelf | None = None,
    ) -> None:
        self._shelf = shelf
        self._accounts = {account.unit: account for account in accounts}
        self._http = http
        self._public_url = public_url

    def __bool__(self) -> bool:
        return bool(self._accounts)

    async def all(self, conn: Connection) -> list[Rail]:
        """Those whose units are there; the others wait until they are founded."""
        records = await conn.fetch(
            """SELECT number_prefix, id FROM organisation
               WHERE number_prefix = ANY($1::text[]) ORDER BY number_prefix""",
            list(self._accounts),
        )
        return [self._rail(prefix, unit_id) for prefix, unit_id in records]

    async def unknown(self, conn: Connection) -> list[str]:
        """The prefixes of the accounts that are of no unit yet: nobody can pay through them."""
        records = await conn.fetch(
            """SELECT p.prefix FROM unnest($1::text[]) AS p (prefix)
               WHERE NOT EXISTS (SELECT FROM organisation o WHERE o.number_prefix = p.prefix)
               ORDER BY p.prefix""",
            list(self._accounts),
        )
        return [prefix for (prefix,) in records]

    async def of(self, conn: Connection, unit_id: UUID) -> Rail | None:
        prefix = await conn.fetchval(
            "SELECT number_prefix FROM organisation WHERE id = $1", unit_id
        )
        return self._rail(prefix, unit_id) if prefix in self._accounts else None

    def secrets_of(self, prefix: str) -> tuple[str, ...]:
        """What events to a unit are signed with; nothing where there is no such account."""
        account = self._accounts.get(prefix)
        return account.webhook_secrets if account else ()

    def _rail(self, prefix: str, unit_id: UUID) -> Rail:
        account = self._accounts[prefix]
        return Rail(unit_id, account, self._http, self._public_url, self._shelf)


async def warn_of_unknown(pool: Pool, rails: Rails) -> None:
    """Tell whoever starts the market of each account whose prefix is misspelt, or not yet used."""
    if not rails:
        return
    async with db.lease(pool) as conn:
        unknown = await rails.unknown(conn)
    for prefix in unknown:
        log.warning("stripe_account_of_no_unit", number_prefix=prefix, note=NO_UNIT)


@asynccontextmanager
async def opened(
    accounts: Sequence[StripeAccount],
    public_url: str,
    *,
    shelf: Shelf | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> AsyncIterator[Rails]:
    """Only the worker, which uploads files, needs their ``shelf``."""
    http = stripe.HTTPXClient(timeout=timeout_seconds)
    try:
        yield Rails(accounts, http, public_url, shelf)
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]


def id_of(reference: Any) -> str | None:
    """Stripe tells an object by its id, or as itself where it was asked to expand it."""
    return reference if reference is None or isinstance(reference, str) else reference.id
