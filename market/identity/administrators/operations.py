"""``market create-administrator``."""

from __future__ import annotations

from market.base import db
from market.base.access import SYSTEM, Role
from market.base.db import Connection
from market.identity.administrators.model import Administrator, NewAdministrator
from market.identity.passwords import queries as passwords
from market.identity.people import operations as people
from market.identity.people import queries as person_queries
from market.identity.people.model import EmailTaken, NewPerson, normal_email
from market.identity.roles import operations as roles
from market.identity.roles import queries as role_queries
from market.identity.roles.model import NewGrant
from market.identity.units import operations as units
from market.identity.units import queries as unit_queries


async def create_administrator(
    conn: Connection, new: NewAdministrator, password_hash: str
) -> Administrator:
    """Write an administrator down, and with the first one the unit at the top.

    Acts as the system: only whoever holds the server's shell can call it. Raises EmailTaken.
    """
    email = normal_email(new.email)
    async with db.act(conn, SYSTEM):
        if await person_queries.find_by_email(conn, email) is not None:
            raise EmailTaken(pointer="/email")
        root = await unit_queries.root(conn) or await units.found_root(conn, new.root)
        person = await people.create_person(
            conn, NewPerson(name=new.name, email=email, language=new.language)
        )
        await passwords.set_hash(conn, person.id, password_hash)
        grant = NewGrant(person_id=person.id, organisation_id=root.id, role=Role.ADMINISTRATOR)
        await roles.write_grant(conn, SYSTEM, root, grant, proposed_by=SYSTEM.person_id)
        count = len(await role_queries.lock_holders(conn, root.id, Role.ADMINISTRATOR))
    return Administrator(person, root, count)
