"""API keys: less than their maker, for one organisation, and not for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from market.base import clock
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.web import Credentials
from market.identity.keys import operations
from market.identity.keys.model import (
    ExpiryOutOfRange,
    IssuedKey,
    NewKey,
    NotYoursToRevoke,
    RolesNotHeld,
)
from market.identity.roles import operations as roles
from market.identity.sessions import queries as sessions
from tests.identity.conftest import Market
from tests.world import identity as world


async def issue(conn: Connection, actor: Actor, *wanted: Role, days: int = 30) -> IssuedKey:
    expires_on = await clock.today(conn) + timedelta(days=days)
    new = NewKey(name="对接程序", roles=list(wanted), expires_on=expires_on)
    return await operations.issue_key(conn, actor, new)


async def shown(conn: Connection, issued: IssuedKey) -> Actor | None:
    return await sessions.who_is(conn, Credentials("key", issued.secret))


async def test_a_key_acts_for_its_maker_with_some_of_his_roles(market: Market) -> None:
    conn = market.conn
    unit = await world.unit(conn)
    finance = await world.person(conn, unit, Role.FINANCE, Role.CLERK)

    issued = await issue(conn, finance, Role.CLERK)

    actor = await shown(conn, issued)
    assert actor is not None
    assert (actor.person_id, actor.organisation_id) == (finance.person_id, unit.id)
    assert actor.roles == {Role.CLERK}
    assert actor.through_key
    assert issued.secret.startswith(f"mk_live_{issued.key.id.hex}_")
    row = await market.owner.fetchrow("SELECT k::text AS line, used_on FROM api_key k")
    assert row is not None
    assert issued.secret not in row["line"]
    assert row["used_on"] == await clock.today(conn)


async def test_a_key_has_no_role_that_its_maker_lacks_or_that_administers(
    conn: Connection,
) -> None:
    buyer = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    administrator, _ = await world.two_administrators(conn)

    for actor, role in [(buyer, Role.SIGNATORY), (administrator, Role.ADMINISTRATOR)]:
        with pytest.raises(RolesNotHeld):
            await issue(conn, actor, role)


@pytest.mark.parametrize("days", [-1, 367])
async def test_a_key_expires_within_a_year(conn: Connection, days: int) -> None:
    buyer = await world.person(conn, await world.enterprise(conn), Role.BUYER)

    with pytest.raises(ExpiryOutOfRange):
        await issue(conn, buyer, Role.BUYER, days=days)


async def test_a_key_works_on_its_last_day_and_not_after(market: Market) -> None:
    conn = market.conn
    buyer = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    issued = await issue(conn, buyer, Role.BUYER, days=2)

    await market.pass_time(days=2)
    assert await shown(conn, issued) is not None
    await market.pass_time(days=1)
    assert await shown(conn, issued) is None


async def test_a_wrong_secret_with_a_right_id_is_nobody(conn: Connection) -> None:
    buyer = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    issued = await issue(conn, buyer, Role.BUYER)

    forged = Credentials("key", f"mk_live_{issued.key.id.hex}_{'x' * 43}")
    assert await sessions.who_is(conn, forged) is None
    assert await sessions.who_is(conn, Credentials("session", issued.secret)) is None


async def test_a_key_ends_with_its_makers_role(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    buyer = await world.person(conn, enterprise, Role.BUYER)
    issued = await issue(conn, buyer, Role.BUYER)
    held = await world.grants_of(conn, buyer)
    assert len(held) == 1
    await roles.revoke_grant(conn, manager, held[0].id, "调岗")

    assert await shown(conn, issued) is None


async def test_maker_and_manager_revoke_a_key_and_others_do_not(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    buyer = await world.person(conn, enterprise, Role.BUYER)
    colleague = await world.person(conn, enterprise, Role.BUYER)
    stranger = await world.person(conn, await world.enterprise(conn), Role.BUYER)
    issued = await issue(conn, buyer, Role.BUYER)

    with pytest.raises(NotYoursToRevoke):
        await operations.revoke_key(conn, colleague, issued.key.id)
    with pytest.raises(NotFound):
        await operations.revoke_key(conn, stranger, issued.key.id)
    revoked = await operations.revoke_key(conn, manager, issued.key.id)
    assert await operations.revoke_key(conn, buyer, issued.key.id) == revoked
    assert await shown(conn, issued) is None
