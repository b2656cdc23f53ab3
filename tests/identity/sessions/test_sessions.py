"""Signing in, acting for an organisation, and every way in which that ends."""

from __future__ import annotations

import asyncio

import pytest

from market.base import db
from market.base.access import Actor, Role
from market.base.db import Connection
from market.base.errors import NotFound, TooMany
from market.base.web import Credentials
from market.identity.invitations import operations as invitations
from market.identity.invitations.model import NewInvitation
from market.identity.letters import Link
from market.identity.passwords.model import Hasher, hasher
from market.identity.roles import operations as roles
from market.identity.roles import queries as grants
from market.identity.sessions import operations, queries
from market.identity.sessions.model import (
    FAILURES_PER_ADDRESS,
    FAILURES_PER_PLACE,
    FAILURES_WITHOUT_PAUSE,
    LONGEST_PAUSE_SECONDS,
    NotYourOrganisation,
    SignIn,
    WrongPassword,
)
from tests.identity.conftest import Market
from tests.world import identity as world


async def sign_in(
    market: Market, email: str, password: str = world.PASSWORD, address: str = "192.0.2.1"
) -> operations.Opened:
    return await operations.sign_in(
        market.pool,
        SignIn(email=email, password=password),
        hasher("cheap"),
        address=address,
        device="test",
    )


async def who(conn: Connection, opened: operations.Opened) -> Actor | None:
    return await queries.who_is(conn, Credentials("session", opened.token))


async def test_whoever_knows_the_password_acts_for_his_only_organisation(market: Market) -> None:
    buyer = await world.person(market.conn, await world.enterprise(market.conn), Role.BUYER)

    opened = await sign_in(market, (await world.email_of(market.conn, buyer)).upper())

    assert await who(market.conn, opened) == buyer
    stored = await market.owner.fetchval("SELECT string_agg(s::text, '') FROM session s")
    assert opened.token not in stored


async def test_an_unknown_address_and_a_wrong_password_are_told_apart_by_nothing(
    market: Market,
) -> None:
    buyer = await world.person(market.conn, await world.enterprise(market.conn))
    email = await world.email_of(market.conn, buyer)

    answers = []
    for address, password in [(email, "wrong password"), ("nobody@market.test", world.PASSWORD)]:
        with pytest.raises(WrongPassword) as refused:
            await sign_in(market, address, password)
        answers.append((refused.value.code, refused.value.detail("zh-CN")))
    assert answers[0] == answers[1]


async def test_a_password_is_computed_for_unknown_addresses_too(market: Market) -> None:
    computed: list[str] = []

    class Counting(Hasher):
        def _verify(self, stored: str, password: str) -> bool:
            computed.append(stored)
            return super()._verify(stored, password)

    unknown = SignIn(email="nobody@market.test", password=world.PASSWORD)
    with pytest.raises(WrongPassword):
        await operations.sign_in(
            market.pool, unknown, Counting("cheap"), address="192.0.2.1", device="test"
        )
    assert len(computed) == 1


async def test_too_many_tries_lock_the_account_for_a_while_even_with_the_right_password(
    market: Market,
) -> None:
    buyer = await world.person(market.conn, await world.enterprise(market.conn))
    email = await world.email_of(market.conn, buyer)
    for _ in range(FAILURES_PER_PLACE):
        with pytest.raises(WrongPassword):
            await sign_in(market, email, "wrong password")

    with pytest.raises(TooMany) as refused:
        await sign_in(market, email)
    assert 0 < refused.value.retry_after_seconds <= 900
    await market.pass_time(minutes=16)
    assert await who(market.conn, await sign_in(market, email)) is not None


async def test_an_unknown_account_is_locked_just_the_same(market: Market) -> None:
    for _ in range(FAILURES_PER_PLACE):
        with pytest.raises(WrongPassword):
            await sign_in(market, "nobody@market.test")

    with pytest.raises(TooMany):
        await sign_in(market, "nobody@market.test")


async def test_tries_at_once_are_all_counted(market: Market) -> None:
    tries = [sign_in(market, "nobody@market.test") for _ in range(2 * FAILURES_PER_PLACE)]

    answers = await asyncio.gather(*tries, return_exceptions=True)

    assert sum(isinstance(answer, WrongPassword) for answer in answers) == FAILURES_PER_PLACE
    assert sum(isinstance(answer, TooMany) for answer in answers) == FAILURES_PER_PLACE


async def test_an_address_that_tries_many_accounts_is_stopped(market: Market) -> None:
    for n in range(FAILURES_PER_ADDRESS):
        await operations.count_try(market.conn, f"nobody{n}@market.test", "192.0.2.7")

    with pytest.raises(TooMany):
        await sign_in(market, "another@market.test", address="192.0.2.7")
    with pytest.raises(WrongPassword):
        await sign_in(market, "another@market.test", address="192.0.2.8")


async def test_a_success_forgets_the_failures_before_it(market: Market) -> None:
    buyer = await world.person(market.conn, await world.enterprise(market.conn))
    email = await world.email_of(market.conn, buyer)
    for _ in range(FAILURES_PER_PLACE - 1):
        with pytest.raises(WrongPassword):
            await sign_in(market, email, "wrong password")
    await sign_in(market, email)

    for _ in range(FAILURES_PER_PLACE):
        with pytest.raises(WrongPassword):
            await sign_in(market, email, "wrong password")


async def test_a_stranger_elsewhere_locks_nobody_out(market: Market) -> None:
    buyer = await world.person(market.conn, await world.enterprise(market.conn))
    email = await world.email_of(market.conn, buyer)
    for _ in range(FAILURES_PER_PLACE):
        with pytest.raises(WrongPassword):
            await sign_in(market, email, "wrong password", address="198.51.100.9")
    with pytest.raises(TooMany):
        await sign_in(market, email, address="198.51.100.9")

    assert await who(market.conn, await sign_in(market, email)) is not None


async def test_guesses_from_many_places_pause_the_account_but_not_for_its_usual_place(
    market: Market,
) -> None:
    buyer = await world.person(market.conn, await world.enterprise(market.conn))
    email = await world.email_of(market.conn, buyer)
    await sign_in(market, email, address="192.0.2.1")
    for n in range(FAILURES_WITHOUT_PAUSE):
        await operations.count_try(market.conn, email, f"198.51.100.{n}")

    with pytest.raises(TooMany) as refused:
        await operations.count_try(market.conn, email, "198.51.100.200")
    assert refused.value.retry_after_seconds == 1
    await sign_in(market, email, address="192.0.2.1")
    for n in range(12):
        await market.pass_time(seconds=LONGEST_PAUSE_SECONDS)
        await operations.count_try(market.conn, email, f"203.0.113.{n}")
    with pytest.raises(TooMany) as refused:
        await sign_in(market, email, address="203.0.113.200")
    assert 60 < refused.value.retry_after_seconds <= LONGEST_PAUSE_SECONDS
    await market.pass_time(days=1)
    assert await who(market.conn, await sign_in(market, email, address="203.0.113.200"))


async def test_good_sign_ins_do_not_count_toward_the_limit_of_the_address(market: Market) -> None:
    buyer = await world.person(market.conn, await world.enterprise(market.conn))
    email = await world.email_of(market.conn, buyer)
    for n in range(FAILURES_PER_ADDRESS - 1):
        await operations.count_try(market.conn, f"nobody{n}@market.test", "192.0.2.1")

    for _ in range(3):
        await sign_in(market, email)
    with pytest.raises(WrongPassword):
        await sign_in(market, email, "wrong password")
    with pytest.raises(TooMany):
        await sign_in(market, email)


async def test_somebody_with_two_organisations_chooses_one_a_session(conn: Connection) -> None:
    here, there = await world.enterprise(conn), await world.enterprise(conn)
    buyer = await world.person(conn, here, Role.BUYER)
    link = Link(world.SITE)
    new = NewInvitation(
        organisation_id=there.id,
        name="兼职",
        email=await world.email_of(conn, buyer),
        roles=[Role.PAYER],
    )
    await invitations.invite(conn, await world.manager_of(conn, there), new, link)
    await world.accept(conn, link, password=None)

    opened = await operations.open_session(
        conn, buyer.person_id, organisation_id=None, address=None, device=None
    )
    undecided = await who(conn, opened)
    assert undecided is not None
    assert (undecided.organisation_id, undecided.roles) == (None, frozenset())
    await operations.act_for(conn, undecided, opened.token, there.id)
    decided = await who(conn, opened)
    assert decided is not None
    assert decided.organisation_id == there.id
    assert decided.roles == {Role.PAYER}
    with pytest.raises(NotYourOrganisation):
        await operations.act_for(conn, decided, opened.token, (await world.enterprise(conn)).id)


async def test_a_session_ends_after_idle_hours_and_after_its_days(market: Market) -> None:
    buyer = await world.person(market.conn, await world.enterprise(market.conn))
    email = await world.email_of(market.conn, buyer)
    idle, used = await sign_in(market, email), await sign_in(market, email)

    for _ in range(2):
        await market.pass_time(hours=7)
        assert await who(market.conn, used) is not None
    assert await who(market.conn, idle) is None
    for _ in range(15):
        await market.pass_time(hours=11)
        await who(market.conn, used)
    assert await who(market.conn, used) is None


async def test_signing_out_ends_the_session_and_revoking_ends_the_others(
    market: Market,
) -> None:
    conn = market.conn
    buyer = await world.person(conn, await world.enterprise(conn))
    email = await world.email_of(conn, buyer)
    one, two, three = [await sign_in(market, email) for _ in range(3)]

    await operations.sign_out(conn, buyer, one.token)
    assert await who(conn, one) is None
    await operations.revoke_own_sessions(conn, buyer, two.token)
    assert await who(conn, three) is None
    assert await who(conn, two) is not None
    await operations.revoke_session(conn, buyer, two.session.id)
    assert await who(conn, two) is None


async def test_nobody_ends_another_persons_session(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    victim, rival = await world.person(conn, enterprise), await world.person(conn, enterprise)
    opened = await operations.open_session(
        conn, victim.person_id, organisation_id=enterprise.id, address=None, device=None
    )

    with pytest.raises(NotFound):
        await operations.revoke_session(conn, rival, opened.session.id)
    async with db.look(conn, rival):
        assert opened.session not in await queries.sessions_of(conn, victim.person_id)


async def test_a_revoked_role_takes_effect_within_running_sessions(conn: Connection) -> None:
    enterprise = await world.enterprise(conn)
    manager = await world.manager_of(conn, enterprise)
    buyer = await world.person(conn, enterprise, Role.BUYER)
    opened = await operations.open_session(
        conn, buyer.person_id, organisation_id=enterprise.id, address=None, device=None
    )
    async with db.look(conn, manager):
        held = await grants.grants(
            conn,
            manager,
            organisation_id=enterprise.id,
            person_id=buyer.person_id,
            state=None,
            after=None,
            limit=5,
        )
    await roles.revoke_grant(conn, manager, held[0].id, "调岗")

    found = await who(conn, opened)
    assert found is not None
    assert (found.organisation_id, found.roles, found.scope) == (None, frozenset(), ())


async def test_an_unknown_token_is_nobody(conn: Connection) -> None:
    assert await queries.who_is(conn, Credentials("session", "x" * 43)) is None
    assert await queries.who_is(conn, Credentials("key", "mk_live_x_y")) is None


async def test_who_asks_is_answered_in_one_round_trip(conn: Connection) -> None:
    buyer = await world.person(conn, await world.enterprise(conn))
    opened = await operations.open_session(
        conn, buyer.person_id, organisation_id=None, address=None, device=None
    )
    asked: list[str] = []

    def note(query: object) -> None:
        asked.append(query.query)  # type: ignore[attr-defined]

    with conn.query_logger(note):
        await who(conn, opened)
        await asyncio.sleep(0)
    assert len(asked) == 1


async def test_who_is_present_hears_of_consents_that_are_due(conn: Connection) -> None:
    first, _ = await world.two_administrators(conn)
    buyer = await world.person(conn, await world.enterprise(conn))

    for actor, due in [(first, ["privacy", "terms"]), (buyer, [])]:
        async with db.look(conn, actor):
            present = await operations.present(conn, actor, "a token")
        assert present.consents_due == due
        assert present.organisations[0].organisation_id == actor.organisation_id
