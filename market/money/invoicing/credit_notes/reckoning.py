"""The reckoning of credit notes: nothing but integers, no database."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from market.base import amounts
from market.base.access import require
from market.ledger.model import Account, Leg
from market.money.invoicing.credit_notes.model import (
    LineCredited,
    LineHasLess,
    LineUnknown,
    MilestoneCredited,
    MilestoneHasLess,
    MilestonesDoNotAddUp,
    MilestoneUnknown,
    NoteLine,
    NotePart,
)
from market.money.invoicing.model import COLLECTED, InvoiceLine
from market.trade.performance.model import MilestoneRow, State

ACCEPTED: Final = State.ACCEPTED


def lines_credited(
    lines: Sequence[InvoiceLine],
    before: Mapping[int, int],
    wanted: Sequence[LineCredited],
    currency: str,
) -> list[NoteLine]:
    """``before``: what is credited of each line already; nothing wanted is all that is left.

    Raises LineUnknown, LineHasLess.
    """
    left = {line.position: _gross(line) - before.get(line.position, 0) for line in lines}
    for place, one in enumerate(wanted):
        times = sum(other.position == one.position for other in wanted)
        require(
            one.position in left and times == 1,
            LineUnknown(position=one.position, pointer=f"/lines/{place}"),
        )
        require(
            one.amount_minor <= left[one.position],
            LineHasLess(
                position=one.position,
                currency=currency,
                left=amounts.printed(left[one.position], currency),
                amount=amounts.printed(one.amount_minor, currency),
            ),
        )
    asked = {one.position: one.amount_minor for one in wanted} or left
    return [
        _credited(line, before.get(line.position, 0), asked[line.position])
        for line in lines
        if asked.get(line.position)
    ]


def _gross(line: InvoiceLine) -> int:
    return line.net_minor + line.vat_minor


def _credited(line: InvoiceLine, before_minor: int, amount_minor: int) -> NoteLine:
    """The VAT of all credit so far less that of all before: the last credit takes the rest."""
    vat_minor = _vat_in(line, before_minor + amount_minor) - _vat_in(line, before_minor)
    return NoteLine(line.position, amount_minor, vat_minor)


def _vat_in(line: InvoiceLine, amount_minor: int) -> int:
    return amounts.half_up(line.vat_minor * amount_minor, _gross(line)) if amount_minor else 0


def owners_part(lines: Sequence[InvoiceLine], credited: Sequence[NoteLine]) -> int:
    """What of the credit is the owners', untaxed."""
    theirs = {line.position for line in lines if line.rule_id == COLLECTED}
    return sum(one.amount_minor for one in credited if one.position in theirs)


def milestones_credited(
    milestones: Sequence[MilestoneRow],
    wanted: Sequence[MilestoneCredited],
    *,
    net_minor: int,
    owner_minor: int,
    first: UUID | None,
    currency: str,
) -> list[NotePart]:
    """What comes off which milestone; ``first``: the one that the instalment waits for.

    Raises MilestoneUnknown, MilestoneHasLess, MilestonesDoNotAddUp.
    """
    if wanted:
        return _as_wanted(milestones, wanted, net_minor, owner_minor, currency)
    parts = []
    backwards = sorted(
        milestones, key=lambda one: (one.id != first, one.state == ACCEPTED, -one.position)
    )
    for milestone in backwards:
        net = min(net_minor, milestone.net_minor - milestone.credited_net_minor)
        owner = min(owner_minor, milestone.owner_minor - milestone.credited_owner_minor)
        if net or owner:
            parts.append(NotePart(milestone.id, net, owner, None))
        net_minor, owner_minor = net_minor - net, owner_minor - owner
    assert (net_minor, owner_minor) == (0, 0), "invoices have no more net than milestones"
    return _in_order(milestones, parts)


def _as_wanted(
    milestones: Sequence[MilestoneRow],
    wanted: Sequence[MilestoneCredited],
    net_minor: int,
    owner_minor: int,
    currency: str,
) -> list[NotePart]:
    known = {milestone.id for milestone in milestones}
    for place, one in enumerate(wanted):
        times = sum(other.milestone_id == one.milestone_id for other in wanted)
        pointer = f"/milestones/{place}"
        require(one.milestone_id in known and times == 1, MilestoneUnknown(pointer=pointer))
    given = sum(one.net_minor for one in wanted), sum(one.owner_minor for one in wanted)
    shown = [amounts.printed(minor, currency) for minor in (net_minor, owner_minor, *given)]
    names = ("net", "owner", "given_net", "given_owner")
    require(
        given == (net_minor, owner_minor),
        MilestonesDoNotAddUp(
            currency=currency, pointer="/milestones", **dict(zip(names, shown, strict=True))
        ),
    )
    parts = [
        NotePart(one.milestone_id, one.net_minor, one.owner_minor, None)
        for one in wanted
        if one.net_minor or one.owner_minor
    ]
    require_left(milestones, parts, currency)
    return _in_order(milestones, parts)


def _in_order(milestones: Sequence[MilestoneRow], parts: Sequence[NotePart]) -> list[NotePart]:
    position = {milestone.id: milestone.position for milestone in milestones}
    return sorted(parts, key=lambda part: position[part.milestone_id])


def require_left(
    milestones: Sequence[MilestoneRow], parts: Sequence[NotePart], currency: str
) -> None:
    """Each milestone still has what comes off it. Raises MilestoneHasLess."""
    found = {milestone.id: milestone for milestone in milestones}
    for part in parts:
        milestone = found[part.milestone_id]
        net = milestone.net_minor - milestone.credited_net_minor
        owner = milestone.owner_minor - milestone.credited_owner_minor
        require(
            part.net_minor <= net and part.owner_minor <= owner,
            MilestoneHasLess(
                title=milestone.title,
                currency=currency,
                left_net=amounts.printed(net, currency),
                left_owner=amounts.printed(owner, currency),
            ),
        )


def off_owners(
    owed: Sequence[tuple[Account, int]], before: Sequence[int], amount_minor: int
) -> list[tuple[Account, int]]:
    """How an amount comes off what the owners of an accepted milestone are owed.

    ``owed``: what its acceptance made it; ``before``: what came off it since, one after the other.
    Each loses in proportion to what is left to him, so that never more than that is taken.
    """
    accounts, left = [account for account, _ in owed], [minor for _, minor in owed]
    for taken_minor in before:
        shares = amounts.split(taken_minor, left)
        left = [has - loses for has, loses in zip(left, shares, strict=True)]
    return list(zip(accounts, amounts.split(amount_minor, left), strict=True))


def legs_between(
    debits: Sequence[tuple[Account, int]], gained: Sequence[tuple[Account, int]], currency: str
) -> list[Leg]:
    """One posting of several accounts on either side: a debit stands against the next credits."""
    legs = []
    waiting = deque((account, minor) for account, minor in gained if minor)
    for debit, debit_minor in debits:
        left_minor = debit_minor
        while left_minor:
            credit, credit_minor = waiting.popleft()
            part_minor = min(left_minor, credit_minor)
            legs.append(Leg(debit, credit, part_minor, currency))
            left_minor -= part_minor
            if credit_minor > part_minor:
                waiting.appendleft((credit, credit_minor - part_minor))
    assert not waiting, "both sides are of one amount"
    return legs
