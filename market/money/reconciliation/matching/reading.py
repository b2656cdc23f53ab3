"""Bank lines as people read them: what they may be, what they are, and what stands in suspense."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from market.base import db
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger import queries as ledger
from market.ledger.model import FullPosting, NotAReader, may_read
from market.money.payments.stripe_explanations.model import BelongsTo
from market.money.reconciliation.matching import beside_the_bank, gathering, payout_queries, queries
from market.money.reconciliation.matching.model import Match, MatchState
from market.money.reconciliation.matching.payout_queries import SeenPayout
from market.money.reconciliation.matching.reasons import Reason, ToldReason, told
from market.money.reconciliation.matching.suggesting import Suggestion
from market.money.reconciliation.matching.views import (
    SuspendedLine,
    ToldSuggestion,
    suggestion_told,
    suspended_lines,
)
from market.money.statements import bank_lines
from market.money.statements.model import BankLine, LineState, Restated, Statement, TakenIn

MOST_TOLD: Final = 1_000
WAITS: Final = ToldReason(
    "waits_for_second_person",
    "已人工匹配，等待第二人确认",
    "Matched by hand: it waits for a second person to confirm",
)
TAKEN_BACK: Final = ToldReason(
    "taken_back",
    "已随对账单撤回，不再计入本账户",
    "Taken back with its statement: it counts in this account no more",
)


class Outcome(msgspec.Struct, frozen=True):
    """What became of one line, and why."""

    line_id: UUID
    booked_on: date
    amount_minor: int
    currency: str
    counterparty_name: str
    remark: str
    state: LineState
    match_id: UUID | None
    invoice_ids: list[UUID]
    score: int
    reasons: list[ToldReason]


class ToldRestatement(Restated, frozen=True):
    """A line known before of which the file says something else, in words."""

    reason: ToldReason


class Import(msgspec.Struct, frozen=True):
    """What an import did; ``outcomes`` tell how the lines that the file brought stand now.

    They are of the first 1,000 lines; the lists of lines and of suspense have the others.
    ``restated``: known lines of which the file says something else, the first 1,000. The counts
    are of lines that are new. ``repeated``: the file was imported before, so that none is, and
    nothing was done; what it says anew of other files' lines is told again.
    """

    repeated: bool
    statements: list[Statement]
    line_count: int
    new_count: int
    known_count: int
    matched_count: int
    suggested_count: int
    suspense_count: int
    outcomes: list[Outcome]
    restated: list[ToldRestatement]


class FullLine(BankLine, frozen=True):
    """A line with what it may be, its matches and its postings."""

    suggestions: list[ToldSuggestion]
    matches: list[Match]
    reasons: list[ToldReason]
    postings: list[FullPosting]


async def imported(conn: Connection, taken: TakenIn) -> Import:
    """How the lines that a file brought stand now."""
    ids = [one.id for one in taken.statements]
    outcomes = await outcomes_of(conn, await bank_lines.lines_of(conn, ids, limit=MOST_TOLD))
    states = Counter({} if taken.repeated else await bank_lines.states_of(conn, ids))
    held, new = sum(one.lines for one in taken.statements), taken.new_count
    return Import(
        repeated=taken.repeated,
        statements=taken.statements,
        line_count=held,
        new_count=new,
        known_count=held - new,
        matched_count=states[LineState.MATCHED] + states[LineState.CONFIRMED],
        suggested_count=states[LineState.SUGGESTED],
        suspense_count=states[LineState.SUGGESTED] + states[LineState.UNMATCHED],
        outcomes=outcomes,
        restated=[_restatement(one) for one in taken.restated[:MOST_TOLD]],
    )


def _restatement(one: Restated) -> ToldRestatement:
    reason = Reason(f"{one.field}_restated", {"known": one.known, "found": one.found})
    return ToldRestatement(*(*msgspec.structs.astuple(one), reason.told))


async def outcomes_of(conn: Connection, brought: Sequence[BankLine]) -> list[Outcome]:
    ids = [line.id for line in brought]
    live = {
        match.bank_line_id: match
        for match in await queries.matches_of(conn, ids)
        if match.state != MatchState.UNDONE
    }
    found = await gathering.suggested_now(conn, brought)
    return [_outcome(line, live.get(line.id), found.get(line.id, [])) for line in brought]


def _outcome(line: BankLine, match: Match | None, found: Sequence[Suggestion]) -> Outcome:
    invoice_ids = match.terms.invoice_ids if match else []
    score = match.score if match else found[0].score if found else 0
    return Outcome(
        line.id,
        line.booked_on,
        line.amount_minor,
        line.currency,
        line.counterparty_name,
        line.remark,
        LineState(line.state),
        match.id if match else None,
        invoice_ids,
        score,
        _why(match, found),
    )


def _why(match: Match | None, found: Sequence[Suggestion]) -> list[ToldReason]:
    if match is None:
        return [reason.told for reason in found[0].reasons] if found else []
    waits = [WAITS] if match.state == MatchState.WAITING else []
    return [*told(match.reasons), *waits]


async def list_lines(
    conn: Connection,
    actor: Actor,
    *,
    state: LineState | None,
    account_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[BankLine]:
    """NotAReader to who keeps, leads and audits no books."""
    require(may_read(actor), NotAReader)
    return await bank_lines.lines(
        conn, actor, state=state, account_id=account_id, after=after, limit=limit
    )


async def find_line(conn: Connection, actor: Actor, line_id: UUID) -> FullLine:
    """NotFound to a stranger, NotAReader to a member without a reading role."""
    async with db.look(conn, actor):
        line = await bank_lines.find_line(conn, actor, line_id)
        require(may_read(actor), NotAReader)
        found = (await gathering.suggested_now(conn, [line])).get(line_id, [])
        matches = await queries.matches_of(conn, [line_id])
        causes = [line.cause]
        for match in reversed(matches):
            causes += [match.cause, f"match_undone:{match.id}"]
        causes.append(line.retracted_cause)
        postings = [await ledger.posting_of_cause(conn, cause) for cause in causes]
    live = next((one for one in matches if one.state != MatchState.UNDONE), None)
    why = [TAKEN_BACK] if line.state == LineState.RETRACTED else _why(live, found)
    suggestions = [
        suggestion_told(line_id, position, one) for position, one in enumerate(found, start=1)
    ]
    posted = [posting for posting in postings if posting is not None]
    return FullLine(*(*msgspec.structs.astuple(line), suggestions, matches, why, posted))


async def find_match(conn: Connection, actor: Actor, match_id: UUID) -> Match:
    async with db.look(conn, actor):
        match = await queries.find_match(conn, actor, match_id)
        require(may_read(actor), NotAReader)
    return match


class InSuspense(SuspendedLine, frozen=True):
    """A line that is not explained yet, for how long, and why.

    ``may_belong_to``: what finance may say of a line of Stripe's balance.
    """

    reasons: list[ToldReason]
    may_belong_to: list[BelongsTo]


async def list_suspense(
    conn: Connection,
    actor: Actor,
    books_unit_id: UUID,
    *,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[InSuspense]:
    """The oldest first. Raises as ``find_line`` does."""
    require(actor.visible is None or books_unit_id in actor.visible, NotFound)
    require(may_read(actor), NotAReader)
    rows = await suspended_lines(conn, actor, books_unit_id, after=after, limit=limit)
    found = await gathering.suggested_now(
        conn, await bank_lines.find_lines(conn, [row.id for row in rows])
    )
    others = await beside_the_bank.why(conn, rows)
    return [_in_suspense(row, found.get(row.id, []), others.get(row.id)) for row in rows]


async def list_payouts(conn: Connection, actor: Actor, books_unit_id: UUID) -> list[SeenPayout]:
    """The newest first. Raises as ``list_suspense`` does."""
    async with db.look(conn, actor):
        require(actor.visible is None or books_unit_id in actor.visible, NotFound)
        require(may_read(actor), NotAReader)
        return await payout_queries.payouts_of(conn, actor, books_unit_id)


def _in_suspense(
    row: SuspendedLine, found: Sequence[Suggestion], other: beside_the_bank.Told | None
) -> InSuspense:
    of_row = msgspec.structs.astuple(row)
    if other is not None:
        return InSuspense(*(*of_row, [other.reason], other.may_belong_to))
    waits = [WAITS] if row.match_id else []
    return InSuspense(*(*of_row, [*_why(None, found), *waits], []))
