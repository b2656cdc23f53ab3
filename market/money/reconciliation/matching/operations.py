"""Matching a line, by itself or by hand; confirming a match; undoing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from market.base import clock, db, events
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound, require_version
from market.base.events import Happening
from market.ledger import operations as ledger
from market.ledger.model import NotEnough
from market.money.invoicing import queries as invoices
from market.money.invoicing.model import Invoice
from market.money.payments import operations as payments
from market.money.payments.chargebacks import giving_back
from market.money.payments.opening_items import queries as opening_items
from market.money.payments.opening_items.model import OpeningItem
from market.money.payments.refunds.model import Refund
from market.money.reconciliation.matching import (
    arriving,
    checking,
    effects,
    four_eyes,
    gathering,
    model,
    queries,
    refunding,
)
from market.money.reconciliation.matching.model import (
    MEETS_LINE,
    Match,
    Matching,
    MatchState,
    RestGiven,
)
from market.money.reconciliation.matching.queries import NewMatch
from market.money.reconciliation.matching.reasons import Reason
from market.money.statements import bank_lines
from market.money.statements.model import BankLine


async def match_by_hand(conn: Connection, actor: Actor, line_id: UUID, terms: Matching) -> Match:
    """Finance says what a line is, to the last fen.

    The same person saying the same again gets the same match. Where four eyes apply nothing is
    booked until a second person confirms. Raises NotFound to a stranger,
    MatchNeedsFinance, LineTaken, and what is wrong with the terms.
    """
    async with db.act(conn, actor):
        owed = await invoices.lock_invoices(conn, actor, terms.invoice_ids)
        items = await opening_items.lock_items(conn, actor, terms.item_ids)
        refund = await refunding.lock(conn, actor, terms)
        line, other = await _lock_lines(conn, actor, line_id, terms.met_line_id)
        require(model.may_match(actor, line.books_unit_id), model.MatchNeedsFinance)
        known = await queries.matches_of(conn, [one.id for one in (line, other) if one])
        of_line = (one for one in known if one.bank_line_id == line.id)
        live = next((one for one in of_line if one.state != MatchState.UNDONE), None)
        if live is not None:
            is_repeat = live.matched_by == actor.person_id and live.terms == terms
            require(is_repeat, model.LineTaken)
            return live
        line.after("match")
        await checking.check(conn, line, terms, owed, items, other)
        payout = await arriving.lock(conn, actor, terms)
        await arriving.check(conn, line, terms, payout)
        refunding.check(line, terms, refund)
        await refunding.require_free(conn, line, refund)
        owners = await checking.owners_of(conn, line, terms, owed, items)
        doubts = await four_eyes.reasons_for_a_second(
            conn, line, terms, owed, owners, other, payout
        )
        doubts += four_eyes.replaces_exact(known)
        if doubts:
            return await _propose(conn, actor, line, terms, [Reason("by_hand"), *doubts])
        made = [_by_hand(line, terms)]
        if other is not None and terms.rest is not None:
            made.append(_by_hand(other, _met_from(line, terms.rest)))
        return (await make(conn, actor, made, owed, items, refund))[0]


def _by_hand(line: BankLine, terms: Matching) -> NewMatch:
    return NewMatch(
        line=line,
        terms=terms,
        state=MatchState.MATCHED,
        way="by_hand",
        score=100,
        reasons=[Reason("by_hand")],
    )


async def _lock_lines(
    conn: Connection, actor: Actor, line_id: UUID, other_id: UUID | None
) -> tuple[BankLine, BankLine | None]:
    wanted = [line_id] if other_id is None else [line_id, other_id]
    found = {line.id: line for line in await bank_lines.lock_lines(conn, actor, wanted)}
    require(line_id in found, NotFound)
    require(set(wanted) <= found.keys(), NotFound(pointer="/rest/other_line_id"))
    return found[line_id], found[other_id] if other_id else None


def _met_from(line: BankLine, rest: RestGiven) -> Matching:
    """The same, as the other line sees it."""
    return Matching(
        rest=RestGiven(to=rest.to, amount_minor=rest.amount_minor, other_line_id=line.id)
    )


async def _propose(
    conn: Connection, actor: Actor, line: BankLine, terms: Matching, reasons: Sequence[Reason]
) -> Match:
    """It waits; the line stays in suspense, with a suggestion."""
    waiting = NewMatch(
        line=line,
        terms=terms,
        state=MatchState.WAITING,
        way="by_hand",
        needs_second=True,
        score=80,
        reasons=reasons,
    )
    [match] = await queries.insert_matches(conn, actor, [waiting])
    await bank_lines.suggest_lines(conn, [line.id])
    await events.record(
        conn,
        actor,
        "match.proposed",
        about=match,
        move=("propose", None),
        changed={"bank_line_id": line.id},
    )
    return match


async def make(
    conn: Connection,
    actor: Actor,
    new: Sequence[NewMatch],
    owed: Sequence[Invoice],
    items: Sequence[OpeningItem] = (),
    refund: Refund | None = None,
) -> list[Match]:
    """Match locked lines, whose terms are checked and whose invoices, items, refund are locked.

    As many statements for one as for a thousand.
    """
    made = await queries.insert_matches(conn, actor, new)
    happenings = [
        events.happening(
            "match.matched",
            about=match,
            move=("match", None),
            changed={"bank_line_id": match.bank_line_id},
        )
        for match in made
    ]
    explained = [(one.line, match) for one, match in zip(new, made, strict=True)]
    await effects.take_effect(conn, explained, owed, items, happenings, refund)
    if refund is not None:
        await refunding.take_effect(conn, actor, refund, made[0])
    return made


async def confirm_match(
    conn: Connection, actor: Actor, match_id: UUID, *, expected_version: int | None = None
) -> Match:
    """A second person agrees; a match that waited takes effect now.

    Raises NotFound to a stranger, ConfirmationNeedsSecond, WrongMove, MoreThanOpen when the
    invoice was paid meanwhile, and NotOfPayout or NotInTransit when a payout failed or arrived
    otherwise.
    """
    async with db.act(conn, actor):
        owed, items, refund, line, other, match = await _lock_match(conn, actor, match_id)
        require(model.may_confirm(actor, match), model.ConfirmationNeedsSecond)
        if match.state == MatchState.CONFIRMED and match.confirmed_by == actor.person_id:
            return match
        require_version(match.version, expected_version)
        to = match.after("confirm")
        if match.state == MatchState.WAITING:
            met, matched = await _meet(conn, actor, line, other, match)
            payout = await arriving.lock(conn, actor, match.terms)
            await arriving.check(conn, line, match.terms, payout, match.id)
            refunding.check(line, match.terms, refund)
            line, *_ = await effects.take_effect(
                conn, [(line, match), *met], owed, items, matched, refund
            )
            if refund is not None:
                await refunding.take_effect(conn, actor, refund, match)
        confirmed = await queries.confirm(conn, actor, match, to)
        [moved] = await bank_lines.move_lines(conn, [line], [line.after("confirm")])
        happenings = [
            events.happening(
                "match.confirmed",
                about=confirmed,
                move=("confirm", match.state),
                changed={"bank_line_id": line.id},
            ),
            events.happening(
                "bank_line.confirmed",
                about=moved,
                move=("confirm", line.state),
                changed={"match_id": match.id},
            ),
        ]
        await events.record_many(conn, happenings)
    return confirmed


async def _meet(
    conn: Connection, actor: Actor, line: BankLine, other: BankLine | None, match: Match
) -> tuple[list[tuple[BankLine, Match]], list[Happening]]:
    """The match of the other of two lines that meet, which began to wait with nobody's name on it.

    Raises LinesDoNotMeet when that line was explained otherwise meanwhile.
    """
    if other is None:
        return [], []
    assert match.terms.rest is not None, "two lines meet in their rest"
    is_free = other.in_suspense and await queries.live_match_of(conn, other.id) is None
    require(is_free, model.LinesDoNotMeet)
    new = _by_hand(other, _met_from(line, match.terms.rest))
    [met] = await queries.insert_matches(conn, actor, [new])
    matched = events.happening(
        "match.matched", about=met, move=("match", None), changed={"bank_line_id": other.id}
    )
    return [(other, met)], [matched]


async def _lock_match(
    conn: Connection, actor: Actor, match_id: UUID
) -> tuple[list[Invoice], list[OpeningItem], Refund | None, BankLine, BankLine | None, Match]:
    """Invoices, then opening items, the refund, then lines, then the match itself."""
    seen = await queries.find_match(conn, actor, match_id)
    owed = await invoices.lock_invoices(conn, actor, seen.terms.invoice_ids)
    items = await opening_items.lock_items(conn, actor, seen.terms.item_ids)
    refund = await refunding.lock(conn, actor, seen.terms)
    line, other = await _lock_lines(conn, actor, seen.bank_line_id, seen.other_line_id)
    return owed, items, refund, line, other, await queries.lock_match(conn, match_id)


async def undo_match(conn: Connection, actor: Actor, match_id: UUID, reason: str) -> Match:
    """The match was wrong: its posting is mirrored, its invoices reopen, the line is in suspense.

    Of two lines that meet, both are free again. Raises NotFound to a stranger, MatchNeedsFinance,
    UndoNeedsSecond, CreditInUse, PayoutWentBack, WrongMove when another has undone it.
    """
    async with db.act(conn, actor):
        owed, _, refund, line, other, match = await _lock_match(conn, actor, match_id)
        model.require_may_undo(actor, match)
        if match.undone_by == actor.person_id:
            return match
        match.after("undo")
        await arriving.require_stayed(conn, actor, match)
        met = await queries.live_match_of(conn, other.id) if other else None
        if refund is not None and match.state != MatchState.WAITING:
            await refunding.take_back(conn, actor, refund, match)
        undone = await _undo_one(conn, actor, line, match, owed, reason)
        freed = [line]
        if other is not None and met is not None and met.other_line_id == line.id:
            model.require_may_undo(actor, met)
            await _undo_one(conn, actor, other, met, [], reason)
            freed.append(other)
        await suggest_again(conn, actor, [one.id for one in freed])
    return undone


async def _undo_one(
    conn: Connection,
    actor: Actor,
    line: BankLine,
    match: Match,
    owed: Sequence[Invoice],
    reason: str,
) -> Match:
    today = await clock.today(conn)
    is_booked = match.state != MatchState.WAITING
    happenings = await _take_back(conn, match, owed, today) if is_booked else []
    undone = await queries.undo(conn, actor, match, to=match.after("undo"), on=today, reason=reason)
    [freed] = await bank_lines.move_lines(conn, [line], [line.after("undo")])
    happenings += [
        events.happening(
            "match.undone",
            about=undone,
            move=("undo", match.state),
            changed={"bank_line_id": line.id},
        ),
        events.happening(
            "bank_line.undone",
            about=freed,
            move=("undo", line.state),
            changed={"match_id": match.id},
        ),
    ]
    await events.record_many(conn, happenings)
    return undone


async def _take_back(
    conn: Connection, match: Match, owed: Sequence[Invoice], today: date
) -> list[Happening]:
    cause = f"match_undone:{match.id}"
    freed = await payments.take_back(conn, owed, cause=cause, on=today, match_id=match.id)
    if match.opening_items:
        await opening_items.take_back(conn, match.id, today)
    if match.rest_to in MEETS_LINE:
        return freed.happenings
    mirrored = ledger.mirror(await ledger.posted(conn, match.cause), cause, effective_on=today)
    given_back, owed_again = await giving_back.give_back(
        conn, mirrored, made_by=match.cause, match_id=match.id
    )
    try:
        await ledger.post_all(conn, [*freed.postings, *given_back, mirrored])
    except NotEnough as used:
        raise model.CreditInUse from used
    return [*freed.happenings, *owed_again]


async def suggest_again(conn: Connection, actor: Actor, line_ids: Sequence[UUID]) -> None:
    """Lines that came back to suspense are suggested or not as of now."""
    await gathering.mark_suggested(conn, await bank_lines.lock_lines(conn, actor, line_ids))
