"""What the public reads of units, and of members as far as they agreed."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from market.base import clock, db
from market.base.access import ANONYMOUS, Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.identity.erasure import operations as erasure
from market.identity.members import operations as members
from market.identity.members.model import (
    Leaving,
    MemberKind,
    NewMember,
    NewQualification,
    Qualification,
)
from market.trade.providers import model, operations, queries
from market.trade.providers.model import ExpertPage, ProfileInput, ProviderPage
from tests.world import catalogue, contracts, identity, reviews


async def provider(conn: Connection, unit_id: UUID) -> ProviderPage:
    async with db.look(conn, ANONYMOUS):
        return await queries.find_provider(conn, unit_id)


async def expert(conn: Connection, member_id: UUID) -> ExpertPage:
    async with db.look(conn, ANONYMOUS):
        return await queries.find_expert(conn, member_id)


async def certified(conn: Connection, clerk: Actor, member_id: UUID) -> list[Qualification]:
    day = await clock.today(conn)
    return [
        await members.add_qualification(
            conn,
            clerk,
            member_id,
            NewQualification(
                kind=kind, level=level, number=number, issuer="锦川市人社局", issued_on=day
            ),
        )
        for kind, level, number in (
            ("职业技能等级证书", "chief_technician", "S0001"),
            ("特种作业操作证", None, "T0002"),
        )
    ]


async def test_a_provider_shows_what_it_offers_and_did_but_no_buyer_and_no_price(
    conn: Connection,
) -> None:
    deal = await reviews.completed(conn)
    await reviews.written(conn, deal, "provider")
    await reviews.written(conn, deal, "buyer", quality=4)
    page = await provider(conn, deal.cast.unit.id)
    assert page.kinds == ["service"]
    assert (page.offering_count, len(page.offerings)) == (1, 1)
    assert [(one.kind, one.contracts) for one in page.delivered] == [("service", 1)]
    assert [work.title_zh for work in page.works] == [deal.offering.title_zh]
    assert (page.averages.count, page.averages.quality_hundredths) == (1, 400)
    assert [review.comment for review in page.reviews] == ["修复质量好，按期完成"]
    printed = msgspec.json.encode([page.works, page.delivered, page.reviews]).decode()
    for secret in (deal.cast.enterprise.name_zh, str(deal.cast.enterprise.id), "1060000"):
        assert secret not in printed


async def test_only_units_have_a_page(conn: Connection) -> None:
    with pytest.raises(NotFound):
        await provider(conn, (await identity.enterprise(conn)).id)


async def test_a_person_is_shown_only_as_far_as_he_agreed(conn: Connection) -> None:
    unit = await identity.unit(conn)
    himself = await identity.person(conn, unit, Role.MEMBER)
    clerk = await identity.person(conn, unit, Role.CLERK)
    member_id = await catalogue.enrolled_member(conn, unit, himself.person_id)
    one, _ = await certified(conn, clerk, member_id)
    with pytest.raises(NotFound):
        await expert(conn, member_id)
    with pytest.raises(model.OnlyTheMemberHimself):
        await operations.agree_to_be_shown(
            conn, clerk, member_id, ProfileInput(qualification_ids=[])
        )
    await operations.agree_to_be_shown(
        conn, himself, member_id, ProfileInput(qualification_ids=[one.id])
    )
    page = await expert(conn, member_id)
    assert [shown.level for shown in page.qualifications] == ["chief_technician"]
    assert b"S0001" not in msgspec.json.encode(page)
    assert [line.levels for line in (await provider(conn, unit.id)).experts] == [
        ["chief_technician"]
    ]
    await operations.withdraw_from_the_public(conn, himself, member_id)
    with pytest.raises(NotFound):
        await expert(conn, member_id)
    assert (await provider(conn, unit.id)).experts == []


async def test_who_leaves_or_is_erased_is_shown_no_more(conn: Connection) -> None:
    unit = await identity.unit(conn)
    clerk = await identity.person(conn, unit, Role.CLERK)
    for leave in (True, False):
        himself = await identity.person(conn, unit, Role.MEMBER)
        member_id = await catalogue.enrolled_member(conn, unit, himself.person_id)
        await operations.agree_to_be_shown(
            conn, himself, member_id, ProfileInput(qualification_ids=[])
        )
        assert (await expert(conn, member_id)).id == member_id
        if leave:
            await members.leave(conn, clerk, member_id, Leaving())
        else:
            await erasure.erase_person(conn, himself, himself.person_id)
        with pytest.raises(NotFound):
            await expert(conn, member_id)


async def test_a_group_is_no_person_and_shows_its_certificates(conn: Connection) -> None:
    unit = await identity.unit(conn)
    clerk = await identity.person(conn, unit, Role.CLERK)
    new = NewMember(kind=MemberKind.GROUP, number="T1", name="热喷涂攻关队")
    group = await members.enrol_member(conn, clerk, unit.id, new)
    await certified(conn, clerk, group.id)
    page = await expert(conn, group.id)
    assert (page.name, len(page.qualifications)) == ("热喷涂攻关队", 2)


async def test_an_experts_work_is_that_of_the_offerings_he_stands_in(conn: Connection) -> None:
    people = await contracts.cast(conn)
    new = NewMember(kind=MemberKind.GROUP, number="T1", name="热喷涂攻关队")
    group = await members.enrol_member(conn, people.clerk, people.unit.id, new)
    await reviews.completed(conn, people)
    assert (await expert(conn, group.id)).works == []
    await reviews.completed(conn, people, member_ids=[group.id])
    page = await expert(conn, group.id)
    assert [one.contracts for one in page.delivered] == [1]
    assert [offered.unit_id for offered in page.offerings] == [people.unit.id]


async def test_another_members_certificates_are_not_shown(conn: Connection) -> None:
    unit = await identity.unit(conn)
    clerk = await identity.person(conn, unit, Role.CLERK)
    himself = await identity.person(conn, unit, Role.MEMBER)
    mine = await catalogue.enrolled_member(conn, unit, himself.person_id)
    theirs = await certified(conn, clerk, await catalogue.enrolled_member(conn, unit))
    with pytest.raises(model.QualificationUnknown):
        await operations.agree_to_be_shown(
            conn, himself, mine, ProfileInput(qualification_ids=[theirs[0].id])
        )
