"""The facts that lines are compared with, gathered for many lines at once, and what is found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from market.base import text
from market.base.db import Connection
from market.money.invoicing import payment_code
from market.money.payments.refunds import queries as refunds
from market.money.reconciliation.matching import four_eyes, payout_queries, queries, suggesting
from market.money.reconciliation.matching.suggesting import Candidate, Facts, Suggestion
from market.money.statements import bank_lines
from market.money.statements.model import BankLine


async def by_code(conn: Connection, lines: Sequence[BankLine]) -> dict[str, Candidate]:
    """The invoices that lines of one unit's books name."""
    codes = {code for line in lines for code in payment_code.find_all(line.remark)}
    if not codes:
        return {}
    found = await queries.candidates_by_code(conn, lines[0].books_unit_id, list(codes))
    return {one.payment_code: one for one in found}


async def facts_for(conn: Connection, lines: Sequence[BankLine]) -> Facts:
    """For lines of one unit's books."""
    if not lines:
        return Facts()
    books = lines[0].books_unit_id
    payers = {text.squeezed(line.counterparty_name) for line in lines if line.amount_minor > 0}
    buyers = [
        name.id
        for name in await queries.buyers_with_open(conn, books)
        if not payers.isdisjoint(text.squeezed(one) for one in (name.name_zh, name.name_en) if one)
    ]
    received = [line.amount_minor for line in lines if line.amount_minor > 0]
    opposite = defaultdict(list)
    for line in await queries.in_suspense_of(conn, books, [-one.amount_minor for one in lines]):
        opposite[line.amount_minor].append(line)
    sent = defaultdict(list)
    if gone := [-line.amount_minor for line in lines if line.amount_minor < 0]:
        for refund in await refunds.sent_of(conn, books, gone):
            sent[refund.amount_minor].append(refund)
    payouts = defaultdict(list)
    for payout in await payout_queries.payouts_awaited(
        conn, books, [line.amount_minor for line in lines]
    ):
        payouts[payout.currency, payout.line_minor].append(payout)
    names = await payout_queries.stripes_names(conn, books) if payouts else []
    ceilings_minor = await four_eyes.ceilings_of(conn, books)
    facts = Facts(
        await by_code(conn, lines),
        opposite=opposite,
        charge_minor=ceilings_minor,
        old=await queries.old_debts(conn, books, received),
        payouts=payouts,
        stripes_names=names,
        refunds=sent,
    )
    for one in await queries.open_candidates(conn, books, buyers, received):
        facts.add_open(one)
    return facts


async def suggested_now(
    conn: Connection, lines: Sequence[BankLine]
) -> dict[UUID, list[Suggestion]]:
    """What lines of one unit's books may be today; an explained one is nothing else."""
    open_lines = [line for line in lines if line.in_suspense]
    facts = await facts_for(conn, open_lines)
    return {line.id: suggesting.suggest(line, facts) for line in open_lines}


async def mark_suggested(conn: Connection, lines: Sequence[BankLine]) -> None:
    """Lines that have just come to suspense; one for which something is proposed is suggested."""
    found = await suggested_now(conn, lines)
    proposed = [line_id for line_id, some in found.items() if any(one.proposes for one in some)]
    await bank_lines.suggest_lines(conn, proposed)
