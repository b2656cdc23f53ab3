"""A bank line that is a refund: going out, or coming back because its bank did not take it."""

from __future__ import annotations

from market.base.access import Actor, require
from market.base.db import Connection
from market.money.payments.refunds import operations as refunds
from market.money.payments.refunds import queries
from market.money.payments.refunds.model import Method, Refund, RefundState
from market.money.reconciliation.matching import queries as matches
from market.money.reconciliation.matching.model import (
    Match,
    Matching,
    NotOfRefund,
    RefundTaken,
)
from market.money.statements.model import BankLine


async def lock(conn: Connection, actor: Actor, terms: Matching) -> Refund | None:
    """Before any line is; NotFound to a stranger."""
    if terms.refund_id is None:
        return None
    return await queries.lock_refund(conn, actor, terms.refund_id)


def check(line: BankLine, terms: Matching, refund: Refund | None) -> None:
    """Raises NotOfRefund."""
    if refund is None or terms.rest is None:
        return
    waits_for_it = RefundState.SENT if line.amount_minor < 0 else RefundState.PAID
    fits = (
        refund.method == Method.BANK
        and (refund.state, refund.organisation_id) == (waits_for_it, terms.rest.organisation_id)
        and (refund.books_unit_id, refund.currency) == (line.books_unit_id, line.currency)
        and abs(line.amount_minor) == refund.amount_minor
    )
    require(fits, NotOfRefund(number=refund.number, pointer="/rest/refund_id"))


async def require_free(conn: Connection, line: BankLine, refund: Refund | None) -> None:
    """Also of a match that waits, and has not moved it yet. Raises RefundTaken."""
    if refund is not None:
        taken = await matches.is_refund_taken(conn, refund.id, goes_out=line.amount_minor < 0)
        require(not taken, RefundTaken(number=refund.number))


async def take_effect(conn: Connection, actor: Actor, refund: Refund, match: Match) -> None:
    """The bank says that it is paid, or has come back."""
    move, name = ("return", "refund.returned")
    if match.amount_minor < 0:
        move, name = ("pay", "refund.paid")
    await refunds.move(conn, actor, refund, move, name, match_id=match.id)


async def take_back(conn: Connection, actor: Actor, refund: Refund, match: Match) -> None:
    """The match was wrong: it is on its way, or paid, as before. Raises WrongMove."""
    move, name = ("reinstate", "refund.reinstated")
    if match.amount_minor < 0:
        move, name = ("take_back", "refund.reopened")
    await refunds.move(conn, actor, refund, move, name, match_id=match.id)
