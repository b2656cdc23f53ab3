"""A charge that nobody asked for here is its payer's credit, and what goes back comes off it."""

from __future__ import annotations

import pytest

from market.base.access import BothSides, Role
from market.base.db import Connection
from market.money.invoicing import operations as invoices
from market.money.payments import model as payments
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.chargebacks.write_offs import operations as write_offs
from market.money.payments.evidence import operations as evidence
from market.money.payments.evidence.model import EvidenceGiven
from market.money.payments.refunds import operations as refunds
from market.money.payments.refunds.model import CreditUnexplained
from market.money.payments.stripe_explanations import model, operations, past_market
from market.money.payments.stripe_explanations.undoing import model as undoing
from tests.world import explaining, identity, invoicing, money, stripe
from tests.world.evidence import TEXTS, Case
from tests.world.explaining import as_
from tests.world.past_market import CH, PAID, Desk, to_bank


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
    new = to_bank(desk.deal, 200_00)
    made = await refunds.propose_refund(desk.conn, desk.deal.finance, desk.deal.unit.id, new)
    await refunds.approve_refund(desk.conn, desk.deal.leader, made.id)
    assert await desk.balance("customer_credit") == 0


async def test_what_is_refunded_of_it_is_held_and_comes_off_that_credit(desk: Desk) -> None:
    await desk.charged()
    line = await desk.line("refund", -300_00)
    assert await desk.held() == 300_00
    other = await invoicing.issued(desk.conn, desk.deal)
    with pytest.raises(payments.CreditUnexplained):
        await money.credit_used(desk.conn, desk.deal.finance, other.id, 400_01)
    new = to_bank(desk.deal, 400_01)
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
    with pytest.raises(past_market.PastCreditTooSmall):
        await desk.credited(line)
    await money.credit_use_undone(desk.conn, desk.deal.finance, use)
    await desk.credited(line)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (0, 0)


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


async def test_nor_has_who_was_to_pay_by_a_charge_that_no_rule_can_book(desk: Desk) -> None:
    conn, deal = desk.conn, desk.deal
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, await invoicing.issued(conn, deal))
    of = {"intent_id": payment.intent_id, "paid_currency": "USD", "paid_minor": 100_00}
    await desk.line("charge", PAID, **of)
    await desk.dispute(750_00)
    await desk.lost(750_00)
    both = await identity.person(conn, deal.unit, Role.FINANCE, Role.LEADER)
    await identity.also(conn, both, deal.enterprise, Role.BUYER)
    [one] = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)
    with pytest.raises(BothSides):
        await Case(deal, one.id).read(conn, both)
    with pytest.raises(BothSides):
        await write_offs.propose_write_off(conn, both, one.id, "无人承担")


@pytest.mark.parametrize("gone_minor", [705_00, 695_00])
async def test_at_another_rate_all_of_it_goes_and_all_of_it_comes_back(
    desk: Desk, gone_minor: int
) -> None:
    of = {"paid_currency": "USD", "source_id": "re_whole"}
    await desk.charged(paid_currency="USD", paid_minor=100_00)
    for _ in range(2):
        gone = await desk.line("refund", -gone_minor, paid_minor=-100_00, **of)
        done = await desk.credited(gone)
        assert await desk.balance("customer_credit") == 0
        await explaining.undone(desk.conn, desk.deal, done)
        assert await desk.balance("customer_credit") == PAID
        done = await desk.credited(gone)
        back = await desk.line("refund_failure", gone_minor, paid_minor=100_00, **of)
        await desk.credited(back)
        assert await desk.balance("customer_credit") == PAID
        with pytest.raises(undoing.CameBackSince):
            await explaining.undone(desk.conn, desk.deal, done)
    assert (await desk.balance("suspense"), await desk.balance("exchange_difference")) == (0, 0)


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


async def test_naming_another_customer_is_another_proposal(desk: Desk) -> None:
    line = await desk.line("charge", PAID)
    given = as_("customer_credit", organisation_id=desk.deal.enterprise.id)
    first = await explaining.proposed(desk.conn, desk.deal, line, given)
    assert await explaining.proposed(desk.conn, desk.deal, line, given) == first
    other = (await invoicing.fw01(desk.conn)).enterprise
    given = as_("customer_credit", organisation_id=other.id)
    with pytest.raises(model.ExplanationProposed):
        await explaining.proposed(desk.conn, desk.deal, line, given)


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
    await explaining.undone(desk.conn, desk.deal, wrong)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (0, 400_00)
    named = await desk.credited(await desk.same(wrong))
    gone = await desk.credited(await desk.same(gone))
    assert await desk.balance("customer_credit") == 400_00
    back = await desk.credited(await desk.line("refund_failure", 300_00))
    with pytest.raises(undoing.CameBackSince, match=r"300\.00"):
        await explaining.undone(desk.conn, desk.deal, named)
    for one in (back, gone, named):
        await explaining.undone(desk.conn, desk.deal, one)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (0, 700_00)
