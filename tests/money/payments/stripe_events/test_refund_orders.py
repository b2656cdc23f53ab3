"""A refund whose call gave no answer ends paid once, in whatever order Stripe's events come."""

from __future__ import annotations

from itertools import permutations
from typing import Final

import pytest

from market.money.payments.refunds.model import RefundState
from market.money.payments.stripe_events import keeping_up
from market.stripe_simulator.faults import Fault
from tests.money.payments.stripe_events.test_events import event, told
from tests.money.payments.stripe_lines.test_booking import lines_of, truth_of
from tests.world import card_refunds as world
from tests.world.stripe import Till

NAMES: Final = (
    "payment_intent.succeeded",
    "charge.updated",
    "charge.refunded",
    "charge.dispute.created",
)


# Each order, doubled as it is below, and one of them missing in turn.
@pytest.mark.parametrize(
    ("order", "missing"), [(order, place % 5) for place, order in enumerate(permutations(NAMES))]
)
async def test_no_order_no_double_and_no_loss_refunds_twice(
    till: Till, order: tuple[str, ...], missing: int
) -> None:
    desk = await world.credited(till)
    await till.control("faults", kind=Fault.CUT_AFTER, target="POST /v1/refunds", times=1)
    approved = await desk.approved()
    await keeping_up.keep_up(till.pool, till.rails)
    assert (await desk.read(approved.id)).state == RefundState.UNKNOWN
    await till.control("disputes", charge=desk.payment.charge_id, amount=1_000_00)
    rail = await world.rail_of(till)
    [dispute] = (await rail.v1.disputes.list_async()).data
    about = {
        "payment_intent.succeeded": desk.payment.intent_id,
        "charge.updated": desk.payment.charge_id,
        "charge.refunded": desk.payment.charge_id,
        "charge.dispute.created": dispute.id,
    }
    names = [name for place, name in enumerate(order) if place != missing]
    for number in ("1", "2", "1"):
        for name in names:
            await told(till, event(name, about[name] or "", number + name))
        await keeping_up.keep_up(till.pool, till.rails)
    assert (await desk.read(approved.id)).state == RefundState.PAID
    await world.later(till)

    assert (await desk.read(approved.id)).state == RefundState.PAID
    assert len(await desk.at_stripe()) == 1
    assert [one.category for one in await lines_of(till)] == ["dispute", "refund", "charge"]
    assert await desk.held() == (20_800_00, 0, 0)
    assert await till.balance("stripe_disputed") == 1_000_00
    assert await till.balance("stripe_balance") == await truth_of(till)


@pytest.mark.parametrize(
    "order",
    list(
        permutations(("refund.created", "refund.updated", "refund.failed", "charge.refund.updated"))
    ),
)
async def test_a_refund_that_failed_is_credit_again_whatever_is_heard_first(
    till: Till, order: tuple[str, ...]
) -> None:
    desk = await world.credited(till)
    refund = await desk.approved()
    await keeping_up.keep_up(till.pool, till.rails)
    refund = await desk.read(refund.id)
    await till.control("refunds/fail", refund=refund.stripe_refund_id)
    for name in order:
        await told(till, event(name, refund.stripe_refund_id or "", name))
        await keeping_up.keep_up(till.pool, till.rails)
    refund = await desk.read(refund.id)
    assert (refund.state, refund.stripe_status) == (RefundState.RETURNED, "failed")
    assert await desk.held() == (25_800_00, 0, 0)
