"""Who buys is told to nobody before an anonymous request is awarded, whoever asks for what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest

from market.base import clock, db
from market.base.access import Role
from market.trade.awards import complaints
from market.trade.awards.model import AnswerInput, ComplaintInput
from market.trade.proposals.counter_offers import operations as bargaining
from tests.client import Caller, Market, serving
from tests.conftest import Clone
from tests.routes import Route, every_route
from tests.world import awarding, awards, identity
from tests.world.proposals import countered

TITLE = "粉尘防爆整改咨询"
READS = [route for route in every_route() if route.method == "GET"]


class Masked(NamedTuple):
    """A request that was bid for, bargained over, judged, awarded and complained about."""

    market: Market
    readers: dict[str, Caller]
    buyer: Caller
    ids: dict[str, Any]
    marks: tuple[str, ...]


@pytest.fixture(scope="module")
async def masked(stocked: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Masked]:
    async with serving(stocked, tmp_path_factory.mktemp("anonymous")) as market:
        conn = await db.connect(market.addresses.app)
        end = await clock.now(conn) + awarding.HOUR
        contest = await awards.contest(
            conn, title=TITLE, secrecy="anonymous", deadline=end, questions_until=end
        )
        await awarding.passes(market.addresses.owner, awarding.HOUR)
        less = await countered(conn, price_minor=40_000_00)
        second = contest.proposals[1]
        offer = await bargaining.make_counter_offer(conn, contest.buyer, second.id, less)
        await bargaining.refuse_counter_offer(
            conn, contest.bidders[1].clerk, offer.id, "价格已是底线"
        )
        award = await awards.awarded(conn, contest)
        filed = await complaints.file_complaint(
            conn, contest.bidders[1].clerk, award.id, ComplaintInput(grounds="评分似有误，请复核。")
        )
        await complaints.answer_complaint(
            conn, contest.manager, filed.id, AnswerInput(upheld=False, answer="评分无误。")
        )
        above = await identity.person(conn, contest.bidders[1].unit, Role.LEADER)
        people = {
            "winner": contest.bidders[0].clerk,
            "loser": contest.bidders[1].clerk,
            "its leader": above,
            "stranger": await identity.person(conn, await identity.unit(conn), Role.CLERK),
        }
        house = (contest.buyer, contest.manager, *contest.judges)
        yield Masked(
            market,
            {name: await market.as_person(conn, actor) for name, actor in people.items()}
            | {"nobody": market.nobody},
            await market.as_person(conn, contest.buyer),
            {
                "request_id": contest.request.id,
                "proposal_id": second.id,
                "offer_id": offer.id,
                "award_id": award.id,
                "complaint_id": filed.id,
                "before": 1,
                "after": 2,
                "number": 1,
            },
            (
                str(contest.enterprise.id),
                contest.enterprise.name_zh,
                *(str(actor.person_id) for actor in house),
            ),
        )
        await conn.close()


def asked(masked: Masked, route: Route) -> str | None:
    """The route's address about the request, if all that it names is the request's."""
    if not set(route.parameters) <= set(masked.ids):
        return None
    return route.at({name: masked.ids[name] for name in route.parameters})


async def test_no_answer_names_who_buys(masked: Masked) -> None:
    leaks, told = [], 0
    for route in READS:
        path = asked(masked, route)
        for name, caller in masked.readers.items() if path else ():
            answer = await caller.get(str(path))
            text = f"{answer.text} {dict(answer.headers)}"
            about = any(str(each) in text for each in masked.ids.values() if each not in (1, 2))
            told += about and answer.is_success
            if (about or TITLE in text) and any(mark in text for mark in masked.marks):
                leaks.append((name, path, answer.text[:400]))
    assert leaks == []
    assert told > 20, "they read a great deal of it all the same"


async def test_the_buyer_himself_is_named_to_himself(masked: Masked) -> None:
    """Which shows that the marks are where they were looked for."""
    answer = await masked.buyer.get(f"/v1/awards/{masked.ids['award_id']}")
    assert answer.is_success
    assert any(mark in answer.text for mark in masked.marks)
