"""Receipts applied to an invoice, and taken back."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from market.base import clock
from market.base.db import Connection
from market.base.moves import WrongMove
from market.money.invoicing import model
from market.money.invoicing.model import Invoice, InvoiceState
from tests.world import invoicing as world


async def test_vat_falls_due_in_proportion_and_ends_at_the_last_fen(conn: Connection) -> None:
    deal = await world.fw01(conn)
    await world.started(conn, deal)
    invoice = await world.issued(conn, deal)

    part = await world.received(conn, deal, invoice, 8_600_00)
    assert (part.state, part.paid_minor) == (InvoiceState.PART_PAID, 8_600_00)
    assert part.vat_due_minor == 486_79
    whole = await world.received(conn, deal, invoice, 17_200_00)

    assert (whole.state, whole.open_minor) == (InvoiceState.PAID, 0)
    assert whole.vat_due_minor == 1_460_38
    assert [point.vat_minor for point in await world.tax_points(conn, invoice)] == [486_79, 973_59]
    balances = await world.balances(conn, deal)
    assert (balances["vat_payable"], balances.get("vat_deferred", 0)) == (1_460_38, 0)


async def test_what_is_paid_before_the_work_starts_counts_at_its_start(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    paid = await world.received(conn, deal, invoice, 25_800_00)
    assert (paid.state, paid.vat_due_minor) == (InvoiceState.PAID, 0)

    await world.started(conn, deal)

    [point] = await world.tax_points(conn, invoice)
    assert (point.reason, point.vat_minor) == ("start", 1_460_38)
    assert point.effective_on == await clock.today(conn)


async def test_the_start_is_counted_once_however_often_its_job_runs(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    await world.received(conn, deal, invoice, 100)

    await world.started(conn, deal)
    await world.run_start_job(conn, deal)

    assert len(await world.tax_points(conn, invoice)) == 1


async def test_a_tax_point_is_not_before_the_invoice(conn: Connection) -> None:
    deal = await world.fw01(conn)
    await world.started(conn, deal)
    invoice = await world.issued(conn, deal)

    last_week = invoice.issued_on - timedelta(days=7)
    await world.received(conn, deal, invoice, 25_800_00, on=last_week)

    [point] = await world.tax_points(conn, invoice)
    assert point.effective_on == invoice.issued_on


async def test_no_more_is_taken_than_is_open(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    await world.received(conn, deal, invoice, 25_000_00)

    with pytest.raises(model.MoreThanOpen, match=r"CNY 800\.00 open, not CNY 800\.01"):
        await world.received(conn, deal, invoice, 800_01)


async def test_a_paid_invoice_takes_nothing(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    await world.received(conn, deal, invoice, 25_800_00)

    with pytest.raises(WrongMove):
        await world.received(conn, deal, invoice, 1)


async def test_a_receipt_taken_back_defers_its_vat_again(conn: Connection) -> None:
    deal = await world.fw01(conn)
    await world.started(conn, deal)
    invoice = await world.issued(conn, deal)
    await world.received(conn, deal, invoice, 8_600_00)
    await world.received(conn, deal, invoice, 17_200_00)

    part = await world.taken_back(conn, deal, invoice, 8_600_00)
    assert (part.state, part.vat_due_minor) == (InvoiceState.PART_PAID, 973_59)
    nothing = await world.taken_back(conn, deal, invoice, 17_200_00)

    assert (nothing.state, nothing.paid_minor, nothing.vat_due_minor) == (InvoiceState.OPEN, 0, 0)
    points = await world.tax_points(conn, invoice)
    assert [point.vat_minor for point in points] == [486_79, 973_59, -486_79, -973_59]
    assert (await world.balances(conn, deal)).get("vat_payable", 0) == 0


async def test_vat_due_by_fapiao_stays_due_when_the_receipt_is_taken_back(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    await world.received(conn, deal, invoice, 8_600_00)
    await world.fapiao_issued(conn, deal, invoice)

    reopened = await world.taken_back(conn, deal, invoice, 8_600_00)

    assert reopened.state == InvoiceState.OPEN
    assert reopened.vat_due_minor == reopened.vat_minor


async def test_no_more_is_taken_back_than_was_received(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    await world.received(conn, deal, invoice, 100)

    with pytest.raises(model.MoreThanPaid):
        await world.taken_back(conn, deal, invoice, 101)


async def test_the_surtax_of_a_contract_is_right_whatever_its_instalments(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn)
    await world.surtaxed(conn)
    await world.started(conn, deal)

    for place in range(3):
        invoice = await world.issued(conn, deal, place)
        await world.received(conn, deal, invoice, invoice.amount_minor)

    assert (await world.balances(conn, deal))["surtax_payable"] == 340_75 + 146_04 + 97_36


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_of_receipts_and_take_backs_ends_exact(conn: Connection, seed: int) -> None:
    dice = random.Random(seed)
    deal = await world.fw01(conn)
    await world.surtaxed(conn)
    await world.started(conn, deal)
    invoices: list[Invoice] = [await world.issued(conn, deal, place) for place in range(3)]

    for _ in range(12):
        place = dice.randrange(3)
        invoice = invoices[place]
        if invoice.paid_minor and dice.random() < 0.5:
            amount = dice.randint(1, invoice.paid_minor)
            invoices[place] = await world.taken_back(conn, deal, invoice, amount)
        elif invoice.open_minor:
            amount = dice.randint(1, invoice.open_minor)
            invoices[place] = await world.received(conn, deal, invoice, amount)
        assert 0 <= invoices[place].vat_due_minor <= invoices[place].vat_minor
        points = await world.tax_points(conn, invoices[place])
        assert sum(point.vat_minor for point in points) == invoices[place].vat_due_minor
    for invoice in invoices:
        if invoice.open_minor:
            await world.received(conn, deal, invoice, invoice.open_minor)

    balances = await world.balances(conn, deal)
    assert (balances["vat_payable"], balances.get("vat_deferred", 0)) == (4_867_92, 0)
    assert balances["surtax_payable"] == 584_15
