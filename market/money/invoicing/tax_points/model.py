"""The reckoning of tax points: exact fractions, nothing but integers, no database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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


class Facts(msgspec.Struct, frozen=True):
    """What the reckoning looks at beside the invoice; dates in Asia/Shanghai, None: not yet.

    ``receipts``: what was received, by day; ``reached``: the VAT of the tax points so far, by day.
    """

    today: date
    started_on: date | None
    fapiao_on: date | None
    receipts: list[tuple[date, int]]
    reached: list[tuple[date, int]]


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
    whole, counted_minor = _whole(invoice, facts), 0
    found: dict[date, Due] = {}
    for on, amount_minor, reason in _counted(invoice, facts, occasion):
        if whole is not None and whole.on <= on:
            break
        counted_minor += amount_minor
        found[on] = Due(on, proportion(invoice, counted_minor), counted_minor, reason)
    if whole is not None:
        found[whole.on] = whole
    return list(found.values())


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


def _counted(
    invoice: Invoice, facts: Facts, occasion: Reason
) -> Iterator[tuple[date, int, Reason]]:
    """The receipts that count, by the day from which they do: never before the work."""
    started_on = facts.started_on
    if started_on is None:
        return
    for received_on, amount_minor in sorted(facts.receipts):
        waited = received_on < started_on or occasion is Reason.START
        reason = Reason.START if waited else Reason.RECEIPT
        yield max(invoice.issued_on, received_on, started_on), amount_minor, reason


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
    reason = Reason.TAKE_BACK if occasion is Reason.TAKE_BACK else Reason.MOVED
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
