"""A line that was set aside is read anew from Stripe, and booked once its fault is gone."""

from __future__ import annotations

from typing import Any

import pytest

from market.base import db
from market.base.access import SYSTEM, Role
from market.base.moves import WrongMove
from market.money.payments.stripe_balance import telling
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_explanations import model, operations
from market.money.payments.stripe_explanations.model import LineExplanation
from tests.money.payments.stripe_lines.test_booking import lines_of, truth_of
from tests.money.payments.stripe_lines.test_pulling import rail_of
from tests.world import explaining, identity, stripe
from tests.world.explaining import as_, unknown
from tests.world.stripe import DISPUTED, Till


async def asked(till: Till, line: StripeLine) -> LineExplanation:
    async with db.lease(till.pool) as conn:
        return await operations.propose_explanation(conn, till.deal.finance, line.id, as_("rule"))


async def read(till: Till, explanation: LineExplanation) -> LineExplanation:
    async with db.lease(till.pool) as conn:
        return await operations.find_explanation(conn, till.deal.finance, explanation.id)


async def test_a_chargeback_that_could_not_be_told_is_opened_once_it_can_be(till: Till) -> None:
    await till.pays(await till.presented(await till.issued(0)), DISPUTED)
    v1 = (await rail_of(till)).v1
    [dispute] = (await v1.disputes.list_async()).data
    await till.control("objects/spoil", kind="dispute", id=dispute.id, field="reason")
    await till.control("clock", seconds=86_400)
    await till.later()
    [line] = [one for one in await lines_of(till) if one.category == "dispute"]
    assert await till.balance("suspense") == -25_800_00

    still = await asked(till, line)
    await till.turn()
    assert (await read(till, still)).state == "rejected"
    assert await till.balance("suspense") == -25_800_00

    await till.control("objects/mend")
    again = await asked(till, line)
    await till.turn()
    assert (await read(till, again)).state == "approved"
    assert (await till.balance("suspense"), await till.balance("stripe_disputed")) == (0, 25_800_00)
    assert await till.balance("stripe_balance") == await truth_of(till)


async def test_a_charge_is_booked_once_its_chargeback_is_won_and_not_before(till: Till) -> None:
    """Stripe says of it for ever that it was disputed."""
    charge = await aside(till)
    await till.control("disputes", charge=charge.source_id, amount=10_000_00)
    await till.later()
    opened = await asked(till, charge)
    await till.turn()
    assert (await read(till, opened)).state == "rejected"

    [dispute] = (await (await rail_of(till)).v1.disputes.list_async()).data
    await till.control("disputes/judge", dispute=dispute.id, won=True)
    await till.control("clock", seconds=86_400)
    await till.later()
    won = await asked(till, charge)
    await till.turn()
    assert (await read(till, won)).state == "approved"
    assert (await till.balance("suspense"), await till.balance("stripe_disputed")) == (0, 0)
    assert await till.balance("receivable", till.deal.enterprise.id) == 0


async def aside(till: Till) -> StripeLine:
    """A charge that pays an invoice, set aside as if its rule had failed once."""
    await till.pays(await till.presented(await till.issued()))
    expanded: Any = {"expand": ["data.source"]}
    listed = (await (await rail_of(till)).v1.balance_transactions.list_async(expanded)).data
    [charge] = [told for told in map(telling.balance, listed) if told.category == "charge"]
    async with db.lease(till.pool) as conn:
        line = await explaining.aside(conn, till.deal, charge)
    await till.later()
    return line


async def test_what_comes_back_of_a_chargeback_that_could_not_be_told_waits_for_that(
    till: Till,
) -> None:
    """Its first line stands in suspense, and what of it is booked by the second wins nothing."""
    await till.pays(await till.presented(await till.issued(0)), DISPUTED)
    [dispute] = (await (await rail_of(till)).v1.disputes.list_async()).data
    await till.control("objects/spoil", kind="dispute", id=dispute.id, field="reason")
    await till.later()
    await till.control("objects/mend")
    await till.control("disputes/judge", dispute=dispute.id, won="true")
    await till.control("clock", seconds=86_400)
    await till.later()
    of = {one.category: one for one in await lines_of(till)}
    taken, back = of["dispute"], of["dispute_reversal"]
    assert (taken.is_explained, back.is_explained) == (False, False)
    assert (await till.balance("suspense"), await till.balance("stripe_disputed")) == (0, 0)

    for line in (taken, back):
        asking = await asked(till, line)
        await till.turn()
        assert (await read(till, asking)).state == "approved"
    assert (await till.balance("suspense"), await till.balance("stripe_disputed")) == (0, 0)
    assert await till.balance("stripe_balance") == await truth_of(till)


async def test_while_stripe_does_not_answer_the_line_waits(till: Till) -> None:
    await till.paid(await till.issued())
    await till.control("fees", amount=50_00, description="Monthly\0fee")
    await till.later()
    [line] = [one for one in await lines_of(till) if one.category == "fee"]
    waiting = await asked(till, line)
    silent = {"target": "GET /v1/balance_transactions/*", "times": 9}
    await till.control("faults", kind="error_before", **silent)
    await till.turn()
    assert (await read(till, waiting)).state == "proposed"

    async with db.lease(till.pool) as conn:
        another = await identity.person(conn, till.deal.unit, Role.FINANCE)
        with pytest.raises(model.OnlyProposerWithdraws):
            await operations.withdraw_explanation(conn, another, waiting.id)
        finance = till.deal.finance
        withdrawn = await operations.withdraw_explanation(conn, finance, waiting.id)
        assert withdrawn == await operations.withdraw_explanation(conn, finance, waiting.id)
        assert (withdrawn.state, withdrawn.decided_by) == ("withdrawn", None)
        other = await operations.propose_explanation(conn, finance, line.id, as_("write_off"))
        approved = await operations.approve_explanation(conn, till.deal.leader, other.id)
        with pytest.raises(WrongMove):
            await operations.withdraw_explanation(conn, finance, approved.id)
    assert await till.balance("suspense") == 0


async def test_what_stripe_refuses_to_tell_is_rejected_and_asked_no_more(till: Till) -> None:
    """Of a line that its account does not have, nothing will ever be told."""
    async with db.lease(till.pool) as conn:
        line = await unknown(conn, till.deal, stripe.line("other_adjustment", 7_00))
    waiting = await asked(till, line)
    await till.turn()
    done = await read(till, waiting)
    assert (done.state, done.decided_by) == ("rejected", SYSTEM.person_id)
    assert done.note is not None
    assert "Stripe refuses to tell of it" in done.note
    assert await till.balance("suspense") == 7_00
