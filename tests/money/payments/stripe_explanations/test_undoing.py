"""What explained a line wrongly is undone by two people, and the line explained anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from market.auditor import audit
from market.base import clock, db
from market.base.access import SYSTEM, BothSides, Role
from market.base.db import Connection
from market.base.errors import MarketError, NotFound, Stale
from market.base.moves import WrongMove
from market.ledger import operations as ledger
from market.ledger.model import NotAReader
from market.money.invoicing.held import held_of
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.stripe_balance.model import Balance, StripeLine
from market.money.payments.stripe_explanations import model as explanations
from market.money.payments.stripe_explanations import operations as explaining_acts
from market.money.payments.stripe_explanations.model import LineExplanation
from market.money.payments.stripe_explanations.undoing import model, operations
from tests.conftest import Clone
from tests.world import card_refunds, dunning, explaining, identity, invoicing, money, stripe
from tests.world.explaining import as_, past_us
from tests.world.invoicing import Deal

WHOLE: Final = 25_800_00
WHY: Final = "说明有误"


class Desk(NamedTuple):
    """A payment by card whose money is its buyer's credit."""

    conn: Connection
    deal: Deal
    payment: FullOnlinePayment

    async def balance(self, kind: str, currency: str = "CNY") -> int:
        subject = self.deal.enterprise.id if kind in ("customer_credit", "refund_pending") else None
        return await money.balance(self.conn, self.deal.unit.id, kind, subject, currency)

    async def unknown(self, told: Balance) -> StripeLine:
        return await explaining.unknown(self.conn, self.deal, told)

    async def explained(self, line: StripeLine, place: str, **named: Any) -> LineExplanation:
        return await explaining.explained(self.conn, self.deal, line, as_(place, **named))

    async def undone(self, explanation: LineExplanation) -> None:
        await explaining.undone(self.conn, self.deal, explanation)

    async def refunded(self, amount_minor: int) -> LineExplanation:
        """Past the market, or come back of that."""
        line = await self.unknown(past_us(self.payment, amount_minor))
        return await self.explained(line, "customer_credit", online_payment_id=self.payment.id)

    async def proposed(self, explanation: LineExplanation) -> model.ExplanationUndo:
        return await operations.propose_undo(self.conn, self.deal.finance, explanation.id, WHY)

    async def line_of(self, explanation: LineExplanation) -> StripeLine:
        [line] = [
            one
            for one in await explaining.lines_of(self.conn, self.deal)
            if one.id == explanation.stripe_line_id
        ]
        return line

    async def cause_of(self, explanation: LineExplanation) -> str | None:
        """Under what it is posted, as its row keeps it."""
        async with db.look(self.conn, SYSTEM):
            cause: str | None = await self.conn.fetchval(
                "SELECT cause FROM stripe_explanation WHERE id = $1", explanation.id
            )
        return cause

    async def held(self) -> int:
        async with db.look(self.conn, SYSTEM):
            place = (self.deal.unit.id, self.deal.enterprise.id, "CNY")
            return (await held_of(self.conn, *place)).disputed_minor


@pytest.fixture
async def desk(conn: Connection) -> Desk:
    deal = await invoicing.fw01(conn)
    return Desk(conn, deal, await card_refunds.paid_and_credited(conn, deal))


@pytest.mark.parametrize("amount", [-13_00, 13_00])
@pytest.mark.parametrize(
    "place",
    ["stripe_fees", "stripe_in_transit", "exchange_difference", "interest_income", "write_off"],
)
async def test_what_went_to_the_wrong_place_is_back_and_goes_elsewhere(
    desk: Desk, place: str, amount: int
) -> None:
    other = "write_off" if place != "write_off" else "stripe_fees"
    line = await desk.unknown(stripe.line("other_adjustment", amount))
    kinds = (place, other, "suspense", "stripe_balance")
    before = {kind: await desk.balance(kind) for kind in kinds}
    wrong = await desk.explained(line, place)
    waiting = await desk.proposed(wrong)
    assert (waiting.amount_minor, waiting.state) == (amount, "proposed")
    assert await desk.balance("suspense") == before["suspense"] - amount

    done = await operations.approve_undo(desk.conn, desk.deal.leader, waiting.id)
    assert done == await operations.approve_undo(desk.conn, desk.deal.leader, waiting.id)
    assert (done.state, done.undone_on) == ("approved", await clock.today(desk.conn))
    assert {kind: await desk.balance(kind) for kind in kinds} == before
    again = await desk.line_of(wrong)
    assert (again.is_explained, again.explanation_id) == (False, None)
    assert again.cause == f"stripe_line:{line.id}"
    async with db.look(desk.conn, SYSTEM):
        undone = await explaining_acts.find_explanation(desk.conn, desk.deal.finance, wrong.id)
        mirrored = await ledger.posted(desk.conn, f"stripe_explanation_undone:{wrong.id}")
    assert (undone.state, mirrored.effective_on) == ("undone", done.undone_on)

    right = await desk.explained(again, other)
    assert (await desk.line_of(right)).cause == f"stripe_line_explained:{line.id}:2"
    assert await desk.balance("suspense") == before["suspense"] - amount
    await desk.undone(right)
    first, second = [await desk.cause_of(one) for one in (wrong, right)]
    assert [first, second] == [f"stripe_line_explained:{line.id}{place}" for place in ("", ":2")]
    assert {kind: await desk.balance(kind) for kind in kinds} == before


async def test_what_took_a_payers_credit_by_mistake_is_his_again_and_held_till_it_is_explained(
    desk: Desk,
) -> None:
    wrong = await desk.refunded(-20_000_00)
    assert (await desk.balance("customer_credit"), await desk.held()) == (5_800_00, 0)
    await desk.undone(wrong)
    assert (await desk.balance("customer_credit"), await desk.held()) == (WHOLE, 20_000_00)
    assert await desk.balance("suspense") == -20_000_00
    line = await desk.line_of(wrong)
    assert line.online_payment_id == desk.payment.id
    await desk.explained(line, "customer_credit", online_payment_id=desk.payment.id)
    assert (await desk.balance("customer_credit"), await desk.held()) == (5_800_00, 0)


async def test_of_whose_charge_nothing_was_told_the_right_one_is_named_then(desk: Desk) -> None:
    conn, deal = desk.conn, desk.deal
    invoice = await invoicing.issued(conn, deal, 1)
    other = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    charge = stripe.line("charge", invoice.amount_minor + 500_00, intent_id=other.intent_id)
    await stripe.booked(conn, deal, charge)
    untold = msgspec.structs.replace(
        past_us(desk.payment, -300_00), intent_id=None, source_id="re_untold"
    )
    line = await explaining.aside(conn, deal, untold)
    wrong = await desk.explained(line, "customer_credit", online_payment_id=desk.payment.id)
    assert (await desk.line_of(wrong)).online_payment_id == desk.payment.id
    await desk.undone(wrong)
    free = await desk.line_of(wrong)
    assert free.online_payment_id is None
    right = await desk.explained(free, "customer_credit", online_payment_id=other.id)
    assert (await desk.line_of(right)).online_payment_id == other.id


async def test_what_brought_credit_by_mistake_takes_it_again(desk: Desk) -> None:
    await desk.refunded(-300_00)
    back = await desk.refunded(200_00)
    assert await desk.balance("customer_credit") == WHOLE - 100_00
    await desk.undone(back)
    assert await desk.balance("customer_credit") == WHOLE - 300_00
    assert await desk.balance("suspense") == 200_00


Case = Callable[[Desk], Awaitable[LineExplanation]]


async def _by_rule(desk: Desk) -> LineExplanation:
    told = stripe.line("fee", -7_00)
    line = await explaining.aside(desk.conn, desk.deal, told)
    return await explaining.by_rule(desk.conn, desk.deal, line, told)


async def _our_refund(desk: Desk) -> LineExplanation:
    refund = await explaining.sent(desk.conn, desk.deal, desk.payment, 50_00)
    told = card_refunds.line(desk.payment, refund, "succeeded")
    line = await explaining.aside(desk.conn, desk.deal, told)
    return await desk.explained(line, "refund_pending", refund_id=refund.id)


async def _used(desk: Desk) -> LineExplanation:
    await desk.refunded(-300_00)
    back = await desk.refunded(200_00)
    other = await invoicing.issued(desk.conn, desk.deal, 1)
    used_minor = WHOLE - 100_00 - 199_99
    await money.credit_used(desk.conn, desk.deal.finance, other.id, used_minor)
    return back


async def _held(desk: Desk) -> LineExplanation:
    """The chargeback asks back all that is left of the charge."""
    await desk.refunded(-300_00)
    back = await desk.refunded(200_00)
    told = stripe.dispute_of(desk.payment, WHOLE, "needs_response")
    await stripe.booked(desk.conn, desk.deal, stripe.line("dispute", -WHOLE, dispute=told))
    assert await desk.held() == WHOLE - 100_00
    return back


async def _came_back(desk: Desk) -> LineExplanation:
    gone = await desk.refunded(-300_00)
    await desk.refunded(200_00)
    return gone


async def _waits(desk: Desk) -> LineExplanation:
    line = await desk.unknown(stripe.line("topup", 7_00))
    given = as_("stripe_in_transit")
    return await explaining.proposed(desk.conn, desk.deal, line, given)


async def _undone(desk: Desk) -> LineExplanation:
    line = await desk.unknown(stripe.line("topup", 7_00))
    wrong = await desk.explained(line, "stripe_in_transit")
    await desk.undone(wrong)
    return wrong


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        (_by_rule, model.BookedByItsRule),
        (_our_refund, model.PaidOurRefund),
        (_used, model.CreditIsGone),
        (_held, model.CreditIsGone),
        (_came_back, model.CameBackSince),
        (_waits, WrongMove),
        (_undone, WrongMove),
    ],
)
async def test_what_cannot_be_undone_is_refused(
    desk: Desk, case: Case, refusal: type[MarketError]
) -> None:
    explanation = await case(desk)
    with pytest.raises(refusal):
        await desk.proposed(explanation)


async def test_what_came_back_is_undone_first(desk: Desk) -> None:
    gone, back = await desk.refunded(-300_00), await desk.refunded(200_00)
    with pytest.raises(model.CameBackSince, match=r"200\.00"):
        await desk.proposed(gone)
    await desk.undone(back)
    await desk.undone(gone)
    assert await desk.balance("customer_credit") == WHOLE


async def test_credit_that_is_used_between_the_two_is_asked_for_again(desk: Desk) -> None:
    await desk.refunded(-300_00)
    waiting = await desk.proposed(await desk.refunded(200_00))
    other = await invoicing.issued(desk.conn, desk.deal, 1)
    use = await money.credit_used(desk.conn, desk.deal.finance, other.id, WHOLE - 100_00)
    with pytest.raises(model.CreditIsGone, match=r"holds 0\.00"):
        await operations.approve_undo(desk.conn, desk.deal.leader, waiting.id)
    await money.credit_use_undone(desk.conn, desk.deal.finance, use)
    await operations.approve_undo(desk.conn, desk.deal.leader, waiting.id)
    assert await desk.balance("customer_credit") == WHOLE - 300_00


async def test_four_eyes_decide_and_strangers_see_nothing(desk: Desk) -> None:
    conn, unit, leader = desk.conn, desk.deal.unit, desk.deal.leader
    line = await desk.unknown(stripe.line("other_adjustment", -7_00))
    wrong = await desk.explained(line, "stripe_fees")
    both = await identity.person(conn, unit, Role.FINANCE, Role.LEADER)
    cashier = await identity.person(conn, unit, Role.CASHIER)
    member = await identity.person(conn, unit, Role.MEMBER)
    own = await operations.propose_undo(conn, both, wrong.id, WHY)
    assert own == await operations.propose_undo(conn, both, wrong.id, WHY)
    for other, why in ((desk.deal.finance, WHY), (both, "另有原因")):
        with pytest.raises(model.UndoProposed):
            await operations.propose_undo(conn, other, wrong.id, why)
    with pytest.raises(model.UndoNeedsFinance):
        await operations.propose_undo(conn, cashier, wrong.id, WHY)
    for act in (
        operations.propose_undo(conn, desk.deal.buyer, wrong.id, WHY),
        operations.find_undo(conn, desk.deal.buyer, own.id),
    ):
        with pytest.raises(NotFound):
            await act
    with pytest.raises(NotAReader):
        await operations.find_undo(conn, member, own.id)
    with pytest.raises(model.OwnUndo):
        await operations.approve_undo(conn, both, own.id)
    with pytest.raises(model.UndoNeedsLeader):
        await operations.approve_undo(conn, desk.deal.finance, own.id)
    rejected = await operations.reject_undo(conn, leader, own.id, "确为手续费")
    assert rejected == await operations.reject_undo(conn, leader, own.id, "确为手续费")
    with pytest.raises(WrongMove):
        await operations.approve_undo(conn, leader, own.id)
    async with db.look(conn, leader):
        listed = await operations.list_undos(
            conn, leader, state=None, explanation_id=wrong.id, after=None, limit=9
        )
    assert listed == [rejected]
    assert await desk.balance("suspense") == 0
    await desk.undone(wrong)


async def test_who_proposed_it_withdraws_it_while_nobody_has_decided(desk: Desk) -> None:
    conn, deal = desk.conn, desk.deal
    wrong = await desk.explained(
        await desk.unknown(stripe.line("topup", 7_00)), "stripe_in_transit"
    )
    waiting = await desk.proposed(wrong)
    colleague = await identity.person(conn, deal.unit, Role.FINANCE)
    for other in (colleague, deal.leader):
        with pytest.raises(model.OnlyProposerWithdraws):
            await operations.withdraw_undo(conn, other, waiting.id)
    with pytest.raises(NotFound):
        await operations.withdraw_undo(conn, deal.buyer, waiting.id)
    with pytest.raises(Stale):
        await operations.withdraw_undo(conn, deal.finance, waiting.id, expected_version=9)

    withdrawn = await operations.withdraw_undo(conn, deal.finance, waiting.id, expected_version=1)
    assert (withdrawn.state, withdrawn.version, withdrawn.decided_by) == ("withdrawn", 2, None)
    assert withdrawn == await operations.withdraw_undo(conn, deal.finance, waiting.id)
    assert await desk.balance("suspense") == 0
    with pytest.raises(WrongMove):
        await operations.approve_undo(conn, deal.leader, waiting.id)
    again = await operations.propose_undo(conn, colleague, wrong.id, WHY)
    await operations.approve_undo(conn, deal.leader, again.id)
    assert await desk.balance("suspense") == 7_00
    with pytest.raises(WrongMove):
        await operations.withdraw_undo(conn, colleague, again.id)


async def test_nobody_undoes_what_moved_the_credit_of_his_own_enterprise(desk: Desk) -> None:
    conn, deal = desk.conn, desk.deal
    wrong = await desk.refunded(-20_00)
    finance = await identity.person(conn, deal.unit, Role.FINANCE)
    await identity.also(conn, finance, deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.propose_undo(conn, finance, wrong.id, WHY)
    waiting = await desk.proposed(wrong)
    await identity.also(conn, deal.leader, deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.approve_undo(conn, deal.leader, waiting.id)
    with pytest.raises(BothSides):
        await operations.reject_undo(conn, deal.leader, waiting.id, "不是错误")


async def test_a_fee_that_was_told_as_a_loss_is_booked_by_its_rule_after_all(
    stocked: Clone,
) -> None:
    """No earlier than the day on which its money was in suspense again."""
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        told = stripe.line("fee", -7_00)
        line = await explaining.aside(conn, deal, told)
        wrong = await explaining.explained(conn, deal, line, as_("write_off"))
        await market.pass_to(await clock.today(conn) + timedelta(days=3))
        await explaining.undone(conn, deal, wrong)
        undone_on = await clock.today(conn)
        await market.pass_to(undone_on + timedelta(days=2))
        again = await explaining.line_of(conn, deal, told)
        done = await explaining.by_rule(conn, deal, again, told)

        assert line.booked_on < undone_on == done.explained_on
        assert await money.balance(conn, deal.unit.id, "suspense") == 0
        assert await money.balance(conn, deal.unit.id, "stripe_fees") == 7_00
        assert await money.balance(conn, deal.unit.id, "write_off") == 0
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_a_refund_of_ours_of_another_amount_stays_failed_when_that_is_undone(
    desk: Desk,
) -> None:
    refund = await explaining.sent(desk.conn, desk.deal, desk.payment, 5_000_00)
    told = card_refunds.line(desk.payment, refund, "succeeded")
    line = await desk.unknown(
        msgspec.structs.replace(told, amount_minor=-4_800_00, net_minor=-4_800_00)
    )
    wrong = await desk.explained(line, "customer_credit", online_payment_id=desk.payment.id)
    await desk.undone(wrong)
    assert (await card_refunds.read(desk.conn, desk.deal, refund)).state == "failed"
    assert (await desk.balance("customer_credit"), await desk.held()) == (WHOLE, 4_800_00)
    with pytest.raises(explanations.LineNotOfStripeRefund):
        await desk.explained(line, "refund_pending", refund_id=refund.id)
    again = await desk.line_of(wrong)
    await desk.explained(again, "customer_credit", online_payment_id=desk.payment.id)
    assert await desk.balance("customer_credit") == WHOLE - 4_800_00
