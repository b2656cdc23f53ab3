"""Nobody talks about a proposal before it is opened, nor with whom he may not know."""

from __future__ import annotations

import asyncpg
import pytest

from market.base import db
from market.base.db import Connection
from market.base.errors import NotFound
from market.trade.catalogue import operations as offerings
from market.trade.deals.model import AttachmentSealed, NotYourDeal
from market.trade.proposals import talking
from tests.trade.enterprise_requests.conftest import Cast, SetClock
from tests.trade.proposals.conftest import Bids
from tests.world import catalogue, deals, proposals, requests


async def test_a_deal_about_a_proposal_waits_for_its_opening(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    opened = await requests.opened(conn, cast.buyer)
    proposal = await proposals.submitted(conn, bids.first, opened)
    clerk = bids.first.clerk
    with pytest.raises(NotFound):
        await talking.open_proposal_deal(conn, cast.buyer, proposal.id)
    with pytest.raises(talking.NotOpenedYet):
        await talking.open_proposal_deal(conn, clerk, proposal.id)
    forced = """INSERT INTO deal (enterprise_id, unit_id, topic, topic_id, title, opened_by)
                VALUES ($1, $2, 'proposal', $3, '报价', $4)"""
    sides = (cast.enterprise.id, bids.first.unit.id, proposal.id, clerk.person_id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.act(conn, clerk), db.savepoint(conn):
            await conn.execute(forced, *sides)
    await at(opened.deadline)
    deal = await talking.open_proposal_deal(conn, cast.buyer, proposal.id)
    assert (await talking.open_proposal_deal(conn, clerk, proposal.id)).id == deal.id
    assert (deal.title, deal.unit_id) == (opened.title, bids.first.unit.id)
    with pytest.raises(NotYourDeal):
        await talking.open_proposal_deal(conn, bids.above, proposal.id)
    with pytest.raises(NotFound):
        await talking.open_proposal_deal(conn, bids.second.clerk, proposal.id)


async def test_an_anonymous_buyer_is_told_to_nobody_by_a_deal(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    opened = await requests.opened(conn, cast.buyer, secrecy="anonymous")
    proposal = await proposals.submitted(conn, bids.first, opened)
    await at(opened.deadline)
    for actor in (cast.buyer, bids.first.clerk):
        with pytest.raises(talking.StillAnonymous):
            await talking.open_proposal_deal(conn, actor, proposal.id)


async def test_no_message_carries_a_sealed_proposals_file_before_the_deadline(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    opened = await requests.opened(conn, cast.buyer)
    clerk = bids.first.clerk
    plan = await catalogue.stored_file(conn, clerk)
    await proposals.submitted(conn, bids.first, opened, file_ids=[plan])
    offering = await catalogue.published_offering(conn, bids.first.unit)
    deal = await offerings.ask_about_offering(conn, cast.buyer, offering.id)
    with pytest.raises(AttachmentSealed):
        await deals.said(conn, clerk, deal, "先发您看", plan)
    await at(opened.deadline)
    assert (await deals.said(conn, clerk, deal, "现在可以看了", plan)).attachments


async def test_what_was_only_drafted_is_no_secret_after_the_deadline(
    conn: Connection, cast: Cast, bids: Bids, at: SetClock
) -> None:
    opened = await requests.opened(conn, cast.buyer)
    clerk = bids.first.clerk
    plan = await catalogue.stored_file(conn, clerk)
    await proposals.drafted(conn, bids.first, opened, file_ids=[plan])
    deal = await deals.opened(conn, bids.first.unit, cast.buyer)
    with pytest.raises(AttachmentSealed):
        await deals.said(conn, clerk, deal, "先发您看", plan)
    await at(opened.deadline)
    assert (await deals.said(conn, clerk, deal, "现在可以看了", plan)).attachments
