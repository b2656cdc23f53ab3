"""What is explained as a payout of Stripe's is that payout, or two people have said so."""

from __future__ import annotations

from uuid import UUID

import pytest

from market.base.db import Connection
from market.base.errors import NotFound
from market.money.payments.stripe_lines.model import Payout, PayoutState
from market.money.reconciliation.matching import operations as matching
from market.money.reconciliation.matching.arriving import (
    NotInTransit,
    NotOfPayout,
    PayoutTaken,
    PayoutWentBack,
)
from market.money.reconciliation.matching.model import Match, MatchState, RestIncomplete
from tests.world import invoicing, money
from tests.world.invoicing import Deal
from tests.world.money import Bank, Line
from tests.world.stripe import booked, known, line, of_payout, payouts_of, seen, two_took


async def sent(conn: Connection, deal: Deal, amount_minor: int = 50_000_00) -> Payout:
    """A payout that is on its way; below zero, from the bank."""
    count = len(await payouts_of(conn, deal))
    source = f"po_{count}_{deal.unit.id}"
    await booked(conn, deal, line("payout", -amount_minor, source_id=source))
    return (await payouts_of(conn, deal))[0]


async def failed(conn: Connection, deal: Deal, payout: Payout) -> None:
    back = line("payout_reversal", payout.amount_minor, source_id=payout.payout_id)
    await booked(conn, deal, back)


async def strangers_line(conn: Connection, bank: Bank, amount_minor: int) -> UUID:
    return await came_from(conn, bank, "李某", amount_minor)


async def came_from(conn: Connection, bank: Bank, name: str, amount_minor: int) -> UUID:
    [outcome] = (await money.imported(conn, bank, [Line(amount_minor, name, "还款")])).outcomes
    return outcome.line_id


async def transit(conn: Connection, deal: Deal) -> int:
    return await money.balance(conn, deal.unit.id, "stripe_in_transit")


async def named(conn: Connection, deal: Deal, line_id: UUID, payout: Payout) -> Match:
    return await money.matched(conn, deal.finance, line_id, rest=of_payout(payout))


@pytest.fixture
async def deal(conn: Connection) -> Deal:
    return await invoicing.fw01(conn)


async def test_a_line_that_names_no_payout_waits_for_a_second_person(
    conn: Connection, deal: Deal
) -> None:
    await sent(conn, deal)
    bank = await money.bank(conn, deal)
    line_id = await strangers_line(conn, bank, 30_000_00)
    rest = money.rest("stripe_in_transit", 30_000_00)
    match = await money.matched(conn, deal.finance, line_id, rest=rest)
    assert (match.state, match.needs_second) == (MatchState.WAITING, True)
    assert [one["code"] for one in match.reasons] == ["by_hand", "payout_unnamed"]
    assert await transit(conn, deal) == 50_000_00
    await money.confirmed(conn, deal.leader, match)
    assert await transit(conn, deal) == 20_000_00


@pytest.mark.parametrize("name", ["李某", "STRIPE PAYMENTS", "Stripe装饰工程有限公司"])
async def test_wherever_payouts_come_from_two_people_say_so_once(
    conn: Connection, deal: Deal, name: str
) -> None:
    first, second = await sent(conn, deal), await sent(conn, deal)
    bank = await money.bank(conn, deal)
    line_id = await came_from(conn, bank, name, first.amount_minor)
    match = await named(conn, deal, line_id, first)
    assert (match.state, match.needs_second) == (MatchState.WAITING, True)
    assert [one["code"] for one in match.reasons] == ["by_hand", "payout_stranger"]
    await money.confirmed(conn, deal.leader, match)
    own = await money.second_account(conn, bank)
    again = await came_from(conn, own, name.lower(), second.amount_minor)
    assert (await named(conn, deal, again, second)).state == MatchState.MATCHED


async def test_one_persons_word_makes_no_name_known(conn: Connection, deal: Deal) -> None:
    """Nor does that of two which was taken back."""
    first, second, third = [await sent(conn, deal) for _ in "abc"]
    bank = await money.bank(conn, deal)
    match = await named(conn, deal, await seen(conn, bank, first.amount_minor), first)
    other = await money.second_account(conn, bank)
    waiting = await named(conn, deal, await seen(conn, other, second.amount_minor), second)
    assert waiting.state == MatchState.WAITING
    match = await money.confirmed(conn, deal.leader, match)
    await money.undone(conn, deal.leader, match)
    last = await money.second_account(conn, other)
    again = await named(conn, deal, await seen(conn, last, third.amount_minor), third)
    assert again.state == MatchState.WAITING


async def test_what_an_organisation_here_sends_is_confirmed_each_time(
    conn: Connection, deal: Deal
) -> None:
    bank, name = await money.bank(conn, deal), deal.enterprise.name_zh
    for spelling in (name, f" {name[0]} {name[1:]}"):
        payout, own = await sent(conn, deal), await money.second_account(conn, bank)
        line_id = await came_from(conn, own, spelling, payout.amount_minor)
        match = await named(conn, deal, line_id, payout)
        assert (match.state, match.reasons[-1]["code"]) == (MatchState.WAITING, "payout_stranger")
        await money.confirmed(conn, deal.leader, match)


async def test_what_came_long_before_a_payout_waits_for_a_second_person(
    conn: Connection, deal: Deal
) -> None:
    payout, bank = await sent(conn, deal), await money.bank(conn, deal)
    early = Line(payout.amount_minor, "Stripe支付", days_ago=3)
    [outcome] = (await money.imported(conn, bank, [early])).outcomes
    match = await named(conn, deal, outcome.line_id, payout)
    assert (match.state, match.reasons[-1]["code"]) == (MatchState.WAITING, "payout_off_day")


async def test_what_its_buyer_owes_is_suggested_before_a_payout_of_the_amount(
    conn: Connection, deal: Deal
) -> None:
    invoice = await invoicing.issued(conn, deal)
    payout = await sent(conn, deal, invoice.amount_minor)
    paid = Line(invoice.amount_minor, deal.enterprise.name_zh, "货款")
    [outcome] = (await money.imported(conn, await money.bank(conn, deal), [paid])).outcomes
    read = await money.line_of(conn, deal.finance, outcome.line_id)
    pays, is_payout = read.suggestions
    assert [one.invoice_id for one in pays.allocations] == [invoice.id]
    assert (is_payout.payout_id, is_payout.reasons[-1].code) == (payout.id, "payout_stranger")


async def test_a_payout_tells_by_which_lines_it_came_and_went_back(
    conn: Connection, deal: Deal
) -> None:
    payout, bank = await sent(conn, deal), await money.bank(conn, deal)
    arrival = await two_took(conn, deal, await seen(conn, bank, payout.amount_minor), payout)
    other = await money.second_account(conn, bank)
    again = await seen(conn, other, payout.amount_minor)
    with pytest.raises(PayoutTaken, match=f"{arrival.bank_line_id}.*{arrival.id}"):
        await named(conn, deal, again, payout)
    await failed(conn, deal, payout)
    third = await money.second_account(conn, other)
    back = await named(conn, deal, await seen(conn, third, -payout.amount_minor), payout)
    [told] = await payouts_of(conn, deal)
    assert (told.arrival_match_id, told.arrival_line_id) == (arrival.id, arrival.bank_line_id)
    assert (told.return_match_id, told.return_line_id) == (back.id, back.bank_line_id)
    with pytest.raises(PayoutWentBack, match=f"{back.bank_line_id}.*{back.id}"):
        await money.undone(conn, deal.leader, arrival)


async def test_confirming_asks_again_what_is_in_transit(conn: Connection, deal: Deal) -> None:
    payout = await sent(conn, deal)
    bank = await money.bank(conn, deal)
    line_id = await strangers_line(conn, bank, 30_000_00)
    rest = money.rest("stripe_in_transit", 30_000_00)
    waiting = await money.matched(conn, deal.finance, line_id, rest=rest)
    own = await money.second_account(conn, bank)
    await two_took(conn, deal, await seen(conn, own, payout.amount_minor), payout)
    with pytest.raises(NotInTransit):
        await money.confirmed(conn, deal.leader, waiting)


async def test_a_payout_is_seen_once(conn: Connection, deal: Deal) -> None:
    bank = await money.bank(conn, deal)
    await known(conn, deal, bank)
    payout, other = await sent(conn, deal), await sent(conn, deal)
    first = await seen(conn, bank, payout.amount_minor)
    match = await named(conn, deal, first, payout)
    assert (match.state, match.payout_id) == (MatchState.MATCHED, payout.id)
    second = await seen(conn, await money.second_account(conn, bank), payout.amount_minor)
    with pytest.raises(PayoutTaken):
        await named(conn, deal, second, payout)
    await named(conn, deal, second, other)
    await money.undone(conn, deal.finance, match)
    assert (await named(conn, deal, first, payout)).state == MatchState.MATCHED
    assert await transit(conn, deal) == 0


async def test_a_payout_of_another_amount_way_or_unit_is_not_the_line(
    conn: Connection, deal: Deal
) -> None:
    payout, invoice = await sent(conn, deal), await invoicing.issued(conn, deal)
    bank = await money.bank(conn, deal)
    less = await strangers_line(conn, bank, 30_000_00)
    for amount_minor, refusal in ((30_000_00, NotOfPayout), (29_000_00, RestIncomplete)):
        rest = money.rest("stripe_in_transit", amount_minor, payout_id=payout.id)
        paid = [money.allocation(invoice.id, 30_000_00 - amount_minor)] * (amount_minor < 30_000_00)
        with pytest.raises(refusal):
            await money.matched(conn, deal.finance, less, *paid, rest=rest)
    out = await seen(conn, await money.second_account(conn, bank), -payout.amount_minor)
    with pytest.raises(NotOfPayout):
        await named(conn, deal, out, payout)
    elsewhere = await sent(conn, await invoicing.fw01(conn), 30_000_00)
    with pytest.raises(NotFound) as unseen:
        await named(conn, deal, less, elsewhere)
    assert unseen.value.pointer == "/rest/payout_id"


async def test_a_failed_payout_is_no_line_unless_it_was_here_and_goes_back(
    conn: Connection, deal: Deal
) -> None:
    never_came, came = await sent(conn, deal), await sent(conn, deal)
    bank = await money.bank(conn, deal)
    here = await seen(conn, bank, came.amount_minor)
    arrival = await two_took(conn, deal, here, came)
    for payout in (never_came, came):
        await failed(conn, deal, payout)
    assert {one.state for one in await payouts_of(conn, deal)} == {PayoutState.FAILED}
    other = await money.second_account(conn, bank)
    with pytest.raises(NotOfPayout):
        await named(conn, deal, await seen(conn, other, never_came.amount_minor), never_came)
    back = await seen(conn, await money.second_account(conn, bank), -came.amount_minor)
    with pytest.raises(NotOfPayout):
        await named(conn, deal, back, never_came)
    went_back = await named(conn, deal, back, came)
    assert (went_back.state, await transit(conn, deal)) == (MatchState.MATCHED, 0)
    with pytest.raises(PayoutWentBack):
        await money.undone(conn, deal.leader, arrival)
    await money.undone(conn, deal.finance, went_back)
    await money.undone(conn, deal.leader, arrival)
    with pytest.raises(NotOfPayout):
        await named(conn, deal, back, came)
    assert await transit(conn, deal) == 0


async def test_a_payout_does_not_arrive_where_a_line_of_none_used_it_up(
    conn: Connection, deal: Deal
) -> None:
    payout, other = await sent(conn, deal), await sent(conn, deal, -20_000_00)
    bank = await money.bank(conn, deal)
    line_id = await strangers_line(conn, bank, 30_000_00)
    rest = money.rest("stripe_in_transit", 30_000_00)
    wrong = await money.matched(conn, deal.finance, line_id, rest=rest)
    wrong = await money.confirmed(conn, deal.leader, wrong)
    here = await seen(conn, await money.second_account(conn, bank), payout.amount_minor)
    with pytest.raises(NotInTransit) as refusal:
        await named(conn, deal, here, payout)
    assert refusal.value.details["balance"] == "20,000.00"
    await money.undone(conn, deal.leader, wrong)
    await two_took(conn, deal, here, payout)
    taken = await seen(conn, await money.second_account(conn, bank), other.amount_minor)
    await named(conn, deal, taken, other)
    assert await transit(conn, deal) == 0


async def test_a_payout_that_failed_while_its_line_waited_is_not_confirmed(
    conn: Connection, deal: Deal
) -> None:
    invoice = await invoicing.issued(conn, deal)
    payout = await sent(conn, deal, invoice.amount_minor)
    paid = Line(invoice.amount_minor, deal.enterprise.name_zh, invoice.payment_code)
    [outcome] = (await money.imported(conn, await money.bank(conn, deal), [paid])).outcomes
    assert outcome.match_id is not None
    await matching.undo_match(conn, deal.finance, outcome.match_id, "是提现")
    waiting = await named(conn, deal, outcome.line_id, payout)
    assert waiting.state == MatchState.WAITING
    await failed(conn, deal, payout)
    with pytest.raises(NotOfPayout):
        await money.confirmed(conn, deal.leader, waiting)


@pytest.mark.parametrize(
    ("amount_minor", "code"), [(50_000_00, "payout_expected"), (-20_000_00, "payout_taken")]
)
async def test_a_suggestion_says_which_payout(
    conn: Connection, deal: Deal, amount_minor: int, code: str
) -> None:
    payouts = [await sent(conn, deal, amount_minor) for _ in "ab"]
    bank = await money.bank(conn, deal)
    line_id = await seen(conn, bank, amount_minor)
    read = await money.line_of(conn, deal.finance, line_id)
    told = [(one.payout_id, one.reasons[0].code) for one in read.suggestions]
    assert told == [(payout.id, code) for payout in payouts]
    await named(conn, deal, line_id, payouts[0])
    again = await seen(conn, await money.second_account(conn, bank), amount_minor)
    read = await money.line_of(conn, deal.finance, again)
    assert [one.payout_id for one in read.suggestions] == [payouts[1].id]


async def test_a_payout_that_failed_once_it_was_here_is_suggested_for_what_goes_back(
    conn: Connection, deal: Deal
) -> None:
    payout = await sent(conn, deal)
    bank = await money.bank(conn, deal)
    await two_took(conn, deal, await seen(conn, bank, payout.amount_minor), payout)
    await failed(conn, deal, payout)
    other = await money.second_account(conn, bank)
    read = await money.line_of(conn, deal.finance, await seen(conn, other, -payout.amount_minor))
    best = read.suggestions[0]
    assert (best.payout_id, best.reasons[0].code) == (payout.id, "payout_back")
