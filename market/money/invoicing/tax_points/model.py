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
    """What the reckoning looks at beside the invoice; dates in Asia/Shanghai, None: not yet."""

    today: date
    started_on: date | None
    fapiao_on: date | None
    points: int


class Due(msgspec.Struct, frozen=True):
    """How much VAT is due by now, on how much money, and by which rule."""

    vat_minor: int
    counted_minor: int
    reason: Reason


class Standing(msgspec.Struct, frozen=True):
    """What was reckoned so far under one version of the policy "surtax"."""

    policy_id: UUID
    of_vat_ppm: dict[str, int]
    invoice_vat_minor: int
    contract_vat_minor: int
    contract_surtax_minor: int


class Part(msgspec.Struct, frozen=True):
    """A change of VAT and the surtax that goes with it, under one version of the policy."""

    policy_id: UUID
    vat_minor: int
    surtax_minor: int


def vat_due(invoice: Invoice, facts: Facts) -> Due:
    """The VAT due by now, whatever was reckoned before."""
    if invoice.state == InvoiceState.VOID:
        return Due(0, 0, Reason.RECEIPT)
    if facts.fapiao_on is not None:
        return Due(invoice.vat_minor, invoice.amount_minor, Reason.FAPIAO)
    if invoice.due_on <= facts.today:
        return Due(invoice.vat_minor, invoice.amount_minor, Reason.DUE)
    counted_minor = 0 if facts.started_on is None else invoice.paid_minor
    return Due(proportion(invoice, counted_minor), counted_minor, Reason.RECEIPT)


def proportion(invoice: Invoice, counted_minor: int) -> int:
    """The VAT in a part of the invoice: the exact fraction, half up; all of it in the whole."""
    doubled = 2 * invoice.vat_minor * counted_minor + invoice.amount_minor
    return doubled // (2 * invoice.amount_minor)


def reason_of(due: Due, occasion: Reason, *, falls: bool) -> Reason:
    """What the tax point is told by: the whole by its own rule, a part by what happened."""
    if due.reason is not Reason.RECEIPT:
        return due.reason
    if falls:
        return Reason.TAKE_BACK
    return Reason.START if occasion is Reason.START else Reason.RECEIPT


def effective_on(invoice: Invoice, facts: Facts, reason: Reason, on: date) -> date:
    """When the tax point is in the world: never before the invoice, nor before the work."""
    started_on = facts.started_on or on
    dates = {
        Reason.RECEIPT: max(on, started_on),
        Reason.START: started_on,
        Reason.FAPIAO: facts.fapiao_on or on,
        Reason.DUE: invoice.due_on,
        Reason.TAKE_BACK: on,
    }
    return max(invoice.issued_on, dates[reason])


def surtax_of(vat_minor: int, of_vat_ppm: dict[str, int]) -> int:
    """Each part of the surtax is rounded by itself."""
    return sum(amounts.share(vat_minor, ppm) for ppm in of_vat_ppm.values())


def coming_due(vat_minor: int, standing: Standing) -> Part:
    """More VAT falls due, under the version in force."""
    surtax = surtax_of(standing.contract_vat_minor + vat_minor, standing.of_vat_ppm)
    return Part(standing.policy_id, vat_minor, surtax - standing.contract_surtax_minor)


def falling_back(vat_minor: int, standings: Iterable[Standing]) -> Iterator[Part]:
    """So much VAT falls back to deferred; each part under the version that it was reckoned by.

    ``standings`` with the newest version first; they hold at least ``vat_minor`` together.
    """
    for standing in standings:
        part = min(vat_minor, standing.invoice_vat_minor)
        if part:
            surtax = surtax_of(standing.contract_vat_minor - part, standing.of_vat_ppm)
            yield Part(standing.policy_id, -part, surtax - standing.contract_surtax_minor)
        vat_minor -= part
    assert vat_minor == 0, "no more falls back than had fallen due"
