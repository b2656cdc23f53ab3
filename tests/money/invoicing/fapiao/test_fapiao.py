"""The buyer asks for a fapiao; finance records and delivers it."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from market.base import clock, db
from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.identity.organisations.model import WrongUscc
from market.money.invoicing.fapiao import model, operations, queries
from market.money.invoicing.fapiao.model import Delivery, FapiaoState, FapiaoType
from tests.world import identity
from tests.world import invoicing as world


async def test_requested_issued_and_delivered(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    today = await clock.today(conn)

    asked = await world.fapiao_requested(conn, deal, invoice)
    assert (asked.state, asked.number) == (FapiaoState.REQUESTED, None)
    issued = await world.fapiao_issued(conn, deal, invoice)
    assert (issued.id, issued.state, issued.issued_on) == (asked.id, FapiaoState.ISSUED, today)
    assert issued.file_id is not None
    with pytest.raises(NotFound):
        await world.reads_file(conn, deal.buyer, issued.file_id)

    delivered = await operations.deliver_fapiao(
        conn, deal.finance, asked.id, Delivery(delivered_on=today)
    )

    assert delivered.state == FapiaoState.DELIVERED
    await world.reads_file(conn, deal.buyer, issued.file_id)


async def test_issuing_makes_all_of_the_vat_due(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)

    await world.fapiao_issued(conn, deal, invoice)

    [point] = await world.tax_points(conn, invoice)
    assert (point.reason, point.vat_minor) == ("fapiao", 1_460_38)
    assert (await world.balances(conn, deal))["vat_payable"] == 1_460_38


async def test_a_second_fapiao_for_the_same_money_is_refused(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    first = await world.fapiao_requested(conn, deal, invoice)
    assert await world.fapiao_requested(conn, deal, invoice) == first
    colleague = await identity.person(conn, deal.enterprise, Role.PAYER)

    with pytest.raises(model.FapiaoExists):
        await operations.request_fapiao(conn, colleague, invoice.id, world.ordinary(deal))
    await world.fapiao_issued(conn, deal, invoice)
    with pytest.raises(model.FapiaoExists):
        await world.fapiao_requested(conn, deal, invoice)


async def test_a_withdrawn_request_makes_room_for_another(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    wrong = await world.fapiao_requested(conn, deal, invoice)

    withdrawn = await operations.withdraw_fapiao_request(conn, deal.buyer, wrong.id)

    assert withdrawn.state == FapiaoState.WITHDRAWN
    assert await operations.withdraw_fapiao_request(conn, deal.finance, wrong.id) == withdrawn
    assert (await world.fapiao_requested(conn, deal, invoice)).id != wrong.id


async def test_an_issued_fapiao_is_not_withdrawn(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    issued = await world.fapiao_issued(conn, deal, invoice)

    with pytest.raises(WrongMove):
        await operations.withdraw_fapiao_request(conn, deal.buyer, issued.id)


async def test_an_exempt_invoice_gets_an_ordinary_fapiao_only(conn: Connection) -> None:
    deal = await world.zr01(conn)
    await world.recognised(conn, deal)
    invoice = await world.issued(conn, deal)

    with pytest.raises(model.ExemptIsOrdinary):
        await operations.request_fapiao(conn, deal.buyer, invoice.id, world.special(deal))
    fapiao = await operations.request_fapiao(conn, deal.buyer, invoice.id, world.ordinary(deal))

    assert fapiao.type == FapiaoType.ORDINARY


async def test_a_special_fapiao_names_a_sound_uscc(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    nameless = msgspec.structs.replace(world.special(deal), uscc=None)
    misspelt = msgspec.structs.replace(world.special(deal), uscc="915101000000000000")

    with pytest.raises(model.SpecialNeedsUscc):
        await operations.request_fapiao(conn, deal.buyer, invoice.id, nameless)
    with pytest.raises(WrongUscc):
        await operations.request_fapiao(conn, deal.buyer, invoice.id, misspelt)


async def test_each_side_does_its_own_part(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    with pytest.raises(model.NotTheBuyersOffice):
        await operations.request_fapiao(conn, deal.finance, invoice.id, world.ordinary(deal))
    fapiao = await world.fapiao_requested(conn, deal, invoice)

    with pytest.raises(model.NotTheFapiaoFinance):
        await operations.issue_fapiao(conn, deal.buyer, fapiao.id, await world.document(conn, deal))
    with pytest.raises(NotFound):
        await operations.request_fapiao(conn, deal.outsider, invoice.id, world.ordinary(deal))
    with pytest.raises(NotFound):
        await operations.withdraw_fapiao_request(conn, deal.outsider, fapiao.id)


async def test_dates_and_numbers_are_checked(conn: Connection) -> None:
    deal = await world.fw01(conn)
    first, second = [await world.issued(conn, deal, place) for place in range(2)]
    issued = await world.fapiao_issued(conn, deal, first)
    fapiao = await world.fapiao_requested(conn, deal, second)
    document = await world.document(conn, deal)
    tomorrow = document.issued_on + timedelta(days=1)
    assert issued.number is not None

    with pytest.raises(model.FapiaoDateWrong):
        await operations.issue_fapiao(
            conn, deal.finance, fapiao.id, msgspec.structs.replace(document, issued_on=tomorrow)
        )
    with pytest.raises(model.FapiaoNumberTaken, match=issued.number):
        await operations.issue_fapiao(
            conn, deal.finance, fapiao.id, msgspec.structs.replace(document, number=issued.number)
        )
    with pytest.raises(WrongMove):
        await operations.deliver_fapiao(
            conn, deal.finance, fapiao.id, Delivery(delivered_on=document.issued_on)
        )


async def test_a_document_of_others_cannot_be_used(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice = await world.issued(conn, deal)
    fapiao = await world.fapiao_requested(conn, deal, invoice)
    foreign = await world.document(conn, deal, stored_by=deal.outsider)

    with pytest.raises(NotFound):
        await operations.issue_fapiao(conn, deal.finance, fapiao.id, foreign)


async def test_row_security_alone_hides_fapiao(conn: Connection) -> None:
    deal = await world.fw01(conn)
    await world.fapiao_requested(conn, deal, await world.issued(conn, deal))

    async with db.look(conn, deal.buyer):
        assert len(await queries.fapiao_listed(conn, deal.buyer)) == 1
    everything = identity.as_if_all_were_visible(deal.outsider)
    async with db.look(conn, everything):
        assert await queries.fapiao_listed(conn, everything) == []
