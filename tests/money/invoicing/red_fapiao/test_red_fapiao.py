"""What is credited of an invoice whose fapiao is out wants a red fapiao, recorded by its number."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from market.base import clock, db
from market.base.db import Connection
from market.base.errors import NotFound
from market.money.invoicing.credit_notes.model import FullNote
from market.money.invoicing.fapiao import model as fapiao_model
from market.money.invoicing.fapiao import operations as fapiao_acts
from market.money.invoicing.fapiao import queries as fapiao_rows
from market.money.invoicing.fapiao.model import Delivery, Fapiao, FapiaoState
from market.money.invoicing.red_fapiao import operations, queries
from market.money.invoicing.red_fapiao.model import RedFapiao, RedState
from tests.world import identity
from tests.world import invoicing as world
from tests.world.invoicing import Deal


async def now(conn: Connection, deal: Deal, fapiao: Fapiao) -> FapiaoState:
    async with db.look(conn, deal.finance):
        return FapiaoState((await fapiao_rows.find_fapiao(conn, deal.finance, fapiao.id)).state)


async def asked(conn: Connection, deal: Deal, note: FullNote) -> RedFapiao:
    async with db.look(conn, deal.finance):
        found = await queries.red_listed(conn, deal.finance, state=RedState.REQUESTED)
    [red] = [one for one in found if one.credit_note_id == note.id]
    return red


@pytest.mark.parametrize("is_delivered", [False, True])
async def test_a_part_leaves_the_fapiao_as_it_stood_and_the_whole_reverses_it(
    conn: Connection, is_delivered: bool
) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    fapiao = await world.fapiao_issued(conn, deal, invoice)
    if is_delivered:
        today = Delivery(delivered_on=await clock.today(conn))
        await fapiao_acts.deliver_fapiao(conn, deal.finance, fapiao.id, today)

    part = await world.credited(conn, deal, invoice, 8_600_00)
    assert await now(conn, deal, fapiao) == FapiaoState.RED_REQUESTED
    red = await world.red_recorded(conn, deal, part)
    stood = FapiaoState.DELIVERED if is_delivered else FapiaoState.ISSUED
    assert (red.amount_minor, red.vat_minor) == (8_600_00, 486_79)
    assert await now(conn, deal, fapiao) == stood
    rest = await world.credited(conn, deal, invoice)
    await world.red_recorded(conn, deal, rest)

    assert await now(conn, deal, fapiao) == FapiaoState.REVERSED


async def test_it_waits_until_the_last_of_them_is_recorded(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    fapiao = await world.fapiao_issued(conn, deal, invoice)
    first = await world.credited(conn, deal, invoice, 100)
    second = await world.credited(conn, deal, invoice)

    await world.red_recorded(conn, deal, second)
    assert await now(conn, deal, fapiao) == FapiaoState.RED_REQUESTED
    await world.red_recorded(conn, deal, first)

    assert await now(conn, deal, fapiao) == FapiaoState.REVERSED


async def test_a_fapiao_that_is_only_asked_for_is_issued_over_what_is_left(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    requested = await world.fapiao_requested(conn, deal, invoice)
    await world.credited(conn, deal, invoice, 8_600_00)

    await world.fapiao_recorded(conn, deal, requested)

    assert await now(conn, deal, requested) == FapiaoState.ISSUED
    balances = await world.balances(conn, deal)
    assert (balances["vat_payable"], balances.get("vat_deferred", 0)) == (973_59, 0)


async def test_what_is_credited_whole_gets_no_fapiao(conn: Connection) -> None:
    deal = await world.fw01(conn)
    first, second = [await world.issued(conn, deal, place) for place in range(2)]
    requested = await world.fapiao_requested(conn, deal, first)
    for invoice in (first, second):
        await world.credited(conn, deal, invoice)

    with pytest.raises(fapiao_model.NoFapiaoForCredited):
        await world.fapiao_recorded(conn, deal, requested)
    with pytest.raises(fapiao_model.NoFapiaoForCredited):
        await world.fapiao_requested(conn, deal, second)


async def test_finance_records_it_once_with_a_number_of_its_own_and_a_day_after_the_note(
    conn: Connection,
) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    await world.fapiao_issued(conn, deal, invoice)
    first = await world.credited(conn, deal, invoice, 100)
    second = await world.credited(conn, deal, invoice, 100)
    red = await asked(conn, deal, first)
    given = await world.document(conn, deal)
    early = msgspec.structs.replace(given, issued_on=given.issued_on - timedelta(days=1))
    with pytest.raises(fapiao_model.FapiaoDateWrong):
        await operations.issue_red_fapiao(conn, deal.finance, red.id, early)
    for actor in (deal.leader, deal.buyer):
        with pytest.raises(fapiao_model.NotTheFapiaoFinance):
            await operations.issue_red_fapiao(conn, actor, red.id, given)
    with pytest.raises(NotFound):
        await operations.issue_red_fapiao(
            conn, identity.as_if_all_were_visible(deal.outsider), red.id, given
        )

    recorded = await operations.issue_red_fapiao(conn, deal.finance, red.id, given)

    assert await operations.issue_red_fapiao(conn, deal.finance, red.id, given) == recorded
    assert (await world.reads_file(conn, deal.buyer, given.file_id)).id == given.file_id
    other = await asked(conn, deal, second)
    again = msgspec.structs.replace(await world.document(conn, deal), number=given.number)
    with pytest.raises(fapiao_model.FapiaoNumberTaken):
        await operations.issue_red_fapiao(conn, deal.finance, other.id, again)
