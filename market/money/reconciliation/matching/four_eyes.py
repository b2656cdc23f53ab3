"""Why a match by hand has to be confirmed by a second person before anything is booked."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from market.base import amounts, clock, policies, text
from market.base.db import Connection
from market.money.invoicing.model import Invoice
from market.money.payments import queries as payments
from market.money.payments.opening_items import queries as opening_items
from market.money.payments.stripe_lines.model import Payout
from market.money.reconciliation.matching import arriving, queries, suggesting
from market.money.reconciliation.matching.model import Match, Matching, MatchState
from market.money.reconciliation.matching.queries import Name
from market.money.reconciliation.matching.reasons import Reason
from market.money.statements.model import BankLine


async def reasons_for_a_second(
    conn: Connection,
    line: BankLine,
    terms: Matching,
    owed: Sequence[Invoice],
    owners: Sequence[Name],
    met: BankLine | None = None,
    payout: Payout | None = None,
) -> list[Reason]:
    """None when its finance decides alone. ``owners``: whose debts or credit the line is for.

    ``met``: the other line, of two that are to explain each other; ``payout``: which the line is.
    """
    doubts = _payer_differs(line, owners) + await arriving.doubts(conn, line, terms, payout)
    if met is not None:
        doubts += await _strangers_meet(conn, line, met)
    if terms.unclaimed_minor:
        doubts += await _above_ceiling(conn, line, terms, owed)
    return doubts


def replaces_exact(known: Sequence[Match]) -> list[Reason]:
    """``known``: matches of these lines before, of which the automatic ones were exact."""
    undone = any((one.way, one.state) == ("automatic", MatchState.UNDONE) for one in known)
    return [Reason("exact_undone")] if undone else []


def _payer_differs(line: BankLine, owners: Sequence[Name]) -> list[Reason]:
    for name in owners:
        if not suggesting.same_name(line.counterparty_name, name.name_zh, name.name_en):
            values = {"payer": line.counterparty_name, "buyer": name.name_zh}
            return [Reason("payer_differs", values)]
    return []


async def _strangers_meet(conn: Connection, line: BankLine, met: BankLine) -> list[Reason]:
    """What went to somebody else is no return; what is not between our accounts no own transfer."""
    if line.bank_account_id == met.bank_account_id:
        one, other = (text.squeezed(each.counterparty_name) for each in (line, met))
        if one and one == other:
            return []
    elif await _is_between_our_accounts(conn, line, met):
        return []
    values = {"one": line.counterparty_name, "other": met.counterparty_name}
    return [Reason("strangers_meet", values)]


async def _is_between_our_accounts(conn: Connection, line: BankLine, met: BankLine) -> bool:
    """Each names the other's account, or our own name, as where it came from or went to."""
    own = await queries.own_accounts(conn, [line.bank_account_id, met.bank_account_id])
    return all(
        text.squeezed(one.counterparty_account) == text.squeezed(own[other.bank_account_id].number)
        or suggesting.same_name(
            one.counterparty_name,
            own[other.bank_account_id].name_zh,
            own[other.bank_account_id].name_en,
        )
        for one, other in ((line, met), (met, line))
    )


async def ceilings_of(conn: Connection, books_unit_id: UUID) -> dict[str, int]:
    """How much one person may book as charges and interest, by currency.

    The policy "matching" says it in one; in any other he books nothing alone. Versions from before
    it named the currency are in yuan.
    """
    today = await clock.today(conn)
    policy = await policies.current(conn, "matching", on=today, unit_id=books_unit_id)
    return {policy.body.get("currency", "CNY"): policy.body["alone_up_to_minor"]}


async def _above_ceiling(
    conn: Connection, line: BankLine, terms: Matching, owed: Sequence[Invoice]
) -> list[Reason]:
    """The ceiling counts for a line, and for an invoice over all of its lines."""
    ceilings_minor = await ceilings_of(conn, line.books_unit_id)
    ceiling_minor = ceilings_minor.get(line.currency, 0)
    ceiling = amounts.printed(ceiling_minor, line.currency)
    if terms.unclaimed_minor > ceiling_minor:
        amount = amounts.printed(terms.unclaimed_minor, line.currency)
        return [Reason("above_ceiling", {"amount": amount, "ceiling": ceiling})]
    numbers = {invoice.id: invoice.number for invoice in owed}
    booked = await payments.charges_of(conn, terms.invoice_ids)
    for given in terms.allocations:
        total_minor = given.charge_minor + booked.get(given.invoice_id, 0)
        if given.charge_minor and total_minor > ceiling_minor:
            amount = amounts.printed(total_minor, line.currency)
            values = {"number": numbers[given.invoice_id], "amount": amount, "ceiling": ceiling}
            return [Reason("charges_above_ceiling", values)]
    kept = await opening_items.charges_of(conn, terms.item_ids)
    for one in terms.opening_items:
        total_minor = one.charge_minor + kept.get(one.opening_item_id, 0)
        if one.charge_minor and total_minor > ceiling_minor:
            values = {"amount": amounts.printed(total_minor, line.currency), "ceiling": ceiling}
            return [Reason("item_charges_above_ceiling", values)]
    return []
