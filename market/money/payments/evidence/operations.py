"""Writing evidence against a chargeback, and submitting it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from market.base import clock, db, events, file_types, words
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.base.file_types import MediaType
from market.base.files import in_mib
from market.ledger.model import NotAReader, may_read
from market.money.payments.alarms import queries as alarms
from market.money.payments.chargebacks import queries as chargebacks
from market.money.payments.chargebacks.model import Chargeback, ChargebackState
from market.money.payments.chargebacks.operations import require_one_side
from market.money.payments.evidence import model, queries
from market.money.payments.evidence.model import (
    Evidence,
    EvidenceGiven,
    EvidenceState,
    FullChargeback,
    FullEvidence,
)


async def find_chargeback(conn: Connection, actor: Actor, chargeback_id: UUID) -> FullChargeback:
    """NotFound to a stranger, NotAReader to who has no reading role, BothSides."""
    async with db.look(conn, actor):
        chargeback = await chargebacks.find_chargeback(conn, actor, chargeback_id)
        require(may_read(actor), NotAReader)
        await require_one_side(conn, actor, chargeback)
        return await in_full(conn, chargeback)


async def in_full(conn: Connection, chargeback: Chargeback) -> FullChargeback:
    """With what was done about it, and what is still to do."""
    found = await queries.evidence_of(conn, chargeback.id)
    evidence = None
    if found is not None:
        files = await queries.papers_of(conn, found.id)
        evidence = FullEvidence(**msgspec.structs.asdict(found), files=files)
    return FullChargeback(
        **msgspec.structs.asdict(chargeback),
        evidence=evidence,
        missing=model.missing_of(chargeback.reason, evidence),
        is_due=await _is_due(conn, chargeback),
        alarms=await alarms.alarms_of(conn, chargeback.id),
    )


async def _is_due(conn: Connection, chargeback: Chargeback) -> bool:
    due_at = chargeback.evidence_due_at
    has_time = due_at is None or await clock.now(conn) < due_at
    return chargeback.state == ChargebackState.OPENED and not chargeback.submissions and has_time


async def save_evidence(
    conn: Connection,
    actor: Actor,
    chargeback_id: UUID,
    given: EvidenceGiven,
    *,
    expected_version: int,
) -> FullChargeback:
    """Finance writes down the whole of it; what is left out is taken away.

    Raises NotFound to a stranger, EvidenceNeedsFinance, BothSides, Stale, EvidenceSubmitted,
    ChargebackDecided, EvidenceAtTheBank, EvidenceTooLate, UnknownPaper, PaperTypeRefused,
    PapersTooLarge.
    """
    async with db.act(conn, actor):
        chargeback, evidence = await _lock(conn, actor, chargeback_id)
        require_version(chargeback.version, expected_version)
        if evidence is not None:
            _require_unsent(evidence)
        await _require_awaited(conn, chargeback)
        texts, papers = given.texts.said(), given.files.shown()
        await _require_papers(conn, actor, papers)
        if evidence is None:
            evidence = await queries.insert_evidence(conn, actor, chargeback, texts)
            name, move = "chargeback_evidence.drafted", ("draft", None)
        else:
            evidence = await queries.set_texts(conn, evidence, texts)
            name, move = "chargeback_evidence.edited", None
        await queries.set_papers(conn, evidence.id, papers)
        touched = await chargebacks.touch_chargeback(conn, chargeback_id)
        changed = {"chargeback_id": chargeback_id}
        await events.record(conn, actor, name, about=evidence, move=move, changed=changed)
        return await in_full(conn, touched)


async def submit_evidence(
    conn: Connection, actor: Actor, chargeback_id: UUID, *, expected_version: int
) -> FullChargeback:
    """Finance has what it has read sent, once; the worker tells Stripe within a moment.

    The same person again gets what became of it. Raises NotFound to a stranger,
    EvidenceNeedsFinance, BothSides, NothingToSubmit, Stale, EvidenceSubmitted, ChargebackDecided,
    EvidenceAtTheBank, EvidenceTooLate.
    """
    async with db.act(conn, actor):
        chargeback, evidence = await _lock(conn, actor, chargeback_id)
        if evidence is None:
            await _require_awaited(conn, chargeback)
            raise model.NothingToSubmit
        if evidence.state != EvidenceState.DRAFT and evidence.submitted_by == actor.person_id:
            return await in_full(conn, chargeback)
        require_version(chargeback.version, expected_version)
        _require_unsent(evidence)
        await _require_awaited(conn, chargeback)
        papers = await queries.papers_of(conn, evidence.id)
        require(bool(evidence.texts or papers), model.NothingToSubmit)
        before, to = EvidenceState(evidence.state), evidence.after("submit")
        submitted, texts_sha256 = await queries.set_submitted(conn, actor, evidence, to)
        touched = await chargebacks.touch_chargeback(conn, chargeback_id)
        changed = {
            "chargeback_id": chargeback_id,
            "submission": submitted.submission,
            "texts_sha256": texts_sha256,
            "files": {paper.kind: paper.sha256 for paper in papers},
        }
        name = "chargeback_evidence.submitted"
        await events.record(
            conn, actor, name, about=submitted, move=("submit", before), changed=changed
        )
        return await in_full(conn, touched)


async def _lock(
    conn: Connection, actor: Actor, chargeback_id: UUID
) -> tuple[Chargeback, Evidence | None]:
    chargeback = await chargebacks.lock_chargeback(conn, actor, chargeback_id)
    require(model.may_defend(actor, chargeback.books_unit_id), model.EvidenceNeedsFinance)
    await require_one_side(conn, actor, chargeback)
    return chargeback, await queries.evidence_of(conn, chargeback_id)


def _require_unsent(evidence: Evidence) -> None:
    state = words.state("chargeback_evidence", evidence.state)
    require(evidence.state == EvidenceState.DRAFT, model.EvidenceSubmitted(state=state))


async def _require_awaited(conn: Connection, chargeback: Chargeback) -> None:
    state = words.state("chargeback", chargeback.state)
    decided = model.ChargebackDecided(state=state, next=model.after_decision(chargeback.state))
    require(chargeback.state == ChargebackState.OPENED, decided)
    require(not chargeback.submissions, model.EvidenceAtTheBank)
    due_at = chargeback.evidence_due_at
    if due_at is not None:
        until = f"{due_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
        require(await clock.now(conn) < due_at, model.EvidenceTooLate(until=until))


async def _require_papers(conn: Connection, actor: Actor, papers: Mapping[str, UUID]) -> None:
    known = await queries.files_read_by(conn, actor.organisation_id, papers.values())
    for kind, file_id in papers.items():
        pointer = f"/files/{kind}"
        require(file_id in known, model.UnknownPaper(pointer=pointer, file_id=file_id))
        found = MediaType(known[file_id].media_type)
        refusal = model.PaperTypeRefused(
            pointer=pointer, name=known[file_id].name, found=file_types.NAMES[found]
        )
        require(found in model.TYPES, refusal)
    size_bytes = sum(known[file_id].size_bytes for file_id in papers.values())
    require(
        size_bytes <= model.MOST_FILE_BYTES,
        model.PapersTooLarge(
            pointer="/files", found=in_mib(size_bytes), most=in_mib(model.MOST_FILE_BYTES)
        ),
    )
