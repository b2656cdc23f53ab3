"""Finance records the authority's recognition by hand."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from market.base import db
from market.base.db import Connection
from market.base.errors import NotFound, Stale, VersionRequired
from market.money.invoicing.model import ContractNotInForce
from market.money.invoicing.recognition import model, operations, queries
from tests.world import identity
from tests.world import invoicing as world


async def test_the_same_again_changes_nothing(conn: Connection) -> None:
    deal = await world.zr01(conn)
    given = await world.recognition_given(conn, deal)

    kept = await operations.record_recognition(conn, deal.finance, deal.contract.id, given)

    assert (kept.number, kept.recorded_by) == (given.number, deal.finance.person_id)
    assert await operations.record_recognition(conn, deal.finance, deal.contract.id, given) == kept


async def test_a_mistake_is_mended_with_the_version_that_was_read(conn: Connection) -> None:
    deal = await world.zr01(conn)
    given = await world.recognition_given(conn, deal)
    first = await operations.record_recognition(conn, deal.finance, deal.contract.id, given)
    mended = msgspec.structs.replace(given, number="5101-2026-9999")

    with pytest.raises(VersionRequired):
        await operations.record_recognition(conn, deal.finance, deal.contract.id, mended)
    with pytest.raises(Stale):
        await operations.record_recognition(
            conn, deal.finance, deal.contract.id, mended, expected_version=7
        )
    second = await operations.record_recognition(
        conn, deal.finance, deal.contract.id, mended, expected_version=first.version
    )

    assert (second.id, second.number, second.version) == (first.id, "5101-2026-9999", 2)


async def test_it_stands_once_an_exempt_invoice_stands_on_it(conn: Connection) -> None:
    deal = await world.zr01(conn)
    first = await world.recognised(conn, deal)
    await world.issued(conn, deal)
    other = await world.recognition_given(conn, deal)

    with pytest.raises(model.RecognitionInUse):
        await operations.record_recognition(
            conn, deal.finance, deal.contract.id, other, expected_version=first.version
        )


async def test_it_is_finance_that_records(conn: Connection) -> None:
    deal = await world.zr01(conn)
    given = await world.recognition_given(conn, deal)

    for actor in (deal.leader, deal.buyer):
        with pytest.raises(model.NotTheFinanceOfTheContract) as refusal:
            await operations.record_recognition(conn, actor, deal.contract.id, given)
        assert "服务单位或其账套单位的财务" in refusal.value.detail("zh-CN")
    with pytest.raises(NotFound):
        await operations.record_recognition(conn, deal.outsider, deal.contract.id, given)


async def test_a_recognition_is_of_a_signed_contract_and_not_of_tomorrow(
    conn: Connection,
) -> None:
    draft, deal = await world.unsigned(conn), await world.zr01(conn)
    given = await world.recognition_given(conn, draft)
    with pytest.raises(ContractNotInForce):
        await operations.record_recognition(conn, draft.finance, draft.contract.id, given)

    given = await world.recognition_given(conn, deal)
    late = msgspec.structs.replace(given, recognised_on=given.recognised_on + timedelta(days=1))
    with pytest.raises(model.RecognisedInFuture):
        await operations.record_recognition(conn, deal.finance, deal.contract.id, late)


async def test_a_recognition_is_of_a_contract_that_was_there(conn: Connection) -> None:
    deal = await world.zr01(conn)
    given = await world.recognition_given(conn, deal)
    early = msgspec.structs.replace(given, recognised_on=given.recognised_on - timedelta(days=1))
    with pytest.raises(model.RecognisedBeforeContract, match=str(given.recognised_on)):
        await operations.record_recognition(conn, deal.finance, deal.contract.id, early)


async def test_a_number_is_of_one_contract(conn: Connection) -> None:
    kept = await world.recognised(conn, await world.zr01(conn))
    deal = await world.zr01(conn)
    given = await world.recognition_given(conn, deal)
    twice = msgspec.structs.replace(given, number=kept.number)
    finance, contract_id = deal.finance, deal.contract.id
    with pytest.raises(model.RecognitionNumberTaken, match=kept.number):
        await operations.record_recognition(conn, finance, contract_id, twice)

    first = await operations.record_recognition(conn, finance, contract_id, given)
    with pytest.raises(model.RecognitionNumberTaken):
        await operations.record_recognition(
            conn, finance, contract_id, twice, expected_version=first.version
        )


async def test_row_security_alone_hides_it(conn: Connection) -> None:
    deal = await world.zr01(conn)
    kept = await world.recognised(conn, deal)

    async with db.look(conn, deal.buyer):
        assert await queries.find_recognition(conn, deal.buyer, deal.contract.id) == kept
    everything = identity.as_if_all_were_visible(deal.outsider)
    async with db.look(conn, everything):
        with pytest.raises(NotFound):
            await queries.find_recognition(conn, everything, deal.contract.id)
