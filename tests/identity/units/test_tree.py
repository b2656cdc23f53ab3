"""The tree by dates: founding, moving, merging, splitting; books and scopes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from market.base import clock
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound, Stale
from market.identity.organisations.model import Organisation, WrongUscc
from market.identity.units import operations, queries
from market.identity.units.model import (
    CircleInTree,
    LegalPersonIncomplete,
    Merger,
    NewParent,
    NewUnit,
    NoBooks,
    NotInThePast,
    NotItsChild,
    NotTheAdministrator,
    ParentTooLow,
    Split,
    TaxStatusFixed,
    TaxStatusInput,
    TaxStatusKind,
    TheRootStays,
    UnitClosed,
)
from tests.identity.conftest import Market
from tests.world import identity as world

A_DAY = timedelta(days=1)


async def admin(conn: Connection) -> Actor:
    return (await world.two_administrators(conn))[0]


async def parent_on(conn: Connection, unit: Organisation, day: date) -> object:
    found = {each.id: each.parent_id for each in await queries.tree(conn, day)}
    return found.get(unit.id, "not there")


def under(parent: Organisation, day: date) -> NewParent:
    return NewParent(parent_id=parent.id, from_on=day, reason="区划调整")


async def test_a_unit_moves_on_its_day_and_not_before(conn: Connection) -> None:
    here, there = await world.unit(conn), await world.unit(conn)
    unit = await world.unit(conn, parent=here, legal_person=False)
    today = await clock.today(conn)

    await operations.move_unit(conn, await admin(conn), unit.id, under(there, today + 30 * A_DAY))

    assert await parent_on(conn, unit, today + 29 * A_DAY) == here.id
    assert await parent_on(conn, unit, today + 30 * A_DAY) == there.id
    assert [(p.parent_id, p.to_on) for p in await queries.parents_of(conn, unit.id)] == [
        (here.id, today + 29 * A_DAY),
        (there.id, None),
    ]


async def test_a_second_move_replaces_what_was_planned_for_later(conn: Connection) -> None:
    first, second, third = [await world.unit(conn) for _ in range(3)]
    unit = await world.unit(conn, parent=first, legal_person=False)
    today = await clock.today(conn)
    administrator = await admin(conn)

    await operations.move_unit(conn, administrator, unit.id, under(second, today + 30 * A_DAY))
    await operations.move_unit(conn, administrator, unit.id, under(third, today + 10 * A_DAY))

    assert await parent_on(conn, unit, today) == first.id
    assert await parent_on(conn, unit, today + 10 * A_DAY) == third.id
    assert await parent_on(conn, unit, today + 40 * A_DAY) == third.id


async def test_a_unit_never_stands_under_itself(conn: Connection) -> None:
    upper = await world.unit(conn, level=2)
    lower = await world.unit(conn, parent=upper, level=2, legal_person=False)
    today = await clock.today(conn)

    with pytest.raises(CircleInTree):
        await operations.move_unit(conn, await admin(conn), upper.id, under(lower, today))


async def test_two_moves_planned_for_later_cannot_make_a_circle(conn: Connection) -> None:
    one, other = await world.unit(conn, level=2), await world.unit(conn, level=2)
    later = await clock.today(conn) + 10 * A_DAY
    await operations.move_unit(conn, await admin(conn), one.id, under(other, later))

    with pytest.raises(CircleInTree):
        await operations.move_unit(conn, await admin(conn), other.id, under(one, later + A_DAY))


async def test_a_parent_is_of_a_higher_or_an_equal_level(conn: Connection) -> None:
    low = await world.unit(conn, level=3)
    high = await world.unit(conn, level=1)

    with pytest.raises(ParentTooLow):
        await operations.move_unit(
            conn, await admin(conn), high.id, under(low, await clock.today(conn))
        )


async def test_the_past_of_the_tree_is_not_rewritten(conn: Connection) -> None:
    unit, other = await world.unit(conn), await world.unit(conn)
    yesterday = await clock.today(conn) - A_DAY

    with pytest.raises(NotInThePast):
        await operations.move_unit(conn, await admin(conn), unit.id, under(other, yesterday))


async def test_the_top_stays_where_it_is(conn: Connection) -> None:
    unit = await world.unit(conn, level=0)

    with pytest.raises(TheRootStays):
        await operations.move_unit(
            conn,
            await admin(conn),
            (await world.root(conn)).id,
            under(unit, await clock.today(conn)),
        )


async def test_only_an_administrator_above_changes_the_tree(conn: Connection) -> None:
    unit, other = await world.unit(conn), await world.unit(conn)
    leader = await world.person(conn, unit, Role.LEADER)

    with pytest.raises(NotTheAdministrator):
        await operations.move_unit(conn, leader, unit.id, under(other, await clock.today(conn)))


async def test_moving_a_version_that_was_not_read_is_stale(conn: Connection) -> None:
    unit, other = await world.unit(conn), await world.unit(conn)

    with pytest.raises(Stale):
        await operations.move_unit(
            conn,
            await admin(conn),
            unit.id,
            under(other, await clock.today(conn)),
            expected_version=7,
        )


async def test_a_merged_unit_and_its_children_go_on_under_the_successor(market: Market) -> None:
    conn = market.conn
    old, successor = await world.unit(conn), await world.unit(conn)
    child = await world.unit(conn, parent=old, legal_person=False)
    clerk_of_old = await world.person(conn, old, Role.CLERK)
    clerk = await world.person(conn, successor, Role.CLERK)
    day = await clock.today(conn) + 5 * A_DAY
    merger = Merger(successor_id=successor.id, on_day=day, reason="机构改革")

    await operations.merge_unit(conn, await admin(conn), old.id, merger)

    assert (await world.again(conn, clerk_of_old)).roles == {Role.CLERK}
    assert (await world.again(conn, clerk)).scope == (successor.id,)
    await market.pass_time(days=5)
    assert await world.find_again(conn, clerk_of_old) is None
    assert set((await world.again(conn, clerk)).scope) == {successor.id, old.id, child.id}
    assert (await queries.successions_of(conn, old.id))[0].successor_id == successor.id
    assert await parent_on(conn, old, day) == "not there"


async def test_a_merged_unit_is_not_moved_any_more(conn: Connection) -> None:
    old, successor = await world.unit(conn), await world.unit(conn)
    today = await clock.today(conn)
    merger = Merger(successor_id=successor.id, on_day=today, reason="机构改革")
    await operations.merge_unit(conn, await admin(conn), old.id, merger)

    with pytest.raises(UnitClosed):
        await operations.move_unit(conn, await admin(conn), old.id, under(successor, today))


async def test_a_split_hands_some_children_to_a_new_unit(conn: Connection) -> None:
    old = await world.unit(conn, level=2)
    stays = await world.unit(conn, parent=old, legal_person=False)
    goes = await world.unit(conn, parent=old, legal_person=False)
    top = await world.root(conn)
    day = await clock.today(conn) + A_DAY
    new = NewUnit(name_zh="分立出的技协", region="510100", level=2, parent_id=top.id, from_on=day)
    split = Split(unit=new, children=[goes.id], on_day=day, reason="业务分开")

    founded = await operations.split_unit(conn, await admin(conn), old.id, split)

    assert await parent_on(conn, goes, day) == founded.id
    assert await parent_on(conn, goes, day - A_DAY) == old.id
    assert await parent_on(conn, stays, day) == old.id


async def test_a_split_takes_only_the_units_own_children(conn: Connection) -> None:
    old, stranger = await world.unit(conn, level=2), await world.unit(conn)
    top = await world.root(conn)
    day = await clock.today(conn)
    new = NewUnit(name_zh="分立出的技协", region="510100", level=2, parent_id=top.id)
    split = Split(unit=new, children=[stranger.id], on_day=day, reason="业务分开")

    with pytest.raises(NotItsChild):
        await operations.split_unit(conn, await admin(conn), old.id, split)


async def test_books_are_those_of_the_nearest_legal_person_upwards(conn: Connection) -> None:
    district = await world.unit(conn, level=2)
    workshop = await world.unit(conn, parent=district, legal_person=False)
    assert await queries.books_of(conn, workshop.id) == district.id
    assert await queries.books_of(conn, district.id) == district.id
    assert await queries.books_of(conn, (await world.root(conn)).id) is None


async def test_a_legal_person_has_all_marks_of_one(conn: Connection) -> None:
    top = await world.root(conn)
    new = NewUnit(name_zh="某技协", region="510100", level=1, parent_id=top.id, legal_person=True)

    with pytest.raises(LegalPersonIncomplete):
        await operations.found_unit(conn, await admin(conn), new)


async def test_a_units_wrong_credit_code_needs_a_reason(conn: Connection) -> None:
    top = await world.root(conn)
    new = NewUnit(
        name_zh="老证照技协",
        region="510100",
        level=1,
        parent_id=top.id,
        legal_person=True,
        uscc="51510100TEXT99999A",
        number_prefix="LZ",
        tax_status=TaxStatusKind.SMALL_SCALE,
    )
    with pytest.raises(WrongUscc):
        await operations.found_unit(conn, await admin(conn), new)


async def test_a_day_has_one_tax_status(conn: Connection) -> None:
    unit = await world.unit(conn, tax_status=TaxStatusKind.SMALL_SCALE)
    administrator = await admin(conn)
    day = date(2027, 1, 1)
    general = TaxStatusInput(from_on=day, status=TaxStatusKind.GENERAL)
    await operations.record_tax_status(conn, administrator, unit.id, general)
    await operations.record_tax_status(conn, administrator, unit.id, general)

    small = TaxStatusInput(from_on=day, status=TaxStatusKind.SMALL_SCALE)
    with pytest.raises(TaxStatusFixed):
        await operations.record_tax_status(conn, administrator, unit.id, small)
    before = await queries.tax_status_on(conn, unit.id, date(2026, 12, 31))
    after = await queries.tax_status_on(conn, unit.id, day)
    assert (before and before.status, after and after.status) == ("small_scale", "general")


async def test_a_unit_without_books_has_no_tax_status(conn: Connection) -> None:
    unit = await world.unit(conn, legal_person=False)

    given = TaxStatusInput(from_on=date(2027, 1, 1), status=TaxStatusKind.GENERAL)
    with pytest.raises(NoBooks):
        await operations.record_tax_status(conn, await admin(conn), unit.id, given)


async def test_an_enterprise_is_no_unit(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)

    with pytest.raises(NotFound):
        await operations.move_unit(
            conn,
            await admin(conn),
            enterprise.id,
            under(await world.root(conn), await clock.today(conn)),
        )
