"""`market create-administrator`, run for two."""

from __future__ import annotations

import pytest

from market.base import db
from market.base.access import Role
from market.base.db import Connection
from market.identity.administrators import operations
from market.identity.administrators.model import Administrator, NewAdministrator
from market.identity.passwords.model import hasher
from market.identity.people.model import EmailTaken
from market.identity.units.model import NewRoot
from tests.conftest import Clone
from tests.world import identity as world


async def create(conn: Connection, email: str) -> Administrator:
    new = NewAdministrator(
        name="管理员", email=email, root=NewRoot(name_zh="锦川市总工会", region="510100")
    )
    return await operations.create_administrator(
        conn, new, await hasher("cheap").hash(world.PASSWORD)
    )


async def test_the_first_founds_the_top_unit_and_the_second_joins_it(clone: Clone) -> None:
    async with clone() as addresses:
        conn = await db.connect(addresses.app)
        await founded(conn)
        await conn.close()


async def founded(conn: Connection) -> None:
    first = await create(conn, "One@market.test")
    second = await create(conn, "two@market.test")

    assert first.root.name_zh == "锦川市总工会"
    assert second.root.id == first.root.id
    assert (first.administrators_count, second.administrators_count) == (1, 2)
    actor = await world.signed_in(conn, second.person.id, second.root.id)
    assert actor.roles == {Role.ADMINISTRATOR}


async def test_an_address_is_used_once(conn: Connection) -> None:
    await create(conn, "one@market.test")

    with pytest.raises(EmailTaken):
        await create(conn, "ONE@market.test")
