"""Finance asks for an instalment's money."""

from __future__ import annotations

from datetime import timedelta

import pytest

from market.base import clock
from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.money.invoicing import model, operations, payment_code
from market.money.invoicing.model import InvoiceState
from tests.world import identity, performance
from tests.world import invoicing as world


async def test_the_worked_example_in_three_invoices(conn: Connection) -> None:
    deal = await world.fw01(conn)

    invoices = [await world.issued(conn, deal, place) for place in range(3)]

    assert [invoice.amount_minor for invoice in invoices] == [25_800_00, 43_000_00, 17_200_00]
    assert [invoice.vat_minor for invoice in invoices] == [1_460_38, 2_433_96, 973_58]
    assert sum(invoice.net_minor for invoice in invoices) == 81_132_08
    assert await world.balances(conn, deal) == {
        "receivable": 86_000_00,
        "contract_position": -81_132_08,
        "vat_deferred": 4_867_92,
    }


async def test_an_invoice_says_what_for_how_and_by_when(conn: Connection) -> None:
    deal = await world.fw01(conn)
    today = await clock.today(conn)

    first = await world.issued(conn, deal)
    second = await world.issued(conn, deal, 1)

    prefix = f"{deal.unit.number_prefix}-{today.year}-QK-"
    assert [first.number, second.number] == [f"{prefix}0001", f"{prefix}0002"]
    assert payment_code.find_all(f"货款 {first.payment_code}") == [first.payment_code]
    assert first.payment_code != second.payment_code
    assert (first.issued_on, first.due_on) == (today, today + timedelta(days=15))
    assert first.state == InvoiceState.OPEN
    [line] = first.lines
    assert (line.net_minor, line.vat_ppm, line.vat_minor) == (24_339_62, 60_000, 1_460_38)
    assert (line.rule_id, line.description) == ("vat.general", f"{deal.contract.number} 第 1 期")


async def test_asking_again_gets_the_same_invoice(conn: Connection) -> None:
    deal = await world.fw01(conn)

    first = await world.issued(conn, deal)

    assert await world.issued(conn, deal) == first


async def test_a_rival_is_refused_with_the_number(conn: Connection) -> None:
    deal = await world.fw01(conn)
    first = await world.issued(conn, deal)
    rival = await identity.person(conn, deal.unit, Role.FINANCE)

    with pytest.raises(model.AlreadyInvoiced, match=first.number):
        await operations.issue_invoice(conn, rival, deal.instalments[0].id)


@pytest.mark.parametrize("role", [Role.CASHIER, Role.CLERK, Role.LEADER, Role.AUDITOR])
async def test_only_finance_issues(conn: Connection, role: Role) -> None:
    deal = await world.fw01(conn)
    colleague = await identity.person(conn, deal.unit, role)

    with pytest.raises(model.NotTheFinance) as refusal:
        await operations.issue_invoice(conn, colleague, deal.instalments[0].id)
    assert "服务单位或其账套单位的财务" in refusal.value.detail("zh-CN")


async def test_the_buyer_may_not_and_a_stranger_sees_nothing(conn: Connection) -> None:
    deal = await world.fw01(conn)
    stranger = await identity.person(conn, await identity.unit(conn), Role.FINANCE)

    with pytest.raises(model.NotTheFinance):
        await operations.issue_invoice(conn, deal.buyer, deal.instalments[0].id)
    with pytest.raises(NotFound):
        await operations.issue_invoice(conn, stranger, deal.instalments[0].id)


async def test_nothing_is_asked_for_before_both_have_signed(conn: Connection) -> None:
    deal = await world.unsigned(conn)

    with pytest.raises(model.ContractNotInForce, match="awaiting signatures"):
        await world.issued(conn, deal)


async def test_a_dated_instalment_waits_for_its_window(conn: Connection) -> None:
    today = await clock.today(conn)
    due_on = today + timedelta(days=16)
    deal = await world.fw01(conn, instalments=[world.dated(86_000_00, due_on)])

    with pytest.raises(model.NotYetDue, match=str(today + timedelta(days=1))):
        await world.issued(conn, deal)


async def test_an_instalment_on_acceptance_waits_for_it(conn: Connection) -> None:
    instalments = [world.on_acceptance(25_800_00), world.at_signing(60_200_00)]
    deal = await world.fw01(conn, instalments=instalments)
    with pytest.raises(model.MilestoneNotAccepted):
        await world.issued(conn, deal)

    await performance.accept(conn, deal)
    invoice = await world.issued(conn, deal)

    assert invoice.due_on == await clock.today(conn) + timedelta(days=15)
    assert deal.contract.milestones[0].title in invoice.lines[0].description
    assert "contract_position" not in await world.balances(conn, deal)


async def test_a_day_of_payment_already_past_makes_all_of_the_vat_due_at_issue(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn, instalments=[world.at_signing(86_000_00, due_days=0)])

    invoice = await world.issued(conn, deal)

    assert invoice.vat_due_minor == invoice.vat_minor == 4_867_92
    assert (await world.balances(conn, deal))["vat_payable"] == 4_867_92
    [point] = await world.tax_points(conn, invoice)
    assert (point.reason, point.effective_on) == ("due", invoice.issued_on)


async def test_an_agent_is_taxed_on_its_commission_alone(conn: Connection) -> None:
    deal = await world.agency(conn)

    invoice = await world.issued(conn, deal)

    assert invoice.owner_minor == 90_000_00
    assert invoice.net_minor + invoice.vat_minor == 10_000_00
    assert [line.rule_id for line in invoice.lines] == ["vat.general", model.COLLECTED]
    assert sum(line.net_minor + line.vat_minor for line in invoice.lines) == invoice.amount_minor
    assert await world.balances(conn, deal) == {
        "receivable": 100_000_00,
        "contract_position": -(invoice.net_minor + invoice.owner_minor),
        "vat_deferred": invoice.vat_minor,
    }


async def test_an_exempt_invoice_needs_the_recognition(conn: Connection) -> None:
    deal = await world.zr01(conn)
    with pytest.raises(model.NotRecognised, match=str(deal.contract.id)):
        await world.issued(conn, deal)

    await world.recognised(conn, deal)
    invoice = await world.issued(conn, deal)

    assert (invoice.exempt, invoice.net_minor, invoice.vat_minor) == (True, 180_000_00, 0)
    assert invoice.lines[0].rule_id == "vat.exempt.technology_transfer"
    assert await world.balances(conn, deal) == {
        "receivable": 180_000_00,
        "contract_position": -180_000_00,
    }


async def test_a_free_contract_has_nothing_to_invoice(conn: Connection) -> None:
    deal = await world.free(conn)

    assert deal.instalments == []
