"""A buyer orders a published offering."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.fields import MOST
from market.identity.units.model import TaxStatusKind
from market.trade.contracts import model, operations
from tests.world import catalogue, contracts, identity
from tests.world.contracts import Cast


async def test_an_order_becomes_a_draft_that_pins_the_version(
    conn: Connection, people: Cast
) -> None:
    deal = await contracts.ordered(conn, people)
    contract = deal.contract
    assert contract.state == "drafting"
    assert (contract.offering_id, contract.offering_version) == (deal.offering.id, 1)
    assert (contract.provider_unit_id, contract.books_unit_id) == (deal.cast.unit.id,) * 2
    assert contract.buyer_id == deal.cast.enterprise.id
    assert (contract.total_minor, contract.net_minor, contract.vat_minor) == (
        86_000_00,
        81_132_08,
        4_867_92,
    )
    assert [(line.unit, line.quantity) for line in contract.lines] == [("lot", 1)]
    assert contract.buyer_reference == "CG-2026-031"


async def test_a_unit_without_books_contracts_through_the_legal_person_above(
    conn: Connection,
) -> None:
    above = await identity.unit(conn)
    unit = await identity.unit(conn, parent=above, legal_person=False)
    people = await contracts.cast(conn, unit=unit)
    contract = (await contracts.ordered(conn, people)).contract
    assert (contract.provider_unit_id, contract.books_unit_id) == (unit.id, above.id)


async def test_pieces_are_ordered_by_lines(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(
        conn,
        people,
        price_model="per_item",
        price_minor=12_500_00,
        order={
            "lines": [
                {"description": "一号机床数控系统", "quantity": 2},
                {"description": "二号机床数控系统", "quantity": 1},
            ]
        },
    )
    assert [line.amount_minor for line in deal.contract.lines] == [25_000_00, 12_500_00]
    assert deal.contract.total_minor == 37_500_00


async def test_places_in_a_course_are_ordered_by_name(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(
        conn,
        people,
        kind="training",
        price_model="per_person",
        price_minor=4_800_00,
        order={"attendees": ["学员甲", "学员乙", "学员丙"]},
    )
    contract = deal.contract
    assert contract.attendees == ["学员甲", "学员乙", "学员丙"]
    assert [(line.unit, line.quantity) for line in contract.lines] == [("person", 3)]
    assert contract.total_minor == 14_400_00
    assert (contract.statutory_class, contract.sub_class) == ("service", "technical_training")


async def test_a_licence_is_ordered_by_years(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(
        conn,
        people,
        kind="transfer",
        price_model="per_year",
        price_minor=60_000_00,
        order={"lines": [{"description": "许可使用", "quantity": 3}]},
    )
    assert deal.contract.statutory_class == "licence"
    assert deal.contract.total_minor == 180_000_00


async def test_a_quote_is_priced_by_the_unit_later(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people, price_model="quote", price_minor=None)
    assert deal.contract.total_minor == 0
    assert not deal.contract.free


async def test_a_free_offering_makes_a_free_contract(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(conn, people, price_minor=0, free_or_paid="free")
    assert deal.contract.free
    assert deal.contract.total_minor == 0


async def test_a_small_scale_unit_is_taxed_at_its_rate(conn: Connection) -> None:
    unit = await identity.unit(conn, tax_status=TaxStatusKind.SMALL_SCALE)
    deal = await contracts.ordered(conn, await contracts.cast(conn, unit=unit))
    assert (deal.contract.vat_ppm, deal.contract.vat_rule_id) == (10_000, "vat.small_scale")
    assert (deal.contract.net_minor, deal.contract.vat_minor) == (85_148_51, 851_49)


@pytest.mark.parametrize(
    ("offering", "order"),
    [
        ({"price_model": "per_person"}, {}),
        ({"price_model": "per_person"}, {"lines": [{"description": "x", "quantity": 2}]}),
        ({"price_model": "per_item"}, {}),
        ({"price_model": "fixed"}, {"lines": [{"description": "x", "quantity": 2}]}),
    ],
)
async def test_the_price_model_tells_how_a_quantity_is_given(
    conn: Connection, people: Cast, offering: dict[str, Any], order: dict[str, Any]
) -> None:
    with pytest.raises(model.QuantityUnclear):
        await contracts.ordered(conn, people, **offering, order=order)


async def test_a_course_sold_as_a_whole_may_name_who_comes(conn: Connection, people: Cast) -> None:
    deal = await contracts.ordered(
        conn,
        people,
        kind="training",
        price_minor=39_000_00,
        order={"attendees": ["学员甲", "学员乙"]},
    )
    assert (deal.contract.attendees, deal.contract.total_minor) == (["学员甲", "学员乙"], 39_000_00)


async def test_named_people_take_places_in_courses_only(conn: Connection, people: Cast) -> None:
    with pytest.raises(model.QuantityUnclear):
        await contracts.ordered(conn, people, order={"attendees": ["学员甲"]})


async def test_an_amount_that_cannot_be_kept_is_refused(conn: Connection, people: Cast) -> None:
    with pytest.raises(model.AmountTooLarge):
        await contracts.ordered(
            conn,
            people,
            price_model="per_item",
            price_minor=MOST,
            order={"lines": [{"description": "x", "quantity": 1_000_000}]},
        )


async def test_only_a_buyer_of_an_enterprise_orders(conn: Connection, people: Cast) -> None:
    offered = await catalogue.published_offering(conn, people.unit)
    payer = await identity.person(conn, people.enterprise, Role.PAYER)
    for stranger in (payer, people.clerk):
        with pytest.raises(model.NotABuyer):
            await operations.order_offering(
                conn, stranger, offered.id, contracts.new_order(offered)
            )


async def test_an_offering_that_is_not_published_cannot_be_ordered(
    conn: Connection, people: Cast
) -> None:
    draft = await catalogue.drafted_offering(
        conn, people.unit, await identity.person(conn, people.unit, Role.MEMBER)
    )
    for offering_id in (draft.id, uuid4()):
        with pytest.raises(NotFound):
            await operations.order_offering(
                conn, people.buyer, offering_id, contracts.new_order(draft, offering_version=1)
            )


async def test_the_buyer_orders_the_version_that_he_read(conn: Connection, people: Cast) -> None:
    offered = await catalogue.published_offering(conn, people.unit)
    with pytest.raises(model.OfferingChanged):
        await operations.order_offering(
            conn, people.buyer, offered.id, contracts.new_order(offered, offering_version=2)
        )
