"""A lost device is taken away by two people, neither of them its owner."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from market.base import db
from market.base.access import Actor, MakerCannotApprove, Role
from market.base.db import Connection
from market.base.errors import Forbidden, NotFound
from market.identity.approvals import queries as approvals
from market.identity.second_factor_resets import operations, queries
from market.identity.second_factor_resets.model import (
    NewReset,
    NothingToReset,
    NotYourOwn,
    NotYoursToReset,
    ResetWaits,
    SecondFactorReset,
)
from tests.identity.conftest import Market
from tests.world import identity as world
from tests.world.identity import Device


class Loss(NamedTuple):
    first: Actor
    second: Actor
    device: Device
    reset: SecondFactorReset


def new(actor: Actor) -> NewReset:
    return NewReset(person_id=actor.person_id, reason="手机丢失，已当面核对身份证件")


async def lost(conn: Connection) -> Loss:
    finance = await world.person(conn, await world.unit(conn), Role.FINANCE)
    device = await world.with_second_factor(conn, finance)
    first, second = await world.two_administrators(conn)
    return Loss(
        first, second, device, await operations.propose_reset(conn, first, new(device.actor))
    )


async def test_one_proposes_another_approves_and_the_person_begins_anew(market: Market) -> None:
    first, second, device, reset = await lost(market.conn)
    async with db.look(market.conn, second):
        assert reset.id in {each.id for each in await approvals.waiting(market.conn, second)}
    with pytest.raises(MakerCannotApprove):
        await operations.approve_reset(market.conn, first, reset.id)

    approved = await operations.approve_reset(market.conn, second, reset.id)
    assert await operations.approve_reset(market.conn, second, reset.id) == approved

    ended = await market.owner.fetchval(
        "SELECT bool_and(revoked_at IS NOT NULL) FROM session WHERE person_id = $1",
        device.actor.person_id,
    )
    assert ended is True
    again = await world.again(market.conn, device.actor)
    assert again.second_factor == "none"
    fresh = await world.with_second_factor(market.conn, again)
    assert fresh.actor.second_factor == "shown"
    told = await market.mails_to(await world.email_of(market.conn, again))
    subjects = [letter.splitlines()[0] for letter in told]
    assert subjects[-3:] == ["有人提出重置您的第二因素", "您的第二因素已重置", "您已启用第二因素"]


async def test_a_refused_reset_leaves_the_device_as_it_was(conn: Connection) -> None:
    _, second, device, reset = await lost(conn)
    refused = await operations.refuse_reset(conn, second, reset.id, "本人未报失")
    assert (refused.state, refused.refusal) == ("refused", "本人未报失")
    assert (await world.again(conn, device.actor)).second_factor == "due"


async def test_nobody_resets_his_own_or_what_is_not_there_or_a_second_time(
    conn: Connection,
) -> None:
    first, second, device, _ = await lost(conn)
    with pytest.raises(ResetWaits):
        await operations.propose_reset(conn, second, new(device.actor))
    with pytest.raises(NotYourOwn):
        await operations.propose_reset(conn, first, new(first))
    with pytest.raises(NothingToReset):
        await operations.propose_reset(conn, first, new(second))


async def test_only_who_looks_after_all_that_the_person_belongs_to(conn: Connection) -> None:
    """A district's administrator gets no hold of the association's finance."""
    _, _, device, reset = await lost(conn)
    district = await world.unit(conn)
    await world.also(conn, device.actor, district, Role.MEMBER)
    for role, unit in ((Role.ADMINISTRATOR, district), (Role.LEADER, district)):
        someone = await world.person(conn, unit, role)
        with pytest.raises(NotYoursToReset):
            await operations.propose_reset(conn, someone, new(device.actor))
    stranger = await world.person(conn, district, Role.ADMINISTRATOR)
    with pytest.raises(NotFound):
        await operations.approve_reset(conn, stranger, reset.id)


async def test_an_enterprise_has_its_managers_for_it(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    colleague = await world.person(conn, enterprise, Role.MANAGER)
    payer = await world.person(conn, enterprise, Role.PAYER)
    device = await world.with_second_factor(conn, payer)

    reset = await operations.propose_reset(conn, manager, new(device.actor))
    buyer = await world.person(conn, enterprise, Role.BUYER)
    async with db.look(conn, buyer):
        assert await queries.find_reset(conn, buyer, reset.id) == reset
    with pytest.raises(Forbidden):
        await operations.approve_reset(conn, buyer, reset.id)
    assert (await operations.approve_reset(conn, colleague, reset.id)).state == "approved"
