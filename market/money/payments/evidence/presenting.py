"""Evidence on its way to Stripe; only the worker calls.

That Stripe is told is written before, what came of it after. Stripe takes evidence once: whoever
got no answer reads the chargeback before the same call is made again under the same key.
"""

from __future__ import annotations

import asyncio
import hashlib
from functools import partial
from io import BytesIO
from typing import Any, Final, Literal
from uuid import UUID

from market.base import db, events
from market.base.access import SYSTEM
from market.base.db import Connection, Pool
from market.base.file_types import MediaType
from market.money.payments import calling
from market.money.payments.calling import AT_ONCE, pause_after
from market.money.payments.chargebacks import queries as chargebacks
from market.money.payments.chargebacks.model import Chargeback
from market.money.payments.evidence import queries
from market.money.payments.evidence.model import TO_PRESENT, Evidence, EvidenceState, Paper
from market.money.payments.rails import EVIDENCE_METADATA, Rail

PURPOSE: Final = "dispute_evidence"
ENDINGS: Final = {MediaType.PDF: "pdf", MediaType.PNG: "png", MediaType.JPEG: "jpg"}
NAMES: Final = {
    "lose": "chargeback_evidence.lost",
    "send": "chargeback_evidence.sent",
    "refuse": "chargeback_evidence.refused",
}


class UnfitPaper(calling.Unfit):
    """A file that cannot go out as it was submitted; ``code`` says why, and which."""

    def __init__(self, why: Literal["file_unreadable", "file_altered"], paper: Paper) -> None:
        super().__init__(why)
        self.code = f"{why}:{paper.kind}"


class Scan(BytesIO):
    """A file's bytes under the name that Stripe shows."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


async def take_turns(pool: Pool, rail: Rail) -> int:
    """All evidence of the unit whose turn it is; tells how much there was."""
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        due = await queries.due(conn, rail.unit_id, AT_ONCE)
    for evidence_id in due:
        await present(pool, rail, evidence_id)
    return len(due)


async def present(pool: Pool, rail: Rail, evidence_id: UUID) -> None:
    """Have Stripe take it, once: a second call finds what the first did."""
    async with db.lease(pool) as conn:
        before = await _about_to_call(conn, evidence_id)
    if before is None:
        return
    chargeback, evidence, is_first = before
    async with calling.noting(partial(_note, pool, evidence), evidence=str(evidence_id)):
        count = None if is_first else await _count_if_taken(rail, chargeback, evidence)
        if count is None:
            files = await _uploaded(pool, rail, evidence)
            count = await _submit(rail, chargeback, evidence, files)
        async with db.lease(pool) as conn, db.act(conn, SYSTEM):
            await note(conn, evidence, "send", submissions=count)


async def _about_to_call(
    conn: Connection, evidence_id: UUID
) -> tuple[Chargeback, Evidence, bool] | None:
    """Note the call, unless there is none to make; with whether it is the first."""
    async with db.act(conn, SYSTEM):
        chargeback_id = await queries.chargeback_of(conn, evidence_id)
        chargeback = await chargebacks.lock_chargeback(conn, SYSTEM, chargeback_id)
        evidence = await queries.lock_evidence(conn, evidence_id)
        if evidence.state not in TO_PRESENT:
            return None
        pause = pause_after(await queries.tries_of(conn, evidence_id))
        called = await queries.note_call(conn, evidence_id, again_in=pause)
        return chargeback, called, evidence.called_at is None


async def _note(pool: Pool, evidence: Evidence, move: str, refusal: str | None) -> None:
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        await note(conn, evidence, move, refusal=refusal)


async def note(
    conn: Connection,
    called: Evidence,
    move: str,
    *,
    refusal: str | None = None,
    submissions: int = 0,
) -> None:
    """What came of a call, within an act of the system; what another turn has learnt stays."""
    await chargebacks.lock_chargeback(conn, SYSTEM, called.chargeback_id)
    evidence = await queries.lock_evidence(conn, called.id)
    before = EvidenceState(evidence.state)
    is_past = before not in TO_PRESENT or evidence.submission != called.submission
    if is_past or (move == "lose" and before == EvidenceState.UNKNOWN):
        return
    kept = await queries.set_state(conn, evidence, evidence.after(move), refusal=refusal)
    await chargebacks.touch_chargeback(conn, called.chargeback_id, submissions=submissions)
    changed = {
        "chargeback_id": kept.chargeback_id,
        "submission": kept.submission,
        "refusal": refusal,
    }
    await events.record(conn, SYSTEM, NAMES[move], about=kept, move=(move, before), changed=changed)


async def _count_if_taken(rail: Rail, chargeback: Chargeback, evidence: Evidence) -> int | None:
    """How often Stripe has submitted evidence, if this submission was one of them."""
    dispute = await rail.v1.disputes.retrieve_async(chargeback.dispute_id)
    is_ours = dispute.metadata.to_dict().get(EVIDENCE_METADATA) == evidence.key
    count: int = dispute.evidence_details.submission_count
    return count if is_ours and count > 0 else None


async def _uploaded(pool: Pool, rail: Rail, evidence: Evidence) -> dict[str, str]:
    """The files, by Stripe's ids; each is uploaded once, and known from then on."""
    async with db.lease(pool) as conn, db.look(conn, SYSTEM):
        papers = await queries.papers_of(conn, evidence.id)
    known = {}
    for paper in papers:
        known[paper.kind] = paper.stripe_file_id or await _upload(pool, rail, evidence, paper)
    return known


async def _upload(pool: Pool, rail: Rail, evidence: Evidence, paper: Paper) -> str:
    content = await _content_of(rail, paper)
    scan = Scan(f"{paper.kind}.{ENDINGS[MediaType(paper.media_type)]}", content)
    asked: Any = {"purpose": PURPOSE, "file": scan}
    options: Any = {"idempotency_key": f"{evidence.id}:{paper.kind}:{paper.file_id}"}
    made = await rail.v1.files.create_async(asked, options)
    async with db.lease(pool) as conn, db.act(conn, SYSTEM):
        await queries.keep_stripe_file(conn, evidence.id, paper.kind, made.id)
    return made.id


async def _content_of(rail: Rail, paper: Paper) -> bytes:
    """What was submitted, and nothing else. Raises UnfitPaper."""
    assert rail.shelf is not None, "the worker has the files"
    try:
        content = await asyncio.to_thread(rail.shelf.path_of(paper.sha256).read_bytes)
    except OSError as fault:
        raise UnfitPaper("file_unreadable", paper) from fault
    if hashlib.sha256(content).hexdigest() != paper.sha256:
        raise UnfitPaper("file_altered", paper)
    return content


async def _submit(
    rail: Rail, chargeback: Chargeback, evidence: Evidence, files: dict[str, str]
) -> int:
    asked: Any = {
        "evidence": {**evidence.texts, **files},
        "metadata": {EVIDENCE_METADATA: evidence.key},
        "submit": True,
    }
    options: Any = {"idempotency_key": evidence.key}
    taken = await rail.v1.disputes.update_async(chargeback.dispute_id, asked, options)
    count: int = taken.evidence_details.submission_count
    return max(count, 1)
