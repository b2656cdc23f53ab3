"""Money at the simulator: lines, fees, payouts, disputes, refunds that come back, currencies."""

from __future__ import annotations

import io
from typing import Any, Final

import pytest
import stripe

from market.stripe_simulator.disputes import LOSING, WINNING
from tests.stripe_simulator.conftest import Till, fresh_key

DISPUTE_FEE: Final = 8_500


async def lines(till: Till, **asked: Any) -> list[Any]:
    """The account's ledger, the oldest line first."""
    filters: Any = {"limit": 100, **asked}
    page = await till.v1.balance_transactions.list_async(filters)
    return page.data[::-1]


async def funds(till: Till) -> tuple[int, int]:
    """What is available and what is pending, in fen."""
    balance = await till.v1.balance.retrieve_async()
    return balance.available[0].amount, balance.pending[0].amount


async def test_the_balance_is_the_sum_of_its_lines_whatever_happens(till: Till) -> None:
    intent = await till.paid(50_000)
    await till.v1.refunds.create_async({"payment_intent": intent.id, "amount": 700})
    await till.paid(20_000, "pm_card_createDispute")
    await till.control("fees", amount=1_234)
    assert sum(await funds(till)) == sum(line.net for line in await lines(till))


async def test_what_stripe_moves_for_reasons_of_its_own_is_a_line(till: Till) -> None:
    await till.control("lines", amount=-700)
    await till.control("lines", amount=0, category="topup")
    told = [(line.type, line.reporting_category, line.net) for line in await lines(till)]
    assert told == [("adjustment", "other_adjustment", -700), ("topup", "topup", 0)]


async def test_another_amount_may_move_for_a_refund_than_it_is_of(till: Till) -> None:
    intent = await till.paid(10_000)
    refund = await till.v1.refunds.create_async({"payment_intent": intent.id, "amount": 700})
    told = await till.control("refunds/differ", refund=refund.id, amount=650)
    assert told["amount"] == 700
    assert (await lines(till))[-1].net == -650


async def test_a_charges_money_is_available_after_two_days(till: Till) -> None:
    await till.paid(10_000)
    [line] = await lines(till)
    assert await funds(till) == (0, line.net)
    await till.wait(1)
    assert await funds(till) == (0, line.net)


async def test_a_payout_is_three_charges_less_fees_a_refund_and_a_monthly_fee(till: Till) -> None:
    paid = [await till.paid(amount) for amount in (10_000, 20_000, 30_000)]
    await till.v1.refunds.create_async({"payment_intent": paid[1].id, "amount": 4_000})
    await till.control("fees", amount=500, description="Radar for the month")
    await till.wait(2)
    [payout] = (await till.v1.payouts.list_async()).data
    of_payout = await lines(till, payout=payout.id)
    parts = [line.net for line in of_payout if line.type != "payout"]
    assert payout.amount == sum(parts) == 60_000 - sum(line.fee for line in of_payout) - 4_500
    assert [line.net for line in of_payout if line.type == "payout"] == [-payout.amount]
    assert await funds(till) == (0, 0)
    assert (payout.status, payout.reconciliation_status) == ("in_transit", "completed")
    await till.wait(2)
    assert (await till.v1.payouts.retrieve_async(payout.id)).status == "paid"


async def test_a_payout_that_fails_is_in_the_balance_again_and_goes_out_anew(till: Till) -> None:
    await till.paid(10_000)
    await till.wait(2)
    [first] = (await till.v1.payouts.list_async()).data
    await till.control("payouts/fail", payout=first.id)
    failed = await till.v1.payouts.retrieve_async(first.id)
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    assert (await funds(till))[0] == first.amount
    assert (await lines(till))[-1].reporting_category == "payout_reversal"
    await till.wait(1)
    newest = (await till.v1.payouts.list_async()).data[0]
    assert (newest.amount, newest.status) == (first.amount, "in_transit")


async def test_a_balance_below_zero_is_made_up_from_the_bank_where_the_account_has_that(
    till: Till,
) -> None:
    await till.control("fees", amount=500, description="Radar for the month")
    await till.wait(1)
    assert (await till.v1.payouts.list_async()).data == []
    await till.control("payouts/take", allowed="true")
    await till.wait(1)
    [taken] = (await till.v1.payouts.list_async()).data
    assert (taken.amount, taken.status) == (-500, "in_transit")
    assert (await lines(till))[-1].net == 500
    assert await funds(till) == (0, 0)
    await till.control("payouts/fail", payout=taken.id)
    failed = await till.v1.payouts.retrieve_async(taken.id)
    assert (failed.status, failed.failure_code) == ("failed", "debit_not_authorized")
    assert await funds(till) == (-500, 0)


async def disputed(till: Till, amount: int = 10_000) -> stripe.Dispute:
    intent = await till.paid(amount, "pm_card_createDispute")
    [dispute] = (await till.v1.disputes.list_async({"payment_intent": intent.id})).data
    return dispute


async def test_a_dispute_takes_the_amount_and_a_fee_at_once(till: Till) -> None:
    dispute = await disputed(till)
    assert (dispute.status, dispute.reason) == ("needs_response", "fraudulent")
    line = (await lines(till))[-1]
    assert (line.reporting_category, line.net) == ("dispute", -10_000 - DISPUTE_FEE)
    assert line.source == dispute.id


@pytest.mark.parametrize(("words", "status", "back"), [(WINNING, "won", 1), (LOSING, "lost", 0)])
async def test_evidence_decides_a_dispute(till: Till, words: str, status: str, back: int) -> None:
    dispute = await disputed(till)
    await till.v1.disputes.update_async(dispute.id, {"evidence": {"uncategorized_text": words}})
    closed = await till.v1.disputes.retrieve_async(dispute.id)
    assert closed.status == status
    assert len(closed.balance_transactions) == 1 + back
    assert sum(one.amount for one in closed.balance_transactions) == -10_000 * (1 - back)


async def test_evidence_kept_back_can_be_added_to_and_names_files_that_exist(till: Till) -> None:
    dispute = await disputed(till)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await till.v1.disputes.update_async(dispute.id, {"evidence": {"receipt": "file_nothing"}})
    assert refused.value.param == "evidence[receipt]"
    kept = await till.v1.disputes.update_async(
        dispute.id, {"evidence": {"product_description": "轴类修复"}, "submit": False}
    )
    assert (kept.status, kept.evidence_details.has_evidence) == ("needs_response", True)


async def test_evidence_of_texts_and_files_is_submitted_once_and_judged_later(till: Till) -> None:
    dispute = await disputed(till)
    scan = await till.v1.files.create_async(
        {"purpose": "dispute_evidence", "file": io.BytesIO(b"%PDF-1.7 \xff")}
    )
    assert (scan.purpose, scan.type, scan.size) == ("dispute_evidence", "pdf", 10)
    evidence: Any = {"service_date": "2026-03-01", "service_documentation": scan.id}
    sent = await till.v1.disputes.update_async(
        dispute.id, {"evidence": evidence, "submit": True, "metadata": {"case": "1"}}
    )
    assert (sent.status, sent.metadata["case"]) == ("under_review", "1")
    assert sent.evidence.service_documentation == scan.id
    details = sent.evidence_details
    assert (details.has_evidence, details.submission_count, details.past_due) == (True, 1, False)
    with pytest.raises(stripe.InvalidRequestError):
        await till.v1.disputes.update_async(dispute.id, {"evidence": evidence})
    await till.control("disputes/judge", dispute=dispute.id, won="true")
    assert (await till.v1.disputes.retrieve_async(dispute.id)).status == "won"


async def test_a_file_is_evidence_by_its_content_and_its_purpose(till: Till) -> None:
    dispute = await disputed(till)
    for wrong in ({"file": io.BytesIO(b"MZ")}, {"file": io.BytesIO(b"")}, {}):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await till.v1.files.create_async({"purpose": "dispute_evidence", **wrong})  # type: ignore[typeddict-item]
        assert (refused.value.param or "").startswith("file")
    logo = await till.v1.files.create_async(
        {"purpose": "business_logo", "file": io.BytesIO(b"\x89PNG\r\n\x1a\n")}
    )
    with pytest.raises(stripe.InvalidRequestError, match="not uploaded as"):
        await till.v1.disputes.update_async(dispute.id, {"evidence": {"receipt": logo.id}})


async def test_a_file_is_kept_once_under_its_key_whatever_befalls_the_answer(till: Till) -> None:
    key: Any = {"idempotency_key": fresh_key()}
    await till.control("faults", kind="cut_after", target="POST /v1/files", times=1)

    async def upload() -> stripe.File:
        scan = io.BytesIO(b"%PDF-1.7")
        return await till.v1.files.create_async({"purpose": "dispute_evidence", "file": scan}, key)

    with pytest.raises(stripe.APIConnectionError):
        await upload()
    made = await upload()
    assert [one.id for one in (await till.v1.files.list_async()).data] == [made.id]


async def test_a_dispute_that_nobody_answers_is_lost_in_time(till: Till) -> None:
    dispute = await disputed(till)
    await till.wait(6)
    assert (await till.v1.disputes.retrieve_async(dispute.id)).status == "needs_response"
    await till.wait(1)
    closed = await till.v1.disputes.retrieve_async(dispute.id)
    assert (closed.status, closed.evidence_details.past_due) == ("lost", True)


async def test_what_was_lost_may_be_given_back(till: Till) -> None:
    dispute = await disputed(till)
    await till.control("disputes/judge", dispute=dispute.id, won="false")
    given = await till.control("disputes/give_back", dispute=dispute.id)
    assert (given["status"], len(given["balance_transactions"])) == ("won", 2)
    line = (await lines(till))[-1]
    assert (line.reporting_category, line.net) == ("dispute_reversal", 10_000)
    with pytest.raises(AssertionError):
        await till.control("disputes/give_back", dispute=dispute.id)


async def test_what_was_lost_may_be_given_back_in_parts(till: Till) -> None:
    dispute = await disputed(till)
    await till.control("disputes/judge", dispute=dispute.id, won="false")
    part = await till.control("disputes/give_back", dispute=dispute.id, amount=4_000)
    assert part["status"] == "lost"
    with pytest.raises(AssertionError):
        await till.control("disputes/give_back", dispute=dispute.id, amount=6_001)
    rest = await till.control("disputes/give_back", dispute=dispute.id)
    assert (rest["status"], len(rest["balance_transactions"])) == ("won", 3)
    assert [line.net for line in (await lines(till))[-2:]] == [4_000, 6_000]


async def test_of_what_was_won_a_part_may_stay_away(till: Till) -> None:
    dispute = await disputed(till)
    won = await till.control("disputes/judge", dispute=dispute.id, won="true", amount=9_500)
    assert won["status"] == "won"
    line = (await lines(till))[-1]
    assert (line.reporting_category, line.net) == ("dispute_reversal", 9_500)


async def test_a_disputed_charge_is_not_refunded(till: Till) -> None:
    dispute = await disputed(till)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await till.v1.refunds.create_async({"charge": str(dispute.charge)})
    assert refused.value.code == "charge_disputed"


async def test_a_refund_that_the_bank_sends_back_is_in_the_balance_again(till: Till) -> None:
    intent = await till.paid(10_000, "pm_card_refundFail")
    refund = await till.v1.refunds.create_async({"payment_intent": intent.id})
    assert refund.status == "succeeded"
    await till.wait(2)
    failed = await till.v1.refunds.retrieve_async(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    charge = await till.v1.charges.retrieve_async(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    categories = [line.reporting_category for line in await lines(till)]
    assert categories[:3] == ["charge", "refund", "refund_failure"]


async def test_a_refund_may_take_days(till: Till) -> None:
    intent = await till.paid(10_000, "pm_card_pendingRefund")
    refund = await till.v1.refunds.create_async({"payment_intent": intent.id})
    assert refund.status == "pending"
    await till.wait(2)
    assert (await till.v1.refunds.retrieve_async(refund.id)).status == "succeeded"


@pytest.mark.parametrize(
    ("currency", "amount", "rate", "settled"),
    [("usd", 1_000, 7.2, 7_200), ("jpy", 1_000, 0.05, 5_000), ("kwd", 1_000, 23.5, 2_350)],
)
async def test_other_currencies_are_changed_by_their_own_decimals(
    till: Till, currency: str, amount: int, rate: float, settled: int
) -> None:
    """1,000 are 10.00 dollars, 1,000 yen, 1.000 dinars: the minor unit is the currency's."""
    await till.control("rates", currency=currency, into="cny", rate=rate)
    await till.paid(amount, currency=currency)
    [line] = await lines(till)
    assert (line.amount, line.currency, line.exchange_rate) == (settled, "cny", rate)


async def test_alipay_asks_its_user_on_a_page_of_its_own(till: Till) -> None:
    intent = await till.v1.payment_intents.create_async(
        {
            "amount": 9_000,
            "currency": "cny",
            "confirm": True,
            "allowed_payment_method_types": ["alipay"],
            "payment_method_data": {"type": "alipay"},
            "return_url": "https://example.com/back",
        }
    )
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    url = str(intent.next_action.redirect_to_url.url)
    answer = await till.http.post(url, data={"passed": "yes"})
    assert answer.headers["location"] == "https://example.com/back"
    assert (await till.v1.payment_intents.retrieve_async(intent.id)).status == "succeeded"


async def test_somebody_pays_on_the_page_after_a_declined_card_and_his_bank_asks(
    till: Till,
) -> None:
    session = await till.v1.checkout.sessions.create_async(
        {
            "mode": "payment",
            "success_url": "https://example.com/paid/{CHECKOUT_SESSION_ID}",
            "payment_intent_data": {"metadata": {"invoice": "7"}},
            "line_items": [
                {
                    "price_data": {
                        "currency": "cny",
                        "unit_amount": 13_800_000,
                        "product_data": {"name": "水泥磨减速机油膜改造"},
                    },
                    "quantity": 1,
                }
            ],
        }
    )
    url = str(session.url)
    page = await till.http.get(url)
    assert "138,000.00 CNY" in page.text
    declined = await till.http.post(url, data={"number": "4000000000000002"})
    assert "Your card was declined." in declined.text
    bank = await till.http.post(url, data={"number": "4000002760003184"})
    refused = await till.http.post(bank.headers["location"], data={"passed": "no"})
    back = await till.http.get(refused.headers["location"])
    assert "not authenticated" in back.text
    bank = await till.http.post(url, data={"number": "4000002760003184"})
    passed = await till.http.post(bank.headers["location"], data={"passed": "yes"})
    done = await till.http.get(passed.headers["location"])
    assert done.headers["location"] == f"https://example.com/paid/{session.id}"
    paid = await till.v1.checkout.sessions.retrieve_async(
        session.id, {"expand": ["payment_intent"]}
    )
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert paid.payment_intent.metadata["invoice"] == "7"
    again = await till.http.post(url, data={"number": "4242424242424242"})
    assert again.status_code == 402
    assert (
        len((await till.v1.charges.list_async({"payment_intent": paid.payment_intent.id})).data)
        == 2
    )
