"""The reckoning of tax points: exact fractions, nothing but integers, no database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from market.base import amounts
from market.money.invoicing.model import Invoice, InvoiceState


class Reason(StrEnum):
    """What brought the VAT, or took it back."""

    RECEIPT = "receipt"
    START = "start"
    FAPIAO = "fapiao"
    DUE = "due"
    TAKE_BACK = "take_back"
    MOVED = "moved"
    CREDIT_NOTE = "credit_note"


class TaxPoint(msgspec.Struct, frozen=True):
    """One change of the VAT that is due; below zero when it falls back to deferred."""

    number: int
    reason: Reason
    cause: str
    effective_on: date
    counted_minor: int
    vat_minor: int
    surtax_minor: int
    surtax_policy_id: UUID
    created_at: datetime


class Credited(msgspec.Struct, frozen=True):
    """A credit note's day; what it took off what was open, and off the VAT."""

    on: date
    offset_minor: int
    vat_minor: int


class Facts(msgspec.Struct, frozen=True):
    """What the reckoning looks at beside the invoice; dates in Asia/Shanghai, None: not yet.

    ``receipts``: what was received, by day; ``reached``: the VAT of the tax points so far, by day.
    """

    today: date
    started_on: date | None
    fapiao_on: date | None
    receipts: list[tuple[date, int]]
    reached: list[tuple[date, int]]
    credits: Sequence[Credited] = ()


class Version(msgspec.Struct, frozen=True):
    """An approved version of the policy "surtax"."""

    policy_id: UUID
    effective_on: date
    of_vat_ppm: dict[str, int]


class Reached(msgspec.Struct, frozen=True):
    """A tax point of an invoice as it stands."""

    number: int
    effective_on: date
    vat_minor: int
    policy_id: UUID


class Taxed(msgspec.Struct, frozen=True):
    """What a contract's VAT and surtax amount to under one version."""

    policy_id: UUID
    vat_minor: int
    surtax_minor: int
    of_vat_ppm: dict[str, int]


class Known(msgspec.Struct, frozen=True):
    """What is known of an invoice when it is locked.

    ``taxed``: its contract's sums; ``versions``: of the policy "surtax" for its books, the
    preferred first.
    """

    invoice_id: UUID
    contract_id: UUID
    today: date
    started_on: date | None
    fapiao_on: date | None
    receipts: list[tuple[date, int]]
    points: list[Reached]
    taxed: list[Taxed]
    versions: list[Version]
    credits: list[Credited]


class NewTaxPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A tax point before its row is there."""

    invoice_id: UUID
    contract_id: UUID
    number: int
    reason: Reason
    cause: str
    effective_on: date
    counted_minor: int
    vat_minor: int
    surtax_minor: int
    surtax_policy_id: UUID


class Due(msgspec.Struct, frozen=True):
    """How much VAT is due by the end of a day, on how much money, and by which rule."""

    on: date
    vat_minor: int
    counted_minor: int
    reason: Reason


class Change(msgspec.Struct, frozen=True):
    """VAT that has still to become due on a day, or to fall back (below zero) on it."""

    on: date
    vat_minor: int
    counted_minor: int
    reason: Reason


class Standing(msgspec.Struct, frozen=True):
    """What was reckoned so far under one version of the policy "surtax".

    ``day_vat_minor``: of it, what this invoice has on the day that is looked at.
    """

    policy_id: UUID
    of_vat_ppm: dict[str, int]
    day_vat_minor: int
    contract_vat_minor: int
    contract_surtax_minor: int


class Part(msgspec.Struct, frozen=True):
    """A change of VAT and the surtax that goes with it, under one version of the policy."""

    policy_id: UUID
    vat_minor: int
    surtax_minor: int


def dues(invoice: Invoice, facts: Facts, occasion: Reason = Reason.RECEIPT) -> list[Due]:
    """The days on which the VAT due grows, oldest first, whatever was reckoned before.

    The days are the world's, never before the invoice: what is learnt late changes nothing.
    """
    if invoice.state == InvoiceState.VOID:
        return []
    whole = _whole(invoice, facts)
    counted_minor, offset_minor, left_minor = 0, 0, invoice.vat_minor
    found: dict[date, Due] = {}
    for step in _steps(invoice, facts, occasion):
        is_whole = whole is not None and whole.on <= step.on
        if whole is not None and is_whole:
            found.setdefault(whole.on, _at_most(whole, left_minor))
            if step.reason is not Reason.CREDIT_NOTE:
                continue
        counted_minor += step.received_minor
        offset_minor += step.offset_minor
        left_minor -= step.vat_minor
        is_settled = is_whole or counted_minor + offset_minor >= invoice.amount_minor
        due_minor = left_minor if is_settled else proportion(invoice, counted_minor)
        of_minor = invoice.amount_minor if is_whole else counted_minor
        found[step.on] = Due(step.on, min(due_minor, left_minor), of_minor, step.reason)
    if whole is not None:
        found.setdefault(whole.on, _at_most(whole, left_minor))
    return list(found.values())


def _at_most(due: Due, vat_minor: int) -> Due:
    return msgspec.structs.replace(due, vat_minor=min(due.vat_minor, vat_minor))


class _Step(msgspec.Struct, frozen=True, kw_only=True):
    """Something of a day that changes how much VAT is due."""

    on: date
    reason: Reason
    received_minor: int = 0
    offset_minor: int = 0
    vat_minor: int = 0


def _steps(invoice: Invoice, facts: Facts, occasion: Reason) -> list[_Step]:
    """By day; of one day the receipts last, so that what they bring is told as theirs."""
    credited = [
        _Step(
            on=max(invoice.issued_on, one.on),
            reason=Reason.CREDIT_NOTE,
            offset_minor=one.offset_minor,
            vat_minor=one.vat_minor,
        )
        for one in facts.credits
    ]
    return sorted([*credited, *_counted(invoice, facts, occasion)], key=lambda step: step.on)


def _whole(invoice: Invoice, facts: Facts) -> Due | None:
    """What makes the whole due: fapiao or due date, whichever is first."""
    due_on = invoice.due_on if invoice.due_on <= facts.today else None
    reached = [
        (max(invoice.issued_on, on), reason)
        for on, reason in ((facts.fapiao_on, Reason.FAPIAO), (due_on, Reason.DUE))
        if on is not None
    ]
    if not reached:
        return None
    on, reason = min(reached, key=lambda one: one[0])
    return Due(on, invoice.vat_minor, invoice.amount_minor, reason)


def _counted(invoice: Invoice, facts: Facts, occasion: Reason) -> Iterator[_Step]:
    """The receipts that count, by the day from which they do: never before the work."""
    started_on = facts.started_on
    if started_on is None:
        return
    for received_on, amount_minor in sorted(facts.receipts):
        waited = received_on < started_on or occasion is Reason.START
        reason = Reason.START if waited else Reason.RECEIPT
        on = max(invoice.issued_on, received_on, started_on)
        yield _Step(on=on, reason=reason, received_minor=amount_minor)


def due_now(invoice: Invoice, facts: Facts) -> Due:
    """The VAT due by now."""
    nothing = Due(invoice.issued_on, 0, 0, Reason.RECEIPT)
    return (dues(invoice, facts) or [nothing])[-1]


def proportion(invoice: Invoice, counted_minor: int) -> int:
    """The VAT in a part of the invoice: the exact fraction, half up; all of it in the whole."""
    doubled = 2 * invoice.vat_minor * counted_minor + invoice.amount_minor
    return doubled // (2 * invoice.amount_minor)


def changes(invoice: Invoice, facts: Facts, occasion: Reason) -> list[Change]:
    """What is to be posted, so that each day has the VAT that fell due on it.

    What falls back comes first, the newest day first. When an earlier event becomes known, VAT
    falls back on the later day and is reached on the earlier one.
    """
    reached, before_minor = dict(facts.reached), 0
    found = []
    for due in dues(invoice, facts, occasion):
        growth_minor = due.vat_minor - before_minor - reached.pop(due.on, 0)
        found.append(Change(due.on, growth_minor, due.counted_minor, due.reason))
        before_minor = due.vat_minor
    counted_minor = due_now(invoice, facts).counted_minor
    found += [Change(on, -vat, counted_minor, occasion) for on, vat in reached.items()]
    reason = occasion if occasion in (Reason.TAKE_BACK, Reason.CREDIT_NOTE) else Reason.MOVED
    falls = [msgspec.structs.replace(one, reason=reason) for one in found if one.vat_minor < 0]
    falls.sort(key=lambda one: one.on, reverse=True)
    return falls + [one for one in found if one.vat_minor > 0]


def surtax_of(vat_minor: int, of_vat_ppm: dict[str, int]) -> int:
    """Each part of the surtax is rounded by itself."""
    return sum(amounts.share(vat_minor, ppm) for ppm in of_vat_ppm.values())


def coming_due(vat_minor: int, standing: Standing) -> Part:
    """More VAT falls due, under the version in force."""
    surtax = surtax_of(standing.contract_vat_minor + vat_minor, standing.of_vat_ppm)
    return Part(standing.policy_id, vat_minor, surtax - standing.contract_surtax_minor)


def falling_back(vat_minor: int, standings: Iterable[Standing]) -> Iterator[Part]:
    """So much of a day's VAT falls back to deferred; each part under the version that reckoned it.

    ``standings`` with the newest version first; they hold at least ``vat_minor`` on the day.
    """
    for standing in standings:
        part = min(vat_minor, standing.day_vat_minor)
        if part:
            surtax = surtax_of(standing.contract_vat_minor - part, standing.of_vat_ppm)
            yield Part(standing.policy_id, -part, surtax - standing.contract_surtax_minor)
        vat_minor -= part
    assert vat_minor == 0, "no more falls back than had fallen due"


def holding(vat_minor: int, on_the_day: Sequence[Standing], in_force: Standing) -> list[Standing]:
    """Standings for ``falling_back``, for a day that has less VAT than falls back on it.

    What a credit note takes back had fallen due on other days; as it lessens the VAT of its own
    month, the version in force on its day reckons the surtax of it.
    """
    lacking_minor = vat_minor - sum(one.day_vat_minor for one in on_the_day)
    if lacking_minor <= 0:
        return list(on_the_day)
    held = {one.policy_id: one for one in on_the_day}
    last = held.pop(in_force.policy_id, in_force)
    more = msgspec.structs.replace(last, day_vat_minor=last.day_vat_minor + lacking_minor)
    return [*held.values(), more]
