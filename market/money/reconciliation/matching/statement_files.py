"""The import of a statement file: its lines taken in, and what is exact matched, in one act."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final
from uuid import UUID

import structlog

from market.base import db
from market.base.access import Actor
from market.base.db import Connection
from market.base.files import Upload
from market.money.invoicing import payment_code
from market.money.invoicing import queries as invoices
from market.money.reconciliation.matching import gathering, operations, queries, suggesting
from market.money.reconciliation.matching.model import MatchState
from market.money.reconciliation.matching.queries import NewMatch
from market.money.reconciliation.matching.reading import Import, imported
from market.money.reconciliation.matching.suggesting import Candidate, Facts
from market.money.statements import bank_lines
from market.money.statements import operations as statements
from market.money.statements.accounts import queries as accounts
from market.money.statements.formats.model import ReadStatement
from market.money.statements.model import BankLine, TakenIn

# So many lines at a time: neither they nor what is reckoned of them holds others up for long.
BATCH: Final = 500
TOLD_EVERY: Final = 10_000
FIRST: Final = UUID(int=0), 0

log = structlog.get_logger("market.matching")


async def import_file(
    conn: Connection, actor: Actor, account_id: UUID, upload: Upload, read: Sequence[ReadStatement]
) -> Import:
    """Finance imports a file that was read before; it tells of each line what happened and why.

    The same file again tells how its lines stand now, and adds nothing. Raises what taking it in
    refuses.
    """
    async with db.act(conn, actor):
        await _lock_named(conn, actor, account_id, read)
        taken = await statements.take_in(conn, actor, account_id, upload, read)
        if not taken.repeated:
            await _match_exact(conn, actor, taken)
            await _suggest(conn, taken)
        return await imported(conn, taken)


async def _lock_named(
    conn: Connection, actor: Actor, account_id: UUID, read: Sequence[ReadStatement]
) -> None:
    """Invoices are locked before bank lines, everywhere; so those that may be paid come first.

    A batch at a time, in one order over all of them.
    """
    account = await accounts.find_account(conn, actor, account_id)
    codes = await asyncio.to_thread(_all_codes, read)
    named: list[tuple[UUID, UUID]] = []
    for start in range(0, len(codes), BATCH):
        some = codes[start : start + BATCH]
        named += await queries.named_by_code(conn, account.books_unit_id, some)
    ids = [invoice_id for _, invoice_id in sorted(named)]
    for start in range(0, len(ids), BATCH):
        await invoices.lock_invoices(conn, actor, ids[start : start + BATCH])


def _all_codes(read: Sequence[ReadStatement]) -> list[str]:
    return sorted({code for one in read for line in one.lines for code in _codes(line.remark)})


def _codes(remark: str) -> list[str]:
    return payment_code.find_all(remark)


async def _batches(conn: Connection, taken: TakenIn) -> AsyncIterator[list[BankLine]]:
    """The lines that are not explained yet; a line may be by the time of the next batch."""
    ids, after = [one.id for one in taken.statements], FIRST
    while lines := await bank_lines.unmatched_of(conn, ids, after=after, limit=BATCH):
        yield lines
        after = lines[-1].statement_id, lines[-1].position


async def _match_exact(conn: Connection, actor: Actor, taken: TakenIn) -> None:
    """Match what is exact, in the order of the file."""
    seen = matched = 0
    async for lines in _batches(conn, taken):
        coded = [line for line in lines if line.amount_minor > 0 and _codes(line.remark)]
        new = _exact(coded, await gathering.by_code(conn, coded))
        if new:
            paid = [invoice_id for one in new for invoice_id in one.terms.invoice_ids]
            await operations.make(conn, actor, new, await invoices.locked_invoices(conn, paid))
        seen, matched = seen + len(lines), matched + len(new)
        if seen % TOLD_EVERY == 0:
            log.info("statement_matching", seen=seen, of=taken.new_count, matched=matched)


def _exact(coded: Sequence[BankLine], by_code: dict[str, Candidate]) -> list[NewMatch]:
    """An invoice that one line has paid is not open for the later ones."""
    found = []
    for line in coded:
        best = suggesting.suggest(line, Facts(by_code))[0]
        if best.is_exact:
            found.append(
                NewMatch(
                    line=line,
                    terms=best.terms,
                    state=MatchState.MATCHED,
                    way="automatic",
                    score=best.score,
                    reasons=best.reasons,
                )
            )
            for code in _codes(line.remark):
                by_code[code] = by_code[code].paid_in_full
    return found


async def _suggest(conn: Connection, taken: TakenIn) -> None:
    """Which of the others may be something."""
    async for lines in _batches(conn, taken):
        await gathering.mark_suggested(conn, lines)
