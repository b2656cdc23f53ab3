"""Refunds to a card over HTTP, from the proposal to Stripe's last word; and each refusal."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx
import pytest

from market.auditor import audit
from market.base import db
from market.base.access import Actor, Role
from market.base.db import Pool
from market.base.embedded import Dsns
from tests.conftest import Clone
from tests.money.payments.stripe_lines.test_booking import follow_chargebacks
from tests.world import card_refunds as world
from tests.world import identity, invoicing, site, stripe
from tests.world.card_refunds import FAILS_LATER, PENDS, TWO_DAYS, Paid
from tests.world.site import Site
from tests.world.stripe import VISA, Till

WHOLE: Final = 25_800_00


class Market(NamedTuple):
    """The application over HTTP, with the database and Stripe behind it."""

    site: Site
    addresses: Dsns
    pool: Pool

    async def propose(
        self, actor: Actor, payment_id: UUID, amount_minor: int = 5_000_00, language: str = "en"
    ) -> httpx.Response:
        return await self.site.send(
            actor,
            "POST",
            f"/v1/online-payments/{payment_id}/refunds",
            {"amount_minor": amount_minor, "reason": "多付款项原路退回"},
            idempotency_key=secrets.token_hex(12),
            accept_language=language,
        )

    async def put(
        self, actor: Actor, refund: Any, act: str, language: str = "en"
    ) -> httpx.Response:
        body = {"note": "暂缓付款"} if act in ("rejection", "failure") else None
        path = f"/v1/refunds/{refund['id']}/{act}"
        return await self.site.send(actor, "PUT", path, body, accept_language=language)

    async def proposed(self, desk: Paid, amount_minor: int = 5_000_00) -> Any:
        answer = await self.propose(desk.till.deal.finance, desk.payment.id, amount_minor)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def approved(self, desk: Paid) -> Any:
        refund = await self.proposed(desk)
        answer = await self.put(desk.till.deal.leader, refund, "approval")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def seen(self, desk: Paid, refund: Any) -> Any:
        """As the buyer sees it, alone and in the list of his payment's refunds."""
        buyer = desk.till.deal.buyer
        found = (await self.site.send(buyer, "GET", f"/v1/refunds/{refund['id']}")).json()
        path = f"/v1/refunds?online_payment_id={desk.payment.id}"
        listed = (await self.site.send(buyer, "GET", path)).json()["items"]
        assert found in listed
        return found


@pytest.fixture(scope="module")
async def market(stocked: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Market]:
    folder = tmp_path_factory.mktemp("card-refunds")
    async with stocked() as addresses, site.opened(addresses, folder) as opened:
        pool = await db.open_pool(addresses.app)
        yield Market(opened, addresses, pool)
        await db.close_pool(pool)


@pytest.fixture
async def till(market: Market, simulator: str) -> AsyncIterator[Till]:
    async with stripe.till(market.pool, simulator) as made:
        yield made
        await made.control("faults/clear")


async def test_an_approved_refund_is_told_to_stripe_and_paid(market: Market, till: Till) -> None:
    desk = await world.credited(till)
    refund = await market.approved(desk)
    assert (refund["state"], refund["called_at"]) == ("approved", None)
    await till.turn()
    await world.later(till)
    seen = await market.seen(desk, refund)
    assert (seen["state"], seen["stripe_status"], seen["method"]) == ("paid", "succeeded", "stripe")
    lines = await market.site.send(
        till.deal.finance, "GET", f"/v1/units/{till.books}/stripe-lines?limit=1"
    )
    assert lines.json()["items"][0]["refund_id"] == refund["id"]


@pytest.mark.parametrize(
    ("card", "happens", "first", "last", "credit_minor"),
    [
        (VISA, None, ("paid", "succeeded"), ("paid", "succeeded"), WHOLE - 5_000_00),
        (PENDS, "clock", ("sent", "pending"), ("paid", "succeeded"), WHOLE - 5_000_00),
        (PENDS, "refunds/fail", ("sent", "pending"), ("returned", "failed"), WHOLE),
        (VISA, "refunds/fail", ("paid", "succeeded"), ("returned", "failed"), WHOLE),
        (FAILS_LATER, "clock", ("paid", "succeeded"), ("returned", "failed"), WHOLE),
        ("asks", "refunds/answer", ("sent", "requires_action"), ("paid", "succeeded"),
         WHOLE - 5_000_00),
        ("asks", "cancel", ("sent", "requires_action"), ("failed", "canceled"), WHOLE),
    ],
)  # fmt: skip
async def test_each_status_leads_where_it_should(
    market: Market,
    till: Till,
    card: str,
    happens: str | None,
    first: tuple[str, str],
    last: tuple[str, str],
    credit_minor: int,
) -> None:
    desk = await world.credited(till, card=VISA if card == "asks" else card)
    await till.control("refunds/ask", wait=str(card == "asks").lower())
    refund = await market.approved(desk)
    await till.turn()
    await world.later(till)
    seen = await market.seen(desk, refund)
    assert (seen["state"], seen["stripe_status"]) == first
    if happens == "clock":
        await till.control("clock", seconds=TWO_DAYS)
    elif happens == "cancel":
        await (await world.rail_of(till)).v1.refunds.cancel_async(seen["stripe_refund_id"])
    elif happens is not None:
        await till.control(happens, refund=seen["stripe_refund_id"])
    for _ in range(2):
        await world.later(till)
    seen = await market.seen(desk, refund)
    assert (seen["state"], seen["stripe_status"]) == last
    assert await desk.held() == (credit_minor, 0, 0)


def is_refused(answer: httpx.Response, status: int, code: str, language: str) -> None:
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), answer.text
    is_chinese = any("\u4e00" <= letter <= "\u9fff" for letter in told["detail"])
    assert is_chinese == (language == "zh-CN"), told["detail"]


LANGUAGES: Final = pytest.mark.parametrize("language", ["zh-CN", "en"])


@LANGUAGES
async def test_what_may_not_be_proposed_is_refused(
    market: Market, till: Till, language: str
) -> None:
    deal = till.deal
    open_one = await till.presented(await till.issued(1))
    answer = await market.propose(deal.finance, open_one.id, language=language)
    is_refused(answer, 409, "refund_of_unbooked_payment", language)

    desk = await world.credited(till)
    for actor in (deal.buyer, deal.leader):
        answer = await market.propose(actor, desk.payment.id, language=language)
        is_refused(answer, 403, "refund_needs_finance", language)
    answer = await market.propose(deal.outsider, desk.payment.id, language=language)
    is_refused(answer, 404, "not_found", language)
    answer = await market.propose(deal.finance, desk.payment.id, WHOLE + 1, language)
    is_refused(answer, 409, "refund_above_charge", language)
    await market.proposed(desk, 20_000_00)
    answer = await market.propose(deal.finance, desk.payment.id, 5_800_01, language)
    is_refused(answer, 409, "refund_above_charge", language)
    assert "5,800.00" in answer.json()["detail"]


@LANGUAGES
async def test_money_that_paid_an_invoice_is_no_credit(
    market: Market, till: Till, language: str
) -> None:
    invoice = await till.issued()
    payment = await till.paid(invoice)
    answer = await market.propose(till.deal.finance, payment.id, language=language)
    is_refused(answer, 409, "refund_above_credit", language)
    async with db.lease(till.pool) as conn:
        await invoicing.credited(conn, till.deal, invoice, 100_00)
    answer = await market.propose(till.deal.finance, payment.id, 100_01, language)
    is_refused(answer, 409, "refund_above_credit", language)
    assert (await market.propose(till.deal.finance, payment.id, 100_00)).status_code == 201


@LANGUAGES
async def test_a_disputed_charge_is_not_refunded_and_a_lost_part_is_gone(
    market: Market, till: Till, language: str
) -> None:
    deal, desk = till.deal, await world.credited(till)
    waiting = await market.proposed(desk, 20_000_00)
    await till.control("disputes", charge=desk.payment.charge_id, amount=10_000_00)
    await till.later()
    answer = await market.propose(deal.finance, desk.payment.id, 1_00, language)
    is_refused(answer, 409, "refund_of_disputed_charge", language)
    answer = await market.put(deal.leader, waiting, "approval", language)
    is_refused(answer, 409, "refund_of_disputed_charge", language)

    rail = await world.rail_of(till)
    [dispute] = (await rail.v1.disputes.list_async()).data
    await till.control("disputes/judge", dispute=dispute.id, won="false")
    await follow_chargebacks(till)
    answer = await market.put(deal.leader, waiting, "approval", language)
    is_refused(answer, 409, "refund_above_charge", language)
    assert "15,800.00" in answer.json()["detail"]


@LANGUAGES
async def test_who_may_not_decide_or_withdraw_is_refused(
    market: Market, till: Till, language: str
) -> None:
    deal, desk = till.deal, await world.credited(till)
    async with db.lease(till.pool) as conn:
        both = await identity.person(conn, deal.unit, Role.FINANCE, Role.LEADER)
        colleague = await identity.person(conn, deal.unit, Role.FINANCE)
    refund = (await market.propose(both, desk.payment.id)).json()
    for actor, act, code in (
        (both, "approval", "refund_by_its_proposer"),
        (both, "rejection", "refund_by_its_proposer"),
        (deal.finance, "approval", "refund_needs_the_leader"),
        (deal.buyer, "approval", "refund_needs_the_leader"),
        (colleague, "withdrawal", "refund_withdrawn_by_another"),
        (deal.leader, "withdrawal", "refund_withdrawn_by_another"),
    ):
        is_refused(await market.put(actor, refund, act, language), 403, code, language)
    async with db.lease(till.pool) as conn:
        await identity.also(conn, deal.leader, deal.enterprise, Role.PAYER)
    answer = await market.put(deal.leader, refund, "approval", language)
    is_refused(answer, 403, "both_sides", language)

    answer = await market.put(both, refund, "withdrawal")
    assert answer.json()["state"] == "withdrawn"
    assert (await market.put(both, refund, "withdrawal")).json() == answer.json()
    assert await desk.held() == (WHOLE, 0, 0)
    async with db.lease(till.pool) as conn:
        fresh = await identity.person(conn, deal.unit, Role.LEADER)
    answer = await market.put(fresh, refund, "approval", language)
    is_refused(answer, 409, "wrong_move", language)


@LANGUAGES
async def test_what_stripe_was_told_of_is_failed_and_withdrawn_by_nobody_here(
    market: Market, till: Till, language: str
) -> None:
    deal, desk = till.deal, await world.credited(till)
    early = await market.approved(desk)
    failed = await market.put(deal.finance, early, "failure")
    assert failed.json()["state"] == "failed"
    refund = await market.approved(desk)
    await till.turn()
    answer = await market.put(deal.finance, refund, "failure", language)
    is_refused(answer, 409, "refund_is_with_stripe", language)
    answer = await market.put(deal.finance, refund, "withdrawal", language)
    is_refused(answer, 409, "wrong_move", language)
    assert len(await desk.at_stripe()) == 1


async def test_the_auditor_finds_no_fault_with_all_that(market: Market) -> None:
    assert (await audit.run(market.addresses.auditor)).faults == []
