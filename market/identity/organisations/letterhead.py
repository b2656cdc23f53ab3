"""How an organisation names itself on a document that another party is given."""

from __future__ import annotations

from uuid import UUID

import msgspec

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.identity.organisations import queries


class Letterhead(msgspec.Struct, frozen=True):
    name: str
    uscc: str | None
    address: str | None
    phone: str | None


async def letterhead_of(conn: Connection, organisation_id: UUID) -> Letterhead:
    """Read by the system, for each party keeps its contact to itself; only for who may see both."""
    async with db.act(conn, SYSTEM):
        organisation = await queries.find_organisation(conn, SYSTEM, organisation_id)
        contact = await queries.find_contact(conn, SYSTEM, organisation_id)
    return Letterhead(organisation.name_zh, organisation.uscc, contact.address, contact.phone)


async def names_of(conn: Connection, *person_ids: UUID) -> list[str]:
    """Who signed, accepted or issued, in the order asked for."""
    async with db.act(conn, SYSTEM):
        return await queries.names_of(conn, person_ids)
