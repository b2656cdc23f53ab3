"""A person names only a place that Stripe's word of the line leaves open, and of no own money."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID

import pytest

from market.base import db, vocabulary
from market.base.access import SYSTEM, BothSides, Role
from market.base.db import Connection
from market.base.moves import WrongMove
from market.money.invoicing.held import held_of
from market.money.payments.chargebacks import losing
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.refunds.model import MoreThanCharge, Refund
from market.money.payments.stripe_balance import attempts
from market.money.payments.stripe_balance.model import Balance, Disputed, StripeLine
from market.money.payments.stripe_explanations import model, operations
from market.money.payments.stripe_explanations.model import BelongsTo, Explaining
from market.money.payments.stripe_explanations.places import (
    BY_RULE_ALONE,
    CHARGEBACKS,
    PLACES,
    WORDS,
)
from tests.world import card_refunds, explaining, identity, invoicing, money, stripe
from tests.world.explaining import as_, past_us
from tests.world.invoicing import Deal

WHOLE: Final = 25_800_00
PERSONS: Final = [place for place in BelongsTo if place != BelongsTo.RULE]
RULED: Final = {"charge", "dispute", "dispute_reversal", "payout", "payout_reversal"}
OF_NOTHING_HERE: Final = ("other_adjustment", "risk_reserved_funds", "unknown")
HERE: Final = {"stripe_fees", "exchange_difference", "write_off", "stripe_in_transit"}
REFUNDED: Final = {"customer_credit", "refund_pending"}
GONE: Final = {"customer_credit", "receivable"}
FEES: Final = {"stripe_fees", "write_off"}
OPEN: Final[dict[str, set[str]]] = {
    **{category: set() for category in sorted(RULED)},
    "refund": REFUNDED | GONE,
    "refund_failure": REFUNDED,
    "charge_failure": GONE,
    "partial_capture_reversal": GONE,
    **{category: {"stripe_in_transit"} for category in ("topup", "topup_reversal")},
    **dict.fromkeys(("fee", "network_cost", "tax"), FEES),
    **{category: HERE | {"interest_income"} for category in OF_NOTHING_HERE},
}


def named(place: BelongsTo, payment: FullOnlinePayment, refund_id: UUID) -> Explaining:
    names: dict[str, dict[str, Any]] = {
        "customer_credit": {"online_payment_id": payment.id},
        "receivable": {"online_payment_id": payment.id},
        "refund_pending": {"refund_id": refund_id},
    }
    return as_(place, **names.get(place, {}))


async def test_places_that_are_left_are_named_in_the_readers_language(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    line = await explaining.aside(conn, deal, stripe.line("fee", -7_00))
    with pytest.raises(model.PlaceNotOfLine) as refused:
        await explaining.proposed(conn, deal, line, as_("interest_income"))
    zh, en = refused.value.detail("zh-CN"), refused.value.detail("en")
    assert (
        "可选去向：rule（按其类别的规则重记）、stripe_fees（Stripe 手续费）、"
        "write_off（损失或其收回）。请改选。"
    ) in zh
    assert (
        "it can belong to: rule (what its own rule says), stripe_fees (Stripe's fees), "
        "write_off (a loss, or what came back of one). Choose one of these."
    ) in en
    assert list(WORDS) == list(BelongsTo)


def test_letters_and_the_description_of_the_api_call_a_place_the_same() -> None:
    said = vocabulary.meanings()["BelongsTo"]
    for place, words in WORDS.items():
        assert f"{place} {words.zh}" in said
        assert f"{place}: {words.en}" in said


def test_who_would_decide_anew_is_told_by_whom_it_is_undone() -> None:
    with pytest.raises(WrongMove) as refused:
        model.MOVES.after("reject", model.ExplanationState.APPROVED)
    assert "由财务申请撤销" in refused.value.detail("zh-CN")
    assert "undo as finance proposes" in refused.value.detail("en")


async def test_a_leader_who_withdraws_is_told_who_may(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    line = await explaining.aside(conn, deal, stripe.line("fee", -7_00))
    waiting = await explaining.proposed(conn, deal, line, as_("stripe_fees"))
    with pytest.raises(model.OnlyProposerWithdraws):
        await operations.withdraw_explanation(conn, deal.leader, waiting.id)


async def test_sql_and_python_take_the_same_for_what_takes_a_charge_back(conn: Connection) -> None:
    said = await conn.fetchval(
        "SELECT pg_get_functiondef('takes_a_charge_back(text)'::regprocedure)"
    )
    assert sorted(re.findall(r"'(\w+)'", said)) == sorted(attempts.GOING_BACK)


async def paid(conn: Connection) -> tuple[Deal, FullOnlinePayment]:
    deal = await invoicing.fw01(conn)
    return deal, await card_refunds.paid_and_credited(conn, deal)


async def balance(conn: Connection, deal: Deal, kind: str) -> int:
    return await money.balance(conn, deal.unit.id, kind)


def test_every_category_of_the_table_is_tried() -> None:
    assert OPEN.keys() - set(OF_NOTHING_HERE) == PLACES.keys()
    alone = {category for category, places in PLACES.items() if places == BY_RULE_ALONE}
    assert alone == RULED - set(CHARGEBACKS)


@pytest.mark.parametrize("category", [one for one in OPEN if not OPEN[one] & REFUNDED])
async def test_a_line_goes_where_its_category_lets_it(conn: Connection, category: str) -> None:
    deal, payment = await paid(conn)
    refund = await explaining.sent(conn, deal, payment, 70_00)
    refusal = model.LineOfItsRule if category in RULED else model.PlaceNotOfLine
    for place in PERSONS:
        line = await explaining.aside(conn, deal, stripe.line(category, -7_00))
        if place in OPEN[category]:
            await explaining.explained(conn, deal, line, as_(place))
            continue
        with pytest.raises(refusal):
            await explaining.proposed(conn, deal, line, named(place, payment, refund.id))
    left = len(PERSONS) - len(OPEN[category])
    assert await balance(conn, deal, "suspense") == -left * 7_00


def refunds_of(
    payment: FullOnlinePayment, refund: Refund, category: str, *, is_ours: bool
) -> list[Balance]:
    """The line that left, and where it failed the one that came back."""
    ours = [
        card_refunds.line(payment, refund, "succeeded"),
        card_refunds.line(payment, refund, "failed", sign=1),
    ]
    told = ours if is_ours else [past_us(payment, -1_00), past_us(payment, 1_00)]
    return told[:1] if category == "refund" else told


@pytest.mark.parametrize(
    ("category", "is_ours", "ends"),
    [
        ("refund", True, "paid"),
        ("refund_failure", True, "returned"),
        ("refund", False, "sent"),
        ("refund_failure", False, "sent"),
    ],
)
async def test_a_refund_is_a_refund(
    conn: Connection, category: str, is_ours: bool, ends: str
) -> None:
    """Ours would wait for its line for ever; one past the market would leave its payer's credit."""
    deal, payment = await paid(conn)
    refund = await explaining.sent(conn, deal, payment, 70_00)
    right = BelongsTo.REFUND_PENDING if is_ours else BelongsTo.CUSTOMER_CREDIT
    for told in refunds_of(payment, refund, category, is_ours=is_ours):
        line = await explaining.aside(conn, deal, told)
        for place in PERSONS:
            if place not in OPEN[line.category]:
                with pytest.raises(model.PlaceNotOfLine):
                    await explaining.proposed(conn, deal, line, named(place, payment, refund.id))
        await explaining.explained(conn, deal, line, named(right, payment, refund.id))
    assert await balance(conn, deal, "suspense") == 0
    assert (await card_refunds.read(conn, deal, refund)).state == ends


@pytest.mark.parametrize("category", ["charge_failure", "partial_capture_reversal"])
async def test_what_takes_a_charge_back_comes_off_its_payers_credit_and_is_nothing_else(
    conn: Connection, category: str
) -> None:
    """Until it is explained so much is held of that credit, as of a refund past the market."""
    deal, payment = await paid(conn)
    line = await explaining.unknown(conn, deal, past_us(payment, -70_00, category=category))
    assert line.online_payment_id == payment.id
    async with db.look(conn, SYSTEM):
        held = await held_of(conn, deal.unit.id, deal.enterprise.id, "CNY")
    assert held.disputed_minor == 70_00
    for place in PERSONS:
        if place not in OPEN[category]:
            with pytest.raises(model.PlaceNotOfLine):
                await explaining.proposed(conn, deal, line, named(place, payment, payment.id))
    given = named(BelongsTo.CUSTOMER_CREDIT, payment, payment.id)
    await explaining.explained(conn, deal, line, given)
    subject = deal.enterprise.id
    credit = await money.balance(conn, deal.unit.id, "customer_credit", subject)
    assert (await balance(conn, deal, "suspense"), credit) == (0, WHOLE - 70_00)
    with pytest.raises(MoreThanCharge):
        await card_refunds.approved(conn, deal, payment, WHOLE - 70_00 + 1)


async def disputed(
    conn: Connection, given_back: int = WHOLE
) -> tuple[Deal, FullOnlinePayment, StripeLine]:
    """Opened by its rule; what came back of it was set aside, or booked as far as it goes."""
    deal, payment = await paid(conn)
    told = stripe.dispute_of(payment, WHOLE, "needs_response")
    await stripe.booked(conn, deal, stripe.line("dispute", -WHOLE, dispute=told))
    back = stripe.line("dispute_reversal", given_back, dispute=told)
    leave = explaining.aside if given_back == WHOLE else explaining.unknown
    return deal, payment, await leave(conn, deal, back)


async def test_what_comes_back_of_an_open_chargeback_wins_it_and_is_nothing_else(
    conn: Connection,
) -> None:
    deal, payment, line = await disputed(conn)
    for place in PERSONS:
        with pytest.raises(model.LineOfItsRule):
            await explaining.proposed(conn, deal, line, named(place, payment, payment.id))
    back = stripe.line(
        "dispute_reversal",
        WHOLE,
        id=line.balance_transaction_id,
        dispute=stripe.dispute_of(payment, WHOLE, "won"),
    )
    await explaining.by_rule(conn, deal, line, back)
    assert [await balance(conn, deal, kind) for kind in ("suspense", "stripe_disputed")] == [0, 0]


@pytest.mark.parametrize("place", PERSONS)
async def test_what_stripe_kept_of_a_chargeback_is_a_fee_a_difference_or_a_loss(
    conn: Connection, place: BelongsTo
) -> None:
    deal, payment, line = await disputed(conn, WHOLE - 5_00)
    given = named(place, payment, payment.id)
    if place not in PLACES["dispute_reversal"]:
        with pytest.raises(model.PlaceNotOfLine):
            await explaining.proposed(conn, deal, line, given)
        return
    await explaining.explained(conn, deal, line, given)
    assert (await balance(conn, deal, "suspense"), await balance(conn, deal, place)) == (0, 5_00)


@pytest.mark.parametrize(("category", "sign"), [("dispute", -1), ("dispute_reversal", 1)])
async def test_what_moves_once_more_for_a_chargeback_is_explained_by_people(
    conn: Connection, category: str, sign: int
) -> None:
    """Its rule left it in suspense, and has nothing more to do with it."""
    deal, payment = await paid(conn)
    told = stripe.dispute_of(payment, WHOLE, "won")
    await stripe.booked(
        conn,
        deal,
        stripe.line("dispute", -WHOLE, dispute=told),
        stripe.line("dispute_reversal", WHOLE, dispute=told),
    )
    again = stripe.line(category, sign * WHOLE, dispute=told)
    line = await explaining.unknown(conn, deal, again)
    with pytest.raises(model.PlaceNotOfLine):
        await explaining.proposed(conn, deal, line, as_("interest_income"))
    await explaining.explained(conn, deal, line, as_("write_off"))
    assert await balance(conn, deal, "suspense") == 0


async def test_nobody_explains_the_money_of_his_own_enterprise_whatever_he_names(
    conn: Connection,
) -> None:
    deal, _, line = await disputed(conn, WHOLE - 5_00)
    given = as_("write_off")
    finance, leader = [
        await identity.person(conn, deal.unit, role) for role in (Role.FINANCE, Role.LEADER)
    ]
    await identity.also(conn, finance, deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.propose_explanation(conn, finance, line.id, given)
    waiting = await explaining.proposed(conn, deal, line, given)
    await identity.also(conn, leader, deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.approve_explanation(conn, leader, waiting.id)
    with pytest.raises(BothSides):
        await operations.reject_explanation(conn, leader, waiting.id, "不是损失")
    await operations.approve_explanation(conn, deal.leader, waiting.id)


async def test_nor_rejects_what_is_said_to_be_a_refund_to_it(conn: Connection) -> None:
    """Nothing tells whose charge the line is of, nor which refund, but who proposed it."""
    deal, payment = await paid(conn)
    refund = await explaining.sent(conn, deal, payment, 70_00)
    line = await explaining.aside(conn, deal, stripe.line("refund", -70_00))
    own = await explaining.proposed(conn, deal, line, as_("refund_pending", refund_id=refund.id))
    await identity.also(conn, deal.leader, deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.reject_explanation(conn, deal.leader, own.id, "不是该退款")


@pytest.mark.parametrize("name", ["intent_id", "charge_id", "source_id"])
async def test_nor_what_is_of_a_charge_of_its_attempt(conn: Connection, name: str) -> None:
    deal = await invoicing.fw01(conn)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, await invoicing.issued(conn, deal))
    charge = stripe.line("charge", WHOLE, intent_id=payment.intent_id, charge_id="ch_own")
    await stripe.booked(conn, deal, charge)
    of = {name: payment.intent_id if name == "intent_id" else "ch_own"}
    line = await explaining.unknown(conn, deal, stripe.line("other_adjustment", -7_00, **of))
    finance = await identity.person(conn, deal.unit, Role.FINANCE)
    await identity.also(conn, finance, deal.enterprise, Role.BUYER)
    with pytest.raises(BothSides):
        await operations.propose_explanation(conn, finance, line.id, as_("write_off"))


async def lost_in_part(conn: Connection, deal: Deal, charge: Balance, lost_minor: int) -> None:
    """Its payer's bank took so much back of a charge that stands in suspense."""
    told = Disputed(
        f"dp_{lost_minor}", lost_minor, "CNY", "fraudulent", "lost", None, charge.intent_id,
        charge.charge_id,
    )  # fmt: skip
    await stripe.booked(conn, deal, stripe.line("dispute", -lost_minor, dispute=told))
    assert await losing.lose(conn, deal.unit.id, told)


async def test_what_a_chargeback_left_of_a_charge_of_ours_is_its_payers_credit_and_nothing_else(
    conn: Connection,
) -> None:
    """Set aside by a fault that passed; what its loss leaves of the credit pays its invoice."""
    deal = await invoicing.fw01(conn)
    invoice = await invoicing.issued(conn, deal)
    payment = await stripe.told_of(conn, deal.unit, deal.buyer, invoice)
    charge = stripe.line(
        "charge", WHOLE, intent_id=payment.intent_id, charge_id="ch_aside", source_id="ch_aside"
    )
    line = await explaining.aside(conn, deal, charge)
    await lost_in_part(conn, deal, charge, 10_000_00)
    for place in PERSONS:
        if place != BelongsTo.CUSTOMER_CREDIT:
            with pytest.raises(model.PlaceNotOfLine):
                await explaining.proposed(conn, deal, line, named(place, payment, payment.id))
    other = await invoicing.fw01(conn)
    with pytest.raises((model.NoCustomer, model.ChargeOfAnother)):
        await explaining.proposed(conn, deal, line, of_customer(other))
    await explaining.explained(conn, deal, line, of_customer(deal))
    await money.credit_used(conn, deal.finance, invoice.id, 15_800_00)
    owed = await money.balance(conn, deal.unit.id, "receivable", deal.enterprise.id)
    assert (await balance(conn, deal, "suspense"), owed) == (-10_000_00, 10_000_00)


def of_customer(deal: Deal) -> Explaining:
    return as_("customer_credit", organisation_id=deal.enterprise.id)


async def test_a_refund_of_a_charge_of_nobody_is_a_loss_and_what_comes_back_of_it_no_more(
    conn: Connection,
) -> None:
    deal = await invoicing.fw01(conn)
    of = {"charge_id": "ch_before_the_books", "source_id": "re_old"}
    for category, amount in (("refund", -500_00), ("refund_failure", 500_00)):
        line = await explaining.unknown(conn, deal, stripe.line(category, amount, **of))
        with pytest.raises(model.PlaceNotOfLine):
            await explaining.proposed(conn, deal, line, as_("interest_income"))
        await explaining.explained(conn, deal, line, as_("write_off"))
        assert await balance(conn, deal, "write_off") == max(0, -amount)
    assert await balance(conn, deal, "suspense") == 0


@pytest.mark.parametrize("has_credit", [False, True])
async def test_but_it_is_none_while_the_charge_waits_or_is_somebodys_credit(
    conn: Connection, *, has_credit: bool
) -> None:
    deal = await invoicing.fw01(conn)
    charge = stripe.line("charge", 700_00, charge_id="ch_x", source_id="ch_x")
    line = await explaining.unknown(conn, deal, charge)
    if has_credit:
        await explaining.explained(conn, deal, line, of_customer(deal))
    told = stripe.line("refund", -500_00, charge_id="ch_x", source_id="re_x")
    refund = await explaining.unknown(conn, deal, told)
    with pytest.raises(model.PlaceNotOfLine):
        await explaining.proposed(conn, deal, refund, as_("write_off"))


async def test_what_was_refunded_of_a_charge_that_was_lost_whole_is_a_loss(
    conn: Connection,
) -> None:
    deal, payment = await paid(conn)
    told = [past_us(payment, minor) for minor in (-60_00, 60_00)]
    line = await explaining.unknown(conn, deal, told[0])
    with pytest.raises(model.PlaceNotOfLine):
        await explaining.proposed(conn, deal, line, as_("write_off"))
    lost = stripe.dispute_of(payment, WHOLE, "lost")
    await stripe.booked(conn, deal, stripe.line("dispute", -WHOLE, dispute=lost))
    assert await losing.lose(conn, deal.unit.id, lost)
    with pytest.raises(model.LineAboveCharge):
        await explaining.proposed(
            conn, deal, line, named(BelongsTo.CUSTOMER_CREDIT, payment, payment.id)
        )
    await explaining.explained(conn, deal, line, as_("write_off"))
    back = await explaining.unknown(conn, deal, told[1])
    await explaining.explained(conn, deal, back, as_("write_off"))
    assert (await balance(conn, deal, "suspense"), await balance(conn, deal, "write_off")) == (0, 0)
