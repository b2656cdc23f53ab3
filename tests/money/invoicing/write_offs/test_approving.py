"""Who approves a loss is told what finance would be told now, and no loss ends before its day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from market.base import clock, db
from market.money.invoicing.write_offs import model, operations, queries
from tests.conftest import Clone
from tests.money.invoicing.write_offs.test_write_offs import REASON, late, standing, written_off
from tests.world import dunning, money
from tests.world.dunning import Market


@pytest.fixture(scope="module")
async def market(clone: Clone) -> AsyncIterator[Market]:
    async with dunning.opened(clone) as market:
        yield market


async def test_what_stands_against_a_loss_since_it_was_proposed_is_told_to_the_leader(
    market: Market,
) -> None:
    case = await late(market)
    finance, leader = case.deal.finance, case.deal.leader
    proposed = await operations.propose_write_off(market.conn, finance, case.invoice.id, REASON)
    bank = await money.bank(market.conn, case.deal)
    [outcome] = (await money.imported(market.conn, bank, [money.Line(300_00)])).outcomes
    rest = money.rest("customer_credit", 300_00, organisation_id=case.deal.enterprise.id)
    match = await money.matched(market.conn, finance, outcome.line_id, rest=rest)
    if match.needs_second:
        await money.confirmed(market.conn, leader, match)

    with pytest.raises(model.CreditUnused, match=r"300\.00"):
        await operations.approve_write_off(market.conn, leader, proposed.id)

    debt = {"receivable": 25_800_00, "write_off": 0}
    assert await standing(market, case) == ("open", 25_800_00, debt)


async def test_money_of_before_the_loss_takes_it_back_on_the_day_of_the_loss(
    market: Market,
) -> None:
    case = await late(market)
    conn, finance = market.conn, case.deal.finance
    bank = await money.bank(conn, case.deal)
    came = money.Line(25_800_00, case.deal.enterprise.name_zh)
    [outcome] = (await money.imported(conn, bank, [came])).outcomes
    today = await clock.today(conn)
    await market.pass_to(today + timedelta(days=2))
    loss = await written_off(market, case)

    given = money.allocation(case.invoice.id, 25_800_00)
    await money.matched(conn, finance, outcome.line_id, given)

    async with db.look(conn, finance):
        recovered = await queries.find_write_off(conn, finance, loss.id)
    assert (loss.written_off_on, recovered.recovered_on) == (
        today + timedelta(days=2),
        today + timedelta(days=2),
    )
