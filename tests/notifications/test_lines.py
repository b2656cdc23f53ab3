"""What a letter on a line in suspense tells finance to do can be done, and is told with the ids."""

from __future__ import annotations

import re
from typing import Any

import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.errors import Language, Phrase
from market.identity.letters import Letter
from market.money.payments.online.model import FullOnlinePayment
from market.money.payments.stripe_balance.model import StripeLine
from market.money.payments.stripe_explanations import model
from market.money.payments.stripe_explanations.model import BelongsTo
from market.money.payments.stripe_explanations.places import PLACES
from market.money.payments.stripe_explanations.undoing import operations as undoing
from market.notifications import line_facts, stripe_facts
from market.notifications.model import Facts, words_of
from market.notifications.notices_lines import (
    LINES,
    OF_ITS_RULE,
    OF_PAST_CHARGE,
    PAST_MARKET,
    UNEXPLAINED,
)
from market.notifications.notices_suspense import EXPLANATION_PROPOSED, UNDO_PROPOSED
from tests.world import card_refunds, explaining, invoicing, stripe
from tests.world.explaining import as_, past_us
from tests.world.invoicing import Deal
from tests.world.past_market import PAID, Desk

NOTICES = LINES["stripe_line.unexplained"]
OF_NOTHING_HERE = ("fee_of_tomorrow", "other_adjustment")
PERSONS = ("stripe_fees", "write_off", "exchange_difference", "stripe_in_transit")


async def facts_of(conn: Connection, line: StripeLine) -> Facts:
    async with db.look(conn, SYSTEM):
        return await line_facts.about_stripe_line(conn, line.id)


async def is_refused_every_place(
    conn: Connection, deal: Deal, line: StripeLine, payment: FullOnlinePayment
) -> bool:
    for given in (
        *[as_(place) for place in PERSONS],
        as_("customer_credit", online_payment_id=payment.id),
    ):
        try:
            async with db.savepoint(conn):
                await explaining.proposed(conn, deal, line, given)
        except model.LineOfItsRule:
            continue
        except (model.PlaceNotOfLine, model.LineNotOfCharge):
            return False
        return False
    return True


@pytest.mark.parametrize("category", [*sorted(PLACES), *OF_NOTHING_HERE])
async def test_finance_is_told_to_explain_what_it_may_explain_and_nothing_else(
    conn: Connection, category: str
) -> None:
    deal = await invoicing.fw01(conn)
    payment = await card_refunds.paid_and_credited(conn, deal)
    more: dict[str, Any] = {}
    if category.startswith("dispute"):
        more = {"dispute": stripe.dispute_of(payment, 25_800_00, "needs_response")}
    line = await explaining.aside(conn, deal, stripe.line(category, -7_00, **more))
    facts = await facts_of(conn, line)
    [told] = [notice for notice in NOTICES if facts[str(notice.given)]]
    by_rule_alone = await is_refused_every_place(conn, deal, line, payment)
    assert (told.letter is OF_ITS_RULE) == by_rule_alone


async def test_a_letter_on_what_nothing_explains_names_what_may_be_said_of_it(
    conn: Connection,
) -> None:
    deal = await invoicing.fw01(conn)
    for told, letter, codes in (
        (stripe.line("fee", -7_00), UNEXPLAINED, {"rule", "stripe_fees", "write_off"}),
        (
            stripe.line("charge", 9_00, source_id="ch_dashboard"),
            PAST_MARKET,
            {"customer_credit", "organisation_id"},
        ),
    ):
        facts = await facts_of(conn, await explaining.aside(conn, deal, told))
        assert [one.letter for one in NOTICES if facts[str(one.given)]] == [letter]
        for said in told_in_both(letter, facts):
            named = set(re.findall(r"[a-z_]+", said)) & {*BelongsTo, "organisation_id"}
            assert named == codes


@pytest.mark.parametrize("is_lost", [False, True])
async def test_what_goes_back_of_a_customers_past_charge_names_him_and_no_payment(
    conn: Connection, *, is_lost: bool
) -> None:
    desk = Desk(conn, await invoicing.fw01(conn))
    await desk.charged()
    if is_lost:
        await desk.dispute(PAID)
        await desk.lost()
    line = await (desk.back(PAID) if is_lost else desk.line("refund", -300_00))
    facts = await facts_of(conn, line)
    assert [one.letter for one in NOTICES if facts[str(one.given)]] == [OF_PAST_CHARGE]
    for said in told_in_both(OF_PAST_CHARGE, facts):
        named = set(re.findall(r"[a-z_]+", said)) & {*BelongsTo, "organisation_id"}
        assert named == {"customer_credit", "organisation_id"}


def test_each_way_in_which_a_line_was_left_has_a_letter() -> None:
    assert sorted(str(notice.given) for notice in NOTICES) == sorted(line_facts.TOLD)


async def test_what_is_of_a_customers_past_charge_is_told_as_no_refund_of_ours(
    conn: Connection,
) -> None:
    """Though Stripe names one of ours, of which it cannot be."""
    desk = Desk(conn, await invoicing.fw01(conn))
    payment = await card_refunds.paid_and_credited(conn, desk.deal)
    refund = await explaining.sent(conn, desk.deal, payment, 70_00)
    await desk.charged()
    line = await desk.line("refund", -69_00, source_id=refund.stripe_refund_id)
    facts = await facts_of(conn, line)
    assert facts["refund"] == refund.number
    assert [one.letter for one in NOTICES if facts[str(one.given)]] == [OF_PAST_CHARGE]


@pytest.mark.parametrize("category", ["charge_failure", "partial_capture_reversal", "refund"])
async def test_what_went_back_is_told_with_whose_payment_it_was(
    conn: Connection, category: str
) -> None:
    deal = await invoicing.fw01(conn)
    payment = await card_refunds.paid_and_credited(conn, deal)
    line = await explaining.unknown(conn, deal, past_us(payment, -7_00, category=category))
    facts = await facts_of(conn, line)
    [told] = [notice.letter for notice in NOTICES if facts[str(notice.given)]]
    for said in told_in_both(told, facts):
        assert str(line.id) in said
        assert str(payment.id) in said
        assert payer_of(deal, said)
    assert "没有对应的付款" not in told.body_zh


@pytest.mark.parametrize("is_ours", [False, True])
async def test_a_leader_is_told_whose_credit_an_explanation_takes(
    conn: Connection, is_ours: bool
) -> None:
    """Not only that it is somebody's, by Stripe's number."""
    deal = await invoicing.fw01(conn)
    payment = await card_refunds.paid_and_credited(conn, deal)
    refund = await explaining.sent(conn, deal, payment, 70_00)
    told = past_us(payment, -7_00)
    given, named = as_("customer_credit", online_payment_id=payment.id), str(payment.id)
    if is_ours:
        told = explaining.abroad(card_refunds.line(payment, refund, "succeeded"))
        given, named = as_("refund_pending", refund_id=refund.id), refund.number
    line = await explaining.unknown(conn, deal, told)
    waiting = await explaining.proposed(conn, deal, line, given)
    async with db.look(conn, SYSTEM):
        facts = await stripe_facts.about_stripe_explanation(conn, waiting.id)
    for said in told_in_both(EXPLANATION_PROPOSED, facts):
        assert {str(waiting.id), str(line.id), named} <= set(re.findall(r"[\w-]+", said))
        assert payer_of(deal, said)


async def test_a_leader_is_told_whose_credit_the_undoing_of_an_explanation_gives(
    conn: Connection,
) -> None:
    deal = await invoicing.fw01(conn)
    payment = await card_refunds.paid_and_credited(conn, deal)
    line = await explaining.unknown(conn, deal, past_us(payment, -7_00))
    given = as_("customer_credit", online_payment_id=payment.id)
    wrong = await explaining.explained(conn, deal, line, given)
    undo = await undoing.propose_undo(conn, deal.finance, wrong.id, "说明有误")
    async with db.look(conn, SYSTEM):
        facts = await stripe_facts.about_stripe_explanation_undo(conn, undo.id)
    for said in told_in_both(UNDO_PROPOSED, facts):
        assert all(str(each.id) in said for each in (undo, wrong, line, payment))
        assert payer_of(deal, said)


def told_in_both(letter: Letter, facts: Facts) -> list[str]:
    bodies: list[tuple[Language, str]] = [("zh-CN", letter.body_zh), ("en", letter.body_en)]
    return [
        body.format_map(
            {
                "reader": "周明",
                **{
                    name: word.told(language) if isinstance(word, Phrase) else word
                    for name, word in words_of(facts, language).items()
                },
            }
        )
        for language, body in bodies
    ]


def payer_of(deal: Deal, said: str) -> bool:
    return deal.enterprise.name_zh in said or (deal.enterprise.name_en or "—") in said
