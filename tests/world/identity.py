"""People and organisations for tests, made by the operations that real people use.

``world.unit(conn)``, ``world.enterprise(conn)`` and ``world.person(conn, organisation, *roles)``
are all that most rooms need; everybody's password is ``PASSWORD``.
"""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Final
from uuid import UUID

import msgspec
import pyotp
from stdnum.cn import uscc as gb32100

from market.base import clock, db
from market.base.access import SYSTEM, Actor, Role
from market.base.db import Connection
from market.base.web import Credentials
from market.identity.administrators import operations as administrators
from market.identity.administrators.model import Administrator, NewAdministrator
from market.identity.enterprises import operations as enterprises
from market.identity.enterprises.model import FirstManager, Registration
from market.identity.invitations import operations as invitations
from market.identity.invitations.model import Acceptance, NewInvitation
from market.identity.letters import Link
from market.identity.organisations.model import Organisation
from market.identity.passwords.model import hasher
from market.identity.people import operations as people
from market.identity.people import queries as person_queries
from market.identity.roles import operations as roles
from market.identity.roles import queries as role_queries
from market.identity.roles.model import FOUR_EYES_ROLES, GrantState, RoleGrant
from market.identity.second_factor import codes
from market.identity.second_factor import operations as second_factor
from market.identity.sessions import operations as sessions
from market.identity.sessions import queries as session_queries
from market.identity.units import operations as units
from market.identity.units import queries as unit_queries
from market.identity.units.model import NewParent, NewUnit, TaxStatusKind

PASSWORD: Final = "eine lange Eselsbrücke"
SITE: Final = "https://market.test"
KEY: Final = b"of second factors, for tests one"
numbers = count(1)
last_tokens: Final[dict[tuple[UUID, UUID], str]] = {}
hashes: Final[dict[str, str]] = {}


async def unit(
    conn: Connection,
    *,
    parent: Organisation | None = None,
    legal_person: bool = True,
    level: int | None = None,
    name_zh: str | None = None,
    tax_status: TaxStatusKind = TaxStatusKind.GENERAL,
) -> Organisation:
    """A unit under ``parent`` (by default under the top), a legal person unless told otherwise."""
    above = parent or await root(conn)
    n = next(numbers)
    new = NewUnit(
        name_zh=name_zh or f"第{n}技协",
        name_en=f"Unit {n}",
        region="510100",
        level=level if level is not None else min((above.level or 0) + 1, 3),
        parent_id=above.id,
        legal_person=legal_person,
        uscc=uscc("51", n) if legal_person else None,
        number_prefix=letters(n) if legal_person else None,
        tax_status=tax_status if legal_person else None,
    )
    return await units.found_unit(conn, (await two_administrators(conn))[0], new)


async def enterprise(
    conn: Connection, *, name_zh: str | None = None, verified: bool = True
) -> Organisation:
    """An enterprise that registered itself, whose manager came in, and whom a clerk verified."""
    n = next(numbers)
    link = Link(SITE)
    given = Registration(
        name_zh=name_zh or f"第{n}机械有限公司",
        name_en=f"Enterprise {n}",
        uscc=uscc("91", n),
        region="510100",
        manager=FirstManager(name=f"经理{n}", email=f"manager{n}@market.test"),
    )
    registered = await enterprises.register_enterprise(conn, given, link)
    await accept(conn, link)
    if not verified:
        return registered
    clerk = await person(conn, await root(conn), Role.CLERK)
    return await enterprises.verify_enterprise(conn, clerk, registered.id)


async def person(
    conn: Connection,
    organisation: Organisation,
    *granted: Role,
    name: str | None = None,
    to_on: date | None = None,
) -> Actor:
    """Somebody new with these roles there, signed in; money roles approved by a second person.

    A manager stands for the enterprise's everyday people too when no role is named.
    """
    wanted = granted or (_usual(organisation),)
    n = next(numbers)
    link = Link(SITE)
    new = NewInvitation(
        organisation_id=organisation.id,
        name=name or f"专家{n}",
        email=f"person{n}@market.test",
        roles=list(wanted),
        to_on=to_on,
    )
    await invitations.invite(conn, await inviter(conn, organisation), new, link)
    person_id = await accept(conn, link)
    if not FOUR_EYES_ROLES.isdisjoint(wanted):
        await approve_all(conn, organisation, person_id)
    return await signed_in(conn, person_id, organisation.id)


async def also(conn: Connection, actor: Actor, organisation: Organisation, *granted: Role) -> Actor:
    """The same person, acting for a second organisation that let him in with these roles."""
    link = Link(SITE)
    new = NewInvitation(
        organisation_id=organisation.id,
        name="两处任职",
        email=await email_of(conn, actor),
        roles=list(granted),
    )
    await invitations.invite(conn, await inviter(conn, organisation), new, link)
    await accept(conn, link, password=None)
    if not FOUR_EYES_ROLES.isdisjoint(granted):
        await approve_all(conn, organisation, actor.person_id)
    return await signed_in(conn, actor.person_id, organisation.id)


async def left(conn: Connection, actor: Actor) -> None:
    """The person lays down every role at the organisation that he acts for."""
    for grant in await grants_of(conn, actor):
        if grant.organisation_id == actor.organisation_id:
            await roles.revoke_grant(conn, actor, grant.id, "调离 Moved on")


async def root(conn: Connection) -> Organisation:
    """The unit at the top of the tree, which the first administrator founds."""
    found = await unit_queries.root(conn)
    if found is None:
        await two_administrators(conn)
        return await root(conn)
    return found


async def two_administrators(conn: Connection) -> tuple[Actor, Actor]:
    """One to propose and one to approve; made on the first call."""
    top = await unit_queries.root(conn)
    async with db.act(conn, SYSTEM):
        held = (
            await role_queries.holders(conn, top.id, Role.ADMINISTRATOR) if top is not None else []
        )
    first, second = [
        await still_signed_in(conn, person_id, top.id) for person_id in held[:2] if top is not None
    ] or [await administrator(conn), await administrator(conn)]
    return first, second


async def administrator(conn: Connection) -> Actor:
    made = await new_administrator(conn)
    return await signed_in(conn, made.person.id, made.root.id)


async def new_administrator(conn: Connection) -> Administrator:
    n = next(numbers)
    new = NewAdministrator(name=f"管理员{n}", email=f"administrator{n}@market.test")
    return await administrators.create_administrator(conn, new, await password_hash_of(PASSWORD))


async def inviter(conn: Connection, organisation: Organisation) -> Actor:
    """Who lets people in there: an administrator, or the enterprise's first manager."""
    if organisation.kind == "unit":
        return (await two_administrators(conn))[0]
    return await manager_of(conn, organisation)


async def manager_of(conn: Connection, organisation: Organisation) -> Actor:
    """The manager who registered the enterprise."""
    async with db.act(conn, SYSTEM):
        held = await role_queries.holders(conn, organisation.id, Role.MANAGER)
    return await still_signed_in(conn, held[0], organisation.id)


async def accept(conn: Connection, link: Link, *, password: str | None = PASSWORD) -> UUID:
    """Open the link and agree to the documents in force; who has a password names none."""
    given = Acceptance(
        token=link.token, consents=await people.documents_in_force(conn), password=password
    )
    password_hash = await password_hash_of(password) if password else None
    accepted = await invitations.accept(conn, given, password_hash)
    assert accepted.person_id is not None, "an accepted invitation knows who accepted it"
    return accepted.person_id


async def password_hash_of(password: str) -> str:
    """Hashed once: nobody in the world minds that others have the same salt."""
    if password not in hashes:
        hashes[password] = await hasher("cheap").hash(password)
    return hashes[password]


async def approve_all(conn: Connection, organisation: Organisation, person_id: UUID) -> None:
    """Let the second administrator approve what the first one proposed."""
    _, second = await two_administrators(conn)
    async with db.act(conn, SYSTEM):
        proposed = await role_queries.grants(
            conn,
            SYSTEM,
            organisation_id=organisation.id,
            person_id=person_id,
            state=GrantState.PROPOSED,
            after=None,
            limit=20,
        )
    for grant in proposed:
        await roles.approve_grant(conn, second, grant.id)


async def still_signed_in(conn: Connection, person_id: UUID, organisation_id: UUID) -> Actor:
    """The same by the session that was opened last, while it is good in this database."""
    token = last_tokens.get((person_id, organisation_id))
    found = token and await session_queries.who_is(conn, Credentials("session", token))
    return found or await signed_in(conn, person_id, organisation_id)


async def signed_in(conn: Connection, person_id: UUID, organisation_id: UUID) -> Actor:
    """The person acting for the organisation, as the door finds him by his session."""
    opened = await sessions.open_session(
        conn, person_id, organisation_id=organisation_id, address=None, device=None
    )
    last_tokens[person_id, organisation_id] = opened.token
    actor = await session_queries.who_is(conn, Credentials("session", opened.token))
    assert actor is not None, "a new session is good"
    return actor


async def moved(conn: Connection, mover: Organisation) -> Organisation:
    """From today on it is under another unit, which is told."""
    elsewhere = await unit(conn)
    move = NewParent(parent_id=elsewhere.id, from_on=await clock.today(conn), reason="机构调整")
    await units.move_unit(conn, (await two_administrators(conn))[0], mover.id, move)
    return elsewhere


async def again(conn: Connection, actor: Actor) -> Actor:
    """The same person as he stands now, after roles or the tree have changed."""
    assert actor.organisation_id is not None, "he acts for somebody"
    return await signed_in(conn, actor.person_id, actor.organisation_id)


def as_if_all_were_visible(actor: Actor) -> Actor:
    """The actor with the queries' visibility clause switched off: only RLS is left to hide rows."""
    return msgspec.convert(msgspec.structs.asdict(actor), type=SeesEverything)


class SeesEverything(Actor, frozen=True):
    """For tests of row-level security only."""

    @property
    def visible(self) -> list[UUID] | None:
        return None


def uscc(kind: str, n: int) -> str:
    """A valid credit code that nobody has, with n in it."""
    body = f"{kind}510100TEXT{n:05d}"
    return body + gb32100.calc_check_digit(body + "0")


def letters(n: int) -> str:
    """A number prefix of its own: XAAA, XAAB, …"""
    word = ""
    for _ in range(3):
        n, rest = divmod(n, 26)
        word = chr(ord("A") + rest) + word
    return f"X{word}"


def _usual(organisation: Organisation) -> Role:
    return Role.CLERK if organisation.kind == "unit" else Role.BUYER


async def email_of(conn: Connection, actor: Actor) -> str:
    async with db.act(conn, SYSTEM):
        reader = await person_queries.reader(conn, actor.person_id)
    assert reader is not None, "everybody in this world has an address"
    return reader.email


async def find_again(conn: Connection, actor: Actor) -> Actor | None:
    """The same person if he can still act for that organisation, else None."""
    async with db.act(conn, SYSTEM):
        held = await session_queries.organisations_of(conn, actor.person_id)
    if actor.organisation_id not in [each.organisation_id for each in held]:
        return None
    return await again(conn, actor)


async def grants_of(conn: Connection, actor: Actor) -> list[RoleGrant]:
    """All role grants of a person, newest first."""
    async with db.act(conn, SYSTEM):
        return await role_queries.grants(
            conn,
            SYSTEM,
            organisation_id=None,
            person_id=actor.person_id,
            state=None,
            after=None,
            limit=50,
        )


async def with_second_factor(conn: Connection, actor: Actor) -> Device:
    """A device of the actor's, confirmed in a session of his."""
    factor = await second_factor.begin(conn, actor)
    device = Device(actor, factor.id)
    opened = await sessions.open_session(
        conn, actor.person_id, organisation_id=actor.organisation_id, address=None, device=None
    )
    enabled = await second_factor.confirm(conn, actor, opened.token, await device.code(conn), KEY)
    device.recovery_codes = enabled.recovery_codes
    strong = await session_queries.who_is(conn, Credentials("session", opened.token))
    assert strong is not None, "the session goes on"
    device.actor = strong
    return device


class Device:
    """What its person holds in his hand; ``actor``: he in the session that has shown it."""

    def __init__(self, actor: Actor, factor_id: UUID) -> None:
        self.actor = actor
        self.factor_id = factor_id
        self.recovery_codes: list[str] = []

    async def code(self, conn: Connection, *, steps_away: int = 0) -> str:
        """What it shows now, or some steps of thirty seconds from now."""
        step = int((await clock.now(conn)).timestamp()) // codes.STEP_SECONDS + steps_away
        return pyotp.TOTP(codes.secret_of(KEY, self.factor_id)).generate_otp(step)
