"""A verified enterprise gets another name by two people, and the old one stays on record."""

from __future__ import annotations

import pytest

from market.base import db
from market.base.access import MakerCannotApprove, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.identity.approvals import queries as approvals
from market.identity.enterprises.model import OwnEnterprise
from market.identity.invitations import operations as invitations
from market.identity.invitations.model import NewInvitation
from market.identity.letters import Link
from market.identity.organisations import queries as organisations
from market.identity.renamings import operations, queries
from market.identity.renamings.model import (
    NewRenaming,
    NothingToRename,
    NotYoursToApproveName,
    NotYoursToRename,
    RenamingWaits,
)
from tests.world import identity as world

NEW = NewRenaming(name_zh="锦川重工股份有限公司", reason="营业执照已于本月换发")


async def test_the_manager_proposes_and_a_clerk_approves(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    clerk = await world.person(conn, await world.root(conn), Role.CLERK)

    proposed = await operations.propose_renaming(conn, manager, enterprise.id, NEW)
    unchanged = await organisations.find_organisation(conn, clerk, enterprise.id)
    assert unchanged == enterprise
    async with db.look(conn, clerk):
        assert proposed.id in {each.id for each in await approvals.waiting(conn, clerk)}
    approved = await operations.approve_renaming(conn, clerk, proposed.id)
    assert await operations.approve_renaming(conn, clerk, proposed.id) == approved

    renamed = await organisations.find_organisation(conn, clerk, enterprise.id)
    assert (renamed.name_zh, renamed.version) == (NEW.name_zh, enterprise.version + 1)
    async with db.look(conn, manager):
        history = await queries.renamings_of(conn, manager, enterprise.id)
    assert [each.name_before for each in history] == [enterprise.name_zh]
    with pytest.raises(NothingToRename):
        await operations.propose_renaming(conn, manager, enterprise.id, NEW)


async def test_whoever_proposes_does_not_approve(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    root = await world.root(conn)
    maker, other = [await world.person(conn, root, Role.CLERK) for _ in "ab"]
    proposed = await operations.propose_renaming(conn, maker, enterprise.id, NEW)

    with pytest.raises(MakerCannotApprove):
        await operations.approve_renaming(conn, maker, proposed.id)
    with pytest.raises(RenamingWaits):
        await operations.propose_renaming(conn, other, enterprise.id, NEW)
    refused = await operations.refuse_renaming(conn, other, proposed.id, "执照上不是此名称")
    assert (refused.state, refused.refusal) == ("refused", "执照上不是此名称")
    with pytest.raises(WrongMove):
        await operations.approve_renaming(conn, other, proposed.id)


async def test_a_clerk_of_another_unit_has_no_say(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    stranger = await world.manager_of(conn, await world.enterprise(conn))
    clerk = await world.person(conn, await world.unit(conn), Role.CLERK)
    proposed = await operations.propose_renaming(conn, manager, enterprise.id, NEW)

    with pytest.raises(NotYoursToRename):
        await operations.propose_renaming(conn, clerk, enterprise.id, NEW)
    with pytest.raises(NotYoursToApproveName):
        await operations.approve_renaming(conn, clerk, proposed.id)
    for actor in (stranger, world.as_if_all_were_visible(stranger)):
        with pytest.raises(NotFound):
            await operations.approve_renaming(conn, actor, proposed.id)


async def test_a_clerk_who_belongs_to_the_enterprise_does_not_approve(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    clerk = await world.person(conn, await world.root(conn), Role.CLERK)
    link = Link(world.SITE)
    new = NewInvitation(
        organisation_id=enterprise.id,
        name="兼职",
        email=await world.email_of(conn, clerk),
        roles=[Role.BUYER],
    )
    await invitations.invite(conn, manager, new, link)
    await world.accept(conn, link, password=None)
    proposed = await operations.propose_renaming(conn, manager, enterprise.id, NEW)

    with pytest.raises(OwnEnterprise):
        await operations.approve_renaming(conn, clerk, proposed.id)


async def test_an_unverified_name_is_simply_edited(conn: Connection) -> None:
    enterprise = await world.enterprise(conn, verified=False)
    manager = await world.manager_of(conn, enterprise)

    with pytest.raises(NothingToRename):
        await operations.propose_renaming(conn, manager, enterprise.id, NEW)
