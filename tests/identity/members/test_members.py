"""The register of members: kept by the unit's own clerk, with certificates that expire."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import msgspec
import pytest

from market.base import clock, db
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound, Stale
from market.identity.members import operations, queries
from market.identity.members.model import (
    AlreadyEnrolled,
    CertificateDates,
    CertificateTwice,
    Leaving,
    Member,
    MemberEdit,
    MemberIncomplete,
    MemberKind,
    NewMember,
    NewQualification,
    OnlyTheUnitsClerk,
    UnknownGroup,
    UnknownLevel,
)
from market.identity.organisations.model import Organisation
from tests.world import identity as world

WELDER = NewQualification(
    kind="焊工",
    level="senior_technician",
    number="2026-0001",
    issuer="锦川市职业技能鉴定中心",
    issued_on=date(2026, 1, 5),
)


async def clerk_of(conn: Connection, unit: Organisation) -> Actor:
    return await world.person(conn, unit, Role.CLERK)


async def enrol(conn: Connection, clerk: Actor, number: str, **more: object) -> Member:
    assert clerk.organisation_id is not None
    given: dict[str, object] = {"name": "专家甲", **more}
    new = NewMember(kind=MemberKind.INDIVIDUAL, number=number, **given)  # type: ignore[arg-type]
    return await operations.enrol_member(conn, clerk, clerk.organisation_id, new)


async def test_a_group_that_is_no_organisation_here_is_refused_by_name(conn: Connection) -> None:
    unit = await world.unit(conn)
    clerk = await world.person(conn, unit, Role.CLERK)
    new = NewMember(kind=MemberKind.GROUP, number="T-001", name="班组", organisation_id=uuid4())
    with pytest.raises(UnknownGroup) as refused:
        await operations.enrol_member(conn, clerk, unit.id, new)
    assert refused.value.pointer == "/organisation_id"


async def test_a_clerk_enrols_individuals_and_groups(conn: Connection) -> None:
    unit = await world.unit(conn)
    clerk = await clerk_of(conn, unit)

    one = await enrol(conn, clerk, "G-001", trade="焊接")
    group = await operations.enrol_member(
        conn, clerk, unit.id, NewMember(kind=MemberKind.GROUP, number="T-001", name="焊接班组")
    )

    assert (one.name, one.trade, one.state) == ("专家甲", "焊接", "enrolled")
    assert (group.name, group.person_id) == ("焊接班组", None)


async def test_nobody_is_enrolled_twice_in_a_unit(conn: Connection) -> None:
    unit = await world.unit(conn)
    clerk = await clerk_of(conn, unit)
    member = await enrol(conn, clerk, "G-001")

    with pytest.raises(AlreadyEnrolled):
        await enrol(conn, clerk, "G-001", name="另一人")
    with pytest.raises(AlreadyEnrolled):
        await enrol(conn, clerk, "G-002", name=None, person_id=member.person_id)
    await operations.leave(conn, clerk, member.id, Leaving())
    again = await enrol(conn, clerk, "G-002", name=None, person_id=member.person_id)
    assert again.person_id == member.person_id


async def test_an_individual_is_somebody(conn: Connection) -> None:
    unit = await world.unit(conn)
    clerk = await clerk_of(conn, unit)

    with pytest.raises(MemberIncomplete):
        await enrol(conn, clerk, "G-001", name=None)


async def test_writing_is_for_the_own_unit_reading_for_the_subtree(conn: Connection) -> None:
    district = await world.unit(conn, level=2)
    unit = await world.unit(conn, parent=district)
    above, clerk = await clerk_of(conn, district), await clerk_of(conn, unit)
    stranger = await clerk_of(conn, await world.unit(conn))
    member = await enrol(conn, clerk, "G-001")

    async with db.look(conn, above):
        assert await queries.find_member(conn, above, member.id) == member
    with pytest.raises(OnlyTheUnitsClerk):
        await operations.leave(conn, above, member.id, Leaving())
    with pytest.raises(NotFound):
        await operations.leave(conn, stranger, member.id, Leaving())


async def test_an_edit_of_another_version_is_stale(conn: Connection) -> None:
    clerk = await clerk_of(conn, await world.unit(conn))
    member = await enrol(conn, clerk, "G-001")
    edited = await operations.edit_member(conn, clerk, member.id, MemberEdit(trade="钳工"), 1)

    assert (edited.trade, edited.version) == ("钳工", 2)
    with pytest.raises(Stale):
        await operations.edit_member(conn, clerk, member.id, MemberEdit(trade="车工"), 1)


async def test_certificates_are_found_by_level_while_they_are_good(conn: Connection) -> None:
    unit = await world.unit(conn)
    clerk = await clerk_of(conn, unit)
    member = await enrol(conn, clerk, "G-001")
    qualification = await operations.add_qualification(conn, clerk, member.id, WELDER)

    async def of_level(level: str) -> list[str]:
        async with db.look(conn, clerk):
            found = await queries.members(
                conn, clerk, unit_id=unit.id, state=None, level=level, after=None, limit=5
            )
        return [each.number for each in found]

    assert await of_level("senior_technician") == ["G-001"]
    assert await of_level("technician") == []
    with pytest.raises(CertificateTwice):
        await operations.add_qualification(conn, clerk, member.id, WELDER)
    await operations.withdraw_qualification(conn, clerk, member.id, qualification.id)
    assert await of_level("senior_technician") == []
    async with db.look(conn, clerk):
        page = await operations.page_of(conn, clerk, member.id)
    assert page.version == 3
    assert page.qualifications[0].withdrawn_on == await clock.today(conn)


async def test_a_certificate_has_a_known_level_and_possible_dates(conn: Connection) -> None:
    clerk = await clerk_of(conn, await world.unit(conn))
    member = await enrol(conn, clerk, "G-001")
    tomorrow = await clock.today(conn) + timedelta(days=1)

    def certificate(**changed: object) -> NewQualification:
        given: dict[str, object] = {
            "kind": "焊工",
            "number": "2026-0002",
            "issuer": "锦川市职业技能鉴定中心",
            "issued_on": date(2026, 1, 5),
            **changed,
        }
        return NewQualification(**given)  # type: ignore[arg-type]

    with pytest.raises(UnknownLevel):
        await operations.add_qualification(conn, clerk, member.id, certificate(level="wizard"))
    with pytest.raises(CertificateDates):
        await operations.add_qualification(conn, clerk, member.id, certificate(issued_on=tomorrow))
    with pytest.raises(CertificateDates):
        await operations.add_qualification(
            conn, clerk, member.id, certificate(expires_on=date(2025, 1, 1))
        )


async def test_nobody_is_enrolled_by_his_address(conn: Connection) -> None:
    clerk = await clerk_of(conn, await world.unit(conn))
    buyer = await world.person(conn, await world.enterprise(conn), name="采购丙")
    known = {"kind": "individual", "number": "G-001", "name": "专家甲"}

    with pytest.raises(msgspec.ValidationError, match="email"):
        msgspec.convert({**known, "email": await world.email_of(conn, buyer)}, type=NewMember)
    with pytest.raises(NotFound) as refusal:
        await enrol(conn, clerk, "G-001", name=None, person_id=buyer.person_id)
    assert refusal.value.pointer == "/person_id"
    member = await enrol(conn, clerk, "G-001", name="采购丙")
    assert member.person_id != buyer.person_id
