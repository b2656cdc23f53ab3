"""What finance says against a chargeback: written as often as it likes, in time, and sent once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from market.base import db
from market.base.access import SYSTEM, BothSides, Role
from market.base.db import Connection
from market.base.errors import MarketError, NotFound, Stale
from market.base.files import Shelf
from market.ledger.model import NotAReader
from market.money.payments.chargebacks import losing
from market.money.payments.chargebacks import queries as chargebacks
from market.money.payments.evidence import model, operations
from market.money.payments.evidence.model import EvidenceGiven, Papers, Texts
from tests.world import evidence as world
from tests.world import identity
from tests.world.evidence import PDF, TEXTS, Case
from tests.world.stripe import booked, line

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(13) + b"\x00\x00\x00\x00IEND\xaeB`\x82"


async def falls_due(conn: Connection, case: Case, in_days: int) -> None:
    async with db.act(conn, SYSTEM):
        await conn.execute(
            "UPDATE chargeback SET evidence_due_at = $2 WHERE id = $1",
            case.id,
            datetime.now(UTC) + timedelta(days=in_days),
        )


async def test_what_is_missing_is_told_and_what_is_saved_is_the_whole(conn: Connection) -> None:
    case = await world.disputed(conn)
    before = await case.read(conn)
    assert (before.evidence, before.is_due) == (None, True)
    assert before.missing == [*model.ALWAYS_WANTED, *model.WANTED["fraudulent"]]

    saved = await case.written(conn)

    assert saved.evidence is not None
    assert saved.evidence.texts == TEXTS.said()
    assert [paper.kind for paper in saved.evidence.files] == ["service_documentation"]
    assert saved.missing == [
        "customer_communication", "customer_email_address", "customer_signature"
    ]  # fmt: skip
    assert saved.version > before.version
    other = await case.saved(conn, EvidenceGiven(texts=Texts(service_date="2026-03-02")))
    assert other.evidence is not None
    assert (other.evidence.texts, other.evidence.files) == ({"service_date": "2026-03-02"}, [])


async def test_only_finance_of_the_unit_writes_and_its_readers_read(conn: Connection) -> None:
    case = await world.disputed(conn)
    given = EvidenceGiven(texts=TEXTS)
    member = await identity.person(conn, case.deal.unit, Role.MEMBER)
    for actor in (case.deal.leader, member):
        with pytest.raises(model.EvidenceNeedsFinance):
            await operations.save_evidence(conn, actor, case.id, given, expected_version=1)
        with pytest.raises(model.EvidenceNeedsFinance):
            await operations.submit_evidence(conn, actor, case.id, expected_version=1)
    assert (await case.read(conn, case.deal.leader)).id == case.id
    with pytest.raises(NotAReader):
        await case.read(conn, member)
    for stranger in (case.deal.buyer, case.deal.outsider):
        with pytest.raises(NotFound):
            await case.read(conn, stranger)
        with pytest.raises(NotFound):
            await operations.save_evidence(conn, stranger, case.id, given, expected_version=1)


async def test_files_are_those_that_stripe_takes(conn: Connection, tmp_path: Path) -> None:
    case = await world.disputed(conn)
    shelf = Shelf(tmp_path, limit_bytes=10_000_000)

    async def file(name: str, content: bytes) -> Any:
        return await world.uploaded(conn, case.deal.finance, shelf, name, content)

    async def refused(**papers: Any) -> MarketError:
        with pytest.raises(MarketError) as refusal:
            await case.saved(conn, EvidenceGiven(files=Papers(**papers)))
        return refusal.value

    text = await refused(receipt=await file("收据.txt", "已收款".encode()))
    assert (type(text), text.pointer) == (model.PaperTypeRefused, "/files/receipt")
    assert isinstance(await refused(receipt=uuid4()), model.UnknownPaper)
    theirs = await world.uploaded(conn, case.deal.buyer, shelf, "图.png", PNG)
    assert isinstance(await refused(receipt=theirs), model.UnknownPaper)
    great = PDF[:-6] + bytes(model.MOST_FILE_BYTES - len(PDF)) + PDF[-6:]
    scan = await file("长.pdf", great)
    saved = await case.saved(conn, EvidenceGiven(files=Papers(receipt=scan)))
    assert saved.evidence is not None
    more = await refused(receipt=scan, customer_signature=await file("签字.png", PNG))
    assert isinstance(more, model.PapersTooLarge)


async def test_it_is_submitted_once_and_changed_no_more(conn: Connection) -> None:
    case = await world.disputed(conn)
    with pytest.raises(model.NothingToSubmit):
        await case.submit(conn)
    await case.saved(conn, EvidenceGiven())
    with pytest.raises(model.NothingToSubmit):
        await case.submit(conn)

    submitted = await case.submitted(conn)

    assert submitted.evidence is not None
    assert submitted.evidence.submitted_by == case.deal.finance.person_id
    again = await case.submit(conn)
    assert again == submitted
    other = await identity.person(conn, case.deal.unit, Role.FINANCE)
    with pytest.raises(model.EvidenceSubmitted):
        await case.submit(conn, other)
    with pytest.raises(model.EvidenceSubmitted):
        await case.saved(conn, EvidenceGiven(texts=TEXTS))
    sent = await case.told(conn, "send", submissions=1)
    assert (sent.submissions, sent.is_due) == (1, False)
    with pytest.raises(model.EvidenceSubmitted):
        await case.saved(conn, EvidenceGiven(texts=TEXTS))


async def refused(conn: Connection, change: str, evidence_id: Any) -> None:
    with pytest.raises(asyncpg.RestrictViolationError):
        async with db.savepoint(conn), db.act(conn, SYSTEM):
            await conn.execute(change, evidence_id)


async def test_what_was_submitted_is_rewritten_by_nobody(conn: Connection) -> None:
    case = await world.disputed(conn)
    evidence = (await case.submitted(conn)).evidence
    assert evidence is not None
    texts = "UPDATE chargeback_evidence SET texts = '{}' WHERE id = $1"
    for change in (
        texts,
        "UPDATE chargeback_evidence SET submitted_at = created_at - interval '1 day' WHERE id = $1",
        "DELETE FROM chargeback_evidence_file WHERE evidence_id = $1",
        """INSERT INTO chargeback_evidence_file (evidence_id, kind, file_id)
           SELECT $1, 'receipt', id FROM file LIMIT 1""",
    ):
        await refused(conn, change, evidence.id)
    await case.told(conn, "send", submissions=1)
    for change in (
        texts,
        "UPDATE chargeback_evidence SET state = 'draft', sent_at = NULL WHERE id = $1",
        "UPDATE chargeback_evidence_file SET stripe_file_id = 'file_9' WHERE evidence_id = $1",
    ):
        await refused(conn, change, evidence.id)


async def test_nothing_is_taken_after_the_due_day(conn: Connection) -> None:
    case = await world.disputed(conn)
    await case.written(conn)
    await falls_due(conn, case, -1)
    assert not (await case.read(conn)).is_due
    with pytest.raises(model.EvidenceTooLate) as refused:
        await case.submit(conn)
    assert "逾期" in refused.value.detail("zh-CN")
    with pytest.raises(model.EvidenceTooLate):
        await case.saved(conn, EvidenceGiven(texts=TEXTS))


async def test_what_the_bank_has_decided_takes_no_evidence(conn: Connection) -> None:
    case = await world.disputed(conn)
    await case.written(conn)
    amount = (await case.read(conn)).held_minor
    await booked(conn, case.deal, line("dispute_reversal", amount, dispute=case.dispute))
    with pytest.raises(model.ChargebackDecided, match="nothing is left to be done"):
        await case.submit(conn)


async def test_after_a_loss_whoever_brings_evidence_is_sent_to_the_buyer(conn: Connection) -> None:
    case = await world.disputed(conn)
    await case.written(conn)
    assert case.dispute is not None
    assert await losing.lose(conn, case.deal.unit.id, case.dispute)
    with pytest.raises(model.ChargebackDecided, match="Ask the buyer to pay otherwise"):
        await case.submit(conn)


async def test_who_has_a_role_at_the_payer_neither_reads_nor_writes_nor_submits(
    conn: Connection,
) -> None:
    case = await world.disputed(conn)
    await case.written(conn)
    payer = await identity.person(conn, case.deal.enterprise, Role.PAYER)
    both = await identity.also(conn, payer, case.deal.unit, Role.FINANCE)
    given = EvidenceGiven(texts=Texts(uncategorized_text="付款人说得对"))
    with pytest.raises(BothSides):
        await case.read(conn, both)
    with pytest.raises(BothSides):
        await operations.save_evidence(conn, both, case.id, given, expected_version=2)
    with pytest.raises(BothSides):
        await operations.submit_evidence(conn, both, case.id, expected_version=2)


async def test_what_the_bank_has_from_elsewhere_is_written_and_sent_no_more(
    conn: Connection,
) -> None:
    case = await world.disputed(conn)
    await case.written(conn)
    async with db.act(conn, SYSTEM):
        await chargebacks.touch_chargeback(conn, case.id, submissions=1)
    with pytest.raises(model.EvidenceAtTheBank):
        await case.submit(conn)
    with pytest.raises(model.EvidenceAtTheBank):
        await case.saved(conn, EvidenceGiven(texts=TEXTS))


async def test_an_edit_and_a_submission_name_the_version_that_they_saw(conn: Connection) -> None:
    case = await world.disputed(conn)
    seen = await case.read(conn)
    await case.written(conn)
    with pytest.raises(Stale):
        await operations.save_evidence(
            conn,
            case.deal.finance,
            case.id,
            EvidenceGiven(),
            expected_version=seen.version,
        )
    with pytest.raises(Stale):
        await operations.submit_evidence(
            conn, case.deal.finance, case.id, expected_version=seen.version
        )


async def test_what_stripe_refused_is_a_draft_again_and_is_sent_anew(conn: Connection) -> None:
    case = await world.disputed(conn)
    first = (await case.submitted(conn)).evidence
    refused = (await case.told(conn, "refuse", refusal="parameter_invalid")).evidence
    assert first is not None
    assert refused is not None
    assert (refused.state, refused.refusal) == ("draft", "parameter_invalid")
    assert (refused.texts, refused.files[0].file_id) == (first.texts, first.files[0].file_id)

    again = await case.submit(conn)

    assert again.evidence is not None
    assert (again.evidence.submission, again.evidence.refusal) == (2, None)
    assert again.evidence.key != first.key
