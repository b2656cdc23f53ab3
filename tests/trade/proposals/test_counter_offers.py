"""After the deadline terms change only by counter-offers that the other side has accepted."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import msgspec
import pytest

from market.base import clock, db
from market.base.access import SYSTEM, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.trade.proposals import model as proposal_model
from market.trade.proposals import operations as proposing
from market.trade.proposals import queries as proposal_queries
from market.trade.proposals import rules
from market.trade.proposals.counter_offers import model, operations, queries
from market.trade.proposals.model import FullProposal
from market.trade.proposals.terms import terms_of
from tests.trade.enterprise_requests.conftest import Cast, SetClock
from tests.trade.proposals.conftest import Bids
from tests.world import identity, proposals, requests
from tests.world.proposals import countered


@pytest.fixture
async def opened(conn: Connection, cast: Cast, bids: Bids, at: SetClock) -> FullProposal:
    request = await requests.opened(conn, cast.buyer)
    made = await proposals.submitted(conn, bids.first, request)
    await at(request.deadline)
    await proposing.settle(conn, made.id)
    return made


async def binding(conn: Connection, made: FullProposal) -> tuple[int | None, int | None]:
    """The number and the price that bind."""
    async with db.act(conn, SYSTEM):
        found = await proposal_queries.find_proposal(conn, SYSTEM, made.id)
    return found.number, found.price_minor


async def test_it_binds_once_the_other_side_accepts_and_not_before(
    conn: Connection, cast: Cast, bids: Bids, opened: FullProposal
) -> None:
    less = await countered(conn, price_minor=45_000_00)
    offer = await operations.make_counter_offer(conn, cast.buyer, opened.id, less)
    assert [each.field for each in offer.changes] == ["price_minor", "milestones", "instalments"]
    assert msgspec.convert(msgspec.to_builtins(offer), model.FullCounterOffer).id == offer.id
    assert (offer.changes[0].before, offer.changes[0].after) == (48_000_00, 45_000_00)
    assert await binding(conn, opened) == (1, 48_000_00)
    with pytest.raises(model.OwnCounterOffer):
        await operations.accept_counter_offer(conn, cast.buyer, offer.id)
    done = await operations.accept_counter_offer(conn, bids.leader, offer.id)
    assert (done.state, done.answered_by_me) == ("accepted", True)
    assert await binding(conn, opened) == (2, 45_000_00)
    assert await operations.accept_counter_offer(conn, bids.leader, offer.id) == done
    with pytest.raises(WrongMove):
        await operations.refuse_counter_offer(conn, bids.first.clerk, offer.id, "不行")


async def test_refused_or_unanswered_it_leaves_the_terms(
    conn: Connection, cast: Cast, bids: Bids, opened: FullProposal, at: SetClock
) -> None:
    longer = await countered(conn, valid_until="2090-01-01")
    first = await operations.make_counter_offer(conn, bids.first.clerk, opened.id, longer)
    with pytest.raises(model.CounterOfferPending):
        await operations.make_counter_offer(
            conn, cast.buyer, opened.id, await countered(conn, price_minor=40_000_00)
        )
    await operations.refuse_counter_offer(conn, cast.buyer, first.id, "有效期已够")
    second = await operations.make_counter_offer(conn, bids.first.clerk, opened.id, longer)
    await at(second.answer_by)
    async with db.act(conn, cast.buyer):
        assert (await queries.find_offer(conn, cast.buyer, second.id)).state == "lapsed"
    # Nobody has written it down, yet the next one is made, and the last one cannot be accepted.
    third = await operations.make_counter_offer(
        conn, cast.buyer, opened.id, await countered(conn, price_minor=40_000_00)
    )
    with pytest.raises(WrongMove):
        await operations.accept_counter_offer(conn, cast.buyer, second.id)
    assert third.base_number == 1
    assert await binding(conn, opened) == (1, 48_000_00)


async def test_sums_are_checked_as_at_the_submission(
    conn: Connection, cast: Cast, bids: Bids, opened: FullProposal
) -> None:
    for fields, refusal in (
        ({"milestones": [proposals.milestone("全部", 1)]}, proposal_model.PartsDoNotSum),
        ({"valid_until": "2026-01-01"}, proposal_model.ValidityTooShort),
        ({"member_ids": [opened.id]}, proposal_model.MemberUnknown),
        ({"plan": opened.binding.plan if opened.binding else ""}, model.NothingCountered),
        ({"answer_by": opened.created_at, "quantity": 2}, model.AnswerTimePast),
    ):
        data = await countered(conn, **fields)
        with pytest.raises(refusal):
            await operations.make_counter_offer(conn, bids.first.clerk, opened.id, data)
    data = await countered(conn, member_ids=[], quantity=2)
    with pytest.raises(model.NotTheBuyersToSay):
        await operations.make_counter_offer(conn, cast.buyer, opened.id, data)


async def test_only_the_two_sides_bargain_each_with_one_hat(
    conn: Connection, cast: Cast, bids: Bids, opened: FullProposal
) -> None:
    data = await countered(conn, quantity=2)
    with pytest.raises(model.NotABargainer):
        await operations.make_counter_offer(conn, bids.member, opened.id, data)
    for stranger in (cast.other_buyer, bids.second.clerk):
        with pytest.raises(NotFound):
            await operations.make_counter_offer(conn, stranger, opened.id, data)
    turncoat = await identity.person(conn, cast.enterprise, Role.BUYER)
    await identity.also(conn, turncoat, bids.first.unit, Role.MEMBER)
    with pytest.raises(NotFound):
        await operations.make_counter_offer(conn, turncoat, opened.id, data)


async def test_before_the_deadline_nothing_is_bargained_over(
    conn: Connection, cast: Cast, bids: Bids
) -> None:
    request = await requests.opened(conn, cast.buyer, sealed=False)
    made = await proposals.submitted(conn, bids.first, request)
    for actor in (cast.buyer, bids.first.clerk):
        with pytest.raises(model.NotBargainedOver):
            await operations.make_counter_offer(
                conn, actor, made.id, await countered(conn, quantity=2)
            )


async def test_what_ends_the_proposal_ends_its_counter_offer(
    conn: Connection, cast: Cast, bids: Bids, opened: FullProposal
) -> None:
    offer = await operations.make_counter_offer(
        conn, cast.buyer, opened.id, await countered(conn, quantity=2)
    )
    await proposing.withdraw_proposal(conn, bids.first.clerk, opened.id, "人手不足")
    async with db.act(conn, cast.buyer):
        assert (await queries.find_offer(conn, cast.buyer, offer.id)).state == "lapsed"


async def test_one_that_nobody_answered_is_written_down_once(
    conn: Connection, cast: Cast, bids: Bids, opened: FullProposal, at: SetClock
) -> None:
    offer = await operations.make_counter_offer(
        conn, cast.buyer, opened.id, await countered(conn, quantity=2)
    )
    await operations.lapse_overdue(conn, opened.id)
    await at(offer.answer_by + timedelta(seconds=1))
    for _ in range(2):
        await operations.lapse_overdue(conn, opened.id)
    async with db.act(conn, SYSTEM):
        found = await queries.find_offer(conn, SYSTEM, offer.id)
    assert (found.state, found.version) == ("lapsed", offer.version + 1)


async def test_nor_after_the_proposal_itself_has_lost_it(
    conn: Connection, cast: Cast, opened: FullProposal
) -> None:
    assert opened.valid_until is not None
    after = datetime.combine(opened.valid_until, time(), tzinfo=clock.SHANGHAI) + timedelta(days=1)
    longer = {"valid_until": "2090-01-01"}
    late = await countered(conn, **longer, answer_by=after)
    with pytest.raises(model.AnswerAfterValidity):
        await operations.make_counter_offer(conn, cast.buyer, opened.id, late)
    in_time = await countered(conn, **longer, answer_by=after - timedelta(minutes=1))
    await operations.make_counter_offer(conn, cast.buyer, opened.id, in_time)


async def test_none_is_answered_after_what_it_would_bind_has_lost_its_validity(
    conn: Connection, cast: Cast, bids: Bids, opened: FullProposal, at: SetClock
) -> None:
    today = await clock.today(conn)
    brief: dict[str, Any] = {"valid_until": today + timedelta(days=1)}
    late = await countered(conn, **brief)
    with pytest.raises(model.AnswerAfterValidity):
        await operations.make_counter_offer(conn, cast.buyer, opened.id, late)
    end = datetime.combine(today + timedelta(days=2), time(), tzinfo=clock.SHANGHAI)
    in_time = await countered(conn, **brief, answer_by=end - timedelta(minutes=1))
    offer = await operations.make_counter_offer(conn, cast.buyer, opened.id, in_time)
    await operations.refuse_counter_offer(conn, bids.first.clerk, offer.id, "有效期太短")
    async with db.act(conn, cast.buyer):
        proposal, _ = await proposing.lock_proposal(conn, cast.buyer, opened.id)
        terms = rules.bound(terms_of(offer), offer.members)
        old = await queries.insert_offer(
            conn, cast.buyer, proposal, "buyer", terms, late, await clock.now(conn)
        )
    await at(end)
    with pytest.raises(proposal_model.ValidityTooShort):
        await operations.accept_counter_offer(conn, bids.first.clerk, old.id)
    async with db.act(conn, SYSTEM):
        assert (await proposal_queries.find_proposal(conn, SYSTEM, opened.id)).state == "opened"
