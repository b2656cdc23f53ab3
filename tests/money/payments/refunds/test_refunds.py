"""Credit goes back by bank: reserved, approved by another, sent by list, paid by a bank line."""

from __future__ import annotations

import csv
import io

import msgspec
import pytest

from market.base import db, tables
from market.base.access import BothSides, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.money.payments import model as payments
from market.money.payments.refunds import lists, model, operations, queries
from market.money.payments.refunds.model import Refund, RefundState
from market.money.reconciliation.matching import model as matching
from tests.world import identity, invoicing, money
from tests.world import refunding as world
from tests.world.refunding import Desk


async def now(conn: Connection, desk: Desk, refund: Refund) -> RefundState:
    found = await operations.find_refund(conn, desk.deal.finance, refund.id)
    return RefundState(found.state)


async def test_a_refund_is_reserved_sent_and_paid_by_the_banks_line(conn: Connection) -> None:
    desk = await world.opened(conn)

    refund = await world.proposed(conn, desk)
    assert await world.held(conn, desk) == (15_000_00, 5_000_00, 0)
    await operations.approve_refund(conn, desk.deal.leader, refund.id)
    made = await world.sent(conn, desk)
    assert (made.refunds, made.total_minor) == (1, 5_000_00)
    await world.paid(conn, desk, refund)

    assert await now(conn, desk, refund) == RefundState.PAID
    assert await world.held(conn, desk) == (15_000_00, 0, 0)


async def test_no_more_goes_back_than_there_is(conn: Connection) -> None:
    desk = await world.opened(conn)
    await world.proposed(conn, desk, 15_000_00)

    with pytest.raises(model.MoreThanCredit, match=r"holds 5,000\.00"):
        await world.proposed(conn, desk, 5_000_01)
    second = await invoicing.issued(conn, desk.deal, 1)
    with pytest.raises(payments.CreditTooSmall):
        await money.credit_used(conn, desk.deal.finance, second.id, 5_000_01)
    stranger = msgspec.structs.replace(world.wanted(desk), organisation_id=desk.bank.account.id)
    with pytest.raises(model.PayeeUnknown):
        await operations.propose_refund(conn, desk.deal.finance, desk.deal.unit.id, stranger)


async def test_the_proposer_never_approves_and_only_leaders_do(conn: Connection) -> None:
    desk = await world.opened(conn)
    both = await identity.person(conn, desk.deal.unit, Role.FINANCE, Role.LEADER)
    own = await operations.propose_refund(conn, both, desk.deal.unit.id, world.wanted(desk))
    for decide in (
        operations.approve_refund(conn, both, own.id),
        operations.reject_refund(conn, both, own.id, "不同意"),
    ):
        with pytest.raises(model.OwnRefund):
            await decide
    for actor in (desk.deal.finance, desk.cashier, desk.deal.buyer):
        with pytest.raises(model.RefundNeedsLeader):
            await operations.approve_refund(conn, actor, own.id)
    outsider = identity.as_if_all_were_visible(desk.deal.outsider)
    with pytest.raises(NotFound):
        await operations.approve_refund(conn, outsider, own.id)
    await identity.also(conn, desk.deal.leader, desk.deal.enterprise, Role.PAYER)
    with pytest.raises(BothSides):
        await operations.approve_refund(conn, desk.deal.leader, own.id)


async def test_who_has_approved_is_answered_the_same_after_he_has_joined_the_payer(
    conn: Connection,
) -> None:
    desk = await world.opened(conn)
    refund = await world.approved(conn, desk)
    await identity.also(conn, desk.deal.leader, desk.deal.enterprise, Role.PAYER)
    assert await operations.approve_refund(conn, desk.deal.leader, refund.id) == refund


async def test_who_has_joined_the_payer_fails_no_refund_of_its(conn: Connection) -> None:
    desk = await world.opened(conn)
    refund = await world.approved(conn, desk)
    await world.sent(conn, desk)
    turncoat = await world.colleague(conn, desk)
    await identity.also(conn, turncoat, desk.deal.enterprise, Role.MANAGER)

    with pytest.raises(BothSides):
        await operations.fail_refund(conn, turncoat, refund.id, "银行退回")

    assert await now(conn, desk, refund) == RefundState.SENT
    failed = await operations.fail_refund(
        conn, await world.colleague(conn, desk), refund.id, "银行退回"
    )
    assert failed.state == RefundState.FAILED


async def test_who_has_failed_is_answered_the_same_after_he_has_joined_the_payer(
    conn: Connection,
) -> None:
    desk = await world.opened(conn)
    refund = await world.approved(conn, desk)
    failed = await operations.fail_refund(conn, desk.deal.finance, refund.id, "未发出")
    await identity.also(conn, desk.deal.finance, desk.deal.enterprise, Role.PAYER)
    assert await operations.fail_refund(conn, desk.deal.finance, refund.id, "未发出") == failed


async def test_only_finance_proposes_and_fails_and_only_the_cashier_sends(
    conn: Connection,
) -> None:
    desk = await world.opened(conn)
    unit_id = desk.deal.unit.id
    for actor in (desk.deal.leader, desk.cashier):
        with pytest.raises(model.RefundNeedsFinance):
            await operations.propose_refund(conn, actor, unit_id, world.wanted(desk))
    refund = await world.approved(conn, desk)
    with pytest.raises(model.RefundNeedsFinance):
        await operations.fail_refund(conn, desk.cashier, refund.id, "未发出")
    for actor in (desk.deal.leader, desk.deal.finance):
        with pytest.raises(lists.ListNeedsCashier):
            await lists.make_list(conn, actor, unit_id, desk.bank.account.id)


@pytest.mark.parametrize("decided", ["rejected", "failed", "failed after it was sent"])
async def test_what_does_not_go_out_is_credit_again(conn: Connection, decided: str) -> None:
    desk = await world.opened(conn)
    if decided == "rejected":
        refund = await world.proposed(conn, desk)
        await operations.reject_refund(conn, desk.deal.leader, refund.id, "账号有误")
    else:
        refund = await world.approved(conn, desk)
        finance = desk.deal.finance
        if decided != "failed":
            await world.sent(conn, desk)
            with pytest.raises(model.SentRefundOfOnesOwn):
                await operations.fail_refund(conn, finance, refund.id, "收款账户已销户")
            finance = await world.colleague(conn, desk)
        await operations.fail_refund(conn, finance, refund.id, "收款账户已销户")

    assert await world.held(conn, desk) == (20_000_00, 0, 0)
    with pytest.raises(WrongMove):
        await operations.approve_refund(conn, desk.deal.leader, refund.id)


async def test_what_a_line_brings_back_is_credit_again_and_may_be_undone(conn: Connection) -> None:
    desk = await world.opened(conn)
    refund = await world.approved(conn, desk)
    await world.sent(conn, desk)
    paid = await world.paid(conn, desk, refund)
    back = await world.returned(conn, desk, refund)
    assert await now(conn, desk, refund) == RefundState.RETURNED
    assert await world.held(conn, desk) == (20_000_00, 0, 0)
    with pytest.raises(WrongMove):
        await money.undone(conn, desk.deal.finance, paid)

    await money.undone(conn, desk.deal.finance, back)
    assert await now(conn, desk, refund) == RefundState.PAID
    assert await world.held(conn, desk) == (15_000_00, 0, 5_000_00)
    await money.undone(conn, desk.deal.finance, paid)

    assert await now(conn, desk, refund) == RefundState.SENT
    assert await world.held(conn, desk) == (15_000_00, 5_000_00, 0)


async def test_a_return_whose_credit_was_spent_is_not_undone(conn: Connection) -> None:
    desk = await world.opened(conn, 5_000_00)
    refund = await world.approved(conn, desk)
    await world.sent(conn, desk)
    await world.paid(conn, desk, refund)
    back = await world.returned(conn, desk, refund)
    await world.proposed(conn, desk)

    with pytest.raises(matching.CreditInUse):
        await money.undone(conn, desk.deal.finance, back)


@pytest.mark.parametrize("wrong", ["amount", "not sent", "direction"])
async def test_a_line_that_is_not_the_refund_is_refused(conn: Connection, wrong: str) -> None:
    desk = await world.opened(conn)
    refund = await world.approved(conn, desk)
    if wrong != "not sent":
        await world.sent(conn, desk)
    amount_minor = {"amount": -4_999_99, "not sent": -5_000_00, "direction": 5_000_00}[wrong]

    with pytest.raises(matching.NotOfRefund, match=refund.number):
        await world.told(conn, desk, refund, amount_minor)


async def test_another_payees_name_waits_for_a_second_person(conn: Connection) -> None:
    desk = await world.opened(conn)
    refund = await world.approved(conn, desk)
    await world.sent(conn, desk)
    line = money.Line(-5_000_00, "另一家公司", refund.number)
    [outcome] = (await money.imported(conn, desk.bank, [line])).outcomes
    rest = world.of_refund(refund, 5_000_00)
    waiting = await money.matched(conn, desk.deal.finance, outcome.line_id, rest=rest)
    assert (waiting.state, await now(conn, desk, refund)) == ("waiting", RefundState.SENT)

    await money.confirmed(conn, desk.deal.leader, waiting)

    assert await now(conn, desk, refund) == RefundState.PAID


async def test_a_line_out_of_its_amount_is_suggested(conn: Connection) -> None:
    desk = await world.opened(conn)
    refund = await world.approved(conn, desk)
    await world.sent(conn, desk)
    line = money.Line(-5_000_00, desk.deal.enterprise.name_zh, f"退款 {refund.number}")
    [outcome] = (await money.imported(conn, desk.bank, [line])).outcomes

    assert outcome.state == "suggested"
    found = await money.line_of(conn, desk.deal.finance, outcome.line_id)
    assert found.suggestions[0].refund_id == refund.id


async def test_the_list_has_all_that_is_approved_once_and_leaves_out_what_failed(
    conn: Connection,
) -> None:
    desk = await world.opened(conn)
    first, second = [await world.approved(conn, desk, minor) for minor in (1_000_00, 2_000_00)]
    await world.proposed(conn, desk, 3_000_00)
    made = await world.sent(conn, desk)
    with pytest.raises(lists.NothingToSend):
        await world.sent(conn, desk)
    await operations.fail_refund(conn, await world.colleague(conn, desk), second.id, "暂缓付款")

    async with db.look(conn, desk.cashier):
        whole = await lists.find_list(conn, desk.cashier, made.id)
    assert [one.id for one in whole.items] == [first.id, second.id]
    sheet = tables.as_csv(lists.sheet_of(whole)).decode("utf-8-sig")
    [_, row] = list(csv.reader(io.StringIO(sheet)))
    assert row == [
        desk.bank.account.number,
        desk.deal.enterprise.name_zh,
        "锦川银行东城支行",
        "6222000000000001",
        "CNY",
        "1000.00",
        first.number,
    ]
    await world.paid(conn, desk, first)
    async with db.look(conn, desk.cashier):
        whole = await lists.find_list(conn, desk.cashier, made.id)
    assert (
        list(csv.reader(io.StringIO(tables.as_csv(lists.sheet_of(whole)).decode("utf-8-sig"))))[1:]
        == []
    )


async def test_a_list_is_not_sent_from_an_account_that_nobody_approved(conn: Connection) -> None:
    desk = await world.opened(conn)
    await world.approved(conn, desk)
    for account_id, refusal in (
        ((await money.unit_bank(conn)).account.id, NotFound),
        ((await money.proposed_account(conn, desk.deal)).id, lists.AccountNotApproved),
    ):
        with pytest.raises(refusal):
            await lists.make_list(conn, desk.cashier, desk.deal.unit.id, account_id)


async def test_an_organisation_reads_its_own_and_no_list(conn: Connection) -> None:
    desk = await world.opened(conn)
    refund = await world.approved(conn, desk)
    made = await world.sent(conn, desk)
    buyer = identity.as_if_all_were_visible(desk.deal.buyer)
    async with db.look(conn, buyer):
        assert [one.id for one in await queries.refunds(conn, buyer)] == [refund.id]
        with pytest.raises(NotFound):
            await lists.find_list(conn, buyer, made.id)
    outsider = identity.as_if_all_were_visible(desk.deal.outsider)
    async with db.look(conn, outsider):
        assert await queries.refunds(conn, outsider) == []


async def test_every_row_is_what_its_struct_says(conn: Connection) -> None:
    desk = await world.opened(conn)
    refund = await world.approved(conn, desk)
    made = await world.sent(conn, desk)
    for row in (refund, made, await world.paid(conn, desk, refund)):
        assert msgspec.convert(msgspec.to_builtins(row), type(row)) == row


async def test_one_line_at_a_time_is_said_to_be_a_refund(conn: Connection) -> None:
    """Also while it waits for a second person, and the refund is not paid yet."""
    desk = await world.opened(conn)
    refund = await world.approved(conn, desk)
    await world.sent(conn, desk)
    out = [
        money.Line(-refund.amount_minor, name) for name in ("不详", desk.deal.enterprise.name_zh)
    ]
    taken = await money.imported(conn, await money.bank(conn, desk.deal), out)
    of_others, of_the_payee = [one.line_id for one in taken.outcomes]
    it = world.of_refund(refund, refund.amount_minor)
    waiting = await money.matched(conn, desk.deal.finance, of_others, rest=it)
    assert (waiting.state, await now(conn, desk, refund)) == ("waiting", "sent")

    with pytest.raises(matching.RefundTaken):
        await money.matched(conn, desk.deal.finance, of_the_payee, rest=it)

    await money.undone(conn, desk.deal.finance, waiting)
    await money.matched(conn, desk.deal.finance, of_the_payee, rest=it)
    assert await now(conn, desk, refund) == "paid"
