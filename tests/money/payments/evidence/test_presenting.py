"""Evidence reaches Stripe once, whatever becomes of the calls, with its files and its texts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from market.base import db
from market.base.db import Pool
from market.base.files import Shelf
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.evidence import presenting
from market.money.payments.evidence.model import EvidenceGiven, FullEvidence, Papers
from market.money.payments.stripe_events import keeping_up
from market.stripe_simulator.faults import Fault
from tests.world import card_refunds, stripe
from tests.world import evidence as world
from tests.world.evidence import PDF, TEXTS, Case
from tests.world.stripe import DISPUTED, Till


class Desk:
    """A disputed payment, and the files of the unit."""

    def __init__(self, till: Till, shelf: Shelf, case: Case) -> None:
        self.till = till
        self.shelf = shelf
        self.case = case

    async def submitted(self, *, content: bytes = PDF) -> FullEvidence:
        """Not told to Stripe yet."""
        async with db.lease(self.till.pool) as conn:
            finance = self.till.deal.finance
            scan = await world.uploaded(conn, finance, self.shelf, "验收单.pdf", content)
            papers = Papers(service_documentation=scan)
            await self.case.saved(conn, EvidenceGiven(texts=TEXTS, files=papers))
            return await self._of(await self.case.submit(conn))

    async def evidence(self) -> FullEvidence:
        async with db.lease(self.till.pool) as conn:
            return await self._of(await self.case.read(conn))

    @staticmethod
    async def _of(chargeback: Any) -> FullEvidence:
        found: FullEvidence | None = chargeback.evidence
        assert found is not None
        return found

    async def at_stripe(self) -> Any:
        rail = await card_refunds.rail_of(self.till)
        [dispute] = (await rail.v1.disputes.list_async()).data
        return dispute

    async def files_at_stripe(self) -> list[Any]:
        rail = await card_refunds.rail_of(self.till)
        return list((await rail.v1.files.list_async()).data)


@pytest.fixture
async def desk(pool: Pool, simulator: str, tmp_path: Path) -> AsyncIterator[Desk]:
    shelf = Shelf(tmp_path, limit_bytes=1_000_000)
    async with stripe.till(pool, simulator, shelf) as till:
        await till.paid(await till.issued(), card=DISPUTED)
        async with db.lease(pool) as conn:
            [told] = await chargebacks.list_chargebacks(conn, till.deal.finance, till.books)
        yield Desk(till, shelf, Case(till.deal, told.id))
        await till.control("faults/clear")


async def test_texts_and_files_reach_stripe_and_the_bank_judges(desk: Desk) -> None:
    await desk.submitted()
    await desk.till.turn()

    evidence, dispute = await desk.evidence(), await desk.at_stripe()
    assert (evidence.state, dispute.status) == ("sent", "under_review")
    [made] = await desk.files_at_stripe()
    assert (made.purpose, made.filename, made.size) == (
        "dispute_evidence", "service_documentation.pdf", len(PDF)
    )  # fmt: skip
    assert dispute.evidence.service_documentation == made.id == evidence.files[0].stripe_file_id
    assert dispute.evidence.product_description == TEXTS.product_description
    async with db.lease(desk.till.pool) as conn:
        chargeback = await desk.case.read(conn)
        assert (chargeback.submissions, chargeback.is_due) == (1, False)
    await desk.till.control("disputes/judge", dispute=dispute.id, won=True)
    await desk.till.later()
    async with db.lease(desk.till.pool) as conn:
        assert (await desk.case.read(conn)).state == "won"


@pytest.mark.parametrize(
    ("fault", "target"),
    [(fault, "POST /v1/disputes/*") for fault in Fault if fault is not Fault.SLOW]
    + [(fault, "POST /v1/files") for fault in (Fault.CUT_AFTER, Fault.ERROR_BEFORE)],
)
async def test_a_call_without_an_answer_is_asked_about_and_submits_once(
    desk: Desk, fault: Fault, target: str
) -> None:
    await desk.till.control("faults", kind=fault, target=target, times=1)
    before = await desk.submitted()
    await keeping_up.keep_up(desk.till.pool, desk.till.rails)
    await desk.till.later()

    evidence, dispute = await desk.evidence(), await desk.at_stripe()
    assert (evidence.state, evidence.texts) == ("sent", before.texts)
    assert (dispute.status, dispute.evidence_details.submission_count) == ("under_review", 1)
    assert len(await desk.files_at_stripe()) == 1


async def test_an_unknown_one_is_read_before_it_is_sent_again(desk: Desk) -> None:
    await desk.till.control("faults", kind=Fault.CUT_AFTER, target="POST /v1/disputes/*", times=1)
    await desk.submitted()
    await keeping_up.keep_up(desk.till.pool, desk.till.rails)
    assert (await desk.evidence()).state == "unknown"
    for target in ("GET /v1/disputes/*", "POST /v1/disputes/*"):
        await desk.till.control("faults", kind=Fault.ERROR_BEFORE, target=target, times=1)
    await desk.till.later()
    assert (await desk.evidence()).state == "unknown"

    await desk.till.later()

    # The fault of a second submission still waits: there was none.
    assert (await desk.evidence()).state == "sent"


async def test_a_file_that_is_gone_or_altered_is_not_sent_until_it_was_uploaded_again(
    desk: Desk,
) -> None:
    [paper] = (await desk.submitted()).files
    place = desk.shelf.path_of(paper.sha256)
    place.unlink()
    await desk.till.turn()
    evidence = await desk.evidence()
    assert (evidence.state, evidence.refusal) == ("draft", "file_unreadable:service_documentation")
    assert evidence.texts == TEXTS.said()

    await desk.submitted()
    place.write_bytes(PDF.replace(b"1 0 obj", b"2 0 obj"))
    await desk.till.turn()
    evidence = await desk.evidence()
    assert (evidence.state, evidence.refusal) == ("draft", "file_altered:service_documentation")
    assert await desk.files_at_stripe() == []

    await desk.submitted()
    await desk.till.turn()
    assert (await desk.evidence()).state == "sent"
    assert (await desk.at_stripe()).evidence_details.submission_count == 1


class Refusing:
    """A pool whose database takes no connection at the third time of asking."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.left = 3

    async def acquire(self, *, timeout: float) -> Any:  # noqa: ASYNC109  # as asyncpg has it
        self.left -= 1
        if not self.left:
            raise ConnectionRefusedError
        return await self.pool.acquire(timeout=timeout)

    async def release(self, connection: Any) -> None:
        await self.pool.release(connection)


async def test_a_database_that_is_away_is_no_word_of_stripes(desk: Desk) -> None:
    evidence, rail = await desk.submitted(), await card_refunds.rail_of(desk.till)
    pool: Any = Refusing(desk.till.pool)
    with pytest.raises(ConnectionRefusedError):
        await presenting.present(pool, rail, evidence.id)
    assert (await desk.evidence()).state == "submitted"

    await desk.till.later()

    assert (await desk.evidence()).state == "sent"
    assert len(await desk.files_at_stripe()) == 1


async def test_what_was_sent_on_stripes_own_pages_is_heard_of_and_not_sent_twice(
    desk: Desk,
) -> None:
    rail, dispute = await card_refunds.rail_of(desk.till), await desk.at_stripe()
    await rail.v1.disputes.update_async(dispute.id, {"evidence": {"customer_name": "川江化工"}})
    await desk.submitted()
    await desk.till.turn()
    evidence = await desk.evidence()
    assert evidence.state == "draft"
    assert evidence.refusal is not None

    await keeping_up.follow_up(desk.till.pool, desk.till.rails)

    async with db.lease(desk.till.pool) as conn:
        chargeback = await desk.case.read(conn)
    assert (chargeback.submissions, chargeback.is_due) == (1, False)
    assert chargeback.evidence_due_at is not None
    assert chargeback.evidence_due_at > datetime.now(UTC)
