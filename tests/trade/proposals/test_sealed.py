"""Before the deadline nothing that anybody is told gives a sealed proposal away.

Secrets are planted in a proposal of a unit that has the access test's ``above`` over it, for a
request of its ``enterprise``; then everybody asks for everything, and the log, the letters, the
metrics and the written lines are read as well.
"""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx
import pytest

from market.base import db
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection, columns
from market.base.events import Event
from market.identity.organisations.model import Organisation
from market.identity.roles import queries as role_queries
from market.notifications import operations as notifications
from market.notifications.notices import NOTICES
from market.trade.proposals import operations
from market.trade.proposals.model import FullProposal
from tests.access.entry import Entry, Public
from tests.access.seats import Place, Seat
from tests.access.stage import entries_of
from tests.access.world import ABSENT, World, prepare
from tests.base.test_logs import told as written
from tests.client import Caller, Market, serving
from tests.conftest import Clone
from tests.routes import Route, every_route
from tests.world import catalogue, identity, proposals, requests
from tests.world.proposals import Bidder, change

__all__ = ["written"]

PRICE_MINOR: Final = 48_151_623
# However a text may say it: the price, words of plan and draft. Ids may hold any few digits.
SECRETS: Final = re.compile(r"\b48151623\b|\b481[,， ]?516[.]23|紫铜垫片|冷焊密封|四氟乙烯")
READS: Final = [route for route in every_route() if route.method == "GET"]
EVERYWHERE: Final = (
    "auditor",
    "turncoat",
    "nobody",
    "above administrator",
    "above auditor",
    "above leader",
    "enterprise buyer",
    "far_unit clerk",
)
ABOUT_PROPOSALS: Final = re.compile("proposal|counter-offer|enterprise-request|/files")


class Planted(NamedTuple):
    """The sealed proposal, what would name its author, and who asks."""

    market: Market
    world: World
    proposal: FullProposal
    author: tuple[str, ...]
    file_id: UUID
    bidder: Caller
    callers: dict[str, Caller]
    addresses: set[str]

    def asks(self, route: Route) -> dict[str, Caller]:
        """Everybody where requests and proposals are read; elsewhere those who see the most."""
        if ABOUT_PROPOSALS.search(route.path):
            return self.callers
        return {name: self.callers[name] for name in EVERYWHERE}

    def place(self, name: str) -> Any:
        """What stands for a parameter of a path: the planted thing of that name, if there is."""
        return {
            "request_id": self.proposal.request_id,
            "proposal_id": self.proposal.id,
            "unit_id": self.proposal.unit_id,
            "organisation_id": self.proposal.unit_id,
            "file_id": self.file_id,
            "before": 1,
            "after": 2,
        }.get(name)


@pytest.fixture(scope="module")
async def planted(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Planted]:
    async with serving(clone, tmp_path_factory.mktemp("sealed")) as market:
        conn = await db.connect(market.addresses.app)
        world = await prepare(conn, market)
        yield await _plant(conn, market, world)
        await conn.close()


async def _plant(conn: Connection, market: Market, world: World) -> Planted:
    buyer = world.actors[Seat(Place.ENTERPRISE, Role.BUYER)]
    unit = await identity.unit(conn, parent=world.organisations[Place.ABOVE])
    clerk = await identity.person(conn, unit, Role.CLERK, name="秘标经办")
    bidder = Bidder(unit, clerk, await catalogue.enrolled_member(conn, unit))
    request = await requests.opened(conn, buyer, title="电除尘阴极线断裂", secrecy="public")
    file_id = await catalogue.stored_file(conn, clerk)
    made = await proposals.submitted(
        conn,
        bidder,
        request,
        price_minor=PRICE_MINOR,
        plan="以紫铜垫片替换原垫片。",
        file_ids=[file_id],
    )
    for plan in ("紫铜垫片，外加冷焊密封。", "冷焊密封，再涂四氟乙烯。"):
        edited = await operations.change_proposal(conn, clerk, made.id, change(plan=plan))
        if plan.startswith("紫铜"):
            edited = await operations.submit_proposal(conn, clerk, made.id)
    people = {
        "auditor": await identity.person(conn, unit, Role.AUDITOR),
        "turncoat": await _turncoat(conn, unit, world),
    }
    callers = {name: await market.as_person(conn, actor) for name, actor in people.items()}
    callers |= {
        str(seat): caller for (seat, how), caller in world.callers.items() if how == "cookie"
    }
    return Planted(
        market,
        world,
        edited,
        (str(unit.id), unit.name_zh, str(clerk.person_id), "秘标经办", str(bidder.member_id)),
        file_id,
        await market.as_person(conn, clerk),
        callers | {"nobody": market.nobody},
        await _addresses(conn, unit),
    )


async def _turncoat(conn: Connection, unit: Organisation, world: World) -> Actor:
    """A leader of the bidding unit who buys for the enterprise, too."""
    leader = await identity.person(conn, unit, Role.LEADER)
    await identity.also(conn, leader, world.organisations[Place.ENTERPRISE], Role.BUYER)
    return leader


async def _addresses(conn: Connection, unit: Organisation) -> set[str]:
    """Of those who speak for the unit, but for the one who is at the buyer as well."""
    async with db.act(conn, SYSTEM):
        held = await role_queries.holders(conn, unit.id, Role.CLERK)
    people = [await identity.signed_in(conn, person_id, unit.id) for person_id in held]
    return {await identity.email_of(conn, person) for person in people}


def _requests(planted: Planted, route: Route) -> list[tuple[str, dict[str, str]]]:
    """Paths with the planted ids in them, and what is asked for in the query."""
    found = []
    for entry in entries_of(route):
        assert isinstance(entry, Entry | Public)
        values = {
            name: planted.place(name) or planted.world.of(entry.at.get(name, ABSENT))
            for name in route.parameters
        }
        query = {name: str(planted.world.of(value)) for name, value in entry.query.items()}
        if "q" in route.queries:
            query["q"] = "紫铜垫片"
        for name in ("unit_id", "organisation_id"):
            if name in route.queries:
                query[name] = str(planted.proposal.unit_id)
        found.append((route.at(values), query))
    return found


def _gives_away(planted: Planted, path: str, answer: httpx.Response) -> bool:
    """Whether it says a secret, the proposal's id unasked, or request and author together."""
    told = f"{answer.text} {dict(answer.headers)}"
    if SECRETS.search(told.replace("q=" + "紫铜垫片", "")):
        return True
    if str(planted.proposal.id) in told and str(planted.proposal.id) not in path:
        return True
    if str(planted.file_id) in path and answer.is_success:
        return True
    about = str(planted.proposal.request_id) in told or "电除尘阴极线断裂" in told
    return about and any(mark in told for mark in planted.author if mark not in path)


async def test_no_answer_to_anybody_gives_it_away(planted: Planted, written: io.StringIO) -> None:
    leaks = []
    for route in READS:
        for path, query in _requests(planted, route):
            for name, caller in planted.asks(route).items():
                answer = await caller.get(path, params=query)
                assert answer.status_code < 500, (name, path, answer.text)
                if _gives_away(planted, path, answer):
                    leaks.append((name, path, answer.text[:300]))
    assert leaks == []
    assert SECRETS.search(written.getvalue()) is None


async def test_its_own_unit_reads_all_of_it(planted: Planted) -> None:
    """Which shows that the secrets are where they were looked for."""
    answer = await planted.bidder.get(f"/v1/proposals/{planted.proposal.id}")
    assert len(set(SECRETS.findall(answer.text))) >= 4
    listed = await planted.bidder.get(
        f"/v1/enterprise-requests/{planted.proposal.request_id}/proposals"
    )
    assert [each["id"] for each in listed.json()["items"]] == [str(planted.proposal.id)]


async def test_every_act_of_others_is_refused_as_for_an_absent_one_and_noted(
    planted: Planted,
) -> None:
    """Each attempt is in the log for ever, by the id as it was sent."""
    log = await db.connect(planted.market.addresses.auditor)
    for proposal_id in (str(planted.proposal.id), ABSENT):
        before = await _attempts(log, proposal_id)
        answers = [
            await caller.request(method, f"/v1/proposals/{proposal_id}{rest}", json=body, headers=h)
            for name, caller in planted.callers.items()
            if name != "nobody"
            for method, rest, body, h in ACTS
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert await _attempts(log, proposal_id) - before == len(answers)
    await log.close()


ANY: Final = {"if-match": '"1"'}
ACTS: Final[list[tuple[str, str, Any, dict[str, str]]]] = [
    ("GET", "", None, {}),
    ("GET", "/revisions", None, {}),
    ("GET", "/counter-offers", None, {}),
    ("GET", f"/attachments/{ABSENT}", None, {}),
    ("PATCH", "", {"plan": "改"}, ANY),
    ("PUT", "/submission", None, {}),
    ("PUT", "/submission", None, {"idempotency-key": "guessed"}),
    ("PUT", "/withdrawal", {"reason": "撤回"}, {}),
    ("POST", "/counter-offers", {"answer_by": "2089-01-01T00:00:00Z", "quantity": 2}, {}),
]


async def _attempts(log: Connection, proposal_id: str) -> int:
    count: int = await log.fetchval(
        "SELECT count(*) FROM sealed_access_attempt WHERE asked_id = $1 AND subject = 'proposal'",
        proposal_id,
    )
    return count


async def test_neither_log_nor_letters_nor_metrics_give_it_away(planted: Planted) -> None:
    """The log names who acted and what moved, nothing of what was said."""
    addresses = planted.market.addresses
    worker, app = await db.connect(addresses.worker), await db.connect(addresses.app)
    records = await worker.fetch(f"SELECT {columns(Event)} FROM event ORDER BY id")
    for record in records:
        event = Event(*record)
        assert SECRETS.search(str(event.changed)) is None
        if event.name in NOTICES and event.subject_id == planted.proposal.id:
            async with db.act(app, SYSTEM):
                await notifications.tell(app, event)
    mails = await worker.fetch("SELECT to_address, subject || body AS text FROM mail")
    about = [each for each in mails if "电除尘阴极线断裂" in each["text"]]
    assert not [each for each in mails if SECRETS.search(each["text"])]
    assert {each["to_address"] for each in about} <= planted.addresses
    for connection in (worker, app):
        await connection.close()
    metrics = await planted.market.client.get("/metrics")
    assert str(planted.proposal.request_id) not in metrics.text
