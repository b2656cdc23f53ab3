"""What went back of a charge that had paid invoices is owed again; undone, it pays them again."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import pytest

from market.auditor import audit
from market.base import clock, db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.money.invoicing import operations as invoices
from market.money.invoicing.held import held_of
from market.money.invoicing.model import FullInvoice
from market.money.payments.chargebacks import losing
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_explanations import model, operations, owed_again
from market.money.payments.stripe_explanations.model import LineExplanation
from market.money.payments.stripe_explanations.undoing import model as undoing
from market.notifications import stripe_facts
from tests.conftest import Clone
from tests.world import dunning, explaining, invoicing, money, stripe
from tests.world.explaining import as_, past_us
from tests.world.invoicing import Deal

WHOLE: Final = 25_800_00
TAKES: Final = ("refund", "charge_failure", "partial_capture_reversal")


class Desk(NamedTuple):
    """A payment by card that paid an invoice."""

    conn: Connection
    deal: Deal
    payment: FullOnlinePayment
    invoice: FullInvoice

    async def balance(self, kind: str, currency: str = "CNY") -> int:
        subject = self.deal.enterprise.id if kind in ("customer_credit", "receivable") else None
        return await money.balance(self.conn, self.deal.unit.id, kind, subject, currency)

    async def balances(self) -> dict[str, int]:
        kinds = ("receivable", "customer_credit", "suspense", "stripe_balance", "vat_deferred")
        return {kind: await self.balance(kind) for kind in kinds}

    async def gone(self, amount_minor: int, category: str = "refund", **more: Any) -> StripeLine:
        told = past_us(self.payment, amount_minor, category=category, **more)
        return await explaining.unknown(self.conn, self.deal, told)

    async def explained(self, line: StripeLine, place: str = "receivable") -> LineExplanation:
        given = as_(place, online_payment_id=self.payment.id)
        return await explaining.explained(self.conn, self.deal, line, given)

    async def now(self) -> tuple[str, int]:
        found = await invoices.find_invoice(self.conn, self.deal.buyer, self.invoice.id)
        return found.state, found.open_minor

    async def held(self) -> int:
        async with db.look(self.conn, SYSTEM):
            place = (self.deal.unit.id, self.deal.enterprise.id, "CNY")
            return (await held_of(self.conn, *place)).total_minor


async def opened(conn: Connection, *, by_bank_minor: int = 0, **of: Any) -> Desk:
    """``by_bank_minor`` came before the charge, which is credit for so much."""
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    if by_bank_minor:
        await money.paid(conn, deal, invoice.id, by_bank_minor)
    amount_minor = of.pop("amount_minor", WHOLE)
    charge = stripe.line("charge", amount_minor, intent_id=payment.intent_id, **of)
    await stripe.booked(conn, deal, charge)
    return Desk(conn, deal, payment, invoice)


@pytest.fixture
async def desk(conn: Connection) -> Desk:
    return await opened(conn)


@pytest.mark.parametrize("category", TAKES)
async def test_a_paid_invoice_whose_charge_went_back_is_owed_again(
    stocked: Clone, category: str
) -> None:
    async with dunning.opened(stocked) as market:
        desk = await opened(market.conn)
        before = await desk.balances()
        line = await desk.gone(-WHOLE, category)
        assert await desk.now() == ("paid", 0)
        done = await desk.explained(line)
        assert await desk.now() == ("open", WHOLE)
        after = await desk.balances()
        assert (after["receivable"], after["suspense"], await desk.held()) == (WHOLE, 0, 0)
        assert after["vat_deferred"] == before["vat_deferred"]
        today = await clock.today(desk.conn)
        assert done.explained_on == today
        [paid] = await money.payments_of(desk.conn, desk.deal.buyer, desk.invoice.id)
        assert paid.taken_back_on == today
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_a_part_that_went_back_is_owed_again_and_the_rest_stays_paid(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        desk = await opened(market.conn)
        await desk.explained(await desk.gone(-5_000_00, source_id="re_1"))
        assert await desk.now() == ("part_paid", 5_000_00)
        last = await desk.gone(-(WHOLE - 5_000_00), source_id="re_2")
        await desk.explained(last)
        assert await desk.now() == ("open", WHOLE)
        with pytest.raises(model.LineAboveCharge):
            await desk.explained(await desk.gone(-1, source_id="re_3"))
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_paid_invoices_goes_first_and_the_rest_off_the_credit(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        desk = await opened(market.conn, by_bank_minor=5_800_00)
        assert await desk.balance("customer_credit") == 5_800_00
        await desk.explained(await desk.gone(-19_000_00, source_id="re_1"))
        assert await desk.now() == ("part_paid", 19_000_00)
        assert await desk.balance("customer_credit") == 5_800_00
        wrong = await desk.explained(await desk.gone(-6_800_00, source_id="re_2"))
        assert (await desk.now())[1] == 20_000_00
        assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (0, 0)
        assert (await audit.run(market.addresses.auditor)).faults == []

        await explaining.undone(desk.conn, desk.deal, wrong)
        assert (await desk.now())[1] == 19_000_00
        assert await desk.balance("customer_credit") == 5_800_00
        assert await desk.balance("suspense") == -6_800_00
        assert await desk.held() == 5_800_00
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_the_rest_needs_credit(conn: Connection) -> None:
    desk = await opened(conn, by_bank_minor=5_800_00)
    other = await invoicing.issued(conn, desk.deal, 1)
    use = await money.credit_used(conn, desk.deal.finance, other.id, 5_000_00)
    line = await desk.gone(-WHOLE)
    with pytest.raises(owed_again.RestAboveCredit) as refused:
        await desk.explained(line)
    said = refused.value.detail("en")
    for figure in ("20,000.00 of the line", "other 5,800.00", "holds 800.00"):
        assert figure in said
    await money.credit_use_undone(conn, desk.deal.finance, use)
    await desk.explained(line)
    assert await desk.now() == ("part_paid", 20_000_00)
    assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (0, 0)


async def test_what_pays_nothing_is_not_owed_again(conn: Connection) -> None:
    desk = await opened(conn, by_bank_minor=WHOLE)
    line = await desk.gone(-WHOLE)
    with pytest.raises(owed_again.NothingOwedAgain):
        await desk.explained(line)
    await desk.explained(line, "customer_credit")
    assert await desk.now() == ("paid", 0)


async def test_credit_that_is_not_there_leads_to_the_debt_and_not_to_a_credit_note(
    desk: Desk,
) -> None:
    line = await desk.gone(-WHOLE)
    with pytest.raises(model.CreditTooSmall) as refused:
        await desk.explained(line, "customer_credit")
    assert "receivable" in refused.value.detail("en")
    assert "receivable" in refused.value.detail("zh-CN")
    assert "only where a reduction was agreed" in refused.value.detail("en")


async def test_what_comes_back_later_is_credit_which_pays_again(desk: Desk) -> None:
    await desk.explained(await desk.gone(-WHOLE))
    back = await desk.gone(WHOLE, "refund_failure")
    with pytest.raises(model.PlaceNotOfLine):
        await desk.explained(back)
    await desk.explained(back, "customer_credit")
    assert (await desk.now(), await desk.balance("customer_credit")) == (("open", WHOLE), WHOLE)
    await money.credit_used(desk.conn, desk.deal.finance, desk.invoice.id, WHOLE)
    assert await desk.now() == ("paid", 0)


async def test_what_was_owed_again_by_mistake_is_paid_again(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        desk = await opened(market.conn)
        before = await desk.balances()
        line = await desk.gone(-WHOLE)
        aside = await desk.balances()
        wrong = await desk.explained(line)
        await explaining.undone(desk.conn, desk.deal, wrong)
        assert await desk.now() == ("paid", 0)
        assert await desk.balances() == aside
        assert aside == {**before, "suspense": -WHOLE, "stripe_balance": 0}
        first, again = await money.payments_of(desk.conn, desk.deal.buyer, desk.invoice.id)
        assert (again.taken_back_on, again.received_on) == (None, first.received_on)
        assert again.stripe_line_id == first.stripe_line_id
        assert (await audit.run(market.addresses.auditor)).faults == []
        [line] = [
            one for one in await explaining.lines_of(desk.conn, desk.deal) if one.id == line.id
        ]
        await desk.explained(line)
        assert await desk.now() == ("open", WHOLE)
        assert (await audit.run(market.addresses.auditor)).faults == []


@pytest.mark.parametrize("by_note", [True, False])
async def test_what_the_invoice_no_longer_takes_is_credit(stocked: Clone, by_note: bool) -> None:
    """It was credited, or paid otherwise, since; as with what a lost chargeback gives back."""
    async with dunning.opened(stocked) as market:
        desk = await opened(market.conn)
        wrong = await desk.explained(await desk.gone(-WHOLE))
        if by_note:
            await invoicing.credited(desk.conn, desk.deal, desk.invoice, 5_000_00)
        else:
            await money.paid(desk.conn, desk.deal, desk.invoice.id, 5_000_00)
        await explaining.undone(desk.conn, desk.deal, wrong)
        assert (await desk.now())[1] == 0
        for kind, minor in (("customer_credit", 5_000_00), ("receivable", 0), ("suspense", -WHOLE)):
            assert await desk.balance(kind) == minor
        assert (await audit.run(market.addresses.auditor)).faults == []
        [line] = [
            one for one in await explaining.lines_of(desk.conn, desk.deal) if one.amount_minor < 0
        ]
        await desk.explained(line)
        assert (await desk.now())[1] == WHOLE - 5_000_00
        assert (await desk.balance("customer_credit"), await desk.balance("suspense")) == (0, 0)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_each_of_two_lines_of_one_day_pays_again_what_it_had_paid(stocked: Clone) -> None:
    """A charge, and what came back of it once a chargeback was lost."""
    async with dunning.opened(stocked) as market:
        desk = await opened(market.conn)
        conn, deal, part = desk.conn, desk.deal, 10_000_00
        opened_, lost, won = [
            stripe.dispute_of(desk.payment, part, state)
            for state in ("needs_response", "lost", "won")
        ]
        await stripe.booked(conn, deal, stripe.line("dispute", -part, dispute=opened_))
        assert await losing.lose(conn, deal.unit.id, lost)
        await stripe.booked(conn, deal, stripe.line("dispute_reversal", part, dispute=won))
        wrong = await desk.explained(await desk.gone(-20_000_00))
        await explaining.undone(conn, deal, wrong)
        assert await desk.now() == ("paid", 0)
        lines = {one.id: one.category for one in await explaining.lines_of(conn, deal)}
        paid = await money.payments_of(conn, deal.buyer, desk.invoice.id)
        live = {
            lines[one.stripe_line_id]: one.amount_minor
            for one in paid
            if one.stripe_line_id is not None and one.taken_back_on is None
        }
        assert live == {"charge": WHOLE - part, "dispute_reversal": part}
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_came_back_since_keeps_it(desk: Desk) -> None:
    wrong = await desk.explained(await desk.gone(-WHOLE))
    await desk.explained(await desk.gone(1_00, "refund_failure"), "customer_credit")
    with pytest.raises(undoing.CameBackSince):
        await explaining.undone(desk.conn, desk.deal, wrong)


async def test_in_another_currency_the_debt_closes_as_the_charge_had_opened_it(
    stocked: Clone,
) -> None:
    of = {"currency": "USD", "paid_currency": "CNY"}
    async with dunning.opened(stocked) as market:
        desk = await opened(
            market.conn, by_bank_minor=5_800_00, amount_minor=3_583_33, paid_minor=WHOLE, **of
        )
        wrong = []
        for dollars, yuan in ((-2_700_00, -19_000_07), (-880_00, -6_799_93)):
            line = await desk.gone(dollars, paid_minor=yuan, source_id=f"re_{-yuan}", **of)
            wrong.append(await desk.explained(line))
        assert await desk.now() == ("part_paid", 20_000_00)
        for kind, currency in (("customer_credit", "CNY"), ("fx_position", "CNY"),
                               ("fx_position", "USD"), ("suspense", "USD")):  # fmt: skip
            assert await desk.balance(kind, currency) == 0
        assert (await audit.run(market.addresses.auditor)).faults == []
        for one in wrong:
            await explaining.undone(desk.conn, desk.deal, one)
        assert (await desk.now(), await desk.balance("customer_credit")) == (("paid", 0), 5_800_00)
        assert await desk.balance("exchange_difference", "USD") == 0
        assert await desk.balance("suspense", "USD") == -3_580_00
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_a_chargeback_takes_of_the_rest_is_owed_again_too(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        desk = await opened(market.conn)
        await desk.explained(await desk.gone(-5_000_00))
        rest = WHOLE - 5_000_00
        opened_, lost = [
            stripe.dispute_of(desk.payment, rest, state) for state in ("needs_response", "lost")
        ]
        await stripe.booked(desk.conn, desk.deal, stripe.line("dispute", -rest, dispute=opened_))
        assert await losing.lose(desk.conn, desk.deal.unit.id, lost)
        assert await desk.now() == ("open", WHOLE)
        assert (await desk.balance("suspense"), await desk.balance("receivable")) == (0, WHOLE)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_a_debt_names_the_payment_and_nothing_else(desk: Desk) -> None:
    line = await desk.gone(-WHOLE)
    for named in (
        {},
        {"organisation_id": desk.deal.enterprise.id},
        {"online_payment_id": desk.payment.id, "organisation_id": desk.deal.enterprise.id},
        {"online_payment_id": desk.payment.id, "refund_id": desk.payment.id},
    ):
        with pytest.raises(model.ExplanationIncomplete):
            await explaining.proposed(desk.conn, desk.deal, line, as_("receivable", **named))


async def test_a_leader_other_than_who_proposed_it_decides(desk: Desk) -> None:
    line = await desk.gone(-WHOLE)
    given = as_("receivable", online_payment_id=desk.payment.id)
    waiting = await explaining.proposed(desk.conn, desk.deal, line, given)
    assert await desk.now() == ("paid", 0)
    with pytest.raises(model.ExplanationNeedsLeader):
        await operations.approve_explanation(desk.conn, desk.deal.finance, waiting.id)
    assert await desk.now() == ("paid", 0)


async def test_who_owes_again_and_lost_credit_is_told_how_much_of_it(conn: Connection) -> None:
    desk = await opened(conn, by_bank_minor=5_800_00)
    wrong = await desk.explained(await desk.gone(-21_000_00, "charge_failure"))
    async with db.act(conn, SYSTEM):
        facts = await stripe_facts.about_stripe_explanation(conn, wrong.id)
    assert (facts["never_came"], facts["takes_credit"]) == (True, False)
    assert facts["credit"] == "1,000.00 CNY"
    await explaining.undone(conn, desk.deal, wrong)
    async with db.act(conn, SYSTEM):
        facts = await stripe_facts.about_stripe_explanation(conn, wrong.id)
    assert (facts["never_came"], facts["credit"]) == (True, "1,000.00 CNY")


async def test_who_owes_again_and_had_no_credit_hears_of_his_invoice_alone(desk: Desk) -> None:
    done = await desk.explained(await desk.gone(-WHOLE))
    async with db.act(desk.conn, SYSTEM):
        facts = await stripe_facts.about_stripe_explanation(desk.conn, done.id)
    for said in ("never_came", "takes_credit", "gives_credit"):
        assert not facts[said]
