"""What all organisations share: coming into being and being edited."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import asyncpg

from market.base import db, events
from market.base.access import SYSTEM, Actor, require
from market.base.db import Connection
from market.base.errors import require_version
from market.identity.organisations import queries
from market.identity.organisations.model import (
    Contact,
    ContactInput,
    LegalNameNeedsTwo,
    NewOrganisation,
    NotYoursToEdit,
    NumberPrefixTaken,
    Organisation,
    OrganisationEdit,
    UsccTaken,
    is_clerk,
    may_edit,
    may_rename,
)

BIRTHS: Final = {
    "found": "organisation.founded",
    "register": "organisation.registered",
    "invite": "organisation.invited",
}


async def create_organisation(
    conn: Connection, actor: Actor, new: NewOrganisation, contact: ContactInput, *, move: str
) -> Organisation:
    """Write an organisation down, as part of the act that found or registered it."""
    async with db.act(conn, actor):
        organisation = await _insert(conn, new)
        async with db.act(conn, SYSTEM):
            await queries.set_contact(conn, organisation.id, contact_of(contact))
        await events.record(conn, actor, BIRTHS[move], about=organisation, move=(move, None))
    return organisation


async def _insert(conn: Connection, new: NewOrganisation) -> Organisation:
    try:
        async with db.savepoint(conn):
            return await queries.insert_organisation(conn, new)
    except asyncpg.UniqueViolationError as twice:
        raise taken(twice, new.uscc, new.number_prefix) from twice


def taken(
    twice: asyncpg.UniqueViolationError, uscc: str | None, prefix: str | None
) -> UsccTaken | NumberPrefixTaken:
    """Which of an organisation's unique marks is somebody else's."""
    if twice.constraint_name == "one_organisation_per_uscc":
        return UsccTaken(found=uscc, pointer="/uscc")
    return NumberPrefixTaken(found=prefix, pointer="/number_prefix")


async def edit_organisation(
    conn: Connection,
    actor: Actor,
    organisation_id: UUID,
    edit: OrganisationEdit,
    expected_version: int | None,
) -> Organisation:
    """New published data and contact. The name of a verified enterprise takes two persons."""
    async with db.act(conn, actor):
        organisation = await queries.lock_organisation(conn, organisation_id)
        looks_after = await clerk_looks_after(conn, actor, organisation.id)
        require(may_edit(actor, organisation, looks_after=looks_after), NotYoursToEdit)
        if edit.name_zh != organisation.name_zh:
            may = may_rename(actor, organisation, looks_after=looks_after)
            require(may, LegalNameNeedsTwo)
        require_version(organisation.version, expected_version)
        async with db.act(conn, SYSTEM):
            edited = await queries.set_edit(conn, organisation, edit)
            if edit.contact is not None:
                await queries.set_contact(conn, organisation.id, contact_of(edit.contact))
        await events.record(conn, actor, "organisation.edited", about=edited)
    return edited


async def clerk_looks_after(conn: Connection, actor: Actor, enterprise_id: UUID) -> bool:
    """Whether the actor is a clerk of the unit that verified the enterprise, or of one above."""
    return is_clerk(actor) and await queries.looks_after(conn, enterprise_id)


def contact_of(given: ContactInput) -> Contact:
    return Contact(given.name, given.phone, given.email, given.address)
