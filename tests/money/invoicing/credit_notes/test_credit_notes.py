"""A credit note takes off an invoice what is not owed, to the fen, by two people."""

from __future__ import annotations

import pytest

from market.base import db
from market.base.access import BothSides, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.money.invoicing import model as invoicing
from market.money.invoicing import operations as invoices
from market.money.invoicing.credit_notes import model, operations, queries
from market.money.invoicing.credit_notes.model import (
    FullNote,
    LineCredited,
    MilestoneCredited,
    NewCreditNote,
    NoteState,
)
from market.money.invoicing.model import Invoice, InvoiceState
from market.money.invoicing.voiding import model as voiding_model
from market.money.invoicing.voiding import operations as voiding
from tests.world import identity, money, performance
from tests.world import invoicing as world
from tests.world.invoicing import Deal

REASON = "双方协商减少工作量"


async def now(conn: Connection, deal: Deal, invoice: Invoice) -> Invoice:
    return await invoices.find_invoice(conn, deal.finance, invoice.id)


async def test_a_whole_credit_before_anything_happened_leaves_nothing(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)

    note = await world.credited(conn, deal, invoice)

    assert (note.state, note.amount_minor, note.vat_minor, note.offset_minor) == (
        NoteState.ISSUED,
        25_800_00,
        1_460_38,
        25_800_00,
    )
    assert note.number is not None
    assert note.number.endswith("-DX-0001")
    assert not await world.balances(conn, deal)
    left = await now(conn, deal, invoice)
    assert (left.state, left.open_minor, left.uncredited_minor) == (InvoiceState.PAID, 0, 0)


async def test_a_part_takes_its_vat_cumulatively_and_the_last_part_the_rest(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)

    parts = [await world.credited(conn, deal, invoice, amount) for amount in (8_600_00, 100, 1)]
    last = await world.credited(conn, deal, invoice)

    assert [part.vat_minor for part in parts] == [486_79, 6, 0]
    assert last.vat_minor == 1_460_38 - 486_85
    assert not await world.balances(conn, deal)


async def test_what_is_left_may_be_paid_and_then_the_invoice_is_paid(conn: Connection) -> None:
    deal = await world.fw01(conn)
    await world.started(conn, deal)
    invoice = await world.issued(conn, deal)
    await world.credited(conn, deal, invoice, 8_600_00)

    with pytest.raises(invoicing.MoreThanOpen):
        await world.received(conn, deal, await now(conn, deal, invoice), 17_200_01)
    paid = await world.received(conn, deal, await now(conn, deal, invoice), 17_200_00)

    assert (paid.state, paid.open_minor) == (InvoiceState.PAID, 0)
    assert paid.vat_due_minor == paid.vat_left_minor == 973_59
    balances = await world.balances(conn, deal)
    assert "vat_deferred" not in balances
    reopened = await world.taken_back(conn, deal, paid, 17_200_00)
    assert (reopened.state, reopened.open_minor) == (InvoiceState.OPEN, 17_200_00)


async def test_what_was_paid_becomes_customer_credit_and_its_vat_is_not_payable_any_more(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn)
    await world.surtaxed(conn)
    await world.started(conn, deal)
    invoice = await world.issued(conn, deal)
    await money.paid(conn, deal, invoice.id, 20_000_00)

    note = await world.credited(conn, deal, invoice)

    assert note.offset_minor == 5_800_00
    credit = await money.balance(
        conn, deal.contract.books_unit_id, "customer_credit", deal.enterprise.id
    )
    assert credit == 20_000_00
    assert not await world.balances(conn, deal)
    points = await world.tax_points(conn, invoice)
    assert [(point.reason, point.vat_minor) for point in points] == [
        ("receipt", 1_132_08),
        ("credit_note", -1_132_08),
    ]


async def test_the_vat_of_a_part_comes_from_deferred_first(conn: Connection) -> None:
    deal = await world.fw01(conn)
    await world.started(conn, deal)
    invoice = await world.issued(conn, deal)
    await world.received(conn, deal, invoice, 12_900_00)

    await world.credited(conn, deal, invoice, 12_000_00)
    first = await world.balances(conn, deal)
    await world.credited(conn, deal, invoice, 8_000_00)
    second = await world.balances(conn, deal)

    assert (first["vat_payable"], first["vat_deferred"]) == (730_19, 50_94)
    assert (second["vat_payable"], second.get("vat_deferred", 0)) == (328_30, 0)


async def test_what_is_not_accepted_earns_so_much_less(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    last = performance.milestones(deal)[2]
    note = await world.credited(conn, deal, invoice, 10_600_00, (last, 10_000_00))
    assert [(one.milestone_id, one.accepted) for one in note.milestones] == [(last, False)]

    for place in range(3):
        await performance.accept(conn, deal, place)
    for place in (1, 2):
        await world.issued(conn, deal, place)

    kind = f"revenue:{deal.contract.kind}"
    earned = await money.balance(conn, deal.contract.books_unit_id, kind)
    assert earned == deal.contract.net_minor - 10_000_00
    assert "contract_position" not in await world.balances(conn, deal)


async def test_what_is_accepted_loses_its_revenue(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    await performance.complete(conn, deal)
    before = await world.balances(conn, deal)

    await world.credited(conn, deal, invoice)

    kind = f"revenue:{deal.contract.kind}"
    earned = await money.balance(conn, deal.contract.books_unit_id, kind)
    assert earned == deal.contract.net_minor - invoice.net_minor
    after = await world.balances(conn, deal)
    assert after["contract_position"] == before["contract_position"]


async def test_without_milestones_named_the_unaccepted_lose_first_from_the_last(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    await performance.accept(conn, deal, 2)

    note = await world.credited(conn, deal, invoice)

    first, second, _ = performance.milestones(deal)
    nets = {one.id: one.net_minor for one in deal.contract.milestones}
    from_second = min(nets[second], invoice.net_minor)
    expected = [(first, invoice.net_minor - from_second), (second, from_second)]
    assert [(one.milestone_id, one.net_minor) for one in note.milestones] == [
        (milestone_id, net) for milestone_id, net in expected if net
    ]


async def test_of_an_agents_sale_commission_and_what_is_passed_on_both_fall(
    conn: Connection,
) -> None:
    deal = await world.agency(conn)
    invoice = await world.issued(conn, deal)
    await world.credited(conn, deal, invoice, 1_000_00, line=2)
    await performance.complete(conn, deal)
    books = deal.contract.books_unit_id

    await world.credited(conn, deal, invoice, 10_000_01, line=2)
    await world.credited(conn, deal, invoice)

    assert not await world.balances(conn, deal)
    assert await money.balance(conn, books, "revenue:intermediary") == 0
    held = await money.balances(conn, books)
    assert not any(minor for (kind, _), minor in held.items() if kind == "owner_payable")


async def test_an_exempt_invoice_is_credited_without_vat(conn: Connection) -> None:
    deal = await world.zr01(conn)
    await world.recognised(conn, deal)
    invoice = await world.issued(conn, deal)

    note = await world.credited(conn, deal, invoice)

    assert (note.net_minor, note.vat_minor) == (180_000_00, 0)
    assert not await world.balances(conn, deal)


async def test_repeating_gets_the_same_answer(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    wanted = NewCreditNote(reason=REASON)

    note = await operations.propose_credit_note(conn, deal.finance, invoice.id, wanted)
    assert await operations.propose_credit_note(conn, deal.finance, invoice.id, wanted) == note
    issued = await operations.approve_credit_note(conn, deal.leader, note.id)
    assert await operations.approve_credit_note(conn, deal.leader, note.id) == issued


async def proposed(conn: Connection, deal: Deal) -> FullNote:
    invoice = await world.issued(conn, deal)
    wanted = NewCreditNote(reason=REASON)
    return await operations.propose_credit_note(conn, deal.finance, invoice.id, wanted)


async def test_the_proposer_never_approves(conn: Connection) -> None:
    deal = await world.fw01(conn)
    both = await identity.person(conn, deal.unit, Role.FINANCE, Role.LEADER)
    invoice = await world.issued(conn, deal)
    wanted = NewCreditNote(reason=REASON)
    note = await operations.propose_credit_note(conn, both, invoice.id, wanted)

    with pytest.raises(model.OwnNote):
        await operations.approve_credit_note(conn, both, note.id)
    with pytest.raises(model.OwnNote):
        await operations.reject_credit_note(conn, both, note.id, "不同意")


async def test_a_leader_who_holds_a_role_at_the_buyer_does_not_decide(conn: Connection) -> None:
    deal = await world.fw01(conn)
    note = await proposed(conn, deal)
    await identity.also(conn, deal.leader, deal.enterprise, Role.PAYER)

    with pytest.raises(BothSides):
        await operations.approve_credit_note(conn, deal.leader, note.id)
    with pytest.raises(BothSides):
        await operations.reject_credit_note(conn, deal.leader, note.id, "不同意")


async def test_only_finance_proposes_and_only_leaders_decide(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    wanted = NewCreditNote(reason=REASON)
    for actor in (deal.leader, deal.buyer):
        with pytest.raises(invoicing.NotTheFinance):
            await operations.propose_credit_note(conn, actor, invoice.id, wanted)
    note = await operations.propose_credit_note(conn, deal.finance, invoice.id, wanted)

    colleague = await identity.person(conn, deal.unit, Role.FINANCE)
    with pytest.raises(model.NoteNeedsLeader):
        await operations.approve_credit_note(conn, colleague, note.id)
    with pytest.raises(model.NoteProposed, match=str(note.id)):
        await operations.propose_credit_note(conn, colleague, invoice.id, wanted)
    for hidden_from in (deal.buyer, identity.as_if_all_were_visible(deal.outsider)):
        with pytest.raises(NotFound):
            await operations.approve_credit_note(conn, hidden_from, note.id)


async def test_the_buyer_reads_what_was_issued_and_nothing_before(conn: Connection) -> None:
    deal = await world.fw01(conn)
    note = await proposed(conn, deal)
    everything = identity.as_if_all_were_visible(deal.buyer)
    for reader in (deal.buyer, everything):
        async with db.look(conn, reader):
            assert await queries.notes(conn, reader, invoice_id=note.invoice_id) == []

    await operations.approve_credit_note(conn, deal.leader, note.id)

    read = await operations.find_note(conn, deal.buyer, note.id)
    assert (read.state, len(read.lines)) == (NoteState.ISSUED, 1)


async def test_a_rejected_note_leaves_the_invoice_and_may_be_proposed_anew(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn)
    note = await proposed(conn, deal)

    rejected = await operations.reject_credit_note(conn, deal.leader, note.id, "金额有误")

    assert (rejected.state, rejected.note, rejected.number) == (
        NoteState.REJECTED,
        "金额有误",
        None,
    )
    with pytest.raises(WrongMove):
        await operations.approve_credit_note(conn, deal.leader, note.id)
    again = NewCreditNote(reason=REASON)
    anew = await operations.propose_credit_note(conn, deal.finance, note.invoice_id, again)
    assert anew.id != note.id


@pytest.mark.parametrize(
    ("lines", "milestones", "refusal"),
    [
        ([(9, 100)], [], model.LineUnknown),
        ([(1, 100), (1, 200)], [], model.LineUnknown),
        ([(1, 25_800_01)], [], model.LineHasLess),
        ([(1, 106)], [(0, 99)], model.MilestonesDoNotAddUp),
        ([(1, 106)], [(0, 50), (0, 50)], model.MilestoneUnknown),
    ],
)
async def test_what_is_wrong_with_lines_and_milestones_is_told(
    conn: Connection,
    lines: list[tuple[int, int]],
    milestones: list[tuple[int, int]],
    refusal: type[Exception],
) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    ids = performance.milestones(deal)
    wanted = NewCreditNote(
        reason=REASON,
        lines=[LineCredited(position=place, amount_minor=minor) for place, minor in lines],
        milestones=[MilestoneCredited(milestone_id=ids[at], net_minor=n) for at, n in milestones],
    )

    with pytest.raises(refusal):
        await operations.propose_credit_note(conn, deal.finance, invoice.id, wanted)


async def test_a_milestone_loses_no_more_than_it_has(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal, 1)
    small = min(deal.contract.milestones, key=lambda one: one.net_minor)
    wanted = NewCreditNote(
        reason=REASON,
        milestones=[MilestoneCredited(milestone_id=small.id, net_minor=invoice.net_minor)],
    )

    with pytest.raises(model.MilestoneHasLess, match=small.title):
        await operations.propose_credit_note(conn, deal.finance, invoice.id, wanted)


async def test_a_void_invoice_has_nothing_to_credit_and_a_credited_one_is_not_voided(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    await world.credited(conn, deal, invoice, 100)
    with pytest.raises(voiding_model.InvoiceCredited):
        await voiding.propose_void(conn, deal.finance, invoice.id, REASON)

    void = await world.issued(conn, deal, 1)
    proposal = await voiding.propose_void(conn, deal.finance, void.id, REASON)
    wanted = NewCreditNote(reason=REASON)
    note = await operations.propose_credit_note(conn, deal.finance, void.id, wanted)
    await voiding.approve_void(conn, deal.leader, proposal.id)

    with pytest.raises(model.NothingLeft):
        await operations.approve_credit_note(conn, deal.leader, note.id)
    with pytest.raises(model.NothingLeft):
        await operations.propose_credit_note(conn, deal.finance, void.id, wanted)
