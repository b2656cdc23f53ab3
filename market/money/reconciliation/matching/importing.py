"""The import of a statement file: its lines taken in, and what is exact matched, in one act."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from market.base import db
from market.base.access import Actor
from market.base.db import Connection
from market.base.files import Upload
from market.money.invoicing import payment_code
from market.money.invoicing import queries as invoices
from market.money.invoicing.model import InvoiceState
from market.money.reconciliation.matching import gathering, operations, queries, suggesting
from market.money.reconciliation.matching.reading import Import, imported
from market.money.reconciliation.matching.suggesting import Candidate, Facts, Suggestion
from market.money.statements import operations as statements
from market.money.statements.accounts import queries as accounts
from market.money.statements.formats.model import ReadStatement
from market.money.statements.model import BankLine


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
        left = await _match_exact(conn, actor, taken.new_lines)
        facts = await gathering.facts_for(conn, left)
        await gathering.keep(conn, [(line, suggesting.suggest(line, facts)) for line in left])
        return await imported(conn, taken)


async def _lock_named(
    conn: Connection, actor: Actor, account_id: UUID, read: Sequence[ReadStatement]
) -> None:
    """Invoices are locked before bank lines, everywhere; so those that may be paid come first."""
    account = await accounts.find_account(conn, actor, account_id)
    codes = {code for one in read for line in one.lines for code in _codes(line.remark)}
    if codes:
        named = await queries.candidates_by_code(conn, account.books_unit_id, list(codes))
        await invoices.lock_invoices(conn, actor, [one.id for one in named])


def _codes(remark: str) -> list[str]:
    return payment_code.find_all(remark)


async def _match_exact(
    conn: Connection, actor: Actor, new_lines: Sequence[BankLine]
) -> list[BankLine]:
    """Match what is exact, in the order of the file; returns the other lines."""
    coded = [line for line in new_lines if line.amount_minor > 0 and _codes(line.remark)]
    facts = await gathering.facts_for(conn, coded)
    by_code, matched = dict(facts.by_code), set()
    for line in coded:
        best = suggesting.suggest(line, Facts(by_code, [], {}))[0]
        if best.is_exact:
            await operations.make(
                conn,
                actor,
                line,
                best.terms,
                way="automatic",
                score=best.score,
                reasons=best.reasons,
            )
            by_code = _paid_by(best, by_code)
            matched.add(line.id)
    return [line for line in new_lines if line.id not in matched]


def _paid_by(made: Suggestion, by_code: dict[str, Candidate]) -> dict[str, Candidate]:
    """An invoice that this file has paid is not open for its later lines."""
    paid = set(made.terms.invoice_ids)
    return {
        code: msgspec.structs.replace(one, paid_minor=one.amount_minor, state=InvoiceState.PAID)
        if one.id in paid
        else one
        for code, one in by_code.items()
    }
