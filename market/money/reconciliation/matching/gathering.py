"""The facts that lines are compared with, gathered for many lines at once; what was found, kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from market.base import text
from market.base.db import Connection
from market.money.invoicing import payment_code
from market.money.reconciliation.matching import queries
from market.money.reconciliation.matching.suggesting import Facts, Suggestion
from market.money.statements import queries as statements
from market.money.statements.model import BankLine


async def facts_for(conn: Connection, lines: Sequence[BankLine]) -> Facts:
    """For lines of one unit's books."""
    if not lines:
        return Facts({}, [], {})
    books = lines[0].books_unit_id
    codes = {code for line in lines for code in payment_code.find_all(line.remark)}
    by_code = await queries.candidates_by_code(conn, books, list(codes))
    payers = {text.squeezed(line.counterparty_name) for line in lines if line.amount_minor > 0}
    buyers = [
        name.id
        for name in await queries.buyers_with_open(conn, books)
        if not payers.isdisjoint(text.squeezed(one) for one in (name.name_zh, name.name_en) if one)
    ]
    received = [line.amount_minor for line in lines if line.amount_minor > 0]
    open_ones = await queries.open_candidates(conn, books, buyers, received)
    opposite = defaultdict(list)
    for line in await queries.in_suspense_of(conn, books, [-one.amount_minor for one in lines]):
        opposite[line.amount_minor].append(line)
    return Facts({one.payment_code: one for one in by_code}, open_ones, opposite)


async def keep(conn: Connection, found: Sequence[tuple[BankLine, Sequence[Suggestion]]]) -> None:
    """Keep the suggestions; a line for which one proposes something is no longer unmatched."""
    if not found:
        return
    await queries.insert_suggestions(conn, [(line.id, some) for line, some in found])
    proposed = [line.id for line, some in found if any(one.proposes for one in some)]
    await statements.suggest_lines(conn, proposed)
