"""A thousand at once for one credit, and workers at once for one refund: never too much."""

from __future__ import annotations

import asyncio
from collections import Counter

from market.base import db
from market.base.errors import Conflict
from market.money.payments.calling import AT_ONCE
from market.money.payments.refunds import model, operations
from market.money.payments.refunds.model import Method, NewRefund, Refund, RefundState
from market.money.payments.stripe_events import keeping_up
from tests.money.payments.conftest import busy_till as till
from tests.money.payments.stripe_lines.test_booking import lines_of, truth_of
from tests.world import card_refunds as world
from tests.world.card_refunds import Paid
from tests.world.stripe import Till

__all__ = ["till"]

RIVALS = 1_000
AT_THE_DOOR = 50  # more are told that the market is busy
EACH_MINOR = 50_00
FITS = 25_800_00 // EACH_MINOR
APPROVED = 60


async def asked(desk: Paid, place: int) -> Refund | Conflict:
    """A quarter asks for the same credit by bank."""
    deal = desk.till.deal
    by_bank = NewRefund(
        organisation_id=deal.enterprise.id,
        amount_minor=EACH_MINOR,
        payee_bank="锦川银行东城支行",
        payee_account="6222 0000 0000 0001",
        reason="退还多付款项",
    )
    by_card = world.wanted(EACH_MINOR)
    try:
        if place % 4:
            return await db.retrying(
                desk.till.pool,
                lambda conn: operations.propose_card_refund(
                    conn, deal.finance, desk.payment.id, by_card
                ),
            )
        return await db.retrying(
            desk.till.pool,
            lambda conn: operations.propose_refund(conn, deal.finance, deal.unit.id, by_bank),
        )
    except Conflict as refusal:
        return refusal


async def test_of_a_thousand_refunds_as_many_are_reserved_as_there_is_credit(till: Till) -> None:
    desk = await world.credited(till)
    other = Paid(till, await till.paid(await till.issued(1)))

    gate = asyncio.Semaphore(AT_THE_DOOR)

    async def ask(place: int) -> Refund | Conflict:
        async with gate:
            return await asked(desk, place)

    answers = await asyncio.gather(*(ask(place) for place in range(RIVALS)))

    made = [one for one in answers if isinstance(one, Refund)]
    kinds = Counter(map(type, answers))
    assert kinds.keys() == {Refund, model.MoreThanCredit}
    assert kinds[Refund] == FITS
    assert await desk.held() == (0, FITS * EACH_MINOR, 0)
    numbers = sorted(int(one.number.rpartition("-")[2]) for one in made)
    assert numbers == list(range(1, FITS + 1))
    # Nothing is left of the credit, although the other charge could take it.
    assert isinstance(await asked(other, 1), model.MoreThanCredit)

    cards = [one for one in made if one.method == Method.STRIPE][:APPROVED]
    await asyncio.gather(*(approve(desk, one) for one in cards))
    for _ in range(2 + APPROVED // AT_ONCE):
        await asyncio.gather(*(keeping_up.keep_up(till.pool, till.rails) for _ in range(4)))
    await world.later(till)

    assert len(await desk.at_stripe()) == APPROVED
    ended = [await desk.read(one.id) for one in cards]
    assert {one.state for one in ended} == {RefundState.PAID}
    assert len({one.stripe_refund_id for one in ended}) == APPROVED
    booked = [one.refund_id for one in await lines_of(till) if one.category == "refund"]
    assert sorted(map(str, booked)) == sorted(str(one.id) for one in cards)
    assert await desk.held() == (0, (FITS - APPROVED) * EACH_MINOR, 0)
    assert await till.balance("stripe_balance") == await truth_of(till)


async def approve(desk: Paid, refund: Refund) -> Refund:
    return await db.retrying(
        desk.till.pool,
        lambda conn: operations.approve_refund(conn, desk.till.deal.leader, refund.id),
    )


async def test_a_charge_is_refunded_by_as_much_as_it_brought_whoever_comes_at_once(
    till: Till,
) -> None:
    first = await world.credited(till, 0)
    second = await world.credited(till, 1)
    assert (await first.held())[0] == 68_800_00

    async def ask(_: int) -> Refund | Conflict:
        try:
            return await first.proposed(5_000_00)
        except Conflict as refusal:
            return refusal

    answers = await asyncio.gather(*(ask(place) for place in range(40)))

    assert Counter(map(type, answers)) == {Refund: 5, model.MoreThanCharge: 35}
    assert (await first.held())[:2] == (43_800_00, 25_000_00)
    assert (await second.sent(43_000_00)).state == RefundState.PAID


async def test_a_withdrawal_and_an_approval_at_once_leave_one_of_them(till: Till) -> None:
    desk = await world.credited(till)
    for _ in range(10):
        refund = await desk.proposed(1_00)

        async def withdraw(refund: Refund = refund) -> Refund | Conflict:
            try:
                return await db.retrying(
                    till.pool,
                    lambda conn: operations.withdraw_refund(conn, till.deal.finance, refund.id),
                )
            except Conflict as refusal:
                return refusal

        async def agree(refund: Refund = refund) -> Refund | Conflict:
            try:
                return await approve(desk, refund)
            except Conflict as refusal:
                return refusal

        came = await asyncio.gather(withdraw(), agree())
        assert sum(isinstance(one, Refund) for one in came) == 1
        ended = await desk.read(refund.id)
        assert ended.state in (RefundState.WITHDRAWN, RefundState.APPROVED)
