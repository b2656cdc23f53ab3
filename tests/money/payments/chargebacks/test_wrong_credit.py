"""Credit of a wrong match goes with it only as far as a loss took it: what was used stays used."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from market.auditor import audit
from market.base.db import Connection
from market.money.payments.chargebacks import losing
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.refunds import operations as refunds
from market.money.payments.stripe_balance.model import Disputed
from market.money.reconciliation.matching.model import CreditInUse, Match
from tests.conftest import Clone
from tests.money.payments.chargebacks.test_recovering import back, recovered, stands
from tests.money.payments.refunds.test_disputed import Card, desk_of, paid_twice
from tests.world import card_refunds, dunning, explaining, invoicing, money, refunding, stripe
from tests.world.invoicing import Deal
from tests.world.past_market import PAID, Desk, disputed


async def lost_and_used(conn: Connection, deal: Deal) -> Card:
    """All that a card brought was credit and pays an invoice as it is lost."""
    card = await paid_twice(conn, deal)
    other = await invoicing.issued(conn, deal, 1)
    await money.credit_used(conn, deal.finance, other.id, card.amount_minor)
    await card.lost(conn)
    return card


async def matched(conn: Connection, deal: Deal, amount_minor: int) -> Match:
    """A transfer is matched, rightly or not, as credit of the buyer."""
    paid = money.Line(amount_minor, deal.enterprise.name_zh)
    bank = await money.bank(conn, deal)
    [came] = (await money.imported(conn, bank, [paid])).outcomes
    rest = money.rest("customer_credit", amount_minor, organisation_id=deal.enterprise.id)
    return await money.matched(conn, deal.finance, came.line_id, rest=rest)


async def used(conn: Connection, deal: Deal, amount_minor: int) -> None:
    third = await invoicing.issued(conn, deal, 2)
    await money.credit_used(conn, deal.finance, third.id, amount_minor)


async def test_what_another_transfer_recovered_pays_for_no_credit_that_was_used(
    stocked: Clone,
) -> None:
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card = await lost_and_used(conn, deal)
        await matched(conn, deal, card.amount_minor)
        assert await recovered(conn, card)
        wrong = await matched(conn, deal, 3_000_00)
        await used(conn, deal, 3_000_00)

        with pytest.raises(CreditInUse):
            await money.undone(conn, deal.finance, wrong)

        assert await stands(conn, deal) == (0, 0)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_a_later_transfer_recovered_pays_for_none_either(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    wrong = await matched(conn, deal, 3_000_00)
    other = await invoicing.issued(conn, deal, 1)
    await money.credit_used(conn, deal.finance, other.id, card.amount_minor + 3_000_00)
    await card.lost(conn)
    await matched(conn, deal, 5_000_00)
    assert await recovered(conn, card)

    with pytest.raises(CreditInUse):
        await money.undone(conn, deal.finance, wrong)


@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
async def test_of_two_wrong_matches_each_takes_back_what_was_taken_of_it(
    stocked: Clone, places: tuple[int, int]
) -> None:
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card = await lost_and_used(conn, deal)
        wrong = []
        for minor in (3_000_00, 2_000_00):
            wrong.append(await matched(conn, deal, minor))
            assert await recovered(conn, card)

        for place in places:
            await money.undone(conn, deal.finance, wrong[place])

        [listed] = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)
        assert listed.owed_minor == card.amount_minor
        assert await stands(conn, deal) == (0, 5_000_00 - card.amount_minor)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_went_back_with_one_match_goes_back_with_no_other(conn: Connection) -> None:
    """Two made credit, of which one half pays an invoice, and the other was taken."""
    deal = await invoicing.fw01(conn)
    card, desk = await paid_twice(conn, deal), await desk_of(conn, deal)
    first, second = [await matched(conn, deal, minor) for minor in (3_000_00, 3_000_00)]
    other = await invoicing.issued(conn, deal, 1)
    await money.credit_used(conn, deal.finance, other.id, card.amount_minor + 3_000_00)
    refund = await refunding.proposed(conn, desk, 3_000_00)
    await card.lost(conn)
    await refunds.withdraw_refund(conn, deal.finance, refund.id)
    assert await recovered(conn, card)

    await money.undone(conn, deal.finance, first)
    with pytest.raises(CreditInUse):
        await money.undone(conn, deal.finance, second)


async def test_what_was_used_and_came_back_was_in_no_use(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    wrong = await matched(conn, deal, 3_000_00)
    other = await invoicing.issued(conn, deal, 1)
    use = await money.credit_used(conn, deal.finance, other.id, 3_000_00)
    await money.credit_used(conn, deal.finance, other.id, card.amount_minor)
    await card.lost(conn)
    await money.credit_use_undone(conn, deal.finance, use)
    assert await recovered(conn, card)
    assert await stands(conn, deal) == (0, 3_000_00 - card.amount_minor)

    await money.undone(conn, deal.finance, wrong)

    assert await stands(conn, deal) == (0, 3_000_00 - card.amount_minor)


@pytest.mark.parametrize("back_minor", [3_000_00, 2_000_00])
async def test_what_was_refunded_past_the_market_and_came_back_was_in_no_use(
    stocked: Clone, back_minor: int
) -> None:
    """As far as it came back: nobody can undo what went."""
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card = await paid_twice(conn, deal)
        wrong = await matched(conn, deal, 3_000_00)
        other = await invoicing.issued(conn, deal, 1)
        await money.credit_used(conn, deal.finance, other.id, card.amount_minor)
        place = explaining.as_("customer_credit", online_payment_id=card.payment.id)
        for amount in (-3_000_00, back_minor):
            line = await explaining.unknown(conn, deal, explaining.past_us(card.payment, amount))
            await explaining.explained(conn, deal, line, place)
        await card.lost(conn, card.amount_minor)

        if back_minor < 3_000_00:
            with pytest.raises(CreditInUse):
                await money.undone(conn, deal.finance, wrong)
        else:
            await money.undone(conn, deal.finance, wrong)
            [listed] = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)
            assert listed.owed_minor == card.amount_minor
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_came_back_before_it_was_told_to_have_gone_was_in_no_use_of_the_credit(
    stocked: Clone,
) -> None:
    """What came back is explained first, and what went later: it had taken no credit till then."""
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card = await paid_twice(conn, deal)
        wrong = await matched(conn, deal, 3_000_00)
        other = await invoicing.issued(conn, deal, 1)
        await money.credit_used(conn, deal.finance, other.id, card.amount_minor + 3_000_00)
        place = explaining.as_("customer_credit", online_payment_id=card.payment.id)
        out, came_back = [
            await explaining.unknown(conn, deal, explaining.past_us(card.payment, amount))
            for amount in (-3_000_00, 3_000_00)
        ]
        await matched(conn, deal, card.amount_minor)
        await explaining.explained(conn, deal, came_back, place)
        await explaining.explained(conn, deal, out, place)
        await card.lost(conn, card.amount_minor)

        with pytest.raises(CreditInUse):
            await money.undone(conn, deal.finance, wrong)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_a_loss_took_itself_goes_back_with_the_wrong_match(stocked: Clone) -> None:
    """Whichever comes first, the match or the loss: so much is owed again, and recovered later."""
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card = await paid_twice(conn, deal)
        other = await invoicing.issued(conn, deal, 1)
        await money.credit_used(conn, deal.finance, other.id, card.amount_minor - 1_000_00)
        first, second = [await matched(conn, deal, minor) for minor in (3_000_00, 2_000_00)]
        await card.lost(conn)
        assert await stands(conn, deal) == (0, 6_000_00 - card.amount_minor)

        for wrong in (second, first):
            await money.undone(conn, deal.finance, wrong)

        [listed] = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)
        assert listed.owed_minor == card.amount_minor - 1_000_00
        assert await stands(conn, deal) == (0, 6_000_00 - card.amount_minor)
        assert (await audit.run(market.addresses.auditor)).faults == []
        await matched(conn, deal, card.amount_minor)
        assert await recovered(conn, card)
        assert await stands(conn, deal) == (1_000_00, 5_000_00)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_what_a_loss_took_itself_pays_for_no_credit_that_was_used(conn: Connection) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    await card.lost(conn)
    wrong = await matched(conn, deal, 3_000_00)
    await used(conn, deal, 3_000_00)

    with pytest.raises(CreditInUse):
        await money.undone(conn, deal.finance, wrong)


async def test_of_what_a_loss_took_and_a_bank_gave_back_nothing_is_owed_again(
    conn: Connection,
) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    wrong = await matched(conn, deal, 3_000_00)
    other = await invoicing.issued(conn, deal, 1)
    await money.credit_used(conn, deal.finance, other.id, card.amount_minor)
    await card.lost(conn)
    await back(conn, card)
    assert await stands(conn, deal) == (3_000_00, 0)
    await used(conn, deal, 3_000_00)

    with pytest.raises(CreditInUse):
        await money.undone(conn, deal.finance, wrong)


async def test_of_a_chargeback_that_came_back_whole_nothing_is_owed_again(stocked: Clone) -> None:
    async with dunning.opened(stocked) as market:
        conn = market.conn
        deal = await invoicing.fw01(conn)
        card = await lost_and_used(conn, deal)
        wrong = await matched(conn, deal, 5_000_00)
        assert await recovered(conn, card)
        await back(conn, card)
        assert await stands(conn, deal) == (5_000_00, 0)
        await used(conn, deal, 5_000_00)

        with pytest.raises(CreditInUse):
            await money.undone(conn, deal.finance, wrong)

        [listed] = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)
        assert (listed.returned_minor, listed.owed_minor) == (card.amount_minor, 0)
        assert await stands(conn, deal) == (0, 0)
        assert (await audit.run(market.addresses.auditor)).faults == []


async def test_credit_that_a_chargeback_gave_back_goes_with_the_match_that_it_was_taken_from(
    conn: Connection,
) -> None:
    deal = await invoicing.fw01(conn)
    card = await lost_and_used(conn, deal)
    wrong = await matched(conn, deal, 5_000_00)
    assert await recovered(conn, card)
    await back(conn, card)
    await money.undone(conn, deal.finance, wrong)
    assert await stands(conn, deal) == (0, 5_000_00)


@pytest.mark.parametrize("is_explained", [False, True])
async def test_what_was_refunded_and_did_not_arrive_was_in_no_use(
    conn: Connection, is_explained: bool
) -> None:
    deal = await invoicing.fw01(conn)
    card = await paid_twice(conn, deal)
    wrong = await matched(conn, deal, 3_000_00)
    other = await invoicing.issued(conn, deal, 1)
    await money.credit_used(conn, deal.finance, other.id, card.amount_minor)
    refund = await explaining.sent(conn, deal, card.payment, 3_000_00)
    await stripe.booked(conn, deal, card_refunds.line(card.payment, refund, "succeeded"))
    await card.lost(conn, card.amount_minor - 3_000_00)
    back = card_refunds.line(card.payment, refund, "failed", sign=1)
    if is_explained:
        line = await explaining.aside(conn, deal, back)
        await explaining.by_rule(conn, deal, line, back)
    else:
        await stripe.booked(conn, deal, back)
    assert await recovered(conn, card)

    await money.undone(conn, deal.finance, wrong)

    assert await stands(conn, deal) == (0, 3_000_00 - (card.amount_minor - 3_000_00))


async def past_market_lost(desk: Desk, told: Disputed, **of: Any) -> Match:
    """A charge of no payment of ours was credit and is used; a loss takes what a match brought."""
    conn, deal = desk.conn, desk.deal
    await desk.charged(**of)
    await used(conn, deal, PAID)
    wrong = await matched(conn, deal, PAID)
    opened = msgspec.structs.replace(told, status="needs_response")
    await stripe.booked(conn, deal, stripe.line("dispute", -PAID, dispute=opened))
    assert await losing.lose(conn, deal.unit.id, told)
    assert await stands(conn, deal) == (0, 0)
    return wrong


async def test_of_a_charge_past_the_market_that_came_back_nothing_is_owed_again(
    conn: Connection,
) -> None:
    """As far as it came back; what of that stands in suspense Stripe keeps no more, either."""
    desk = Desk(conn, await invoicing.fw01(conn))
    wrong = await past_market_lost(desk, disputed(PAID, "lost"))
    line = await desk.back(PAID - 100_00)
    with pytest.raises(CreditInUse):
        await money.undone(conn, desk.deal.finance, wrong)
    await desk.credited(line)
    await used(conn, desk.deal, PAID - 100_00)
    with pytest.raises(CreditInUse):
        await money.undone(conn, desk.deal.finance, wrong)
    [listed] = await chargebacks.list_chargebacks(conn, desk.deal.finance, desk.deal.unit.id)
    assert (listed.state, listed.owed_minor) == ("reinstated", 0)
    assert await stands(conn, desk.deal) == (0, 0)


async def test_of_a_charge_past_the_market_so_much_is_owed_as_left_the_balance(
    conn: Connection,
) -> None:
    """However little that was in the payer's currency."""
    desk = Desk(conn, await invoicing.fw01(conn))
    told = msgspec.structs.replace(disputed(100_00, "lost"), currency="USD")
    wrong = await past_market_lost(desk, told, paid_currency="USD", paid_minor=100_00)
    await money.undone(conn, desk.deal.finance, wrong)
    [listed] = await chargebacks.list_chargebacks(conn, desk.deal.finance, desk.deal.unit.id)
    assert (listed.owed_minor, await stands(conn, desk.deal)) == (PAID, (0, 0))
