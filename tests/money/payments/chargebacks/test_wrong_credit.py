"""Credit of a wrong match goes with it only as far as a loss took it: what was used stays used."""

from __future__ import annotations

import pytest

from market.auditor import audit
from market.base.db import Connection
from market.money.payments.chargebacks import operations as chargebacks
from market.money.reconciliation.matching.model import CreditInUse, Match
from tests.conftest import Clone
from tests.money.payments.chargebacks.test_recovering import back, recovered, stands
from tests.money.payments.refunds.test_disputed import Card, paid_twice
from tests.world import dunning, invoicing, money
from tests.world.invoicing import Deal


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
