"""What happens to a right at its office or in court."""

from __future__ import annotations

import pytest

from market.base import clock
from market.base.access import Role
from market.base.db import Connection
from market.base.moves import WrongMove
from market.trade.rights import model, operations
from market.trade.rights.model import LegalChange, LegalMove, RightState
from tests.world import catalogue, identity


def change(move: LegalMove, reason: str = "登记簿副本 Extract of the register") -> LegalChange:
    return LegalChange(move=move, reason=reason)


async def test_a_granted_application_is_in_force(conn: Connection) -> None:
    unit = await identity.unit(conn)
    clerk = await identity.person(conn, unit, Role.CLERK)
    right = await catalogue.registered_right(conn, unit, pending=True)
    granted = await operations.record_legal_state(conn, clerk, right.id, change(LegalMove.GRANT))
    assert granted.state == RightState.IN_FORCE
    assert granted.version == right.version + 1


async def test_a_lapsed_right_stays_lapsed(conn: Connection) -> None:
    unit = await identity.unit(conn)
    clerk = await identity.person(conn, unit, Role.CLERK)
    right = await catalogue.settled_right(conn, unit)
    lapsed = await operations.record_legal_state(conn, clerk, right.id, change(LegalMove.LAPSE))
    assert not model.is_settled(lapsed, await clock.today(conn))
    with pytest.raises(WrongMove):
        await operations.record_legal_state(conn, clerk, right.id, change(LegalMove.SETTLE))


async def test_a_dispute_is_settled_again(conn: Connection) -> None:
    unit = await identity.unit(conn)
    clerk = await identity.person(conn, unit, Role.CLERK)
    right = await catalogue.settled_right(conn, unit)
    await operations.record_legal_state(conn, clerk, right.id, change(LegalMove.DISPUTE))
    settled = await operations.record_legal_state(conn, clerk, right.id, change(LegalMove.SETTLE))
    assert model.is_settled(settled, await clock.today(conn))


async def test_the_same_record_twice_is_one_and_a_rivals_is_refused(conn: Connection) -> None:
    unit = await identity.unit(conn)
    clerk, rival = [await identity.person(conn, unit, Role.CLERK) for _ in range(2)]
    right = await catalogue.settled_right(conn, unit)
    lapse = change(LegalMove.LAPSE)
    first = await operations.record_legal_state(conn, clerk, right.id, lapse)
    assert await operations.record_legal_state(conn, clerk, right.id, lapse) == first
    with pytest.raises(WrongMove):
        await operations.record_legal_state(conn, rival, right.id, lapse)


async def test_only_the_units_clerk_records(conn: Connection) -> None:
    unit = await identity.unit(conn)
    right = await catalogue.settled_right(conn, unit)
    member = await identity.person(conn, unit, Role.MEMBER)
    with pytest.raises(model.NotRightsClerk):
        await operations.record_legal_state(conn, member, right.id, change(LegalMove.LAPSE))


async def test_an_expired_right_is_not_settled(conn: Connection) -> None:
    right = await catalogue.settled_right(conn, await identity.unit(conn), expires_on="2020-01-01")
    with pytest.raises(model.RightExpired):
        model.require_settled(right, await clock.today(conn))
