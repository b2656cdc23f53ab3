"""Rights, offerings and contracts in the states that their routes ask for."""

from __future__ import annotations

from uuid import UUID

import msgspec

from market.base.access import Role
from market.base.db import Connection
from market.identity.members import operations as members
from market.identity.members.model import MemberKind, NewMember
from market.trade.catalogue import operations as offerings
from market.trade.catalogue.model import Offering
from market.trade.catalogue.terms import TermsChange
from market.trade.providers import operations as providers
from market.trade.providers.model import ProfileInput
from tests.access.things import Ground, Things
from tests.world import catalogue, contracts, identity, performance, reviews


async def make(conn: Connection, ground: Ground, things: Things) -> None:
    await _rights(conn, ground, things)
    await _offerings(conn, ground, things)
    await _contracts(conn, ground, things)
    await _milestones(conn, ground, things)
    await _reviews(conn, ground, things)


async def _rights(conn: Connection, ground: Ground, things: Things) -> None:
    things.keep("right", right := await catalogue.registered_right(conn, ground.unit))
    things.ids["owner"] = right.owners[0].id
    things.keep("settled_right", settled := await catalogue.settled_right(conn, ground.unit))
    things.ids["settled_owner"] = settled.owners[0].id
    inventor = await _inventor(conn, ground)
    owners = [{"person_id": inventor}]
    paper = await catalogue.registered_right(conn, ground.unit, owners=owners)
    things.keep("paper_right", paper)
    things.ids["paper_owner"] = paper.owners[0].id
    things.ids["scan"] = await catalogue.stored_file(conn, ground.cast.clerk)


async def _inventor(conn: Connection, ground: Ground) -> UUID:
    """Somebody on the register who cannot sign in."""
    new = NewMember(kind=MemberKind.INDIVIDUAL, number="INVENTOR", name="发明人")
    member = await members.enrol_member(conn, ground.cast.clerk, ground.unit.id, new)
    assert member.person_id is not None, "an individual is a person"
    return member.person_id


async def _offerings(conn: Connection, ground: Ground, things: Things) -> None:
    drafter = await identity.person(conn, ground.unit, Role.MEMBER)
    draft = await catalogue.drafted_offering(conn, ground.unit, drafter)
    things.keep("draft", draft)
    reviewed = await catalogue.drafted_offering(conn, ground.unit, drafter)
    things.keep("in_review", await offerings.submit_offering(conn, drafter, reviewed.id))
    things.keep("published", await catalogue.published_offering(conn, ground.unit))
    things.keep("suspended", await _suspended(conn, ground))
    twice = await catalogue.published_offering(conn, ground.unit)
    revised = await catalogue.passed_revision(conn, ground.unit, twice, price_minor=90_000_00)
    hidden = await offerings.suspend_offering(conn, ground.cast.clerk, revised.id, "暂停接单")
    things.keep("two_versions", hidden)
    things.keep("revision", await _revision(conn, ground))


async def _suspended(conn: Connection, ground: Ground) -> Offering:
    published = await catalogue.published_offering(conn, ground.unit)
    return await offerings.suspend_offering(conn, ground.cast.clerk, published.id, "设备检修")


async def _revision(conn: Connection, ground: Ground) -> Offering:
    published = await catalogue.published_offering(conn, ground.unit)
    change = msgspec.convert({"price_minor": 95_000_00}, TermsChange)
    return await offerings.change_draft(conn, ground.cast.clerk, published.id, change)


async def _contracts(conn: Connection, ground: Ground, things: Things) -> None:
    people = ground.cast
    ordered = await contracts.ordered(conn, people, price_minor=300_000_00)
    things.keep("ordered", ordered.contract)
    drafted = await contracts.drafted(conn, people)
    things.keep("drafting", drafted.contract)
    submitted = await contracts.submitted(conn, people)
    things.keep("in_technical_review", submitted.contract)
    in_finance = await contracts.reviewed(
        conn, await contracts.submitted(conn, people), "technical"
    )
    things.keep("in_finance_review", in_finance.contract)
    in_last = await contracts.reviewed(
        conn, await contracts.submitted(conn, people), "technical", "finance"
    )
    things.keep("in_leader_review", in_last.contract)
    approved = await contracts.approved(conn, people)
    things.keep("awaiting_signatures", approved.contract)
    assert approved.contract.text_sha256 is not None, "an approved contract has its text"
    things.ids["text_sha256"] = approved.contract.text_sha256


async def _milestones(conn: Connection, ground: Ground, things: Things) -> None:
    planned = await contracts.signed(conn, ground.cast)
    things.keep("active", planned.contract)
    things.ids["planned"] = performance.milestones(planned)[0]
    started = await contracts.signed(conn, ground.cast)
    await performance.start(conn, started)
    things.ids["in_progress"] = performance.milestones(started)[0]
    delivered = await contracts.signed(conn, ground.cast)
    await performance.deliver(conn, delivered)
    things.ids["delivered"] = performance.milestones(delivered)[0]
    things.ids["accepted"] = (await performance.accept(conn, delivered, 1)).id
    things.ids["evidence"] = await performance.evidence(conn, ground.cast.clerk)


async def _reviews(conn: Connection, ground: Ground, things: Things) -> None:
    """One that only the buyer has written, one that both have; and a member who is shown."""
    completed = await reviews.completed(conn, ground.cast)
    things.keep("completed", completed.contract)
    things.keep("sealed_review", await reviews.written(conn, completed, "buyer"))
    other = await reviews.completed(conn, ground.cast)
    things.keep("other_review", await reviews.written(conn, other, "provider"))
    things.keep("shown_review", await reviews.written(conn, other, "buyer"))
    himself = await identity.person(conn, ground.unit, Role.MEMBER)
    member_id = await catalogue.enrolled_member(conn, ground.unit, himself.person_id)
    things.ids["shown_member"] = member_id
    await providers.agree_to_be_shown(conn, himself, member_id, ProfileInput(qualification_ids=[]))
