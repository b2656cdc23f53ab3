"""Reckoning the VAT of locked invoices anew as things happen to them, before any of it is written.

What is known of the invoices is read once; each happening counts on those before it, so that many
receipts, of one contract too, come to the same as one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from uuid import UUID

import msgspec

from market.base.policies import NoPolicy
from market.ledger.model import Account, Leg, Posting
from market.money.invoicing.model import Invoice
from market.money.invoicing.tax_points import model
from market.money.invoicing.tax_points.model import (
    Change,
    Facts,
    Known,
    NewTaxPoint,
    Part,
    Reached,
    Reason,
    Standing,
    Taxed,
)


class Reckoning:
    """``points`` and ``postings``: what came of it so far."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._known = {one.invoice_id: one for one in known}
        self._receipts = {one.invoice_id: dict(one.receipts) for one in self._known.values()}
        self._reached = {one.invoice_id: list(one.points) for one in self._known.values()}
        self._taxed = {
            one.contract_id: {taxed.policy_id: taxed for taxed in one.taxed}
            for one in self._known.values()
        }
        self.points: list[NewTaxPoint] = []
        self.postings: list[Posting] = []

    def receive(self, invoice_id: UUID, amount_minor: int, on: date) -> None:
        """Money came, or went back (below zero)."""
        days = self._receipts[invoice_id]
        days[on] = days.get(on, 0) + amount_minor

    def reckon(self, invoice: Invoice, occasion: Reason, *, cause: str) -> Invoice:
        """Bring the VAT that is due up to date; returns the invoice as it then is."""
        facts = self.facts(invoice.id)
        changes = model.changes(invoice, facts, occasion)
        if not changes:
            return invoice
        for change in changes:
            for part in list(self._parts(invoice, change)):
                self._add(invoice, change, part, cause)
        vat_due_minor = model.due_now(invoice, facts).vat_minor
        return msgspec.structs.replace(
            invoice, vat_due_minor=vat_due_minor, version=invoice.version + 1
        )

    def facts(self, invoice_id: UUID) -> Facts:
        known, reached = self._known[invoice_id], self._reached[invoice_id]
        by_day: dict[date, int] = {}
        for point in reached:
            by_day[point.effective_on] = by_day.get(point.effective_on, 0) + point.vat_minor
        return Facts(
            today=known.today,
            started_on=known.started_on,
            fapiao_on=known.fapiao_on,
            receipts=[(on, amount) for on, amount in self._receipts[invoice_id].items() if amount],
            reached=[(on, vat) for on, vat in by_day.items() if vat],
            credits=known.credits,
        )

    def _parts(self, invoice: Invoice, change: Change) -> Iterator[Part]:
        if change.vat_minor > 0:
            yield model.coming_due(change.vat_minor, self._in_force(invoice, change.on))
            return
        standings = self._standings(invoice, change.on)
        if sum(one.day_vat_minor for one in standings) < -change.vat_minor:
            in_force = self._in_force(invoice, change.on)
            standings = model.holding(-change.vat_minor, standings, in_force)
        yield from model.falling_back(-change.vat_minor, standings)

    def _in_force(self, invoice: Invoice, on: date) -> Standing:
        versions = self._known[invoice.id].versions
        version = next((one for one in versions if one.effective_on <= on), None)
        if version is None:
            raise NoPolicy(f"no approved version of policy surtax on {on}")
        used = self._taxed[invoice.contract_id].get(version.policy_id)
        vat, surtax = (used.vat_minor, used.surtax_minor) if used else (0, 0)
        return Standing(version.policy_id, version.of_vat_ppm, 0, vat, surtax)

    def _standings(self, invoice: Invoice, on: date) -> list[Standing]:
        """Per version with VAT on the day, the one that the invoice used last for it first."""
        last: dict[UUID, int] = {}
        vat: dict[UUID, int] = {}
        for point in self._reached[invoice.id]:
            if point.effective_on == on:
                last[point.policy_id] = point.number
                vat[point.policy_id] = vat.get(point.policy_id, 0) + point.vat_minor
        taxed = self._taxed[invoice.contract_id]
        found = [
            (policy_id, taxed[policy_id]) for policy_id in sorted(last, key=lambda one: -last[one])
        ]
        return [
            Standing(policy_id, used.of_vat_ppm, vat[policy_id], used.vat_minor, used.surtax_minor)
            for policy_id, used in found
            if vat[policy_id] > 0
        ]

    def _add(self, invoice: Invoice, change: Change, part: Part, cause: str) -> None:
        reached = self._reached[invoice.id]
        number = reached[-1].number + 1 if reached else 1
        reached.append(Reached(number, change.on, part.vat_minor, part.policy_id))
        self._tax(invoice, part)
        self.points.append(
            NewTaxPoint(
                invoice_id=invoice.id,
                contract_id=invoice.contract_id,
                number=number,
                reason=change.reason,
                cause=cause,
                effective_on=change.on,
                counted_minor=change.counted_minor,
                vat_minor=part.vat_minor,
                surtax_minor=part.surtax_minor,
                surtax_policy_id=part.policy_id,
            )
        )
        self.postings.append(_posting(invoice, part, number, change.on))

    def _tax(self, invoice: Invoice, part: Part) -> None:
        taxed = self._taxed[invoice.contract_id]
        used = taxed.get(part.policy_id)
        if used is None:
            versions = self._known[invoice.id].versions
            rates = next(one.of_vat_ppm for one in versions if one.policy_id == part.policy_id)
            used = Taxed(part.policy_id, 0, 0, rates)
        taxed[part.policy_id] = msgspec.structs.replace(
            used,
            vat_minor=used.vat_minor + part.vat_minor,
            surtax_minor=used.surtax_minor + part.surtax_minor,
        )


def _posting(invoice: Invoice, part: Part, number: int, effective_on: date) -> Posting:
    """VAT and surtax become payable; or, below zero, the mirror of that."""
    return Posting(
        cause=f"tax_point:{invoice.id}:{number}",
        books=invoice.books_unit_id,
        effective_on=effective_on,
        legs=[
            _leg(invoice, "vat_deferred", "vat_payable", part.vat_minor),
            _leg(invoice, "tax_expense", "surtax_payable", part.surtax_minor),
        ],
    )


def _leg(invoice: Invoice, debit: str, credit: str, amount_minor: int) -> Leg:
    leg = Leg(Account(debit), Account(credit), abs(amount_minor), invoice.currency)
    return leg.mirrored() if amount_minor < 0 else leg
