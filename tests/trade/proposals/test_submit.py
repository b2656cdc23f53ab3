"""A proposal is drafted by members, handed over by the unit, and revised until the deadline."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from market.base import db
from market.base.access import Actor
from market.base.db import Connection
from market.base.errors import MarketError, NotFound
from market.trade.enterprise_requests import operations as requesting
from market.trade.enterprise_requests.model import DeadlinePassed, NotOpen
from market.trade.proposals import model, operations, queries, revisions
from tests.trade.enterprise_requests.conftest import Cast, SetClock
from tests.trade.proposals.conftest import Bids
from tests.world import proposals, requests
from tests.world.proposals import change


async def test_members_draft_and_only_the_units_voice_submits(
    conn: Connection, cast: Cast, bids: Bids
) -> None:
    request = await requests.opened(conn, cast.buyer)
    data = await proposals.new_proposal(conn, bids.first, request)
    draft = await operations.draft_proposal(conn, bids.member, request.id, data)
    assert (draft.state, draft.number, draft.binding) == ("draft", None, None)
    with pytest.raises(model.NotTheUnitsVoice):
        await operations.submit_proposal(conn, bids.member, draft.id)
    done = await operations.submit_proposal(conn, bids.leader, draft.id)
    assert (done.state, done.number, done.draft) == ("submitted", 1, None)
    assert done.binding is not None
    assert done.binding.price_minor == done.price_minor == 48_000_00
    assert [each.member_id for each in done.people] == [bids.first.member_id]
    assert msgspec.convert(msgspec.to_builtins(done), model.FullProposal) == done
    again = await operations.submit_proposal(conn, bids.leader, draft.id)
    assert again == done
    with pytest.raises(model.AlreadyProposed):
        async with db.savepoint(conn):
            await operations.draft_proposal(conn, bids.member, request.id, data)


async def test_a_revision_binds_only_once_it_is_submitted(
    conn: Connection, cast: Cast, bids: Bids
) -> None:
    request = await requests.opened(conn, cast.buyer, sealed=False)
    first = await proposals.submitted(conn, bids.first, request)
    edited = await operations.change_proposal(
        conn, bids.member, first.id, change(plan="改用激光熔覆。"), expected_version=first.version
    )
    assert edited.draft is not None
    assert edited.binding == first.binding
    async with db.act(conn, cast.buyer):
        shown = await revisions.in_full(
            conn, cast.buyer, await queries.find_proposal(conn, cast.buyer, first.id)
        )
    assert (shown.draft, shown.binding) == (None, first.binding)
    second = await operations.submit_proposal(conn, bids.first.clerk, first.id)
    assert second.binding is not None
    assert (second.number, second.binding.plan) == (2, "改用激光熔覆。")
    async with db.act(conn, cast.buyer):
        seen = await revisions.revisions_of(conn, cast.buyer, first.id, before=None, limit=9)
    assert [each.number for each in seen] == [2]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.savepoint(conn):
            await conn.execute("UPDATE proposal_revision SET plan = 'x'")


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"milestones": []}, model.MilestonesMissing),
        ({"milestones": [proposals.milestone("全部", 47_999_99)]}, model.PartsDoNotSum),
        ({"instalments": []}, model.PartsDoNotSum),
        (
            {"instalments": [{"amount_minor": 48_000_00, "trigger": "milestone", "milestone": 3}]},
            model.InstalmentNotClear,
        ),
        (
            {"instalments": [{"amount_minor": 48_000_00, "trigger": "signing", "milestone": 1}]},
            model.InstalmentNotClear,
        ),
        ({"member_ids": []}, model.MembersMissing),
        ({"quantity": 2}, model.QuantityDiffers),
        ({"currency": "USD"}, model.WrongCurrency),
        ({"valid_until": "2026-01-01"}, model.ValidityTooShort),
        ({"request_number": 2}, model.RequestRenewed),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
async def test_what_is_handed_over_is_whole(
    conn: Connection, cast: Cast, bids: Bids, fields: dict[str, Any], refusal: type[MarketError]
) -> None:
    request = await requests.opened(conn, cast.buyer)
    draft = await proposals.drafted(conn, bids.first, request, **fields)
    with pytest.raises(refusal):
        await operations.submit_proposal(conn, bids.first.clerk, draft.id)


async def test_nobody_of_another_unit_does_the_work(
    conn: Connection, cast: Cast, bids: Bids
) -> None:
    request = await requests.opened(conn, cast.buyer)
    named = [bids.first.member_id, bids.second.member_id]
    draft = await proposals.drafted(conn, bids.first, request, member_ids=named)
    with pytest.raises(model.MemberUnknown) as refused:
        await operations.submit_proposal(conn, bids.first.clerk, draft.id)
    assert refused.value.details["missing"] == 1


async def test_at_the_deadline_and_past_it_nothing_is_handed_over(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    request = await requests.opened(conn, cast.buyer)
    draft = await proposals.drafted(conn, bids.first, request)
    submitted = await proposals.submitted(conn, bids.second, request)
    await operations.change_proposal(conn, bids.second.clerk, submitted.id, change(plan="改。"))
    await at(request.deadline)
    for bidder, proposal in ((bids.first, draft), (bids.second, submitted)):
        with pytest.raises(DeadlinePassed):
            await operations.submit_proposal(conn, bidder.clerk, proposal.id)
    with pytest.raises(DeadlinePassed):
        await operations.change_proposal(conn, bids.first.clerk, draft.id, change(plan="再改。"))


async def test_an_invitation_is_for_the_very_unit(conn: Connection, cast: Cast, bids: Bids) -> None:
    request = await requests.opened(
        conn, cast.buyer, secrecy="invited", invited=[bids.first.unit.id]
    )
    await proposals.drafted(conn, bids.first, request)
    data = await proposals.new_proposal(conn, bids.first, request)
    with pytest.raises(model.NotInvited):
        await operations.draft_proposal(conn, bids.above, request.id, data)
    with pytest.raises(NotFound):
        await operations.draft_proposal(conn, bids.second.clerk, request.id, data)


@pytest.mark.parametrize("late", [False, True], ids=["before the deadline", "after it"])
async def test_it_is_withdrawn_with_its_trace_and_another_may_follow(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock, late: bool
) -> None:
    request = await requests.opened(conn, cast.buyer)
    first = await proposals.submitted(conn, bids.first, request)
    if late:
        await at(request.deadline + timedelta(seconds=1))
    gone = await operations.withdraw_proposal(conn, bids.leader, first.id, "人手不足")
    assert (gone.state, gone.reason, gone.number) == ("withdrawn", "人手不足", 1)
    assert (gone.opened_at == request.deadline) == late
    assert await _seen(conn, cast.buyer, first.id) == (["withdrawn"] if late else [])
    if not late:
        assert (await proposals.submitted(conn, bids.first, request)).id != first.id


async def _seen(conn: Connection, actor: Actor, proposal_id: object) -> list[str]:
    async with db.act(conn, actor):
        try:
            return [(await queries.find_proposal(conn, actor, proposal_id)).state]  # type: ignore[arg-type]
        except NotFound:
            return []


async def test_a_closed_request_takes_no_draft(conn: Connection, cast: Cast, bids: Bids) -> None:
    request = await requests.opened(conn, cast.buyer)
    await requesting.cancel_request(conn, cast.buyer, request.id, "项目暂缓")
    with pytest.raises(NotOpen):
        await proposals.drafted(conn, bids.first, request)
