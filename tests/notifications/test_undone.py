"""Letters on an explanation that is undone: what its payer has of it, what finance may say now."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import pytest

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.errors import Language, Phrase
from market.identity.letters import Letter
from market.money.payments.stripe_explanations.model import BelongsTo, LineExplanation
from market.notifications import stripe_facts
from market.notifications.model import Facts, words_of
from market.notifications.notices_suspense import (
    PAYERS,
    PAYS_AGAIN,
    PAYS_IN_PART,
    PAYS_NOTHING,
    SUSPENSE,
    UNDO_APPROVED,
)
from tests.money.payments.stripe_explanations.test_owed_again import WHOLE, Desk, opened
from tests.world import card_refunds, explaining, invoicing, money, past_market, stripe
from tests.world.explaining import as_, past_us
from tests.world.invoicing import Deal

LANGUAGES: tuple[Language, Language] = ("zh-CN", "en")
APPROVED = SUSPENSE["stripe_explanation_undo.approved"]


async def undone(conn: Connection, deal: Deal, wrong: LineExplanation) -> Facts:
    undo = await explaining.undone(conn, deal, wrong)
    async with db.look(conn, SYSTEM):
        return await stripe_facts.about_stripe_explanation_undo(conn, undo.id)


def to_payer(facts: Facts) -> list[Letter]:
    found = [one for one in APPROVED if one.to == (PAYERS,) and facts[str(one.given)]]
    return [one.letter for one in found]


def told(letter: Letter, facts: Facts, language: Language) -> tuple[str, str]:
    """Its subject and its body."""
    words = {
        name: word.told(language) if isinstance(word, Phrase) else word
        for name, word in words_of(facts, language).items()
    }
    is_zh = language == "zh-CN"
    subject, body = (
        (letter.subject_zh, letter.body_zh) if is_zh else (letter.subject_en, letter.body_en)
    )
    return subject.format_map(words), body.format_map({**words, "reader": "周明"})


class Case(NamedTuple):
    """What came by bank before the charge, what went back, and what is paid otherwise since."""

    letter: Letter
    went_minor: int
    again: str | None
    credit: str | None
    before_minor: int = 0
    since_minor: int = 0
    currency: str = "CNY"


@pytest.mark.parametrize(
    "case",
    [
        Case(PAYS_AGAIN, WHOLE, "25,800.00", None),
        Case(PAYS_IN_PART, 21_000_00, "20,000.00", "1,000.00", before_minor=5_800_00),
        Case(
            PAYS_IN_PART, 21_000_00, "20,000.00", "1,000.00", before_minor=5_800_00, currency="USD"
        ),
        Case(PAYS_IN_PART, WHOLE, "20,800.00", "5,000.00", since_minor=5_000_00),
        Case(PAYS_NOTHING, WHOLE, None, "25,800.00", since_minor=WHOLE),
        Case(PAYS_NOTHING, 21_000_00, None, "21,000.00", 5_800_00, since_minor=20_000_00),
    ],
)
async def test_a_payer_is_told_how_much_is_paid_again_and_how_much_is_credit(
    conn: Connection, case: Case
) -> None:
    """Of what was owed again by mistake; as his invoice and his credit say."""
    desk, wrong = await _owed_again(conn, case)
    if case.since_minor:
        await money.paid(conn, desk.deal, desk.invoice.id, case.since_minor)
    open_minor, credit_minor = (await desk.now())[1], await desk.balance("customer_credit")
    facts = await undone(conn, desk.deal, wrong)
    again_minor = open_minor - (await desk.now())[1]
    credit_minor = await desk.balance("customer_credit") - credit_minor
    moved = {"again": again_minor, "credit": credit_minor}
    assert moved == {"again": _minor(case.again), "credit": _minor(case.credit)}

    assert to_payer(facts) == [case.letter]
    figures = {f"{one} CNY" for one in (case.again, case.credit) if one is not None}
    for language in LANGUAGES:
        for text in told(case.letter, facts, language):
            assert set(re.findall(r"[0-9.,]*[0-9] [A-Z]{3}", text)) == figures
            assert ("抵付请款单" in text or "paid again" in text) == (case.again is not None)
            assert ("预存款" in text or "your credit" in text) == (case.credit is not None)


async def _owed_again(conn: Connection, case: Case) -> tuple[Desk, LineExplanation]:
    if case.currency == "CNY":
        desk = await opened(conn, by_bank_minor=case.before_minor)
        return desk, await desk.explained(await desk.gone(-case.went_minor, "charge_failure"))
    of = {"currency": case.currency, "paid_currency": "CNY"}
    desk = await opened(
        conn, by_bank_minor=case.before_minor, amount_minor=3_583_33, paid_minor=WHOLE, **of
    )
    line = await desk.gone(-2_916_67, "charge_failure", paid_minor=-case.went_minor, **of)
    return desk, await desk.explained(line)


def _minor(printed: str | None) -> int:
    return 0 if printed is None else int(re.sub(r"[,.]", "", printed))


async def _of_past_market(conn: Connection, deal: Deal) -> LineExplanation:
    return await past_market.Desk(conn, deal).charged()


async def _of_past_charge(conn: Connection, deal: Deal) -> LineExplanation:
    desk = past_market.Desk(conn, deal)
    await desk.charged()
    return await desk.credited(await desk.line("refund", -300_00))


async def _left_by_its_rule(conn: Connection, deal: Deal) -> LineExplanation:
    payment = await card_refunds.paid_and_credited(conn, deal)
    won = stripe.dispute_of(payment, WHOLE, "won")
    await stripe.booked(conn, deal, stripe.line("dispute", -WHOLE, dispute=won))
    back = stripe.line("dispute_reversal", WHOLE - 5_00, dispute=won)
    line = await explaining.unknown(conn, deal, back)
    return await explaining.explained(conn, deal, line, as_("write_off"))


async def _of_a_payment(conn: Connection, deal: Deal) -> LineExplanation:
    payment = await card_refunds.paid_and_credited(conn, deal)
    line = await explaining.unknown(conn, deal, past_us(payment, -7_00))
    given = as_("customer_credit", online_payment_id=payment.id)
    return await explaining.explained(conn, deal, line, given)


@pytest.mark.parametrize(
    ("explained", "codes"),
    [
        (_of_past_market, {"customer_credit"}),
        (_of_past_charge, {"customer_credit"}),
        (_left_by_its_rule, {"stripe_fees", "exchange_difference", "write_off"}),
        (_of_a_payment, {"rule", "customer_credit", "receivable", "refund_pending"}),
    ],
)
async def test_finance_is_told_what_may_be_said_of_what_is_in_suspense_again(
    conn: Connection,
    explained: Callable[[Connection, Deal], Awaitable[LineExplanation]],
    codes: set[str],
) -> None:
    """Its rule only where that could book it."""
    deal = await invoicing.fw01(conn)
    wrong = await explained(conn, deal)
    facts = await undone(conn, deal, wrong)
    for language in LANGUAGES:
        _, body = told(UNDO_APPROVED, facts, language)
        named = {BelongsTo(code) for code in re.findall(r"([a-z_]+)(?:（| \()", body)
                 if code in set(BelongsTo)}  # fmt: skip
        assert named == codes
        assert str(wrong.stripe_line_id) in body
        assert language == "en" or "规则重记" not in body or "rule" in codes
