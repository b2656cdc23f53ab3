"""What administrators do to the tree: found, move, merge, split; and tax status."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from market.base import clock, db, events
from market.base.access import SYSTEM, Actor, Role, require
from market.base.db import Connection
from market.base.errors import MarketError, require_version
from market.identity.organisations import operations as organisations
from market.identity.organisations.model import (
    ContactInput,
    NewOrganisation,
    Organisation,
    OrganisationKind,
    OrganisationState,
    administers,
    check_uscc,
)
from market.identity.units import queries
from market.identity.units.model import (
    CircleInTree,
    LegalPersonIncomplete,
    Merger,
    NewParent,
    NewRoot,
    NewUnit,
    NoBooks,
    NotInThePast,
    NotItsChild,
    NotTheAdministrator,
    Parent,
    ParentTooLow,
    RootExists,
    Split,
    TaxStatus,
    TaxStatusFixed,
    TaxStatusInput,
    TheRootStays,
    UnitClosed,
    is_complete,
)

ONE_DAY: Final = timedelta(days=1)


async def found_root(conn: Connection, root: NewRoot) -> Organisation:
    """The unit at the top, founded by the system with the first administrator."""
    async with db.act(conn, SYSTEM):
        await queries.lock_tree(conn)
        require(await queries.root(conn) is None, RootExists)
        new = NewOrganisation(
            kind=OrganisationKind.UNIT,
            name_zh=root.name_zh,
            name_en=root.name_en,
            uscc=None,
            region=root.region,
            state=OrganisationState.VERIFIED,
            level=0,
            legal_person=False,
        )
        return await organisations.create_organisation(
            conn, SYSTEM, new, ContactInput(), move="found"
        )


async def found_unit(conn: Connection, actor: Actor, new: NewUnit) -> Organisation:
    """A new unit under a unit of the administrator's scope, from today or a later day on."""
    async with db.act(conn, actor):
        require(administers(actor, new.parent_id), NotTheAdministrator)
        require(is_complete(new), LegalPersonIncomplete(pointer="/legal_person"))
        if new.uscc is not None and new.uscc_override_reason is None:
            check_uscc(new.uscc)
        from_on = await _from_today(conn, new.from_on, "/from_on")
        await queries.lock_tree(conn)
        unit = await organisations.create_organisation(
            conn, actor, _organisation_of(new), new.contact, move="found"
        )
        async with _tree_rules():
            await queries.insert_parent(conn, unit.id, new.parent_id, from_on, None)
        if new.tax_status is not None:
            await queries.insert_tax_status(conn, unit.id, from_on, new.tax_status, actor.person_id)
    return unit


async def move_unit(
    conn: Connection,
    actor: Actor,
    unit_id: UUID,
    new: NewParent,
    *,
    expected_version: int | None = None,
) -> Organisation:
    """Another parent from a day on; where the unit stood before stays on record."""
    async with db.act(conn, actor):
        unit = await _lock_open_unit(conn, actor, unit_id, expected_version)
        require(administers(actor, new.parent_id), NotTheAdministrator)
        from_on = await _from_today(conn, new.from_on, "/from_on")
        await _place(conn, unit.id, new.parent_id, from_on)
        moved = await queries.bump(conn, unit.id)
        changed = {"parent": new.parent_id, "from_on": from_on}
        await events.record(conn, actor, "organisation.moved", about=moved, changed=changed)
    return moved


async def merge_unit(
    conn: Connection,
    actor: Actor,
    unit_id: UUID,
    merger: Merger,
    *,
    expected_version: int | None = None,
) -> Organisation:
    """The unit's work goes on at its successor, which sees all of it; its children move along."""
    async with db.act(conn, actor):
        unit = await _lock_open_unit(conn, actor, unit_id, expected_version)
        require(administers(actor, merger.successor_id), NotTheAdministrator)
        on_day = await _from_today(conn, merger.on_day, "/on_day")
        await _place(conn, unit.id, merger.successor_id, on_day)
        for child_id in await queries.children_from(conn, unit.id, on_day):
            if child_id != merger.successor_id:
                await _place(conn, child_id, merger.successor_id, on_day)
        await queries.insert_succession(
            conn, unit.id, merger.successor_id, "merged", on_day, merger.reason
        )
        merged = await queries.close_unit(conn, unit.id, on_day)
        changed = {"successor": merger.successor_id, "on_day": on_day}
        await events.record(conn, actor, "organisation.merged", about=merged, changed=changed)
    return merged


async def split_unit(
    conn: Connection,
    actor: Actor,
    unit_id: UUID,
    split: Split,
    *,
    expected_version: int | None = None,
) -> Organisation:
    """Found a unit that takes over some children of an old one from a day on; the new unit."""
    async with db.act(conn, actor):
        unit = await _lock_open_unit(conn, actor, unit_id, expected_version)
        on_day = await _from_today(conn, split.on_day, "/on_day")
        children = await queries.children_from(conn, unit.id, on_day)
        require(set(split.children) <= set(children), NotItsChild(pointer="/children"))
        founded = await found_unit(conn, actor, split.unit)
        for child_id in split.children:
            await _place(conn, child_id, founded.id, on_day)
        await queries.insert_succession(conn, unit.id, founded.id, "split", on_day, split.reason)
        old = await queries.bump(conn, unit.id)
        changed = {"successor": founded.id, "on_day": on_day}
        await events.record(conn, actor, "organisation.split", about=old, changed=changed)
    return founded


async def record_tax_status(
    conn: Connection, actor: Actor, unit_id: UUID, given: TaxStatusInput
) -> TaxStatus:
    """A dated fact, which may lie in the past; recorded by an administrator or unit finance."""
    async with db.act(conn, actor):
        unit = await queries.lock_unit(conn, unit_id)
        own = actor.acts_for(unit.id, Role.FINANCE)
        require(own or administers(actor, unit.id), NotTheAdministrator)
        require(unit.legal_person, NoBooks)
        status = await queries.insert_tax_status(
            conn, unit.id, given.from_on, given.status, actor.person_id
        )
        if status is None:
            raise TaxStatusFixed(pointer="/from_on")
        changed = {"status": status.status, "from_on": status.from_on}
        about = await queries.bump(conn, unit.id)
        await events.record(conn, actor, "organisation.taxed", about=about, changed=changed)
    return status


async def _lock_open_unit(
    conn: Connection, actor: Actor, unit_id: UUID, expected_version: int | None
) -> Organisation:
    await queries.lock_tree(conn)
    unit = await queries.lock_unit(conn, unit_id)
    require(administers(actor, unit.id), NotTheAdministrator)
    require(unit.closed_on is None, UnitClosed)
    require_version(unit.version, expected_version)
    return unit


async def _place(conn: Connection, unit_id: UUID, parent_id: UUID, from_on: date) -> None:
    """Put the unit under the parent from the day on, whatever was planned for later days."""
    places = await queries.parents_from(conn, unit_id, from_on)
    require(bool(places), TheRootStays)
    async with _tree_rules():
        for place in places:
            await _replace(conn, place, parent_id, from_on)
        if places[0].from_on < from_on:
            to_on = places[1].from_on - ONE_DAY if places[1:] else places[0].to_on
            await queries.insert_parent(conn, unit_id, parent_id, from_on, to_on)


async def _replace(conn: Connection, place: Parent, parent_id: UUID, from_on: date) -> None:
    if place.from_on < from_on:
        await queries.set_last_day(conn, place, from_on - ONE_DAY)
    else:
        await queries.set_parent(conn, place, parent_id)


@asynccontextmanager
async def _tree_rules() -> AsyncIterator[None]:
    """What the database refuses about the tree, said as our refusals."""
    try:
        yield
    except asyncpg.CheckViolationError as broken:
        raise _refusal_of(broken) from broken


def _refusal_of(broken: asyncpg.CheckViolationError) -> MarketError:
    if broken.constraint_name == "parent_above_unit":
        return ParentTooLow(pointer="/parent_id")
    return CircleInTree(pointer="/parent_id")


async def _from_today(conn: Connection, day: date | None, pointer: str) -> date:
    today = await clock.today(conn)
    if day is not None and day < today:
        raise NotInThePast(today=today, pointer=pointer)
    return day or today


def _organisation_of(new: NewUnit) -> NewOrganisation:
    return NewOrganisation(
        kind=OrganisationKind.UNIT,
        name_zh=new.name_zh,
        name_en=new.name_en,
        uscc=new.uscc,
        region=new.region,
        state=OrganisationState.VERIFIED,
        level=new.level,
        legal_person=new.legal_person,
        number_prefix=new.number_prefix,
    )
