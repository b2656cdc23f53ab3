"""Forgotten passwords: one answer for all, links that work once and not for long."""

from __future__ import annotations

import asyncio

import pytest

from market.base.access import Actor
from market.base.db import Connection
from market.base.errors import TooMany
from market.base.web import Credentials
from market.identity.invitations.model import LinkUnusable
from market.identity.letters import Link
from market.identity.passwords.model import PasswordIsTheEmail, hasher
from market.identity.resets import operations
from market.identity.resets.model import (
    REQUESTS_PER_ACCOUNT,
    CurrentPasswordWrong,
    Forgotten,
    NewPassword,
    PasswordChange,
)
from market.identity.sessions import operations as sessions
from market.identity.sessions import queries
from market.identity.sessions.model import SignIn, WrongPassword
from tests.identity.conftest import Market
from tests.world import identity as world

NEW = "a quite different phrase"


async def reset(conn: Connection, link: Link, password: str = NEW) -> None:
    given = NewPassword(token=link.token, password=password)
    await operations.reset_password(conn, given, await hasher("cheap").hash(password))


async def sign_in(market: Market, email: str, password: str) -> sessions.Opened:
    return await sessions.sign_in(
        market.pool,
        SignIn(email=email, password=password),
        hasher("cheap"),
        address="192.0.2.1",
        device="test",
    )


async def forgetful(conn: Connection) -> tuple[Actor, str]:
    actor = await world.person(conn, await world.enterprise(conn))
    return actor, await world.email_of(conn, actor)


async def test_the_link_sets_a_new_password_once_and_ends_all_sessions(market: Market) -> None:
    conn = market.conn
    _, email = await forgetful(conn)
    opened = await sign_in(market, email, world.PASSWORD)
    link = Link(world.SITE)
    await operations.request_reset(conn, Forgotten(email=email.upper()), link)
    assert any(link.to("password-reset") in mail for mail in await market.mails_to(email))

    await reset(conn, link)

    assert await queries.who_is(conn, Credentials("session", opened.token)) is None
    with pytest.raises(WrongPassword):
        await sign_in(market, email, world.PASSWORD)
    await sign_in(market, email, NEW)
    with pytest.raises(LinkUnusable):
        await reset(conn, link)


async def test_a_new_password_ends_other_links_too(conn: Connection) -> None:
    _, email = await forgetful(conn)
    one, other = Link(world.SITE), Link(world.SITE)
    for link in (one, other):
        await operations.request_reset(conn, Forgotten(email=email), link)
    await reset(conn, other)

    with pytest.raises(LinkUnusable):
        await reset(conn, one)


async def test_a_link_expires_after_an_hour(market: Market) -> None:
    _, email = await forgetful(market.conn)
    link = Link(world.SITE)
    await operations.request_reset(market.conn, Forgotten(email=email), link)
    await market.pass_time(minutes=61)

    with pytest.raises(LinkUnusable):
        await reset(market.conn, link)


async def test_an_unknown_address_gets_the_same_answer_and_no_mail(market: Market) -> None:
    forgotten = Forgotten(email="nobody@market.test")

    answer = await operations.request_reset(market.conn, forgotten, Link(world.SITE))  # type: ignore[func-returns-value]

    assert answer is None
    assert await market.mails_to("nobody@market.test") == []


async def test_the_same_is_asked_of_the_database_whether_or_not_the_address_is_known(
    conn: Connection,
) -> None:
    _, email = await forgetful(conn)
    asked: dict[str, list[str]] = {}
    for address in (email, "nobody@market.test"):
        said: list[str] = []
        with conn.query_logger(lambda query, said=said: said.append(query.query)):
            await operations.request_reset(conn, Forgotten(email=address), Link(world.SITE))
            await asyncio.sleep(0)
        asked[address] = [" ".join(query.split())[:30] for query in said]
    known, unknown = asked[email], asked["nobody@market.test"]
    assert len(known) == len(unknown) > 6
    assert [one for one, other in zip(known, unknown, strict=True) if one != other] == [
        "RELEASE SAVEPOINT part"
    ]


async def test_requests_are_limited_for_known_and_unknown_addresses_alike(
    conn: Connection,
) -> None:
    _, email = await forgetful(conn)
    for address in (email, "nobody@market.test"):
        for _ in range(REQUESTS_PER_ACCOUNT):
            await operations.count_request(conn, Forgotten(email=address), "192.0.2.1")
        with pytest.raises(TooMany):
            await operations.count_request(conn, Forgotten(email=address), "192.0.2.1")


async def test_the_token_is_not_stored(market: Market) -> None:
    _, email = await forgetful(market.conn)
    link = Link(world.SITE)
    await operations.request_reset(market.conn, Forgotten(email=email), link)

    rows = await market.owner.fetchval("SELECT string_agg(r::text, '') FROM password_reset r")
    assert link.token not in rows


async def test_the_new_password_is_not_the_address(conn: Connection) -> None:
    _, email = await forgetful(conn)
    link = Link(world.SITE)
    await operations.request_reset(conn, Forgotten(email=email), link)

    with pytest.raises(PasswordIsTheEmail):
        await reset(conn, link, email)


async def test_knowing_the_old_password_one_changes_it_and_stays_signed_in(
    market: Market,
) -> None:
    conn = market.conn
    actor, email = await forgetful(conn)
    here, elsewhere = [await sign_in(market, email, world.PASSWORD) for _ in range(2)]
    change = PasswordChange(current=world.PASSWORD, password=NEW)

    await operations.change_password(market.pool, actor, change, hasher("cheap"), here.token)

    assert await queries.who_is(conn, Credentials("session", here.token)) == actor
    assert await queries.who_is(conn, Credentials("session", elsewhere.token)) is None
    with pytest.raises(CurrentPasswordWrong):
        await operations.change_password(market.pool, actor, change, hasher("cheap"), here.token)
