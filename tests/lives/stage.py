"""The market that lives are played in: one unit with its people, and a buyer for each life."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import httpx
import msgspec
import stripe as sdk

from market.base import clock, db
from market.base.access import Actor, Role
from market.base.db import Connection, Pool
from market.base.embedded import Dsns
from market.base.stripe_accounts import StripeAccount
from market.identity.organisations.model import Organisation
from market.ledger import operations as ledger
from market.money.payments.rails import Rail, Rails
from market.trade.catalogue.model import Offering
from market.trade.contracts import operations as contract_operations
from market.trade.contracts.model import FullContract
from tests.client import OneConnection
from tests.lives.model import Invoice, Milestone, Person, When
from tests.world import contracts, identity, invoicing, money, performance
from tests.world.contracts import Cast
from tests.world.invoicing import Deal
from tests.world.money import Bank
from tests.world.money import Line as Movement

PEOPLE: Final = {
    "finance": Person("finance", frozenset({"finance"})),
    "colleague": Person("colleague", frozenset({"finance"})),
    "leader": Person("leader", frozenset({"leader"})),
    "deputy": Person("deputy", frozenset({"leader"})),
    "cashier": Person("cashier", frozenset({"cashier"})),
    "buyer": Person("buyer", frozenset({"buyer"})),
    "stranger": Person("stranger", frozenset()),
    # Who is finance and leader in one, under the name of the first.
    "both": Person("finance", frozenset({"finance", "leader"})),
}
DAYS: Final[dict[When, int]] = {"late": -3, "today": 0, "ahead": 10}
FAR_DAYS: Final = 40
TIMEOUT_SECONDS: Final = 30
STATEMENTS: Final = 2_000


class Died(BaseException):
    """The worker's process is gone, with Stripe's answer in its hand."""


class Mortal(sdk.HTTPXClient):
    """The way to Stripe of a worker that dies once its call has been answered."""

    async def request_async(
        self, method: str, url: str, headers: Any, post_data: Any = None
    ) -> tuple[bytes, int, Any]:
        answer = await super().request_async(method, url, headers, post_data)
        if method == "post":
            raise Died
        return answer


class Stage(NamedTuple):
    """``onlooker`` reads whatever is there, as the auditor."""

    addresses: Dsns
    pool: Pool
    conn: Connection
    onlooker: asyncpg.Connection[Any]
    cast: Cast
    offering: Offering
    people: dict[str, Actor]
    bank: Bank
    simulator: str
    http: httpx.AsyncClient
    ways: tuple[sdk.HTTPXClient, Mortal]

    @property
    def unit(self) -> Organisation:
        return self.cast.unit


@asynccontextmanager
async def opened(addresses: Dsns, simulator: str) -> AsyncIterator[Stage]:
    logging.getLogger("stripe").setLevel(
        logging.WARNING
    )  # thousands of calls would be written down
    conn = await _planned_once(addresses.app)
    onlooker = await _planned_once(addresses.auditor)
    pool: Any = OneConnection(conn)
    ways = sdk.HTTPXClient(timeout=TIMEOUT_SECONDS), Mortal(timeout=TIMEOUT_SECONDS)
    try:
        await db.prepare_connection(conn)
        async with httpx.AsyncClient(trust_env=False) as http:
            cast = await contracts.cast(conn)
            bank = await money.bank_of(conn, cast.unit, cast.finance, cast.leader)
            yield Stage(
                addresses=addresses,
                pool=pool,
                conn=conn,
                onlooker=onlooker,
                cast=cast,
                offering=await contracts.published(conn, cast),
                people=await _people(conn, cast),
                bank=bank,
                simulator=simulator,
                http=http,
                ways=ways,
            )
    finally:
        for way in ways:
            await way.close_async()  # type: ignore[no-untyped-call]
        await onlooker.close()
        await conn.close()


async def _planned_once(address: str) -> asyncpg.Connection[Any]:
    """Each statement is planned once for all lives, which costs more than most of them do."""
    return await asyncpg.connect(
        address,
        connection_class=db.MarketConnection,
        statement_cache_size=STATEMENTS,
        max_cached_statement_lifetime=0,
        server_settings={"plan_cache_mode": "force_generic_plan"},
    )


async def _people(conn: Connection, cast: Cast) -> dict[str, Actor]:
    elsewhere = await identity.unit(conn)
    return {
        "finance": cast.finance,
        "colleague": await identity.person(conn, cast.unit, Role.FINANCE),
        "leader": cast.leader,
        "deputy": await identity.person(conn, cast.unit, Role.LEADER),
        "cashier": await identity.person(conn, cast.unit, Role.CASHIER),
        "stranger": await identity.person(conn, elsewhere, Role.FINANCE),
        "both": msgspec.structs.replace(
            cast.finance,
            roles=cast.finance.roles | cast.leader.roles,
            approves_for=cast.leader.approves_for,
        ),
    }


class Instalment(NamedTuple):
    """What is agreed to be paid: ``far`` where it may not be asked for yet."""

    id: UUID
    amount: int
    net: int
    vat: int
    when: When
    far: bool

    def invoice(self) -> Invoice:
        return Invoice(self.amount, self.net, self.vat, self.when, "")


class Play(NamedTuple):
    """One life: a buyer, his contract with its first milestone begun, an account with Stripe."""

    deal: Deal
    instalments: list[Instalment]
    key: str
    rail: Rail
    mortal: Rail
    rails: Rails
    since: int
    last_line: UUID

    @property
    def contract(self) -> FullContract:
        return self.deal.contract

    def milestones(self) -> list[Milestone]:
        return [Milestone(one.id, one.net_minor) for one in self.contract.milestones]


async def begun(stage: Stage, wanted: list[tuple[int, When, bool]], second: int) -> Play:
    """Instalments of these amounts and days; the second milestone is worth ``second``."""
    conn = stage.conn
    enterprise = await identity.enterprise(conn)
    people = msgspec.structs.replace(
        stage.cast,
        enterprise=enterprise,
        buyer=await identity.person(conn, enterprise, Role.BUYER),
        buyer_signatory=await contracts.signatory(conn, enterprise),
    )
    deal = await _contract(stage, people, wanted, second)
    await invoicing.started(conn, deal)
    await ledger.fold_tallies(conn)
    account = StripeAccount(
        unit=stage.unit.number_prefix or "",
        key=f"sk_test_{secrets.token_hex(6)}",
        webhook_secrets=("whsec_nobody",),
        api_base=stage.simulator,
    )
    steady, mortal = (Rails([account], way, "http://127.0.0.1:1") for way in stage.ways)
    async with db.look(conn, people.finance):
        rail = await steady.of(conn, stage.unit.id)
        dying = await mortal.of(conn, stage.unit.id)
    assert rail is not None
    assert dying is not None
    since = await stage.onlooker.fetchval("SELECT coalesce(max(id), 0) FROM posting")
    instalments = [
        Instalment(one.id, one.amount_minor, one.net_minor, one.vat_minor, when, far)
        for one, (_, when, far) in zip(deal.instalments, wanted, strict=True)
    ]
    last_line = await stage.onlooker.fetchval(
        "SELECT coalesce((SELECT id FROM stripe_line ORDER BY id DESC LIMIT 1), $1)", UUID(int=0)
    )
    return Play(deal, instalments, account.key, rail, dying, steady, since, last_line)


async def _contract(
    stage: Stage, people: Cast, wanted: list[tuple[int, When, bool]], second: int
) -> Deal:
    conn, today = stage.conn, await clock.today(stage.conn)
    price = sum(amount for amount, _, _ in wanted)
    order = contracts.new_order(stage.offering)
    contract = await contract_operations.order_offering(
        conn, people.buyer, stage.offering.id, order
    )
    milestones = [
        {
            "title": f"第{place}步",
            "deliverable": "报告",
            "acceptance_criteria": "符合验收标准",
            "price_minor": minor,
            "due_on": today + timedelta(days=30 * place),
        }
        for place, minor in enumerate((price - second, second), 1)
    ]
    days = [FAR_DAYS if far else DAYS[when] for _, when, far in wanted]
    instalments = [
        invoicing.dated(amount, today + timedelta(days=after))
        for (amount, _, _), after in zip(wanted, days, strict=True)
    ]
    terms = contracts.full_terms(
        contract, today, milestones=milestones, instalments=msgspec.to_builtins(instalments)
    )
    drafted = await contract_operations.edit_terms(
        conn, people.clerk, contract.id, terms, contract.version
    )
    stranger = stage.people["stranger"]
    return await invoicing.in_force(conn, Deal(people, stage.offering, drafted, stranger))


async def accepted(stage: Stage, play: Play, place: int) -> None:
    await performance.accept(stage.conn, play.deal, place)


async def transferred(stage: Stage, movements: list[Movement]) -> list[UUID]:
    """A file of the bank with these movements; tells the lines, in their order."""
    bank = await money.second_account(stage.conn, stage.bank)
    taken = await money.imported(stage.conn, bank, movements)
    return [one.line_id for one in taken.outcomes]


async def lines_since(stage: Stage, since: UUID) -> list[UUID]:
    """Of Stripe's balance, as they were booked."""
    told = await stage.onlooker.fetch("SELECT id FROM stripe_line WHERE id > $1 ORDER BY id", since)
    return [record["id"] for record in told]


async def chargeback_of(stage: Stage, dispute_id: str) -> UUID:
    found: UUID = await stage.onlooker.fetchval(
        "SELECT id FROM chargeback WHERE dispute_id = $1", dispute_id
    )
    return found
