"""A charge that nobody asked for here is its payer's credit, and what goes back comes off it."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import pytest

from market.auditor import audit
from market.base import db
from market.base.access import SYSTEM, BothSides, Role
from market.base.db import Connection
from market.money.invoicing import operations as invoices
from market.money.invoicing.held import held_of
from market.money.payments import model as payments
from market.money.payments.chargebacks import losing
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.chargebacks.write_offs import operations as write_offs
from market.money.payments.evidence import operations as evidence
from market.money.payments.evidence.model import EvidenceGiven
from market.money.payments.refunds import operations as refunds
from market.money.payments.refunds.model import CreditUnexplained, NewRefund
from market.money.payments.stripe_balance.model import Disputed, StripeLine
from market.money.payments.stripe_explanations import model, operations
from market.money.payments.stripe_explanations.model import LineExplanation
from market.money.payments.stripe_explanations.undoing import model as undoing
from tests.conftest import Clone
from tests.world import dunning, explaining, identity, invoicing, money, stripe
from tests.world.evidence import TEXTS, Case
from tests.world.explaining import as_
from tests.world.invoicing import Deal

CH: Final = "ch_dashboard"
PAID: Final = 700_00


class Desk(NamedTuple):
    """Whose buyer paid by a charge made on Stripe's dashboard."""

    conn: Connection
    deal: Deal

    async def balance(self, kind: str) -> int:
        subject = self.deal.enterprise.id if kind == "customer_credit" else None
        return await money.balance(self.conn, self.deal.unit.id, kind, subject)

    async def line(self, category: str, amount_minor: int, **more: Any) -> StripeLine:
        of = {"charge_id": CH, "source_id": CH if category == "charge" else f"re_{amount_minor}"}
        told = stripe.line(category, amount_minor, **{**of, **more})
        return await explaining.unknown(self.conn, self.deal, told)

    async def credited(self, line: StripeLine) -> LineExplanation:
        given = as_("customer_credit", organisation_id=self.deal.enterprise.id)
        return await explaining.explained(self.conn, self.deal, line, given)

    async def charged(self, amount_minor: int = PAID, **more: Any) -> LineExplanation:
        return await self.credited(await self.line("charge", amount_minor, **more))

    async def held(self) -> int:
        async with db.look(self.conn, SYSTEM):
            place = (self.deal.unit.id, self.deal.enterprise.id, "CNY")
            return (await held_of(self.conn, *place)).disputed_minor

    async def dispute(self, amount_minor: int, **more: Any) -> None:
        told = disputed(amount_minor, "needs_response")
        line = stripe.line("dispute", -amount_minor, dispute=told, **more)
        await stripe.booked(self.conn, self.deal, line)

    async def back(self, amount_minor: int) -> StripeLine:
        """What the bank gives back of what it had kept."""
        told = disputed(amount_minor, "won")
        return await self.line("dispute_reversal", amount_minor, dispute=told, source_id=told.id)

    async def lost(self) -> None:
        assert await losing.lose(self.conn, self.deal.unit.id, disputed(PAID, "lost"))


def disputed(amount_minor: int, status: str) -> Disputed:
    return Disputed("dp_dashboard", amount_minor, "CNY", "fraudulent", status, None, None, CH)


@pytest.fixture
async def desk(conn: Connection) -> Desk:
    return Desk(conn, await invoicing.fw01(conn))


async def test_it_is_the_payers_credit_from_the_day_of_its_line_and_pays_his_invoice(
    desk: Desk,
) -> None:
    line = await desk.line("charge", PAID, fee_minor=20_00)
    done = await desk.credited(line)
    assert (done.explained_on, done.amount_minor) == (line.booked_on, PAID)
    assert (await desk.balance("suspense"), await desk.balance("customer_credit")) == (0, PAID)
    assert await desk.balance("stripe_balance") == PAID - 20_00
    invoice = await invoicing.issued(desk.conn, desk.deal)
    await money.credit_used(desk.conn, desk.deal.finance, invoice.id, 500_00)
    read = await invoices.find_invoice(desk.conn, desk.deal.buyer, invoice.id)
    assert (read.state, read.paid_minor) == ("part_paid", 500_00)
    new = _to_bank(desk.deal, 200_00)
    made = await refunds.propose_refund(desk.conn, desk.deal.finance, desk.deal.unit.id, new)
    await refunds.approve_refund(desk.conn, desk.deal.leader, made.id)
    assert await desk.balance("customer_credit") == 0


def _to_bank(deal: Deal, amount_minor: int) -> NewRefund:
    return NewRefund(
        organisation_id=deal.enterprise.id,
        amount_minor=amount_minor,
        payee_bank="锦川银行",
        payee_account="6222 0001",
        reason="退还多付款项",
    )


async def test_what_is_refunded_of_it_is_held_and_comes_off_that_credit(desk: Desk) -> None:
    await desk.charged()
    line = await desk.line("refund", -300_00)
    assert await desk.held() == 300_00
    other = await invoicing.issued(desk.conn, desk.deal)
    with pytest.raises(payments.CreditUnexplained):
        await money.credit_used(desk.conn, desk.deal.finance, other.id, 400_01)
    new = _to_bank(desk.deal, 400_01)
    with pytest.raises(CreditUnexplained):
        await refunds.propose_refund(desk.conn, desk.deal.finance, desk.deal.unit.id, new)
    await desk.credited(line)
    assert (await desk.balance("customer_credit"), await desk.held()) == (400_00, 0)

    back = await desk.line("refund_failure", 100_00)
    await desk.credited(back)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (500_00, 0)
    again = await desk.line("refund", -500_01)
    with pytest.raises(model.LineAboveCharge, match=r"500\.00"):
        await desk.credited(again)
    with pytest.raises(model.LineNotOfPastCharge):
        await desk.credited(await desk.line("refund_failure", 200_01))


async def test_of_what_is_used_already_nothing_comes_off_until_it_is_credit_again(
    desk: Desk,
) -> None:
    await desk.charged()
    invoice = await invoicing.issued(desk.conn, desk.deal)
    use = await money.credit_used(desk.conn, desk.deal.finance, invoice.id, PAID)
    line = await desk.line("refund", -PAID)
    with pytest.raises(model.CreditTooSmall):
        await desk.credited(line)
    await money.credit_use_undone(desk.conn, desk.deal.finance, use)
    await desk.credited(line)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (0, 0)


async def test_a_chargeback_of_it_holds_the_credit_and_takes_it_when_it_is_lost(
    desk: Desk,
) -> None:
    await desk.charged()
    await desk.dispute(PAID)
    assert await desk.held() == PAID
    invoice = await invoicing.issued(desk.conn, desk.deal)
    with pytest.raises(payments.CreditHeld):
        await money.credit_used(desk.conn, desk.deal.finance, invoice.id, 1_00)
    await desk.lost()
    assert (await desk.balance("customer_credit"), await desk.held()) == (0, 0)
    assert (await desk.balance("suspense"), await desk.balance("stripe_disputed")) == (0, 0)

    await desk.credited(await desk.back(PAID))
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (PAID, 0)


async def test_who_has_a_role_at_its_payer_has_no_part_in_what_is_said_of_its_chargeback(
    desk: Desk,
) -> None:
    await desk.charged()
    await desk.dispute(PAID)
    [one] = await chargebacks.list_chargebacks(desk.conn, desk.deal.finance, desk.deal.unit.id)
    case = Case(desk.deal, one.id)
    version = (await case.written(desk.conn)).version
    both = await identity.person(desk.conn, desk.deal.unit, Role.FINANCE)
    await identity.also(desk.conn, both, desk.deal.enterprise, Role.BUYER)
    given = EvidenceGiven(texts=TEXTS)
    with pytest.raises(BothSides):
        await case.read(desk.conn, both)
    with pytest.raises(BothSides):
        await evidence.save_evidence(desk.conn, both, one.id, given, expected_version=version)
    with pytest.raises(BothSides):
        await evidence.submit_evidence(desk.conn, both, one.id, expected_version=version)
    assert (await case.submit(desk.conn)).evidence is not None


async def test_one_that_is_won_gives_the_credit_free(desk: Desk) -> None:
    await desk.charged()
    await desk.dispute(PAID)
    told = disputed(PAID, "won")
    await stripe.booked(desk.conn, desk.deal, stripe.line("dispute_reversal", PAID, dispute=told))
    assert (await desk.balance("customer_credit"), await desk.held()) == (PAID, 0)


async def test_what_a_loss_finds_no_credit_for_stands_in_suspense(desk: Desk) -> None:
    await desk.charged()
    invoice = await invoicing.issued(desk.conn, desk.deal)
    await money.credit_used(desk.conn, desk.deal.finance, invoice.id, 600_00)
    await desk.dispute(PAID)
    await desk.lost()
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (0, -600_00)

    [one] = await chargebacks.list_chargebacks(desk.conn, desk.deal.finance, desk.deal.unit.id)
    own = await identity.person(desk.conn, desk.deal.unit, Role.FINANCE)
    await identity.also(desk.conn, own, desk.deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await write_offs.propose_write_off(desk.conn, own, one.id, "无人承担")
    waiting = await write_offs.propose_write_off(desk.conn, desk.deal.finance, one.id, "无人承担")
    await write_offs.approve_write_off(desk.conn, desk.deal.leader, waiting.id)
    assert (await desk.balance("suspense"), await desk.balance("write_off")) == (0, 600_00)


async def test_what_a_loss_has_taken_since_it_was_proposed_is_nobodys_credit(desk: Desk) -> None:
    line = await desk.line("charge", PAID)
    given = as_("customer_credit", organisation_id=desk.deal.enterprise.id)
    waiting = await explaining.proposed(desk.conn, desk.deal, line, given)
    await desk.dispute(500_00)
    assert await losing.lose(desk.conn, desk.deal.unit.id, disputed(500_00, "lost"))
    with pytest.raises(operations.LossTookOfIt):
        await operations.approve_explanation(desk.conn, desk.deal.leader, waiting.id)
    await operations.reject_explanation(desk.conn, desk.deal.leader, waiting.id, "金额已变")
    await desk.credited(line)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (200_00, 0)


async def _partly_lost(desk: Desk) -> LineExplanation:
    """A loss took part of it while it stood in suspense, and the rest is credit."""
    line = await desk.line("charge", PAID)
    await desk.dispute(500_00)
    assert await losing.lose(desk.conn, desk.deal.unit.id, disputed(500_00, "lost"))
    rest = await desk.credited(line)
    assert await desk.balance("customer_credit") == 200_00
    return rest


async def test_what_a_loss_took_of_it_before_it_was_credit_is_the_payers_when_it_comes_back(
    desk: Desk,
) -> None:
    rest = await _partly_lost(desk)
    back = await desk.back(500_00)
    with pytest.raises(model.PlaceNotOfLine):
        await explaining.proposed(desk.conn, desk.deal, back, as_("write_off"))
    again = await desk.credited(back)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (PAID, 0)
    with pytest.raises(undoing.CameBackSince, match=r"500\.00"):
        await explaining.undone(desk.conn, desk.deal, rest)
    await explaining.undone(desk.conn, desk.deal, again)
    await explaining.undone(desk.conn, desk.deal, rest)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (0, PAID)
    await desk.credited(await _same(desk, rest))
    await desk.credited(await _same(desk, again))
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (PAID, 0)


async def test_no_more_of_a_loss_comes_back_than_it_took(desk: Desk) -> None:
    await _partly_lost(desk)
    back = await desk.back(500_01)
    with pytest.raises(model.LineNotOfPastCharge):
        await desk.credited(back)
    await explaining.explained(desk.conn, desk.deal, back, as_("write_off"))


async def test_what_comes_back_of_a_loss_makes_up_what_is_owed_and_the_rest_is_the_payers(
    desk: Desk,
) -> None:
    await desk.charged()
    invoice = await invoicing.issued(desk.conn, desk.deal)
    await money.credit_used(desk.conn, desk.deal.finance, invoice.id, 600_00)
    await desk.dispute(PAID)
    await desk.lost()
    back = await desk.back(PAID)
    assert await desk.balance("suspense") == 100_00
    with pytest.raises(model.PlaceNotOfLine):
        await explaining.proposed(desk.conn, desk.deal, back, as_("write_off"))
    await desk.credited(back)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (100_00, 0)


async def test_in_another_currency_than_asked_it_is_the_credit_of_who_was_to_pay(
    desk: Desk,
) -> None:
    """In the balance's, whatever he paid in; all of it goes back at another rate, too."""
    conn, deal = desk.conn, desk.deal
    invoice = await invoicing.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    of = {"intent_id": payment.intent_id, "paid_currency": "USD"}
    line = await desk.line("charge", PAID, paid_minor=100_00, **of)
    other = await invoicing.fw01(conn)
    given = as_("customer_credit", organisation_id=other.enterprise.id)
    with pytest.raises((model.NoCustomer, model.ChargeOfAnother)):
        await explaining.proposed(conn, deal, line, given)
    await desk.credited(line)
    assert await desk.balance("customer_credit") == PAID
    gone = await desk.line("refund", -705_00, paid_minor=-100_00, **of)
    await desk.credited(gone)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (0, 0)
    assert await desk.balance("exchange_difference") == 5_00


async def test_a_charge_of_ours_that_its_rule_can_book_is_nobodys_to_name(desk: Desk) -> None:
    conn, deal = desk.conn, desk.deal
    invoice = await invoicing.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    told = stripe.line(
        "charge", invoice.amount_minor, intent_id=payment.intent_id, charge_id=CH, source_id=CH
    )
    with pytest.raises(model.LineOfItsRule):
        await desk.credited(await explaining.aside(conn, deal, told))
    untold = await explaining.aside(conn, deal, stripe.line("charge", PAID))
    with pytest.raises(model.LineOfItsRule):
        await desk.credited(untold)


async def test_only_a_customer_has_credit_and_only_of_its_own_charge(desk: Desk) -> None:
    conn, deal = desk.conn, desk.deal
    line = await desk.line("charge", PAID)
    stranger = await invoicing.fw01(conn)
    for given, refusal in (
        (as_("customer_credit", organisation_id=stranger.enterprise.id), model.NoCustomer),
        (as_("customer_credit", organisation_id=deal.unit.id), model.NoCustomer),
        (as_("customer_credit"), model.ExplanationIncomplete),
        (as_("write_off", organisation_id=deal.enterprise.id), model.ExplanationIncomplete),
        (as_("interest_income"), model.PlaceNotOfLine),
    ):
        with pytest.raises(refusal):
            await explaining.proposed(conn, deal, line, given)
    refund = await desk.line("refund", -300_00)
    with pytest.raises(model.LineNotOfPastCharge):
        await desk.credited(refund)
    await desk.credited(line)
    other = await desk.line("refund", -1_00, charge_id="ch_another")
    with pytest.raises(model.LineNotOfPastCharge):
        await desk.credited(other)


async def test_nobody_says_that_his_own_enterprise_paid(desk: Desk) -> None:
    conn, deal = desk.conn, desk.deal
    line = await desk.line("charge", PAID)
    given = as_("customer_credit", organisation_id=deal.enterprise.id)
    finance = await identity.person(conn, deal.unit, Role.FINANCE)
    await identity.also(conn, finance, deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.propose_explanation(conn, finance, line.id, given)
    await explaining.explained(conn, deal, line, given)
    refund = await desk.line("refund", -300_00)
    waiting = await explaining.proposed(conn, deal, refund, given)
    await identity.also(conn, deal.leader, deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.approve_explanation(conn, deal.leader, waiting.id)


async def test_undone_it_stands_in_suspense_unless_something_of_it_went_back(desk: Desk) -> None:
    wrong = await desk.charged()
    gone = await desk.credited(await desk.line("refund", -300_00))
    with pytest.raises(undoing.WentBackSince, match=r"300\.00"):
        await explaining.undone(desk.conn, desk.deal, wrong)
    await explaining.undone(desk.conn, desk.deal, gone)
    with pytest.raises(undoing.CreditIsGone):
        await explaining.undone(desk.conn, desk.deal, wrong)
    await desk.credited(await _same(desk, gone))
    assert await desk.balance("customer_credit") == 400_00


async def _same(desk: Desk, explanation: LineExplanation) -> StripeLine:
    lines = await explaining.lines_of(desk.conn, desk.deal)
    return next(one for one in lines if one.id == explanation.stripe_line_id)


async def test_the_auditor_finds_no_fault_with_any_of_it(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        desk = Desk(market.conn, await invoicing.fw01(market.conn))
        wrong = await desk.charged()
        await explaining.undone(desk.conn, desk.deal, wrong)
        await desk.credited(await _same(desk, wrong))
        for category, amount_minor in (("refund", -300_00), ("refund_failure", 100_00)):
            await desk.credited(await desk.line(category, amount_minor))
        await desk.dispute(500_00)
        await desk.lost()
        await desk.credited(await desk.back(200_00))
        assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (
            200_00,
            0,
        )
        other = Desk(market.conn, await invoicing.fw01(market.conn))
        await _partly_lost(other)
        await other.credited(await other.back(500_00))
        assert await other.balance("customer_credit") == PAID
        assert (await audit.run(market.addresses.auditor)).faults == []
