"""What a match does once it holds: money is allocated and leaves suspense, lines are explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from market.base import events
from market.base.db import Connection
from market.base.events import Happening
from market.ledger import operations as ledger
from market.ledger.model import Account, Leg, Posting
from market.money.invoicing.model import Applied, Invoice
from market.money.payments import operations as payments
from market.money.payments.model import AllocationKind, NewAllocation
from market.money.payments.opening_items import queries as opening_items
from market.money.payments.opening_items.model import OpeningItem, require_open
from market.money.payments.refunds.model import Refund
from market.money.reconciliation.matching import queries
from market.money.reconciliation.matching.model import MEETS_LINE, Match
from market.money.reconciliation.matching.queries import Freed
from market.money.statements import bank_lines
from market.money.statements.model import BankLine


async def take_effect(
    conn: Connection,
    effects: Sequence[tuple[BankLine, Match]],
    owed: Sequence[Invoice],
    items: Sequence[OpeningItem],
    before: Sequence[Happening],
    refund: Refund | None = None,
) -> list[BankLine]:
    """The money is allocated and leaves suspense; the lines are explained, after ``before``."""
    freed = await queries.last_freed(
        conn,
        [line.id for line, _ in effects],
        [invoice.id for invoice in owed],
        [item.id for item in items],
    )
    given = [one for line, match in effects for one in _allocations(line, match)]
    applied = await payments.allocate(conn, owed, given) if given else Applied([], [], [])
    for line, match in effects:
        await _pay_items(conn, line, match, items)
    by_id, old = {one.id: one for one in owed}, {one.id: one for one in items}
    booked = [match_posting(line, match, by_id, old, freed, refund) for line, match in effects]
    postings = [*applied.postings, *booked]
    if len(postings) == 1:  # a set looks up more than one needs
        await ledger.post(conn, postings[0])
    else:
        await ledger.post_all(conn, postings)
    matched = await bank_lines.move_lines(
        conn, [line for line, _ in effects], [line.after("match") for line, _ in effects]
    )
    explained = [
        events.happening(
            "bank_line.matched",
            about=after,
            move=("match", line.state),
            changed={"match_id": match.id},
        )
        for (line, match), after in zip(effects, matched, strict=True)
    ]
    await events.record_many(conn, [*before, *applied.happenings, *explained])
    return matched


def _allocations(line: BankLine, match: Match) -> Iterator[NewAllocation]:
    for given in match.terms.allocations:
        applied = (
            (AllocationKind.RECEIPT, given.amount_minor),
            (AllocationKind.CHARGE, given.charge_minor),
        )
        for kind, amount_minor in applied:
            if amount_minor:
                yield NewAllocation(
                    invoice_id=given.invoice_id,
                    kind=kind,
                    amount_minor=amount_minor,
                    currency=line.currency,
                    received_on=line.booked_on,
                    cause=match.cause,
                    match_id=match.id,
                )


async def _pay_items(
    conn: Connection, line: BankLine, match: Match, items: Sequence[OpeningItem]
) -> None:
    if not match.opening_items:
        return
    require_open(items, match.opening_items)
    await opening_items.pay(
        conn,
        match.opening_items,
        match_id=match.id,
        currency=line.currency,
        received_on=line.booked_on,
    )


def _effective_on(
    line: BankLine,
    owed: Sequence[Invoice],
    items: Sequence[OpeningItem],
    freed: Freed,
    refund: Refund | None,
) -> date:
    """When the money pays: once it is there, the claims are, and no other match holds either.

    A refund leaves once it was intended. What books began with is there before every line.
    """
    freed_on = [
        freed.lines.get(line.id),
        *(freed.invoices.get(one.id) for one in owed),
        *(freed.items.get(one.id) for one in items),
    ]
    days = [line.booked_on, *(one.issued_on for one in owed)]
    if refund is not None:
        days.append(refund.intended_on)
    return max([*days, *(day for day in freed_on if day is not None)])


def match_posting(
    line: BankLine,
    match: Match,
    owed: Mapping[UUID, Invoice],
    items: Mapping[UUID, OpeningItem],
    freed: Freed,
    refund: Refund | None,
) -> Posting:
    """Out of suspense, each part where it belongs; two lines that meet leave nothing there.

    A refund that went out was pending; one that came back is credit again.
    """
    paid = [owed[invoice_id] for invoice_id in match.terms.invoice_ids]
    suspense, charges, terms = Account("suspense"), Account("bank_charges"), match.terms
    legs = []
    for given in terms.allocations:
        receivable = Account("receivable", owed[given.invoice_id].buyer_id)
        legs.append(Leg(suspense, receivable, given.amount_minor, line.currency))
        legs.append(Leg(charges, receivable, given.charge_minor, line.currency))
    for part in terms.opening_items:
        receivable = Account("receivable", items[part.opening_item_id].organisation_id)
        legs.append(Leg(suspense, receivable, part.amount_minor, line.currency))
        legs.append(Leg(charges, receivable, part.charge_minor, line.currency))
    if terms.rest is not None and terms.rest.to not in MEETS_LINE:
        goes_out = refund is not None and line.amount_minor < 0
        kind = "refund_pending" if goes_out else terms.rest.to.value
        place = Account(kind, terms.rest.organisation_id)
        leg = Leg(suspense, place, terms.rest.amount_minor, line.currency)
        legs.append(leg if line.amount_minor > 0 else leg.mirrored())
    old = [items[item_id] for item_id in terms.item_ids]
    effective_on = _effective_on(line, paid, old, freed, refund)
    return Posting(match.cause, line.books_unit_id, effective_on, legs)
