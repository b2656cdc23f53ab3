"""A payment online, a refund to a card, a chargeback, evidence: cut off anywhere, each ends once.

A sample of the boundaries each time, every one of them both ways with ``--every-point``.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from itertools import product
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx
import pytest

from market.auditor import audit
from market.base import db
from market.base.access import SYSTEM
from market.base.files import Shelf
from market.money.invoicing.model import FullInvoice
from market.money.payments.chargebacks import following
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.evidence.model import EvidenceGiven, Papers
from market.money.payments.online.model import FullOnlinePayment, PaymentState, Way
from market.money.payments.rails import METADATA, REFUND_METADATA
from market.money.payments.refunds.model import RefundState
from market.stripe_simulator.app import serving as simulating
from tests.client import serving
from tests.conftest import Clone
from tests.races import statements
from tests.races.cuts import WAYS, Cutter
from tests.races.cuts import Way as CutBy
from tests.races.shop import Life, Shop, named
from tests.world import card_refunds, evidence
from tests.world.stripe import DISPUTED, VISA

NOWHERE: Final = -1
BACK_MINOR: Final = 10_00
EVERYTHING: Final[Any] = {"limit": 100}
# Of the boundaries without a call to Stripe; of each call that a flow makes one is in the sample,
# and after it where it changes something there.
SAMPLE_EVERY: Final = 101
ID: Final = re.compile(r"(?<=/)\w+_\w+|\?.*")


async def asked_for(life: Life, invoice: FullInvoice, way: Way) -> FullOnlinePayment:
    """Started, and told to Stripe."""
    wanted = {"invoice_ids": [str(invoice.id)], "way": way}
    await life.does(life.till.deal.buyer, "POST", "/v1/online-payments", **wanted)
    await life.works()
    payment = await life.only_payment(invoice.id)
    if payment.state != PaymentState.PROCESSING:
        await life.till.later()
        payment = await life.only_payment(invoice.id)
    assert payment.state == PaymentState.PROCESSING
    return payment


async def by_checkout(life: Life, invoice: FullInvoice) -> None:
    payment = await asked_for(life, invoice, Way.CHECKOUT)
    await life.till.pays(payment, VISA)
    await life.hears("checkout.session.completed", payment.checkout_id or "")
    await life.works()
    await paid_once(life, invoice)


async def by_intent(life: Life, invoice: FullInvoice) -> None:
    payment = await asked_for(life, invoice, Way.INTENT)
    rail, confirmed = await life.rail(), {"payment_method": "pm_card_visa"}
    assert payment.intent_id is not None
    await rail.v1.payment_intents.confirm_async(payment.intent_id, confirmed)  # type: ignore[arg-type]
    await life.hears("payment_intent.succeeded", payment.intent_id)
    await life.works()
    await paid_once(life, invoice)


async def paid_once(life: Life, invoice: FullInvoice) -> None:
    """One charge, one line, one posting, nothing open, nothing unknown."""
    await life.till.later()
    payment, rail = await life.only_payment(invoice.id), await life.rail()
    assert (payment.state, payment.pay_url) == (PaymentState.SUCCEEDED, None)
    paid = await life.till.invoice(invoice.id)
    assert (paid.state, paid.paid_minor) == ("paid", paid.amount_minor)
    made = (
        await rail.v1.checkout.sessions.list_async(EVERYTHING),
        await rail.v1.payment_intents.list_async(EVERYTHING),
        await rail.v1.charges.list_async(EVERYTHING),
    )
    counted = tuple(len(named(some, METADATA, payment.id)) for some in made)
    assert counted == (int(payment.way == Way.CHECKOUT), 1, 1)
    assert await life.postings("online_payment_id", payment.id) == 1


async def of_a_refund(life: Life, _: FullInvoice) -> None:
    """Proposed by one, let go by another, told to Stripe, and heard of."""
    desk, deal = life.counter.desk, life.till.deal
    path = f"/v1/online-payments/{desk.payment.id}/refunds"
    asked = {"amount_minor": BACK_MINOR, "reason": "合同减少工作量，原路退回"}
    proposed = await life.does(deal.finance, "POST", path, **asked)
    refund_id = UUID(proposed["id"])
    await life.does(deal.leader, "PUT", f"/v1/refunds/{refund_id}/approval")
    await life.works()
    await card_refunds.later(life.till)
    refund = await desk.read(refund_id)
    await life.hears("refund.updated", refund.stripe_refund_id or "")
    await life.works()
    await refunded_once(life, refund_id)


async def refunded_once(life: Life, refund_id: UUID) -> None:
    """One refund at Stripe, one line, one posting; what was reserved is gone."""
    await card_refunds.later(life.till)
    refund, rail = await life.counter.desk.read(refund_id), await life.rail()
    assert (refund.state, refund.stripe_status) == (RefundState.PAID, "succeeded")
    made = named(await rail.v1.refunds.list_async(EVERYTHING), REFUND_METADATA, refund_id)
    assert [one.id for one in made] == [refund.stripe_refund_id]
    assert await life.postings("refund_id", refund_id) == 1
    assert (await life.counter.desk.held())[1:] == (0, 0)


async def of_a_chargeback(life: Life, invoice: FullInvoice) -> None:
    """The payer's bank takes the money back, and is found to be right."""
    payment = await life.till.paid(invoice)
    opened = await life.till.control("disputes", charge=payment.charge_id)
    await life.hears("charge.dispute.created", opened["id"])
    await life.works()
    await life.till.later()
    await life.till.control("disputes/judge", dispute=opened["id"], won="false")
    await life.hears("charge.dispute.closed", opened["id"])
    await life.works()
    await lost_once(life, invoice, payment.id)


async def lost_once(life: Life, invoice: FullInvoice, payment_id: UUID) -> None:
    """Its money went by one line, its loss is posted once, and the invoice is open again."""
    await life.till.later()
    await following.follow_all(life.till.pool, await life.rail())
    async with db.lease(life.till.pool) as conn, db.look(conn, SYSTEM):
        stands = await conn.fetch(
            """SELECT c.state, count(p.id) FROM chargeback c
               LEFT JOIN posting p ON p.cause = 'chargeback_lost:' || c.id
               WHERE c.online_payment_id = $1 GROUP BY c.id""",
            payment_id,
        )
    assert [tuple(one) for one in stands] == [("lost", 1)]
    assert await life.postings("online_payment_id", payment_id) == 2
    owed = await life.till.invoice(invoice.id)
    assert (owed.state, owed.paid_minor) == ("open", 0)


async def of_evidence(life: Life, invoice: FullInvoice) -> None:
    """Written against a chargeback before; submitted, and told to Stripe."""
    case = await answered(life, await life.till.paid(invoice, card=DISPUTED))
    async with db.lease(life.till.pool) as conn:
        draft = await case.read(conn)
    path = f"/v1/chargebacks/{case.id}/evidence/submission"
    await life.does(life.till.deal.finance, "PUT", path, seen=draft.version)
    await life.works()
    await sent_once(life, case)


async def answered(life: Life, payment: FullOnlinePayment) -> evidence.Case:
    """The draft of what is said against the chargeback of a payment, with a scan."""
    deal, shelf = life.till.deal, Shelf.of(life.shop.market.app.state.settings)
    async with db.lease(life.till.pool) as conn:
        taken = await chargebacks.list_chargebacks(conn, deal.finance, life.till.books)
        [chargeback] = [one for one in taken if one.online_payment_id == payment.id]
        scan = await evidence.uploaded(conn, deal.finance, shelf, "验收单.pdf", evidence.PDF)
        case = evidence.Case(deal, chargeback.id)
        papers = Papers(service_documentation=scan)
        await case.saved(conn, EvidenceGiven(texts=evidence.TEXTS, files=papers))
    return case


async def sent_once(life: Life, case: evidence.Case) -> None:
    """Stripe has one submission with one file, and we know."""
    await life.till.later()
    async with db.lease(life.till.pool) as conn:
        found = await case.read(conn)
    assert found.evidence is not None
    assert (found.submissions, found.evidence.state) == (1, "sent")
    rail, [paper] = await life.rail(), found.evidence.files
    dispute = await rail.v1.disputes.retrieve_async(found.dispute_id)
    assert (dispute.status, dispute.evidence_details.submission_count) == ("under_review", 1)
    assert dispute.evidence.service_documentation == paper.stripe_file_id
    asked: Any = {"created": {"gte": dispute.created}, "limit": 100}
    made = [one.id for one in (await rail.v1.files.list_async(asked)).data]
    assert made.count(paper.stripe_file_id or "") == 1


FLOWS: Final[dict[str, Callable[[Life, FullInvoice], Awaitable[None]]]] = {
    "checkout": by_checkout,
    "intent": by_intent,
    "refund": of_a_refund,
    "chargeback": of_a_chargeback,
    "evidence": of_evidence,
}


@pytest.fixture(scope="module")
async def shop(stocked: Clone, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """At the end nothing that was cut off has left a fault behind."""
    async with (
        serving(stocked, tmp_path_factory.mktemp("cuts")) as market,
        simulating() as simulator,
        httpx.AsyncClient(trust_env=False) as http,
        AsyncExitStack() as still_open,
        statements.pool(market.addresses.app) as pool,
    ):
        usual, market.app.state.pool = market.app.state.pool, pool
        onlooker = await asyncpg.connect(market.addresses.owner)
        yield Shop(market, onlooker, [], simulator.address, http, still_open)
        await onlooker.close()
        market.app.state.pool = usual
        report = await audit.run(market.addresses.auditor)
        assert report.faults == []


async def lived(shop: Shop, flow: str, at: int, way: CutBy) -> Cutter:
    """The flow, cut off there and gone on with to its end."""
    counter = await shop.counter()

    async def order_fault(kind: str) -> None:
        await counter.till.control("faults", kind=kind, target="*", times=1)

    cutter = Cutter(shop.onlooker, order_fault, at, way)
    try:
        await FLOWS[flow](Life(shop, cutter, counter), counter.left.pop())
    except AssertionError as fault:
        pytest.fail(f"{way} {cutter.place}: {fault}")
    return cutter


def chosen(places: Sequence[str], *, every: bool) -> list[tuple[int, CutBy]]:
    if every:
        return list(product(range(len(places)), WAYS))
    calls = {ID.sub("", place): at for at, place in enumerate(places) if "/v1/" in place}
    told = [at for place, at in calls.items() if "after get" not in place]
    others = [at for at, place in enumerate(places) if "/v1/" not in place][::SAMPLE_EVERY]
    return [(at, WAYS[turn % 2]) for turn, at in enumerate([*told, *others])]


@pytest.mark.parametrize("flow", FLOWS)
async def test_wherever_it_is_cut_off_it_ends_and_is_booked_once(
    shop: Shop, request: pytest.FixtureRequest, flow: str
) -> None:
    places = (await lived(shop, flow, NOWHERE, "cut")).met
    for at, way in chosen(places, every=request.config.getoption("--every-point")):
        await lived(shop, flow, at, way)
