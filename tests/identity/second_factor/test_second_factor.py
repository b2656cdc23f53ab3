"""A second factor: what asks for it, what it opens, and that no code opens twice."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pyotp
import pytest

from market.base import clock, db
from market.base.access import Actor, Role
from market.base.errors import MarketError, TooMany
from market.base.web import Credentials
from market.identity.erasure import operations as erasure
from market.identity.keys import operations as keys
from market.identity.keys.model import NewKey
from market.identity.passwords.model import hasher
from market.identity.resets.model import CurrentPasswordWrong
from market.identity.second_factor import codes, operations
from market.identity.second_factor.model import (
    TRIES,
    AlreadyEnabled,
    FactorShown,
    FactorState,
    NoFactor,
    NothingToConfirm,
    SetUpInput,
    WrongCode,
)
from market.identity.sessions import operations as sessions
from market.identity.sessions import queries as session_queries
from tests.identity.conftest import Market
from tests.world import identity as world
from tests.world.identity import KEY, Device

GRACE_DAYS = 14


async def person(market: Market, *roles: Role) -> Actor:
    return await world.person(market.conn, await world.unit(market.conn), *roles)


async def opened(market: Market, actor: Actor) -> str:
    """The token of a new session, after the password alone."""
    made = await sessions.open_session(
        market.conn,
        actor.person_id,
        organisation_id=actor.organisation_id,
        address=None,
        device=None,
    )
    return made.token


async def who(market: Market, token: str, kind: str = "session") -> Actor:
    found = await session_queries.who_is(
        market.conn, Credentials("key" if kind == "key" else "session", token)
    )
    assert found is not None, "the credential is good"
    return found


async def shown(market: Market, actor: Actor) -> FactorShown:
    async with db.look(market.conn, actor):
        return await operations.shown(market.conn, actor)


async def refused(market: Market, device: Device, code: str) -> MarketError:
    token = await opened(market, device.actor)
    with pytest.raises(MarketError) as refusal:
        await operations.show(market.conn, device.actor, token, code, KEY)
    return refusal.value


async def test_a_money_role_is_there_in_its_days_of_grace_and_then_no_more(market: Market) -> None:
    finance = await person(market, Role.FINANCE, Role.MEMBER)
    await market.pass_time(days=GRACE_DAYS - 1)
    assert (await world.again(market.conn, finance)).roles == {Role.FINANCE, Role.MEMBER}
    due = await shown(market, finance)
    assert due.required_roles == [Role.FINANCE]
    assert due.required_from == await clock.today(market.conn) + timedelta(days=1)

    await market.pass_time(days=1)
    late = await world.again(market.conn, finance)

    assert late.roles == {Role.MEMBER}
    assert late.withheld == {Role.FINANCE}
    only_money = await world.again(market.conn, await person(market, Role.LEADER))
    await market.pass_time(days=GRACE_DAYS)
    without = await who(market, await opened(market, only_money))
    assert (without.organisation_id, without.roles, without.scope) == (None, frozenset(), ())


async def test_with_a_device_the_roles_are_back_in_the_session_that_showed_it(
    market: Market,
) -> None:
    finance = await person(market, Role.FINANCE)
    await market.pass_time(days=GRACE_DAYS)

    device = await world.with_second_factor(market.conn, finance)

    assert device.actor.roles == {Role.FINANCE}
    assert device.actor.second_factor == "shown"
    token = await opened(market, finance)
    halfway = await who(market, token)
    assert (halfway.second_factor, halfway.roles) == ("due", frozenset())
    await market.pass_time(seconds=30)
    await operations.show(market.conn, halfway, token, await device.code(market.conn), KEY)
    assert (await who(market, token)).roles == {Role.FINANCE}


async def test_whoever_needs_none_but_has_one_is_asked_for_it_too(market: Market) -> None:
    clerk = await person(market, Role.CLERK)
    assert (await shown(market, clerk)).required_roles == []

    await world.with_second_factor(market.conn, clerk)

    halfway = await who(market, await opened(market, clerk))
    assert halfway.roles == frozenset()
    assert halfway.withheld == {Role.CLERK}


async def test_no_code_is_accepted_twice_nor_an_older_one_after_a_newer(market: Market) -> None:
    device = await world.with_second_factor(market.conn, await person(market, Role.CLERK))
    confirmed_with = await device.code(market.conn)
    assert isinstance(await refused(market, device, confirmed_with), WrongCode)
    await market.pass_time(seconds=90)
    before, now = [await device.code(market.conn, steps_away=away) for away in (-1, 0)]

    token = await opened(market, device.actor)
    await operations.show(market.conn, device.actor, token, now, KEY)

    for used in (now, before):
        assert isinstance(await refused(market, device, used), WrongCode)


@pytest.mark.parametrize(("steps_away", "counts"), [(-2, False), (-1, True), (1, True), (2, False)])
async def test_clocks_may_differ_by_one_step(market: Market, steps_away: int, counts: bool) -> None:
    device = await world.with_second_factor(market.conn, await person(market, Role.CLERK))
    await market.pass_time(minutes=5)
    code, token = await device.code(market.conn, steps_away=steps_away), ""
    if counts:
        token = await opened(market, device.actor)
        await operations.show(market.conn, device.actor, token, code, KEY)
    else:
        assert isinstance(await refused(market, device, code), WrongCode)


async def test_wrong_codes_are_counted_and_then_even_the_right_one_waits(market: Market) -> None:
    device = await world.with_second_factor(market.conn, await person(market, Role.CLERK))
    await market.pass_time(minutes=1)
    right = await device.code(market.conn)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(TRIES):
        await refused(market, device, wrong)

    assert isinstance(await refused(market, device, right), TooMany)
    await market.pass_time(minutes=16)
    token = await opened(market, device.actor)
    code = await device.code(market.conn)
    await operations.show(market.conn, device.actor, token, code, KEY)


async def test_a_recovery_code_works_once_and_its_person_is_told(market: Market) -> None:
    device = await world.with_second_factor(market.conn, await person(market, Role.FINANCE))
    token = await opened(market, device.actor)
    code = device.recovery_codes[3]

    await operations.show(market.conn, device.actor, token, code.lower(), KEY)

    assert (await who(market, token)).second_factor == "shown"
    assert isinstance(await refused(market, device, code), WrongCode)
    told = await market.mails_to(await world.email_of(market.conn, device.actor))
    assert "还剩 9 个" in told[-1]
    assert (await shown(market, device.actor)).recovery_codes_left == 9
    assert code not in str(await market.owner.fetch("SELECT r::text FROM recovery_code r"))


async def test_another_persons_recovery_code_opens_nothing(market: Market) -> None:
    mine = await world.with_second_factor(market.conn, await person(market, Role.CLERK))
    other = await world.with_second_factor(market.conn, await person(market, Role.CLERK))
    assert isinstance(await refused(market, mine, other.recovery_codes[0]), WrongCode)
    assert isinstance(await refused(market, mine, await other.code(market.conn)), WrongCode)


async def test_enabling_ends_what_sessions_before_could_do(market: Market) -> None:
    finance = await person(market, Role.FINANCE)
    before = await opened(market, finance)

    device = await world.with_second_factor(market.conn, finance)

    assert (await who(market, before)).second_factor == "due"
    told = await market.mails_to(await world.email_of(market.conn, finance))
    assert "您已启用第二因素" in told[-1]
    with pytest.raises(AlreadyEnabled):
        await operations.begin(market.conn, device.actor)


async def test_setting_up_asks_for_the_password_and_answers_with_what_a_device_reads(
    market: Market,
) -> None:
    finance = await person(market, Role.FINANCE)
    asking = hasher("cheap")
    with pytest.raises(CurrentPasswordWrong):
        await operations.set_up(market.pool, finance, SetUpInput(password="x"), asking, KEY)

    given = SetUpInput(password=world.PASSWORD)
    first = await operations.set_up(market.pool, finance, given, asking, KEY)
    made = await operations.set_up(market.pool, finance, given, asking, KEY)

    assert first.secret != made.secret
    read = pyotp.parse_uri(made.uri)
    assert (read.secret, read.name) == (made.secret, await world.email_of(market.conn, finance))
    assert made.qr_svg.startswith("<svg")
    token, now = await opened(market, finance), await clock.now(market.conn)
    old, new = [pyotp.TOTP(each.secret).at(now) for each in (first, made)]
    with pytest.raises(WrongCode):
        await operations.confirm(market.conn, finance, token, old, KEY)
    enabled = await operations.confirm(market.conn, finance, token, new, KEY)
    assert len(set(enabled.recovery_codes)) == codes.RECOVERY_CODES
    states = await market.owner.fetch("SELECT state FROM second_factor ORDER BY id")
    assert [row[0] for row in states] == [FactorState.DISCARDED, FactorState.ENABLED]


async def test_nothing_is_confirmed_shown_or_removed_that_is_not_there(market: Market) -> None:
    clerk = await person(market, Role.CLERK)
    token = await opened(market, clerk)
    with pytest.raises(NothingToConfirm):
        await operations.confirm(market.conn, clerk, token, "123456", KEY)
    with pytest.raises(NoFactor):
        await operations.show(market.conn, clerk, token, "123456", KEY)
    with pytest.raises(NoFactor):
        await operations.remove(market.conn, clerk, "123456", KEY)


async def test_removing_takes_a_code_and_the_roles_that_ask_for_one(market: Market) -> None:
    finance = await person(market, Role.FINANCE)
    await market.pass_time(days=GRACE_DAYS)
    device = await world.with_second_factor(market.conn, finance)
    with pytest.raises(WrongCode):
        await operations.remove(market.conn, device.actor, "ABCD-EFGH-JKLM-NPQR", KEY)

    await operations.remove(market.conn, device.actor, device.recovery_codes[0], KEY)

    after = await who(market, await opened(market, finance))
    assert after.second_factor == "none"
    assert after.withheld == {Role.FINANCE}
    told = await market.mails_to(await world.email_of(market.conn, finance))
    assert "您的第二因素已停用" in told[-1]


async def test_a_key_is_as_strong_as_the_session_that_issued_it(market: Market) -> None:
    finance = await person(market, Role.FINANCE, Role.MEMBER)
    weak = await issued(market, finance)
    assert (await who(market, weak, "key")).roles == {Role.FINANCE, Role.MEMBER}

    device = await world.with_second_factor(market.conn, finance)

    assert (await who(market, weak, "key")).roles == {Role.MEMBER}
    strong = await issued(market, device.actor)
    assert (await who(market, strong, "key")).roles == {Role.FINANCE, Role.MEMBER}
    await market.pass_time(days=GRACE_DAYS)
    assert (await who(market, strong, "key")).roles == {Role.FINANCE, Role.MEMBER}
    await operations.remove(market.conn, device.actor, device.recovery_codes[0], KEY)
    assert (await who(market, strong, "key")).withheld == {Role.FINANCE}


async def issued(market: Market, actor: Actor) -> str:
    expires_on = await clock.today(market.conn) + timedelta(days=30)
    new = NewKey(name="对账", roles=sorted(actor.roles), expires_on=expires_on)
    return (await keys.issue_key(market.conn, actor, new)).secret


async def test_who_is_erased_has_no_device(market: Market) -> None:
    device = await world.with_second_factor(market.conn, await person(market, Role.CLERK))
    await erasure.erase_person(market.conn, device.actor, device.actor.person_id)
    assert await state_of(market, device.factor_id) == FactorState.REMOVED


async def test_the_policy_says_which_roles_and_after_how_many_days(market: Market) -> None:
    finance = await person(market, Role.FINANCE, Role.CLERK)
    await market.owner.execute(
        """INSERT INTO policy (name, unit_id, number, effective_on, body, source, state,
                               proposed_by, decided_by)
           SELECT name, $1, 1, effective_on, '{"roles": ["clerk"], "grace_days": 0}', source,
                  state, proposed_by, decided_by
           FROM policy WHERE name = 'identity.second_factor'""",
        finance.organisation_id,
    )
    assert (await world.again(market.conn, finance)).withheld == {Role.CLERK}


async def test_an_absurd_number_of_days_locks_nobody_out(market: Market) -> None:
    finance = await person(market, Role.FINANCE)
    await market.owner.execute(
        """INSERT INTO policy (name, unit_id, number, effective_on, body, source, state,
                               proposed_by, decided_by)
           SELECT name, $1, 1, effective_on, '{"roles": [], "grace_days": 9007199254740991}',
                  source, state, proposed_by, decided_by
           FROM policy WHERE name = 'identity.second_factor'""",
        finance.organisation_id,
    )
    assert (await world.again(market.conn, finance)).roles == {Role.FINANCE}


def test_secrets_differ_by_device_and_by_installation() -> None:
    one, other = UUID(int=1), UUID(int=2)
    assert codes.secret_of(KEY, one) == codes.secret_of(KEY, one)
    assert len({codes.secret_of(k, d) for k in (KEY, b"x" * 32) for d in (one, other)}) == 4


async def state_of(market: Market, factor_id: UUID) -> str:
    state: str = await market.owner.fetchval(
        "SELECT state FROM second_factor WHERE id = $1", factor_id
    )
    return state


async def test_a_device_is_seen_by_its_person_alone(market: Market) -> None:
    device = await world.with_second_factor(market.conn, await person(market, Role.CLERK))
    (other, _) = await world.two_administrators(market.conn)
    for actor, seen in ((device.actor, True), (other, False)):
        async with db.look(market.conn, actor):
            rows = await market.conn.fetch("SELECT id FROM second_factor")
            assert bool(rows) == seen
            assert bool(await market.conn.fetch("SELECT number FROM recovery_code")) == seen
