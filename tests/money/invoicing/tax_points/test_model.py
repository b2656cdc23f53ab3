"""The reckoning of tax points, without a database: exact for every history of an invoice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.base import amounts
from market.money.invoicing.model import Invoice, InvoiceState
from market.money.invoicing.tax_points import model
from market.money.invoicing.tax_points.model import Facts, Part, Reason, Standing

TODAY: Final = date(2026, 6, 10)
DUE_ON: Final = TODAY + timedelta(days=10)
LATER: Final = DUE_ON + timedelta(days=5)
NOBODY: Final = UUID(int=9)
SURTAXES: Final = {"urban_construction": 70_000, "education": 30_000, "local_education": 20_000}


def invoice(amount_minor: int, vat_minor: int) -> Invoice:
    return Invoice(
        id=uuid4(),
        number="JX-2026-QK-0001",
        payment_code="JXA23456789",
        contract_id=NOBODY,
        instalment_id=NOBODY,
        provider_unit_id=NOBODY,
        books_unit_id=NOBODY,
        buyer_id=NOBODY,
        currency="CNY",
        amount_minor=amount_minor,
        net_minor=amount_minor - vat_minor,
        vat_minor=vat_minor,
        owner_minor=0,
        exempt=False,
        paid_minor=0,
        vat_due_minor=0,
        credited_minor=0,
        credited_vat_minor=0,
        offset_minor=0,
        state=InvoiceState.OPEN,
        issued_on=TODAY - timedelta(days=5),
        due_on=DUE_ON,
        issued_by=NOBODY,
        policy_id=NOBODY,
        version=1,
        created_at=datetime(2026, 6, 5, tzinfo=UTC),
    )


def facts(
    paid_minor: int = 0,
    *,
    today: date = TODAY,
    started_on: date | None = TODAY,
    fapiao_on: date | None = None,
    receipts: list[tuple[date, int]] | None = None,
    reached: dict[date, int] | None = None,
) -> Facts:
    paid = [(TODAY, paid_minor)] if paid_minor else []
    by_day = list((reached or {}).items())
    return Facts(today, started_on, fapiao_on, receipts or paid, by_day)


@pytest.mark.parametrize(
    ("paid_minor", "vat_due_minor"),
    [(0, 0), (1, 0), (9, 1), (8_600_00, 486_79), (25_799_99, 1_460_38), (25_800_00, 1_460_38)],
)
def test_vat_falls_due_in_proportion_half_up(paid_minor: int, vat_due_minor: int) -> None:
    due = model.due_now(invoice(25_800_00, 1_460_38), facts(paid_minor))

    assert due.vat_minor == vat_due_minor
    assert due.reason is Reason.RECEIPT


def test_before_the_work_starts_nothing_is_due() -> None:
    due = model.due_now(invoice(25_800_00, 1_460_38), facts(25_800_00, started_on=None))

    assert (due.vat_minor, due.counted_minor) == (0, 0)


@pytest.mark.parametrize(
    ("known", "on", "reason"),
    [
        (facts(started_on=None, fapiao_on=TODAY), TODAY, Reason.FAPIAO),
        (facts(started_on=None, today=DUE_ON), DUE_ON, Reason.DUE),
        (facts(started_on=None, fapiao_on=TODAY, today=LATER), TODAY, Reason.FAPIAO),
        (facts(started_on=None, fapiao_on=LATER, today=LATER), DUE_ON, Reason.DUE),
    ],
)
def test_fapiao_or_due_date_bring_the_whole_whichever_is_first(
    known: Facts, on: date, reason: Reason
) -> None:
    due = model.due_now(invoice(25_800_00, 1_460_38), known)

    assert due == model.Due(on, 1_460_38, 25_800_00, reason)


def changed(one: Invoice, known: Facts, occasion: Reason) -> list[tuple[date, int, Reason]]:
    found = model.changes(one, known, occasion)
    return [(change.on, change.vat_minor, change.reason) for change in found]


def test_a_receipt_learnt_after_the_due_date_moves_the_vat_to_its_own_day() -> None:
    known = facts(25_800_00, today=LATER, reached={DUE_ON: 1_460_38})

    assert changed(invoice(25_800_00, 1_460_38), known, Reason.RECEIPT) == [
        (DUE_ON, -1_460_38, Reason.MOVED),
        (TODAY, 1_460_38, Reason.RECEIPT),
    ]


def test_a_part_learnt_late_moves_its_part_only() -> None:
    known = facts(8_600_00, today=LATER, reached={DUE_ON: 1_460_38})

    assert changed(invoice(25_800_00, 1_460_38), known, Reason.RECEIPT) == [
        (DUE_ON, -486_79, Reason.MOVED),
        (TODAY, 486_79, Reason.RECEIPT),
    ]


def test_a_fapiao_dated_before_the_receipt_moves_the_vat_to_its_day() -> None:
    before = TODAY - timedelta(days=2)
    known = facts(25_800_00, fapiao_on=before, reached={TODAY: 1_460_38}, started_on=before)

    assert changed(invoice(25_800_00, 1_460_38), known, Reason.FAPIAO) == [
        (TODAY, -1_460_38, Reason.MOVED),
        (before, 1_460_38, Reason.FAPIAO),
    ]


def test_what_is_reckoned_stays() -> None:
    known = facts(25_800_00, today=LATER, reached={TODAY: 1_460_38})

    assert changed(invoice(25_800_00, 1_460_38), known, Reason.DUE) == []


def test_a_void_invoice_owes_no_vat() -> None:
    void = msgspec.structs.replace(invoice(100, 6), state=InvoiceState.VOID)

    assert model.due_now(void, facts(fapiao_on=TODAY)).vat_minor == 0


def test_a_tax_point_is_never_before_invoice_or_start() -> None:
    one = invoice(100, 6)
    long_ago = one.issued_on - timedelta(days=30)
    started_on = one.issued_on + timedelta(days=2)

    def day(started_on: date) -> tuple[date, Reason]:
        [due] = model.dues(one, facts(started_on=started_on, receipts=[(long_ago, 100)]))
        return due.on, due.reason

    assert day(long_ago) == (one.issued_on, Reason.RECEIPT)
    assert day(started_on) == (started_on, Reason.START)


def test_the_surtax_of_the_worked_example() -> None:
    assert model.surtax_of(4_867_92, SURTAXES) == 340_75 + 146_04 + 97_36


class Contract:
    """The tax points of a contract's invoices, as the table would keep them."""

    def __init__(self, invoices: list[Invoice], rates: list[dict[str, int]]) -> None:
        self.invoices = invoices
        self.policies = [(uuid4(), rate) for rate in rates]
        self.points: list[tuple[int, Part]] = []
        self.used: list[int] = []

    def standings(self, place: int) -> list[Standing]:
        newest = {part.policy_id: n for n, (at, part) in enumerate(self.points) if at == place}
        found = [
            Standing(
                policy_id,
                rate,
                sum(
                    p.vat_minor for at, p in self.points if at == place and p.policy_id == policy_id
                ),
                sum(p.vat_minor for _, p in self.points if p.policy_id == policy_id),
                sum(p.surtax_minor for _, p in self.points if p.policy_id == policy_id),
            )
            for policy_id, rate in self.policies
        ]
        return sorted(found, key=lambda standing: -newest.get(standing.policy_id, -1))

    def pay(self, place: int, paid_minor: int, policy: int) -> None:
        """The invoice at this place has received so much by now, under this version."""
        one = self.invoices[place]
        due = model.due_now(one, facts(paid_minor)).vat_minor
        change = due - one.vat_due_minor
        standings = self.standings(place)
        if change > 0:
            policy_id = self.policies[policy][0]
            now = next(s for s in standings if s.policy_id == policy_id)
            self.points.append((place, model.coming_due(change, now)))
        elif change < 0:
            self.points += [(place, part) for part in model.falling_back(-change, standings)]
        self.invoices[place] = msgspec.structs.replace(one, vat_due_minor=due)

    def vat_of(self, place: int) -> int:
        return sum(part.vat_minor for at, part in self.points if at == place)


histories = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 1_000_000), st.integers(0, 1)), max_size=25
)


@given(
    total=st.integers(3, 10**12),
    weights=st.tuples(*(st.integers(1, 100) for _ in range(3))),
    vat_ppm=st.sampled_from([0, 10_000, 60_000, 130_000]),
    history=histories,
)
def test_every_history_of_receipts_and_take_backs_ends_exact(
    total: int, weights: tuple[int, int, int], vat_ppm: int, history: list[tuple[int, int, int]]
) -> None:
    prices = amounts.split(total, weights)
    vats = amounts.split(total - amounts.net_of(total, vat_ppm), prices) if min(prices) else []
    if not vats:
        return
    contract = Contract(
        [invoice(price, vat) for price, vat in zip(prices, vats, strict=True)], [SURTAXES, {}]
    )

    for place, millionths, policy in history:
        contract.pay(place, prices[place] * millionths // 1_000_000, policy)
        assert all(0 <= contract.vat_of(n) <= vats[n] for n in range(3))
        for standing in contract.standings(place):
            assert standing.day_vat_minor >= 0
            assert standing.contract_surtax_minor == model.surtax_of(
                standing.contract_vat_minor, standing.of_vat_ppm
            )

    for place in range(3):
        contract.pay(place, prices[place], 0)
    assert [contract.vat_of(place) for place in range(3)] == vats
    for place in range(3):
        contract.pay(place, 0, 0)
    assert [contract.vat_of(place) for place in range(3)] == [0, 0, 0]
    assert sum(part.surtax_minor for _, part in contract.points) == 0
