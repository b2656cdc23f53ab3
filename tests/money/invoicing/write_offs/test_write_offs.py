"""What will not be paid is written off by two people, if it was earned; money brings it back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple

import pytest

from market.auditor import audit
from market.base import clock, db
from market.base.access import SYSTEM, BothSides, Role
from market.base.errors import MarketError, NotFound
from market.base.moves import WrongMove
from market.ledger import operations as ledger
from market.ledger.model import Account
from market.money.invoicing import model as invoicing
from market.money.invoicing import operations as invoices
from market.money.invoicing.model import FullInvoice, InvoiceState
from market.money.invoicing.write_offs import model, operations, queries
from market.money.invoicing.write_offs.model import WriteOff, WriteOffState
from market.money.reconciliation.matching.model import Match
from tests.conftest import Clone
from tests.world import dunning, identity, money, performance
from tests.world import invoicing as world
from tests.world.dunning import Market
from tests.world.invoicing import Deal

REASON = "买方已进入破产程序，无财产可供清偿"


class Late(NamedTuple):
    """A deal with an overdue invoice, the first of three."""

    deal: Deal
    invoice: FullInvoice


@pytest.fixture(scope="module")
async def market(clone: Clone) -> AsyncIterator[Market]:
    async with dunning.opened(clone) as market:
        yield market


async def late(market: Market, *, accepted: int = 1, paid_minor: int = 0) -> Late:
    """So many milestones are accepted, so much of the invoice is paid, and its day is past."""
    deal = await world.fw01(market.conn)
    for place in range(accepted):
        await performance.accept(market.conn, deal, place)
    invoice = await world.issued(market.conn, deal)
    if paid_minor:
        await paid(market, deal, invoice, paid_minor)
    await market.pass_to(invoice.due_on + timedelta(days=1))
    return Late(deal, invoice)


async def paid(market: Market, deal: Deal, invoice: FullInvoice, amount_minor: int) -> Match:
    """Money comes to an account of the unit and is matched by hand."""
    bank = await money.bank(market.conn, deal)
    line = money.Line(amount_minor, deal.enterprise.name_zh)
    [outcome] = (await money.imported(market.conn, bank, [line])).outcomes
    given = money.allocation(invoice.id, amount_minor)
    return await money.matched(market.conn, deal.finance, outcome.line_id, given)


async def written_off(market: Market, case: Late) -> WriteOff:
    proposed = await operations.propose_write_off(
        market.conn, case.deal.finance, case.invoice.id, REASON
    )
    return await operations.approve_write_off(market.conn, case.deal.leader, proposed.id)


async def standing(market: Market, case: Late) -> tuple[str, int, dict[str, int]]:
    """The invoice's state, what is open of it, and what the books say of the debt."""
    found = await invoices.find_invoice(market.conn, case.deal.finance, case.invoice.id)
    books, currency = found.books_unit_id, found.currency
    accounts = {
        "receivable": Account("receivable", found.buyer_id),
        "write_off": Account("write_off"),
    }
    async with db.look(market.conn, SYSTEM):
        balances = {
            name: await ledger.balance(market.conn, books, account, currency)
            for name, account in accounts.items()
        }
    return found.state, found.open_minor, balances


async def test_an_approved_write_off_turns_the_debt_into_a_loss(market: Market) -> None:
    case = await late(market, paid_minor=5_800_00)
    proposed = await operations.propose_write_off(
        market.conn, case.deal.finance, case.invoice.id, REASON
    )
    before = await standing(market, case)
    assert before == ("part_paid", 20_000_00, {"receivable": 20_000_00, "write_off": 0})

    approved = await operations.approve_write_off(market.conn, case.deal.leader, proposed.id)

    assert (approved.state, approved.amount_minor) == (WriteOffState.APPROVED, 20_000_00)
    assert approved.written_off_on == await clock.today(market.conn)
    after = await standing(market, case)
    assert after == ("uncollectible", 20_000_00, {"receivable": 0, "write_off": 20_000_00})
    again = await operations.approve_write_off(market.conn, case.deal.leader, proposed.id)
    assert again == approved


@pytest.mark.parametrize(
    ("amount_minor", "state", "open_minor"),
    [(800_00, "part_paid", 25_000_00), (25_800_00, "paid", 0)],
)
async def test_money_that_comes_all_the_same_takes_the_loss_back(
    market: Market, amount_minor: int, state: str, open_minor: int
) -> None:
    case = await late(market)
    loss = await written_off(market, case)
    await market.pass_to(await clock.today(market.conn) + timedelta(days=9))

    match = await paid(market, case.deal, case.invoice, amount_minor)

    books = {"receivable": open_minor, "write_off": 0}
    assert await standing(market, case) == (state, open_minor, books)
    async with db.look(market.conn, case.deal.finance):
        recovered = await queries.find_write_off(market.conn, case.deal.finance, loss.id)
    assert (recovered.state, recovered.recovery_cause) == ("recovered", match.cause)
    assert recovered.recovered_on == await clock.today(market.conn)


async def test_what_is_open_after_a_recovery_may_be_written_off_anew(market: Market) -> None:
    case = await late(market)
    await written_off(market, case)
    await paid(market, case.deal, case.invoice, 800_00)

    second = await written_off(market, case)

    assert second.amount_minor == 25_000_00
    books = {"receivable": 0, "write_off": 25_000_00}
    assert await standing(market, case) == ("uncollectible", 25_000_00, books)


async def test_an_undone_match_leaves_the_invoice_open_and_no_loss(market: Market) -> None:
    """The receipt of before the loss, and the one that recovered it."""
    case = await late(market)
    first = await paid(market, case.deal, case.invoice, 5_800_00)
    await written_off(market, case)

    await money.undone(market.conn, case.deal.finance, first)
    whole = {"receivable": 25_800_00, "write_off": 0}
    assert await standing(market, case) == ("open", 25_800_00, whole)

    await written_off(market, case)
    second = await paid(market, case.deal, case.invoice, 25_800_00)
    await money.undone(market.conn, case.deal.finance, second)

    assert await standing(market, case) == ("open", 25_800_00, whole)


async def test_a_loss_taken_back_by_an_undo_counts_in_the_month_of_the_undo(market: Market) -> None:
    case = await late(market)
    first = await paid(market, case.deal, case.invoice, 5_800_00)
    loss = await written_off(market, case)
    today = await clock.today(market.conn)
    await market.pass_to(today + timedelta(days=70))

    await money.undone(market.conn, case.deal.finance, first)

    async with db.look(market.conn, SYSTEM):
        [found] = await queries.write_offs(market.conn, SYSTEM, invoice_id=case.invoice.id)
    assert (found.id, found.recovered_on) == (loss.id, today + timedelta(days=70))


async def test_a_receipt_with_a_charge_of_the_bank_recovers_once(market: Market) -> None:
    case = await late(market)
    await written_off(market, case)
    bank = await money.bank(market.conn, case.deal)
    line = money.Line(25_775_00, case.deal.enterprise.name_zh)
    [outcome] = (await money.imported(market.conn, bank, [line])).outcomes
    given = money.allocation(case.invoice.id, 25_775_00, charge_minor=25_00)

    await money.matched(market.conn, case.deal.finance, outcome.line_id, given)

    nothing = {"receivable": 0, "write_off": 0}
    assert await standing(market, case) == ("paid", 0, nothing)


async def test_a_payment_code_on_a_loss_waits_for_a_person(market: Market) -> None:
    """Nothing revives a debt by itself."""
    case = await late(market)
    await written_off(market, case)
    bank = await money.bank(market.conn, case.deal)
    paid_whole = money.Line(25_800_00, case.deal.enterprise.name_zh, case.invoice.payment_code)

    [outcome] = (await money.imported(market.conn, bank, [paid_whole])).outcomes

    line = await money.line_of(market.conn, case.deal.finance, outcome.line_id)
    assert line.matches == []
    assert (await standing(market, case))[0] == "uncollectible"


async def test_what_was_not_performed_is_refused_with_the_advice_of_a_credit_note(
    market: Market,
) -> None:
    case = await late(market, accepted=0)
    with pytest.raises(model.WorkUnperformed, match=r"24,339\.62") as refused:
        await operations.propose_write_off(market.conn, case.deal.finance, case.invoice.id, REASON)
    assert "贷项通知" in refused.value.zh

    await performance.accept(market.conn, case.deal)

    assert (await written_off(market, case)).state == WriteOffState.APPROVED


@pytest.mark.parametrize("off_by", [0, 3])
async def test_once_the_unperformed_part_is_credited_the_rest_is_written_off(
    market: Market, off_by: int
) -> None:
    """Parts are rounded each by itself: a unit for each of three milestones is no matter."""
    deal = await world.fw01(market.conn, instalments=[world.at_signing(86_000_00)])
    await performance.accept(market.conn, deal)
    invoice = await world.issued(market.conn, deal)
    await market.pass_to(invoice.due_on + timedelta(days=1))
    with pytest.raises(model.WorkUnperformed, match=r"56,792\.46"):
        await operations.propose_write_off(market.conn, deal.finance, invoice.id, REASON)

    await world.credited(market.conn, deal, invoice, 60_200_00 - off_by)

    left = 25_800_00 + off_by
    assert (await written_off(market, Late(deal, invoice))).amount_minor == left
    lost = ("uncollectible", left, {"receivable": 0, "write_off": left})
    assert await standing(market, Late(deal, invoice)) == lost
    faults = (await audit.run(market.addresses.auditor)).faults
    assert [one for one in faults if one.table == "contract"] == []


async def test_accepted_work_covers_the_oldest_due_first(market: Market) -> None:
    """The second, due before the first, takes what was performed, and is not covered whole."""
    case = await late(market, accepted=1)
    second = await world.issued(market.conn, case.deal, 1)
    assert second.due_on < case.invoice.due_on

    for invoice, unperformed in ((second, r"16,226\.42"), (case.invoice, r"24,339\.62")):
        with pytest.raises(model.WorkUnperformed, match=unperformed):
            await operations.propose_write_off(market.conn, case.deal.finance, invoice.id, REASON)


async def test_an_invoice_that_waited_for_its_milestone_is_covered_before_others(
    market: Market,
) -> None:
    today = await clock.today(market.conn)
    instalments = [
        world.dated(60_200_00, today + timedelta(days=1)),
        world.on_acceptance(25_800_00),
    ]
    deal = await world.fw01(market.conn, instalments=instalments)
    await performance.accept(market.conn, deal)
    early, earned = [await world.issued(market.conn, deal, place) for place in range(2)]
    assert early.due_on < earned.due_on
    await market.pass_to(earned.due_on + timedelta(days=1))

    assert (await written_off(market, Late(deal, earned))).amount_minor == 25_800_00
    with pytest.raises(model.WorkUnperformed):
        await operations.propose_write_off(market.conn, deal.finance, early.id, REASON)


async def test_what_is_not_late_is_no_loss(market: Market) -> None:
    deal = await world.fw01(market.conn)
    await performance.complete(market.conn, deal)
    invoice = await world.issued(market.conn, deal)

    for day in (invoice.issued_on, invoice.due_on):
        await market.pass_to(day)
        with pytest.raises(model.NotOverdue, match=str(invoice.due_on)):
            await operations.propose_write_off(market.conn, deal.finance, invoice.id, REASON)


async def test_credit_of_the_buyer_is_used_first(market: Market) -> None:
    case = await late(market)
    bank = await money.bank(market.conn, case.deal)
    [outcome] = (await money.imported(market.conn, bank, [money.Line(300_00)])).outcomes
    rest = money.rest("customer_credit", 300_00, organisation_id=case.deal.enterprise.id)
    match = await money.matched(market.conn, case.deal.finance, outcome.line_id, rest=rest)
    if match.needs_second:
        await money.confirmed(market.conn, case.deal.leader, match)
    with pytest.raises(model.CreditUnused, match=r"300\.00"):
        await operations.propose_write_off(market.conn, case.deal.finance, case.invoice.id, REASON)

    await money.credit_used(market.conn, case.deal.finance, case.invoice.id, 300_00)

    assert (await written_off(market, case)).amount_minor == 25_500_00


async def test_a_leader_approves_the_figure_that_was_proposed(market: Market) -> None:
    case = await late(market)
    proposed = await operations.propose_write_off(
        market.conn, case.deal.finance, case.invoice.id, REASON
    )
    await paid(market, case.deal, case.invoice, 800_00)

    with pytest.raises(model.OpenChanged, match=r"25,000\.00"):
        await operations.approve_write_off(market.conn, case.deal.leader, proposed.id)
    await operations.reject_write_off(market.conn, case.deal.leader, proposed.id, "金额已变")

    assert (await written_off(market, case)).amount_minor == 25_000_00


async def test_two_people_decide_and_none_of_the_buyer(market: Market) -> None:
    case = await late(market)
    conn, deal = market.conn, case.deal
    for actor in (deal.leader, deal.buyer):
        with pytest.raises(invoicing.NotTheFinance):
            await operations.propose_write_off(conn, actor, case.invoice.id, REASON)
    both = await identity.person(conn, deal.unit, Role.FINANCE, Role.LEADER)
    proposed = await operations.propose_write_off(conn, both, case.invoice.id, REASON)
    assert await operations.propose_write_off(conn, both, case.invoice.id, REASON) == proposed
    with pytest.raises(model.WriteOffProposed):
        await operations.propose_write_off(conn, deal.finance, case.invoice.id, REASON)

    with pytest.raises(model.OwnWriteOff):
        await operations.approve_write_off(conn, both, proposed.id)
    with pytest.raises(model.OwnWriteOff):
        await operations.reject_write_off(conn, both, proposed.id, "不核销")
    with pytest.raises(model.NotTheWriteOffLeader):
        await operations.approve_write_off(conn, deal.finance, proposed.id)
    for hidden_from in (deal.buyer, identity.as_if_all_were_visible(deal.outsider)):
        with pytest.raises(NotFound):
            await operations.approve_write_off(conn, hidden_from, proposed.id)
    await identity.also(conn, deal.leader, deal.enterprise, Role.PAYER)
    with pytest.raises(BothSides):
        await operations.approve_write_off(conn, deal.leader, proposed.id)
    with pytest.raises(BothSides):
        await operations.reject_write_off(conn, deal.leader, proposed.id, "不核销")
    above = await identity.person(conn, await identity.root(conn), Role.LEADER)

    approved = await operations.approve_write_off(conn, above, proposed.id)

    assert approved.decided_by == above.person_id


async def test_a_rejected_write_off_leaves_the_debt(market: Market) -> None:
    case = await late(market)
    proposed = await operations.propose_write_off(
        market.conn, case.deal.finance, case.invoice.id, REASON
    )

    rejected = await operations.reject_write_off(
        market.conn, case.deal.leader, proposed.id, "请先发律师函"
    )

    assert (rejected.state, rejected.note) == (WriteOffState.REJECTED, "请先发律师函")
    debt = {"receivable": 25_800_00, "write_off": 0}
    assert await standing(market, case) == ("open", 25_800_00, debt)
    with pytest.raises(WrongMove):
        await operations.approve_write_off(market.conn, case.deal.leader, proposed.id)


async def test_what_is_paid_or_lost_is_not_lost_again(market: Market) -> None:
    case = await late(market)
    await written_off(market, case)
    with pytest.raises(WrongMove, match="uncollectible"):
        await operations.propose_write_off(market.conn, case.deal.finance, case.invoice.id, REASON)
    await paid(market, case.deal, case.invoice, 25_800_00)
    with pytest.raises(WrongMove, match="paid"):
        await operations.propose_write_off(market.conn, case.deal.finance, case.invoice.id, REASON)


async def test_nobody_is_reminded_of_a_loss(market: Market) -> None:
    case = await late(market)
    await written_off(market, case)
    await market.late(case.invoice.due_on, 40)

    await market.run("invoicing.reminders")

    async with db.look(market.conn, SYSTEM):
        reminded = await market.conn.fetchval(
            "SELECT count(*) FROM reminder WHERE invoice_id = $1", case.invoice.id
        )
    assert reminded == 0


async def test_the_buyer_reads_no_write_offs(market: Market) -> None:
    case = await late(market)
    loss = await written_off(market, case)
    async with db.look(market.conn, case.deal.leader):
        read = await queries.write_offs(
            market.conn, case.deal.leader, state=WriteOffState.APPROVED, invoice_id=case.invoice.id
        )
    assert read == [loss]
    for actor in (case.deal.buyer, identity.as_if_all_were_visible(case.deal.buyer)):
        async with db.look(market.conn, actor):
            assert await queries.write_offs(market.conn, actor) == []


async def test_approval_and_payment_at_once_leave_debt_and_loss_in_order(clone: Clone) -> None:
    async with dunning.opened(clone) as market:
        case = await late(market)
        proposed = await operations.propose_write_off(
            market.conn, case.deal.finance, case.invoice.id, REASON
        )
        bank = await money.bank(market.conn, case.deal)
        line = money.Line(25_800_00, case.deal.enterprise.name_zh)
        [outcome] = (await money.imported(market.conn, bank, [line])).outcomes
        given = money.allocation(case.invoice.id, 25_800_00)

        async def approve() -> object:
            return await db.retrying(
                market.worker,
                lambda conn: operations.approve_write_off(conn, case.deal.leader, proposed.id),
            )

        async def pay() -> object:
            return await db.retrying(
                market.worker,
                lambda conn: money.matched(conn, case.deal.finance, outcome.line_id, given),
            )

        ended = await asyncio.gather(approve(), pay(), return_exceptions=True)

        assert not isinstance(ended[1], BaseException)
        assert not isinstance(ended[0], BaseException) or isinstance(ended[0], MarketError)
        found = await invoices.find_invoice(market.conn, case.deal.finance, case.invoice.id)
        assert found.state == InvoiceState.PAID
        await market.run()
        report = await audit.run(market.addresses.auditor)
        assert [fault.found for fault in report.faults] == []
