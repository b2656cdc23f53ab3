"""Enterprises register themselves or are invited; a clerk verifies them."""

from __future__ import annotations

import msgspec
import pytest

from market.base import db
from market.base.access import ANONYMOUS, Role
from market.base.db import Connection
from market.base.errors import NotFound, TooMany
from market.base.moves import WrongMove
from market.identity.enterprises import operations, queries
from market.identity.enterprises.model import (
    REGISTRATIONS_PER_ADDRESS,
    REGISTRATIONS_PER_MAILBOX,
    Correction,
    EnterpriseInvitation,
    FirstManager,
    OnlyClerksVerify,
    OwnEnterprise,
    Registration,
)
from market.identity.invitations import operations as invitations
from market.identity.invitations.model import NewInvitation
from market.identity.letters import Link
from market.identity.organisations import queries as organisations
from market.identity.organisations.model import (
    ContactInput,
    LegalNameNeedsTwo,
    NotYoursToEdit,
    OrganisationEdit,
    UsccTaken,
    WrongUscc,
)
from market.identity.organisations.operations import edit_organisation
from tests.identity.conftest import Market
from tests.world import identity as world

WRONG = "91510100TEXT0101XA"


def registration(uscc: str, email: str = "boss@market.test") -> Registration:
    return Registration(
        name_zh="锦川精密机械有限公司",
        uscc=uscc,
        region="510100",
        manager=FirstManager(name="经理甲", email=email),
    )


async def test_a_wrong_credit_code_is_refused_with_its_place(conn: Connection) -> None:
    with pytest.raises(WrongUscc) as refused:
        await operations.register_enterprise(conn, registration(WRONG), Link(world.SITE))

    assert refused.value.pointer == "/uscc"
    assert WRONG in refused.value.detail("zh-CN")
    assert "clerk" in refused.value.detail("en")


async def test_a_clerk_enters_a_wrong_code_with_a_reason_that_stays_on_record(
    conn: Connection,
) -> None:
    clerk = await world.person(conn, await world.root(conn), Role.CLERK)
    link = Link(world.SITE)
    given = EnterpriseInvitation(
        name_zh="旧证照机械厂",
        uscc=WRONG,
        uscc_override_reason="营业执照如此,登记机关已书面确认",
        region="510100",
        manager=FirstManager(name="厂长", email="old@market.test"),
    )

    invited = await operations.invite_enterprise(conn, clerk, given, link)
    assert invited.state == "invited"
    await world.accept(conn, link)

    verified = await organisations.find_organisation(conn, clerk, invited.id)
    assert verified.state == "verified"
    async with db.look(conn, clerk):
        decisions = await queries.verifications_of(conn, clerk, invited.id)
    assert decisions[0].uscc_override_reason == given.uscc_override_reason


async def test_without_a_reason_the_clerk_is_refused_as_well(conn: Connection) -> None:
    clerk = await world.person(conn, await world.root(conn), Role.CLERK)
    given = EnterpriseInvitation(
        name_zh="旧证照机械厂",
        uscc=WRONG,
        region="510100",
        manager=FirstManager(name="厂长", email="old@market.test"),
    )
    with pytest.raises(WrongUscc):
        await operations.invite_enterprise(conn, clerk, given, Link(world.SITE))


async def test_a_code_is_claimed_by_whoever_is_verified_first(conn: Connection) -> None:
    clerk = await world.person(conn, await world.root(conn), Role.CLERK)
    code = world.uscc("91", 90001)
    squatter, owner = [
        await operations.register_enterprise(conn, registration(code), Link(world.SITE))
        for _ in "ab"
    ]
    await operations.verify_enterprise(conn, clerk, owner.id)

    with pytest.raises(UsccTaken):
        await operations.verify_enterprise(conn, clerk, squatter.id)
    with pytest.raises(UsccTaken):
        await operations.register_enterprise(conn, registration(code), Link(world.SITE))
    refused = await operations.refuse_enterprise(conn, clerk, squatter.id, "不是该企业的人员")
    assert refused.state == "refused"


@pytest.mark.parametrize(
    "name", ["中奖 https://evil.test", "www.evil.test", "evil.test/prize", "领奖evil.com", "a.CN"]
)
def test_a_name_is_no_pages_address(name: str) -> None:
    given = msgspec.to_builtins(registration(world.uscc("91", 90005)))
    for place in (given, given["manager"]):
        field = "name" if place is given["manager"] else "name_zh"
        before, place[field] = place[field], name
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(given, type=Registration)
        place[field] = before
    given["name_en"] = "Jinchuan No.1 Machinery Co.,Ltd."
    msgspec.convert(given, type=Registration)


async def test_nobodys_mailbox_is_flooded_with_registrations(conn: Connection) -> None:
    given = registration(world.uscc("91", 90006), "Victim@market.test")
    for n in range(REGISTRATIONS_PER_MAILBOX):
        await operations.count_request(conn, given, f"192.0.2.{n}")

    with pytest.raises(TooMany):
        await operations.count_request(conn, given, "192.0.2.99")


async def test_a_mistyped_code_counts_for_the_address_and_for_no_mailbox(conn: Connection) -> None:
    given = registration(world.uscc("91", 90007), "typist@market.test")
    last = "0" if given.uscc[-1] != "0" else "1"
    mistyped = msgspec.structs.replace(given, uscc=given.uscc[:-1] + last)
    for _ in range(REGISTRATIONS_PER_ADDRESS - 1):
        with pytest.raises(WrongUscc):
            await operations.count_request(conn, mistyped, "192.0.2.7")
    await operations.count_request(conn, given, "192.0.2.7")
    with pytest.raises(TooMany):
        await operations.count_request(conn, mistyped, "192.0.2.7")


async def test_before_verification_only_the_manager_acts_and_nobody_else_sees_it(
    conn: Connection,
) -> None:
    enterprise = await world.enterprise(conn, verified=False)
    manager = await world.manager_of(conn, enterprise)
    stranger = await world.person(conn, await world.enterprise(conn))

    assert manager.roles == {Role.MANAGER}
    with pytest.raises(NotFound):
        await organisations.find_organisation(conn, stranger, enterprise.id)


async def test_a_refused_enterprise_corrects_itself_and_asks_again(market: Market) -> None:
    conn = market.conn
    enterprise = await world.enterprise(conn, verified=False)
    clerk = await world.person(conn, await world.root(conn), Role.CLERK)
    manager = await world.manager_of(conn, enterprise)
    refused = await operations.refuse_enterprise(conn, clerk, enterprise.id, "名称与执照不符")
    assert refused.state == "refused"
    assert any(
        "名称与执照不符" in mail
        for mail in await market.mails_to(await world.email_of(conn, manager))
    )

    correction = Correction(name_zh="更正后的名称", uscc=world.uscc("91", 90002), region="510100")
    registered = await operations.register_again(conn, manager, enterprise.id, correction)
    verified = await operations.verify_enterprise(conn, clerk, enterprise.id)

    assert (registered.state, verified.state) == ("registered", "verified")
    assert verified.name_zh == "更正后的名称"


async def test_a_repeated_decision_answers_the_same_and_a_rivals_is_refused(
    conn: Connection,
) -> None:
    enterprise = await world.enterprise(conn, verified=False)
    clerk, rival = [await world.person(conn, await world.root(conn), Role.CLERK) for _ in "ab"]

    first = await operations.verify_enterprise(conn, clerk, enterprise.id)
    assert await operations.verify_enterprise(conn, clerk, enterprise.id) == first
    with pytest.raises(WrongMove):
        await operations.verify_enterprise(conn, rival, enterprise.id)
    with pytest.raises(WrongMove):
        await operations.refuse_enterprise(conn, rival, enterprise.id, "证照有误")


async def test_a_manager_does_not_verify_his_own_enterprise(conn: Connection) -> None:
    enterprise = await world.enterprise(conn, verified=False)
    manager = await world.manager_of(conn, enterprise)

    with pytest.raises(OnlyClerksVerify):
        await operations.verify_enterprise(conn, manager, enterprise.id)


async def test_a_clerk_who_belongs_to_it_does_not_verify_it(conn: Connection) -> None:
    enterprise = await world.enterprise(conn, verified=False)
    manager = await world.manager_of(conn, enterprise)
    root = await world.root(conn)
    link = Link(world.SITE)
    new = NewInvitation(
        organisation_id=root.id,
        name="经理",
        email=await world.email_of(conn, manager),
        roles=[Role.CLERK],
    )
    await invitations.invite(conn, (await world.two_administrators(conn))[0], new, link)
    await world.accept(conn, link, password=None)
    as_clerk = await world.signed_in(conn, manager.person_id, root.id)

    with pytest.raises(OwnEnterprise):
        await operations.verify_enterprise(conn, as_clerk, enterprise.id)


async def test_a_stranger_gets_the_answer_of_an_absent_enterprise(conn: Connection) -> None:
    enterprise = await world.enterprise(conn, verified=False)
    stranger = await world.person(conn, await world.enterprise(conn))

    for actor in (stranger, ANONYMOUS):
        with pytest.raises(NotFound):
            await operations.verify_enterprise(conn, actor, enterprise.id)


async def test_registering_says_nothing_of_whether_the_address_is_known(market: Market) -> None:
    conn = market.conn
    manager = await world.manager_of(conn, await world.enterprise(conn))
    known = await world.email_of(conn, manager)

    one = await operations.register_enterprise(
        conn, registration(world.uscc("91", 90003), known), Link(world.SITE)
    )
    other = await operations.register_enterprise(
        conn, registration(world.uscc("91", 90004), "new@market.test"), Link(world.SITE)
    )

    assert one.state == other.state == "registered"
    assert len(await market.mails_to("new@market.test")) == 1


async def test_a_verified_name_is_edited_by_nobody_alone(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    clerk = await world.person(conn, await world.root(conn), Role.CLERK)
    edit = OrganisationEdit(name_zh="另一个名称", name_en="Another Name", region="510100")

    for actor in (manager, clerk):
        with pytest.raises(LegalNameNeedsTwo):
            await edit_organisation(conn, actor, enterprise.id, edit, enterprise.version)


async def test_an_enterprise_is_looked_after_by_the_unit_that_verified_it(
    conn: Connection,
) -> None:
    district = await world.unit(conn, level=1)
    unit = await world.unit(conn, parent=district)
    enterprise = await world.enterprise(conn, verified=False)
    clerk, above = await world.person(conn, unit), await world.person(conn, district)
    elsewhere = await world.person(conn, await world.unit(conn))
    top = await world.person(conn, await world.root(conn), Role.CLERK)
    verified = await operations.verify_enterprise(conn, clerk, enterprise.id)

    def edit(name_en: str) -> OrganisationEdit:
        return OrganisationEdit(name_zh=verified.name_zh, name_en=name_en, region="510100")

    version = verified.version
    for actor in (clerk, above, top):
        edited = await edit_organisation(conn, actor, enterprise.id, edit("Works"), version)
        version = edited.version
    with pytest.raises(NotYoursToEdit):
        await edit_organisation(conn, elsewhere, enterprise.id, edit("Rewritten"), version)


async def test_a_contact_that_is_left_out_stays_as_it_is(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    full = OrganisationEdit(
        name_zh=enterprise.name_zh, region="510100", contact=ContactInput(phone="028 8888 1234")
    )
    bare = OrganisationEdit(name_zh=enterprise.name_zh, region="510104")

    edited = await edit_organisation(conn, manager, enterprise.id, full, enterprise.version)
    await edit_organisation(conn, manager, enterprise.id, bare, edited.version)

    async with db.look(conn, manager):
        contact = await organisations.find_contact(conn, manager, enterprise.id)
    assert contact.phone == "028 8888 1234"
