"""The parties of a completed contract review each other, unread until both have written."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from market.base import clock, db
from market.base.access import ANONYMOUS, Actor, BothSides, Role
from market.base.db import Connection
from market.base.errors import NotFound, Stale
from market.base.moves import WrongMove
from market.trade.providers import queries as providers
from market.trade.reviews import model, operations, queries
from market.trade.reviews.model import Averages, HidingInput, Review
from tests.trade.enterprise_requests.conftest import SetClock
from tests.world import contracts, identity, reviews
from tests.world.contracts import Deal

HIDING = HidingInput(reason="含有与合同无关的人身攻击")


async def read_by(conn: Connection, actor: Actor, deal: Deal) -> set[str]:
    return {review.party for review in await operations.list_reviews(conn, actor, deal.contract.id)}


async def averages(conn: Connection, deal: Deal) -> Averages:
    async with db.look(conn, ANONYMOUS):
        return (await providers.find_provider(conn, deal.cast.unit.id)).averages


async def test_neither_side_reads_the_others_before_it_has_written(conn: Connection) -> None:
    deal = await reviews.completed(conn)
    first = await reviews.written(conn, deal, "buyer")
    assert not first.shown
    assert await read_by(conn, deal.cast.buyer, deal) == {"buyer"}
    assert await read_by(conn, deal.cast.clerk, deal) == set()
    assert (await averages(conn, deal)).count == 0
    with pytest.raises(NotFound):
        await operations.answer_review(
            conn, deal.cast.clerk, first.id, model.AnswerInput(answer="谢谢")
        )
    await reviews.written(conn, deal, "provider")
    for actor in (deal.cast.buyer, deal.cast.clerk):
        assert await read_by(conn, actor, deal) == {"buyer", "provider"}
    assert (await averages(conn, deal)).count == 1


async def test_row_level_security_alone_keeps_it_sealed(conn: Connection) -> None:
    deal = await reviews.completed(conn)
    sealed = await reviews.written(conn, deal, "buyer")
    everything = identity.as_if_all_were_visible(deal.cast.clerk)
    async with db.look(conn, everything):
        assert await queries.reviews_of(conn, everything, deal.contract.id) == []
    with pytest.raises(NotFound):
        async with db.look(conn, everything):
            await queries.find_review(conn, everything, sealed.id)


async def test_one_review_a_side_and_the_same_words_again_change_nothing(conn: Connection) -> None:
    deal = await reviews.completed(conn)
    first = await reviews.written(conn, deal, "buyer")
    assert await reviews.written(conn, deal, "buyer") == first
    with pytest.raises(model.AlreadyReviewed):
        await reviews.written(conn, deal, "buyer", quality=1)


async def test_it_is_changed_until_both_have_written(conn: Connection) -> None:
    deal = await reviews.completed(conn)
    first = await reviews.written(conn, deal, "buyer")
    with pytest.raises(Stale):
        await operations.edit_review(
            conn, deal.cast.buyer, first.id, reviews.words(quality=3), first.version + 1
        )
    edited = await operations.edit_review(
        conn, deal.cast.buyer, first.id, reviews.words(quality=3), first.version
    )
    assert edited.quality == 3
    await reviews.written(conn, deal, "provider")
    with pytest.raises(model.ReviewStands):
        await operations.edit_review(
            conn, deal.cast.buyer, first.id, reviews.words(), edited.version
        )
    with pytest.raises(asyncpg.RestrictViolationError):
        async with db.savepoint(conn), db.act(conn, deal.cast.buyer):
            await queries.set_scores(conn, first.id, reviews.words())


async def test_when_the_window_is_over_what_is_written_is_shown_and_nothing_is_added(
    conn: Connection, at: SetClock
) -> None:
    deal = await reviews.completed(conn)
    first = await reviews.written(conn, deal, "buyer")
    await at(first.closes_at - timedelta(minutes=1))
    assert await read_by(conn, deal.cast.clerk, deal) == set()
    await at(first.closes_at)
    assert await read_by(conn, deal.cast.clerk, deal) == {"buyer"}
    with pytest.raises(model.WindowOver) as refused:
        await reviews.written(conn, deal, "provider")
    assert f"{first.closes_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}" in refused.value.detail(
        "zh-CN"
    )
    with pytest.raises(model.WindowOver):
        await operations.edit_review(
            conn, deal.cast.buyer, first.id, reviews.words(quality=1), first.version
        )


async def test_only_completed_work_is_reviewed_and_only_by_its_parties(conn: Connection) -> None:
    deal = await contracts.signed(conn)
    with pytest.raises(model.NotAcceptedYet):
        await reviews.written(conn, deal, "buyer")
    stranger = await identity.person(conn, await identity.unit(conn), Role.CLERK)
    with pytest.raises(NotFound):
        await operations.write_review(conn, stranger, deal.contract.id, reviews.words())
    with pytest.raises(model.NotYoursToReview):
        await operations.write_review(
            conn, deal.cast.buyer_signatory, deal.contract.id, reviews.words()
        )
    both = await identity.also(conn, deal.cast.clerk, deal.cast.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.write_review(conn, both, deal.contract.id, reviews.words())


async def shown(conn: Connection, deal: Deal) -> Review:
    """The buyer's, which both have read."""
    await reviews.written(conn, deal, "provider")
    return await reviews.written(conn, deal, "buyer", quality=2)


async def test_the_reviewed_answers_once(conn: Connection) -> None:
    deal = await reviews.completed(conn)
    review = await shown(conn, deal)
    answer = model.AnswerInput(answer="已补做一次检测")
    with pytest.raises(model.NotYoursToReview):
        await operations.answer_review(conn, deal.cast.buyer, review.id, answer)
    answered = await operations.answer_review(conn, deal.cast.clerk, review.id, answer)
    assert answered.answer == "已补做一次检测"
    assert await operations.answer_review(conn, deal.cast.clerk, review.id, answer) == answered
    with pytest.raises(model.AnsweredAlready):
        await operations.answer_review(
            conn, deal.cast.leader, review.id, model.AnswerInput(answer="另一种说法")
        )


async def test_an_administrator_above_hides_with_a_reason_that_both_read(conn: Connection) -> None:
    deal = await reviews.completed(conn)
    review = await shown(conn, deal)
    within = await identity.person(conn, deal.cast.unit, Role.ADMINISTRATOR)
    for actor in (within, deal.cast.leader, deal.cast.manager):
        with pytest.raises(model.NotYoursToHide):
            await operations.hide_review(conn, actor, review.id, HIDING)
    above, _ = await identity.two_administrators(conn)
    root = await identity.root(conn)
    torn = await identity.person(conn, root, Role.ADMINISTRATOR)
    await identity.also(conn, torn, deal.cast.unit, Role.CLERK)
    with pytest.raises(model.NotYoursToHide):
        await operations.hide_review(conn, torn, review.id, HIDING)
    hidden = await operations.hide_review(conn, above, review.id, HIDING)
    assert hidden.state == "hidden"
    assert (await averages(conn, deal)).count == 0
    for actor in (deal.cast.buyer, deal.cast.clerk):
        read = await operations.list_reviews(conn, actor, deal.contract.id)
        assert HIDING.reason in {one.hidden_reason for one in read}
    with pytest.raises(WrongMove):
        await operations.hide_review(conn, above, review.id, HidingInput(reason="另有理由"))


def test_averages_are_hundredths_halves_up() -> None:
    assert model.averages(3, 14, 13, 8) == Averages(3, 467, 433, 267)
    assert model.averages(8, 33, 33, 33).quality_hundredths == 413
    assert model.averages(0, 0, 0, 0) == Averages(0, None, None, None)
