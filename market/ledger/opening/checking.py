"""What lines an opening balance may have: accounts of the chart, of somebody, with their debts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from market.base import amounts
from market.base.access import require
from market.base.db import Connection
from market.ledger.opening import queries
from market.ledger.opening.model import (
    EARLIEST,
    KEPT_SINCE,
    RECEIVABLE,
    ChartedKind,
    LineItem,
    OpeningLine,
)
from market.ledger.opening.refusals import (
    AccountTwice,
    DisputedBefore,
    ItemDayWrong,
    ItemsDiffer,
    ItemsMisplaced,
    ItemTwice,
    KeptByTheMarket,
    MovedSinceTheBooksBegan,
    NoBalance,
    NotInChart,
    OpeningDayWrong,
    OwedToItself,
    SubjectMisplaced,
    SubjectNeeded,
    SubjectUnknown,
    UnexplainedBefore,
)

# Nothing but the market's own refunds, contracts, chargebacks and lines ends what is in these.
KEPT_HERE: Final = {
    "refund_pending": KeptByTheMarket,
    "contract_position": KeptByTheMarket,
    "stripe_disputed": DisputedBefore,
    "suspense": UnexplainedBefore,
}


def require_day(as_of: date, today: date) -> None:
    require(
        EARLIEST <= as_of <= today,
        OpeningDayWrong(found=as_of, earliest=EARLIEST, latest=today, pointer="/as_of"),
    )


async def require_lines(
    conn: Connection,
    books: UUID,
    as_of: date,
    lines: Sequence[OpeningLine],
    *,
    since: bool,
) -> Mapping[str, ChartedKind]:
    """What the chart says of their kinds; raises what the classes above say, with its place.

    ``since``: they are put into books that have begun.
    """
    chart = await queries.charted(conn, [line.kind for line in lines])
    _check_lines(lines, chart, since=since)
    _check_items(as_of, lines, chart)
    await _check_subjects(conn, books, lines, chart)
    return chart


def _check_lines(
    lines: Sequence[OpeningLine], chart: Mapping[str, ChartedKind], *, since: bool
) -> None:
    seen = set()
    for number, line in enumerate(lines):
        place, kind = f"/balances/{number}", chart.get(line.kind)
        if kind is None or not kind.may_open:
            raise NotInChart(found=kind.name if kind else line.kind, pointer=f"{place}/kind")
        require_opens(kind, since=since, pointer=f"{place}/kind")
        if kind.needs_subject != (line.subject is not None):
            refusal = SubjectNeeded if kind.needs_subject else SubjectMisplaced
            raise refusal(kind=kind.name, pointer=f"{place}/subject")
        if line.balance_minor == 0:
            raise NoBalance(kind=kind.name, pointer=f"{place}/balance_minor")
        account = (line.kind, line.subject, line.currency)
        if account in seen:
            raise AccountTwice(kind=kind.name, pointer=place)
        seen.add(account)


def require_opens(kind: ChartedKind, *, since: bool, pointer: str | None = None) -> None:
    """``since``: in books that have begun.

    Raises MovedSinceTheBooksBegan, KeptByTheMarket, DisputedBefore, UnexplainedBefore.
    """
    require(
        not since or kind.kind not in KEPT_SINCE,
        MovedSinceTheBooksBegan(kind=kind.name, pointer=pointer),
    )
    refusal = KEPT_HERE.get(kind.kind)
    if refusal is not None:
        raise refusal(kind=kind.name, pointer=pointer)


async def _check_subjects(
    conn: Connection, books: UUID, lines: Sequence[OpeningLine], chart: Mapping[str, ChartedKind]
) -> None:
    for number in await queries.unknown_subjects(conn, books, lines):
        kind = chart[lines[number].kind]
        raise SubjectUnknown(kind=kind.name, pointer=f"/balances/{number}/subject")
    for number in await queries.own_subjects(conn, books, lines):
        kind = chart[lines[number].kind]
        raise OwedToItself(kind=kind.name, pointer=f"/balances/{number}/subject")


def _check_items(
    as_of: date, lines: Sequence[OpeningLine], chart: Mapping[str, ChartedKind]
) -> None:
    """A receivable is the sum of its items, and nothing else has any."""
    for number, line in enumerate(lines):
        place, kind = f"/balances/{number}/items", chart[line.kind]
        require(
            line.kind == RECEIVABLE or not line.items,
            ItemsMisplaced(kind=kind.name, pointer=place),
        )
        found = sum(item.amount_minor for item in line.items)
        require(
            not line.items or found == line.balance_minor,
            ItemsDiffer(
                found=amounts.printed(found, line.currency),
                balance=amounts.printed(line.balance_minor, line.currency),
                pointer=place,
            ),
        )
        seen = set()
        for position, item in enumerate(line.items):
            _check_item(item, as_of, kind, f"{place}/{position}")
            require(
                item.reference not in seen,
                ItemTwice(reference=item.reference, pointer=f"{place}/{position}/reference"),
            )
            seen.add(item.reference)


def _check_item(item: LineItem, as_of: date, kind: ChartedKind, place: str) -> None:
    require(item.amount_minor != 0, NoBalance(kind=kind.name, pointer=f"{place}/amount_minor"))
    is_in_time = EARLIEST <= item.dated_on <= as_of
    require(
        is_in_time and (item.due_on is None or item.due_on >= item.dated_on),
        ItemDayWrong(
            reference=item.reference, earliest=EARLIEST, as_of=as_of, pointer=f"{place}/dated_on"
        ),
    )
