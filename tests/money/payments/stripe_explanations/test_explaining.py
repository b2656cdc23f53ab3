"""What stands in suspense of Stripe's balance is explained by two people, once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from market.auditor import audit
from market.base import clock, db
from market.base.access import SYSTEM, BothSides, Role
from market.base.db import Connection
from market.base.embedded import Dsns
from market.base.errors import MarketError, NotFound
from market.base.moves import WrongMove
from market.money.invoicing import operations as invoices
from market.money.invoicing.held import held_of
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.refunds import operations as refunds
from market.money.payments.refunds.model import MoreThanCharge, NewRefund, Refund, RefundState
from market.money.payments.stripe_balance.faults import Unbookable
from market.money.payments.stripe_balance.model import Balance, StripeLine
from market.money.payments.stripe_explanations import model, operations
from tests.world import card_refunds, explaining, identity, invoicing, money, stripe
from tests.world.explaining import abroad, as_, past_us
from tests.world.invoicing import Deal

WHOLE: Final = 25_800_00


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

    async def explained(self, line: StripeLine, belongs_to: str, **named: Any) -> None:
        await explaining.explained(self.conn, self.deal, line, as_(belongs_to, **named))

    async def held(self) -> int:
        async with db.look(self.conn, SYSTEM):
            place = (self.deal.unit.id, self.deal.enterprise.id, "CNY")
            return (await held_of(self.conn, *place)).disputed_minor

    async def suspended(self) -> int:
        """How many lines of Stripe's stand in suspense, as finance reads it."""
        listed = await money.suspense(self.conn, self.deal.finance)
        return len([one for one in listed if one.source == "stripe"])


@pytest.fixture
async def desk(conn: Connection) -> Desk:
    deal = await invoicing.fw01(conn)
    return Desk(conn, deal, await card_refunds.paid_and_credited(conn, deal))


@pytest.mark.parametrize("amount", [-13_00, 13_00])
@pytest.mark.parametrize(
    "place",
    ["stripe_fees", "stripe_in_transit", "exchange_difference", "interest_income", "write_off"],
)
async def test_money_in_suspense_goes_where_two_people_say(
    desk: Desk, place: str, amount: int
) -> None:
    line = await desk.unknown(stripe.line("other_adjustment", amount))
    before, held = await desk.balance(place), await desk.balance("stripe_balance")
    waiting = await explaining.proposed(desk.conn, desk.deal, line, as_(place))
    assert (waiting.amount_minor, waiting.state) == (amount, "proposed")
    assert (await desk.balance("suspense"), await desk.suspended()) == (amount, 1)

    approved = await operations.approve_explanation(desk.conn, desk.deal.leader, waiting.id)
    assert approved == await operations.approve_explanation(desk.conn, desk.deal.leader, waiting.id)
    assert approved.explained_on == line.booked_on
    sign = 1 if place == "interest_income" else -1
    assert await desk.balance(place) == before + sign * amount
    assert (await desk.balance("suspense"), await desk.suspended()) == (0, 0)
    assert await desk.balance("stripe_balance") == held
    after = await explaining.line_of(desk.conn, desk.deal, _named(line))
    assert (after.is_explained, after.explanation_id) == (True, approved.id)


def _named(line: StripeLine) -> Balance:
    return stripe.line(line.category, 0, id=line.balance_transaction_id)


async def test_a_refund_past_the_market_comes_off_the_credit_and_is_held_no_longer(
    desk: Desk,
) -> None:
    line = await desk.unknown(past_us(desk.payment, -20_000_00))
    assert await desk.held() == 20_000_00
    await desk.explained(line, "customer_credit", online_payment_id=desk.payment.id)
    assert await desk.balance("customer_credit") == WHOLE - 20_000_00
    assert await desk.balance("suspense") == 0
    assert await desk.held() == 0
    refund = await card_refunds.approved(desk.conn, desk.deal, desk.payment, 5_800_00)
    assert refund.state == RefundState.APPROVED
    assert await desk.balance("customer_credit") == 0


async def test_a_chargeback_holds_no_credit_for_what_was_refunded_past_the_market(
    desk: Desk,
) -> None:
    line = await desk.unknown(past_us(desk.payment, -20_000_00))
    await desk.explained(line, "customer_credit", online_payment_id=desk.payment.id)
    told = stripe.dispute_of(desk.payment, WHOLE, "needs_response")
    await stripe.booked(desk.conn, desk.deal, stripe.line("dispute", -WHOLE, dispute=told))
    assert await desk.held() == 5_800_00


async def test_of_a_refund_that_was_set_aside_the_charge_is_known(desk: Desk) -> None:
    """So that no more than the rest goes back to the card."""
    line = await explaining.aside(desk.conn, desk.deal, past_us(desk.payment, -20_000_00))
    assert line.online_payment_id == desk.payment.id
    await desk.explained(line, "customer_credit", online_payment_id=desk.payment.id)
    with pytest.raises(MoreThanCharge):
        await card_refunds.approved(desk.conn, desk.deal, desk.payment, 5_800_01)


async def test_what_comes_back_of_a_refund_past_the_market_is_credit_again(desk: Desk) -> None:
    of = {"online_payment_id": desk.payment.id}
    back = await desk.unknown(past_us(desk.payment, 300_00))
    with pytest.raises(model.LineNotOfCharge):
        await desk.explained(back, "customer_credit", **of)
    gone = await desk.unknown(past_us(desk.payment, -300_00))
    await desk.explained(gone, "customer_credit", **of)
    await desk.explained(back, "customer_credit", **of)
    assert await desk.balance("customer_credit") == WHOLE


async def test_what_failed_at_once_and_came_back_needs_no_credit(desk: Desk) -> None:
    """Both lines stand in suspense, and hold nothing together: its payer uses all that he has."""
    of = {"online_payment_id": desk.payment.id}
    gone = await desk.unknown(past_us(desk.payment, -60_00))
    back = await desk.unknown(past_us(desk.payment, 60_00))
    other = await desk.unknown(past_us(desk.payment, 60_00, source_id="re_other"))
    again = await desk.unknown(past_us(desk.payment, 1))
    invoice = await invoicing.issued(desk.conn, desk.deal, 1)
    await money.credit_used(desk.conn, desk.deal.finance, invoice.id, WHOLE)
    with pytest.raises(model.CreditTooSmall):
        await desk.explained(gone, "customer_credit", **of)
    with pytest.raises(model.LineNotOfCharge):
        await desk.explained(other, "customer_credit", **of)
    await desk.explained(back, "customer_credit", **of)
    with pytest.raises(model.LineNotOfCharge):
        await desk.explained(again, "customer_credit", **of)
    assert (await desk.held(), await desk.balance("customer_credit")) == (0, 60_00)
    await desk.explained(gone, "customer_credit", **of)
    assert await desk.balance("customer_credit") == 0
    assert await desk.balance("suspense") == 60_01


async def test_what_comes_back_of_a_refund_of_ours_is_that_refund(desk: Desk) -> None:
    refund = await explaining.sent(desk.conn, desk.deal, desk.payment, 60_00)
    told = [card_refunds.line(desk.payment, refund, "failed", sign) for sign in (-1, 1)]
    gone, back = [await explaining.aside(desk.conn, desk.deal, one) for one in told]
    with pytest.raises(model.LineNotOfCharge):
        await desk.explained(back, "customer_credit", online_payment_id=desk.payment.id)
    for line in (back, gone):
        await desk.explained(line, "refund_pending", refund_id=refund.id)
    assert (await card_refunds.read(desk.conn, desk.deal, refund)).state == RefundState.RETURNED


async def test_a_refund_from_a_third_currency_is_paid_once_it_is_explained(desk: Desk) -> None:
    refund = await explaining.sent(desk.conn, desk.deal, desk.payment, 5_000_00)
    told = card_refunds.line(desk.payment, refund, "succeeded")
    line = await desk.unknown(abroad(told, amount_minor=-700_00))
    assert (await card_refunds.read(desk.conn, desk.deal, refund)).state == RefundState.SENT
    await desk.explained(line, "refund_pending", refund_id=refund.id)

    paid = await card_refunds.read(desk.conn, desk.deal, refund)
    assert paid.state == RefundState.PAID
    assert await desk.balance("refund_pending") == 0
    assert await desk.balance("customer_credit") == WHOLE - 5_000_00
    assert await desk.balance("suspense", "USD") == 0
    assert await desk.balance("exchange_difference", "USD") == 700_00
    assert await desk.balance("exchange_difference") == -5_000_00


async def test_a_refund_by_its_rule_anew_is_paid(desk: Desk) -> None:
    refund = await explaining.sent(desk.conn, desk.deal, desk.payment, 5_000_00)
    told = card_refunds.line(desk.payment, refund, "succeeded")
    line = await explaining.aside(desk.conn, desk.deal, told)
    assert await desk.balance("suspense") == -5_000_00
    done = await explaining.by_rule(desk.conn, desk.deal, line, told)
    assert (done.state, done.decided_by) == ("approved", SYSTEM.person_id)
    assert (await card_refunds.read(desk.conn, desk.deal, refund)).state == RefundState.PAID
    assert (await desk.balance("refund_pending"), await desk.balance("suspense")) == (0, 0)


async def test_a_refund_for_which_another_amount_moved_fails_and_what_moved_is_spent(
    desk: Desk,
) -> None:
    refund = await explaining.sent(desk.conn, desk.deal, desk.payment, 5_000_00)
    told = card_refunds.line(desk.payment, refund, "succeeded")
    line = await desk.unknown(
        msgspec.structs.replace(told, amount_minor=-4_800_00, net_minor=-4_800_00)
    )
    with pytest.raises(model.LineNotOfStripeRefund):
        await desk.explained(line, "refund_pending", refund_id=refund.id)
    await desk.explained(line, "customer_credit", online_payment_id=desk.payment.id)
    failed = await card_refunds.read(desk.conn, desk.deal, refund)
    assert (failed.state, failed.note) == (RefundState.FAILED, "amount_differs")
    assert await desk.balance("refund_pending") == 0
    assert await desk.balance("customer_credit") == WHOLE - 4_800_00
    assert await desk.balance("suspense") == 0


async def test_a_refund_of_ours_is_not_told_as_one_past_the_market(desk: Desk) -> None:
    refund = await explaining.sent(desk.conn, desk.deal, desk.payment, 5_000_00)
    line = await explaining.aside(
        desk.conn, desk.deal, card_refunds.line(desk.payment, refund, "succeeded")
    )
    with pytest.raises(model.LineOfRefund):
        await desk.explained(line, "customer_credit", online_payment_id=desk.payment.id)
    await desk.explained(line, "refund_pending", refund_id=refund.id)
    assert (await card_refunds.read(desk.conn, desk.deal, refund)).state == RefundState.PAID


async def test_what_its_rule_still_does_not_know_stays_in_suspense(desk: Desk) -> None:
    told = stripe.line("other_adjustment", 7_00)
    line = await desk.unknown(told)
    waiting = await explaining.proposed(desk.conn, desk.deal, line, as_("rule"))
    with pytest.raises(Unbookable):
        await operations.book_by_rule(desk.conn, waiting.id, told)
    await operations.reject_by_rule(desk.conn, waiting.id, "按规则仍无法记账")
    assert await desk.balance("suspense") == 7_00
    await desk.explained(line, "write_off")


@pytest.mark.parametrize(
    "other",
    [
        {"amount_minor": -8_00},
        {"fee_minor": 1_00},
        {"currency": "USD"},
        {"id": "txn_1"},
        {"category": "payout"},
    ],
)
async def test_only_the_line_that_was_set_aside_is_booked_by_its_rule(
    desk: Desk, other: dict[str, Any]
) -> None:
    told = stripe.line("fee", -7_00)
    line = await explaining.aside(desk.conn, desk.deal, told)
    waiting = await explaining.proposed(desk.conn, desk.deal, line, as_("rule"))
    with pytest.raises(Unbookable, match="not the line"):
        await operations.book_by_rule(desk.conn, waiting.id, msgspec.structs.replace(told, **other))


async def test_a_charge_by_its_rule_anew_pays_its_invoice_from_the_day_of_its_line(
    conn: Connection,
) -> None:
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    charge = stripe.line("charge", WHOLE, fee_minor=8_00, intent_id=payment.intent_id)
    line = await explaining.aside(conn, deal, charge)
    done = await explaining.by_rule(conn, deal, line, charge)
    assert done.explained_on == await clock.today(conn)
    desk = Desk(conn, deal, payment)
    assert (await invoices.find_invoice(conn, deal.buyer, invoice.id)).state == "paid"
    assert (await desk.balance("suspense"), await desk.balance("stripe_fees")) == (0, 8_00)
    assert await desk.balance("stripe_balance") == WHOLE - 8_00
    assert not await operations.book_by_rule(conn, done.id, charge)


Case = Callable[[Desk], Awaitable[tuple[StripeLine, model.Explaining]]]


async def _no_payment(desk: Desk) -> tuple[StripeLine, model.Explaining]:
    return await desk.unknown(stripe.line("fee_refund", 7_00)), as_("customer_credit")


async def _two_names(desk: Desk) -> tuple[StripeLine, model.Explaining]:
    given = as_("stripe_fees", online_payment_id=desk.payment.id)
    return await desk.unknown(stripe.line("fee_refund", 7_00)), given


async def _no_refund(desk: Desk) -> tuple[StripeLine, model.Explaining]:
    given = as_("customer_credit", online_payment_id=desk.payment.id)
    return await desk.unknown(stripe.line("topup", 7_00)), given


async def _known(desk: Desk) -> tuple[StripeLine, model.Explaining]:
    return await desk.unknown(stripe.line("fee", -7_00)), as_("stripe_fees")


async def _of_nothing(desk: Desk) -> tuple[StripeLine, model.Explaining]:
    return await desk.unknown(stripe.line("topup", 0)), as_("write_off")


async def _used(desk: Desk) -> tuple[StripeLine, model.Explaining]:
    line = await desk.unknown(past_us(desk.payment, -20_000_00))
    other = await invoicing.issued(desk.conn, desk.deal, 1)
    await money.credit_used(desk.conn, desk.deal.finance, other.id, 5_800_00)
    given = as_("customer_credit", online_payment_id=desk.payment.id)
    await explaining.explained(desk.conn, desk.deal, line, given)
    return await desk.unknown(past_us(desk.payment, -1_00)), given


async def _reserved(desk: Desk) -> tuple[StripeLine, model.Explaining]:
    await _bank_refund(desk, WHOLE)
    line = await desk.unknown(past_us(desk.payment, -20_00))
    return line, as_("customer_credit", online_payment_id=desk.payment.id)


async def _foreign(desk: Desk) -> tuple[StripeLine, model.Explaining]:
    line = await explaining.aside(desk.conn, desk.deal, abroad(past_us(desk.payment, -20_00)))
    return line, as_("customer_credit", online_payment_id=desk.payment.id)


async def _by_bank(desk: Desk) -> tuple[StripeLine, model.Explaining]:
    made = await _bank_refund(desk, 20_00)
    line = await desk.unknown(past_us(desk.payment, -20_00))
    return line, as_("refund_pending", refund_id=made.id)


async def _bank_refund(desk: Desk, amount_minor: int) -> Refund:
    new = NewRefund(
        organisation_id=desk.deal.enterprise.id,
        amount_minor=amount_minor,
        payee_bank="锦川银行",
        payee_account="6222 0001",
        reason="退还多付款项",
    )
    return await refunds.propose_refund(desk.conn, desk.deal.finance, desk.deal.unit.id, new)


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        (_no_payment, model.ExplanationIncomplete),
        (_two_names, model.ExplanationIncomplete),
        (_no_refund, model.PlaceNotOfLine),
        (_known, model.LineExplained),
        (_of_nothing, model.NothingInSuspense),
        (_used, model.CreditTooSmall),
        (_reserved, model.CreditReserved),
        (_foreign, model.LineNotOfCharge),
        (_by_bank, model.LineNotOfStripeRefund),
    ],
)
async def test_what_cannot_be_so_is_refused(
    desk: Desk, case: Case, refusal: type[MarketError]
) -> None:
    line, given = await case(desk)
    with pytest.raises(refusal):
        await explaining.proposed(desk.conn, desk.deal, line, given)


async def test_four_eyes_decide_and_strangers_see_nothing(desk: Desk) -> None:
    conn, unit = desk.conn, desk.deal.unit
    line = await desk.unknown(stripe.line("other_adjustment", -7_00))
    both = await identity.person(conn, unit, Role.FINANCE, Role.LEADER)
    cashier = await identity.person(conn, unit, Role.CASHIER)
    given = as_("stripe_fees")
    own = await operations.propose_explanation(conn, both, line.id, given)
    assert own == await operations.propose_explanation(conn, both, line.id, given)
    because = msgspec.structs.replace(given, reason="另有原因")
    for other, terms in ((desk.deal.finance, given), (both, as_("write_off")), (both, because)):
        with pytest.raises(model.ExplanationProposed):
            await operations.propose_explanation(conn, other, line.id, terms)
    with pytest.raises(model.ExplanationNeedsFinance):
        await operations.propose_explanation(conn, cashier, line.id, given)
    with pytest.raises(NotFound):
        await operations.propose_explanation(conn, desk.deal.buyer, line.id, given)
    with pytest.raises(model.OwnExplanation):
        await operations.approve_explanation(conn, both, own.id)
    with pytest.raises(model.ExplanationNeedsLeader):
        await operations.approve_explanation(conn, desk.deal.finance, own.id)
    await operations.reject_explanation(conn, desk.deal.leader, own.id, "不是手续费")
    with pytest.raises(WrongMove):
        await operations.approve_explanation(conn, desk.deal.leader, own.id)
    assert await desk.balance("suspense") == -7_00
    rule = await operations.propose_explanation(conn, both, line.id, as_("rule"))
    with pytest.raises(model.RuleDecides):
        await operations.approve_explanation(conn, desk.deal.leader, rule.id)


async def test_nobody_decides_over_the_credit_of_his_own_enterprise(desk: Desk) -> None:
    line = await desk.unknown(past_us(desk.payment, -20_00))
    given = as_("customer_credit", online_payment_id=desk.payment.id)
    waiting = await explaining.proposed(desk.conn, desk.deal, line, given)
    await identity.also(desk.conn, desk.deal.leader, desk.deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.approve_explanation(desk.conn, desk.deal.leader, waiting.id)


async def test_the_auditor_finds_no_fault_with_what_was_explained(
    fresh_database: Callable[[], Awaitable[Dsns]],
) -> None:
    addresses = await fresh_database()
    conn = await db.connect(addresses.app)
    await explaining.happens(conn)
    await conn.close()
    assert (await audit.run(addresses.auditor)).faults == []
