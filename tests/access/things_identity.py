"""Grants, authorities, invitations, members, keys and policies, each before its next step."""

from __future__ import annotations

from datetime import date, timedelta

from market.base import clock, db
from market.base.access import Role
from market.base.db import Connection
from market.identity.authorities import operations as authorities
from market.identity.authorities.model import AuthorityKind, NewAuthority
from market.identity.enterprises import operations as enterprises
from market.identity.invitations import operations as invitations
from market.identity.invitations.model import NewInvitation
from market.identity.keys import operations as keys
from market.identity.keys.model import NewKey
from market.identity.letters import Link
from market.identity.members import operations as members
from market.identity.members.model import MemberKind, NewMember, NewQualification
from market.identity.people import operations as people
from market.identity.policies import operations as policies
from market.identity.policies import queries as policy_queries
from market.identity.policies.model import Proposal
from market.identity.renamings import operations as renamings
from market.identity.renamings.model import NewRenaming
from market.identity.roles import operations as roles
from market.identity.roles.model import NewGrant
from market.identity.second_factor_resets import operations as second_factor_resets
from market.identity.second_factor_resets.model import NewReset
from market.identity.sessions import operations as sessions
from tests.access.things import Ground, Things
from tests.world import identity


async def make(conn: Connection, ground: Ground, things: Things) -> None:
    today = await clock.today(conn)
    things.ids.update(
        {
            "today": today.isoformat(),
            "in_a_year": (today + timedelta(days=364)).isoformat(),
            "tomorrow": (today + timedelta(days=1)).isoformat(),
            "sibling": (await identity.unit(conn, parent=ground.above)).id,
            "child": (await identity.unit(conn, parent=ground.unit)).id,
        }
    )
    consents = await people.documents_in_force(conn)
    things.ids.update({"terms": consents.terms, "privacy": consents.privacy, "document": "terms"})
    await _organisations(conn, ground, things)
    await _people(conn, ground, things)
    await _devices(conn, ground, things)
    await _grants(conn, ground, things)
    await _authorities(conn, ground, things)
    await _register(conn, ground, things)
    await _policies(conn, ground, things, today)


async def _organisations(conn: Connection, ground: Ground, things: Things) -> None:
    registered = await identity.enterprise(conn, verified=False)
    things.keep("registered_enterprise", registered)
    things.ids["above"] = ground.above.id
    things.ids["unit"], things.versions["unit"] = ground.unit.id, ground.unit.version
    things.ids["enterprise"] = ground.enterprise.id
    things.versions["enterprise"] = ground.enterprise.version
    new = NewRenaming(name_zh="更名中的企业", reason="营业执照已换发")
    manager = ground.cast.manager
    things.keep(
        "renaming", await renamings.propose_renaming(conn, manager, ground.enterprise.id, new)
    )
    refused = await identity.enterprise(conn, verified=False)
    clerk = ground.cast.clerk
    reason = "营业执照与登记不符"
    things.keep(
        "refused_enterprise", await enterprises.refuse_enterprise(conn, clerk, refused.id, reason)
    )


async def _people(conn: Connection, ground: Ground, things: Things) -> None:
    colleague = await identity.person(conn, ground.unit, Role.MEMBER)
    things.ids["colleague"] = colleague.person_id
    opened = await sessions.open_session(
        conn,
        colleague.person_id,
        organisation_id=ground.unit.id,
        address="203.0.113.9",
        device=None,
    )
    things.keep("session", opened.session)
    expires_on = await clock.today(conn) + timedelta(days=30)
    new_key = NewKey(name="对账", roles=[Role.MEMBER], expires_on=expires_on)
    things.keep("key", (await keys.issue_key(conn, colleague, new_key)).key)
    new = NewInvitation(
        organisation_id=ground.unit.id,
        name="待加入",
        email="invited@market.test",
        roles=[Role.MEMBER],
    )
    inviter = await identity.inviter(conn, ground.unit)
    sent = await invitations.invite(conn, inviter, new, Link(identity.SITE))
    things.keep("invitation", sent)


async def _devices(conn: Connection, ground: Ground, things: Things) -> None:
    """One person has lost his device, another one's loss waits for a second administrator."""
    losers = [await identity.person(conn, ground.unit, Role.MEMBER) for _ in "ab"]
    for loser in losers:
        await identity.with_second_factor(conn, loser)
    proposer = await identity.person(conn, ground.above, Role.ADMINISTRATOR)
    new = NewReset(person_id=losers[0].person_id, reason="手机丢失，已核对身份证件")
    reset = await second_factor_resets.propose_reset(conn, proposer, new)
    things.keep("second_factor_reset", reset)
    things.ids["loser"] = losers[1].person_id


async def _grants(conn: Connection, ground: Ground, things: Things) -> None:
    first, _ = await identity.two_administrators(conn)
    proposed = await roles.grant_role(conn, first, _grant(things, ground, Role.FINANCE))
    things.keep("proposed_grant", proposed)
    granted = await roles.grant_role(conn, first, _grant(things, ground, Role.CLERK))
    things.keep("grant", granted)


def _grant(things: Things, ground: Ground, role: Role) -> NewGrant:
    return NewGrant(person_id=things.ids["colleague"], organisation_id=ground.unit.id, role=role)


async def _authorities(conn: Connection, ground: Ground, things: Things) -> None:
    proposer = (await identity.two_administrators(conn))[0]
    for name in ("proposed_authority", "authority"):
        signatory = await identity.person(conn, ground.unit, Role.SIGNATORY)
        new = NewAuthority(
            person_id=signatory.person_id,
            organisation_id=ground.unit.id,
            kind=AuthorityKind.LEGAL_REPRESENTATIVE,
        )
        proposed = await authorities.propose_authority(conn, proposer, new)
        things.keep(name, proposed)
        things.ids[f"{name}_person"] = signatory.person_id
    confirmer = (await identity.two_administrators(conn))[1]
    confirmed = await authorities.confirm_authority(conn, confirmer, proposed.id)
    things.keep("authority", confirmed)


async def _register(conn: Connection, ground: Ground, things: Things) -> None:
    new = NewMember(kind=MemberKind.INDIVIDUAL, number="M-ACCESS", name="高级技师甲")
    clerk = ground.cast.clerk
    member = await members.enrol_member(conn, clerk, ground.unit.id, new)
    certificate = NewQualification(
        kind="职业技能等级证书",
        number="S000051010001",
        issuer="锦川市人社局",
        issued_on=date(2024, 5, 6),
    )
    things.keep(
        "qualification", await members.add_qualification(conn, clerk, member.id, certificate)
    )
    async with db.look(conn, clerk):
        things.keep("member", (await members.page_of(conn, clerk, member.id)).member)


async def _policies(conn: Connection, ground: Ground, things: Things, today: date) -> None:
    """The unit's own version of a policy, proposed by the market's first administrator."""
    proposer = (await identity.two_administrators(conn))[0]
    present = await policy_queries.latest(conn, "invoicing", None)
    assert present is not None, "the migrations seed it"
    proposal = Proposal(
        name="invoicing",
        unit_id=ground.unit.id,
        effective_on=today + timedelta(days=30),
        body=present.body,
        source="理事会决议",
    )
    things.ids["policy_body"] = present.body
    things.keep("policy", await policies.propose_policy(conn, proposer, proposal))
